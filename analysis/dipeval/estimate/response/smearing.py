"""From logarithms back to amounts: Duan's smearing, one factor for all or one by group and moment.

``E y = exp(x'β) · E exp(ε)``. The mean of ``exp(ε)`` over cases is their mean of ``y exp(−x'β)``, so a cell's sum of
amounts is all it needs (Duan 1983). Where the errors' spread differs between groups and moments, so does the factor,
and the effect in percent is not that of the logarithms (Manning 1998): the treated have the factor of their cohort
before the reform, changed in proportion as that of untreated hospital-periods from then on against those before.
"""

from __future__ import annotations

import numpy as np

from dipeval.estimate.response.effects import Factor, Means
from dipeval.estimate.response.fitting import Fitted


def smeared_means(fitted: Fitted, total: np.ndarray, by_group: bool) -> Means:
    """Means of the amounts themselves by a log-linear model.

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
    Means
        Whose influence carries the uncertainty of the factors.
    """
    lifted = total * np.exp(-fitted.fit.predictor)
    actual, missed, factors = _by_group(fitted, lifted) if by_group else _common(fitted, lifted)
    median = np.exp(fitted.fit.predictor)
    return Means(fitted, actual * median, missed * median * np.exp(-fitted.coefficient), tuple(factors))


def _factor(
    fitted: Fitted, lifted: np.ndarray, rows: np.ndarray, moves: np.ndarray, moves_without: np.ndarray
) -> Factor:
    """The mean of ``exp(ε)`` over some rows; it moves with their predictors too."""
    cases = fitted.weights[rows].sum()
    value = float(lifted[rows].sum() / cases)
    direct = np.where(rows, lifted - fitted.weights * value, 0.0) / cases
    carried = fitted.fit.influence(np.where(rows, -lifted, 0.0) / cases, np.zeros(1))
    return Factor(rows, value, moves.astype(float), moves_without.astype(float), direct + carried)


def _common(fitted: Fitted, lifted: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[Factor]]:
    one = np.ones(len(lifted))
    found = _factor(fitted, lifted, one > 0, one, one)
    return one * found.value, one * found.value, [found]


def _by_group(fitted: Fitted, lifted: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[Factor]]:
    sample, treated = fitted.sample, fitted.treated
    first = sample.layout.spread(sample.first_treated)
    nothing, found = np.zeros(len(lifted)), []
    actual, missed = np.ones((2, len(lifted)))
    for start in np.unique(first[treated]):
        mine = first == start
        after, before = mine & treated, mine & ~treated
        others = ~mine & ~treated
        later, earlier = others & (sample.time >= start), others & (sample.time < start)
        own = _factor(fitted, lifted, after, after, nothing)
        actual[after] = own.value
        # a cohort without rows before has the factor of all that are untreated
        was = _factor(fitted, lifted, before if before.any() else ~treated, nothing, after)
        missed[after] = was.value
        found += [own, was]
        if later.any() and earlier.any():
            now = _factor(fitted, lifted, later, nothing, after)
            then = _factor(fitted, lifted, earlier, nothing, -after.astype(float))
            missed[after] *= now.value / then.value
            found += [now, then]
    return actual, missed, found
