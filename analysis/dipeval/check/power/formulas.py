"""Minimum detectable effects by formula: Bloom's multiple, errors that hang together over time, any calendar.

Bloom (1995, *Evaluation Review* 19(5)): the smallest effect that a two-sided test finds with a given power is a
multiple of the standard error. Burlig, Preonas & Woerman (2020, *Journal of Development Economics* 144, equation 2):
that error in a panel with serial correlation, where all start at once. For other calendars the estimator is a known
weighted sum of city means, and its variance is exact.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.check.power.city_estimators import ESTIMATORS


def bloom_multiple(df: float, level: float = 0.95, power: float = 0.80) -> float:
    """How many standard errors the smallest detectable effect is: t of the test plus t of the power.

    Parameters
    ----------
    df : float
        Degrees of freedom; inf for normal.
    level : float
        One minus the level of the two-sided test.
    power : float
    """
    from scipy.stats import norm, t

    quantile = norm.ppf if np.isinf(df) else t(df).ppf
    return float(quantile(1 - (1 - level) / 2) + quantile(power))


def average_covariances(covariance: np.ndarray, before: int) -> tuple[float, float, float, float]:
    """σ², ψ of two periods before, of two after, and across, of a path with a covariance (T, T).

    With one period on a side there is no pair, and its ψ is 0: it has no weight then.
    """
    early, late = covariance[:before, :before], covariance[before:, before:]
    return (
        float(np.trace(covariance) / len(covariance)),
        _beside(early),
        _beside(late),
        float(covariance[:before, before:].mean()),
    )


def _beside(square: np.ndarray) -> float:
    n = len(square)
    return float((square.sum() - np.trace(square)) / (n * (n - 1))) if n > 1 else 0.0


def burlig_variance(
    units: int, share: float, before: int, after: int, psi: tuple[float, float, float, float]
) -> float:
    """Variance of two-way fixed effects where a share of the units starts at once (equation 2).

    Parameters
    ----------
    units : int
        J.
    share : float
        P, treated.
    before, after : int
        m and r.
    psi : (float, float, float, float)
        As of `average_covariances`.
    """
    variance, early, late, across = psi
    m, r = before, after
    inside = (m + r) / (m * r) * variance + (m - 1) / m * early + (r - 1) / r * late - 2 * across
    return inside / (share * (1 - share) * units)


def estimator_weights(estimator: str, dates: np.ndarray, size: np.ndarray, periods: int) -> np.ndarray:
    """What an estimate makes of the mean of each city and period (G, T), times the city's size.

    Cities with one date enter alike, so that sums over them are enough: O((K T)² T) for K dates.
    """
    kinds, kind = np.unique(dates, return_inverse=True)
    mass = np.bincount(kind, size)
    units = np.eye(len(kinds) * periods).reshape(len(kinds), periods, -1)
    by_kind = ESTIMATORS[estimator](kinds, mass, units)[0].reshape(len(kinds), periods)
    return by_kind[kind] * size[:, None]


def exact_variance(weights: np.ndarray, covariances: np.ndarray) -> float:
    """Variance of a weighted sum of independent paths, from weights (G, T) and covariances (G, T, T)."""
    return float(np.einsum("gs,gst,gt->", weights, covariances, weights))


def detectable(variances: Sequence[float], df: float, level: float, power: float) -> float:
    """The smallest detectable effect, for a variance that is the mean over who may be drawn."""
    return bloom_multiple(df, level, power) * float(np.sqrt(np.mean(variances)))
