"""Effects on the distribution as a study asks for them: classes from the engine, one table, two figures."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.describe.outcome_models.class_query import value_classes
from dipeval.describe.registry import KINDS
from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.estimate.distribution.value_classes import classes_of
from dipeval.present.layouts.regression_table import lay_out_regression_table
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["distribution_effects"]


def choice(**options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    return DescriptionChoice("spread", "distribution_effects", {**plain, "seed": 1, "draws": 99, **options})


@pytest.mark.parametrize(("name", "most"), [("total_cost", 60), ("care_days", 60), ("total_cost", 10_000)])
def test_the_engine_makes_the_classes_of_the_cases(given_stays, stays_of_hospitals, name, most):
    engine, cases = given_stays.stays
    found = value_classes(engine, cases, given_stays.panel, name, most)
    rows = given_stays.panel[["city", "hospital", "period"]].assign(row=np.arange(len(given_stays.panel)))
    mine = stays_of_hospitals.assign(period=[f"{d:%Y-%m}" for d in stays_of_hospitals["discharge_date"]])
    mine = mine.merge(rows, on=["city", "hospital", "period"])
    unit = 100 if name == "total_cost" else 1
    values = mine[name].astype(float).to_numpy() / unit
    expected = classes_of(name, mine["row"].to_numpy(), values, len(rows), most)
    assert found.is_exact == expected.is_exact == (name == "care_days" or most == 10_000)
    for part in ("lower", "upper", "mean"):
        np.testing.assert_allclose(getattr(found, part), getattr(expected, part), rtol=1e-12)
    for part in ("row", "place", "cases"):
        assert (getattr(found, part) == getattr(expected, part)).all()
    np.testing.assert_allclose(found.total, expected.total, rtol=1e-12)
    np.testing.assert_allclose(found.squares, expected.squares, rtol=1e-12)


@pytest.fixture(scope="module")
def made(given_stays):
    return KIND.make(given_stays, choice(outcomes=("care_days",), estimator="twfe"))


def test_one_table_with_the_log_linear_effect_first(made):
    table = made[0]
    assert [e.name for e in made] == [
        "spread_care_days",
        "spread_care_days_quantiles",
        "spread_care_days_functions",
    ]
    models = table.frame.drop_duplicates("model").sort_values("model")["estimator"]
    assert list(models) == [
        "log_linear",
        "linear",
        "changes_in_changes",
        "counterfactual_distribution",
        "recentred_influence",
    ]
    means = table.frame[(table.frame["term"] == "mean") & (table.frame["errors"] == 0)].set_index("estimator")
    linear = means.loc["linear", "value"]
    for other in ("counterfactual_distribution", "recentred_influence"):
        assert means.loc[other, "value"] == pytest.approx(linear, rel=1e-9)
    assert any("Every value is a class" in note for note in table.notes_en)
    assert any("without an assumption on tied values" in note for note in table.notes_en)
    shown = lay_out_regression_table(gate(table)[0].exhibit, "zh", stars=False)
    assert "第50百分位数" in [row.stub for row in shown.rows] and "基尼系数" in [
        row.stub for row in shown.rows
    ]


def test_bands_hold_for_all_quantiles(made):
    table, figure = made[0].frame, made[1].frame
    assert set(figure["series"]) == {"changes_in_changes", "counterfactual_distribution"}
    assert (figure["low"] <= figure["value"]).all() and (figure["value"] <= figure["high"]).all()
    one = table[(table["estimator"] == "changes_in_changes") & (table["term"] == "quantile=0.5")]
    point = figure[(figure["series"] == "changes_in_changes") & (figure["x"] == 0.5)]
    assert point["value"].item() == one["value"].iloc[0]
    assert point["high"].item() >= one.loc[one["errors"] == 0, "conf_high"].item()
    assert "simultaneous" in made[1].notes_en[0]


def test_functions_rise_and_their_points_lie_apart(made, given_stays):
    for name, part in made[2].frame.groupby("series"):
        assert (np.diff(part["value"]) >= 0).all() and part["value"].between(0, 1).all(), name
    observed = made[2].frame.query("series == 'observed'")
    treated = given_stays.panel.query("city in ['a', 'b'] and period >= '2021-04'")["discharges"].sum()
    cases = np.r_[0, observed["value"] * treated]
    assert np.diff(cases).min() >= 30 - 1e-6 and len(observed) > 5
    np.testing.assert_allclose(observed["count"], np.minimum(cases[1:], treated - cases[1:]))


def test_amounts_of_single_cases_are_not_shown(given_stays, stays_of_hospitals):
    made = KIND.make(given_stays, choice(outcomes=("total_cost",), estimator="twfe", classes=50))
    shown = set(made[2].frame["x"])
    assert all(float(f"{x:.3g}") == x for x in shown)
    assert any("classes of about equally many" in note for note in made[0].notes_en)


def test_levels_that_are_none(given_stays):
    with pytest.raises(DataError, match="no levels"):
        KIND.make(given_stays, choice(outcomes=("care_days",), quantiles=(0.5, 1.5)))


def test_amounts_that_have_no_distribution(given_stays):
    cost = given_stays.cases.total_cost
    for new, words in (
        (cost - 100_000_000, "below zero"),
        (cost.nullif(cost), "known of no case"),
        (cost * 0, "same value in all cases"),
    ):
        spoiled = replace(given_stays, cases=given_stays.cases.mutate(total_cost=new.cast("int64")))
        with pytest.raises(DataError, match=words):
            KIND.make(spoiled, choice(outcomes=("total_cost",)))
