"""Partial pooling against published numbers, statsmodels, and the formulas written out."""

import numpy as np
import pytest

from dipeval.errors import DesignError
from dipeval.infer.partial_pooling import BETWEEN, partial_pooling

POSITIVE = ((4, 11), (6, 29), (3, 11), (62, 248), (33, 47), (180, 372), (8, 10), (505, 499), (29, 45))
POSITIVE += ((17, 65), (186, 141), (5, 3), (27, 29))
NEGATIVE = ((119, 128), (300, 274), (228, 209), (13536, 12619), (5036, 5761), (1361, 1079), (2537, 619))
NEGATIVE += ((87886, 87892), (7470, 7232), (1699, 1600), (50448, 27197), (2493, 2338), (16886, 17825))


def vaccine() -> tuple[np.ndarray, np.ndarray]:
    """Log risk ratios of 13 trials of the BCG vaccine (Colditz et al. 1994), a public set of every textbook."""
    cases, others = np.array(POSITIVE, float), np.array(NEGATIVE, float)
    total = cases + others
    y = np.log(cases[:, 0] / total[:, 0]) - np.log(cases[:, 1] / total[:, 1])
    return y, (1 / cases - 1 / total).sum(1)


@pytest.mark.parametrize(
    ("between", "tau2"), [("dersimonian_laird", 0.3088), ("reml", 0.3132), ("paule_mandel", 0.3181)]
)
def test_published_numbers_of_the_vaccine_trials(between, tau2):
    """Viechtbauer (2010), Journal of Statistical Software 36(3), and the manual of metafor."""
    y, v = vaccine()
    found = partial_pooling(y, np.diag(v), between=between, adjustment="plain")
    assert found.tau2 == pytest.approx(tau2, abs=5e-5)
    assert found.q == pytest.approx(152.2330, abs=5e-4)
    assert (found.tau2_low, found.tau2_high) == pytest.approx((0.1197, 1.1115), abs=5e-5)
    if between == "reml":
        assert (found.mean, found.std_error) == pytest.approx((-0.7145, 0.1808), abs=5e-5)
        assert (found.conf_low, found.conf_high) == pytest.approx((-1.1084, -0.3206), abs=5e-5)
        assert found.i2 == pytest.approx(0.9222, abs=5e-5)


@pytest.mark.parametrize(("between", "theirs"), [("dersimonian_laird", "chi2"), ("paule_mandel", "iterated")])
def test_statsmodels_says_the_same(between, theirs):
    from statsmodels.stats.meta_analysis import combine_effects

    y, v = vaccine()
    found = partial_pooling(y, np.diag(v), between=between, adjustment="plain")
    other = combine_effects(y, v, method_re=theirs, use_t=True, atol=1e-12)
    assert found.tau2 == pytest.approx(other.tau2, rel=1e-6)
    assert found.mean == pytest.approx(other.mean_effect_re, rel=1e-6)
    assert found.std_error == pytest.approx(other.sd_eff_w_re_hksj, rel=1e-6)
    assert found.q == pytest.approx(other.q, rel=1e-9)


def test_two_estimates_by_hand():
    """y = 0, 2 with variance 1 each: Q = 2, τ² = 1 by every method, each drawn halfway."""
    for between in BETWEEN:
        found = partial_pooling(np.array([0.0, 2.0]), np.eye(2), between=between)
        assert found.tau2 == pytest.approx(1.0, abs=1e-9)
        assert found.q == pytest.approx(2.0)
        assert np.allclose(found.shrunken, [0.5, 1.5])
        assert found.std_error == pytest.approx(1.0)
        assert found.i2 == pytest.approx(0.5)
        assert np.isnan(found.prediction_low)
        assert np.allclose(found.shrunken_error**2, 1 - 1 / 2 + (1 / 2) ** 2 * 1)


def test_an_error_that_all_share_moves_the_mean_alone():
    """Comparison hospitals are common to all cities: their variance adds to that of the mean and of each city."""
    y, v = vaccine()
    shared = 0.05
    apart, together = (
        partial_pooling(y, np.diag(v) + extra, between="reml") for extra in (0.0, shared * np.ones((13, 13)))
    )
    assert together.tau2 == pytest.approx(apart.tau2, rel=1e-8)
    assert np.allclose(together.shrunken, apart.shrunken)
    assert together.q == pytest.approx(apart.q)
    assert together.std_error**2 > apart.std_error**2 + 0.99 * shared


def test_effects_that_do_not_vary_are_drawn_together():
    found = partial_pooling(np.array([1.0, 1.1, 0.9, 1.0]), np.eye(4), between="reml")
    assert found.tau2 == 0.0 and found.i2 == 0.0
    assert np.allclose(found.shrunken, found.mean)
    assert found.std_error == pytest.approx(0.5)  # the factor does not fall below one


def test_scale_and_shift():
    y, v = vaccine()
    one, other = partial_pooling(y, np.diag(v)), partial_pooling(10 * y + 3, 100 * np.diag(v))
    assert other.tau2 == pytest.approx(100 * one.tau2, rel=1e-8)
    assert np.allclose(other.shrunken, 10 * one.shrunken + 3)
    assert other.q_p_value == pytest.approx(one.q_p_value)


def test_known_variance_comes_back():
    rng = np.random.default_rng(7)
    v = rng.uniform(0.2, 2.0, 120)
    y = 0.5 + rng.normal(size=120) * np.sqrt(1.5 + v)
    for between in BETWEEN:
        found = partial_pooling(y, np.diag(v), between=between)
        assert found.tau2 == pytest.approx(1.5, abs=0.6)
        assert found.tau2_low < 1.5 < found.tau2_high
        assert found.mean == pytest.approx(0.5, abs=0.4)


def test_what_cannot_be_pooled_is_refused():
    with pytest.raises(DesignError, match="1 estimates cannot be pooled"):
        partial_pooling(np.array([1.0]), np.eye(1))
    with pytest.raises(DesignError, match="positive definite"):
        partial_pooling(np.array([1.0, 2.0]), np.ones((2, 2)))
    with pytest.raises(DesignError, match="unknown"):
        partial_pooling(np.array([1.0, 2.0]), np.eye(2), between="bayes")
