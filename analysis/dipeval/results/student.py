"""Student and normal tails, as the results need them."""

from __future__ import annotations

import numpy as np


def two_sided_p(statistic: np.ndarray, df: float | np.ndarray) -> np.ndarray:
    """Two-sided p-values (K,) of t statistics; `df` is one for all or (K,), inf the normal distribution."""
    from scipy.special import ndtr, stdtr

    tail = -np.abs(statistic)
    return 2 * np.where(np.isinf(df), ndtr(tail), stdtr(np.where(np.isinf(df), 1.0, df), tail))


def critical_value(level: float, df: float | np.ndarray) -> np.ndarray:
    """Quantile that a two-sided interval of this level needs, in the shape of `df`.

    Raises
    ------
    ValueError
        The level is not between 0 and 1.
    """
    from scipy.special import ndtri, stdtrit

    if not 0 < level < 1:
        raise ValueError(f"level {level} is not between 0 and 1")
    upper = (1 + level) / 2
    return np.where(np.isinf(df), ndtri(upper), stdtrit(np.where(np.isinf(df), 1.0, df), upper))
