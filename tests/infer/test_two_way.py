"""Clustering in two ways: against fixest, dense algebra by row, and the three covariances by hand."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.infer.two_way import TwoWay, without_negative_part

NEVER = np.inf
N_PERIODS = 6
STARTS = np.array([2, 3, 3, NEVER, NEVER])


@pytest.fixture(scope="module")
def frame():
    """Hospitals of five cities and three levels that cut through them; some rows are missing."""
    rng = np.random.default_rng(5)
    city = np.repeat(np.arange(5), [2, 3, 4, 3, 4])
    unit, time = np.divmod(np.arange(len(city) * N_PERIODS), N_PERIODS)
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city[unit], "level": unit % 3})
    frame["start"] = [str(int(s)) if np.isfinite(s) else "never" for s in STARTS[frame["city"]]]
    frame["x"], frame["w"] = rng.normal(size=len(frame)), rng.uniform(1, 3, len(frame))
    shock = rng.normal(size=(5, N_PERIODS)) + rng.normal(size=N_PERIODS) * np.arange(5)[:, None]
    frame["y"] = shock[frame["city"], time] + rng.normal(size=len(frame)) + frame["x"]
    frame["pair"] = frame["city"] * 3 + frame["level"]
    return frame.drop(index=[3, 40, 41]).reset_index(drop=True)


def fit(frame, name="twfe", **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start"}
    ways = {"clusters": ["city", "level", "unit", "pair"], "event_window": (-2, 2)}
    return estimate(build_design(frame, **columns, **ways | options), frame["y"], estimator=name)


@pytest.mark.parametrize(
    ("record", "cluster", "weights"),
    [
        ("hospital_twfe_twoway", "city", None),
        ("hospital_twfe_w_twoway", "city", "discharges"),
        ("hospital_twfe_twoway_unit", "hospital", None),
        ("hospital_twfe_w_twoway_unit", "hospital", "discharges"),
    ],
)
def test_fixest(record, cluster, weights, hospitals, reference):
    columns = {"unit": "hospital", "time": "month", "cohort": "start", "clusters": ["city", "hospital"]}
    design = build_design(hospitals, weights=weights, **columns)
    result = infer(estimate(design, hospitals["log_cost"], estimator="twfe"), "two_way", cluster=cluster)
    stored = reference("fixest")[record]["estimates"][0]
    row = result.tidy().iloc[0]
    assert row["std_error"] == pytest.approx(stored["std_error"], rel=1e-9)
    assert row["p_value"] == pytest.approx(stored["p_value"], rel=1e-7)
    assert row["conf_low"] == pytest.approx(stored["ci_low"], rel=1e-9)


@pytest.fixture(scope="module")
def hospitals(shared):
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel.csv", dtype={"month": str})
    return frame.assign(start=frame["cohort"].map("{:.0f}".format).where(frame["cohort"] > 0, "never"))


def test_event_study_by_rows(frame):
    """Weighted least squares on dummies, scores by row, summed in both ways and by cell."""
    result = fit(frame, "twfe_event_study", weights="w", covariates=["x"])
    start = pd.to_numeric(frame["start"], errors="coerce").fillna(np.inf)
    event = np.clip(np.where(np.isfinite(start), frame["time"] - start, -99), -2, 2)
    event = np.where(np.isfinite(start), event, -99)
    groups = [event[:, None] == np.array([-2, 0, 1, 2]), frame[["x"]]]
    dummies = [pd.get_dummies(frame["unit"]), pd.get_dummies(frame["time"]).iloc[:, 1:]]
    root = np.sqrt(frame["w"].to_numpy())[:, None]
    columns = root * np.hstack([np.asarray(part, float) for part in (*groups, *dummies)])
    outcome = root[:, 0] * frame["y"].to_numpy()
    left = outcome - columns @ np.linalg.lstsq(columns, outcome, rcond=None)[0]
    rows = (np.linalg.pinv(columns) * left)[:5]
    by = [np.array([rows[:, frame[c] == g].sum(1) for g in np.unique(frame[c])]) for c in ("city", "time")]
    cells = frame["city"] * N_PERIODS + frame["time"]
    by.append(np.array([rows[:, cells == g].sum(1) for g in np.unique(cells)]))
    n, k = len(frame), 5 + 1
    cov = (by[0].T @ by[0] + by[1].T @ by[1] - by[2].T @ by[2]) * 5 / 4 * (n - 1) / (n - k)
    found = infer(result, "two_way")
    kept = found.std_errors.notna().to_numpy()
    expected, repaired = without_negative_part(cov)
    assert found.inference.cov[np.ix_(kept, kept)] == pytest.approx(expected, rel=1e-8, abs=1e-12)
    assert repaired == ("negative eigenvalue" in " ".join(found.warnings))
    assert f"K = {k}" in found.inference.rule and found.inference.df == 4


@pytest.mark.parametrize("name", ["twfe", "sun_abraham", "extended_two_way"])
def test_sums_over_periods_are_the_influence(name, frame):
    result = fit(frame, name, weights="w", covariates=["x"])
    for way in ("city", "unit"):
        known = np.isfinite(result.influence[way]).all(0)
        summed = result.by_period(way).influence.sum(1)
        assert summed[:, known] == pytest.approx(result.influence[way][:, known], abs=1e-10)


@pytest.mark.parametrize("name", ["imputation", "twfe", "group_time"])
def test_two_groupings_of_hospitals(name, frame):
    result = fit(frame, name)
    found = infer(result, "two_way", by="level", small_sample="CR0")
    one, two, both = (np.asarray(result.influence[way]) for way in ("city", "level", "pair"))
    known = np.isfinite(one).all(0)
    cov = (one.T @ one + two.T @ two - both.T @ both)[np.ix_(known, known)]
    expected, repaired = without_negative_part(cov)
    assert found.inference.cov[np.ix_(known, known)] == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert repaired == ("negative eigenvalue" in " ".join(found.warnings))
    assert found.inference.df == 2 and "by level (3)" in found.inference.rule
    nested = infer(result, "two_way", by="unit", small_sample="CR0")
    assert nested.std_errors.iloc[0] == pytest.approx(infer(result, small_sample="CR0").std_errors.iloc[0])


def test_a_negative_part_is_set_to_zero_and_told(frame):
    cov = np.array([[1.0, 2.0], [2.0, 1.0]])
    fixed, repaired = without_negative_part(cov)
    assert repaired and np.linalg.eigvalsh(fixed) == pytest.approx([0, 3], abs=1e-12)
    assert without_negative_part(fixed) == (pytest.approx(fixed), False)
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 4, 3))
    both = rng.normal(size=(9, 3))
    expected = one.T @ one + two.T @ two - both.T @ both
    assert TwoWay(one, two, both).cov == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("imputation", {}, "keeps no sums by period"),
        ("twfe", {"by": "city"}, "both ways are city"),
        ("twfe", {"by": "perid"}, "did you mean 'period'?"),
        ("twfe", {"cluster": "ctiy"}, "did you mean 'city'?"),
        ("twfe", {"small_sample": "CR3"}, "'CR3' is not known of two ways"),
        ("twfe", {"level": 2}, "not between 0 and 1"),
    ],
)
def test_what_is_refused(name, options, words, frame):
    with pytest.raises(DesignError) as caught:
        infer(fit(frame, name), "two_way", **options)
    assert words in str(caught.value)


def test_a_list_of_clusters_points_to_the_method(frame):
    with pytest.raises(DesignError, match='use method "two_way"'):
        infer(fit(frame), cluster=["city", "period"])
