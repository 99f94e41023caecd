"""What matched hospitals are compared by: the change of an outcome from before a reform to after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign


@dataclass(frozen=True)
class Changes:
    """Changes of N hospitals over the reforms of C cohorts.

    Attributes
    ----------
    cohorts : tuple of float
        Time codes of the first treated periods.
    values : numpy.ndarray, shape (N, C)
        Mean outcome from the cohort's reform on, less the mean before it; NaN where one of both is not seen.
    cohort : numpy.ndarray, shape (N,), int
        Place of the hospital's own cohort; -1 for hospitals that compare.
    """

    cohorts: tuple[float, ...]
    values: np.ndarray
    cohort: np.ndarray

    @property
    def own(self) -> np.ndarray:
        """Change over the own reform, (N,); NaN for hospitals that compare."""
        found = self.values[np.arange(len(self.cohort)), self.cohort]
        return np.where(self.cohort >= 0, found, np.nan)

    @property
    def known(self) -> np.ndarray:
        """Whether all that matching needs of a hospital is known, (N,) bool."""
        return np.where(self.cohort >= 0, np.isfinite(self.own), np.isfinite(self.values).all(1))


def changes_of(design: PanelDesign, outcome_values: np.ndarray | pd.Series) -> Changes:
    """Changes of every hospital over every reform; rows of a hospital count alike.

    Parameters
    ----------
    design : PanelDesign
        Periods of anticipation belong to neither side.
    outcome_values : array, shape (design.n_rows_in,)

    Returns
    -------
    Changes
        Cost O(n C).
    """
    y, treated = design.align(outcome_values), design.layout.last >= design.first_treated
    cohorts = np.unique(design.unit_cohort[treated])
    unit, time, seen = design.unit, design.time, np.isfinite(y)

    def mean(side: np.ndarray) -> np.ndarray:
        here = seen & side
        total = np.bincount(unit[here], y[here], design.n_units)
        with np.errstate(invalid="ignore", divide="ignore"):
            return total / np.bincount(unit[here], minlength=design.n_units)

    columns = [mean(time >= g) - mean(time < g - design.anticipation) for g in cohorts]
    place = np.where(treated, np.searchsorted(cohorts, design.unit_cohort), -1)
    return Changes(tuple(float(g) for g in cohorts), np.stack(columns, axis=1), place)
