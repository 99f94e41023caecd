"""Influence of imputation averages: equations (6) and (8)–(10) of Borusyak, Jaravel & Spiess (2024).

An average with weights ω on treated rows is linear in y: ``τ̂_w = Σ v_it y_it`` with v = ω on treated
rows and ``v = −w z'(Z0'W Z0)⁻ Σ ω z`` on untreated ones (eq. 6). The variance sums, by cluster,
``Σ v_it ε̃_it``, with ε̃ the residual on untreated rows and ``τ̂_it − τ̄`` on treated ones, τ̄ being the
v²-weighted mean effect of the row's cohort × event time (eq. 8–10).

Nothing of size n × K is formed. Hospitals are nested in clusters and their weighted residuals sum to
zero, so the hospital part of v drops out of the cluster sums; the period part of all K averages is
one T × T solve, and covariates enter by Frisch–Waugh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.imputation_fit import Imputed
from dipeval.estimate.least_squares import cross_sums, group_sums

UNINFORMED = 1e-6


@dataclass(frozen=True)
class Average:
    """K averages over disjoint groups of treated rows.

    Attributes
    ----------
    estimates : numpy.ndarray, shape (K,)
        NaN for an empty group or one that the untreated covariates do not inform.
    influence : dict of str to numpy.ndarray, shape (G, K)
    total_weight : numpy.ndarray, shape (K,)
    informed : numpy.ndarray, shape (K,), bool
        False where the covariates of the group lie outside what untreated rows identify.
    """

    estimates: np.ndarray
    influence: dict[str, np.ndarray]
    total_weight: np.ndarray
    informed: np.ndarray


def centred_effects(imputed: Imputed) -> np.ndarray:
    """ε̃ of the treated rows: τ̂ minus the v²-weighted mean of its cohort × event time (eq. 10).

    Within such a cell every average gives a row a weight proportional to its row weight, so one
    centring serves all averages.
    """
    treated = imputed.treated
    n_periods = treated.design.n_periods
    cohort = np.searchsorted(np.array(treated.design.cohorts), treated.cohort)
    cell = cohort * n_periods + treated.time
    squared = np.ones(treated.n_obs) if treated.weights is None else treated.weights**2
    sums = np.bincount(cell, squared * imputed.effects) / np.maximum(
        np.bincount(cell, squared), np.finfo(float).tiny
    )
    return imputed.effects - sums[cell]


def average_effects(
    imputed: Imputed,
    group: np.ndarray,
    n_groups: int,
    clusters: Mapping[str, np.ndarray],
    sizes: Mapping[str, int],
) -> Average:
    """Average the effects over groups and give each average's influence by cluster.

    Parameters
    ----------
    imputed : Imputed
    group : numpy.ndarray, shape (n1,), int
        Group of each treated row, 0 … n_groups-1 or -1.
    n_groups : int
    clusters : mapping of str to numpy.ndarray, shape (n0 + n1,), int
        Codes of the rows of `imputed.sample`.
    sizes : mapping of str to int

    Returns
    -------
    Average

    Notes
    -----
    O(n + N K (T + K) + G T K).
    """
    treated, projector = imputed.treated, imputed.projector
    weight = np.ones(treated.n_obs) if treated.weights is None else treated.weights
    total = group_sums(group, weight[:, None], n_groups)[:, 0]
    filled = total > 0
    share = weight / np.r_[np.where(filled, total, 1.0), 1.0][group]
    estimates = group_sums(group, (share * imputed.effects)[:, None], n_groups)[:, 0]
    sums, _ = projector.reduce_groups(treated.unit, treated.time, group, share, n_groups)
    period = projector.inverse @ sums
    moved = group_sums(group, share[:, None] * imputed.covariates, n_groups)
    slope = moved @ imputed.fit.bread
    informed = informed_by_untreated(imputed, moved)
    centred = share * centred_effects(imputed)
    score = projector.weigh(imputed.fit.residuals)
    blank = np.where(filled & informed, 0.0, np.nan)
    influence = {}
    for name, codes in clusters.items():
        mine, other, n = codes[imputed.sample.treated], codes[~imputed.sample.treated], sizes[name]
        by_period = cross_sums(other, projector.time, score, n, projector.n_periods)
        by_covariate = group_sums(other, score[:, None] * imputed.fit.dense_residuals, n)
        own = cross_sums(mine, group, centred, n, n_groups)
        influence[name] = own - by_period @ period - by_covariate @ slope.T + blank
    return Average(estimates + blank, influence, total, informed)


def informed_by_untreated(imputed: Imputed, moved: np.ndarray) -> np.ndarray:
    """Whether each group's covariate shift (K, p) lies in the span of the untreated variation."""
    if not moved.shape[1]:
        return np.ones(len(moved), bool)
    residuals = imputed.fit.dense_residuals
    gram = (imputed.projector.weigh(np.ones(len(residuals)))[:, None] * residuals).T @ residuals
    outside = moved - moved @ imputed.fit.bread @ gram
    scale = np.abs(imputed.untreated.covariates).max(0) + np.abs(imputed.treated.covariates).max(0)
    return (np.abs(outside) <= UNINFORMED * scale).all(1)
