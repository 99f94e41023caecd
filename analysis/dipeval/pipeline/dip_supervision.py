"""Tables for whoever supervises: indices, bunching at the thresholds, what drove the mean cost, screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ..dip.bunching import Window, bunching, ratio_counts
from ..dip.coding_intensity import coding_intensity
from ..dip.decomposition import decomposition
from ..dip.description import composition
from ..dip.indices import indices
from ..dip.low_standard import LowStandard, low_standard_rate
from ..dip.readmissions import readmissions
from ..dip.scoring import scales_of
from ..errors import DataError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..dip.catalogue import Catalogue
    from ..dip.parameters import ParameterSet
    from ..store.contract import TableEngine

SEED = 20_201_019
"""Of the bootstrap of bunching; fixed, so that a second run prints the same interval."""
INDICES_BY = ("hospital", "level", "department", "period")
LOSSES_BY = ("deviation_class", "insurance_type", "department", "disease_type", "loss_cause")
READMITTED_WITHIN = 15


def supervision_tables(
    engine: TableEngine, cases: ir.Table, catalogue: Catalogue, parameters: ParameterSet
) -> dict[str, pd.DataFrame]:
    """Compute the tables that the columns of the cases allow.

    Parameters
    ----------
    cases : ibis table
        Scored and paid cases of one year.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``indices_<by>``, ``losses_<by>``, ``low_ratio_<by>``, ``bunching``, ``decomposition`` (first against
        last half of the year), and, where columns allow it, ``low_standard``, ``readmissions``,
        ``coding_intensity``. Cost: one pass a table.
    """
    unit = catalogue.scale * 10**catalogue.decimals
    scales = scales_of(catalogue, parameters)
    columns = set(cases.columns)
    found = {
        f"indices_{by}": indices(engine, cases, (by,), scales, catalogue.scale).frame
        for by in INDICES_BY
        if by in columns
    }
    sets = {
        "losses": cases.filter(cases.profit < 0),
        "low_ratio": cases.filter(cases.deviation_class == "low"),
    }
    for kind, table in sets.items():
        found |= {
            f"{kind}_{by}": composition(engine, table, (by,)).frame for by in LOSSES_BY if by in columns
        }
    found["bunching"] = _bunching(engine, cases, parameters)
    month = cases.discharge_date.month()
    halves = (f"{parameters.year}-01 to 06", f"{parameters.year}-07 to 12")
    found["decomposition"] = decomposition(engine, cases, month <= 6, month > 6, halves).frame
    if {"care_days", "examination_cost"} <= columns:
        found["low_standard"] = low_standard_rate(engine, cases, LowStandard(), unit)
    if {"person", "admission_date"} <= columns:
        found["readmissions"] = readmissions(engine, cases, READMITTED_WITHIN, ("hospital",)).frame
    if "secondary_diagnoses" in columns:
        first = str(engine.to_frame(cases.aggregate(first=cases.period.min()))["first"].iloc[0])
        found["coding_intensity"] = coding_intensity(engine, cases, first, unit).frame
    return found


def windows(parameters: ParameterSet) -> tuple[Window, Window]:
    """Where to look for bunching: around the thresholds of low and of high ratio."""
    low, high = float(parameters.deviation.low), float(parameters.deviation.high)
    return (
        Window(low, 0.02, (low - 0.3, low + 0.5), (low - 0.06, low + 0.1)),
        Window(high, 0.05, (high - 0.9, high + 1.0), (high - 0.2, high + 0.2)),
    )


def _bunching(engine: TableEngine, cases: ir.Table, parameters: ParameterSet) -> pd.DataFrame:
    """Both thresholds; a row with a note where there are too few cases for a counterfactual."""
    rows = []
    for window in windows(parameters):
        counts = ratio_counts(engine, cases, window, parameters.deviation.ratio_decimals)[1]
        try:
            rows.append(bunching(counts, window, seed=SEED).tidy().assign(note=""))
        except DataError as error:
            note = error.problems[0].what
            rows.append(pd.DataFrame([{"threshold": window.threshold, "note": note}]))
    return pd.concat(rows, ignore_index=True)
