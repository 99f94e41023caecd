"""The mean of a group without a share of one tail, and what each cluster does to it (Lee 2009)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROUNDING = 1e-12


@dataclass(frozen=True)
class Tail:
    """Sums by cluster of a group whose values above a boundary are left out.

    Attributes
    ----------
    boundary : float
        The value at which the kept share of the weight is reached.
    size : numpy.ndarray, shape (G,)
        Weight of the group by cluster.
    below : numpy.ndarray, shape (G,)
        Of it, the weight of values below the boundary.
    total : numpy.ndarray, shape (G,)
        Weighted sum of the values below the boundary.
    """

    boundary: float
    size: np.ndarray
    below: np.ndarray
    total: np.ndarray


@dataclass(frozen=True)
class Mean:
    """A mean with its influence by cluster (G,); their cross-product is its variance up to a small-sample factor."""

    value: float
    influence: np.ndarray


def tail_of(values: np.ndarray, weights: np.ndarray, clusters: np.ndarray, size: int, share: float) -> Tail:
    """Sums of values that are at hand one by one, where the highest share of the weight is left out.

    Parameters
    ----------
    values, weights : numpy.ndarray, shape (n,)
    clusters : numpy.ndarray, shape (n,), int
        0 … size-1.
    size : int
    share : float
        At least 0 and below 1.

    Notes
    -----
    O(n log n).
    """
    order = np.argsort(values, kind="stable")
    up_to = np.cumsum(weights[order])
    kept = (1 - share) * up_to[-1]
    at = min(int(np.searchsorted(up_to, kept * (1 - ROUNDING))), len(values) - 1)
    # where the kept share ends between two values, the boundary is their middle, as of a median
    after = at + int(at + 1 < len(values) and up_to[at] <= kept * (1 + ROUNDING))
    boundary = float(values[order[at]] + values[order[after]]) / 2
    below = values < boundary
    return Tail(
        boundary,
        np.bincount(clusters, weights, size),
        np.bincount(clusters[below], weights[below], size),
        np.bincount(clusters[below], (weights * values)[below], size),
    )


def trimmed_mean(tail: Tail, share: float, share_influence: np.ndarray) -> Mean:
    """Mean of the lowest 1 - share of the weight; values at the boundary are kept in part, so ties do no harm.

    Parameters
    ----------
    tail : Tail
    share : float
        p, what is left out of the group.
    share_influence : numpy.ndarray, shape (G,)
        Of the clusters on p, which is estimated.

    Returns
    -------
    Mean
        With q the boundary, K = (1-p) Σ size and m the mean, a cluster's influence is
        ``(total - q below + (1-p)(q - m) size) / K + (m - q)/(1-p) · influence on p``: the first part at a known
        share, the second for its estimation (Lee 2009, Review of Economic Studies 76:1071, proposition 3, by cluster).
    """
    kept = (1 - share) * tail.size.sum()
    q = tail.boundary
    mean = float((tail.total.sum() + q * (kept - tail.below.sum())) / kept)
    at_share = (tail.total - q * tail.below + (1 - share) * (q - mean) * tail.size) / kept
    return Mean(mean, at_share + (mean - q) / (1 - share) * share_influence)


def plain_mean(size: np.ndarray, total: np.ndarray) -> Mean:
    """Mean of a group from its weight and sum by cluster (G,)."""
    mean = float(total.sum() / size.sum())
    return Mean(mean, (total - mean * size) / size.sum())


def both_ends(
    values: np.ndarray,
    weights: np.ndarray,
    clusters: np.ndarray,
    size: int,
    share: float,
    share_influence: np.ndarray,
) -> tuple[Mean, Mean]:
    """The mean without the highest and without the lowest share of the weight."""
    low = trimmed_mean(tail_of(values, weights, clusters, size, share), share, share_influence)
    high = trimmed_mean(tail_of(-values, weights, clusters, size, share), share, share_influence)
    return low, Mean(-high.value, -high.influence)
