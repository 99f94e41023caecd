"""Split whole amounts into whole parts that sum to them exactly."""

from __future__ import annotations

import numpy as np


def split_exactly(amounts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Split each amount in proportion to its weights, to the minor unit.

    The cumulative amounts are rounded and their differences taken, so the parts of a row sum to the
    amount by construction and each is within one minor unit of its proportion. A row without any
    weight puts all into the first part.

    Parameters
    ----------
    amounts : numpy.ndarray of int64, shape (n,)
        Not negative; below 2**53.
    weights : numpy.ndarray of float, shape (n, k)
        Not negative.

    Returns
    -------
    numpy.ndarray of int64, shape (n, k)
        Cost: O(n k).
    """
    cumulative = np.cumsum(weights, axis=1)
    whole = cumulative[:, -1:]
    shares = np.divide(cumulative, whole, out=np.ones_like(cumulative), where=whole > 0)
    edges = np.rint(amounts[:, None] * shares).astype(np.int64)
    parts = np.diff(edges, axis=1, prepend=0)
    return parts
