"""What an interruption changed: at each period, on average, in sum, and the path without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.estimate.interrupted.fit import SeriesFit
from dipeval.results.student import critical_value, two_sided_p


@dataclass(frozen=True)
class Path:
    """Values over positions with their errors and intervals.

    Attributes
    ----------
    position : numpy.ndarray, shape (m,), int
    value, std_error, low, high : numpy.ndarray, shape (m,)
    """

    position: np.ndarray
    value: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Change:
    """One number with its error.

    Attributes
    ----------
    value, std_error, p_value, low, high : float
    """

    value: float
    std_error: float
    p_value: float
    low: float
    high: float


def change_of(fit: SeriesFit, weights: np.ndarray, level: float = 0.95) -> Change:
    """A weighted sum of coefficients (k,) with its error, by the rule of the fit."""
    return _stated(float(weights @ fit.params), fit, weights, level)


def _stated(value: float, fit: SeriesFit, weights: np.ndarray, level: float) -> Change:
    """A number whose derivative by the coefficients is `weights` (k,)."""
    error = float(np.sqrt(max(weights @ fit.cov @ weights, 0.0)))
    if not error > 0:
        return Change(value, np.nan, np.nan, np.nan, np.nan)
    reach = float(critical_value(level, fit.degrees)) * error
    p_value = float(two_sided_p(np.array([value / error]), fit.degrees)[0])
    return Change(value, error, p_value, value - reach, value + reach)


def term_change(fit: SeriesFit, term: str, level: float = 0.95) -> Change:
    """A coefficient by name."""
    return change_of(fit, np.array([name == term for name in fit.segments.names], float), level)


def effects(fit: SeriesFit, level: float = 0.95) -> Path:
    """Effect at each fitted position after the first interruption, on the scale of the model.

    Bernal et al. (2017); under a log link differences of logarithms. O(m k²).
    """
    design = fit.segments
    moved = design.columns - design.counterfactual
    position = np.flatnonzero((moved != 0).any(1) & design.used)
    return _path(fit, moved[position], position, level)


def average_effect(fit: SeriesFit, level: float = 0.95, weights: np.ndarray | None = None) -> Change:
    """Mean effect over the fitted positions after the first interruption.

    Parameters
    ----------
    weights : numpy.ndarray, shape (n,), optional
        Of the positions, such as discharges; default alike.
    """
    design = fit.segments
    moved = design.columns - design.counterfactual
    after = (moved != 0).any(1) & design.used
    share = np.where(after, 1.0 if weights is None else weights, 0.0)
    return change_of(fit, share / share.sum() @ moved, level)


def cumulative_effect(fit: SeriesFit, level: float = 0.95, weights: np.ndarray | None = None) -> Change:
    """Sum of the effects over the fitted positions, each times its weight: fund spent, bed days used."""
    design = fit.segments
    moved = design.columns - design.counterfactual
    after = (moved != 0).any(1) & design.used
    share = np.where(after, 1.0 if weights is None else weights, 0.0)
    return change_of(fit, share @ moved, level)


def excess_counts(fit: SeriesFit, exposure: np.ndarray, level: float = 0.95) -> Change:
    """Cases beyond those expected without the interruptions, over the fitted positions after the first.

    Parameters
    ----------
    fit : SeriesFit
        With a log link.
    exposure : numpy.ndarray, shape (n,)
    level : float

    Notes
    -----
    The sum of exposure x (exp(x b) - exp(x0 b)), its error by the delta method.
    """
    design = fit.segments
    after = (design.columns != design.counterfactual).any(1) & design.used
    size = np.asarray(exposure, float)[after]
    x, plain = design.columns[after], design.counterfactual[after]
    expected, without = size * np.exp(x @ fit.params), size * np.exp(plain @ fit.params)
    return _stated(float((expected - without).sum()), fit, expected @ x - without @ plain, level)


def fitted_path(fit: SeriesFit, level: float = 0.95) -> Path:
    """Expected values at all positions, with intervals of the mean."""
    return _path(fit, fit.segments.columns, np.arange(len(fit.segments.columns)), level)


def counterfactual_path(fit: SeriesFit, level: float = 0.95) -> Path:
    """Expected values had nothing been interrupted, with intervals of the mean."""
    return _path(fit, fit.segments.counterfactual, np.arange(len(fit.segments.columns)), level)


def _path(fit: SeriesFit, rows: np.ndarray, position: np.ndarray, level: float) -> Path:
    value = rows @ fit.params
    error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", rows, fit.cov, rows), 0.0))
    reach = critical_value(level, fit.degrees) * error
    return Path(position, value, error, value - reach, value + reach)
