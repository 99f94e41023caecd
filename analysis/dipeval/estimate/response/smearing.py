"""From logarithms back to amounts: Duan's smearing, one factor for all or one by group and moment.

``E y = exp(x'β) · E exp(ε)``. The mean of ``exp(ε)`` over cases is their mean of ``y exp(−x'β)``, so a cell's sum of
amounts is all it needs (Duan 1983). Where the errors' spread differs between groups and moments, so does the factor,
and the effect in percent is not that of the logarithms (Manning 1998): the treated have the factor of their cohort
before the reform, changed in proportion as that of untreated hospital-periods from then on against those before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.estimate.response.effects import COEFFICIENT, LEVEL, PERCENT, Effect
from dipeval.estimate.response.fitting import Fitted


@dataclass(frozen=True)
class Factors:
    """Smearing factors with (`actual`) and without (`missed`) the reform of each treated row.

    Attributes
    ----------
    actual, missed : numpy.ndarray, shape (n,)
    groups : tuple of (numpy.ndarray (n,) bool, float, numpy.ndarray (n,), numpy.ndarray (n,))
        Rows behind a factor, its value, and how the logarithms of `actual` and `missed` of each row move with its
        own.
    """

    actual: np.ndarray
    missed: np.ndarray
    groups: tuple[tuple[np.ndarray, float, np.ndarray, np.ndarray], ...]


def smeared_effects(fitted: Fitted, total: np.ndarray, by_group: bool) -> list[Effect]:
    """Effects of a log-linear model on the amounts themselves.

    Parameters
    ----------
    fitted : Fitted
        Least squares of mean logarithms, weighted by the cases above zero.
    total : numpy.ndarray, shape (n,)
        Sum of the amounts of each row.
    by_group : bool
        A factor by cohort and moment, or one for all.

    Returns
    -------
    list of Effect
        The errors carry the uncertainty of the factors.
    """
    fit, beta = fitted.fit, fitted.coefficient
    lifted = total * np.exp(-fit.predictor)
    factors = _by_group(fitted, lifted) if by_group else _common(fitted, lifted)
    share = fitted.weights_of_treated()
    median = np.exp(fit.predictor)
    with_reform, without = share * factors.actual * median, share * factors.missed * median * np.exp(-beta)
    sum1, sum0 = with_reform.sum(), without.sum()

    def influence(change1: float, change0: float) -> np.ndarray:
        """Of ``change1 sum1 + change0 sum0``."""
        own = fit.influence(change1 * with_reform + change0 * without, np.array([-change0 * sum0]))
        for rows, value, moves1, moves0 in factors.groups:
            pull = change1 * (with_reform @ moves1) + change0 * (without @ moves0)
            own = own + pull / value * _factor_influence(fitted, lifted, rows, value)
        return own

    coefficient = fit.influence(None, np.ones(1))
    ratio = sum1 / sum0 if sum0 > 0 else np.nan
    return [
        Effect(COEFFICIENT, beta, fitted.on_design(coefficient)),
        Effect(PERCENT, 100 * (ratio - 1), fitted.on_design(100 / sum0 * influence(1.0, -ratio))),
        Effect(LEVEL, float(sum1 - sum0), fitted.on_design(influence(1.0, -1.0))),
    ]


def _factor(fitted: Fitted, lifted: np.ndarray, rows: np.ndarray) -> float:
    return float(lifted[rows].sum() / fitted.weights[rows].sum())


def _factor_influence(fitted: Fitted, lifted: np.ndarray, rows: np.ndarray, value: float) -> np.ndarray:
    """Influence by row on the mean of ``exp(ε)`` over some rows."""
    cases = fitted.weights[rows].sum()
    direct = np.where(rows, lifted - fitted.weights * value, 0.0) / cases
    return direct + fitted.fit.influence(np.where(rows, -lifted, 0.0) / cases, np.zeros(1))


def _common(fitted: Fitted, lifted: np.ndarray) -> Factors:
    rows, one = np.ones(len(lifted), bool), np.ones(len(lifted))
    value = _factor(fitted, lifted, rows)
    return Factors(one * value, one * value, ((rows, value, one, one),))


def _by_group(fitted: Fitted, lifted: np.ndarray) -> Factors:
    sample = fitted.sample
    treated, first = fitted.treated, sample.layout.spread(sample.first_treated)
    n = len(lifted)
    actual, missed = np.ones(n), np.ones(n)
    groups = []

    def known(rows: np.ndarray, moves1: np.ndarray, moves0: np.ndarray) -> float:
        value = _factor(fitted, lifted, rows)
        groups.append((rows, value, moves1.astype(float), moves0.astype(float)))
        return value

    for start in np.unique(first[treated]):
        mine = first == start
        after, before = mine & treated, mine & ~treated
        actual[after] = known(after, after, np.zeros(n))
        missed[after] = (
            known(before, np.zeros(n), after) if before.any() else _factor(fitted, lifted, ~treated)
        )
        others = ~mine & ~treated
        later, earlier = others & (sample.time >= start), others & (sample.time < start)
        if later.any() and earlier.any():
            missed[after] *= known(later, np.zeros(n), after)
            missed[after] /= known(earlier, np.zeros(n), -after.astype(float))
    return Factors(actual, missed, tuple(groups))
