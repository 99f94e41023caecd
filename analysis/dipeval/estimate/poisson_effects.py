"""Effects of a Poisson model on the scale of the outcome, in percent and in logarithms, with their influence.

The mean of the treated cells of a term is L₁, their mean without the reform L₀ = mean of ``μ exp(−δ)``
(Wooldridge 2023, *Econometrics Journal* 26(3), section 3): L₁ − L₀ in units of the outcome, 100 (L₁/L₀ − 1)
in percent, and log L₁ − log L₀. Weights of the rows are those of the design and count as known.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.estimate.poisson_fit import PoissonFit
from dipeval.estimate.regression import FLOOR, Block, cr1_factor
from dipeval.estimate.terms import Rows
from dipeval.estimate.unit_sums import dot
from dipeval.results import ClusterFacts

LEVEL, PERCENT, LOG = SCALES = ("level", "percent", "log")
SAID = {
    LEVEL: "in units of the outcome",
    PERCENT: "in percent of the mean without the reform",
    LOG: "in logarithms of the mean",
}


class EffectTerms:
    """K effects on groups of cells and p slopes of covariates, to be made a block.

    Parameters
    ----------
    made : PoissonFit
    at : numpy.ndarray, shape (K, C, T), bool
        Cells of each effect; none for a reference or an effect that is not identified.
    effect : numpy.ndarray, shape (C, T)
        δ of each cell, zero where it has none.
    scale : {"level", "percent", "log"}
    """

    def __init__(self, made: PoissonFit, at: np.ndarray, effect: np.ndarray, scale: str):
        panel = made.regressors.panel
        size = panel.cell_weight
        # what the model says of treated cells is what they have, by its first-order conditions
        total = panel.basis_sums(made.sample.outcome)
        weight = np.maximum((at * size).sum((1, 2)), np.finfo(float).tiny)
        share, missed = at / weight[:, None, None], np.exp(-effect)
        self.actual = (share * total).sum((1, 2))
        self.without = (share * total * missed).sum((1, 2))
        self.made, self.filled, self.scale = made, at.any((1, 2)), scale
        by_actual, by_without = self._slopes()
        part = by_without * share * missed
        self.by_effect = -part * total
        self.by_predictor = by_actual * share + part

    @property
    def values(self) -> np.ndarray:
        """The effects (K,), NaN without cells."""
        with np.errstate(divide="ignore", invalid="ignore"):
            found = {
                LEVEL: self.actual - self.without,
                PERCENT: 100 * (self.actual / self.without - 1),
                LOG: np.log(self.actual / self.without),
            }[self.scale]
        return np.where(self.filled, found, np.nan)

    def _slopes(self) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives (K, 1, 1) of the effects by both means."""
        one = np.ones_like(self.actual)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = {
                LEVEL: (one, -one),
                PERCENT: (100 / self.without, -100 * self.actual / self.without**2),
                LOG: (1 / self.actual, -1 / self.without),
            }[self.scale]
        return tuple(np.where(self.filled, slope, 0.0)[:, None, None] for slope in found)

    def block(
        self,
        terms: Rows,
        own: Sequence[np.ndarray],
        common: np.ndarray,
        known: np.ndarray,
        codes: dict[str, np.ndarray],
        facts: dict[str, ClusterFacts],
    ) -> Block:
        """Effects, then slopes.

        Parameters
        ----------
        terms : Rows
            Of K + p terms.
        own : sequence of numpy.ndarray, shape (r_g, K + p)
        common : numpy.ndarray, shape (c, K + p)
            Derivatives of the terms by the coefficients, predictors held fixed.
        known : numpy.ndarray, shape (p,), bool
            Which slopes are identified.
        codes : dict of str to numpy.ndarray, shape (m,), int
            Clusters by hospital.
        facts : dict of str to ClusterFacts

        Returns
        -------
        Block
            Effects of a cell are linear in its own column, so that the derivative by the predictors needs no
            regression of its own: it is added to the multipliers. O(n + G T K).
        """
        fit, n_obs = self.made.fit, self.made.sample.n_obs
        slopes = fit.value(own, common)[len(self.filled) :]
        basis, dense, variance = fit.multipliers(own, common)
        basis[:, :, : len(self.filled)] += np.moveaxis(self.by_predictor, 0, 2)
        is_reference = np.asarray(terms["is_reference"], bool)
        found = np.r_[self.filled, known] & ~is_reference
        params = np.r_[self.values, np.where(known, slopes, np.nan)]
        params[is_reference] = 0.0
        blank = np.where(found, 0.0, np.nan)
        influence = fit.influence(basis, dense, codes, {name: fact.n for name, fact in facts.items()})
        weights = fit.panel.weights
        spread = np.sqrt(dot(weights * fit.residuals, fit.residuals) / n_obs)
        floor = FLOOR * max(spread, FLOOR * np.sqrt(weights.sum() / n_obs))
        return Block(
            terms,
            params,
            {name: values + blank for name, values in influence.items()},
            np.full(len(params), cr1_factor(n_obs, fit.n_parameters)),
            floor * np.sqrt(np.maximum(variance, 0)) + blank,
            fit.n_parameters,
        )
