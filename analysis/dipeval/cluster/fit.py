"""Partitions by K-means, by mini-batches of it and by Gaussian mixtures: scikit-learn behind one order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dipeval.cluster.order import canonical_order, one_thread
from dipeval.cluster.partition import Components, Partition, finished, refuse_k

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

STARTS = 25
MOST_STEPS = 300
BATCH, BATCH_STARTS = 4_096, 10
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
    rows = points[order]
    return finished("k_means", rows, _k_means_labels(rows, k, seed, starts), order)


def _k_means_labels(rows: np.ndarray, k: int, seed: int, starts: int) -> np.ndarray:
    from sklearn.cluster import KMeans

    if k == 1:
        return np.zeros(len(rows), dtype=np.int64)
    with one_thread():
        model = KMeans(k, n_init=starts, max_iter=MOST_STEPS, random_state=seed, algorithm="lloyd", tol=0.0)
        return model.fit(rows).labels_.astype(np.int64)


def mini_batch_k_means(points: np.ndarray, k: int, seed: int, starts: int = STARTS) -> Partition:
    """K-means whose centres follow small draws of the rows; then every row goes to its nearest centre.

    Parameters
    ----------
    points, k, seed, starts
        As for :func:`k_means`; at most `BATCH_STARTS` starts.

    Returns
    -------
    Partition
        A little worse than K-means in squares, for rows by the million. The same for any order of the rows and any
        number of threads.

    Raises
    ------
    DataError
        See :func:`partition.refuse_k`.

    Notes
    -----
    Sculley, WWW (2010), by scikit-learn. Cost O(steps · batch k p) to fit, O(n log n + n k p) to order and to put rows
    to centres.
    """
    from sklearn.cluster import MiniBatchKMeans

    refuse_k(points, k, "mini_batch_k_means")
    order = canonical_order(points)
    rows = points[order]
    with one_thread():
        how = {"batch_size": BATCH, "n_init": min(starts, BATCH_STARTS), "init_size": 3 * BATCH}
        model = MiniBatchKMeans(k, max_iter=MOST_STEPS, random_state=seed, reassignment_ratio=0.0, **how)
        found = model.fit(rows).labels_
    return finished("mini_batch_k_means", rows, found, order)


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
    made = finished("gaussian_mixture", rows, found, order)
    first = [int(found[made.labels[order] == c][0]) for c in range(k)]
    parts = _components(model, covariance, first)
    return replace(made, within=-float(mean), bic=float(bic), components=parts)


def _components(model: GaussianMixture, covariance: str, order: list[int]) -> Components:
    k, p = model.means_.shape
    given = model.precisions_cholesky_
    if covariance == "full":
        roots = given
    elif covariance == "tied":
        roots = np.broadcast_to(given, (k, p, p))
    else:
        roots = np.stack([np.diag(np.broadcast_to(row, p)) for row in given.reshape(k, -1)])
    logs = np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
    offsets = -2.0 * (np.log(model.weights_) + logs)
    return Components(model.means_[order], roots[order], offsets[order])
