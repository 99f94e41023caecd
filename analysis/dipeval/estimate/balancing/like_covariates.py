"""Nearest neighbours in several covariates at once."""

from __future__ import annotations

import numpy as np

from dipeval.estimate.balancing.nearest import EQUAL


def mean_of_like(x: np.ndarray, pool: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean of a column over those of a pool that are nearest in the distance of Mahalanobis, ties averaged.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, q)
        Their covariance is the measure.
    pool : numpy.ndarray, shape (P, q)
    values : numpy.ndarray, shape (P,)

    Returns
    -------
    numpy.ndarray, shape (n,)
        Cost O((n + P) log P) in few dimensions.
    """
    from scipy.spatial import cKDTree

    spread = np.atleast_2d(np.cov(x, rowvar=False))
    turn = np.linalg.inv(np.linalg.cholesky(spread)).T
    points, place = np.unique(np.round((pool - pool.mean(0)) @ turn, 12), axis=0, return_inverse=True)
    counts = np.bincount(place.ravel())
    totals = np.bincount(place.ravel(), values)
    tree, asked = cKDTree(points), (x - pool.mean(0)) @ turn
    far = tree.query(asked)[0]
    near = tree.query_ball_point(asked, far + EQUAL)
    sizes = np.fromiter((len(found) for found in near), np.int64, len(near))
    flat = np.concatenate([np.asarray(found, np.int64) for found in near])
    owner = np.repeat(np.arange(len(near)), sizes)
    return np.bincount(owner, totals[flat], len(near)) / np.bincount(owner, counts[flat], len(near))
