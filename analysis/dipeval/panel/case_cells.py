"""Cells of cases: what a regression on cases needs to know of them, and no more.

A cell holds the cases of one hospital and period that agree in all covariates and in their weight.
Their number, their sum and their squares about the mean give the coefficients and the errors of the
regression on the cases themselves (see `dipeval.estimate.cases`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

KEYS = ("hospital", "period")


@dataclass(frozen=True)
class CellOutcome:
    """One outcome on C cells.

    Attributes
    ----------
    n : numpy.ndarray, shape (C,), int
        Cases with a value.
    mean : numpy.ndarray, shape (C,)
        Their mean; NaN where there is none.
    within : numpy.ndarray, shape (C,)
        Sum of their squares about it.
    """

    n: np.ndarray
    mean: np.ndarray
    within: np.ndarray


@dataclass(frozen=True)
class CaseCells:
    """C cells of the cases of P hospital-periods.

    Attributes
    ----------
    periods : pandas.DataFrame, shape (P, …)
        One row a hospital-period, ``hospital``, ``period``, ``cases`` and whatever else a design asks
        for; build the design on this frame.
    row : numpy.ndarray, shape (C,), int
        The hospital-period of each cell, a row of `periods`; -1 for one that was left out.
    n : numpy.ndarray, shape (C,), int
        Cases.
    codes : mapping of str to numpy.ndarray, shape (C,), int
        Level of each covariate; -1 where it is missing.
    levels : mapping of str to tuple of str
        Their names, in order.
    outcomes : mapping of str to CellOutcome
    numbers : mapping of str to numpy.ndarray, shape (C,)
        Covariates that are numbers; NaN where missing.
    weights : numpy.ndarray, shape (C,), or None
        Weight of each case of the cell; None means 1.
    """

    periods: pd.DataFrame
    row: np.ndarray
    n: np.ndarray
    codes: Mapping[str, np.ndarray]
    levels: Mapping[str, tuple[str, ...]]
    outcomes: Mapping[str, CellOutcome]
    numbers: Mapping[str, np.ndarray] = field(default_factory=dict)
    weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        arrays = [self.row, self.n, *self.codes.values(), *self.numbers.values()]
        arrays += [] if self.weights is None else [self.weights]
        arrays += [a for o in self.outcomes.values() for a in (o.n, o.mean, o.within)]
        if any(array.shape != self.row.shape for array in arrays):
            raise ValueError("the arrays of cells differ in length")
        for array in arrays:
            array.flags.writeable = False

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self.row)

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return int(self.n.sum())

    @property
    def covariates(self) -> tuple[str, ...]:
        """Names of all covariates, in their order."""
        return (*self.codes, *self.numbers)

    def on(self, frame: pd.DataFrame, keys: tuple[str, ...] = KEYS) -> CaseCells:
        """The same cells on other rows of hospital-periods.

        Parameters
        ----------
        frame : pandas.DataFrame
            Rows with the columns `keys`, each hospital-period once; what it lacks is left out of it.
        keys : tuple of str
            Columns that both frames have.
        """
        place = frame[list(keys)].reset_index(drop=True).assign(place=np.arange(len(frame)))
        found = self.periods[list(keys)].merge(place, on=list(keys), how="left")["place"]
        position = np.r_[found.fillna(-1).to_numpy(np.int64), -1]
        return CaseCells(
            frame.reset_index(drop=True),
            position[self.row],
            self.n,
            self.codes,
            self.levels,
            self.outcomes,
            self.numbers,
            self.weights,
        )
