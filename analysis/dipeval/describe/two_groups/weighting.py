"""Means weighted by the propensity score, with errors that know that the score is estimated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.describe.regressions.cell_errors import HOSPITAL
from dipeval.describe.two_groups.effects import Effect
from dipeval.describe.two_groups.propensity import PropensityScore, TreatmentCells
from dipeval.estimate.balancing.score_weights import (
    ATE,
    ATT,
    CRUDE,
    ESTIMANDS,
    OVERLAP,
    Weights,
    score_weights,
)

__all__ = ["ATE", "ATT", "CRUDE", "ESTIMANDS", "OVERLAP", "Weights", "weighted_effect", "weights_of"]


def weights_of(given: TreatmentCells, score: PropensityScore, estimand: str) -> Weights:
    """Weights of an estimand by cell, (cells,): `dipeval.estimate.balancing.score_weights.score_weights`."""
    return score_weights(given.treated, score.score, estimand)


def weighted_effect(
    given: TreatmentCells, score: PropensityScore, estimand: str, outcome: str, errors: str
) -> Effect:
    """Difference of weighted means (normalised within each group) and its sandwich variance.

    Parameters
    ----------
    estimand : {"ate", "att", "overlap", "crude"}
    outcome : str
        Among the outcomes of the cells.
    errors : {"robust", "hospital"}
        By case, or summed by hospital with G / (G - 1) and t(G - 1).

    Returns
    -------
    Effect

    Notes
    -----
    The equations of score and means are stacked (Lunceford & Davidian 2004, Stat Med 23:2937; Stefanski & Boos
    2002): a case's influence on a mean is a (Y - μ) + b, where b carries its pull on the score. Within a cell
    a and b are constant, so counts, sums and squares suffice. Cost O(cells × K).
    """
    cells, d = given.cells, given.treated
    sums, weights = cells.outcomes[outcome], weights_of(given, score, estimand)
    means, sizes, pulls = np.empty(2), np.empty(2), []
    for arm in (0, 1):
        here = d == arm
        sizes[arm] = weights.weight[here] @ sums.known[here]
        means[arm] = weights.weight[here] @ sums.total[here] / sizes[arm] if sizes[arm] > 0 else np.nan
        left = weights.slope[here] * (sums.total[here] - means[arm] * sums.known[here])
        pulls.append(left @ score.fit.matrix[score.rows[here]] / sizes[arm])
    inside = _Influence(given, score, weights, means, sizes, pulls, outcome)
    n = int(sums.known.sum())
    if not np.isfinite(means).all():
        return Effect(means[1], means[0], np.nan, np.nan, np.inf, n)
    variance, df = inside.variance(np.array([-1.0, 1.0]), errors)
    positive = (means > 0).all()
    log_variance = inside.variance(np.array([-1.0, 1.0]) / means, errors)[0] if positive else np.nan
    return Effect(float(means[1]), float(means[0]), variance, log_variance, df, n)


@dataclass(frozen=True)
class _Influence:
    """What the influence of cases on the two means is made of."""

    given: TreatmentCells
    score: PropensityScore
    weights: Weights
    means: np.ndarray
    sizes: np.ndarray
    pulls: list[np.ndarray]
    outcome: str

    def variance(self, contrast: np.ndarray, errors: str) -> tuple[float, float]:
        """Variance of contrast · means, and its degrees of freedom."""
        cells, d = self.given.cells, self.given.treated.astype(int)
        sums, mean = cells.outcomes[self.outcome], self.means[d]
        a = contrast[d] * self.weights.weight / self.sizes[d]
        direction = self.score.fit.bread @ (contrast[0] * self.pulls[0] + contrast[1] * self.pulls[1])
        b = (self.score.fit.matrix @ direction)[self.score.rows] * (d - self.score.score)
        first = sums.total - mean * sums.known
        if errors == HOSPITAL:
            by_hospital = np.bincount(cells.hospital, a * first + b * cells.cases, cells.n_hospitals)
            g = len(np.unique(cells.hospital))
            return (float(g / (g - 1) * by_hospital @ by_hospital), g - 1.0) if g > 1 else (np.nan, np.inf)
        second = sums.squares - 2 * mean * sums.total + sums.known * mean**2
        return float((a**2 * second + 2 * a * b * first + b**2 * cells.cases).sum()), np.inf
