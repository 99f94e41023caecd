"""Seasonal adjustment of one series, on arrays."""

from __future__ import annotations

import numpy as np

CYCLES = 2
"""Fewer whole years than this show no season."""
STL_WINDOW = 7
"""Width of the seasonal smoother in years (Cleveland et al. 1990, section 3.2: at least 7, odd)."""


def stl_season(values: np.ndarray, length: int) -> np.ndarray:
    """The seasonal component by STL: smoothing by local regression.

    Cleveland, Cleveland, McRae and Terpenning (1990, Journal of Official Statistics 6:3), not robust, seasonal
    window 7, as statsmodels has it.

    Parameters
    ----------
    values : numpy.ndarray, shape (n,)
        Without gaps; NaN may stand before the first and after the last value.
    length : int
        Periods of a year.

    Returns
    -------
    numpy.ndarray, shape (n,)
        NaN where there is no value.

    Raises
    ------
    ValueError
        With a gap, or fewer than `CYCLES` whole years. Says which.
    """
    from statsmodels.tsa.seasonal import STL

    inside = _inside(values)
    known = values[inside]
    if not np.isfinite(known).all():
        raise ValueError("STL needs every period between the first and the last")
    _long_enough(int(len(known)), length)
    season = np.full(len(values), np.nan)
    season[inside] = STL(known, period=length, seasonal=STL_WINDOW).fit().seasonal
    return season


def dummy_season(values: np.ndarray, first: int, length: int) -> np.ndarray:
    """The seasonal component by least squares on a straight line and an effect of each period of the year.

    ``y_t = a + b t + s(t mod length) + e``, with the mean of ``s`` over the periods of a year 0. Gaps are left out.

    Parameters
    ----------
    values : numpy.ndarray, shape (n,)
        NaN in gaps.
    first : int
        Which period of the year the first value is of, from 0.
    length : int
        Periods of a year.

    Returns
    -------
    numpy.ndarray, shape (n,)
        NaN where there is no value.

    Raises
    ------
    ValueError
        With fewer than `CYCLES` values of some period of the year.
    """
    place = (first + np.arange(len(values))) % length
    known = np.isfinite(values)
    if (np.bincount(place[known], minlength=length) < CYCLES).any():
        raise ValueError(f"each of the {length} periods of a year needs {CYCLES} values")
    time = np.arange(len(values), dtype="float64")
    design = np.column_stack([time - time.mean(), *(place == k for k in range(length))]).astype("float64")
    fitted = np.linalg.lstsq(design[known], values[known], rcond=None)[0][1:]
    season = (fitted - fitted.mean())[place]
    return np.where(known, season, np.nan)


def _inside(values: np.ndarray) -> slice:
    """From the first value to the last."""
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        raise ValueError("there is no value")
    return slice(int(known[0]), int(known[-1]) + 1)


def _long_enough(n: int, length: int) -> None:
    if n < CYCLES * length:
        raise ValueError(f"{n} periods are fewer than the {CYCLES} years of {length} that a season needs")
