"""P-values of many hypotheses at once, from the p-values alone."""

from __future__ import annotations

import numpy as np


def holm(p_values: np.ndarray) -> np.ndarray:
    """P-values that keep the chance of any false rejection (Holm 1979).

    Parameters
    ----------
    p_values : numpy.ndarray, shape (M,)
        NaN where a hypothesis has none: it is not counted.

    Returns
    -------
    numpy.ndarray, shape (M,)
        ``max over j ≤ i of min(1, (m - j + 1) p_(j))`` in the order of the p-values. O(M log M).
    """
    p = np.asarray(p_values, float)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    left = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(left * p[order]), 1)
    return adjusted


def step_up(p_values: np.ndarray) -> np.ndarray:
    """P-values that keep the false discovery rate (Benjamini & Hochberg 1995); NaN is not counted.

    Returns
    -------
    numpy.ndarray, shape (M,)
        ``min over j ≥ i of m p_(j) / j`` in the order of the p-values. O(M log M).
    """
    p = np.asarray(p_values, float)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    shares = len(order) * p[order] / np.arange(1, len(order) + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(shares[::-1])[::-1], 1)
    return adjusted


def sharpened_q(p_values: np.ndarray) -> np.ndarray:
    """Smallest false discovery rate at which each hypothesis is rejected in two stages.

    Benjamini, Krieger & Yekutieli (2006, definition 6): step up at ``q' = q / (1 + q)``; with c rejections,
    step up again at ``q' m / (m - c)``. Anderson (2008, section 4) searches q on a grid of 0.001; here it is
    exact. A q-value can lie below its p-value, where many hypotheses are rejected.

    Parameters
    ----------
    p_values : numpy.ndarray, shape (M,)
        NaN where a hypothesis has none: it is not counted.

    Returns
    -------
    numpy.ndarray, shape (M,)
        At most 1. O(M²).
    """
    first = step_up(p_values)
    known = np.isfinite(first)
    m = int(known.sum())
    steps = np.unique(first[known])
    ends = [*steps[1:], np.inf]
    best = np.full(len(first), np.inf)
    # below the first step nothing is rejected in either stage: both step up at the same q'
    for begin, end in zip(steps, ends, strict=True):
        rejected = int((first[known] <= begin).sum())
        needed = np.maximum(begin, first * (m - rejected) / m)
        best = np.where(known & (needed < end), np.minimum(best, needed), best)
    rate = np.where(best < 0.5, best / np.maximum(1 - best, 0.5), 1.0)
    return np.where(known, np.minimum(rate, 1), np.nan)
