"""How far two partitions of the same rows agree."""

from __future__ import annotations

import numpy as np


def overlaps(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Rows in both, by cluster of the first and of the second, shape (k, l); labels from 0."""
    k, m = int(first.max()) + 1, int(second.max()) + 1
    return np.bincount(first * m + second, minlength=k * m).reshape(k, m)


def adjusted_rand(first: np.ndarray, second: np.ndarray) -> float:
    """Agreement in pairs, less what chance gives: 1 for the same partition, 0 on average for chance.

    Parameters
    ----------
    first, second : ndarray of int, shape (n,)
        From 0.

    Returns
    -------
    float
        1 where both partitions are trivial in the same way.

    Notes
    -----
    Hubert and Arabie, Journal of Classification 2 (1985), equation 5. Exact integers until the division; cost O(n).
    """
    table = overlaps(first, second).astype(object)
    pairs = sum(x * (x - 1) // 2 for x in table.ravel())
    rows = sum(x * (x - 1) // 2 for x in table.sum(axis=1))
    columns = sum(x * (x - 1) // 2 for x in table.sum(axis=0))
    every = first.size * (first.size - 1) // 2
    # Both sides times 2 · every, so that only the last division leaves the integers.
    above, below = 2 * (pairs * every - rows * columns), (rows + columns) * every - 2 * rows * columns
    return 1.0 if below == 0 else above / below


def jaccard_by_cluster(first: np.ndarray, second: np.ndarray, k: int) -> np.ndarray:
    """For each cluster of the first: rows in common over rows in either, with the cluster of the second that is most alike.

    Returns
    -------
    ndarray, shape (k,)
        NaN for a cluster of the first that has no row here.
    """
    table = overlaps(first, second)
    sizes = np.bincount(first, minlength=k)
    either = table.sum(axis=1)[:, None] + table.sum(axis=0)[None, :] - table
    best = np.full(k, np.nan)
    # A cluster without a row here would have 0 over something: it has no answer.
    best[: len(table)] = (table / np.maximum(either, 1)).max(axis=1)
    best[sizes == 0] = np.nan
    return best
