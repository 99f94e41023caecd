"""Partitions by K-means, Gaussian mixtures and hierarchical clustering: scikit-learn and scipy behind one order."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from dipeval.cluster.order import canonical_order, centres_of, one_thread, relabelled, within_squares
from dipeval.cluster.partition import Partition, refuse_k

STARTS = 25
MOST_STEPS = 300
SHRINK = 0.01
"""Added to the variances of a mixture, on points of variance 1: without it two rows that lie close can be a component
of a likelihood without bound."""


def seed_of(*numbers: int) -> int:
    """A seed for libraries that take one number, from several."""
    return int(np.random.default_rng(list(numbers)).integers(2**31 - 1))


def k_means(points: np.ndarray, k: int, seed: int, starts: int = STARTS) -> Partition:
    """K-means from many k-means++ starts; the best is kept.

    Parameters
    ----------
    points : ndarray, shape (n, p)
    k : int
        From 1 to below n.
    seed, starts : int

    Returns
    -------
    Partition
        The same for any order of the rows and any number of threads.

    Raises
    ------
    DataError
        See :func:`partition.refuse_k`.

    Notes
    -----
    Lloyd, IEEE Transactions on Information Theory 28 (1982); starts by Arthur and Vassilvitskii, SODA (2007).
    Cost O(starts · steps · n k p).
    """
    refuse_k(points, k, "k_means")
    order = canonical_order(points)
    labels = np.empty(len(points), dtype=np.int64)
    labels[order] = _k_means_labels(points[order], k, seed, starts)
    return _finished("k_means", points, labels)


def _k_means_labels(rows: np.ndarray, k: int, seed: int, starts: int) -> np.ndarray:
    from sklearn.cluster import KMeans

    if k == 1:
        return np.zeros(len(rows), dtype=np.int64)
    with one_thread():
        model = KMeans(k, n_init=starts, max_iter=MOST_STEPS, random_state=seed, algorithm="lloyd", tol=0.0)
        return model.fit(rows).labels_.astype(np.int64)


def gaussian_mixture(
    points: np.ndarray,
    k: int,
    seed: int,
    starts: int = STARTS,
    covariance: str = "full",
    shrink: float = SHRINK,
) -> Partition:
    """A mixture of normal distributions; each row is in the cluster that it most likely came from.

    Parameters
    ----------
    points, k, seed, starts
        As for :func:`k_means`.
    covariance : {"full", "tied", "diag", "spherical"}
    shrink : float
        Added to the variances.

    Returns
    -------
    Partition
        With `bic`, −2 log L + parameters · log n: the lower the better.

    Raises
    ------
    DataError
        As :func:`k_means`; also where a component of the mixture has no row of its own.

    Notes
    -----
    Dempster, Laird and Rubin, JRSS B 39 (1977); BIC by Schwarz, Annals of Statistics 6 (1978). Cost
    O(starts · steps · n k p²).
    """
    from sklearn.mixture import GaussianMixture

    from dipeval.errors import DataError, Problem

    refuse_k(points, k, "gaussian_mixture")
    order = canonical_order(points)
    rows = points[order]
    with one_thread():
        model = GaussianMixture(
            k,
            covariance_type=covariance,
            n_init=starts,
            max_iter=MOST_STEPS,
            reg_covar=shrink,
            random_state=seed,
        ).fit(rows)
        found, bic, mean = model.predict(rows), model.bic(rows), model.score(rows)
    if np.unique(found).size < k:
        what = f"is {k}, but only {np.unique(found).size} components have rows of their own"
        raise DataError("gaussian_mixture", [Problem("k", what, "write fewer")])
    labels = np.empty(len(points), dtype=np.int64)
    labels[order] = found
    made = _finished("gaussian_mixture", points, labels)
    return Partition(made.method, made.labels, made.centres, -float(mean), bic=float(bic))


def ward(points: np.ndarray, k: int) -> Partition:
    """Hierarchical clustering that joins the pair which adds least to the squares within clusters.

    Raises
    ------
    DataError
        See :func:`partition.refuse_k`.

    Notes
    -----
    Ward, JASA 58 (1963), by scipy. Cost O(n² p) time, O(n²) memory. There is no seed: nothing is drawn.
    """
    from scipy.cluster.hierarchy import cut_tree, linkage

    refuse_k(points, k, "ward")
    order = canonical_order(points)
    labels = np.empty(len(points), dtype=np.int64)
    labels[order] = cut_tree(linkage(points[order], "ward"), n_clusters=k).ravel()
    return _finished("ward", points, labels)


def average_linkage(points: np.ndarray, k: int) -> Partition:
    """Hierarchical clustering that joins the pair whose rows are on average nearest. As :func:`ward`."""
    from scipy.cluster.hierarchy import cut_tree, linkage

    refuse_k(points, k, "average_linkage")
    order = canonical_order(points)
    labels = np.empty(len(points), dtype=np.int64)
    labels[order] = cut_tree(linkage(points[order], "average"), n_clusters=k).ravel()
    return _finished("average_linkage", points, labels)


def _finished(method: str, points: np.ndarray, labels: np.ndarray) -> Partition:
    # Centres and squares are summed in the canonical order too.
    order = canonical_order(points)
    rows, found = points[order], relabelled(points[order], labels[order])
    final = np.empty_like(found)
    final[order] = found
    return Partition(method, final, centres_of(rows, found), within_squares(rows, found))


METHODS: Mapping[str, Callable[..., Partition]] = {
    "k_means": k_means,
    "gaussian_mixture": gaussian_mixture,
    "ward": lambda points, k, seed, starts=STARTS: ward(points, k),
    "average_linkage": lambda points, k, seed, starts=STARTS: average_linkage(points, k),
}
"""Each is called with points, k, a seed and a number of starts; the last two make no difference to the
hierarchical ones."""
