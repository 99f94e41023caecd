"""K-medoids on any matrix of distances: the rows that stand for the others, found by exchanging them one by one."""

from __future__ import annotations

import numpy as np

from dipeval.cluster.order import canonical_order, centres_of
from dipeval.cluster.partition import Partition, refuse_k
from dipeval.cluster.space import MOST_ROWS, PLAIN, Space, distances_of
from dipeval.errors import DataError, Problem

GAIN = 1e-12
"""A smaller relative gain is rounding."""


def k_medoids(distances: np.ndarray, k: int) -> Partition:
    """Partitioning around medoids: greedy start, then the best exchange until none helps.

    Parameters
    ----------
    distances : ndarray, shape (n, n)
        Symmetric, 0 on the diagonal.
    k : int

    Returns
    -------
    Partition
        With `medoids`; `within` is the sum of distances to them. Nothing is drawn. Where exchanges tie, the row
        that comes first is taken: put rows into `order.canonical_order` first.

    Raises
    ------
    DataError
        If the matrix is none of distances, k is not below n, or there are too many rows.

    Notes
    -----
    Kaufman and Rousseeuw, Finding groups in data (1990), chapter 2; the loss of all exchanges at once as in Schubert
    and Rousseeuw, Information Systems 101 (2021), equation 12. Cost O(n²) a step, few steps; O(n²) memory. A local
    optimum of exchanges, as K-means is one of moves.
    """
    _refuse(distances, k)
    medoids = _first(distances, k)
    cost = distances[:, medoids].min(axis=1).sum()
    while True:
        loss = _exchange_losses(distances, medoids)
        leaving, entering = np.unravel_index(np.argmin(loss), loss.shape)
        if loss[leaving, entering] >= -GAIN * max(cost, 1.0):
            break
        medoids[leaving] = entering
        cost = distances[:, medoids].min(axis=1).sum()
    labels = distances[:, medoids].argmin(axis=1)
    labels[medoids] = np.arange(k)
    rank = np.empty(k, dtype=np.int64)
    rank[np.lexsort((medoids, -np.bincount(labels, minlength=k)))] = np.arange(k)
    final = np.empty(k, dtype=np.int64)
    final[rank] = medoids
    return Partition("k_medoids", rank[labels], np.empty((k, 0)), float(cost), final)


def medoids_of(points: np.ndarray, k: int, space: Space = PLAIN) -> Partition:
    """K-medoids of points.

    Parameters
    ----------
    points : ndarray, shape (n, p)
        At most `space.MOST_ROWS`.
    k : int
    space : Space

    Returns
    -------
    Partition
        The same for any order of the rows; `centres` are means, `medoids` rows of `points`.

    Raises
    ------
    DataError
        See :func:`k_medoids` and :func:`partition.refuse_k`.
    """
    refuse_k(points, k, "k_medoids")
    order = canonical_order(points)
    found = k_medoids(distances_of(points[order], space), k)
    labels = np.empty(len(points), dtype=np.int64)
    labels[order] = found.labels
    centres = centres_of(points[order], found.labels)
    return Partition("k_medoids", labels, centres, found.within, order[found.medoids])


def _refuse(distances: np.ndarray, k: int) -> None:
    problems = []
    n = len(distances)
    if n > MOST_ROWS:
        problems.append(Problem("rows", f"{n} are too many for all pairs", f"draw {MOST_ROWS} or fewer"))
    elif (
        distances.shape != (n, n)
        or not np.all(np.isfinite(distances))
        or np.any(distances < 0)
        or np.any(np.diag(distances) != 0)
        or not np.allclose(distances, distances.T)
    ):
        problems.append(Problem("distances", "are no distances", "symmetric, finite, 0 from a row to itself"))
    if not 1 <= k < n:
        problems.append(Problem("k", f"is {k} for {n} rows", f"write a number from 1 to {max(n - 1, 1)}"))
    if problems:
        raise DataError("k_medoids", problems)


def _first(distances: np.ndarray, k: int) -> np.ndarray:
    """The most central row, then each time the row that helps most."""
    medoids = [int(distances.sum(axis=0).argmin())]
    nearest = distances[:, medoids[0]].copy()
    while len(medoids) < k:
        gain = np.maximum(nearest[:, None] - distances, 0).sum(axis=0)
        gain[medoids] = -1.0
        medoids.append(int(gain.argmax()))
        nearest = np.minimum(nearest, distances[:, medoids[-1]])
    return np.array(medoids)


def _exchange_losses(distances: np.ndarray, medoids: np.ndarray) -> np.ndarray:
    """What each exchange adds to the cost: rows are the medoid that leaves, columns the row that enters."""
    n, k = len(distances), len(medoids)
    to_medoids = distances[:, medoids]
    own = to_medoids.argmin(axis=1)
    nearest = to_medoids[np.arange(n), own]
    second = np.partition(to_medoids, 1, axis=1)[:, 1] if k > 1 else np.full(n, np.inf)
    gain = np.minimum(distances - nearest[:, None], 0)
    extra = np.minimum(distances, second[:, None]) - nearest[:, None] - gain
    loss = np.tile(gain.sum(axis=0), (k, 1))
    for i in range(k):
        loss[i] += extra[own == i].sum(axis=0)
    loss[:, medoids] = np.inf
    return loss
