"""Changes between two groups against scipy and hand cases."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dipeval.describe.case_groups import case_groups
from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.comparison import NO_CASES
from dipeval.describe.sums import Sums
from dipeval.describe.two_groups.changes import (
    NO_BASE,
    NO_SPREAD,
    WIDE,
    change_of_logarithms,
    change_of_means,
    fieller,
)
from dipeval.describe.two_groups.resampling import (
    DistinctValues,
    bootstrap_interval,
    difference,
    distinct_values,
    drawn_means,
    relative_change,
)
from dipeval.store.engine import Engine

NEAR = {"rel": 1e-9, "abs": 1e-12}
RANDOM = np.random.default_rng(11)
BEFORE = np.round(RANDOM.lognormal(8, 0.9, 140)).astype("int64")
AFTER = np.round(RANDOM.lognormal(7.7, 0.7, 95)).astype("int64")


def sums(values):
    whole = [int(v) for v in values]
    return Sums.plain(len(whole), 0, sum(whole), sum(v * v for v in whole))


def distinct(values):
    return DistinctValues(*np.unique(values.astype(float), return_counts=True))


def test_the_difference_is_that_of_scipy():
    made = change_of_means(sums(BEFORE), sums(AFTER), 0.95)
    oracle = stats.ttest_ind(AFTER, BEFORE, equal_var=False)
    interval = oracle.confidence_interval(0.95)
    assert made.difference == pytest.approx((AFTER.mean() - BEFORE.mean(), *interval), **NEAR)
    assert made.p_value == pytest.approx(oracle.pvalue, **NEAR)


def test_fieller_limits_are_where_the_test_just_rejects():
    (found, low, high), reason = fieller(sums(BEFORE), sums(AFTER), 0.95)
    v0, v1 = BEFORE.var(ddof=1) / len(BEFORE), AFTER.var(ddof=1) / len(AFTER)
    ratio = AFTER.mean() / BEFORE.mean()
    df = (v1 + ratio**2 * v0) ** 2 / (v1**2 / (len(AFTER) - 1) + ratio**4 * v0**2 / (len(BEFORE) - 1))
    for limit in (low, high):
        t = (AFTER.mean() - (1 + limit) * BEFORE.mean()) / np.sqrt(v1 + (1 + limit) ** 2 * v0)
        assert abs(t) == pytest.approx(stats.t.ppf(0.975, df), **NEAR)
    assert (found, reason) == (pytest.approx(ratio - 1, **NEAR), ("", ""))


def test_geometric_means_are_compared_by_logarithms():
    logs = [np.round(np.log(x) * 1e9) for x in (BEFORE, AFTER)]
    base, other = (Sums.plain(s.n, 0, s.total, s.squares, 9) for s in map(sums, logs))
    made = change_of_logarithms(base, other, 0.95)
    oracle = stats.ttest_ind(np.log(AFTER), np.log(BEFORE), equal_var=False)
    ratio = stats.gmean(AFTER) / stats.gmean(BEFORE)
    limits = np.exp(list(oracle.confidence_interval(0.95))) - 1
    assert made.relative == pytest.approx((ratio - 1, *limits), rel=1e-8)
    assert made.p_value == pytest.approx(oracle.pvalue, rel=1e-8)


def test_what_cannot_be_said_has_its_reason():
    assert change_of_means(sums([]), sums([1, 2]), 0.95).reason == NO_CASES
    assert fieller(sums([-1, 1]), sums([1, 2]), 0.95)[1] == NO_BASE
    assert fieller(sums([0, 0, 1]), sums([1, 2]), 0.95)[1] == WIDE
    assert fieller(sums([1, 1, 2]), sums([0, 0]), 0.95)[1] == NO_SPREAD


@pytest.mark.parametrize("statistic", [difference, relative_change])
def test_bootstrap_limits_are_those_of_scipy_on_the_same_draws(statistic):
    base, other = distinct(BEFORE), distinct(AFTER)
    drawn = drawn_means(base, other, 499, (7, 0))
    made = bootstrap_interval(statistic, base, other, drawn, 0.95)
    for method, found in (("percentile", made.percentile), ("BCa", made.bca)):
        given = type("Drawn", (), {"bootstrap_distribution": statistic(*drawn)})()
        oracle = stats.bootstrap(
            (BEFORE.astype(float), AFTER.astype(float)),
            lambda x, y, axis: statistic(x.mean(axis=axis), y.mean(axis=axis)),
            n_resamples=0,
            bootstrap_result=given,
            method=method,
            vectorized=True,
        ).confidence_interval
        assert found == pytest.approx((oracle.low, oracle.high), **NEAR)


def test_drawing_numbers_of_values_is_drawing_cases():
    base, other = distinct(BEFORE), distinct(AFTER)
    drawn = drawn_means(base, other, 4_000, (1,))
    for means, x in zip(drawn, (BEFORE, AFTER), strict=True):
        error = x.std() / np.sqrt(len(x))
        assert means.mean() == pytest.approx(x.mean(), abs=4 * error / np.sqrt(4_000))
        assert means.std() == pytest.approx(error, rel=0.06)
    again = drawn_means(base, other, 4_000, (1,))
    assert all((a == b).all() for a, b in zip(drawn, again, strict=True))
    assert (drawn[0] != drawn_means(base, other, 4_000, (2,))[0]).any()


def test_distinct_values_come_from_the_engine():
    rows = pd.DataFrame(
        {"g": ["a", "a", "a", "b"], "city": "x", "hospital": "h", "cost": [250, 100, 250, 100]}
    )
    with Engine(memory_limit="200MB", threads=1) as engine:
        groups = case_groups(engine, engine.small_table(rows), "g")
        cost = CaseVariable("cost", "continuous", decimals=2)
        found = distinct_values(engine, groups, cost, 10)
        assert distinct_values(engine, groups, cost, 2) is None
    assert found["a"].values.tolist() == [1.0, 2.5] and found["a"].counts.tolist() == [1, 2]
    assert found["b"].mean == 1.0
