"""The average effect on the treated in levels and in percent, with its influence by row of the design.

Effects are of the treated hospital-periods, weighted by their cases; these weights are taken as given. Whatever the
model, it says a mean with and a mean without the reform for each treated row, and how the logarithms of both move with
its parameters: everything else is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.response.fitting import Fitted

COEFFICIENT, PERCENT, LEVEL = TERMS = ("coefficient", "percent", "level")


@dataclass(frozen=True)
class Effect:
    """One number of a model.

    Attributes
    ----------
    term : {"coefficient", "percent", "level"}
    value : float
        Coefficient in logarithms, effect in percent of the mean without the reform, or in units of the outcome.
    influence : numpy.ndarray, shape (design.n_obs,)
    """

    term: str
    value: float
    influence: np.ndarray


@dataclass(frozen=True)
class Factor:
    """A factor of retransformation: the mean of ``exp(ε)`` over the cases of some rows.

    Attributes
    ----------
    rows : numpy.ndarray, shape (n,), bool
    value : float
    moves, moves_without : numpy.ndarray, shape (n,)
        How the logarithm of each row's mean with and without the reform moves with that of the factor.
    influence : numpy.ndarray, shape (n,)
        By row.
    """

    rows: np.ndarray
    value: float
    moves: np.ndarray
    moves_without: np.ndarray
    influence: np.ndarray


@dataclass(frozen=True)
class Means:
    """Means with and without the reform by row of a fit with a logarithmic predictor.

    Attributes
    ----------
    fitted : Fitted
    mean, without : numpy.ndarray, shape (n,)
    factors : tuple of Factor
    """

    fitted: Fitted
    mean: np.ndarray
    without: np.ndarray
    factors: tuple[Factor, ...] = ()

    def influence(self, by_log: np.ndarray, by_log_without: np.ndarray) -> np.ndarray:
        """Influence by row (n,) on a function with these derivatives (n,) by the logarithms of both means."""
        pull = np.array([-by_log_without.sum()])
        found = self.fitted.fit.influence(by_log + by_log_without, pull)
        for factor in self.factors:
            moved = by_log @ factor.moves + by_log_without @ factor.moves_without
            found = found + moved / factor.value * factor.influence
        return found


def log_link_means(fitted: Fitted) -> Means:
    """``μ`` and ``μ exp(−β)`` of a family with a log link."""
    return Means(fitted, fitted.fit.mean, fitted.fit.mean * np.exp(-fitted.coefficient))


def effects_of_means(means: Means) -> list[Effect]:
    """Coefficient of treatment, and the mean over the treated with against without the reform."""
    fitted = means.fitted
    share = fitted.weights_of_treated()
    own = fitted.on_design(fitted.fit.influence(None, np.ones(1)))
    by_log, by_log_without = share * means.mean, share * means.without

    def influence(change: float, change_without: float) -> np.ndarray:
        return fitted.on_design(means.influence(change * by_log, change_without * by_log_without))

    return [
        Effect(COEFFICIENT, fitted.coefficient, own),
        *_compared(by_log.sum(), by_log_without.sum(), influence),
    ]


def two_part_effects(zeros: Fitted, positive: Means, sure: np.ndarray, cases: np.ndarray) -> list[Effect]:
    """Effects on the mean over all cases, ``p m``, of a model of the share p above zero and of the mean m of those.

    Parameters
    ----------
    zeros : Fitted
        Logit or linear model of the share.
    positive : Means
        Of the cases above zero.
    sure : numpy.ndarray, shape (design.n_obs,)
        Share of the cases above zero in hospitals where it is 0 or 1 throughout, NaN elsewhere: it stays.
    cases : numpy.ndarray, shape (design.n_obs,)
        Weight of each row in the average.

    Returns
    -------
    list of Effect
        In percent of the mean without the reform, and in levels; hospital-periods without a case above zero
        count where their hospital has none at all, and are left out of the average otherwise.
    """
    parts = _on_design(zeros, positive, sure)
    kept = parts.treated & np.isfinite(parts.share) & np.isfinite(parts.mean)
    weight = np.where(kept, cases, 0.0)
    weight = weight / weight.sum() if weight.any() else weight
    p1, p0, m1, m0 = (np.where(kept, x, 0.0) for x in (parts.share, parts.share0, parts.mean, parts.mean0))
    of_zeros, of_means = zeros.sample.rows, positive.fitted.sample.rows

    def influence(change: float, change_without: float) -> np.ndarray:
        by_share = weight * (change * parts.slope * m1 + change_without * parts.slope0 * m0)
        by_beta = np.array([-change_without * (weight * parts.slope0) @ m0])
        by_log, by_log_without = change * weight * p1 * m1, change_without * weight * p0 * m0
        first = zeros.fit.influence(by_share[of_zeros], by_beta)
        second = positive.influence(by_log[of_means], by_log_without[of_means])
        return zeros.on_design(first) + positive.fitted.on_design(second)

    return _compared(float(weight @ (p1 * m1)), float(weight @ (p0 * m0)), influence)


def _compared(
    with_reform: float, without: float, influence: Callable[[float, float], np.ndarray]
) -> list[Effect]:
    """Percent and level of two means, from the influence on combinations of both."""
    ratio = with_reform / without if without > 0 else np.nan
    return [
        Effect(PERCENT, 100 * (ratio - 1), 100 / without * influence(1.0, -ratio)),
        Effect(LEVEL, with_reform - without, influence(1.0, -1.0)),
    ]


@dataclass(frozen=True)
class _Parts:
    """Both parts on all rows of the design, with (no suffix) and without (0) the reform."""

    treated: np.ndarray
    share: np.ndarray
    share0: np.ndarray
    mean: np.ndarray
    mean0: np.ndarray
    slope: np.ndarray
    slope0: np.ndarray


def _on_design(zeros: Fitted, positive: Means, sure: np.ndarray) -> _Parts:
    design = zeros.sample.design
    share, share0 = (np.full(design.n_obs, np.nan) for _ in range(2))
    slope, slope0 = np.zeros((2, design.n_obs))
    rows, family = zeros.sample.rows, zeros.fit.family
    share[rows] = zeros.fit.mean
    share0[rows] = family.mean(zeros.fit.predictor - zeros.coefficient)
    slope[rows], slope0[rows] = family.slope(share[rows]), family.slope(share0[rows])
    known = np.isfinite(sure)
    for values, at in ((share, sure), (share0, sure), (slope, 0 * sure), (slope0, 0 * sure)):
        values[known] = at[known]
    mean, mean0 = (np.where(sure == 0, 0.0, np.nan) for _ in range(2))
    at = positive.fitted.sample.rows
    mean[at], mean0[at] = positive.mean, positive.without
    return _Parts(design.treated, share, share0, mean, mean0, slope, slope0)
