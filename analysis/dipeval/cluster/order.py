"""An order of rows that depends on their values alone, and names of clusters that depend on the clusters alone."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

DIGITS = 9
"""Centres that are alike to so many decimals count as equal when clusters of one size are put into order."""


def canonical_order(points: np.ndarray) -> np.ndarray:
    """Positions of rows, sorted by the first column, ties by the next ones.

    Parameters
    ----------
    points : ndarray, shape (n, p)

    Returns
    -------
    ndarray of int, shape (n,)
        Rows that stay tied are equal, and exchanging them changes nothing. Cost O(p n log n).
    """
    return np.lexsort(points.T[::-1])


def relabelled(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Number clusters from 0: the largest first, of one size the one with the lower centre.

    Parameters
    ----------
    points : ndarray, shape (n, p)
    labels : ndarray of int, shape (n,)

    Returns
    -------
    ndarray of int, shape (n,)
    """
    # Labels are few and small: to sort them all, as `unique` would, costs more than to count them.
    there = np.flatnonzero(np.bincount(labels))
    number = np.empty(int(there[-1]) + 1, dtype=np.int64)
    number[there] = np.arange(there.size)
    found = number[labels]
    sizes, centres = np.bincount(found), centres_of(points, found)
    keys = [*np.round(centres, DIGITS).T[::-1], -sizes]
    rank = np.empty(sizes.size, dtype=np.int64)
    rank[np.lexsort(keys)] = np.arange(sizes.size)
    return rank[found]


def centres_of(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mean of the rows of each cluster 0, 1, …, shape (k, p); every cluster has a row."""
    sizes = np.bincount(labels)
    sums = [np.bincount(labels, weights=column) for column in points.T]
    return np.column_stack(sums) / sizes[:, None]


def within_squares(points: np.ndarray, labels: np.ndarray) -> float:
    """Sum of squared distances of rows to the centre of their cluster."""
    apart = points - centres_of(points, labels)[labels]
    np.square(apart, out=apart)
    return float(np.sum(apart))


@cache
def _libraries() -> ThreadpoolController:
    # Asked after scikit-learn is there: the controller holds only libraries that are loaded.
    from importlib import import_module

    from threadpoolctl import ThreadpoolController

    import_module("sklearn.cluster")
    return ThreadpoolController()


def one_thread() -> AbstractContextManager:
    """A context in which linear algebra and scikit-learn's loops run on one thread: sums keep their order."""
    return _libraries().limit(limits=1)
