"""Numbers beside words, the rules that give further rows a cluster, and mini-batches."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.cluster import MiniBatchKMeans
from sklearn.mixture import GaussianMixture

from dipeval.cluster.agreement import adjusted_rand
from dipeval.cluster.choice import choose, silhouettes
from dipeval.cluster.distances import gower_distances
from dipeval.cluster.fit import gaussian_mixture, k_means, mini_batch_k_means
from dipeval.cluster.medoids import medoids_of
from dipeval.cluster.methods import OF_DISTANCES, parted
from dipeval.cluster.order import within_squares
from dipeval.cluster.rule import rule_of
from dipeval.cluster.space import GOWER, PLAIN, Space, distances_of, gower_points, squares_within
from dipeval.cluster.stability import stability
from dipeval.errors import DataError


def of_range(numbers):
    return (numbers - numbers.min(axis=0)) / np.ptp(numbers, axis=0)


@pytest.fixture(scope="module")
def mixed():
    """Three groups of 90, 60 and 30 rows that differ in two numbers and in a word; a few rows have a second word."""
    draw = np.random.default_rng(2)
    truth = np.repeat([0, 1, 2], [90, 60, 30])
    numbers = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]])[truth] + draw.normal(0, 0.7, (180, 2))
    codes = np.column_stack([truth, draw.random(180) < 0.05])
    return of_range(numbers), codes, gower_points(of_range(numbers), codes, (3, 2)), truth


SPACE = Space(GOWER, (3, 2))


def test_sums_of_differences_are_gowers_distance(mixed):
    numbers, codes, points, _ = mixed
    np.testing.assert_allclose(distances_of(points, SPACE), gower_distances(numbers, codes), atol=1e-12)


def test_squares_from_pairs():
    draw = np.random.default_rng(1)
    points, labels = draw.normal(size=(40, 3)), draw.integers(3, size=40)
    by_pairs = squares_within(distances_of(points, PLAIN), labels, PLAIN)
    assert by_pairs == pytest.approx(within_squares(points, labels))
    apart = np.array([[0, 2.0, 4.0], [2.0, 0, 6.0], [4.0, 6.0, 0]])
    assert squares_within(apart, np.array([0, 0, 1]), SPACE) == pytest.approx(2 / 2)
    assert squares_within(apart, np.array([0, 0, 0]), SPACE) == pytest.approx(12 / 3)


def test_medoids_are_the_best_of_all_pairs(mixed):
    points = mixed[2][::6]
    distances = distances_of(points, SPACE)
    best = min(distances[:, list(two)].min(axis=1).sum() for two in combinations(range(len(points)), 2))
    assert medoids_of(points, 2, SPACE).within == pytest.approx(best)


@pytest.mark.parametrize("method", OF_DISTANCES)
def test_groups_of_mixed_rows_are_found_whatever_their_order(mixed, method):
    _, _, points, truth = mixed
    asked = parted(method, points, 3, 1, space=SPACE)
    assert adjusted_rand(asked.labels, truth) == 1.0
    turned = np.random.default_rng(5).permutation(len(points))
    again = parted(method, points[turned], 3, 1, space=SPACE)
    np.testing.assert_array_equal(again.labels, asked.labels[turned])
    rule, turned_rule = rule_of(asked, points, SPACE), rule_of(again, points[turned], SPACE)
    np.testing.assert_array_equal(rule.labels(points), asked.labels)
    np.testing.assert_array_equal(rule.centres, turned_rule.centres)
    assert stability(points, asked, 1, draws=5, space=SPACE).words == ("stable",) * 3


def test_words_that_go_with_nothing_are_no_clusters(mixed):
    _, _, points, _ = mixed
    found = choose(points[::2], 4, 3, "k_medoids", draws=10, space=SPACE, resamples=4)
    assert found.gap.taken == 3 and found.firmness[2] > 0.9 and "bic" not in found.suggested
    assert found.suggested["silhouette"] == 3 and found.suggested["stability"] == 3
    taken = []
    for seed in range(8):  # a rule of one standard error errs now and then
        draw = np.random.default_rng(seed)
        codes = draw.integers((3, 2), size=(90, 2))
        for law in (draw.uniform(size=(90, 2)), draw.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 90)):
            even = gower_points(of_range(law), codes, (3, 2))
            taken.append(choose(even, 3, seed, "k_medoids", draws=8, space=SPACE).gap.taken)
    assert np.mean(np.array(taken) == 1) > 0.75


def test_silhouettes_of_mixed_rows_by_hand():
    points = gower_points(np.array([[0.0], [0.2], [1.0]]), np.array([[0], [0], [1]]), (2,))
    widths = silhouettes(points, np.array([0, 0, 1]), Space(GOWER, (2,)))
    # Distances 0.1 within, (1 + 1) / 2 and (0.8 + 1) / 2 to the other.
    np.testing.assert_allclose(widths, [1 - 0.1 / 1.0, 1 - 0.1 / 0.9, 0.0])


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
def test_the_likely_component_is_that_of_scikit_learn(covariance):
    draw = np.random.default_rng(9)
    points = np.vstack([draw.normal(0, 1, (80, 2)), draw.normal(3, 0.5, (40, 2))])
    found = gaussian_mixture(points, 2, 4, 2, covariance)
    rule = rule_of(found, points)
    np.testing.assert_array_equal(rule.labels(points), found.labels)
    model = GaussianMixture(2, covariance_type=covariance, n_init=2, reg_covar=0.01, random_state=4)
    model.fit(points[np.lexsort(points.T[::-1])])
    more = draw.normal(1.5, 2, (500, 2))
    assert adjusted_rand(rule.labels(more), model.predict(more)) == 1.0
    far = rule.far(more)
    scores = -2 * model.score_samples(more)
    plain = -2 * np.log(np.exp(-far / 2).sum(axis=1)) + 2 * np.log(2 * np.pi)
    np.testing.assert_allclose(plain, scores, rtol=1e-9)


def test_the_nearest_centre_is_that_of_the_fit():
    points = np.random.default_rng(6).normal(size=(200, 3))
    found = k_means(points, 4, 1, 3)
    np.testing.assert_array_equal(rule_of(found, points).labels(points), found.labels)


def test_mini_batches_come_near_to_k_means():
    draw = np.random.default_rng(7)
    truth = np.repeat(np.arange(4), 2_500)
    points = draw.normal(size=(10_000, 2)) + 5 * np.array([[0, 0], [1, 0], [0, 1], [1, 1]])[truth]
    found, whole = mini_batch_k_means(points, 4, 1, 3), k_means(points, 4, 1, 3)
    assert whole.within <= found.within < 1.01 * whole.within
    assert adjusted_rand(found.labels, whole.labels) > 0.98
    order = np.lexsort(points.T[::-1])
    how = {"batch_size": 4096, "n_init": 3, "init_size": 12288, "max_iter": 300, "reassignment_ratio": 0.0}
    peer = MiniBatchKMeans(4, random_state=1, **how).fit(points[order])
    assert found.within == pytest.approx(within_squares(points[order], peer.labels_))


def test_means_of_words_are_refused(mixed):
    for method in ("k_means", "mini_batch_k_means", "gaussian_mixture", "ward"):
        with pytest.raises(DataError, match="needs means, which Gower's distance has not"):
            parted(method, mixed[2], 2, 1, space=SPACE)
    with pytest.raises(DataError, match="'kmedoid' is not known"):
        parted("kmedoid", mixed[2], 2, 1)
    with pytest.raises(DataError, match="too many for all pairs"):
        distances_of(np.zeros((5_001, 1)), PLAIN)
