"""Tests from counts and sums alone against scipy and statsmodels on the raw arrays."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import Table
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from dipeval.describe.count_comparisons import chi_square, cochran_armitage, fisher_exact
from dipeval.describe.mean_comparisons import anova, linear_trend, student, welch
from dipeval.describe.rank_comparisons import RankSums, kruskal_wallis, mann_whitney
from dipeval.describe.sums import Sums

NEAR = {"rel": 1e-10, "abs": 1e-12}


def fen(seed, n, log_mean=9.0):
    return np.random.default_rng(seed).lognormal(log_mean, 1.0, n).astype("int64")


def sums(x, decimals=2):
    whole = [int(v) for v in x]
    return Sums.plain(len(whole), 0, sum(whole), sum(v * v for v in whole), decimals)


def ranked(*groups):
    pooled = np.concatenate(groups)
    doubled = (2 * stats.rankdata(pooled)).astype("int64")
    ends = np.cumsum([len(g) for g in groups])
    values, counts = np.unique(np.unique(pooled, return_counts=True)[1], return_counts=True)
    return RankSums(
        tuple(len(g) for g in groups),
        tuple(int(part.sum()) for part in np.split(doubled, ends[:-1])),
        dict(zip(values.tolist(), counts.tolist(), strict=True)),
    )


def test_tests_of_means_are_those_of_statsmodels_and_scipy():
    a, b, c = fen(1, 90), fen(2, 40, 9.4), fen(3, 61)
    means = CompareMeans(DescrStatsW(a / 100), DescrStatsW(b / 100))
    for made, usevar in ((student, "pooled"), (welch, "unequal")):
        t, p, df = means.ttest_ind(usevar=usevar)
        found = made([sums(a), sums(b)])
        assert (found.statistic, found.p_value, found.df) == pytest.approx((t, p, df), **NEAR)
    f, p = stats.f_oneway(a / 100, b / 100, c / 100)
    found = anova([sums(a), sums(b), sums(c)])
    assert (found.statistic, found.p_value, found.df, found.df_within) == pytest.approx(
        (f, p, 2, 188), **NEAR
    )
    line = stats.linregress(np.repeat([0, 1, 2], [90, 40, 61]), np.concatenate([a, b, c]) / 100)
    found = linear_trend([sums(a), sums(b), sums(c)])
    assert (found.statistic, found.p_value) == pytest.approx((line.slope / line.stderr, line.pvalue), **NEAR)


def test_large_amounts_that_hardly_differ_do_not_cancel():
    """The textbook formula in floats loses every digit here."""
    a, b = 10**11 + np.array([1, 2, 4, 7]), 10**11 + np.array([3, 5, 9, 9])
    near_zero = stats.ttest_ind(a - 10**11, b - 10**11, equal_var=False)
    found = welch([sums(a), sums(b)])
    assert (found.statistic, found.p_value) == pytest.approx((near_zero.statistic, near_zero.pvalue), **NEAR)


@pytest.mark.parametrize("continuity", [True, False])
def test_rank_tests_with_ties_are_those_of_scipy(continuity):
    a, b, c = fen(1, 80) // 4000, fen(2, 45, 9.3) // 4000, fen(3, 20) // 4000
    u = stats.mannwhitneyu(a, b, use_continuity=continuity, method="asymptotic")
    found = mann_whitney(ranked(a, b), continuity)
    assert (found.statistic, found.p_value) == pytest.approx((u.statistic, u.pvalue), **NEAR)
    h = stats.kruskal(a, b, c)
    found = kruskal_wallis(ranked(a, b, c))
    assert (found.statistic, found.p_value, found.df) == pytest.approx((h.statistic, h.pvalue, 2), **NEAR)


def test_chi_square_is_that_of_scipy():
    table = np.array([[30, 12, 5], [22, 40, 9], [3, 14, 2]])
    asked = stats.chi2_contingency(table, correction=False)
    found = chi_square(table)
    assert (found.statistic, found.p_value, found.df) == pytest.approx(
        (asked.statistic, asked.pvalue, asked.dof), **NEAR
    )
    small = int((asked.expected_freq < 5).sum())
    assert found.reason[0] == f"{small} of 9 expected counts are below 5"
    for square in ([[12, 5], [9, 17]], [[10, 10], [10, 11]]):
        for yates in (True, False):
            asked = stats.chi2_contingency(square, correction=yates)
            found = chi_square(np.array(square), yates)
            assert (found.statistic, found.p_value) == pytest.approx((asked.statistic, asked.pvalue), **NEAR)


def test_fisher_against_all_tables_of_the_margins():
    a, b, c, d = 3, 9, 11, 4
    weights = [comb(a + b, x) * comb(c + d, a + c - x) for x in range(0, a + b + 1)]
    p = Fraction(sum(w for w in weights if w <= weights[a]), comb(a + b + c + d, a + c))
    found = fisher_exact(np.array([[a, b], [c, d]]))
    assert found.p_value == pytest.approx(float(p), **NEAR)
    assert found.p_value == pytest.approx(stats.fisher_exact([[a, b], [c, d]]).pvalue, **NEAR)
    assert found.statistic == pytest.approx(a * d / (b * c))
    large = fisher_exact(np.array([[3, 4, 5], [3, 1, 2]]))
    assert np.isnan(large.p_value) and "2×3" in large.reason[0]
    assert "up to 1,000,000 cases" in fisher_exact(np.array([[10**6, 5], [4, 3]])).reason[0]


def test_cochran_armitage_against_statsmodels():
    """statsmodels divides the variance by n - 1 where Cochran and Armitage have n."""
    events, cases = np.array([8, 15, 27]), np.array([40, 50, 60])
    n = cases.sum()
    other = Table(np.array([cases - events, events])).test_ordinal_association()
    found = cochran_armitage(events.tolist(), cases.tolist())
    assert found.statistic == pytest.approx(other.zscore * np.sqrt(n / (n - 1)), **NEAR)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(found.statistic)), **NEAR)


def test_what_cannot_be_compared_says_why():
    """A variable with one value, an empty group, a category never seen: a reason, never a number."""
    same, empty, x = sums([5, 5, 5]), Sums.plain(0, 4, 0, 0), sums(fen(1, 9))
    for made in (student, welch, anova, linear_trend):
        assert made([same, same]).reason[0] == "all cases have one value"
        assert made([x, empty]).reason[0] == "a group has no cases with a known value"
        assert np.isnan(made([x, empty]).p_value)
    assert mann_whitney(ranked([1, 1], [1])).reason[0] == "all cases have one value"
    assert kruskal_wallis(RankSums((3, 0), (12, 0), {1: 3})).reason[0].startswith("a group has no cases")
    assert student([x, x, x]).reason[0] == "needs two groups, there are 3"
    assert chi_square(np.array([[3, 0], [4, 0]])).reason[0] == "all cases have one value"
    assert np.isnan(cochran_armitage([0, 0], [4, 5]).p_value)
    never = chi_square(np.array([[30, 0, 20], [25, 0, 40]]))
    assert (never.df, never.p_value) == (1, chi_square(np.array([[30, 20], [25, 40]])).p_value)
