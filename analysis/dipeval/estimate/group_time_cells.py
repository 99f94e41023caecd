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

    def where(self, chosen: np.ndarray) -> Cells:
        """The cells of a mask (K,), bool."""
        return Cells(self.cohort[chosen], self.time[chosen], self.base[chosen], self.cut[chosen])


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
    columns = np.arange(0 if base_period == UNIVERSAL else 1, len(periods))
    last = np.searchsorted(periods, cohorts - anticipation)[:, None] - 1
    time = np.broadcast_to(columns, (len(cohorts), len(columns)))
    base = np.broadcast_to(last, time.shape)
    if base_period == VARYING:
        base = np.where(periods[columns] < cohorts[:, None], columns - 1, last)
    cut = np.full(time.shape, len(cohorts))
    if comparison == "not_yet_treated":
        latest = periods[np.maximum(time, base)] + anticipation
        cut = np.searchsorted(cohorts, latest, side="right")
    cohort = np.broadcast_to(np.arange(len(cohorts))[:, None], time.shape)
    return Cells(*(part.astype(np.int64).ravel() for part in (cohort, time, base, cut)))
