"""The moments of a cohort regression by cluster, for inference with few clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.cohort_regression import CohortFit
from dipeval.results.cluster_moments import ClusterMoments
from dipeval.results.period_sums import PeriodSums

MOST_NUMBERS = 100_000_000
"""Of all Gram matrices together: 0.8 GB. With so many clusters the usual clustered error serves."""


def moments_by_cluster(
    fit: CohortFit, own: Sequence[np.ndarray], common: np.ndarray, cluster: np.ndarray, n_clusters: int
) -> ClusterMoments:
    """Sum a fitted regression by cluster.

    Parameters
    ----------
    fit : CohortFit
    own : sequence of numpy.ndarray, shape (r_g, K)
    common : numpy.ndarray, shape (c, K)
        Combinations behind the terms, as `CohortFit.value` takes them.
    cluster : numpy.ndarray, shape (m,), int
        Cluster of each hospital.
    n_clusters : int

    Returns
    -------
    ClusterMoments
        Its columns are the common ones, then the own ones of each cohort.

    Raises
    ------
    DesignError
        Clusters and columns are too many to keep a Gram matrix of each.

    Notes
    -----
    O(n p² + G p²), and O(N T²) where hospitals differ in their periods or weights.
    """
    places = np.cumsum([len(fit.solution), *(part.columns.shape[1] for part in fit.own)])
    width = int(places[-1])
    if n_clusters * width**2 > MOST_NUMBERS:
        what = f"{n_clusters} clusters with {width} regressors are too many for this method"
        todo = "with so many clusters use small_sample CR1"
        raise DesignError("infer", [Problem("clusters", what, todo)])
    gram, score = np.zeros((n_clusters, width, width)), np.zeros((n_clusters, width))
    for member, columns, block, crossed, products in _pairs(fit, cluster, n_clusters, places):
        dense = np.arange(fit.shared.shape[2], len(fit.solution))
        gram[member] += columns.T @ block @ columns
        beside = columns.T @ crossed
        gram[member][:, dense] += beside
        gram[member][dense] += beside.T
        score[member] += columns.T @ products
    _add_dense(fit, cluster, n_clusters, gram, score)
    coefficients = np.concatenate([fit.solution, *(part.solution for part in fit.own)])
    return ClusterMoments(gram, score, coefficients, np.vstack([common, *own]))


def sums_by_period(
    fit: CohortFit, own: Sequence[np.ndarray], common: np.ndarray, cluster: np.ndarray, n_clusters: int
) -> PeriodSums:
    """Weights and influence of combinations summed by cluster and period.

    Periods cut through hospitals, so each row's regressors are taken without hospital means: the weight of a
    row is ``w (z - mean z)' multiplier``, its influence that times its residual.

    Parameters
    ----------
    fit : CohortFit
    own, common, cluster, n_clusters
        As in `moments_by_cluster`.

    Returns
    -------
    PeriodSums

    Notes
    -----
    O(n K).
    """
    panel = fit.panel
    basis, dense, _ = fit.multipliers(own, common)
    score, sums = panel.weigh(fit.residuals), panel.sums_by(cluster, n_clusters)
    seen = panel.cell_rows.sum(0) > 0
    influence, weights = np.empty((2, n_clusters, int(seen.sum()), common.shape[1]))
    for k in range(common.shape[1]):
        row = panel.centre(panel.fitted(basis[:, :, k]))
        for column, multiplier in zip(fit.dense.T, dense[:, k], strict=True):
            row = row + multiplier * column
        influence[:, :, k] = sums.by_period(score * row)[:, seen]
        weights[:, :, k] = sums.by_period(panel.weigh(row))[:, seen]
    return PeriodSums(influence, weights, np.flatnonzero(seen))


def _pairs(fit: CohortFit, cluster: np.ndarray, n_clusters: int, places: np.ndarray):
    """By pair of a cohort and a cluster: its cluster, columns (TQ, p) and products of the basis.

    Yields
    ------
    tuple
        Cluster; columns; Gram matrix of the basis (TQ, TQ); its products with the dense columns
        (TQ, p); its weighted products with the residuals (TQ,).
    """
    panel = fit.panel
    pairs, pair = np.unique(panel.unit_cohort * n_clusters + cluster, return_inverse=True)
    split = replace(panel, cohorts=pairs.astype(float), unit_cohort=pair)
    blocks = split.raw_gram() - split.unit_gram() if panel.absorbs else split.raw_gram()
    sums = panel.sums_by(pair, len(pairs))
    crossed = [panel.basis_by(sums, panel.weigh(column)) for column in fit.dense.T]
    products = panel.basis_by(sums, panel.weigh(fit.residuals))
    for k, (cohort, member) in enumerate(zip(*np.divmod(pairs, n_clusters), strict=True)):
        columns = np.zeros((panel.width, int(places[-1])))
        columns[:, : fit.shared.shape[2]] = fit.shared[cohort]
        columns[:, places[cohort] : places[cohort + 1]] = fit.own[cohort].columns
        beside = (
            np.stack([column[k] for column in crossed], axis=1) if crossed else np.zeros((panel.width, 0))
        )
        yield member, columns, blocks[k], beside, products[k]


def _add_dense(
    fit: CohortFit, cluster: np.ndarray, n_clusters: int, gram: np.ndarray, score: np.ndarray
) -> None:
    """Add the products of dense columns with each other and with the residuals."""
    panel, first = fit.panel, fit.shared.shape[2]
    sums = panel.sums_by(cluster, n_clusters)
    for j, left in enumerate(fit.dense.T):
        weighted = panel.weigh(left)
        score[:, first + j] += sums.of_products(weighted, fit.residuals)
        for k, right in enumerate(fit.dense.T[: j + 1]):
            products = sums.of_products(weighted, right)
            gram[:, first + j, first + k] += products
            if k < j:
                gram[:, first + k, first + j] += products
