"""Bad input of estimates: a clear error or a NaN row with its reason, never a silent number."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import ESTIMATORS, estimate
from dipeval.infer import infer


@pytest.fixture
def frame():
    rng = np.random.default_rng(4)
    unit, time = np.divmod(np.arange(12 * 6), 6)
    start = np.array([3.0, 4, np.nan])[unit % 3]
    frame = pd.DataFrame({"unit": unit, "time": time, "start": start, "city": unit % 3 + 3 * (unit % 2)})
    return frame.assign(y=rng.normal(size=72), x=rng.normal(size=72))


def build(frame, **options):
    columns = {
        "unit": "unit",
        "time": "time",
        "cohort": "start",
        "clusters": ["city"],
        "event_window": (-3, 2),
    }
    return build_design(frame, **columns | options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"estimator": "imputaton"}, "did you mean 'imputation'?"),
        ({"estimator": "imputation", "lead": 3}, "did you mean 'leads'?"),
        ({"estimator": "twfe", "leads": 3}, "is not an option of twfe"),
        ({"estimator": "twfe", "covariates": ["z"]}, "is not a covariate of the design"),
        ({"estimator": "imputation", "aggregate": ["overal"]}, "did you mean 'overall'?"),
        ({"estimator": "imputation", "aggregate": []}, "is empty"),
        ({"estimator": "imputation", "horizons": "most"}, "option horizons"),
        ({"estimator": "imputation", "horizons": [-1, 0]}, "option horizons"),
        ({"estimator": "imputation", "leads": [0]}, "option leads"),
        ({"estimator": "imputation", "leads": "all"}, "option leads"),
        ({"estimator": "imputation", "leads": True}, "option leads"),
    ],
)
def test_options(frame, options, words):
    with pytest.raises(DesignError) as caught:
        estimate(build(frame, covariates=["x"]), frame["y"], **options)
    assert words in str(caught.value)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_outcomes_that_cannot_be(frame, estimator):
    design = build(frame)
    for values, words in (
        (np.full(72, np.nan), "has no value in any row"),
        (np.where(np.arange(72) == 5, -np.inf, frame["y"]), "holds infinite values"),
        (frame["y"].to_numpy()[:-1], "has another length"),
    ):
        with pytest.raises(DesignError, match=words):
            estimate(design, values, estimator=estimator, outcome="log_cost")


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_missing_outcomes_and_covariates_are_in_the_ledger(frame, estimator):
    frame.loc[[0, 7], "y"] = np.nan
    frame.loc[9, "x"] = np.nan
    for covariates, n_missing in ((["x"], 3), ([], 2)):
        design = build(frame, covariates=["x"])
        values = np.exp(frame["y"]) if ESTIMATORS[estimator].needs_amounts else frame["y"]
        result = estimate(design, values, estimator=estimator, covariates=covariates)
        lost = {entry.rule: entry.rows_rejected for entry in result.ledger}
        assert lost["outcome_missing"] == 2 and lost.get("covariate_missing", 0) == n_missing - 2
        # what an estimator has no use for is a rule of its own
        assert result.n_obs == 72 - n_missing - lost.get("outside_stacks", 0) - lost.get("incomplete", 0)


@pytest.mark.parametrize("estimator", ["twfe", "twfe_event_study"])
def test_singletons_leave_regressions(frame, estimator):
    frame.loc[(frame["unit"] == 2) & (frame["time"] > 0), "y"] = np.nan
    result = estimate(build(frame), frame["y"], estimator=estimator)
    assert [e.rule for e in result.ledger] == ["design", "outcome_missing", "singleton"]
    assert result.n_hospitals == 11


def test_singletons_are_looked_for_until_none_is_left(frame):
    """Hospital 2 keeps period 5 alone; when it leaves, period 5 is left with hospital 5 alone."""
    frame.loc[(frame["unit"] == 2) & (frame["time"] != 5), "y"] = np.nan
    frame.loc[~frame["unit"].isin([2, 5]) & (frame["time"] == 5), "y"] = np.nan
    result = estimate(build(frame), frame["y"], estimator="twfe")
    entry = list(result.ledger)[-1]
    assert (entry.rule, entry.rows_rejected, entry.hospitals_after) == ("singleton", 2, 11)


def test_imputation_keeps_treated_rows_of_a_hospital_with_one_untreated_row(frame):
    frame.loc[(frame["unit"] == 0) & frame["time"].isin([0, 1]), "y"] = np.nan
    result = estimate(build(frame), frame["y"], estimator="imputation")
    assert result.terms.set_index("term").loc["cohort=3", "n_obs"] == 12


def test_imputation_says_which_hospitals_lost_their_past(frame):
    frame.loc[(frame["unit"] == 0) & (frame["time"] < 3), "y"] = np.nan
    result = estimate(build(frame), frame["y"], estimator="imputation")
    entry = list(result.ledger)[-1]
    assert (entry.rule, entry.rows_rejected) == ("no_counterfactual", 3)
    assert "3 of 20 treated hospital-periods have no counterfactual" in result.warnings[0]
    frame.loc[frame["start"].notna() & (frame["time"] < frame["start"]), "y"] = np.nan
    with pytest.raises(DesignError, match="no treated hospital-period with an outcome has a counterfactual"):
        estimate(build(frame), frame["y"], estimator="imputation")


@pytest.mark.parametrize("estimator", ["twfe", "twfe_event_study"])
def test_covariates_without_own_variation_are_nan_with_a_reason(frame, estimator):
    frame = frame.assign(
        beds=frame["unit"] * 1.5, season=frame["time"] ** 2.0, one=1.0, twin=3 * frame["x"] + 1
    )
    names = ["beds", "season", "one", "x", "twin"]
    result = infer(estimate(build(frame, covariates=names), frame["y"], estimator=estimator))
    plain = infer(estimate(build(frame, covariates=["x"]), frame["y"], estimator=estimator))
    rows = result.tidy().set_index("term")
    for name in names:
        row = rows.loc[f"covariate={name}"]
        assert np.isnan(row[["estimate", "std_error", "p_value", "conf_low"]].astype(float)).all()
        assert row["note"].startswith("not identified")
    effects = [term for term in plain.params.index if not term.startswith("covariate")]
    np.testing.assert_allclose(result.params[effects], plain.params[effects], rtol=1e-9)
    np.testing.assert_allclose(result.std_errors[effects], plain.std_errors[effects], rtol=1e-9)


def test_imputation_refuses_a_covariate_that_only_the_treated_have(frame):
    treated = frame["time"] >= frame["start"].fillna(99)
    frame["bonus"] = np.where(treated, frame["x"], 0.0)
    result = infer(estimate(build(frame, covariates=["bonus"]), frame["y"], estimator="imputation"))
    row = result.tidy().set_index("term").loc["att"]
    assert (
        np.isnan(row["estimate"]) and np.isnan(row["std_error"]) and "a covariate takes values" in row["note"]
    )


def test_imputation_ignores_a_covariate_that_never_moves(frame):
    frame["beds"] = frame["unit"] * 7.0
    with_beds = estimate(build(frame, covariates=["beds"]), frame["y"], estimator="imputation")
    without = estimate(build(frame), frame["y"], estimator="imputation")
    np.testing.assert_allclose(with_beds.params, without.params, rtol=1e-9, atol=1e-12)


def test_event_study_without_a_comparison_of_levels_is_nan_not_a_guess():
    """Two cohorts, no never treated, no binning: a linear trend in event time is not identified."""
    unit, time = np.divmod(np.arange(6 * 5), 5)
    start = np.where(unit < 3, 2, 4)
    frame = pd.DataFrame({"unit": unit, "time": time, "start": start, "city": unit})
    frame["y"] = np.random.default_rng(1).normal(size=30)
    design = build(frame, event_window=(-4, 2))
    result = estimate(design, frame["y"], estimator="twfe_event_study")
    kept = ~result.terms["is_reference"]
    assert result.params[kept.to_numpy()].isna().all()
    assert result.terms.loc[kept, "note"].str.startswith("not identified").all()


def test_event_times_that_nobody_reaches_are_rows(frame):
    for estimator in ("twfe_event_study", "imputation"):
        result = infer(estimate(build(frame, event_window=(-6, 9)), frame["y"], estimator=estimator))
        rows = result.tidy().set_index("term")
        assert rows.loc["event_time=9", "n_obs"] == 0
        for term in ("event_time=-6", "event_time=9"):
            assert np.isnan(rows.loc[term, "estimate"]) and rows.loc[term, "note"].startswith(
                "not identified"
            )


def test_never_treated_comparison_warns_in_these_estimators(frame):
    for estimator in ("twfe", "twfe_event_study", "imputation", "two_stage"):
        result = estimate(build(frame, comparison="never_treated"), frame["y"], estimator=estimator)
        assert any("never_treated" in w for w in result.warnings)


def test_anticipation_moves_the_effects_forward(frame):
    design = build(frame, anticipation=1, reference=-2)
    result = estimate(design, frame["y"], estimator="imputation")
    kinds = result.terms.set_index("term")["kind"]
    assert kinds["event_time=-1"] == "event_time" and kinds["event_time=-2"] == "lead"
    only_after = build(frame.assign(start=frame["start"] - 1), reference=-1)
    moved = estimate(only_after, frame["y"], estimator="imputation")
    # the same rows are treated; the first of each hospital is anticipation and not in the average
    assert result.params["event_time=-1"] == pytest.approx(moved.params["event_time=0"], rel=1e-12)
    counts = result.terms.set_index("term")["count"]
    assert counts["att"] == moved.terms.set_index("term")["count"]["att"] - counts["event_time=-1"]
    study = estimate(design, frame["y"], estimator="twfe_event_study").terms.set_index("term")
    assert study.loc["event_time=-2", "is_reference"] and study.loc["event_time=-1", "kind"] == "event_time"
