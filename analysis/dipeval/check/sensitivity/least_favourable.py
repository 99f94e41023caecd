"""The least-favourable critical value: what the largest of the lines exceeds with probability κ when all moments bind."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

from dipeval.check.sensitivity.moment_lines import NO_VARIANCE, MomentLines

DRAWS, FEWER, MANY_LINES = 2**12, 2**10, 200
"""Points of the sequence, and how many where there are more lines than this."""
SEED = 1
RANK = 1e-10
"""Directions with less than this share of the largest standard deviation are rounding."""


def least_favourable_value(
    lines: MomentLines, kappa: float, draws: int | None = None, seed: int = SEED
) -> float:
    """Quantile 1 - κ of max(0, largest line) under mean zero.

    Parameters
    ----------
    lines : MomentLines
        Only loadings and covariance are used.
    kappa : float
        Size of the first stage, usually α/10; below one half.
    draws : int, optional
        A power of two: points of a scrambled Sobol sequence; `DRAWS`, or `FEWER` with more than `MANY_LINES` lines.
    seed : int

    Returns
    -------
    float
        In standard errors of the moments; 0 where no line varies.

    Notes
    -----
    Andrews, Roth & Pakes (2023), section 5. Its definition draws from the null; here the tail is had by the unbiased
    estimator of Adler, Blanchet & Liu (2012, Annals of Applied Probability 22(3)): a line is chosen with a
    probability proportional to its own tail, drawn in that tail, and the sum of the tails is divided by how many lines exceed.
    Its relative error does not grow as κ falls; with quasi-random points of the few dimensions that the lines have, the value
    is known to about 1e-3, where a quantile of 1,000 draws is known to about 0.1. Cost: O(draws r rank) for each of some ten steps of the root search.
    """
    factor = np.linalg.cholesky(lines.cov)
    spread = lines.loadings @ factor
    spread = spread[(spread**2).sum(axis=1) > NO_VARIANCE]
    if not len(spread):
        return 0.0
    left, strength, _ = np.linalg.svd(spread, full_matrices=False)
    rank = int((strength > RANK * strength[0]).sum())
    reduced = _undominated(left[:, :rank] * strength[:rank])
    points = _points(rank + 2, draws or (DRAWS if len(reduced) <= MANY_LINES else FEWER), seed)
    return _root(lambda c: tail(reduced, c, points) - kappa, reduced, kappa)


def tail(reduced: np.ndarray, value: float, points: np.ndarray) -> float:
    """Probability that the largest of the normal variables ``reduced @ e`` exceeds a value.

    Parameters
    ----------
    reduced : numpy.ndarray, shape (r, q)
    value : float
        Above zero.
    points : numpy.ndarray, shape (n, q + 2)
        Two uniform columns, then normal ones.
    """
    sd = np.sqrt((reduced**2).sum(axis=1))
    own = ndtr(-value / sd)
    total = own.sum()
    if total == 0:
        return 0.0
    chosen = np.searchsorted(np.cumsum(own) / total, points[:, 0]).clip(max=len(own) - 1)
    beyond = -ndtri(points[:, 1] * own[chosen])
    direction = reduced[chosen] / sd[chosen, None]
    normal = points[:, 2:]
    normal = normal + (beyond - np.einsum("ij,ij->i", normal, direction))[:, None] * direction
    exceeding = (normal @ reduced.T > value * (1 - 1e-12)).sum(axis=1)
    return float(total * (1 / np.maximum(exceeding, 1)).mean())


def _undominated(reduced: np.ndarray) -> np.ndarray:
    """The longest of all lines that point in one direction: above zero it exceeds the others wherever they do."""
    length = np.sqrt((reduced**2).sum(axis=1))
    order = np.argsort(-length, kind="stable")
    direction = np.round(reduced[order] / length[order, None], 9) + 0.0
    return reduced[np.sort(order[np.unique(direction, axis=0, return_index=True)[1]])]


@lru_cache(maxsize=8)
def _points(size: int, draws: int, seed: int) -> np.ndarray:
    """Two uniform and size - 2 normal columns of a sequence, never at an end."""
    from scipy.stats import qmc

    found = qmc.Sobol(size, scramble=True, rng=seed).random(draws).clip(1e-12, 1 - 1e-12)
    found[:, 2:] = ndtri(found[:, 2:])
    found.setflags(write=False)
    return found


def _root(excess, reduced: np.ndarray, kappa: float) -> float:
    """Where the tail is κ: between the largest single quantile and the quantile of the sum of the tails."""
    from scipy.optimize import brentq

    sd = np.sqrt((reduced**2).sum(axis=1))
    low = float(-ndtri(kappa) * sd.max())
    high = float(-ndtri(kappa / len(sd)) * sd.max())
    if high <= low or excess(low) <= 0:
        return low
    return float(brentq(excess, low, high + 1e-9, xtol=1e-6))
