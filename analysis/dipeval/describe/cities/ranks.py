"""Ranks with their uncertainty: confidence sets for the ranks of populations.

A city's rank is certain only as far as it can be told from the others. Mogstad, Romano, Shaikh and
Wilhelm (2024, Review of Economic Studies 91:476, section 3) turn tests of all differences from one city
into a confidence set for its rank: whoever is found larger stands above it, whoever is found smaller
below. The tests must not err together more often than 1 − level; that is all the set needs.

Here the tests are one-sided t-tests of Welch (1947) with the degrees of freedom of Satterthwaite, since
cities with few hospitals have few, and Holm's (1979) step-down holds the family's error, whatever the
dependence among differences that share a city. Nothing is drawn, so there is no seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RankSets:
    """Ranks of p populations, rank 1 being the largest.

    Attributes
    ----------
    rank : numpy.ndarray, shape (p,)
        1 + the number of populations with a larger estimate; NaN where there is no estimate.
    low, high : numpy.ndarray, shape (p,)
        Marginal set: holds the true rank of a population that was chosen beforehand with the given level.
    joint_low, joint_high : numpy.ndarray, shape (p,)
        Simultaneous sets: hold the true ranks of all populations at once with the given level.
    """

    rank: np.ndarray
    low: np.ndarray
    high: np.ndarray
    joint_low: np.ndarray
    joint_high: np.ndarray


def rank_sets(value: np.ndarray, std_error: np.ndarray, df: np.ndarray, level: float = 0.95) -> RankSets:
    """Confidence sets for the ranks of independent estimates.

    Parameters
    ----------
    value : numpy.ndarray, shape (p,)
        Estimates on a scale on which they are about normal; NaN: not ranked at all.
    std_error, df : numpy.ndarray, shape (p,)
        NaN where undefined: such a population is ranked, but can be told from no other.
    level : float

    Returns
    -------
    RankSets
        NaN where not ranked. Cost O(p²) tests, O(p² log p) time.

    Raises
    ------
    ValueError
        If the shapes differ, or the level does not lie in (0, 1).
    """
    if not value.shape == std_error.shape == df.shape or value.ndim != 1:
        raise ValueError(f"shapes differ: {value.shape}, {std_error.shape}, {df.shape}")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level {level} does not lie between 0 and 1")
    ranked = np.flatnonzero(~np.isnan(value))
    found = np.full((5, len(value)), np.nan)
    if len(ranked):
        smaller = one_sided(value[ranked], std_error[ranked], df[ranked])
        above = (value[ranked][None, :] > value[ranked][:, None]).sum(axis=1)
        marginal, joint = _marginal(smaller, 1.0 - level), _joint(smaller, 1.0 - level)
        found[:, ranked] = np.stack([1 + above, *_ends(*marginal), *_ends(*joint)])
    return RankSets(*found)


def holm(p_values: np.ndarray, alpha: float) -> np.ndarray:
    """Which of m hypotheses are rejected: the smallest p-values while the i-th is at most alpha / (m - i + 1).

    Parameters
    ----------
    p_values : numpy.ndarray, shape (m,)
    alpha : float
        Chance of one or more wrong rejections, at most, however the tests depend on each other.
    """
    order = np.argsort(p_values, kind="stable")
    passed = p_values[order] <= alpha / np.arange(len(p_values), 0, -1)
    rejected = np.zeros(len(p_values), dtype=bool)
    rejected[order] = np.cumprod(passed).astype(bool)
    return rejected


def one_sided(value: np.ndarray, std_error: np.ndarray, df: np.ndarray) -> np.ndarray:
    """P-values of "j is not smaller than k" against "j is smaller", for all pairs.

    Returns
    -------
    numpy.ndarray, shape (p, p)
        Row j, column k; 1 on the diagonal and where an error is not defined or both are zero.
    """
    from scipy.stats import t

    variance = std_error**2
    total = variance[:, None] + variance[None, :]
    shares = variance**2 / df
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = (value[None, :] - value[:, None]) / np.sqrt(total)
        degrees = total**2 / (shares[:, None] + shares[None, :])
        found = t.sf(statistic, degrees)
    found = np.where(np.isnan(found), 1.0, found)
    np.fill_diagonal(found, 1.0)
    return found


def _marginal(smaller: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """For each population alone: the 2 (p - 1) hypotheses of its own differences."""
    p = len(smaller)
    others = ~np.eye(p, dtype=bool)
    below, over = np.zeros((p, p), dtype=bool), np.zeros((p, p), dtype=bool)
    for j in range(p):
        both = holm(np.concatenate([smaller[j, others[j]], smaller[others[j], j]]), alpha)
        below[j, others[j]], over[j, others[j]] = np.split(both, 2)
    return below, over


def _joint(smaller: np.ndarray, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """For all populations at once: the p (p - 1) hypotheses of all differences."""
    others = ~np.eye(len(smaller), dtype=bool)
    below = np.zeros(smaller.shape, dtype=bool)
    below[others] = holm(smaller[others], alpha)
    return below, below.T


def _ends(below: np.ndarray, over: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the rank sets from who was found below, and above, whom."""
    return 1 + below.sum(axis=1), len(below) - over.sum(axis=1)
