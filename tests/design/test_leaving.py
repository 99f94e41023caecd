"""Hospitals that leave the reform: what the design keeps, leaves out, counts and refuses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.check import bacon_weights, cluster_diagnostics
from dipeval.design import build_design
from dipeval.design.reweighting import reweighted
from dipeval.errors import DesignError
from dipeval.estimate import ESTIMATORS, estimate
from dipeval.estimate.balancing.hospitals import hospitals_before
from dipeval.infer import infer

COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"], "event_window": (-3, 3)}
DATES = {"stays": (3, None), "leaves": (3, 7), "later": (6, None), "never": (None, None), "gone": (-5, -2)}


def panel(**dates):
    """Two hospitals a city, ten periods; first treated and first no longer treated period by city."""
    dates = DATES | dates
    rows = [
        (f"{city}{k}", city, t, start, end)
        for city, (start, end) in dates.items()
        for k in range(2)
        for t in range(10)
    ]
    frame = pd.DataFrame(rows, columns=["unit", "city", "time", "start", "ended"])
    frame["y"] = np.random.default_rng(3).normal(size=len(frame))
    return frame


def build(frame, **options):
    return build_design(frame, **COLUMNS | {"ended": "ended"} | options)


def test_kept_periods_after_leaving_are_not_treated():
    design = build(panel())
    rows = pd.DataFrame({"unit": design.units[design.unit], "time": design.time, "treated": design.treated})
    treated = rows[rows["treated"]].groupby("unit")["time"].agg(["min", "max"])
    assert treated.loc["leaves0"].tolist() == [3, 6] and treated.loc["stays0"].tolist() == [3, 9]
    assert np.isinf(design.unit_ended[design.units.get_loc("stays0")])
    assert design.warnings == ("2 hospitals leave the reform; their periods after it are kept",)
    assert "gone0" not in design.units, "a hospital that had left before its first row is no clean comparison"
    entry = next(e for e in design.ledger if e.rule == "left_before")
    assert (entry.rows_before, entry.rows_after, entry.hospitals_after) == (100, 80, 8)


def test_dropped_periods_are_counted_and_nobody_leaves_any_more():
    frame = panel()
    design = build(frame, after_leaving="drop")
    entry = next(e for e in design.ledger if e.rule == "after_leaving")
    assert entry.rows_before - entry.rows_after == 2 * 3 + 2 * 10 and design.unit_ended is None
    cut = frame[frame["time"] < frame["ended"].fillna(99)].reset_index(drop=True)
    mine = estimate(design, frame["y"], estimator="imputation").params
    by_hand = estimate(build_design(cut, **COLUMNS), cut["y"], estimator="imputation").params
    pd.testing.assert_series_equal(mine, by_hand)


def test_anticipation_counts_before_leaving_too():
    design = build(panel(), after_leaving="drop", anticipation=1, reference=-2)
    assert design.layout.last[design.units.get_loc("leaves0")] == 5
    assert build(panel(), anticipation=1, reference=-2).first_left.min() == 6


def test_a_date_after_the_last_period_changes_nothing():
    frame = panel(leaves=(3, 12)).query("city != 'gone'").reset_index(drop=True)
    design, plain = build(frame), build_design(frame, **COLUMNS)
    assert design.unit_ended is None and np.array_equal(design.treated, plain.treated)
    pd.testing.assert_series_equal(
        estimate(design, frame["y"], estimator="twfe").params,
        estimate(plain, frame["y"], estimator="twfe").params,
    )


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_estimators_for_which_treatment_lasts_refuse(name):
    frame = panel()
    design = build(frame)
    if ESTIMATORS[name].knows_leaving:
        assert np.isfinite(estimate(design, frame["y"], estimator=name).params["att"])
        return
    with pytest.raises(
        DesignError, match='hospitals leave the reform.*\n.*leaves0.*\n.*after_leaving = "drop"'
    ):
        estimate(design, frame["y"], estimator=name)


def test_checks_refuse_as_well():
    with pytest.raises(DesignError, match="hospitals leave the reform"):
        bacon_weights(build(panel()))
    design = build(panel())
    facts = pd.DataFrame({"beds": np.arange(design.n_units) ** 2.0}, index=design.unit_names)
    with pytest.raises(DesignError, match="hospitals leave the reform"):
        hospitals_before(design, facts)
    told = cluster_diagnostics(build(panel()), "city").sentences()
    assert "hospitals leave the reform: calendars cannot be dealt anew" in told


def test_other_weights_keep_the_dates_of_leaving():
    frame = panel()
    design = build(frame)
    keep = np.array([not str(name).startswith("later") for name in design.units])
    part = reweighted(design, keep.astype(float), "chosen", "some hospitals")
    cut = build(frame[~frame["unit"].str.startswith("later")].reset_index(drop=True))
    assert np.array_equal(part.unit_ended, cut.unit_ended) and np.array_equal(part.treated, cut.treated)
    mine = estimate(part, frame["y"], estimator="switching").params
    values = frame.loc[~frame["unit"].str.startswith("later"), "y"].to_numpy()
    pd.testing.assert_series_equal(
        mine, estimate(cut, values, estimator="switching").params, check_names=False
    )


def test_who_is_made_a_comparison_leaves_nothing():
    """Hospitals of other groups are made never treated by their start alone: their end then says nothing."""
    frame = panel().query("city != 'gone'").reset_index(drop=True)
    design = build(frame)
    other = np.array([str(name).startswith("leaves") for name in design.units])
    made = replace(design, unit_cohort=np.where(other, np.inf, design.unit_cohort))
    plain = build(frame.assign(start=frame["start"].where(frame["city"] != "leaves"), ended=np.nan))
    for method in ("dynamic", "each_change", "instantaneous"):
        found = estimate(made, frame["y"], estimator="switching", method=method).params
        wanted = estimate(plain, frame["y"], estimator="switching", method=method).params
        assert found["att"] == pytest.approx(wanted["att"])


@pytest.mark.parametrize("method", ["randomisation", "placebo"])
def test_inference_that_deals_dates_anew_refuses(method):
    frame = panel()
    result = estimate(build(frame), frame["y"], estimator="switching")
    with pytest.raises(DesignError, match="hospitals leave the reform(.|\n)*take another inference"):
        infer(result, method, cluster="city", seed=1)


def test_hospitals_treated_throughout_stay_where_others_leave():
    frame = panel(throughout=(-1, None))
    assert "throughout0" in build(frame).units
    with pytest.raises(DesignError, match="has no data before its reform"):
        build(frame, after_leaving="drop")


def test_dates_that_cannot_be():
    with pytest.raises(DesignError, match="never started(.|\n)*does not lie after the start") as caught:
        build(panel(never=(None, 5), leaves=(3, 3)))
    assert "never0" in str(caught.value) and "leaves0" in str(caught.value)
    frame = panel()
    frame.loc[frame["time"] >= 8, "ended"] = np.nan
    with pytest.raises(DesignError, match="comes back must be cut"):
        build(frame)
    with pytest.raises(DesignError, match="after_leaving"):
        build(panel(), after_leaving="dorp")
    months = panel().astype({"ended": object})
    months["ended"] = months["ended"].map({7: "2019-08", -2: "2019-01"})
    with pytest.raises(DesignError, match="another frequency"):
        build(months)
