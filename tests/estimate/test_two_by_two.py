"""Two groups before and after: by hand, against the regression on the same rows, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer


def draw(seed, gaps=False, starts=(4, 6, np.inf, 4)):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(32 * 9), 9)
    city = unit // 2
    start = np.array(starts)[city % 4]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "start": start})
    frame["w"], frame["x"] = rng.uniform(0.3, 4, len(unit)), rng.normal(size=len(unit))
    frame["y"] = unit + time**1.5 + rng.normal(size=len(unit)) + 0.2 * frame["x"] + (time >= start) * 0.5
    return frame[rng.random(len(unit)) < 0.85].reset_index(drop=True) if gaps else frame


def build(frame, **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    return build_design(frame, **columns | {"event_window": (-3, 3)} | options)


def test_by_hand():
    """Changes of 3 and 5 against 1 and 0: effect 3.5, variance (1 + 1 + 0.25 + 0.25) / 4."""
    outcomes = {"a": (2, (1, 4)), "b": (2, (2, 7)), "c": (None, (3, 4)), "d": (None, (5, 5))}
    rows = [(h, t + 1, start, y) for h, (start, ys) in outcomes.items() for t, y in enumerate(ys)]
    frame = pd.DataFrame(rows, columns=["unit", "time", "start", "y"])
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["unit"]}
    design = build_design(frame, **columns, event_window=(-1, 1))
    estimated = estimate(design, frame["y"], estimator="two_by_two")
    plain = infer(estimated, cluster="unit", small_sample="CR0")
    assert plain.params["att"] == plain.params["cohort=2"] == pytest.approx(3.5, rel=1e-12)
    assert plain.std_errors["att"] == pytest.approx(np.sqrt(2.5 / 4), rel=1e-12)
    # G = 4, N = 8, K = treatment and two periods
    small = infer(estimated, cluster="unit")
    assert small.std_errors["att"] == pytest.approx(np.sqrt(2.5 / 4 * 4 / 3 * 7 / 5), rel=1e-12)


def test_a_balanced_panel_gives_the_difference_of_differences_of_means():
    frame = draw(1)
    result = estimate(build(frame), frame["y"], estimator="two_by_two", before=[-2, -1], after=[0, 1, 2])
    own = frame[frame["start"] == 4].groupby("time")["y"].mean()
    other = frame[np.isinf(frame["start"])].groupby("time")["y"].mean()
    gap = own - other
    # the reform of 6 lies inside the periods 2 to 6, so only hospitals never treated compare
    assert result.params["cohort=4"] == pytest.approx(gap[4:7].mean() - gap[2:4].mean(), rel=1e-10)


@pytest.mark.parametrize(
    "options", [{}, {"weights": "w"}, {"covariates": ["x"]}, {"weights": "w", "covariates": ["x"]}]
)
def test_one_cohort_is_the_two_way_regression_on_its_rows(options):
    frame = draw(2, gaps=True, starts=(4, np.inf, np.inf, 4))
    mine = infer(estimate(build(frame, **options), frame["y"], estimator="two_by_two"))
    plain = infer(estimate(build(frame, **options), frame["y"], estimator="twfe"))
    assert mine.params["att"] == pytest.approx(plain.params["treated"], rel=1e-10)
    assert mine.std_errors["att"] == pytest.approx(plain.std_errors["treated"], rel=1e-10)
    assert mine.pvalues["cohort=4"] == pytest.approx(plain.pvalues["treated"], rel=1e-9)
    assert (mine.n_obs, mine.n_parameters) == (plain.n_obs, plain.n_parameters)


def test_hospitals_not_yet_treated_compare_while_they_are_untreated():
    frame = draw(3, gaps=True)
    options = {"before": [-2, -1], "after": [0, 1]}
    result = infer(estimate(build(frame), frame["y"], estimator="two_by_two", **options), small_sample="CR0")
    part = frame[((frame["start"] == 4) | (frame["start"] > 5)) & frame["time"].between(2, 5)]
    alone = part.assign(start=part["start"].where(part["start"] == 4))
    same = infer(estimate(build(alone), alone["y"], estimator="twfe"), small_sample="CR0")
    assert result.params["cohort=4"] == pytest.approx(same.params["treated"], rel=1e-10)
    assert result.std_errors["cohort=4"] == pytest.approx(same.std_errors["treated"], rel=1e-9)
    row = result.terms.set_index("term").loc["cohort=4"]
    assert row["n_obs"] == len(part) and row["n_hospitals"] == part["unit"].nunique() == 32
    design = build(frame, comparison="never_treated")
    fewer = estimate(design, frame["y"], estimator="two_by_two", **options).terms.set_index("term")
    assert fewer.loc["cohort=4", "n_hospitals"] == 24


def test_the_overall_mean_weighs_cohorts_by_their_treated_rows():
    frame = draw(4, gaps=True)
    result = estimate(build(frame, weights="w"), frame["y"], estimator="two_by_two")
    treated = frame[frame["time"] >= frame["start"]]
    weight = treated.groupby("start")["w"].sum()
    mean = np.average(result.params[["cohort=4", "cohort=6"]], weights=weight[[4, 6]])
    assert result.params["att"] == pytest.approx(mean, rel=1e-12)


def test_a_cohort_without_comparison_is_nan_with_its_reason():
    frame = draw(5, starts=(4, 6, 6, 4))
    result = infer(estimate(build(frame), frame["y"], estimator="two_by_two", after=[0, 1]))
    rows = result.tidy().set_index("term")
    assert np.isnan(rows.loc["cohort=6", "estimate"]) and np.isnan(rows.loc["cohort=6", "std_error"])
    assert rows.loc["cohort=6", "note"].startswith("not identified: no hospital stays untreated")
    assert rows.loc["att", "estimate"] == rows.loc["cohort=4", "estimate"]
    assert rows.loc["att", "note"] == "without cohorts that have no comparison: 6"
    assert [e.rule for e in result.ledger][-1] == "outside_comparison"
    with pytest.raises(DesignError, match="no cohort has a comparison"):
        estimate(build(frame), frame["y"], estimator="two_by_two")


def test_a_cohort_that_is_not_seen_before_is_nan_with_its_reason():
    frame = draw(6)
    frame.loc[(frame["start"] == 6) & (frame["time"] < 6), "y"] = np.nan
    rows = infer(estimate(build(frame), frame["y"], estimator="two_by_two")).tidy().set_index("term")
    assert rows.loc["cohort=6", "note"].startswith("not identified: the cohort is not observed both before")


def test_anticipation_is_on_neither_side():
    frame = draw(7)
    design = build(frame, anticipation=1, reference=-2)
    result = estimate(design, frame["y"], estimator="two_by_two")
    # 16 hospitals of the cohort and 8 never treated, in 9 periods but the one of anticipation
    assert result.terms.set_index("term").loc["cohort=4", "n_obs"] == (16 + 8) * 8


@pytest.mark.parametrize(
    ("options", "words"),
    [({"before": [0]}, "option before"), ({"after": [-1]}, "option after"), ({"after": 2}, "option after")],
)
def test_options(options, words):
    frame = draw(8)
    with pytest.raises(DesignError, match=words):
        estimate(build(frame), frame["y"], estimator="two_by_two", **options)
