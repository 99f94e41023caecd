"""Estimates of single cities and of groups of cities, which share nothing with those of the others."""

from __future__ import annotations

import numpy as np

from dipeval.infer.city_rows import CityRows


def city_changes(rows: CityRows) -> np.ndarray:
    """Change over time of each city, by the weights that the estimator gives the treated cities' periods.

    Parameters
    ----------
    rows : CityRows

    Returns
    -------
    numpy.ndarray, shape (G, K)
        ``Σ_t s_t γ_jt`` with s_t the estimate of the outcome that is one in period t in all treated cities, and
        γ_j the city's path. After the reform less before, for two-way effects and one date. NaN for a city
        that lacks a period with a weight.

    Notes
    -----
    T estimates.
    """
    time = rows.origin.design.time
    inside = np.isin(rows.city, np.flatnonzero(rows.treated))
    n_periods = rows.size.shape[1]
    profile = np.array([rows.estimate_of((inside & (time == t)).astype(float)) for t in range(n_periods)])
    return change_by_profile(rows.paths(rows.without_covariates), profile)


def change_by_profile(paths: np.ndarray, profile: np.ndarray) -> np.ndarray:
    """Sums over time of paths (G, T) with weights (T, K): changes (G, K), NaN where a path lacks a period."""
    seen = np.isfinite(paths)
    largest = np.nanmax(np.abs(profile), axis=0, initial=0.0)
    counts = np.abs(profile) > 1e-12 * np.maximum(largest, np.finfo(float).tiny)
    lacking = (~seen).astype(float) @ counts.astype(float) > 0
    return np.where(lacking, np.nan, np.where(seen, paths, 0.0) @ profile)


def group_estimates(rows: CityRows, group: np.ndarray) -> np.ndarray:
    """The estimator in each of q groups of cities alone.

    Parameters
    ----------
    rows : CityRows
    group : numpy.ndarray, shape (G,), int

    Returns
    -------
    numpy.ndarray, shape (q, K)
        NaN where a group has no estimate.

    Notes
    -----
    q estimates.
    """
    of_row = np.where(rows.city >= 0, group[rows.city], -1)
    return np.array(
        [rows.estimate_of(np.where(of_row == g, rows.outcome, np.nan)) for g in range(group.max() + 1)]
    )
