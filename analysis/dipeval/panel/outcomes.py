"""Outcomes of hospital-periods from the panel's integers, each undefined value with its reason."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..errors import DataError, Problem, nearest
from ..vocabulary import NANO, Outcome, columns
from .spreads import SPREADS, spread_values

ONE = "hospital_periods"
"""The denominator of totals: each row is one."""


def outcome_values(
    frame: pd.DataFrame, outcome: Outcome, minor_per_unit: int = 100
) -> tuple[np.ndarray, np.ndarray]:
    """Return an outcome for every row of a panel.

    With N the numerator, D the denominator and n the discharges of a hospital-period:

    ``ratio``
        N / D; money over something that is not money is stated in major units (yuan, CHF).
    ``log_ratio``
        ln(N / D), with the same units.
    ``mean_log``
        (1/n) Σ ln(amount) = log_N / (1e9 · n) − ln(`minor_per_unit`): the mean over discharges of
        the logarithm of the amount in major units. Stays with an amount of zero have no logarithm;
        where the panel counts them apart (``n_log_<column>``), n is the number of stays with one.
    ``cv``, ``skewness``, ``sd_log``, ``iqr``, ``iqr_log``
        Spread over the stays of a hospital-period, see `spreads`.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Rows of :class:`~dipeval.panel.hospital_panel.HospitalPanel`.
    outcome : Outcome
        From the vocabulary.
    minor_per_unit : int
        Minor units in one major unit of the panel's currency.

    Returns
    -------
    values : numpy.ndarray of float64, shape (n,)
        NaN where the outcome is undefined.
    reasons : numpy.ndarray of str, shape (n,)
        Why it is undefined; empty where it is defined.

    Raises
    ------
    DataError
        If the panel lacks a column that the outcome is made of.
    """
    numerator_name, denominator_name = outcome.needs
    numerator, denominator = outcome_sums(frame, outcome)
    shown = _counted(frame, outcome) or denominator_name
    reasons = np.full(len(frame), "", dtype=object)
    _note(reasons, ~(denominator > 0), f"{shown} is zero")
    _note(reasons, np.isnan(denominator), f"{shown} is missing")
    if outcome.kind in SPREADS:
        return spread_values(frame, outcome, numerator, denominator, reasons, minor_per_unit)
    if outcome.kind == "log_ratio":
        _note(reasons, ~(numerator > 0), f"the logarithm of zero or less: {numerator_name}")
    _note(reasons, np.isnan(numerator), f"{numerator_name} is missing")
    defined = reasons == ""
    values = np.full(len(frame), np.nan)
    ratio = numerator[defined] / denominator[defined]
    if outcome.kind == "mean_log":
        values[defined] = ratio / NANO - np.log(minor_per_unit)
    else:
        ratio = ratio / _minor_units(outcome, minor_per_unit)
        values[defined] = np.log(ratio) if outcome.kind == "log_ratio" else ratio
    return values, reasons.astype(str)


def outcome_sums(frame: pd.DataFrame, outcome: Outcome) -> tuple[np.ndarray, np.ndarray]:
    """Numerator and denominator of an outcome by row, as the panel holds them (money in minor units).

    Returns
    -------
    numerator, denominator : numpy.ndarray of float64, shape (n,)
        NaN where missing; the denominator is the stays with a value where the panel counts them apart.

    Raises
    ------
    DataError
        If the panel lacks a column that the outcome is made of.
    """
    numerator_name, denominator_name = outcome.needs
    counted = _counted(frame, outcome)
    numerator = _column(frame, numerator_name, outcome)
    return numerator, _column(frame, counted or denominator_name, outcome)


def _counted(frame: pd.DataFrame, outcome: Outcome) -> str:
    """The column that counts the discharges which have a value, where the panel has one."""
    name = f"n_{outcome.needs[0]}"
    return name if outcome.denominator == "discharges" and name in frame.columns else ""


def _column(frame: pd.DataFrame, name: str, outcome: Outcome) -> np.ndarray:
    if name == ONE:
        return np.ones(len(frame))
    if name not in frame.columns:
        what = f"has no column '{name}', which the outcome {outcome.name} is made of"
        raise DataError("compute outcome", [Problem("panel", what, nearest(name, map(str, frame.columns)))])
    return frame[name].to_numpy(dtype="float64", na_value=np.nan)


def _note(reasons: np.ndarray, where: np.ndarray, reason: str) -> None:
    """A later reason is the more basic one and replaces the earlier."""
    reasons[where] = reason


def _minor_units(outcome: Outcome, minor_per_unit: int) -> int:
    """Money over money is a share; money over anything else is turned into major units."""
    known = columns()
    words = (outcome.numerator, outcome.denominator)
    # n_<column> counts stays: no money, whatever the column is.
    kinds = [name in known and known[name].kind == "money" for name in words]
    return minor_per_unit if kinds == [True, False] else 1
