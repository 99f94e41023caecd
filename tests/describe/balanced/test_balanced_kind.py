"""Kind ``balanced``: the exhibits of a panel of hospitals that chose the reform by what also moves their costs."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.balanced.covariates import covariate_table
from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.design import build_design
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError, DesignError
from dipeval.present.drawing import DRAWERS
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["balanced"]
TOLD = {"outcomes": ("cost_per_case",), "covariates": ("length_of_stay", "log_discharges", "level")}


@pytest.fixture(scope="module")
def panel():
    rng, rows = np.random.default_rng(12), []
    for h in range(120):
        days, size = rng.normal(9, 1), rng.normal(6, 0.5)
        joins = rng.random() < 1 / (1 + np.exp(0.5 - 1.2 * (days - 9) - 0.8 * (size - 6)))
        tertiary = rng.random() < 0.4
        for t, period in enumerate(("2017", "2018", "2019", "2020")):
            n = int(np.exp(size) * (1 + 0.02 * t))
            cost = 9000 + 800 * (days - 9) + 300 * t * (days - 9) - 500 * (joins and t > 1)
            rows.append(
                {
                    "city": "a" if h % 2 else "b",
                    "hospital": f"h{h:03d}",
                    "period": period,
                    "level": "tertiary" if tertiary else "secondary",
                    "discharges": n,
                    "care_days": int(n * days),
                    "total_cost": int(n * 100 * (cost + rng.normal(0, 120))),
                    "cohort": "2019" if joins else "never",
                }
            )
    frame = pd.DataFrame(rows)
    return frame.assign(unit=frame["city"] + "/" + frame["hospital"])


def given_of(panel, **options):
    design = build_design(
        panel.assign(cohort=panel["cohort"].where(panel["cohort"] != "never")),
        unit="unit",
        time="period",
        cohort="cohort",
        clusters=["unit", "city"],
        n_cases="discharges",
        **options,
    )
    return Given(panel, "year", "2017", "2020", "CNY", design=design)


def choice_of(**options):
    plain = {name: getattr(key, "default", ()) for name, key in KIND.keys.items()}
    return DescriptionChoice("alike", "balanced", plain | TOLD | options, heading="effects")


@pytest.fixture(scope="module")
def made(panel):
    methods = ("matching", "att", "entropy", "overlap", "ate")
    found = KIND.make(given_of(panel), choice_of(methods=methods, adjust=True, trim=0.02))
    return {exhibit.name: exhibit for exhibit in found}


def test_covariates_are_of_the_periods_before_the_reform(panel):
    table = covariate_table(given_of(panel), choice_of())
    early = panel[panel["period"] < "2019"]
    assert (table.first, table.last) == ("2017", "2018")
    one = early[early["unit"] == "a/h003"]
    line = table.frame.loc["a/h003"]
    assert line["length_of_stay"] == pytest.approx(one["care_days"].sum() / one["discharges"].sum())
    assert line["log_discharges"] == pytest.approx(np.log(one["discharges"]).mean())
    assert line["level=tertiary"] == (one["level"].iloc[0] == "tertiary")
    assert list(table.frame) == ["length_of_stay", "log_discharges", "level=tertiary"]
    first = covariate_table(given_of(panel), choice_of(measured=("2017", "2017")))
    assert (first.first, first.last) == ("2017", "2017")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"measured": ("2018", "2019")}, "what the reform moved is no covariate"),
        ({"measured": ("2020", "2017")}, "lies before"),
        ({"covariates": ("lenght_of_stay",)}, "length_of_stay"),
        ({"covariates": ("level", "level")}, "is named twice"),
        ({"cluster": "province"}, "is no clustering variable"),
        ({"estimators": ("twfe_event_study",)}, "gives no overall effect"),
    ],
)
def test_covariates_that_are_none_are_refused(panel, options, told):
    with pytest.raises(DataError, match=told):
        KIND.make(given_of(panel), choice_of(**options))


def test_anticipation_counts_as_reform(panel):
    given = given_of(panel, anticipation=1, reference=-2)
    assert covariate_table(given, choice_of()).last == "2017"
    with pytest.raises(DataError, match="at or after a reform"):
        covariate_table(given, choice_of(measured=("2017", "2018")))


def test_a_caliper_without_candidates_stops_the_study(panel):
    with pytest.raises(DesignError, match="no treated hospital has a match"):
        KIND.make(given_of(panel), choice_of(caliper=1e-12))


def test_effects_balance_and_sample_are_shown(made):
    assert list(made) == [
        "alike",
        "alike_cost_per_case",
        "alike_cost_per_case_events",
        "alike_balance",
        "alike_love",
        "alike_overlap",
        "alike_sample",
    ]
    forest = made["alike_cost_per_case"].frame.set_index("label_en")
    assert abs(forest.loc["As they are", "value"] + 500) > 200
    for name in ("Entropy balancing", "Overlap weights", "Matching, bias adjusted"):
        assert abs(forest.loc[name, "value"] + 500) < 90
    inside = (forest["low"] < -500) & (forest["high"] > -500)
    assert inside["Entropy balancing"] and not inside["As they are"]
    table = made["alike"].frame
    assert set(table["column"]) == {"effect", "p", "n_treated", "n_control", "effective"}
    love = made["alike_love"].frame.pivot(index="row", columns="group", values="value")
    assert (love["crude"].drop("level=tertiary") > 0.2).all()
    whole = love.loc[["length_of_stay", "log_discharges", "level=tertiary"]]
    assert (whole[["entropy", "overlap"]] < 1e-7).all().all()
    assert (whole["matching"] < whole["crude"].max()).all()
    sample = made["alike_sample"].frame
    assert {"matching/score_out_of_bounds", "matching/without_match", "att/weighted"} <= set(sample["row"])
    events = made["alike_cost_per_case_events"].frame
    assert set(events["series"]) == {"crude", "matching"}
    overlap = made["alike_overlap"].frame
    assert overlap.groupby("group")["value"].sum().to_numpy() == pytest.approx([1, 1])
    for exhibit in made.values():
        assert exhibit.frame["label_zh"].str.len().gt(0).all() and len(exhibit.notes_en) == len(
            exhibit.notes_zh
        )


def test_a_bin_of_one_hospital_is_held_back_and_cannot_be_computed(made):
    """Shares of a group add up to one: two bins at least are lacking, or none."""
    released = {one.exhibit.name: one for one, _ in gate_together(list(made.values()))}
    frame = released["alike_overlap"].exhibit.frame
    lone = made["alike_overlap"].frame["largest_share"] > 0.85
    assert lone.any()
    lacking = frame.assign(gone=frame["suppressed"]).groupby("group")["gone"].sum()
    assert lacking.sum() > 0 and (lacking != 1).all()


def test_pictures_can_be_drawn(made):
    for name in ("alike_cost_per_case", "alike_love", "alike_overlap"):
        assert made[name].kind in DRAWERS
