"""The kind ``triple_difference``: known effects are found again in invented stays, and faulty groups are refused."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given, cases_of
from dipeval.describe.registry import KINDS
from dipeval.design import build_design
from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["triple_difference"]
EFFECT, SHOCK = -0.3, 0.25
COHORT = {"a": "2021-04", "b": "2021-05", "c": "never"}


def choice(where=None, **options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    told = {"outcomes": ("mean_log_total_cost",), "eligible": ("employee", "resident")}
    told |= {"comparison": ("self_pay",), "inference": ("cluster", "wild"), "draws": 99}
    return DescriptionChoice("groups", "triple_difference", {**plain, **told, **options}, where or {})


def invented(seed=7, n=9600) -> pd.DataFrame:
    """Reformed cities have a shock of their own from the reform on, in both groups; insured have the effect."""
    rng = np.random.default_rng(seed)
    hospital = rng.integers(0, 12, n)
    city = np.array(["a", "b", "c"])[hospital % 3]
    month = rng.integers(1, 8, n)
    insured = rng.random(n) < 0.7
    after = np.array([f"2021-{m:02d}" >= COHORT[c] for m, c in zip(month, city, strict=True)])
    cost = 8 + 0.1 * hospital + 0.02 * month * insured + SHOCK * after + EFFECT * (after & insured)
    return pd.DataFrame(
        {
            "city": city,
            "hospital": [f"H{h:02d}" for h in hospital],
            "discharge_date": pd.to_datetime([f"2021-{m:02d}-15" for m in month]),
            "insurance_type": np.where(insured, rng.choice(["employee", "resident"], n), "self_pay"),
            "care_days": 5,
            "total_cost": np.rint(np.exp(cost + 0.3 * rng.normal(size=n)) * 100).astype("int64"),
        }
    )


def given_of(stays, engine):
    panel = stays.assign(period=[f"{d:%Y-%m}" for d in stays["discharge_date"]])
    panel = panel.groupby(["city", "hospital", "period"], as_index=False).size()
    panel = panel.rename(columns={"size": "discharges"})
    panel["unit"] = panel["city"] + "/" + panel["hospital"]
    panel["cohort"] = panel["city"].map(COHORT)
    frame = panel.assign(
        cohort=panel["cohort"].where(panel["cohort"] != "never", None), hospital=panel["unit"]
    )
    design = build_design(
        frame,
        unit="hospital",
        time="period",
        cohort="cohort",
        clusters=["hospital", "city"],
        n_cases="discharges",
        event_window=(-3, 2),
    )
    tables = {name: engine.small_table(part.drop(columns="city")) for name, part in stays.groupby("city")}
    cases = cases_of(tables, "month", "2021-01", "2021-07")
    return Given(panel, "month", "2021-01", "2021-07", "yuan", True, {}, engine, cases=cases, design=design)


@pytest.fixture(scope="module")
def made(engine):
    return KIND.make(
        given_of(invented(), engine), choice(estimators=("regression", "imputation", "group_time"))
    )


def test_what_a_city_had_beside_the_reform_falls_out(made):
    forest = made[0].frame.set_index("label_en")
    assert forest.loc["Comparison group alone", "value"] == pytest.approx(SHOCK, abs=0.06)
    assert forest.loc["Eligible group alone", "value"] == pytest.approx(SHOCK + EFFECT, abs=0.06)
    differences = forest[forest["section"] == "difference"]
    assert len(differences) == 3
    for _, row in differences.iterrows():
        assert row["value"] == pytest.approx(EFFECT, abs=0.08)
        assert row["low"] < EFFECT < row["high"]


def test_exhibits_of_an_outcome_and_one_table(made):
    names = [exhibit.name for exhibit in made]
    stem = "groups_mean_log_total_cost"
    assert names == [stem, f"{stem}_events", f"{stem}_cells", "groups_table"]
    assert set(made[1].frame["series"]) == {"triple_event_study", "triple_group_time"}
    assert len(made[2].frame) == 12 and (made[2].frame["count"] > 0).all()
    rules = made[3].frame.groupby("estimator")["rule"].nunique()
    assert rules["triple_regression"] > rules["triple_group_time"]
    assert any("no wild cluster bootstrap" in note for note in made[3].notes_en)
    for exhibit in made:
        assert gate(exhibit)[0].exhibit.frame["value"].notna().any()


def test_faulty_groups_are_refused(engine):
    stays = invented(n=2400)
    with pytest.raises(DataError, match="overlap"):
        KIND.make(given_of(stays, engine), choice(comparison=("self_pay", "resident")))
    without = stays[(stays["city"] != "c") | (stays["insurance_type"] != "self_pay")]
    with pytest.raises(DataError, match="has no stay in some cities") as told:
        KIND.make(given_of(without, engine), choice())
    assert told.value.problems[0].evidence == ("c",)
    with pytest.raises(DataError, match="is no column"):
        KIND.make(given_of(stays, engine), choice(within="sex"))


def test_hospital_periods_with_one_group_are_counted_and_left_out(engine):
    stays = invented(n=4800)
    one = (stays["hospital"] == "H02") & (stays["insurance_type"] == "self_pay")
    made = KIND.make(given_of(stays[~one], engine), choice(estimators=("regression",)))
    assert any("7 hospital-periods have stays of one group only" in note for note in made[0].notes_en)
    differences = made[0].frame[made[0].frame["section"] == "difference"]
    assert differences["value"].iloc[0] == pytest.approx(EFFECT, abs=0.12)
