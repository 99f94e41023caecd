"""Tests of equivalence of trends before the reform: published values, by hand, by simulation."""

import numpy as np
import pytest
from scipy import stats

from dipeval.check.pretrends.equivalence import (
    folded_p,
    largest_lead,
    largest_lead_jointly,
    mean_lead,
    nearest_violation,
    smallest_bound,
)
from dipeval.check.pretrends.root_mean_square import (
    mean_squares,
    pivot_quantile,
    pivot_tail,
    root_mean_square_lead,
)


@pytest.mark.parametrize(
    ("error", "critical"), [(0.009624, 0.9842), (0.008471, 0.9861), (0.008002, 0.9868), (0.008053, 0.9868)]
)
def test_published_critical_values_of_the_largest_lead(error, critical):
    """EquiTrends, README: bound 1, level 5 %; an absolute lead at the critical value has a p-value of 5 %."""
    assert folded_p(critical, error, 1.0) == pytest.approx(0.05, abs=0.0007)
    assert folded_p(1 - stats.norm.ppf(0.95) * error, error, 1.0) == pytest.approx(0.05, rel=1e-9)


def test_smallest_bound_is_where_the_p_value_is_the_level():
    for size, error in ((0.3, 0.1), (0.05, 0.1), (2.0, 0.01)):
        bound = smallest_bound(size, error)
        assert folded_p(size, error, bound) == pytest.approx(0.05, rel=1e-8)
        folded = stats.foldnorm(bound / error, scale=error)
        assert folded.cdf(size) == pytest.approx(0.05, rel=1e-7)
    assert smallest_bound(0.001, 0.1) == 0.0  # |t| of 0.01: more central than 5 % of all estimates of a zero
    assert smallest_bound(0.3, 0.1, degrees=5) == pytest.approx(0.3 + 0.1 * stats.t(5).ppf(0.95), rel=1e-12)
    assert folded_p(0.3, 0.1, 0.3 + 0.1 * stats.t(5).ppf(0.95), 5) == pytest.approx(0.05, rel=1e-9)


def test_largest_and_mean_by_hand():
    leads = np.array([0.2, -0.4, 0.1])
    cov = 0.01 * (np.full((3, 3), 0.5) + 0.5 * np.eye(3))
    largest = largest_lead(leads, cov, 0.6)
    assert (largest.size, largest.smallest) == (0.4, pytest.approx(0.4 + 0.1 * 1.6448536, rel=1e-6))
    assert largest.p_value == pytest.approx(stats.norm.cdf(-2), rel=1e-6)
    assert largest.largest_below == pytest.approx(0.4 - 0.1 * stats.norm.ppf(1 - 0.05 / 6), rel=1e-9)
    mean = mean_lead(leads, cov, 0.3)
    error = 0.1 * np.sqrt(2 / 3)
    assert mean.size == pytest.approx(0.1 / 3)
    assert mean.p_value == pytest.approx(stats.foldnorm(0.3 / error, scale=error).cdf(0.1 / 3), rel=1e-6)
    assert mean.largest_below == 0
    few = mean_lead(leads, cov, 0.3, degrees=11)
    assert few.smallest == pytest.approx(0.1 / 3 + stats.t(11).ppf(0.95) * error, rel=1e-9)


def test_error_of_the_mean_is_a_third_of_what_the_peer_prints():
    """Three leads with errors of 0.009624 and correlations of one half: 0.02358 is the error of their sum."""
    cov = 0.009624**2 * (np.full((3, 3), 0.5) + 0.5 * np.eye(3))
    assert np.sqrt(cov.sum()) == pytest.approx(0.02358, abs=1e-5)
    found = mean_lead(np.full(3, 0.01359), cov, None, degrees=1e9)
    assert (found.smallest - 0.01359) / stats.norm.ppf(0.95) == pytest.approx(0.02358 / 3, rel=1e-3)


def test_nearest_violation_by_brute_force():
    rng = np.random.default_rng(3)
    root = rng.normal(size=(3, 3))
    cov, leads, bound = root @ root.T + 0.2 * np.eye(3), np.array([0.3, -0.5, 0.1]), 1.0
    found = nearest_violation(leads, cov, bound)
    assert np.abs(found).max() == pytest.approx(bound)
    inverse, best = np.linalg.inv(cov), np.inf
    grid = np.linspace(-1, 1, 201)
    for j in range(3):
        for side in (-1.0, 1.0):
            face = np.stack(np.meshgrid(grid, grid), -1).reshape(-1, 2)
            face = np.insert(face, j, side, axis=1) - leads
            best = min(best, np.einsum("ij,jk,ik->i", face, inverse, face).min())
    away = found - leads
    assert away @ inverse @ away == pytest.approx(best, rel=1e-3)
    assert away @ inverse @ away <= best + 1e-9
    assert (nearest_violation(leads, cov, 0.4) == leads).all()


def test_joint_largest_lead_equals_its_bootstrap():
    cov = 0.04 * (np.full((3, 3), 0.5) + 0.5 * np.eye(3))
    leads = np.array([0.1, -0.2, 0.15])
    found = largest_lead_jointly(leads, cov, 0.5)
    drawn = np.random.default_rng(5).multivariate_normal(
        nearest_violation(leads, cov, 0.5), cov, size=200_000
    )
    assert found.p_value == pytest.approx((np.abs(drawn).max(1) <= 0.2).mean(), abs=0.002)
    assert largest_lead_jointly(leads, cov, found.smallest).p_value == pytest.approx(0.05, rel=1e-6)
    assert found.size < found.smallest < largest_lead(leads, cov, None).smallest
    alone = largest_lead_jointly(np.array([0.2]), np.eye(1) * 0.04, None).smallest
    assert alone == pytest.approx(smallest_bound(0.2, 0.2), rel=1e-6)


def test_equivalence_is_claimed_at_most_as_often_as_the_level():
    """At the bound itself, 1,000 draws: 5 % with one lead there, fewer where all are."""
    rng = np.random.default_rng(10)
    cov = np.diag([0.01, 0.0004, 0.0004])
    drawn = rng.multivariate_normal([0.3, 0, 0], cov, size=1000)
    claims = np.mean([largest_lead(b, cov, 0.3).p_value <= 0.05 for b in drawn])
    assert 0.03 < claims < 0.07
    close = rng.multivariate_normal([0.3, 0.3, 0.3], cov, size=1000)
    assert np.mean([largest_lead(b, cov, 0.3).p_value <= 0.05 for b in close]) < 0.04
    few = [mean_lead(b, cov, 0.1).p_value <= 0.05 for b in drawn]
    assert 0.035 < np.mean(few) < 0.065


def test_quantiles_of_the_self_normalised_statistic():
    """Published (simulated; both tails of one symmetric distribution): 1 % -4.233 and 4.115, and so on."""
    published = {0.01: (4.2329959, 4.1150156), 0.025: (2.9047318, 3.0065821), 0.05: (2.1431720, 2.2003307)}
    published |= {0.1: (1.4601327, 1.4928501), 0.2: (0.8561188, 0.8344549)}
    for level, tails in published.items():
        found = pivot_quantile(level)
        assert found == pytest.approx(np.mean(tails), rel=0.01), level
        assert pivot_tail(found) == pytest.approx(level, rel=1e-8)
    rng = np.random.default_rng(1)
    path = np.cumsum(rng.normal(size=(60_000, 5)), axis=1) / np.sqrt(5)
    away = path[:, :4] / np.array([0.2, 0.4, 0.6, 0.8]) - path[:, 4:]
    statistic = path[:, 4] / np.sqrt((away**2).mean(1))
    assert (statistic < -pivot_quantile(0.05)).mean() == pytest.approx(0.05, abs=0.004)


def test_mean_squares_are_those_of_means_of_parts():
    """Leads that are means over clusters: the estimate of a part is the mean of its clusters."""
    rng = np.random.default_rng(4)
    values = rng.normal(size=(23, 2))
    leads = values.mean(0)
    order = np.random.default_rng(8).permutation(23)
    found = mean_squares(leads, (values - leads) / 23, seed=8)
    expected = [(values[order[:n]].mean(0) ** 2).mean() for n in (4, 9, 13, 18)]
    assert found == pytest.approx(expected, rel=1e-12)


def test_root_mean_square_claims_equivalence_at_its_level():
    rng = np.random.default_rng(2)
    truth = np.array([0.4, -0.2, 0.3])
    bound = float(np.sqrt((truth**2).mean()))
    claims = []
    for seed in range(400):
        values = truth + rng.normal(size=(60, 3))
        leads = values.mean(0)
        claims.append(root_mean_square_lead(leads, (values - leads) / 60, bound, seed).p_value <= 0.05)
    assert 0.02 < np.mean(claims) < 0.07
    found = root_mean_square_lead(leads, (values - leads) / 60, None, 1)
    again = root_mean_square_lead(leads, (values - leads) / 60, found.smallest, 1)
    assert (
        again.p_value == pytest.approx(0.05, rel=1e-6) and found.largest_below < found.size < found.smallest
    )


def test_few_clusters_have_no_root_mean_square_test():
    found = root_mean_square_lead(np.ones(2), np.zeros((6, 2)), 1.0, 1)
    assert np.isnan(found.smallest) and np.isnan(found.p_value) and "6 clusters" in found.note
