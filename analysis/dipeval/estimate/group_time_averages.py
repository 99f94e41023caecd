"""Averages of group-time effects, with the influence of the estimated cohort shares.

Callaway & Sant'Anna (2021), section 3.1 and table 1; influence of the shares: their corollary 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

AVERAGES = ("simple", "dynamic", "group", "calendar")


@dataclass(frozen=True)
class Average:
    """One average of K cells over C cohorts.

    Attributes
    ----------
    weights : numpy.ndarray, shape (K,)
        Weight of each cell.
    share_slope : numpy.ndarray, shape (C,)
        Derivative of the average by the share of each cohort.
    """

    weights: np.ndarray
    share_slope: np.ndarray

    def value(self, att: np.ndarray) -> float:
        """The average; NaN when it holds no cell."""
        used = self.weights != 0
        return float(self.weights[used] @ att[used]) if used.any() else np.nan


def by_shares(att: np.ndarray, cohort: np.ndarray, chosen: np.ndarray, shares: np.ndarray) -> Average:
    """Average of chosen cells, each with the share of its cohort among the hospitals.

    Parameters
    ----------
    att : numpy.ndarray, shape (K,)
    cohort : numpy.ndarray, shape (K,), int
    chosen : numpy.ndarray, shape (K,), bool
        Cells that are not identified are left out of the average.
    shares : numpy.ndarray, shape (C,)
    """
    chosen = chosen & np.isfinite(att)
    weights = np.where(chosen, shares[cohort], 0.0)
    total = weights.sum()
    if not total > 0:
        return Average(np.zeros(len(att)), np.zeros(len(shares)))
    weights = weights / total
    value = weights[chosen] @ att[chosen]
    slope = np.bincount(cohort[chosen], att[chosen] - value, minlength=len(shares)) / total
    return Average(weights, slope)


def by_shares_each(
    att: np.ndarray, cohort: np.ndarray, chosen: np.ndarray, shares: np.ndarray
) -> tuple[Average, ...]:
    """`by_shares` for A choices of cells (A, K)."""
    chosen = chosen & np.isfinite(att)
    weights = np.where(chosen, shares[cohort], 0.0)
    total = weights.sum(1, keepdims=True)
    scale = np.where(total > 0, total, 1.0)
    weights /= scale
    known = np.where(np.isfinite(att), att, 0.0)
    apart = np.where(chosen, known - (weights @ known)[:, None], 0.0)
    slopes = apart @ (cohort[:, None] == np.arange(len(shares))) / scale
    return tuple(Average(*pair) for pair in zip(weights, slopes, strict=True))


def evenly(parts: Sequence[Average]) -> Average:
    """The plain mean of averages."""
    return Average(
        np.mean([part.weights for part in parts], axis=0),
        np.mean([part.share_slope for part in parts], axis=0),
    )


def of_groups(att: np.ndarray, cohort: np.ndarray, after: np.ndarray, shares: np.ndarray) -> Average:
    """Mean over the periods of each cohort, then over cohorts by their shares."""
    known = [c for c in range(len(shares)) if (after & (cohort == c) & np.isfinite(att)).any()]
    if not known:
        return Average(np.zeros(len(att)), np.zeros(len(shares)))
    groups = [by_shares(att, cohort, after & (cohort == c), shares) for c in known]
    values = np.array([group.value(att) for group in groups])
    top = by_shares(values, np.array(known), np.ones(len(known), bool), shares)
    weights = sum(w * group.weights for w, group in zip(top.weights, groups, strict=True))
    return Average(weights, top.share_slope)


def weighted(att: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Averages (A,) of effects (K,) with weights (K, A); NaN where one has no cell or an unidentified one."""
    return np.where(is_defined(att, weights), weights.T @ np.where(np.isnan(att), 0.0, att), np.nan)


def is_defined(att: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Whether averages (A,) hold a cell and none that is not identified."""
    used = weights != 0
    return used.any(0) & ~used[np.isnan(att)].any(0)
