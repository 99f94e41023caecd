"""Student and normal tails, as the results need them."""

from __future__ import annotations

import numpy as np


def two_sided_p(statistic: np.ndarray, df: float) -> np.ndarray:
    """Two-sided p-values (K,) of t statistics; `df` inf means the normal distribution."""
    from scipy.special import ndtr, stdtr

    tail = -np.abs(statistic)
    return 2 * (ndtr(tail) if np.isinf(df) else stdtr(df, tail))


def critical_value(level: float, df: float) -> float:
    """Quantile that a two-sided interval of this level needs.

    Raises
    ------
    ValueError
        The level is not between 0 and 1.
    """
    from scipy.special import ndtri, stdtrit

    if not 0 < level < 1:
        raise ValueError(f"level {level} is not between 0 and 1")
    upper = (1 + level) / 2
    return float(ndtri(upper) if np.isinf(df) else stdtrit(df, upper))
