"""A variable of a description: values by panel row, with labels and unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.panel.outcomes import outcome_values
from dipeval.vocabulary import Outcome, columns


@dataclass(frozen=True)
class Variable:
    """One continuous variable over the rows of a panel.

    Attributes
    ----------
    name, label_en, label_zh : str
    unit : str
        As in the vocabulary: ``log points``, ``share``, ``days``, ``years``, ``currency``, ``number``.
    values : numpy.ndarray, shape (n,), float64
        NaN where undefined.
    """

    name: str
    label_en: str
    label_zh: str
    unit: str
    values: np.ndarray

    @classmethod
    def of_outcome(cls, frame: pd.DataFrame, outcome: Outcome, minor_per_unit: int = 100) -> Variable:
        """The variable that an outcome of the vocabulary is on these rows.

        Raises
        ------
        DataError
            If the panel lacks a column that the outcome is made of.
        """
        values, _ = outcome_values(frame, outcome, minor_per_unit)
        return cls(outcome.name, outcome.label_en, outcome.label_zh, outcome.unit, values)

    @classmethod
    def of_column(cls, frame: pd.DataFrame, name: str, minor_per_unit: int = 100) -> Variable:
        """The variable that a numeric column is, money in major units.

        Raises
        ------
        KeyError
            If the frame has no such column.
        """
        known = columns().get(name)
        money = known is not None and known.kind == "money"
        values = frame[name].to_numpy(dtype="float64", na_value=np.nan) / (minor_per_unit if money else 1)
        unit = "currency" if money else (known.unit or known.kind if known else "number")
        label = (known.label_en, known.label_zh) if known else (name, name)
        return cls(name, *label, unit, values)
