"""An indicator of a city: two sums over its hospital-periods, and how their ratio is shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.panel.outcomes import outcome_sums
from dipeval.vocabulary import NANO, Column, Outcome, columns, outcomes

LOG_POINTS = "log points"


@dataclass(frozen=True)
class Indicator:
    """A ratio of sums over the n rows of a panel.

    Attributes
    ----------
    name, label_en, label_zh : str
    unit : str
        ``currency``, ``days``, ``years``, ``share``, ``index``, ``number``, ``weight`` or ``log points``.
    numerator, denominator : numpy.ndarray, shape (n,), float64
        NaN in both where a row has not both of them or its denominator is 0.
    cases : numpy.ndarray, shape (n,), float64
        Cases that count in it; NaN where the denominator is.
    scale : {"plain", "log", "logit"}
        Where its interval is made (see `intervals`).
    logarithm : bool
        Whether the logarithm of the ratio is shown.
    of_cases : bool
        Whether the numerator counts cases, who then are a cell of their own.
    note_en, note_zh : str
        What a reader must know of it.
    """

    name: str
    label_en: str
    label_zh: str
    unit: str
    numerator: np.ndarray
    denominator: np.ndarray
    cases: np.ndarray
    scale: str = "log"
    logarithm: bool = False
    of_cases: bool = False
    note_en: str = ""
    note_zh: str = ""

    @property
    def known(self) -> np.ndarray:
        """Which rows count in it."""
        return ~np.isnan(self.denominator)


def indicator(frame: pd.DataFrame, name: str, frequency: str, minor_per_unit: int = 100) -> Indicator | None:
    """The indicator of a name on the rows of a panel; None where no row has it, or it is no number.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
    name : str
        An outcome; a component of the total cost, which is shown as its share; or a column of numbers,
        which is shown as its mean: over discharges, or over hospital-periods where it is a sum.
    frequency : str
        Of the panel, for the label of a mean over hospital-periods.

    Raises
    ------
    KeyError
        If the vocabulary has no such outcome or column.
    """
    if name in outcomes():
        return _of_outcome(frame, outcomes()[name], minor_per_unit)
    column = columns()[name]
    if name not in frame.columns:
        return None
    if column.component and "total_cost" in frame.columns:
        return _share_of_cost(frame, column)
    return (
        _mean(frame, column, frequency, minor_per_unit)
        if column.kind in ("number", "money", "count")
        else None
    )


def plain_name(name: str) -> str:
    """The outcome without logarithm that is made of the same two columns; the name itself if there is none."""
    found = outcomes().get(name)
    if found is None:
        column = columns()[name]
        pair = (name, "total_cost") if column.component else ("", "")
    else:
        pair = (found.numerator, found.denominator)
    same = [o.name for o in outcomes().values() if o.kind == "ratio" and (o.numerator, o.denominator) == pair]
    return name if name in same or not same else same[0]


def _of_outcome(frame: pd.DataFrame, outcome: Outcome, minor_per_unit: int) -> Indicator | None:
    if any(name not in frame.columns for name in outcome.needs):
        return None
    above, below = outcome_sums(frame, outcome)
    kinds = {
        name: columns()[name].kind for name in (outcome.numerator, outcome.denominator) if name in columns()
    }
    money = kinds.get(outcome.numerator) == "money" and kinds.get(outcome.denominator) != "money"
    part = columns()[outcome.numerator]
    scale = "logit" if outcome.unit == "share" and (part.kind == "flag" or part.component) else "log"
    if outcome.kind == "mean_log":
        # The mean of logarithms of minor units is brought to major units before it is summed.
        above, scale = above / NANO - np.log(minor_per_unit) * below, "plain"
    elif money:
        above = above / minor_per_unit
    counted = outcome.denominator == "discharges" or outcome.denominator.startswith("n_")
    cases = below if counted else _floats(frame, "discharges")
    made = _made((outcome.name, outcome.label_en, outcome.label_zh, outcome.unit), above, below, cases, scale)
    if made is None:
        return None
    of_cases = part.kind == "flag" and outcome.kind == "ratio"
    return replace(made, logarithm=outcome.kind == "log_ratio", of_cases=of_cases)


def _share_of_cost(frame: pd.DataFrame, column: Column) -> Indicator | None:
    above, below = (_floats(frame, name) for name in (column.name, "total_cost"))
    words = (f"{column.label_en}: share of cost", f"{column.label_zh}占比")
    return _made(
        (f"{column.name}_share", *words, "share"), above, below, _floats(frame, "discharges"), "logit"
    )


def _mean(frame: pd.DataFrame, column: Column, frequency: str, minor_per_unit: int) -> Indicator | None:
    values = _floats(frame, column.name) / (minor_per_unit if column.kind == "money" else 1)
    unit = "currency" if column.kind == "money" else (column.unit or "number")
    discharges = _floats(frame, "discharges")
    if column.sum:
        period = {"month": "月", "quarter": "季度", "year": "年"}[frequency]
        words = (f"{column.label_en} per hospital and {frequency}", f"每院每{period}{column.label_zh}")
        return _made((column.name, *words, unit), values, np.ones(len(frame)), discharges, "log")
    words = (column.label_en, column.label_zh)
    return _made((column.name, *words, unit), values * discharges, discharges, discharges, "log")


def _floats(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].to_numpy(dtype="float64", na_value=np.nan)


def _made(
    words: tuple[str, str, str, str],
    numerator: np.ndarray,
    denominator: np.ndarray,
    cases: np.ndarray,
    scale: str,
) -> Indicator | None:
    known = ~np.isnan(numerator) & (denominator > 0)
    if not known.any():
        return None
    return Indicator(
        *words, *(np.where(known, values, np.nan) for values in (numerator, denominator, cases)), scale
    )
