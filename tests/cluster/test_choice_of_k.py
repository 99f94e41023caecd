"""How many clusters, whether there are any, and whether they stand: found where they are, and not where they are not."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.metrics import calinski_harabasz_score

from dipeval.cluster.choice import choose, elbow, silhouettes
from dipeval.cluster.fit import k_means
from dipeval.cluster.gap import best_k, first_k, gap_statistic, taken_k
from dipeval.cluster.profile import centres_in_spreads, numbers_apart, words_apart
from dipeval.cluster.stability import stability, stability_word
from dipeval.errors import DataError


@pytest.fixture(scope="module")
def three():
    draw = np.random.default_rng(1)
    truth = np.repeat([0, 1, 2], [60, 40, 30])
    return draw.normal(size=(130, 3)) + 6 * np.eye(3)[truth], truth


@pytest.fixture(scope="module")
def chosen(three):
    return choose(three[0], 5, seed=3, draws=10, starts=5)


def test_three_groups_are_found_by_every_criterion(chosen):
    assert set(chosen.suggested.values()) == {3}
    assert chosen.verdict in ("weak", "clear") and chosen.gap.best == 3


def test_measures_are_those_of_scikit_learn_and_of_their_definition(three, chosen):
    points, labels = three[0], chosen.partitions[2].labels
    assert chosen.calinski_harabasz[2] == pytest.approx(calinski_harabasz_score(points, labels))
    assert chosen.within[2] == pytest.approx(KMeans(3, n_init=5, random_state=0).fit(points).inertia_)
    distances = cdist(points, points)
    own = np.array(
        [distances[i, labels == c].sum() / ((labels == c).sum() - 1) for i, c in enumerate(labels)]
    )
    other = np.array(
        [min(distances[i, labels == d].mean() for d in {0, 1, 2} - {c}) for i, c in enumerate(labels)]
    )
    np.testing.assert_allclose(silhouettes(points, labels), (other - own) / np.maximum(own, other))
    assert chosen.silhouette[2] == pytest.approx(silhouettes(points, labels).mean())


def test_silhouettes_of_iris_are_those_that_r_prints():
    # cluster.stats(dist(iris[, 1:4]), kmeans(iris[, 1:4], k)$cluster)$avg.silwidth of the R package fpc: 0.6810462, 0.5528190.
    points = load_iris().data
    for k, printed in ((2, 0.6810462), (3, 0.5528190)):
        assert silhouettes(points, k_means(points, k, 1, 5).labels).mean() == pytest.approx(printed, abs=5e-8)


@pytest.mark.parametrize("law", ["uniform", "normal"])
def test_data_without_clusters_are_said_to_have_none(law):
    draw = np.random.default_rng(5)
    points = draw.uniform(size=(120, 3)) if law == "uniform" else draw.normal(size=(120, 3))
    assert choose(points, 4, seed=2, draws=10, starts=3).verdict == "none"


def test_gap_by_hand():
    draw = np.random.default_rng(8)
    points = draw.normal(size=(40, 2))
    logs = np.log([k_means(points, k, 1, 3).within for k in (1, 2)])
    found = gap_statistic(points, logs, seed=4, draws=6, starts=2)
    np.testing.assert_allclose(found.gap, found.expected - logs)
    turned = np.random.default_rng(1).permutation(40)
    again = gap_statistic(points[turned], logs, seed=4, draws=6, starts=2)
    assert again.gap.tobytes() == found.gap.tobytes()


def test_rules_of_the_gap():
    gap, error = np.array([0.1, 0.05, 0.5, 0.55, 0.4]), np.array([0.02, 0.02, 0.02, 0.1, 0.02])
    assert first_k(gap, error) == 1  # 0.10 ≥ 0.05 − 0.02
    assert best_k(gap, error) == 3  # 0.50 ≥ 0.55 − 0.10
    assert taken_k(gap, error) == 3  # from two on, 0.50 is the first to reach the next one less its error
    assert first_k(np.array([0.1, 0.3, 0.6]), np.zeros(3)) == 3
    assert taken_k(np.array([0.3, 0.2, 0.1]), np.full(3, 0.01)) == 1
    assert (
        taken_k(np.array([0.3, 0.29, 0.34, 0.3]), np.full(4, 0.01)) == 1
    )  # 0.04 is less than three joint errors
    assert taken_k(np.array([0.3, 0.29, 0.35, 0.3]), np.full(4, 0.01)) == 3


def test_the_elbow_is_where_the_curve_bends():
    assert elbow(np.array([100.0, 40.0, 10.0, 8.0, 6.0, 4.0])) == 3


def test_groups_that_are_there_come_again_and_others_do_not(three):
    points = three[0]
    found = stability(points, k_means(points, 3, 1), seed=1, draws=15)
    assert found.words == ("stable",) * 3 and found.adjusted_rand > 0.95
    turned = np.random.default_rng(3).permutation(len(points))
    again = stability(points[turned], k_means(points[turned], 3, 1), seed=1, draws=15)
    assert again.jaccard.tobytes() == found.jaccard.tobytes()
    even = np.random.default_rng(7).normal(size=(150, 4))
    assert "not_stable" in stability(even, k_means(even, 5, 1), seed=1, draws=15).words


def test_the_readings_of_hennig():
    assert [stability_word(x) for x in (0.75, 0.74, 0.6, 0.59)] == [
        "stable",
        "pattern",
        "pattern",
        "not_stable",
    ]


def test_profiles_by_hand():
    values, labels = np.array([1.0, 2.0, 3.0, 7.0, 8.0, 9.0, np.nan]), np.array([0, 0, 0, 1, 1, 1, 1])
    found = numbers_apart(values, labels)
    assert found.effect == pytest.approx(54 / 58)
    assert found.statistic == pytest.approx(27 / 7)
    counts = np.array([[30, 10], [10, 30]])
    assert words_apart(counts).effect == pytest.approx(0.5) and words_apart(
        counts
    ).statistic == pytest.approx(20)
    assert np.isnan(words_apart(np.array([[3, 4]])).effect)
    np.testing.assert_allclose(
        centres_in_spreads(np.array([[0.0], [0.0], [2.0], [2.0]]), np.array([0, 0, 1, 1])), [[-1], [1]]
    )


def test_what_cannot_be_chosen_is_refused():
    points = np.arange(8.0)[:, None]
    with pytest.raises(DataError, match="'kmeans' is not known"):
        choose(points, 3, 1, "kmeans")
    with pytest.raises(DataError, match="write 2 or more"):
        choose(points, 1, 1)
    with pytest.raises(DataError, match="is 8 for 8 rows"):
        choose(points, 8, 1)
