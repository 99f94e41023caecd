"""A family's mean with hospital and period effects, by reweighted least squares on the exact projector.

``g(E y_it) = α_i + γ_t + x_it' β``. Rows are hospital-periods with the mean over their cases, weighted by their
number: as all cases of a row share their predictor, their score is that of the row, so the coefficients and the
clustered errors are those of the regression on cases, to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.projector import TwoWayProjector, fit_projector
from dipeval.estimate.response.families import LINEAR, Family
from dipeval.estimate.sample import Sample

MOST_STEPS = 200
CLOSE = 1e-11
ROUNDED = 1e-7
"""A step below it that is no smaller than the one before moves by rounding alone."""
STALLED = 1e-12
MOST_HALVINGS = 30
UNDETERMINED = 1e-10


@dataclass(frozen=True)
class ResponseFit:
    """A fitted family of n rows with p columns beside the two-way effects.

    Attributes
    ----------
    family : Family
    predictor, mean : numpy.ndarray, shape (n,)
    coefficients : numpy.ndarray, shape (p,)
        NaN where hospital and period effects leave nothing of a column.
    score : numpy.ndarray, shape (n,)
        Derivative of each row's quasi-likelihood by its predictor.
    projector : TwoWayProjector
        Weighted by the observed negative second derivative of each row's quasi-likelihood.
    left : numpy.ndarray, shape (n, p)
        Columns without hospital and period effects, by those weights.
    inverse : numpy.ndarray, shape (p, p)
        Inverse of their weighted cross-product; zero for columns that are not determined.
    steps : int
    """

    family: Family
    predictor: np.ndarray
    mean: np.ndarray
    coefficients: np.ndarray
    score: np.ndarray
    projector: TwoWayProjector
    left: np.ndarray
    inverse: np.ndarray
    steps: int

    @property
    def n_parameters(self) -> int:
        """K of the small-sample rule: columns and period effects; hospital effects are nested in clusters."""
        free = self.projector.n_periods_seen - self.projector.n_components + 1
        return int(np.isfinite(self.coefficients).sum()) + free

    def influence(self, by_predictor: np.ndarray | None, by_coefficient: np.ndarray) -> np.ndarray:
        """Influence by row on a function of predictors and coefficients.

        Parameters
        ----------
        by_predictor : numpy.ndarray, shape (n,), or None
            Its derivatives by the predictors.
        by_coefficient : numpy.ndarray, shape (p,)
            Its own derivatives by the coefficients.

        Returns
        -------
        numpy.ndarray, shape (n,)
            The score times the derivative, carried by the inverse of the observed information (Huber 1967): the
            derivative of the function by the weight of each row. No effect is written out. O(n p + T²).
        """
        pull = by_coefficient
        carried = np.zeros(len(self.mean))
        if by_predictor is not None:
            pull = pull + self.left.T @ by_predictor
            carried = _effects_of_sums(self.projector, by_predictor)
        return self.score * (carried + self.left @ (self.inverse @ pull))


def _effects_of_sums(projector: TwoWayProjector, products: np.ndarray) -> np.ndarray:
    """Least-squares effects (n,) of a column that is given times its weights, which may be zero."""
    unit = np.add.reduceat(products, projector.starts) / projector.unit_weight
    by_time = np.bincount(projector.time, products, minlength=projector.n_periods)
    period = projector.inverse @ (by_time - projector.time_sums(unit[projector.local]))
    left = unit - projector.unit_means(period[projector.time])
    return left[projector.local] + period[projector.time]


def fit_two_way(
    sample: Sample, family: Family, outcome: np.ndarray, weights: np.ndarray, columns: np.ndarray
) -> ResponseFit:
    """Fit a family with hospital and period effects.

    Parameters
    ----------
    sample : Sample
        n rows, none of them separated (see `separation`).
    family : Family
    outcome : numpy.ndarray, shape (n,)
        Means by row.
    weights : numpy.ndarray, shape (n,)
        Positive; the cases behind each mean.
    columns : numpy.ndarray, shape (n, p)

    Returns
    -------
    ResponseFit

    Raises
    ------
    DesignError
        No convergence in `MOST_STEPS` steps.

    Notes
    -----
    Fisher scoring with halved steps (Correia, Guimarães & Zylkin 2020 for the scheme); each step is one exact
    two-way solve, O(n p² + N T²), usually 5 to 20 of them.
    """
    predictor = family.start(outcome, float(np.average(outcome, weights=weights)))
    loss, last = np.inf, np.inf  # the first predictor is none of the model, so nothing is compared with it
    for step in range(1, MOST_STEPS + 1):
        target = _step(sample, family, outcome, weights, columns, predictor)
        if family is LINEAR:
            return _finished(sample, family, outcome, weights, columns, target, step)
        moved = target - predictor
        size = float(np.abs(moved).max())
        found = _loss(family, outcome, weights, target)
        share = 1.0
        while not found <= loss + STALLED * abs(found) and share > 2.0**-MOST_HALVINGS and size > ROUNDED:
            share /= 2
            found = _loss(family, outcome, weights, predictor + share * moved)
        predictor, loss = predictor + share * moved, found
        if size < CLOSE or size < ROUNDED and size >= last:
            return _finished(sample, family, outcome, weights, columns, predictor, step)
        last = size
    todo = "look at outcomes that are almost all zero, or take another model"
    raise DesignError("estimate", [Problem(sample.part, f"{family.name} does not converge", todo)])


def _step(
    sample: Sample,
    family: Family,
    outcome: np.ndarray,
    weights: np.ndarray,
    columns: np.ndarray,
    predictor: np.ndarray,
) -> np.ndarray:
    """The predictor of the next weighted least squares."""
    mean = family.mean(predictor)
    slope = family.slope(mean)
    weight = weights * slope**2 / family.variance(mean)
    working = predictor + (outcome - mean) / slope
    projector, left, inverse = _partial(sample, weight, columns)
    rest = projector.residuals(working)
    return working - (rest - left @ (inverse @ (left.T @ (weight * rest))))


def _partial(
    sample: Sample, weight: np.ndarray, columns: np.ndarray
) -> tuple[TwoWayProjector, np.ndarray, np.ndarray]:
    """Projector, columns without effects (n, p), and the inverse of their cross-product (p, p)."""
    design = sample.design
    projector = fit_projector(sample.unit, sample.time, weight, design.n_units, design.n_periods)
    left = np.stack([projector.residuals(column) for column in columns.T], axis=1)
    gram = left.T @ (weight[:, None] * left)
    whole = np.einsum("i,ij,ij->j", weight, columns, columns)
    known = np.diag(gram) > UNDETERMINED * np.maximum(whole, np.finfo(float).tiny)
    inverse = np.zeros_like(gram)
    if known.any():
        inverse[np.ix_(known, known)] = np.linalg.inv(gram[np.ix_(known, known)])
    return projector, left * known, inverse


def _finished(
    sample: Sample,
    family: Family,
    outcome: np.ndarray,
    weights: np.ndarray,
    columns: np.ndarray,
    predictor: np.ndarray,
    steps: int,
) -> ResponseFit:
    """Coefficients, score and observed information at the solution."""
    mean = family.mean(predictor)
    projector, left, inverse = _partial(sample, weights * family.information(outcome, mean), columns)
    known = np.diag(inverse) > 0
    # the predictor is effects plus columns times coefficients, so its own regression gives these back
    slopes = inverse @ (left.T @ (projector.weights * projector.residuals(predictor)))
    score = weights * (outcome - mean) * family.slope(mean) / family.variance(mean)
    coefficients = np.where(known, slopes, np.nan)
    return ResponseFit(family, predictor, mean, coefficients, score, projector, left, inverse, steps)


def _loss(family: Family, outcome: np.ndarray, weights: np.ndarray, predictor: np.ndarray) -> float:
    """The quasi-likelihood's loss; infinite where a step went astray, so that it is halved."""
    with np.errstate(all="ignore"):
        total = float(weights @ family.loss(outcome, family.mean(predictor)))
    return total if np.isfinite(total) else np.inf
