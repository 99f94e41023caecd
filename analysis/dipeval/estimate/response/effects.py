"""The average effect on the treated in levels and in percent, with its influence by row of the design.

Effects are of the treated hospital-periods, weighted by their cases; these weights are taken as given. Each value is
a function of predictors and coefficients, so its influence is that of a fit (`ResponseFit.influence`).
"""

from __future__ import annotations

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


def log_link_effects(fitted: Fitted) -> list[Effect]:
    """Effects of a family with a log link.

    ``100 (exp β − 1)`` percent, and in levels the mean over the treated of ``μ − μ exp(−β)``.
    """
    fit, beta = fitted.fit, fitted.coefficient
    share = fitted.weights_of_treated()
    without = fit.mean * np.exp(-beta)
    level = fit.influence(share * (fit.mean - without), np.array([share @ without]))
    own = fit.influence(None, np.ones(1))
    return [
        Effect(COEFFICIENT, beta, fitted.on_design(own)),
        Effect(PERCENT, 100 * np.expm1(beta), fitted.on_design(100 * np.exp(beta) * own)),
        Effect(LEVEL, float(share @ (fit.mean - without)), fitted.on_design(level)),
    ]


def two_part_effects(zeros: Fitted, positive: Fitted, sure: np.ndarray, cases: np.ndarray) -> list[Effect]:
    """Effects on the mean over all cases, ``p m``, of a model of the share p above zero and of the mean m of those.

    Parameters
    ----------
    zeros, positive : Fitted
        Logit or linear model of the share; log-link model of the mean above zero.
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
    n_rows = len(sure)
    parts = _on_design(zeros, positive, sure)
    kept = parts.treated & np.isfinite(parts.share) & np.isfinite(parts.mean)
    weight = np.where(kept, cases, 0.0)
    weight = weight / weight.sum() if weight.any() else weight
    p1, p0, m1, m0 = (np.where(kept, x, 0.0) for x in (parts.share, parts.share0, parts.mean, parts.mean0))
    with_reform, without = float(weight @ (p1 * m1)), float(weight @ (p0 * m0))
    slope1, slope0 = parts.slopes

    def influence(change1: float, change0: float) -> np.ndarray:
        """Of ``change1 Σ w p₁ m₁ + change0 Σ w p₀ m₀``."""
        by_zeros = weight * (change1 * slope1 * m1 + change0 * slope0 * m0)
        by_mean = weight * (change1 * p1 * m1 + change0 * p0 * m0)
        of_zeros = np.array([-change0 * (weight * slope0) @ m0])
        of_mean = np.array([-change0 * (weight * p0) @ m0])
        total = np.zeros(n_rows)
        total += zeros.on_design(zeros.fit.influence(by_zeros[zeros.sample.rows], of_zeros))
        total += positive.on_design(positive.fit.influence(by_mean[positive.sample.rows], of_mean))
        return total

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
    slopes: tuple[np.ndarray, np.ndarray]


def _on_design(zeros: Fitted, positive: Fitted, sure: np.ndarray) -> _Parts:
    design = zeros.sample.design
    share, share0, slope1, slope0 = (np.full(design.n_obs, np.nan) for _ in range(4))
    rows, family = zeros.sample.rows, zeros.fit.family
    share[rows] = zeros.fit.mean
    share0[rows] = family.mean(zeros.fit.predictor - zeros.coefficient)
    slope1[rows], slope0[rows] = family.slope(share[rows]), family.slope(share0[rows])
    known = np.isfinite(sure)
    share[known] = share0[known] = sure[known]
    slope1, slope0 = (np.where(known | np.isnan(slope), 0.0, slope) for slope in (slope1, slope0))
    mean, mean0 = (np.where(sure == 0, 0.0, np.full(design.n_obs, np.nan)) for _ in range(2))
    mean[positive.sample.rows] = positive.fit.mean
    mean0[positive.sample.rows] = positive.fit.mean * np.exp(-positive.coefficient)
    return _Parts(design.treated, share, share0, mean, mean0, (slope1, slope0))
