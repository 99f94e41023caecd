"""Synthetic control by predictors: donors by covariates and outcomes before, predictors by how well they serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.synthetic.block import Block, Weights
from dipeval.estimate.synthetic.simplex import SimplexFit, simplex_weights

CHOICES = ("nested", "cross_validated", "equal")
UNIQUE = 1e-8
"""Penalty on the sum of squared weights, of predictors with a standard deviation of one."""
FLAT = 1e-7
"""The search ends where the error differs by less than this part of the one it began with."""
EVALUATIONS = 120
"""At most, a predictor and start."""


@dataclass(frozen=True)
class _Predictors:
    """K predictors of donors (K, N0) and of the treated (K,), each over its standard deviation among all; which of the
    outcome and the covariates these are (p + 1,), bool: the others are alike everywhere."""

    donors: np.ndarray
    treated: np.ndarray
    vary: np.ndarray

    def fit(self, importance: np.ndarray) -> SimplexFit:
        root = np.sqrt(importance)
        return simplex_weights(root[:, None] * self.donors, root * self.treated, UNIQUE)


def predictor_weights(
    block: Block,
    solver: str = "exact",
    choice: str = "nested",
) -> Weights:
    """Weights of donors whose predictors are like those of the treated.

    Parameters
    ----------
    block : Block
        With covariates.
    solver : str
        Not used.
    choice : {"nested", "cross_validated", "equal"}
        Importance V of the predictors: so that the outcomes before fit best; so that predictors of the first half of
        the periods before fit the second half best, with weights then from predictors of the second half; all alike.

    Notes
    -----
    Abadie, Diamond & Hainmueller (2010, section 2.3; 2015, section 4.2). Predictors are means over the periods before of the outcome and of covariates,
    divided by their standard deviation among all units. V is searched by Nelder–Mead from equal importance, from the
    squared coefficients of a regression of the outcomes before, and from the best single predictor; V need not be
    unique. Where several sets of weights are alike to the predictors the most even one is taken. A few hundred fits
    of O(K² N0).
    """
    n = block.n_before
    if choice == "cross_validated":
        half = n // 2
        trained, later = _predictors(block, slice(0, half)), _predictors(block, slice(half, n))
        told = np.zeros(len(trained.vary))
        told[trained.vary] = _importance(block, trained, slice(half, n))
        importance = told[later.vary]
        found, vary = later.fit(importance), later.vary
    else:
        predictors = _predictors(block, slice(0, n))
        equal = np.full(len(predictors.treated), 1 / len(predictors.treated))
        importance = equal if choice == "equal" else _importance(block, predictors, slice(0, n))
        found, vary = predictors.fit(importance), predictors.vary
    every = np.zeros(len(vary))
    every[vary] = importance
    return Weights(found.weights, np.zeros(n), found.is_optimal, importance=every)


def predictor_means(block: Block, periods: slice) -> np.ndarray:
    """Means over periods of the outcome and of covariates (p + 1, N0 + 1): donors and, last, the treated."""
    n0 = len(block.donors)
    rows = [np.vstack([block.donors, block.path])[:, periods].mean(1)]
    for one in () if block.covariates is None else block.covariates:
        rows.append(np.vstack([one[:n0], block.shares @ one[n0:]])[:, periods].mean(1))
    return np.array(rows)


def _predictors(block: Block, periods: slice) -> _Predictors:
    table = predictor_means(block, periods)
    vary = table.std(1, ddof=1) > 1e-12 * np.maximum(np.abs(table).max(1), 1e-300)
    table = table[vary] / table[vary].std(1, ddof=1)[:, None]
    table = table - table[:, -1:]  # weights add up to one: the level is nothing to them
    return _Predictors(table[:, :-1], table[:, -1], vary)


def _importance(block: Block, predictors: _Predictors, periods: slice) -> np.ndarray:
    """V (K,), which adds up to one."""
    outcomes, path = block.donors[:, periods], block.path[periods]

    def error(importance: np.ndarray) -> float:
        return float(((path - predictors.fit(importance).weights @ outcomes) ** 2).mean())

    k = len(predictors.treated)
    starts = [np.full(k, 1 / k), _by_regression(predictors, outcomes, path)]
    starts.append(min((np.eye(k)[j] for j in range(k)), key=error))
    return min((_searched(error, start) for start in starts), key=error)


def _by_regression(predictors: _Predictors, outcomes: np.ndarray, path: np.ndarray) -> np.ndarray:
    """Squared coefficients of the outcomes of all units on their predictors."""
    x = np.column_stack([predictors.donors, predictors.treated]).T
    y = np.vstack([outcomes, path])
    slopes = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), y, rcond=None)[0][1:]
    size = (slopes**2).sum(1)
    return size / size.sum() if size.sum() > 0 else np.full(len(size), 1 / len(size))


def _searched(error: Callable[[np.ndarray], float], start: np.ndarray) -> np.ndarray:
    from scipy.optimize import minimize

    if len(start) == 1:
        return start

    def at(root: np.ndarray) -> np.ndarray:
        size = root**2
        return size / size.sum() if size.sum() > 0 else np.full(len(size), 1 / len(size))

    most = EVALUATIONS * len(start)
    found = minimize(
        lambda root: error(at(root)),
        np.sqrt(start),
        method="Nelder-Mead",
        options={"maxfev": most, "xatol": 1e-4, "fatol": FLAT * error(start)},
    )
    best = at(found.x)
    return best if error(best) <= error(start) else start
