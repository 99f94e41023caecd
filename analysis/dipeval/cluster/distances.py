"""Gower's distance for columns of mixed kinds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.cluster.space import MOST_ROWS
from dipeval.errors import DataError, Problem

STAGE = "Gower distances"


def gower_distances(
    numbers: np.ndarray, words: np.ndarray, weights: Sequence[float] | None = None
) -> np.ndarray:
    """Mean over columns of the difference of two rows, each between 0 and 1.

    Parameters
    ----------
    numbers : ndarray, shape (n, p)
        Differences are divided by the range; NaN where a value is missing.
    words : ndarray of int, shape (n, q)
        Codes; a difference is 1 where two are not the same; negative where missing.
    weights : sequence of float, optional
        One a column, numbers first; without it all count alike.

    Returns
    -------
    ndarray, shape (n, n)
        Columns of which a pair lacks a value do not count for the pair.

    Raises
    ------
    DataError
        If a column is constant, a pair has no column in common, or there are too many rows.

    Notes
    -----
    Gower, Biometrics 27 (1971), equation 2. Cost O(n² (p + q)) time, O(n²) memory.
    """
    n, p, q = len(numbers), numbers.shape[1], words.shape[1]
    if n > MOST_ROWS:
        problem = Problem("rows", f"{n} are too many for all pairs", f"draw a sample of {MOST_ROWS} or fewer")
        raise DataError(STAGE, [problem])
    weight = np.ones(p + q) if weights is None else np.asarray(weights, dtype=np.float64)
    total, counted = np.zeros((n, n)), np.zeros((n, n))
    for j in range(p + q):
        column = numbers[:, j] if j < p else words[:, j - p]
        there = ~np.isnan(column) if j < p else column >= 0
        known = column[there]
        if known.size == 0 or known.min() == known.max():
            raise DataError(
                STAGE, [Problem(f"column {j + 1}", "is constant and parts nothing", "leave it out")]
            )
        both = there[:, None] & there[None, :]
        if j < p:
            apart = np.abs(np.subtract.outer(column, column)) / (known.max() - known.min())
        else:
            apart = (column[:, None] != column[None, :]).astype(np.float64)
        total += np.where(both, weight[j] * apart, 0.0)
        counted += weight[j] * both
    if np.any(counted == 0):
        problem = Problem("rows", "some pairs have no column in common", "leave rows or columns out")
        raise DataError(STAGE, [problem])
    return total / counted
