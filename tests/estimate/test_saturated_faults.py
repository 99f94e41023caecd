"""Odd panels in estimators with an effect for each cohort: a reason or a warning, never a silent number."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer

SATURATED = ["sun_abraham", "extended_two_way", "two_stage", "two_by_two", "bacon"]
BY_COHORT = ["sun_abraham", "extended_two_way", "two_by_two"]


@pytest.fixture
def frame():
    rng = np.random.default_rng(5)
    unit, time = np.divmod(np.arange(24 * 7), 7)
    city = unit // 2
    start = np.array([3.0, 5, np.nan])[city % 3]
    frame = pd.DataFrame({"unit": unit, "time": time, "start": start, "city": city})
    return frame.assign(y=rng.normal(size=len(unit)), x=rng.normal(size=len(unit)))


def build(frame, **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    return build_design(frame, **columns | {"event_window": (-3, 3)} | options)


def overall(estimator):
    return "treated" if estimator == "bacon" else "att"


@pytest.mark.parametrize("estimator", SATURATED)
def test_covariates_that_say_nothing_change_nothing(frame, estimator):
    frame = frame.assign(one=3.0, beds=frame["unit"] * 1.5, twin=3 * frame["x"] + 1)
    plain = infer(estimate(build(frame, covariates=["x"]), frame["y"], estimator=estimator))
    names = ["x", "one", "beds", "twin"] if estimator != "extended_two_way" else ["x", "one", "twin"]
    same = infer(estimate(build(frame, covariates=names), frame["y"], estimator=estimator))
    terms = [t for t in plain.params.index if not t.startswith("covariate")]
    np.testing.assert_allclose(same.params[terms], plain.params[terms], rtol=1e-7, atol=1e-10)
    if estimator in ("sun_abraham", "bacon"):
        rows = same.tidy().set_index("term")
        lost = rows.loc[["covariate=one", "covariate=beds", "covariate=x", "covariate=twin"]]
        assert lost["estimate"].isna().all() and lost["note"].str.startswith("not identified").all()


@pytest.mark.parametrize("estimator", SATURATED)
def test_an_outcome_that_the_model_fits_perfectly_has_no_error(frame, estimator):
    y = frame["unit"] * 0.7 - frame["time"] ** 2.0
    rows = infer(estimate(build(frame), y, estimator=estimator)).tidy()
    rows = rows[~rows["is_reference"] & rows["estimate"].notna()]
    assert (rows["estimate"].abs() < 1e-9).all() and len(rows) > 2
    assert rows["std_error"].isna().all() and (rows["note"] != "").all() and rows["p_value"].isna().all()


@pytest.mark.parametrize("estimator", BY_COHORT)
def test_a_cohort_of_one_city_is_told(frame, estimator):
    few = frame[~((frame["start"] == 5) & (frame["city"] != 1))]
    result = infer(estimate(build(few), few["y"], estimator=estimator))
    assert any("cohorts of a single city (5)" in text for text in result.warnings)
    assert np.isfinite(result.params[["att", "cohort=5"]]).all()


@pytest.mark.parametrize("estimator", SATURATED)
def test_a_cohort_of_one_hospital(frame, estimator):
    few = frame[~((frame["start"] == 5) & (frame["unit"] != 2))]
    result = infer(estimate(build(few), few["y"], estimator=estimator))
    assert np.isfinite(result.params[overall(estimator)])
    assert np.isfinite(result.std_errors[overall(estimator)])


@pytest.mark.parametrize("estimator", SATURATED)
def test_outcomes_that_are_missing_after_every_reform(frame, estimator):
    frame.loc[frame["time"] >= frame["start"], "y"] = np.nan
    try:
        result = infer(estimate(build(frame), frame["y"], estimator=estimator))
    except DesignError as fault:
        assert "do:" in str(fault)
        return
    rows = result.tidy().set_index("term")
    assert np.isnan(rows.loc[overall(estimator), "estimate"])
    assert rows.loc[overall(estimator), "note"].startswith("not identified")


@pytest.mark.parametrize("estimator", SATURATED)
def test_huge_levels_lose_no_digits(frame, estimator):
    """Amounts in fen, with levels that dwarf the effects."""
    small = estimate(build(frame), frame["y"], estimator=estimator)
    large = estimate(build(frame), frame["y"] * 1e6 + frame["unit"] * 1e9, estimator=estimator)
    np.testing.assert_allclose(large.params / 1e6, small.params, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("estimator", SATURATED)
def test_a_calendar_with_a_month_nobody_reports(frame, estimator):
    without = frame[frame["time"] != 1].reset_index(drop=True)
    result = infer(estimate(build(without), without["y"], estimator=estimator))
    assert np.isfinite(result.params[overall(estimator)])
    assert np.isfinite(result.std_errors[overall(estimator)])
