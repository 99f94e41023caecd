"""Critical values of |N(t, 1)|: how long an interval must be when an estimate is biased by up to t errors."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

STEPS = 60
"""Newton steps at most; six are usual."""


def folded_critical_value(bias: float, alpha: float) -> float:
    """The 1 - α quantile of |N(t, 1)|.

    Parameters
    ----------
    bias : float
        t, at least 0: largest bias over standard error.
    alpha : float

    Returns
    -------
    float
        To machine precision: Newton's method on P(|N(t, 1)| > c) = α. It lies between t + z_{1-α} and
        t + z_{1-α/2}, is convex in t, and has the slope `folded_slope`.

    Notes
    -----
    Armstrong & Kolesár (2018), *Econometrica* 86(2), equation 18 there; Rambachan & Roth (2023), section 3.3.
    """
    lowest, value = bias - ndtri(alpha), bias - ndtri(alpha / 2)
    for _ in range(STEPS):
        above = ndtr(bias - value) + ndtr(-bias - value) - alpha
        density = np.exp(-0.5 * (value - bias) ** 2) + np.exp(-0.5 * (value + bias) ** 2)
        step = above * np.sqrt(2 * np.pi) / density
        value = max(value + step, lowest)
        if abs(step) <= 4e-16 * value:
            break
    return float(value)


def folded_slope(value: float, bias: float) -> float:
    """Derivative of the critical value ``value`` with respect to t = ``bias``: tanh(c t), by implicit differentiation."""
    return float(np.tanh(value * bias))
