"""Counts rounded to a base, and rates of the rounded counts.

A rate of exact counts gives the counts away that rounding was to blur; so rounding comes first.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def round_counts(counts: np.ndarray, base: int) -> np.ndarray:
    """Round to the nearest multiple of `base`, halves up.

    Parameters
    ----------
    counts : numpy.ndarray, shape (n,)
        Not negative; NaN stays NaN.
    base : int
        At least 1; 1 changes nothing of whole numbers.

    Returns
    -------
    numpy.ndarray of float64, shape (n,)

    Raises
    ------
    ValueError
        If the base is below 1 or a count below 0.
    """
    if base < 1:
        raise ValueError(f"counts are rounded to a base of at least 1, not {base}")
    numbers = np.asarray(counts, dtype="float64")
    if (numbers < 0).any():
        raise ValueError("a count below 0")
    return np.floor(numbers / base + 0.5) * base


def rounded(frame: pd.DataFrame, base: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Round `count`, and what the columns ``numerator`` and ``denominator`` say is made of counts.

    A row with a numerator alone has it as its value; one with both has their ratio. Rows with neither
    (means, estimates) keep their values, and so must not be counts.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Of an exhibit; not changed.
    base : int

    Returns
    -------
    frame : pandas.DataFrame, shape (n, …)
    beyond : numpy.ndarray of bool, shape (n,)
        Rows that cannot be shown rounded: a count above 0 that rounds to 0. Cost O(n).
    """
    made = frame.assign(count=round_counts(_numbers(frame, "count"), base))
    top, bottom = (_numbers(frame, name) for name in ("numerator", "denominator"))
    small_top, small_bottom = round_counts(top, base), round_counts(bottom, base)
    beyond = ((top > 0) & (small_top == 0)) | ((bottom > 0) & (small_bottom == 0))
    ratio = small_top / np.where(np.isnan(bottom), 1.0, np.where(small_bottom == 0, np.nan, small_bottom))
    made["value"] = np.where(np.isnan(top), _numbers(frame, "value"), ratio)
    for name, numbers in (("numerator", small_top), ("denominator", small_bottom)):
        if name in frame.columns:
            made[name] = numbers
    return made, beyond


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype="float64", na_value=np.nan)
