"""The ratio of a city against the regression that it is, by another package and by whole matrices."""

import numpy as np
import pytest

from dipeval.describe.cities.clustered_ratio import clustered_ratios
from dipeval.describe.cities.intervals import interval, on_scale
from dipeval.describe.cities.stratified_ratio import stratified_ratios, without_lone


def by_matrices(numerator, denominator):
    """CR2 error and Bell-McCaffrey degrees of freedom of a constant over cases, with every matrix written out."""
    hospital = np.repeat(np.arange(len(denominator)), denominator)
    y = np.repeat(numerator / denominator, denominator)
    n = len(y)
    x = np.ones((n, 1))
    hat = np.eye(n) - x @ x.T / n
    residual = y - y.mean()
    columns, variance = [], 0.0
    for h in np.unique(hospital):
        at = np.flatnonzero(hospital == h)
        values, vectors = np.linalg.eigh(hat[np.ix_(at, at)])
        root = vectors @ np.diag(np.where(values > 1e-10, values, np.inf) ** -0.5) @ vectors.T
        weight = root @ np.ones(len(at)) / n
        variance += float(weight @ residual[at]) ** 2
        columns.append(hat[:, at] @ weight)
    g = np.stack(columns, axis=1)
    gram = g.T @ g
    return np.sqrt(variance), np.trace(gram) ** 2 / np.sum(gram**2)


@pytest.mark.parametrize("sizes", [[5, 5, 5, 5], [3, 9, 17, 4, 11], [40, 3, 5], [1, 1, 60]])
def test_error_and_degrees_of_freedom_are_those_of_whole_matrices(sizes):
    rng = np.random.default_rng(7)
    below = np.array(sizes)
    above = below * rng.uniform(0.5, 2.0, len(below))
    found = clustered_ratios(above, below.astype(float), np.zeros(len(below), dtype=int), 1)
    error, df = by_matrices(above, below)
    assert found.value[0] == pytest.approx(above.sum() / below.sum(), rel=1e-14)
    assert found.std_error[0] == pytest.approx(error, rel=1e-9)
    assert found.df[0] == pytest.approx(df, rel=1e-9)


def test_hospitals_of_one_size_give_the_usual_cluster_error():
    """With equal clusters CR2 is the correction H / (H - 1), which statsmodels makes."""
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    hospital = np.repeat(np.arange(12), 4)
    cost = 1000 * np.exp(rng.normal(size=12)[hospital] + 0.2 * rng.normal(size=48))
    fitted = sm.OLS(cost, np.ones((48, 1))).fit(cov_type="cluster", cov_kwds={"groups": hospital})
    sums = np.bincount(hospital, weights=cost)
    found = clustered_ratios(sums, np.full(12, 4.0), np.zeros(12, dtype=int), 1)
    assert found.value[0] == pytest.approx(fitted.params[0], rel=1e-12)
    assert found.std_error[0] == pytest.approx(fitted.bse[0], rel=1e-12)
    assert found.df[0] == pytest.approx(11.0, rel=1e-12)


def test_without_its_correction_it_is_the_weighted_regression_of_statsmodels():
    """Each hospital's part of the variance is divided by 1 - w; undone, statsmodels' plain sandwich is left."""
    import statsmodels.api as sm

    below = np.array([120.0, 40.0, 75.0, 300.0, 15.0])
    above = below * np.array([2.0, 3.5, 1.0, 2.2, 6.0])
    kinds = {"groups": np.arange(5), "use_correction": False}
    fitted = sm.WLS(above / below, np.ones((5, 1)), weights=below).fit(cov_type="cluster", cov_kwds=kinds)
    weight = below / below.sum()
    deviation = above / below - above.sum() / below.sum()
    plain = np.sum(weight**2 * deviation**2)
    found = clustered_ratios(above, below, np.zeros(5, dtype=int), 1)
    assert fitted.bse[0] ** 2 == pytest.approx(plain, rel=1e-12)
    assert found.std_error[0] ** 2 == pytest.approx(
        np.sum(weight**2 * deviation**2 / (1 - weight)), rel=1e-12
    )


def test_two_hospitals_have_no_interval_and_none_has_no_value():
    above, below = np.array([1.0, 4.0, 3.0, 0.0]), np.array([1.0, 2.0, 3.0, 0.0])
    found = clustered_ratios(above, below, np.array([0, 0, 1, 2]), 3)
    np.testing.assert_allclose(found.value, [5 / 3, 1.0, np.nan])
    assert np.isnan(found.std_error).all() and np.isnan(found.df).all()
    assert found.hospitals.tolist() == [2, 1, 0]


def test_intervals_stay_where_their_numbers_live():
    from scipy.stats import t

    value, error, df = np.array([0.02, 0.5, 0.0]), np.array([0.015, 0.1, 0.0]), np.array([3.0, 8.0, 8.0])
    low, high = interval(value, error, df, "logit")
    assert (0 < low[:2]).all() and (high[:2] < 1).all() and np.isnan([low[2], high[2]]).all()
    middle = np.log(0.02 / 0.98)
    reach = t.ppf(0.975, 3) * 0.015 / (0.02 * 0.98)
    assert low[0] == pytest.approx(1 / (1 + np.exp(-(middle - reach))), rel=1e-12)
    low, high = interval(np.array([100.0]), np.array([60.0]), np.array([2.0]), "log")
    assert low[0] * high[0] == pytest.approx(100.0**2) and low[0] > 0
    low, high = interval(np.array([-1.0]), np.array([0.5]), np.array([4.0]), "plain")
    assert (low[0], high[0]) == pytest.approx((-1 - t.ppf(0.975, 4) / 2, -1 + t.ppf(0.975, 4) / 2))
    with pytest.raises(ValueError, match="none of"):
        on_scale(value, error, "square")


def by_dummies(numerator, denominator, kind):
    """CR2 and its degrees of freedom for Σ W r in a regression on dummies of the kinds, matrices written out."""
    hospital = np.repeat(np.arange(len(denominator)), denominator)
    y = np.repeat(numerator / denominator, denominator)
    x = (kind[hospital][:, None] == np.unique(kind)[None, :]).astype(float)
    bread = np.linalg.inv(x.T @ x)
    contrast = x.mean(axis=0)
    hat = np.eye(len(y)) - x @ bread @ x.T
    residual = hat @ y
    columns, variance = [], 0.0
    for h in np.unique(hospital):
        at = np.flatnonzero(hospital == h)
        values, vectors = np.linalg.eigh(hat[np.ix_(at, at)])
        root = vectors @ np.diag(np.where(values > 1e-10, values, np.inf) ** -0.5) @ vectors.T
        weight = root @ x[at] @ bread @ contrast
        variance += float(weight @ residual[at]) ** 2
        columns.append(hat[:, at] @ weight)
    g = np.stack(columns, axis=1)
    gram = g.T @ g
    return np.sqrt(variance), np.trace(gram) ** 2 / np.sum(gram**2)


def test_within_kinds_it_is_the_contrast_of_a_regression_on_dummies():
    rng = np.random.default_rng(9)
    below, kind = np.array([30, 12, 5, 9, 7, 14, 3]), np.array([0, 0, 1, 1, 1, 2, 2])
    above = below * rng.uniform(1.0, 2.0, 7) * (1 + kind)
    inputs = above, below.astype(float), np.zeros(7, dtype=int)
    found, without = stratified_ratios(*inputs, kind, 1), clustered_ratios(*inputs, 1)
    error, df = by_dummies(above, below, kind)
    assert found.value[0] == without.value[0] and found.std_error[0] < without.std_error[0]
    assert found.std_error[0] == pytest.approx(error, rel=1e-9) and found.df[0] == pytest.approx(df, rel=1e-9)


def test_one_kind_alone_changes_nothing():
    above, below, group = (
        np.array([3.0, 5, 9, 2, 2, 8]),
        np.array([2.0, 4, 4, 1, 3, 5]),
        np.array([0, 0, 0, 1, 1, 1]),
    )
    inputs = above, below, group
    found, without = stratified_ratios(*inputs, np.zeros(6, dtype=int), 2), clustered_ratios(*inputs, 2)
    np.testing.assert_allclose(found.std_error, without.std_error, rtol=1e-12)
    np.testing.assert_allclose(found.df, without.df, rtol=1e-12)


def test_kinds_with_one_hospital_are_put_together():
    group = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2])
    kind = np.array([0, 0, 1, 2, 0, 0, 1, 0, 1])
    # Two lone kinds make one; a single lone hospital joins the others; two lone hospitals make one kind.
    assert without_lone(group, kind).tolist() == [0, 0, -1, -1, 0, 0, 0, -1, -1]
    assert np.isnan(stratified_ratios(np.ones(9), np.ones(9), group, kind, 3).std_error[2])
