"""Intervals for an effect that is known to lie between two bounds (Imbens & Manski 2004)."""

from __future__ import annotations

import numpy as np


def bounded_interval(
    lower: float, upper: float, low_error: float, high_error: float, level: float, degrees: float = np.inf
) -> tuple[float, float]:
    """An interval that covers the effect, wherever between the bounds it lies, with the level's probability.

    Parameters
    ----------
    lower, upper : float
        The bounds as estimated; crossed bounds are taken for a point, their middle.
    low_error, high_error : float
        Their standard errors.
    level : float
    degrees : float
        Of the t distribution that takes the normal one's place where clusters are few.

    Returns
    -------
    (float, float)
        ``lower - c low_error`` and ``upper + c high_error`` with ``F(c + (upper - lower)/max error) - F(-c) = level``
        (Econometrica 72:1845, equation 7): from the two-sided value for a point to the one-sided one for wide bounds,
        since the effect cannot be beyond both ends. NaN where an error is unknown.
    """
    if not np.isfinite([lower, upper, low_error, high_error]).all():
        return np.nan, np.nan
    if lower > upper:
        lower = upper = (lower + upper) / 2
    largest = max(low_error, high_error)
    if largest == 0:
        return lower, upper
    reach = critical_reach((upper - lower) / largest, level, degrees)
    return lower - reach * low_error, upper + reach * high_error


def critical_reach(width: float, level: float, degrees: float = np.inf) -> float:
    """The number c with ``F(c + width) - F(-c) = level``, by bisection to rounding."""
    from scipy.special import ndtr, stdtr

    def covered(c: float) -> float:
        ends = (c + width, -c)
        if np.isinf(degrees):
            return float(ndtr(ends[0]) - ndtr(ends[1]))
        return float(stdtr(degrees, ends[0]) - stdtr(degrees, ends[1]))

    low, high = 0.0, 1.0
    while covered(high) < level:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if covered(middle) >= level else (middle, high)
    return high
