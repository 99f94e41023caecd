"""Whether two groups are alike in their covariates, before and after weighting or matching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.describe.regressions.category_columns import Term
from dipeval.describe.two_groups.propensity import PropensityScore, TreatmentCells

SCORE: Term = ("", "score")


@dataclass(frozen=True)
class Balance:
    """One level of a covariate, or the logit of the score (`SCORE`).

    Attributes
    ----------
    term : (str, str)
    means : (float, float)
        Weighted share of the cases (or mean of the logit): control, treated.
    difference : float
        Means of treated less control, in standard deviations before weighting.
    ratio : float
        Variance of treated over that of control.
    """

    term: Term
    means: tuple[float, float]
    difference: float
    ratio: float


def balance(given: TreatmentCells, score: PropensityScore, weights: np.ndarray) -> list[Balance]:
    """Standardised differences and variance ratios of every level that cases have, and of the score.

    Parameters
    ----------
    weights : numpy.ndarray, shape (cells,)
        Of one case of each cell; ones for the groups as they are.

    Notes
    -----
    Differences are divided by the deviations before weighting, averaged over both groups, so that they can be
    compared (Stuart 2010, Stat Sci 25:1; Austin 2009, Stat Med 28:3083). Cost O(cells × levels).
    """
    cells, found = given.cells, []
    for j, (name, words) in enumerate(cells.levels.items()):
        for k, word in enumerate(words):
            here = (cells.codes[:, j] == k).astype(np.float64)
            if here.any():
                found.append(_balance((name, word), here, given, weights))
    return [*found, _balance(SCORE, score.eta, given, weights)]


def effective_sizes(given: TreatmentCells, weights: np.ndarray) -> tuple[float, float]:
    """Cases that weigh as much, control and treated: (Σw)² / Σw² (Kish 1965, 11.7)."""
    sizes = []
    for arm in (False, True):
        w, n = weights[given.treated == arm], given.cells.cases[given.treated == arm]
        squares = n @ w**2
        sizes.append(float((n @ w) ** 2 / squares) if squares > 0 else 0.0)
    return sizes[0], sizes[1]


def _balance(term: Term, value: np.ndarray, given: TreatmentCells, weights: np.ndarray) -> Balance:
    before = [_moments(value, given, arm, np.ones(len(value))) for arm in (False, True)]
    after = [_moments(value, given, arm, weights) for arm in (False, True)]
    spread = np.sqrt((before[0][1] + before[1][1]) / 2)
    gap = after[1][0] - after[0][0]
    difference = gap / spread if spread > 0 else np.nan
    ratio = after[1][1] / after[0][1] if after[0][1] > 0 else np.nan
    return Balance(term, (after[0][0], after[1][0]), float(difference), float(ratio))


def _moments(value: np.ndarray, given: TreatmentCells, arm: bool, weights: np.ndarray) -> tuple[float, float]:
    """Weighted mean and variance of one group."""
    here = given.treated == arm
    w = given.cells.cases[here] * weights[here]
    if not w.sum() > 0:
        return float("nan"), float("nan")
    mean = w @ value[here] / w.sum()
    return float(mean), float(w @ (value[here] - mean) ** 2 / w.sum())
