"""Bad input, for every registered estimator: a clear error or a NaN row with its reason, never a silent number."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import ESTIMATORS, estimate
from dipeval.infer import infer

NAMES = sorted(ESTIMATORS)
COLUMNS = {
    "unit": "unit",
    "time": "time",
    "cohort": "start",
    "clusters": ["city"],
    "event_window": (-3, 3),
}
N_PERIODS = 8


@pytest.fixture
def frame():
    """36 hospitals in 12 cities, 8 periods; cities reformed in period 3, in 5, or never."""
    rng = np.random.default_rng(12)
    unit, time = np.divmod(np.arange(36 * N_PERIODS), N_PERIODS)
    city = unit // 3
    start = np.array([3.0, 5, np.nan])[city % 3]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "start": start})
    frame["w"], frame["x"] = rng.uniform(0.5, 2, len(frame)), rng.normal(size=len(frame))
    frame["y"] = 0.1 * unit + 0.05 * time + 0.2 * frame["x"] - 0.3 * (time >= start)
    frame["y"] += rng.normal(scale=0.2, size=len(frame))
    return frame


def outcome_for(name, values):
    """The outcome, or amounts where an estimator needs them: additive effects on their logarithms."""
    return np.exp(values) if ESTIMATORS[name].needs_amounts else values


def run(frame, name, covariates=(), **options):
    design = build_design(frame, **COLUMNS | {"covariates": list(covariates)} | options)
    values = outcome_for(name, frame["y"])
    return infer(estimate(design, values, estimator=name), cluster=design_cluster(options))


def design_cluster(options):
    return options.get("clusters", COLUMNS["clusters"])[0]


def honest(result):
    """Every number has an error; what has none is NaN in all of it and says why."""
    rows = result.tidy()
    numbers = rows[["std_error", "statistic", "p_value", "conf_low", "conf_high"]].to_numpy(float)
    known = np.isfinite(rows["std_error"].to_numpy(float))
    assert np.isfinite(rows.loc[known, "estimate"].astype(float)).all()
    assert (rows.loc[known, "std_error"] > 0).all() and np.isfinite(numbers[known]).all()
    assert np.isnan(numbers[~known]).all() and (rows.loc[~known, "note"] != "").all()
    return rows.set_index("term")


def honest_or_refused(frame, name, **options):
    """The rows of the result, or None where the estimator refuses in words."""
    try:
        return honest(run(frame, name, **options))
    except DesignError as refused:
        assert str(refused).count("\n") >= 1 and all(p.todo for p in refused.problems)
        return None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("fault", "options", "words"),
    [
        ("twice", {}, "hospital-periods twice"),
        ("two_dates", {}, "changes within a hospital"),
        ("switches_off", {}, "changes within a hospital"),
        ("too_early", {}, "has no data before its reform"),
        ("infinite_covariate", {"covariates": ["x"]}, "holds infinite values"),
        ("weight_zero", {"weights": "w"}, "weights of zero or below"),
        ("weight_negative", {"weights": "w"}, "weights of zero or below"),
        ("weight_missing", {"weights": "w"}, "is missing in some rows"),
        ("one_cluster", {"clusters": ["country"]}, "has a single cluster"),
        ("every_other_period", {}, "all periods are 2 apart"),
        ("all_at_once", {}, "no treated period has a never- or not-yet-treated comparison"),
    ],
)
def test_what_stops_a_design_stops_every_estimator(frame, name, fault, options, words):
    with pytest.raises(DesignError, match=words):
        run(broken(frame, fault), name, **options)


def broken(frame, fault):
    first = frame.index[0]
    if fault == "twice":
        return pd.concat([frame, frame.iloc[[4]]], ignore_index=True)
    if fault == "two_dates":
        frame.loc[first, "start"] = 4.0
    if fault == "switches_off":
        frame.loc[(frame["city"] == 0) & (frame["time"] >= 6), "start"] = np.nan
    if fault == "too_early":
        frame.loc[frame["city"] == 0, "start"] = -2.0
    if fault == "infinite_covariate":
        frame.loc[first, "x"] = np.inf
    if fault.startswith("weight"):
        frame.loc[first, "w"] = {"zero": 0.0, "negative": -1.0, "missing": np.nan}[fault[7:]]
    if fault == "one_cluster":
        frame["country"] = "x"
    if fault == "every_other_period":
        frame["time"], frame["start"] = 2 * frame["time"], 2 * frame["start"]
    if fault == "all_at_once":
        frame["start"] = 3.0
    return frame


@pytest.mark.parametrize("name", NAMES)
def test_a_cohort_without_comparison(frame, name):
    """Nobody is never treated: from period 5 on, nothing says what would have been."""
    kept = frame[frame["start"].notna()].reset_index(drop=True)
    rows = honest_or_refused(kept, name)
    if rows is not None and "cohort=5" in rows.index:
        assert np.isnan(rows.loc["cohort=5", "estimate"])
        assert rows.loc["cohort=5", "note"].startswith("not identified")
        assert rows.loc["att", "note"] != "", "an average over some of the treated says so"


@pytest.mark.parametrize("name", NAMES)
def test_collinear_and_constant_covariates_move_no_effect(frame, name):
    frame = frame.assign(
        twin=3 * frame["x"] + 1, one=1.0, beds=7.0 * frame["unit"], season=frame["time"] ** 2.0
    )
    alone = run(frame, name, ["x"])
    honest(alone)
    rows = honest_or_refused(frame, name, covariates=["x", "twin", "one", "season"])
    if rows is None:
        return
    for term in (t for t in alone.params.index if t in rows.index and not t.startswith("covariate")):
        crowded, wanted = rows.loc[term, "estimate"], alone.params[term]
        assert np.isnan(crowded) or crowded == pytest.approx(wanted, rel=1e-6, abs=1e-9), term


@pytest.mark.parametrize("name", NAMES)
def test_a_covariate_that_tells_who_is_treated(frame, name):
    """Perfect separation: no hospital with the same covariate is on the other side."""
    frame["pilot"] = frame["start"].notna() * 1.0 + 0.001 * frame["unit"]
    honest_or_refused(frame, name, covariates=["pilot"])
    rows = honest_or_refused(frame, name, covariates=["pilot"], comparison="never_treated")
    if rows is not None and name == "group_time":
        assert rows["estimate"].isna().all() and rows["note"].str.contains("not identified").all()


@pytest.mark.parametrize("name", NAMES)
def test_a_cohort_of_one_hospital(frame, name):
    frame.loc[frame["unit"] == 35, ["start", "city"]] = [6.0, 99]
    rows = honest_or_refused(frame, name)
    assert rows is not None and np.isfinite(rows["estimate"]).any()


@pytest.mark.parametrize("name", NAMES)
def test_clusters_of_one_hospital(frame, name):
    rows = honest(run(frame, name, clusters=["unit"]))
    assert np.isfinite(rows["std_error"]).any()


@pytest.mark.parametrize("name", NAMES)
def test_one_cluster_left_after_missing_outcomes(frame, name):
    """The design has two regions, the outcome one: no error can be had from a single cluster."""
    frame["region"] = (frame["city"] >= 6).astype(int)
    frame.loc[frame["region"] == 1, "y"] = np.nan
    design = build_design(frame, **COLUMNS | {"clusters": ["city", "region"]})
    result = estimate(design, outcome_for(name, frame["y"]), estimator=name)
    honest(infer(result, cluster="city"))
    rows = honest(infer(result, cluster="region"))
    assert rows["std_error"].isna().all()
    shown = rows[~rows["is_reference"].astype(bool)]
    assert shown["note"].str.contains("fewer than 2 clusters|not identified").all()


@pytest.mark.parametrize("name", NAMES)
def test_periods_with_a_gap_stay_apart(frame, name):
    """Without period 4 the calendar has a hole: event times count periods, not rows."""
    kept = frame[frame["time"] != 4].reset_index(drop=True)
    rows = honest_or_refused(kept, name)
    assert rows is not None
    early = rows[(rows["event_time"] == 1) & (rows["cohort"].isin(["", "3"]))]
    assert (early["n_obs"] <= 36).all()


# a synthetic control does not take off levels of hospitals, so donors that meet the treated one's may not exist
@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        (name, outcome)
        for name in NAMES
        for outcome in ("constant", "effects_only")
        if (name, outcome) != ("synthetic_control", "effects_only")
    ],
)
def test_an_outcome_without_noise_has_no_error(frame, name, outcome):
    """A perfect fit leaves rounding, which is no standard error."""
    level = 5.0 if outcome == "constant" else 0.1 * frame["unit"] + 0.7 * frame["time"]
    frame["y"] = level + np.zeros(len(frame))
    rows = honest(run(frame, name))
    shown = rows[~rows["is_reference"].astype(bool)]
    assert shown["std_error"].isna().all()
    np.testing.assert_allclose(shown["estimate"].dropna().astype(float), 0, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_outcomes_that_are_missing_or_infinite(frame, name):
    design = build_design(frame, **COLUMNS)
    for values, words in (
        (np.full(len(frame), np.nan), "has no value in any row"),
        (np.where(frame.index == 3, np.inf, frame["y"]), "holds infinite values"),
        (np.where(frame.index == 3, -np.inf, frame["y"]), "holds infinite values"),
    ):
        with pytest.raises(DesignError, match=words):
            estimate(design, values, estimator=name)


@pytest.mark.parametrize("name", NAMES)
def test_outcomes_missing_before_every_reform(frame, name):
    frame.loc[frame["time"] < frame["start"].fillna(0), "y"] = np.nan
    honest_or_refused(frame, name)


@pytest.mark.parametrize("name", NAMES)
def test_no_treated_outcome_is_left(frame, name):
    frame.loc[frame["time"] >= frame["start"], "y"] = np.nan
    rows = honest_or_refused(frame, name)
    if rows is not None:
        after = rows[(rows["event_time"] >= 0) | (rows["event_time"].isna() & (rows["cohort"] == ""))]
        assert after["estimate"].isna().all()
