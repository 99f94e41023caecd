"""Weights on the simplex: conditions of optimality, small cases by hand, and no better point anywhere."""

import numpy as np
import pytest

from dipeval.estimate.synthetic.frank_wolfe import frank_wolfe_weights, thinned
from dipeval.estimate.synthetic.simplex import simplex_weights


def loss(columns, target, ridge, weights):
    return ((columns @ weights - target) ** 2).sum() + ridge * (weights**2).sum()


@pytest.mark.parametrize("ridge", [0.0, 1e-9, 0.01, 1.0, 100.0])
@pytest.mark.parametrize(("n", "k"), [(3, 12), (30, 8), (20, 200), (1, 5), (6, 6)])
def test_nothing_nearby_is_better(n, k, ridge):
    rng = np.random.default_rng(n * 1000 + k)
    columns = rng.normal(size=(n, k))
    target = columns @ rng.dirichlet(np.full(k, 0.3)) + rng.normal(scale=0.4, size=n)
    fit = simplex_weights(columns, target, ridge)
    assert fit.is_optimal and (fit.weights >= 0).all() and fit.weights.sum() == pytest.approx(1, abs=1e-13)
    best = loss(columns, target, ridge, fit.weights)
    for j in range(k):  # convex: no move towards a vertex helps
        for step in (1e-6, 1e-3, 0.5):
            moved = (1 - step) * fit.weights + step * (np.arange(k) == j)
            assert loss(columns, target, ridge, moved) >= best - 1e-12 * max(best, 1)
    slow = frank_wolfe_weights(columns, target, ridge, least_decrease=1e-12, steps=2_000)
    assert best <= loss(columns, target, ridge, slow) + 1e-12 * max(best, 1)


def test_by_hand():
    """Between 0 and 10 the target 2.5 is a quarter of the way; outside, the nearest column alone."""
    columns = np.array([[0.0, 10.0]])
    assert simplex_weights(columns, np.array([2.5])).weights == pytest.approx([0.75, 0.25], abs=1e-14)
    assert simplex_weights(columns, np.array([-3.0])).weights.tolist() == [1.0, 0.0]
    # minimise (10 w - 2.5)² + 100 (w² + (1-w)²): 300 w = 25 + 100
    ridged = simplex_weights(columns, np.array([2.5]), 100.0).weights
    assert ridged == pytest.approx([1 - 125 / 300, 125 / 300], rel=1e-13)
    assert simplex_weights(np.ones((4, 3)), np.zeros(4), 1.0).weights == pytest.approx([1 / 3] * 3, rel=1e-13)


def test_units_of_measurement_do_not_matter():
    rng = np.random.default_rng(5)
    columns, target = rng.normal(size=(25, 60)), rng.normal(size=25)
    plain = simplex_weights(columns, target, 3.0).weights
    scaled = simplex_weights(columns * 1e6, target * 1e6, 3.0 * 1e12).weights
    np.testing.assert_allclose(scaled, plain, atol=1e-12)
    order = rng.permutation(60)
    np.testing.assert_allclose(
        simplex_weights(columns[:, order], target, 3.0).weights, plain[order], atol=1e-12
    )


def test_weights_far_below_the_largest_are_taken_out():
    assert thinned(np.array([0.8, 0.2, 0.0])).tolist() == [1.0, 0.0, 0.0]
    assert thinned(np.array([0.5, 0.3, 0.2])).tolist() == pytest.approx([0.5, 0.3, 0.2])
