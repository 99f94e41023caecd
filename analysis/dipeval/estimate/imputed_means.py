"""Means of what imputation leaves, over cells, and their influence by cluster.

With residuals ỹ of the fit on untreated rows, a mean over shares ω is linear in y: ``τ̂ = Σ ω (y − z'θ̂)``. Its
influence has two parts. The fit's: ``−(Σ ω z)'`` times the influence of θ̂, which lives on untreated rows
(Borusyak, Jaravel & Spiess 2024, eq. 6). The rows' own: ``Σ ω (ỹ − m)``, where m is the mean of the row's
cohort × period, weighted by squared weights (their eq. 8–10), or of its whole group (Gardner 2022, section 3).

Nothing of size n × K is formed: means over cells need sums by cell, and hospital levels enter by what each
period of the fit makes of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.imputation_fit import Imputed
from dipeval.estimate.regression import FLOOR

UNINFORMED = 1e-6


@dataclass(frozen=True)
class Means:
    """K means over cells.

    Attributes
    ----------
    estimates : numpy.ndarray, shape (K,)
        NaN for an empty group or one that the untreated covariates do not inform.
    influence : dict of str to numpy.ndarray, shape (G, K)
    floor : numpy.ndarray, shape (K,)
        A standard error below it is rounding; NaN for an empty group.
    informed : numpy.ndarray, shape (K,), bool
        False where the covariates of the group lie outside what untreated rows identify.
    """

    estimates: np.ndarray
    influence: dict[str, np.ndarray]
    floor: np.ndarray
    informed: np.ndarray

    def part(self, which: slice) -> Means:
        """Some of the means."""
        influence = {name: values[:, which] for name, values in self.influence.items()}
        return Means(self.estimates[which], influence, self.floor[which], self.informed[which])


def members(*groups: tuple[np.ndarray, int]) -> np.ndarray:
    """Membership (C, T, K) of cells in groups given as numbers (C, T), -1 for none, and how many they are."""
    return np.concatenate([at[:, :, None] == np.arange(count) for at, count in groups], axis=2).astype(float)


def imputed_means(
    imputed: Imputed,
    member: np.ndarray,
    clusters: Mapping[str, np.ndarray],
    sizes: Mapping[str, int],
    *,
    centred_by_cell: bool,
) -> Means:
    """Means over groups of cells with their influence.

    Parameters
    ----------
    imputed : Imputed
    member : numpy.ndarray, shape (C, T, K)
        From `members`.
    clusters : mapping of str to numpy.ndarray, shape (m,), int
        Codes by hospital.
    sizes : mapping of str to int
    centred_by_cell : bool
        Whether the rows' own part is centred by cohort × period, or by group.

    Returns
    -------
    Means

    Notes
    -----
    O(n (1 + p) + C T² K + G T K).
    """
    fit = imputed.fit
    total = np.einsum("gt,gtk->k", imputed.cell_weight, member)
    filled = total > 0
    share = member / np.where(filled, total, 1.0)
    means = np.einsum("gt,gtk->k", imputed.cell_left, share)
    common = _moved_by(imputed, share)
    nothing = [np.zeros((0, len(total)))] * len(fit.own)
    informed = fit.determined(nothing, _without_rounding(imputed, common))
    basis, dense, _ = fit.multipliers(nothing, common)
    influence = fit.influence(basis, dense, clusters, sizes)
    centre = _cell_means(imputed) if centred_by_cell else None
    blank = np.where(filled & informed, 0.0, np.nan)
    for name, code in clusters.items():
        influence[name] += _own_part(imputed, code, sizes[name], share, centre, means) + blank
    floor = FLOOR * imputed.scale / np.sqrt(np.where(filled, total, np.nan))
    return Means(means + blank, influence, floor, informed)


def _moved_by(imputed: Imputed, share: np.ndarray) -> np.ndarray:
    """Minus the means of the fit's regressors without hospital levels over each group, (T + p, K)."""
    levels = imputed.panel.levels_by_period()
    period = np.einsum("gt,gtk->tk", imputed.cell_weight, share)
    for level, mine in zip(levels, share, strict=True):
        period -= level.T @ mine
    covariates = np.einsum("pgt,gtk->pk", imputed.cell_covariates, share)
    return -np.concatenate([imputed.fit.shared[0].T @ period, covariates])


def _without_rounding(imputed: Imputed, common: np.ndarray) -> np.ndarray:
    """The same with covariate means of zero where only rounding is left."""
    sizes = [UNINFORMED * np.abs(column).max() for column in imputed.columns]
    limit = np.r_[np.zeros(imputed.fit.shared.shape[2]), sizes][:, None]
    return np.where(np.abs(common) <= limit, 0.0, common)


def _cell_means(imputed: Imputed) -> np.ndarray:
    """Means of the residuals by cell (C, T), weighted by squared weights."""
    weights, sums = imputed.sample.weights, imputed.panel.cohort_sums
    if weights is None:
        return imputed.cell_left / np.maximum(imputed.cell_weight, 1)
    squared = weights**2
    size = sums.by_period(squared)
    return sums.by_period(squared * imputed.fit.residuals) / np.where(size > 0, size, 1)


def _own_part(
    imputed: Imputed,
    code: np.ndarray,
    n_clusters: int,
    share: np.ndarray,
    centre: np.ndarray | None,
    means: np.ndarray,
) -> np.ndarray:
    """Sums by cluster (G, K) of ω times the residuals around their centres."""
    cohort, cluster, sums = imputed.panel.pairs(code, n_clusters)
    left = sums.by_period(imputed.weigh(imputed.fit.residuals))
    weight = sums.by_period(imputed.sample.weights)
    if centre is not None:
        left -= weight * centre[cohort]
    found = np.zeros((n_clusters, share.shape[2]))
    for g, mine in enumerate(share):
        here = cohort == g
        part = left[here] @ mine
        if centre is None:
            part -= (weight[here] @ mine) * means
        found[cluster[here]] += part
    return found
