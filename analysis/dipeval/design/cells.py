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
    of_unit, of_time = unit_part[unit], time_part[time]
    fault = np.zeros(len(unit), np.int8)
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
    fault = imputation_fault(level, design.time, design.treated, int(level.max()) + 1, design.n_periods)
    fault = np.where(design.treated, fault, 0)
    cluster = next(iter(design.clusters.values()))
    rows = []
    for cohort in design.cohorts:
        member = np.flatnonzero(design.cohort == cohort)
        for time in range(design.n_periods):
            cell = member[design.time[member] == time]
            identified, reason = _judge(fault[cell])
            rows.append(
                (
                    design.cohort_label(cohort),
                    time - int(cohort),
                    len(cell),
                    len(np.unique(design.unit[cell])),
                    len(np.unique(cluster[cell])),
                    identified,
                    reason,
                )
            )
    names = ["cohort", "event_time", "n_obs", "n_units", "n_treated_clusters", "identified", "reason"]
    return pd.DataFrame(rows, columns=names)


def _judge(fault: np.ndarray) -> tuple[bool, str]:
    if not len(fault):
        return False, "no hospital of this cohort is observed"
    bad = np.flatnonzero(fault)
    if not len(bad):
        return True, ""
    reason = REASONS[fault[bad[0]]]
    if len(bad) == len(fault):
        return False, reason
    return True, f"{len(bad)} of {len(fault)} hospital-periods have no counterfactual: {reason}"
