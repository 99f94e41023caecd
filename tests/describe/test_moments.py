"""Means, deviations and standardised differences against hand computation."""

import numpy as np
import pytest

from dipeval.describe.moments import (
    standardised_difference,
    standardised_difference_of_shares,
    weighted_mean,
    weighted_sd,
)


def test_equal_weights_give_the_sample_moments():
    x = np.array([1.0, 4.0, 4.0, 9.0, np.nan])
    ones = np.full(5, 3.0)
    assert weighted_mean(x, ones) == pytest.approx(4.5, rel=1e-14)
    assert weighted_sd(x, ones) == pytest.approx(np.std(x[:4], ddof=1), rel=1e-14)


def test_weights_by_hand():
    x, w = np.array([1.0, 3.0]), np.array([3.0, 1.0])
    assert weighted_mean(x, w) == pytest.approx(1.5)
    # mean 1.5: (3·0.25 + 1·2.25) / 4 = 0.75; times n/(n-1) = 2
    assert weighted_sd(x, w) == pytest.approx(np.sqrt(1.5))


def test_a_weight_of_zero_counts_in_nothing():
    x, w = np.array([1.0, 3.0, 100.0]), np.array([1.0, 1.0, 0.0])
    assert weighted_mean(x, w) == 2.0
    assert weighted_sd(x, w) == pytest.approx(np.sqrt(2))


def test_undefined_is_nan():
    assert np.isnan(weighted_mean(np.array([np.nan]), np.ones(1)))
    assert np.isnan(weighted_sd(np.array([1.0]), np.ones(1)))


def test_standardised_difference_takes_the_widest_pair():
    found = standardised_difference(np.array([1.0, 2.0, 5.0]), np.array([1.0, 1.0, 3.0]))
    assert found == pytest.approx(4 / np.sqrt((1 + 9) / 2))
    assert standardised_difference(np.array([1.0, 1.0]), np.zeros(2)) == 0
    assert np.isnan(standardised_difference(np.array([1.0, 2.0]), np.zeros(2)))
    assert np.isnan(standardised_difference(np.array([1.0, np.nan]), np.ones(2)))


def test_two_categories_are_a_difference_of_proportions():
    p, q = 0.3, 0.55
    found = standardised_difference_of_shares(np.array([[p, 1 - p], [q, 1 - q]]))
    assert found == pytest.approx(abs(p - q) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2))


def test_categories_do_not_depend_on_their_order_nor_on_empty_ones():
    shares = np.array([[0.5, 0.3, 0.2, 0.0], [0.2, 0.3, 0.5, 0.0]])
    found = standardised_difference_of_shares(shares)
    assert found == pytest.approx(standardised_difference_of_shares(shares[:, [2, 3, 0, 1]]))
    assert found == pytest.approx(standardised_difference_of_shares(shares[:, :3]))
    assert standardised_difference_of_shares(np.array([[0.5, 0.5], [0.5, 0.5]])) == 0
    assert np.isnan(standardised_difference_of_shares(np.array([[1.0, 0.0], [0.0, 1.0]])))
