"""Which group-time effects there are, and what each one compares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

VARYING, UNIVERSAL = "varying", "universal"
NO_COMPARISON = "not identified: no comparison hospital is untreated in both periods"
NO_BASE = "not identified: no period before the reform"


@dataclass(frozen=True)
class Cells:
    """Group-time effects ATT(g, t), cohort by cohort and in the order of time; K of them.

    Attributes
    ----------
    cohort : numpy.ndarray, shape (K,), int
        Position of the cohort g among the ever-treated ones.
    time, base : numpy.ndarray, shape (K,), int
        Columns of the two periods that are compared; equal for a reference period.
    cut : numpy.ndarray, shape (K,), int
        The comparison hospitals are never treated or of a cohort from this position on, g aside.
    """

    cohort: np.ndarray
    time: np.ndarray
    base: np.ndarray
    cut: np.ndarray

    @property
    def is_reference(self) -> np.ndarray:
        """Cells that compare a period with itself (K,), bool."""
        return self.time == self.base


def group_time_cells(
    cohorts: np.ndarray, periods: np.ndarray, *, comparison: str, base_period: str, anticipation: int
) -> Cells:
    """List the cells of Callaway & Sant'Anna (2021), section 2.

    Parameters
    ----------
    cohorts : numpy.ndarray, shape (C,)
        Time codes of the cohorts, ascending, never treated left out.
    periods : numpy.ndarray, shape (T,), int
        Time codes of the columns, ascending.
    comparison : {"never_treated", "not_yet_treated"}
    base_period : {"varying", "universal"}
        Varying: before the reform each period is compared with the one before it. Universal: every
        period is compared with the last one before the reform (and its anticipation), whose own row
        is the reference.
    anticipation : int

    Returns
    -------
    Cells
        Cost O(C T).
    """
    rows = []
    for k, cohort in enumerate(cohorts):
        before = np.flatnonzero(periods < cohort - anticipation)
        for column in range(0 if base_period == UNIVERSAL else 1, len(periods)):
            base = before[-1]
            if base_period == VARYING and periods[column] < cohort:
                base = column - 1
            latest = max(periods[column], periods[base]) + anticipation
            cut = len(cohorts)
            if comparison == "not_yet_treated":
                cut = int(np.searchsorted(cohorts, latest, side="right"))
            rows.append((k, column, base, cut))
    table = np.array(rows, np.int64).reshape(-1, 4)
    return Cells(*table.T)
