"""Nearest neighbours in several covariates at once."""

from __future__ import annotations

import numpy as np

from dipeval.estimate.balancing.nearest import EQUAL


def mean_of_like(x: np.ndarray, pool: np.ndarray, values: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Mean of a column over those of a pool that are nearest in the distance of Mahalanobis, ties averaged.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, q)
    pool : numpy.ndarray, shape (P, q)
    values : numpy.ndarray, shape (P,)
    spread : numpy.ndarray, shape (q, q)
        Covariance that is the measure.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Cost O((n + P) log P) in few dimensions.
    """
    from scipy.spatial import cKDTree

    turn = np.linalg.inv(np.linalg.cholesky(np.atleast_2d(spread))).T
    # hospitals of the same covariates are one point
    points, place = np.unique(np.round((pool - pool.mean(0)) @ turn, 12), axis=0, return_inverse=True)
    counts, totals = np.bincount(place.ravel()), np.bincount(place.ravel(), values)
    tree, asked = cKDTree(points), (x - pool.mean(0)) @ turn
    far, near = tree.query(asked, k=[1, 2])
    first = np.minimum(near[:, 0], len(points) - 1)
    made = totals[first] / counts[first]
    for i in np.flatnonzero(far[:, 1] <= far[:, 0] + EQUAL):
        tied = tree.query_ball_point(asked[i], far[i, 0] + EQUAL)
        made[i] = totals[tied].sum() / counts[tied].sum()
    return made
