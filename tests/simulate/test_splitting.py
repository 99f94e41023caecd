"""Whole amounts split into whole parts, to the fen."""

import numpy as np

from dipeval.simulate.splitting import split_exactly


def test_parts_by_hand():
    parts = split_exactly(np.array([100, 10]), np.array([[1.0, 1.0, 2.0], [0.0, 3.0, 1.0]]))
    np.testing.assert_array_equal(parts, [[25, 25, 50], [0, 8, 2]])


def test_parts_sum_to_the_amount_and_lie_within_a_fen_of_their_share():
    generator = np.random.default_rng(1)
    amounts, weights = generator.integers(0, 10**9, 5000), generator.random((5000, 9))
    parts = split_exactly(amounts, weights)
    np.testing.assert_array_equal(parts.sum(axis=1), amounts)
    assert parts.min() >= 0
    share = amounts[:, None] * weights / weights.sum(axis=1, keepdims=True)
    assert np.abs(parts - share).max() < 1 + 1e-6


def test_without_weights_all_goes_to_the_first_part():
    np.testing.assert_array_equal(split_exactly(np.array([7]), np.zeros((1, 3))), [[7, 0, 0]])
