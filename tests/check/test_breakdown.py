"""Identified sets and breakdown values, by hand and as the definition says."""

import numpy as np
import pytest

from dipeval.check.sensitivity.breakdown import fixed_length_breakdown, identified_breakdown
from dipeval.check.sensitivity.fixed_length import smoothness_frontier
from dipeval.check.sensitivity.identified_set import identified_set
from dipeval.check.sensitivity.restrictions import restrict

BETA = np.array([0.1, -0.2, 0.9, 1.4])
"""Leads at -3 and -2, effects at 0 and 1; steps before: -0.3, 0.2; bends before: 0.5."""
FIRST, MEAN = np.array([1.0, 0.0]), np.array([0.5, 0.5])


def _set(family: str, bound: float, weights: np.ndarray, **shape: str) -> tuple[tuple[float, float], ...]:
    return identified_set(BETA, restrict(family, bound, 2, 2, **shape), weights).intervals


def test_smoothness_by_hand():
    # The last step goes on: 0.2, then 0.4; each bend adds up to M, and to 2M + M in the second effect.
    assert _set("smoothness", 0.6, FIRST)[0] == pytest.approx((0.9 - 0.2 - 0.6, 0.9 - 0.2 + 0.6))
    middle, reach = 1.15 - 0.3, (0.6 + 3 * 0.6) / 2
    assert _set("smoothness", 0.6, MEAN)[0] == pytest.approx((middle - reach, middle + reach))
    assert _set("smoothness", 0.6, FIRST, bias="positive")[0] == pytest.approx((0.1, 0.9))


def test_relative_magnitudes_by_hand():
    assert _set("relative_magnitudes", 2.0, FIRST)[0] == pytest.approx((0.9 - 0.6, 0.9 + 0.6))
    assert _set("relative_magnitudes", 2.0, MEAN)[0] == pytest.approx((1.15 - 0.9, 1.15 + 0.9))
    assert _set("relative_magnitudes", 2.0, FIRST, bias="negative")[0] == pytest.approx((0.9, 1.5))
    assert _set("relative_smoothness", 1.0, FIRST)[0] == pytest.approx((0.2, 1.2))


def test_leads_that_break_the_restriction_leave_nothing():
    assert _set("smoothness", 0.49, FIRST) == ()
    assert _set("relative_magnitudes", 1.0, FIRST, trend="increasing") == ()
    found = identified_set(BETA, restrict("smoothness", 0.49, 2, 2), FIRST)
    assert found.empty and np.isnan(found.low) and np.isnan(found.high)
    assert not identified_set(BETA, restrict("smoothness", 0.5, 2, 2), FIRST).empty


def test_breakdown_of_sets_by_hand():
    def broken(family, weights, **shape):
        return identified_breakdown(BETA, lambda bound: restrict(family, bound, 2, 2, **shape), weights, 1.0)

    assert broken("smoothness", FIRST) == pytest.approx(0.7, rel=1e-9)
    # 0.85 - 2 M is 0 at 0.425, below the bend of 0.5 that the leads have: where the set is not empty it holds zero.
    assert np.isnan(broken("smoothness", MEAN))
    assert broken("relative_magnitudes", FIRST) == pytest.approx(3.0, rel=1e-9)
    assert broken("relative_magnitudes", FIRST, bias="negative") == np.inf
    assert np.isnan(broken("relative_magnitudes", FIRST, trend="increasing"))
    assert np.isnan(broken("relative_magnitudes", np.zeros(2)))


def test_breakdown_of_the_interval_is_where_it_touches_zero():
    draws = np.random.default_rng(11)
    reached = 0
    for _ in range(6):
        factor = draws.normal(size=(30, 6))
        cov, beta = factor.T @ factor / 900, draws.normal(size=6) * 0.2 + np.array([0, 0, 0, 1, 1, 1])
        frontier = smoothness_frontier(cov, 3, np.full(3, 1 / 3))
        broken = fixed_length_breakdown(frontier, beta)
        if np.isnan(broken):
            continue
        beyond = [frontier.interval(beta, bound) for bound in broken * np.linspace(1.001, 20, 60)]
        reached += 1
        assert frontier.interval(beta, broken).low == pytest.approx(0.0, abs=1e-12)
        assert frontier.interval(beta, broken * 0.999).low > 0
        assert all(interval.low < 0 for interval in beyond)
        assert fixed_length_breakdown(frontier, -beta) == pytest.approx(broken, rel=1e-12)
        large = smoothness_frontier(1e4 * cov, 3, np.full(3, 1 / 3))
        assert fixed_length_breakdown(large, 100 * beta) == pytest.approx(100 * broken, rel=1e-9)
    assert reached >= 4


def test_no_breakdown_where_zero_is_never_excluded():
    frontier = smoothness_frontier(np.eye(4), 2, MEAN)
    assert np.isnan(fixed_length_breakdown(frontier, np.array([0.1, 0.0, 0.2, -0.1])))
    assert np.isnan(fixed_length_breakdown(frontier, np.zeros(4)))


@pytest.mark.parametrize(
    ("family", "bound", "shape", "ends"),
    [
        ("smoothness", 0.3, {}, (-0.93, 1.53)),
        ("smoothness", 0.3, {"bias": "negative"}, (0.415, 1.53)),
        ("smoothness", 0.3, {"trend": "increasing"}, (-0.93, 0.415)),
        ("relative_magnitudes", 0.3, {}, (0.277, 0.553)),
        ("relative_magnitudes", 0.3, {"bias": "negative"}, (0.415, 0.553)),
        ("relative_magnitudes", 0.3, {"trend": "increasing"}, (0.277, 0.415)),
        ("relative_smoothness", 0.3, {}, (0.1155, 0.4845)),
        ("relative_smoothness", 0.3, {"trend": "increasing"}, (0.1155, 0.41)),
        ("relative_smoothness", 0.3, {"bias": "negative"}, None),
        ("relative_smoothness", 1.0, {"bias": "negative"}, (0.415, 0.915)),
    ],
)
def test_all_nine_combinations_on_one_path(family, bound, shape, ends):
    """By hand, and as moderndid 0.2.0 has them where its linear programmes have an answer.

    Steps before: 0.2, 0.05, 0.05; bends: -0.15, 0. That package takes a piece that the leads rule out for one without
    bias (all relative magnitudes here, and the bend of 0.045 at most, with which δ₁ is at least 0.005: a negative
    bias cannot be, and an increasing one takes at least 0.005 from all effects).
    """
    beta, weights = np.array([-0.3, -0.1, -0.05, 0.2, 0.5, 0.45]), np.array([0.2, 0.3, 0.5])
    found = identified_set(beta, restrict(family, bound, 3, 3, **shape), weights)
    assert found.empty if ends is None else (found.low, found.high) == pytest.approx(ends, rel=1e-9)
