"""Counts rounded to a base, and rates of the rounded counts.

A rate of exact counts gives the counts away that rounding was to blur; so rounding comes first.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

DIGITS = 4
EXACT = (
    "value",
    "spread",
    "quartile_low",
    "quartile_high",
    "largest_share",
    "share",
    "cumulative",
    "low",
    "high",
)
"""Columns of numbers made of single cases; with all their digits they give counts away."""
WHOLE = 1e-12
"""A count over a share is taken for a number of cases when it is whole up to this part of it."""


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


def rounded(frame: pd.DataFrame, base: int, unit: str = "") -> tuple[pd.DataFrame, np.ndarray]:
    """Round `count`, and what is made of counts.

    A row with a ``numerator`` alone has it as its value; one with a ``denominator`` too has their ratio. Where the
    text column ``rate_in`` says ``spread``, the value is the numerator and the ratio stands in `spread`
    (``n (%)``). Without these columns a value that equals its count is that count; a share beside it, or a value
    that is a share, is the ratio of its count and of the number of cases that they imply, where that is whole.
    Other numbers (means, estimates) keep four significant digits: the exact mean of whole numbers gives away of
    how many, and so do degrees of freedom of tests of cases.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Of an exhibit; not changed.
    base : int
    unit : str
        Unit of the values, where the frame has neither ``unit`` nor ``form``.

    Returns
    -------
    frame : pandas.DataFrame, shape (n, …)
    beyond : numpy.ndarray of bool, shape (n,)
        Rows that cannot be shown rounded: a count above 0 that rounds to 0. Cost O(n).
    """
    count, value = _numbers(frame, "count"), _numbers(frame, "value")
    shares = _are_shares(frame, unit)
    top, bottom = _numbers(frame, "numerator"), _numbers(frame, "denominator")
    implied = _cases(count, value, np.isnan(top) & shares)
    top = np.where(np.isnan(top) & ((value == count) | ~np.isnan(implied)), count, top)
    bottom = np.where(np.isnan(bottom), implied, bottom)
    small_top, small_bottom = round_counts(top, base), round_counts(bottom, base)
    beyond = ((top > 0) & (small_top == 0)) | ((bottom > 0) & (small_bottom == 0))
    beside = np.zeros(len(frame), dtype=bool)
    if "rate_in" in frame.columns:
        beside = (frame["rate_in"] == "spread").to_numpy(dtype=bool)
    made = _blunted(frame, base, count)
    is_count = ~np.isnan(top) & (np.isnan(bottom) | beside)
    ratios = [(beside, bottom, "spread")] if beside.any() else []
    ratios += [(~beside & ~np.isnan(bottom) & ~np.isnan(top), bottom, "value")]
    for name in ("share", "spread"):
        whole = _cases(count, _numbers(frame, name), is_count & ~beside)
        ratios.append((~np.isnan(whole), whole, name))
    made["value"] = np.where(is_count, small_top, _numbers(made, "value"))
    for where, whole, name in ratios:
        if where.any():
            below = round_counts(whole, base)
            ratio = small_top / np.where(below == 0, np.nan, below)
            made[name] = np.where(where, ratio, _numbers(made, name))
    for name, numbers in (("numerator", small_top), ("denominator", small_bottom)):
        if name in frame.columns:
            made[name] = np.where(np.isnan(_numbers(frame, name)), np.nan, numbers)
    return made, beyond


def _are_shares(frame: pd.DataFrame, unit: str) -> np.ndarray:
    """Rows whose values are shares, by their form, their unit, or that of all."""
    for name in ("form", "unit"):
        if name in frame.columns:
            return (frame[name] == "share").to_numpy(dtype=bool)
    return np.full(len(frame), unit == "share")


def _cases(count: np.ndarray, share: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Of how many cases a count is a share, shape (n,); NaN where that is no whole number."""
    fits = where & (count > 0) & (share > 0) & (share <= 1)
    whole = np.divide(count, share, out=np.full(len(count), np.nan), where=fits)
    near = np.abs(whole - np.round(whole)) <= WHOLE * whole
    return np.where(near, np.round(whole), np.nan)


def _blunted(frame: pd.DataFrame, base: int, count: np.ndarray) -> pd.DataFrame:
    """Counts rounded; of other values behind which cases stand, the first digits."""
    made = frame.assign(count=round_counts(count, base))
    behind = count > 0
    for name in [name for name in EXACT if name in frame.columns]:
        made[name] = np.where(behind, first_digits(_numbers(frame, name)), _numbers(frame, name))
    if "statistic" in frame.columns:
        of_cases = behind & (frame["statistic"] == "test").to_numpy(dtype=bool)
        for name in [name for name in ("df", "df_within") if name in frame.columns]:
            made[name] = np.where(of_cases, np.nan, _numbers(frame, name))
    return made


def first_digits(values: np.ndarray, digits: int = DIGITS) -> np.ndarray:
    """The first significant digits of each number, shape (n,); NaN and infinite ones stay."""
    return np.array([float(f"{v:.{digits}g}") for v in values], dtype="float64")


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype="float64", na_value=np.nan)
