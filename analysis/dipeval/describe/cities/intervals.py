"""Confidence intervals of ratios, on the scale on which they can be believed.

An amount is above zero and a share lies between 0 and 1: intervals are made on the logarithm and the
logit by the delta method and turned back, so they never leave the range.
"""

from __future__ import annotations

import numpy as np

SCALES = ("plain", "log", "logit")


def on_scale(value: np.ndarray, std_error: np.ndarray, scale: str) -> tuple[np.ndarray, np.ndarray]:
    """Bring values and their standard errors to a scale; NaN where it does not reach (log of 0).

    Parameters
    ----------
    value, std_error : numpy.ndarray, shape (n,)
    scale : {"plain", "log", "logit"}

    Raises
    ------
    ValueError
        If the scale is another word.
    """
    if scale not in SCALES:
        raise ValueError(f"{scale!r} is none of {SCALES}")
    if scale == "plain":
        return value.copy(), std_error.copy()
    inside = value > 0 if scale == "log" else (value > 0) & (value < 1)
    safe = np.where(inside, value, 0.5)
    if scale == "log":
        moved, slope = np.log(safe), 1.0 / safe
    else:
        moved, slope = np.log(safe / (1.0 - safe)), 1.0 / (safe * (1.0 - safe))
    return np.where(inside, moved, np.nan), np.where(inside, std_error * slope, np.nan)


def back(moved: np.ndarray, scale: str) -> np.ndarray:
    """The inverse of `on_scale`, for values; far from zero it ends in 0, 1 or infinity."""
    if scale == "log":
        with np.errstate(over="ignore"):
            return np.exp(moved)
    return 0.5 * (1.0 + np.tanh(moved / 2.0)) if scale == "logit" else moved.copy()


def interval(
    value: np.ndarray, std_error: np.ndarray, df: np.ndarray, scale: str, level: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Two-sided interval by Student's t: back(scale(value) ± t(df) · error on the scale).

    Parameters
    ----------
    value, std_error, df : numpy.ndarray, shape (n,)
    scale : {"plain", "log", "logit"}
    level : float

    Returns
    -------
    low, high : numpy.ndarray, shape (n,)
        NaN where the error is not defined or the scale does not reach.
    """
    from scipy.stats import t

    moved, error = on_scale(value, std_error, scale)
    reach = t.ppf(0.5 + level / 2.0, df) * error
    return back(moved - reach, scale), back(moved + reach, scale)
