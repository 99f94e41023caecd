"""Poisson pseudo-maximum likelihood with regressors by cohort and period, by reweighted cohort regressions.

``E y_it = exp(α_i + z_it' θ)`` for outcomes from zero up, whole or not (Gourieroux, Monfort & Trognon 1984;
Santos Silva & Tenreyro 2006): only the mean has to be right. Each step is one weighted regression of
`cohort_regression`, so hospital effects are taken out in closed form and the last step holds scores,
information and influence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.cohort_panel import CohortPanel
from dipeval.estimate.cohort_regression import CohortFit, cohort_regression
from dipeval.estimate.response.families import POISSON
from dipeval.estimate.response.separation import HEAVY, MOST_ROUNDS, NOTE, ROUNDING, without_whole_levels
from dipeval.estimate.sample import Sample

MOST_STEPS = 100
CLOSE = 1e-8
"""Largest change of a predictor in the last step; what is left then is its square."""
FALLING = 5
"""Steps after which a zero whose predictor still falls by one a step may be separated."""
MOST_HALVINGS = 20
STALLED = 1e-12


@dataclass(frozen=True)
class Regressors:
    """A panel and its regressors, as `cohort_regression` takes them."""

    panel: CohortPanel
    shared: np.ndarray
    own: Sequence[np.ndarray]
    dense: Sequence[np.ndarray]


@dataclass(frozen=True)
class PoissonFit:
    """A fitted model of n rows.

    Attributes
    ----------
    sample : Sample
        Without separated rows.
    regressors : Regressors
        Their panel has the design's weights.
    fit : CohortFit
        The last step; its panel has the design's weights times the means, its residuals times these weights
        are the scores.
    steps : int
    """

    sample: Sample
    regressors: Regressors
    fit: CohortFit
    steps: int


def check_amounts(sample: Sample) -> None:
    """Refuse outcomes that have no logarithm of a mean.

    Raises
    ------
    DesignError
        Outcomes below zero, or none above it.
    """
    problems = []
    if negative := int((sample.outcome < 0).sum()):
        todo = "take amounts or counts, which are zero or more, and no logarithms or differences"
        problems.append(Problem(sample.part, "outcomes lie below zero", todo, count=negative))
    elif not (sample.outcome > 0).any():
        what = "no outcome is above zero"
        problems.append(Problem(sample.part, what, "take another outcome or other hospitals"))
    if problems:
        raise DesignError("estimate", problems)


def fit_poisson(
    sample: Sample, regressors_of: Callable[[Sample], Regressors], hospitals: bool = True
) -> PoissonFit:
    """Fit the model, and leave out what it would fit perfectly by an infinite effect.

    Parameters
    ----------
    sample : Sample
        Outcomes of at least zero.
    regressors_of : callable
        From the rows that are left to their regressors.
    hospitals : bool
        Whether hospitals have effects.

    Returns
    -------
    PoissonFit

    Raises
    ------
    DesignError
        No row is left, or no convergence in `MOST_STEPS` steps.

    Notes
    -----
    5 to 8 steps of O(n p² + N T²). Hospitals and periods of zeros alone leave at once; combinations are
    looked for where the predictor of a zero keeps falling (Correia, Guimarães & Zylkin 2019, section 3.3).
    """
    check_amounts(sample)
    while True:
        sample = without_whole_levels(sample, POISSON, hospitals)
        if not sample.n_obs:
            what = "no hospital-period is left: hospitals and periods have zeros alone, or a single row"
            raise DesignError("estimate", [Problem(sample.part, what, "take another outcome")])
        regressors = regressors_of(sample)
        fit, steps, separated = _iterate(sample, regressors)
        if fit is not None:
            return PoissonFit(sample, regressors, fit, steps)
        sample = sample.drop(separated, "separated", NOTE.format(edge=0))


def _iterate(sample: Sample, regressors: Regressors) -> tuple[CohortFit | None, int, np.ndarray]:
    """The last regression and the number of steps; or None and the separated rows (n,)."""
    panel, outcome = regressors.panel, sample.outcome
    design_weights = panel.weights
    predictor = np.log((outcome + np.average(outcome, weights=design_weights)) / 2)
    loss, looked = np.inf, False
    for step in range(1, MOST_STEPS + 1):
        mean = np.exp(predictor)
        weights = mean if design_weights is None else design_weights * mean
        working = (outcome - mean) / mean
        working += predictor
        weighted = replace(panel, weights=weights)
        fit = cohort_regression(weighted, working, regressors.shared, regressors.own, regressors.dense)
        moved = np.subtract(working, fit.residuals, out=working)
        moved -= predictor
        at = int(np.abs(moved).argmax())
        if abs(moved[at]) < CLOSE:
            return fit, step, np.zeros(0, bool)
        if not looked and step > FALLING and outcome[at] == 0 and moved[at] < -0.5:
            looked, separated = True, separated_rows(regressors, outcome)
            if separated.any():
                return None, step, separated
        predictor, loss = _advanced(outcome, design_weights, predictor, moved, loss)
    todo = "look at outcomes that are almost all zero, or leave covariates out"
    raise DesignError("estimate", [Problem(sample.part, "the Poisson model does not converge", todo)])


def _advanced(
    outcome: np.ndarray, weights: np.ndarray | None, predictor: np.ndarray, moved: np.ndarray, loss: float
) -> tuple[np.ndarray, float]:
    """The next predictor, and its loss; steps that overshoot are halved."""
    share = 1.0
    for _ in range(MOST_HALVINGS):
        target = predictor + moved if share == 1 else predictor + share * moved
        with np.errstate(over="ignore"):
            each = np.exp(target) - outcome * target
        found = float(each.sum() if weights is None else weights @ each)
        if found <= loss + STALLED * abs(found):
            break
        share /= 2
    return target, found


def separated_rows(regressors: Regressors, outcome: np.ndarray) -> np.ndarray:
    """Zeros that some combination of regressors singles out: above zero there, zero at all other rows.

    Parameters
    ----------
    regressors : Regressors
    outcome : numpy.ndarray, shape (n,)

    Returns
    -------
    numpy.ndarray, shape (n,), bool
        By the iterated rectifier of Correia, Guimarães & Zylkin (2019, section 3.3), one regression a round.
    """
    at_edge = outcome == 0
    panel = replace(regressors.panel, weights=np.where(at_edge, 1.0, HEAVY))
    wanted = at_edge.astype(float)
    for _ in range(MOST_ROUNDS):
        rest = cohort_regression(panel, wanted, regressors.shared, regressors.own, regressors.dense).residuals
        fitted = np.where(np.abs(wanted - rest) < ROUNDING, 0.0, wanted - rest)
        if np.abs(rest).max() < ROUNDING:
            return at_edge & (fitted > 0)
        wanted = np.where(at_edge, np.maximum(fitted, 0.0), 0.0)
        if not wanted.any():
            break
    return np.zeros(len(outcome), bool)
