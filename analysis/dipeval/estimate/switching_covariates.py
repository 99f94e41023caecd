"""Covariates of the switching estimator: their slopes among hospitals whose treatment does not change.

de Chaisemartin & D'Haultfœuille (2024), web appendix: first differences of the outcome on those of the
covariates and period effects, among hospitals of the same treatment in both periods; effects are then those
on the outcome less covariates times slopes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.estimate.switching_paths import FIRST, Paths
from dipeval.estimate.switching_sums import Tables

ROUNDING = 1e-9


def unchanged(paths: Paths, sign: int, method: str) -> np.ndarray:
    """Whether a hospital has not changed so far, in each period (M, T), bool.

    Untreated so far for the changes that start, treated for those that end (and from its first row on, where
    a hospital's first change alone counts).
    """
    time = np.arange(paths.n_periods)
    on, off = paths.on[:, None], paths.off[:, None]
    if sign > 0:
        return (on > time) & ~paths.is_treated_first[:, None]
    stays = (on <= time - 1) & (off > time)
    return stays & paths.is_treated_first[:, None] if method == FIRST else stays


def fit_slopes(
    tables: Tables, covariates: Sequence[np.ndarray], informs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of first differences, and the influence of hospitals on them.

    Parameters
    ----------
    tables : Tables
    covariates : sequence of numpy.ndarray, each (M, T)
    informs : numpy.ndarray, shape (M, T), bool
        Periods whose difference to the one before counts.

    Returns
    -------
    slopes : numpy.ndarray, shape (p,)
        0 for a covariate that does not vary beside the period effects; of collinear ones the shortest.
    influence : numpy.ndarray, shape (M, p)
        Cost O(M T p²).
    """
    change = np.diff(tables.outcome, axis=1)
    used = np.isfinite(change) & informs[:, 1:]
    weights = np.where(used, tables.weights[:, 1:], 0.0)
    total = weights.sum(0)
    total = np.where(total > 0, total, 1.0)

    def within(values: np.ndarray) -> np.ndarray:
        values = np.where(used, values, 0.0)
        return np.where(used, values - (weights * values).sum(0) / total, 0.0)

    y = within(change)
    columns, scales = [], []
    for x in covariates:
        column = within(np.diff(x, axis=1))
        size = np.sqrt((weights * column**2).sum())
        raw = np.sqrt((weights * np.where(used, x[:, 1:], 0.0) ** 2).sum())
        scale = size if size > ROUNDING * raw else 0.0
        scales.append(scale)
        columns.append(column / scale if scale else np.zeros_like(column))
    gram = np.array([[(weights * a * b).sum() for b in columns] for a in columns])
    inverse = np.linalg.pinv(gram, rcond=ROUNDING, hermitian=True)
    slopes = inverse @ np.array([(weights * a * y).sum() for a in columns])
    residual = weights * (y - sum(b * a for b, a in zip(slopes, columns, strict=True)))
    scores = np.stack([(a * residual).sum(1) for a in columns], axis=1)
    scale = np.array([1 / s if s else 0.0 for s in scales])
    return slopes * scale, (scores @ inverse) * scale


def less_covariates(tables: Tables, covariates: Sequence[np.ndarray], slopes: np.ndarray) -> Tables:
    """Tables of the outcome without covariates times slopes."""
    adjusted = tables.outcome - sum(slope * x for slope, x in zip(slopes, covariates, strict=True))
    return Tables(adjusted, tables.weights, tables.cases)
