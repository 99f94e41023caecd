"""Whether two groups are alike in their covariates, before and after weighting or matching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.describe.regressions.category_columns import Term
from dipeval.describe.two_groups.propensity import PropensityScore, TreatmentCells
from dipeval.estimate.balancing.standardised import (
    effective_size,
    moments,
    standardised_difference,
    variance_ratio,
)

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
    """Cases that weigh as much, control and treated."""
    arms = [given.treated == arm for arm in (False, True)]
    control, treated = (effective_size(weights[here], given.cells.cases[here]) for here in arms)
    return control, treated


def _balance(term: Term, value: np.ndarray, given: TreatmentCells, weights: np.ndarray) -> Balance:
    arms, cases = [given.treated == arm for arm in (False, True)], given.cells.cases
    control, treated = ((value[here], cases[here] * weights[here]) for here in arms)
    before = tuple((value[here], cases[here]) for here in arms)
    means = moments(*control)[0], moments(*treated)[0]
    difference = standardised_difference(treated, control, before)
    return Balance(term, means, difference, variance_ratio(treated, control))
