"""The kind ``groups_within_city``: a known effect inside one city, and the spillover that it rests on, tested."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given, cases_of
from dipeval.describe.registry import KINDS
from dipeval.design import build_design
from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["groups_within_city"]
EFFECT = -0.3


def choice(**options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    told = {"outcomes": ("mean_log_total_cost",), "eligible": ("employee",), "comparison": ("self_pay",)}
    return DescriptionChoice("groups", "groups_within_city", {**plain, **told, **options}, {})


def invented(spill=0.0, n=7200) -> pd.DataFrame:
    """City a is reformed in the fourth of seven months; what reaches the others there is `spill`."""
    rng = np.random.default_rng(11)
    hospital = rng.integers(0, 12, n)
    city = np.array(["a", "b"])[hospital % 2]
    month = rng.integers(1, 8, n)
    insured = rng.random(n) < 0.5
    after = (city == "a") & (month >= 4)
    cost = 8 + 0.1 * hospital + 0.02 * month + after * np.where(insured, EFFECT, spill)
    return pd.DataFrame(
        {
            "city": city,
            "hospital": [f"H{h:02d}" for h in hospital],
            "discharge_date": pd.to_datetime([f"2021-{m:02d}-15" for m in month]),
            "insurance_type": np.where(insured, "employee", "self_pay"),
            "care_days": 5,
            "total_cost": np.rint(np.exp(cost + 0.2 * rng.normal(size=n)) * 100).astype("int64"),
        }
    )


def given_of(stays, engine):
    panel = stays.assign(period=[f"{d:%Y-%m}" for d in stays["discharge_date"]])
    panel = panel.groupby(["city", "hospital", "period"], as_index=False).size()
    panel = panel.rename(columns={"size": "discharges"})
    panel["unit"] = panel["city"] + "/" + panel["hospital"]
    panel["cohort"] = panel["city"].map({"a": "2021-04"}).astype(object).where(panel["city"] == "a", None)
    design = build_design(
        panel.assign(hospital=panel["unit"]),
        unit="hospital",
        time="period",
        cohort="cohort",
        clusters=["hospital"],
        n_cases="discharges",
        event_window=(-3, 3),
    )
    tables = {name: engine.small_table(part.drop(columns="city")) for name, part in stays.groupby("city")}
    cases = cases_of(tables, "month", "2021-01", "2021-07")
    return Given(panel, "month", "2021-01", "2021-07", "yuan", True, {}, engine, cases=cases, design=design)


@pytest.mark.parametrize("spill", [0.0, -0.2])
def test_a_spillover_is_taken_off_and_seen(engine, spill):
    made = KIND.make(given_of(invented(spill), engine), choice(estimators=("regression", "imputation")))
    forest = made[0].frame.set_index("label_en")
    for name in ("regression", "imputation"):
        row = forest.loc[f"Reached less not reached, {name}"]
        assert row["value"] == pytest.approx(EFFECT - spill, abs=0.03)
    told = forest.loc["Not reached, against other cities"]
    assert told["value"] == pytest.approx(spill, abs=0.03) and told["section"] == "alone"
    assert (told["low"] < 0 < told["high"]) == (spill == 0)
    assert any("tested by the line of those not reached" in note for note in made[0].notes_en)
    stem = "groups_mean_log_total_cost"
    assert [one.name for one in made] == [stem, f"{stem}_events", "groups_table"]
    sizes = made[2].frame.query("part == 'size' and term == 'n_hospitals'").set_index("estimator")["value"]
    assert sizes["within_regression"] == 6 and sizes["spillover"] == 12
    for one in made:
        assert gate(one)[0].exhibit.frame["value"].notna().any()
        assert any("errors by hospital leave out" in note for note in one.notes_en)
        assert any("前提" in note for note in one.notes_zh)


def test_by_hand(engine):
    """Hospitals count alike: the difference in differences of means of their groups in the reformed city."""
    stays = invented(-0.1)
    found = KIND.make(given_of(stays, engine), choice())[0].frame.set_index("label_en")
    mine = stays[stays["city"] == "a"].assign(
        month=lambda f: f["discharge_date"].dt.month, log=lambda f: np.log(f["total_cost"] / 100)
    )
    cells = mine.groupby(["hospital", "insurance_type", "month"])["log"].mean().reset_index()
    means = cells.assign(after=cells["month"] >= 4).groupby(["insurance_type", "after"])["log"].mean()
    change = means.xs(True, level="after") - means.xs(False, level="after")
    row = found.loc["Reached less not reached, regression"]
    assert row["value"] == pytest.approx(change["employee"] - change["self_pay"], abs=1e-9)


def test_groups_that_overlap_are_refused(engine):
    with pytest.raises(DataError, match="overlap"):
        KIND.make(given_of(invented(n=1200), engine), choice(comparison=("employee",)))
