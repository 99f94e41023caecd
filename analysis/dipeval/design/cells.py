"""Which treated cells have a counterfactual.

A treated hospital-period can be imputed only if its hospital has an untreated period, its period
has an untreated hospital, and the two are linked through untreated observations (Borusyak, Jaravel
& Spiess 2024, section 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.design.connected import connected_components

if TYPE_CHECKING:
    from dipeval.design.panel_design import PanelDesign

REASONS = (
    "",
    "the hospital has no untreated period",
    "no untreated hospital is observed in this period",
    "hospital and period are not linked through untreated observations",
)


def imputation_fault(
    unit: np.ndarray, time: np.ndarray, treated: np.ndarray, n_units: int, n_periods: int
) -> np.ndarray:
    """Say for each row why its untreated outcome cannot be imputed.

    Parameters
    ----------
    unit, time : numpy.ndarray, shape (n,), int
    treated : numpy.ndarray, shape (n,), bool
    n_units, n_periods : int

    Returns
    -------
    numpy.ndarray, shape (n,), int8
        Index into `REASONS`; 0 where it can. Cost O(n).
    """
    untreated = ~treated
    unit_part, time_part = connected_components(unit[untreated], time[untreated], n_units, n_periods)
    return faults_by_row(unit_part[unit], time_part[time])


def faults_by_row(of_unit: np.ndarray, of_time: np.ndarray) -> np.ndarray:
    """Index into `REASONS` (n,), from the components of each row's hospital and period."""
    fault = np.zeros(len(of_unit), np.int8)
    fault[of_unit != of_time] = 3
    fault[of_time < 0] = 2
    fault[of_unit < 0] = 1
    return fault


def identified_cells(design: PanelDesign) -> pd.DataFrame:
    """Map of the cohort × event-time cells and of what the design can say about each.

    Parameters
    ----------
    design : PanelDesign

    Returns
    -------
    pandas.DataFrame
        One row a cell between the first and the last event time at which the cohort could be seen:
        ``cohort`` (label), ``event_time``, ``n_obs`` hospital-periods, ``n_units`` hospitals,
        ``n_treated_clusters`` (of the first declared cluster), ``identified`` and ``reason``. A cell
        is identified when at least one of its hospital-periods has a counterfactual; the reason
        then counts those that have none.
    """
    level = design.unit if design.has_units else np.unique(design.cohort, return_inverse=True)[1]
    n_levels = int(level.max()) + 1
    fault = imputation_fault(level, design.time, design.treated, n_levels, design.n_periods)
    fault = np.where(design.treated, fault, 0)
    cohorts, n_periods = design.cohorts, design.n_periods
    ever = np.isfinite(design.cohort)
    cell = np.searchsorted(cohorts, design.cohort[ever]) * n_periods + design.time[ever]
    n_cells = len(cohorts) * n_periods
    faults = np.bincount(cell * len(REASONS) + fault[ever], minlength=n_cells * len(REASONS))
    judged = [_judge(counts) for counts in faults.reshape(n_cells, len(REASONS)).tolist()]
    cluster = next(iter(design.clusters.values()))
    return pd.DataFrame(
        {
            "cohort": np.repeat([design.cohort_label(cohort) for cohort in cohorts], n_periods),
            "event_time": (np.arange(n_periods) - np.array(cohorts, np.int64)[:, None]).ravel(),
            "n_obs": faults.reshape(n_cells, -1).sum(1),
            "n_units": _distinct(cell, design.unit[ever], n_cells, design.n_units),
            "n_treated_clusters": _distinct(cell, cluster[ever], n_cells, int(cluster.max()) + 1),
            "identified": [identified for identified, _ in judged],
            "reason": [reason for _, reason in judged],
        }
    )


def _distinct(cell: np.ndarray, code: np.ndarray, n_cells: int, n_codes: int) -> np.ndarray:
    """Number of distinct codes in each cell."""
    return np.bincount(np.unique(cell * n_codes + code) // n_codes, minlength=n_cells)


def _judge(counts: list[int]) -> tuple[bool, str]:
    """Whether a cell is identified, from its numbers of hospital-periods by index into `REASONS`."""
    total, lost = sum(counts), sum(counts[1:])
    if not total:
        return False, "no hospital of this cohort is observed"
    if not lost:
        return True, ""
    reason = next(text for text, count in zip(REASONS[1:], counts[1:], strict=True) if count)
    if lost == total:
        return False, reason
    return True, f"{lost} of {total} hospital-periods have no counterfactual: {reason}"
