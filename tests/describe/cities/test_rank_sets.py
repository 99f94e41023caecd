"""Confidence sets for ranks: a case by hand, Holm spelled out, and whether they hold what they promise."""

import numpy as np
import pytest
from scipy.stats import t

from dipeval.describe.cities.ranks import holm, one_sided, rank_sets


def test_a_case_that_can_be_seen():
    """10 lies above all, 0 below all; 5.0 and 5.1 cannot be told apart."""
    found = rank_sets(np.array([10.0, 5.0, 5.1, 0.0]), np.full(4, 0.1), np.full(4, 20.0))
    assert found.rank.tolist() == [1, 3, 2, 4]
    assert found.low.tolist() == [1, 2, 2, 4] and found.high.tolist() == [1, 3, 3, 4]
    assert found.joint_low.tolist() == [1, 2, 2, 4] and found.joint_high.tolist() == [1, 3, 3, 4]


def test_who_has_no_error_is_ranked_but_told_from_nobody_and_who_has_no_value_is_not_there():
    value, error = np.array([10.0, np.nan, 5.0, 0.0]), np.array([0.1, 0.1, np.nan, 0.1])
    found = rank_sets(value, error, np.where(np.isnan(error), np.nan, 20.0))
    np.testing.assert_array_equal(found.rank, [1, np.nan, 2, 3])
    np.testing.assert_array_equal(found.low, [1, np.nan, 1, 2])
    np.testing.assert_array_equal(found.high, [2, np.nan, 3, 3])


def test_equal_values_share_the_best_rank():
    found = rank_sets(np.array([2.0, 2.0, 1.0]), np.ones(3), np.full(3, 9.0))
    assert found.rank.tolist() == [1, 1, 3] and found.high.tolist() == [3, 3, 3]


def test_tests_are_those_of_welch():
    value, error, df = np.array([1.0, 3.0]), np.array([0.5, 0.8]), np.array([4.0, 7.0])
    total = 0.5**2 + 0.8**2
    degrees = total**2 / (0.5**4 / 4 + 0.8**4 / 7)
    p = one_sided(value, error, df)
    assert p[0, 1] == pytest.approx(t.sf(2 / np.sqrt(total), degrees), rel=1e-12)
    assert p[1, 0] == pytest.approx(1 - p[0, 1], rel=1e-12) and p[0, 0] == p[1, 1] == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_holm_is_that_of_statsmodels(seed):
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(seed).uniform(size=40) ** 4
    np.testing.assert_array_equal(holm(p, 0.05), multipletests(p, 0.05, method="holm")[0])


def test_marginal_sets_lie_in_simultaneous_ones_and_both_hold_the_rank():
    rng = np.random.default_rng(5)
    for _ in range(20):
        found = rank_sets(rng.normal(size=9), rng.uniform(0.1, 0.6, 9), rng.integers(2, 12, 9).astype(float))
        assert (found.joint_low <= found.low).all() and (found.low <= found.rank).all()
        assert (found.rank <= found.high).all() and (found.high <= found.joint_high).all()


def covered(truth, draws, seed, hospitals):
    """Shares of draws in which one place's set, and all places' sets, hold the true ranks."""
    rng = np.random.default_rng(seed)
    ranks = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    worst = np.array([np.sum(truth >= v) for v in truth])
    marginal, joint, told = np.zeros(len(truth)), 0, 0.0
    for _ in range(draws):
        cases = truth[:, None] + rng.normal(size=(len(truth), hospitals))
        error = cases.std(axis=1, ddof=1) / np.sqrt(hospitals)
        found = rank_sets(cases.mean(axis=1), error, np.full(len(truth), hospitals - 1.0))
        # Where truths are equal, any of their ranks is a true one: the set must hold them all.
        marginal += (found.low <= ranks) & (worst <= found.high)
        joint += bool(((found.joint_low <= ranks) & (worst <= found.joint_high)).all())
        told += float(np.mean(found.high - found.low + 1 < len(truth)))
    return marginal / draws, joint / draws, told / draws


@pytest.mark.parametrize("truth", [np.zeros(6), np.array([0, 0, 1.5, 1.5, 3, 6.0])], ids=["equal", "apart"])
def test_the_sets_hold_the_true_ranks(truth):
    marginal, joint, told = covered(truth, 150, 11, 6)
    assert marginal.min() >= 0.92 and joint >= 0.92
    assert told > 0.5 or not truth.any()


@pytest.mark.slow
@pytest.mark.parametrize("hospitals", [3, 5, 20])
@pytest.mark.parametrize("gap", [0.0, 0.3, 1.0])
def test_the_sets_hold_the_true_ranks_in_many_draws(gap, hospitals):
    """26 places as far apart as `gap`; 1,000 draws have a standard error of 0.007 at 0.95."""
    marginal, joint, _ = covered(gap * (np.arange(26) // 2).astype(float), 1000, 13, hospitals)
    assert marginal.min() >= 0.94 and joint >= 0.94


def test_shapes_and_levels_are_checked():
    with pytest.raises(ValueError, match="shapes"):
        rank_sets(np.zeros(3), np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="level"):
        rank_sets(np.zeros(3), np.ones(3), np.ones(3), 95.0)
