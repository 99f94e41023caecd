"""Weighted least squares with hospital and period effects, from sufficient statistics.

Regressors are K groups of rows (a row is in one group or none: treated, an event time, a lead) and
p dense columns (covariates). Neither an n × K matrix nor hospital dummies are ever formed: the Gram
matrix of the groups follows from sums by hospital and by period (Frisch–Waugh–Lovell).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.projector import TwoWayProjector

ABSORBED = 1e-10
NULL_VALUE = 1e-10
NULL_SHARE = 1e-6


@dataclass(frozen=True)
class Fit:
    """A fitted regression on n rows with q = K + p regressors.

    Attributes
    ----------
    coefficients : numpy.ndarray, shape (q,)
        One least-squares solution.
    determined : numpy.ndarray, shape (q,), bool
        Whether every solution has this coefficient, so that it means something.
    residuals : numpy.ndarray, shape (n,)
    bread : numpy.ndarray, shape (q, q)
        Generalised inverse of the Gram matrix of the demeaned regressors.
    rank : int
        Number of regressors that the data distinguish.
    group_period : numpy.ndarray, shape (T, K)
        Period effects of each group's indicator.
    dense_residuals : numpy.ndarray, shape (n, p)
        Dense columns without hospital and period effects.
    group : numpy.ndarray, shape (n,), int
        Group of each row, -1 for none.
    """

    coefficients: np.ndarray
    determined: np.ndarray
    residuals: np.ndarray
    bread: np.ndarray
    rank: int
    group_period: np.ndarray
    dense_residuals: np.ndarray
    group: np.ndarray


def absorbed_least_squares(
    projector: TwoWayProjector,
    unit: np.ndarray,
    group: np.ndarray,
    n_groups: int,
    dense: np.ndarray,
    outcome: np.ndarray,
) -> Fit:
    """Regress an outcome on groups and dense columns with two-way effects.

    Parameters
    ----------
    projector : TwoWayProjector
        Of exactly these n rows.
    unit : numpy.ndarray, shape (n,), int
    group : numpy.ndarray, shape (n,), int
        0 … n_groups-1, or -1.
    n_groups : int
        K; groups may be empty (not determined).
    dense : numpy.ndarray, shape (n, p)
    outcome : numpy.ndarray, shape (n,)

    Returns
    -------
    Fit

    Notes
    -----
    O(n p² + N K (T + K)) time, O(n p + N_block K) memory.
    """
    columns = [projector.residuals(dense[:, j]) for j in range(dense.shape[1])]
    demeaned = np.column_stack(columns) if columns else np.empty((len(outcome), 0))
    weight = np.ones(len(outcome)) if projector.weights is None else projector.weights
    sums, unit_side = projector.reduce_groups(unit, projector.time, group, weight, n_groups)
    group_period = projector.inverse @ sums
    raw = group_sums(group, weight[:, None], n_groups)[:, 0]
    gram = np.zeros((n_groups + dense.shape[1],) * 2)
    gram[:n_groups, :n_groups] = np.diag(raw) - unit_side - sums.T @ group_period
    weighted = weight[:, None] * demeaned
    gram[:n_groups, n_groups:] = group_sums(group, weighted, n_groups)
    gram[n_groups:, :n_groups] = gram[:n_groups, n_groups:].T
    gram[n_groups:, n_groups:] = weighted.T @ demeaned
    centred = dense - np.average(dense, axis=0, weights=weight) if dense.size else dense
    variation = np.r_[raw, np.einsum("ij,ij,i->j", centred, centred, weight)]
    bread, determined, rank = generalised_inverse((gram + gram.T) / 2, variation)
    target = projector.residuals(outcome)
    moments = np.r_[group_sums(group, (weight * target)[:, None], n_groups)[:, 0], weighted.T @ target]
    solution = bread @ moments
    fitted = np.where(group >= 0, np.r_[solution[:n_groups], 0.0][group], 0.0)
    residuals = target - projector.residuals(fitted) - demeaned @ solution[n_groups:]
    return Fit(solution, determined, residuals, bread, rank, group_period, demeaned, group)


def influence_by_cluster(
    fit: Fit, projector: TwoWayProjector, clusters: Mapping[str, np.ndarray], sizes: Mapping[str, int]
) -> dict[str, np.ndarray]:
    """Sum the influence of the rows by cluster: ``Σ_{i∈g} bread · x̃_i w_i e_i``.

    Units are nested in clusters, so the hospital part of x̃ meets weighted residuals that sum to zero
    and drops out; only the period part remains.

    Parameters
    ----------
    fit : Fit
    projector : TwoWayProjector
    clusters : mapping of str to numpy.ndarray, shape (n,), int
    sizes : mapping of str to int
        Number of clusters G of each variable.

    Returns
    -------
    dict of str to numpy.ndarray, shape (G, q)
        ``CR0 covariance = influence.T @ influence`` (Liang & Zeger 1986).

    Notes
    -----
    O(n (1 + p) + G T q) a clustering variable.
    """
    score = projector.weigh(fit.residuals)
    n_groups = fit.group_period.shape[1]
    return {
        name: np.hstack(
            [
                cross_sums(cluster, fit.group, score, sizes[name], n_groups)
                - cross_sums(cluster, projector.time, score, sizes[name], projector.n_periods)
                @ fit.group_period,
                group_sums(cluster, score[:, None] * fit.dense_residuals, sizes[name]),
            ]
        )
        @ fit.bread
        for name, cluster in clusters.items()
    }


def group_sums(group: np.ndarray, values: np.ndarray, n_groups: int) -> np.ndarray:
    """Sums of columns (n, p) by group, shape (n_groups, p); group -1 is left out."""
    sums = [np.bincount(group + 1, values[:, j], minlength=n_groups + 1)[1:] for j in range(values.shape[1])]
    return np.column_stack(sums) if sums else np.empty((n_groups, 0))


def cross_sums(
    row: np.ndarray, column: np.ndarray, values: np.ndarray, n_rows: int, n_columns: int
) -> np.ndarray:
    """Sums of a column (n,) by two codes, shape (n_rows, n_columns); column -1 is left out."""
    at = row * (n_columns + 1) + column + 1
    sums = np.bincount(at, values, minlength=n_rows * (n_columns + 1))
    return sums.reshape(n_rows, n_columns + 1)[:, 1:]


def generalised_inverse(gram: np.ndarray, variation: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Invert the Gram matrix where it can be, and say which coefficients are determined.

    A regressor with no variation left beside the effects, or one that takes part in an exact linear
    dependence, has no unique coefficient (Searle 1971, section 5.4).
    """
    diagonal = np.diag(gram)
    alive = diagonal > ABSORBED * np.maximum(variation, np.finfo(float).tiny)
    inverse = np.zeros_like(gram)
    determined = np.zeros(len(gram), bool)
    if not alive.any():
        return inverse, determined, 0
    scale = 1 / np.sqrt(diagonal[alive])
    values, vectors = np.linalg.eigh(gram[np.ix_(alive, alive)] * np.outer(scale, scale))
    null = values < NULL_VALUE * values[-1]
    if null.any():
        kept = vectors[:, ~null]
        solved = (kept / values[~null]) @ kept.T
    else:
        solved = np.linalg.inv(gram[np.ix_(alive, alive)] * np.outer(scale, scale))
        solved = (solved + solved.T) / 2
    inverse[np.ix_(alive, alive)] = solved * np.outer(scale, scale)
    determined[alive] = (vectors[:, null] ** 2).sum(1) < NULL_SHARE**2
    return inverse, determined, int((~null).sum())
