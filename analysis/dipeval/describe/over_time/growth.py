"""Growth of a series of positive numbers, on arrays."""

from __future__ import annotations

import numpy as np


def growth(values: np.ndarray, *, logarithms: bool = False) -> np.ndarray:
    """Growth from each value to the next, as a share.

    ``y_t / y_(t-1) - 1``; of logarithms ``exp(y_t - y_(t-1)) - 1``.

    Parameters
    ----------
    values : numpy.ndarray, shape (n,)
    logarithms : bool
        Whether the values are logarithms.

    Returns
    -------
    numpy.ndarray, shape (n,)
        The first is NaN, and so is each whose values are missing, or not above 0 where they are no logarithms.
    """
    made = np.full(len(values), np.nan)
    for t in range(1, len(values)):
        made[t] = compound(values[[t - 1, t]], 1, logarithms=logarithms)
    return made


def compound(values: np.ndarray, years: int, *, logarithms: bool = False) -> float:
    """Growth a year that leads from the first value to the last in so many years: ``(y_T / y_0)^(1/T) - 1``.

    NaN where one of them is missing, or not above 0 where they are no logarithms.
    """
    first, last = float(values[0]), float(values[-1])
    if not np.isfinite([first, last]).all():
        return float("nan")
    if logarithms:
        return float(np.expm1((last - first) / years))
    if first <= 0 or last <= 0:
        return float("nan")
    return float((last / first) ** (1 / years) - 1)
