"""The ratio of a place with the error that hospitals give it within their kinds.

Hospitals of different kinds (levels, types) differ by design. Given how much of a place each kind is, its ratio is
R = Σ W_s r_s over kinds s, W_s = D_s / D: the contrast W of a regression on dummies of the kinds, whose CR2
variance and degrees of freedom (see `clustered_ratio`) fall apart by kind:

    V = Σ W_s² V_s,   df = 1 / Σ (W_s² / df_s)

The value is the same as without kinds. A kind with one hospital has no V_s: such kinds are put together, the only
one of a place with the smallest other kind (collapsed strata, Cochran 1977, section 5A.12), which errs on the wide side.
"""

from __future__ import annotations

import numpy as np

from dipeval.describe.cities.clustered_ratio import FEWEST, Ratios, clustered_ratios

LONE = -1


def stratified_ratios(
    numerator: np.ndarray, denominator: np.ndarray, group: np.ndarray, kind: np.ndarray, groups: int
) -> Ratios:
    """Compute N / D by group, with the error that hospitals give it within their kinds.

    Parameters
    ----------
    numerator, denominator, group : numpy.ndarray, shape (pairs,)
        As for `clustered_ratios`.
    kind : numpy.ndarray of int, shape (pairs,)
        Kind of each pair's hospital, from 0.
    groups : int

    Returns
    -------
    Ratios
        Cost O(pairs log pairs).
    """
    whole = clustered_ratios(numerator, denominator, group, groups)
    counts = denominator > 0
    at, above, below = group[counts], numerator[counts], denominator[counts]
    merged = without_lone(at, kind[counts])
    distinct, part = np.unique(np.stack([at, merged]), axis=1, return_inverse=True)
    inner = clustered_ratios(above, below, part.ravel(), distinct.shape[1], fewest=2)
    of = distinct[0]
    total = np.bincount(at, weights=below, minlength=groups)
    weight = np.bincount(part.ravel(), weights=below) / total[of]
    variance = np.bincount(of, weights=weight**2 * inner.std_error**2, minlength=groups)
    spread = np.bincount(of, weights=weight**2 / inner.df, minlength=groups)
    enough = (whole.hospitals >= FEWEST) & (spread > 0)
    error = np.where(enough, np.sqrt(variance), np.nan)
    df = np.divide(1.0, spread, out=np.full(groups, np.nan), where=enough)
    return Ratios(whole.value, error, df, whole.hospitals)


def without_lone(group: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Kinds such that each has two hospitals or more in its group, where the group has as many.

    Parameters
    ----------
    group, kind : numpy.ndarray of int, shape (n,)
        One entry a hospital.
    """
    merged = np.where(_sizes(group, kind) == 1, LONE, kind)
    still = np.flatnonzero((merged == LONE) & (_sizes(group, merged) == 1))
    for position in still:
        others = merged[(group == group[position]) & (merged != LONE)]
        if len(others):
            names, sizes = np.unique(others, return_counts=True)
            merged[position] = names[np.argmin(sizes)]
    return merged


def _sizes(group: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """How many hospitals of each entry's group are of its kind."""
    _, where, sizes = np.unique(np.stack([group, kind]), axis=1, return_inverse=True, return_counts=True)
    return sizes[where.ravel()]
