"""Partitions against published values, against their own definitions, and whatever the order of rows and threads."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from dipeval.cluster.agreement import adjusted_rand, jaccard_by_cluster
from dipeval.cluster.distances import gower_distances
from dipeval.cluster.fit import gaussian_mixture, k_means
from dipeval.cluster.medoids import k_medoids
from dipeval.cluster.methods import METHODS
from dipeval.errors import DataError


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


# Printed by kmeans(iris[, 1:4], k) of R: for three clusters 15.15100 + 39.82097 + 23.87947 (question 48520 of
# stats.stackexchange.com, among others). These are the optima: tests of solvers carry them as 152.347951760358,
# 78.8514414261460 and 57.2284732142857.
@pytest.mark.parametrize(
    ("k", "within", "sizes"), [(2, 152.3480, [97, 53]), (3, 78.85144, [62, 50, 38]), (4, 57.22847, None)]
)
def test_k_means_of_iris_has_the_squares_that_r_prints(iris, k, within, sizes):
    found = k_means(iris[0], k, seed=1)
    assert found.within == pytest.approx(within, abs=5e-5)
    assert sizes is None or found.sizes.tolist() == sizes


def test_medoids_of_iris_are_those_of_pam(iris):
    # Printed by pam(iris[, 1:4], 3) of the R package cluster: id.med 8 79 113, objective (swap) 0.6542077, 50, 62, 38.
    found = k_medoids(cdist(iris[0], iris[0]), 3)
    assert (found.medoids + 1).tolist() == [79, 8, 113]
    assert found.within / 150 == pytest.approx(0.6542077, abs=5e-8) and found.sizes.tolist() == [62, 50, 38]


def test_mixture_of_iris_has_the_bic_of_mclust(iris):
    # Printed by mclustBIC(iris[, 1:4]) of the R package mclust: VVV, two components, -574.0178 (the sign is turned there).
    assert gaussian_mixture(iris[0], 2, seed=1, starts=3, shrink=1e-9).bic == pytest.approx(
        574.0178, abs=1e-3
    )


@pytest.mark.parametrize("method", sorted(METHODS))
def test_labels_do_not_depend_on_the_order_of_rows_or_on_threads(iris, method):
    points = iris[0]
    asked = METHODS[method](points, 3, 5, 3)
    turned = np.random.default_rng(2).permutation(len(points))
    with threadpool_limits(2):
        again = METHODS[method](points[turned], 3, 5, 3)
    np.testing.assert_array_equal(again.labels, asked.labels[turned])
    assert again.centres.tobytes() == asked.centres.tobytes()
    assert again.within == asked.within
    assert np.all(np.diff(asked.sizes) <= 0)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_groups_far_apart_are_found(method):
    draw = np.random.default_rng(4)
    truth = np.repeat(np.arange(4), [40, 30, 20, 10])
    points = draw.normal(size=(100, 3)) + 12 * np.eye(4)[truth][:, :3]
    assert adjusted_rand(METHODS[method](points, 4, 1, 5).labels, truth) == 1.0


def test_an_exchange_can_help_no_further():
    draw = np.random.default_rng(9)
    distances = cdist(*[draw.normal(size=(40, 2))] * 2)
    found = k_medoids(distances, 4)
    assert found.within == pytest.approx(distances[:, found.medoids].min(axis=1).sum())
    for out in range(4):
        for row in range(40):
            other = found.medoids.copy()
            other[out] = row
            assert distances[:, other].min(axis=1).sum() >= found.within - 1e-9


def test_gower_by_hand():
    numbers = np.array([[0.0, 10.0], [4.0, np.nan], [8.0, 20.0]])
    words = np.array([[0], [0], [1]])
    found = gower_distances(numbers, words)
    assert found[0, 1] == pytest.approx((0.5 + 0) / 2)  # the second number is not known for both
    assert found[0, 2] == pytest.approx((1 + 1 + 1) / 3)
    np.testing.assert_array_equal(found, found.T)


def test_agreement_against_scikit_learn_and_by_hand():
    draw = np.random.default_rng(6)
    first, second = draw.integers(4, size=200), draw.integers(3, size=200)
    assert adjusted_rand(first, second) == pytest.approx(adjusted_rand_score(first, second))
    assert adjusted_rand(first, first) == 1.0
    a, b = np.array([0, 0, 0, 1, 1, 3]), np.array([1, 1, 0, 0, 0, 2])
    np.testing.assert_allclose(jaccard_by_cluster(a, b, 5), [2 / 3, 2 / 3, np.nan, 1, np.nan])


@pytest.mark.parametrize(
    ("points", "k", "said"),
    [
        (np.arange(6.0)[:, None], 6, "is 6 for 6 rows"),
        (np.arange(6.0)[:, None], 0, "is 0 for 6 rows"),
        (np.repeat([0.0, 1.0], 5)[:, None], 3, "only 2 rows differ"),
        (np.array([[1.0], [np.inf], [2.0], [3.0]]), 2, "not all finite"),
    ],
)
def test_what_cannot_be_parted_is_refused(points, k, said):
    for method in METHODS.values():
        with pytest.raises(DataError, match=said):
            method(points, k, 1)


def test_a_matrix_that_holds_no_distances_is_refused():
    with pytest.raises(DataError, match="no distances"):
        k_medoids(np.array([[0.0, 1.0], [2.0, 0.0]]), 1)
