"""Readmissions within a declared window, and stays that were split in two: both need the person.

A city paid by points can be billed two types where one stay was needed. Persons are known by their keyed hash
only (the column ``person`` of the discharges, written where the user set a key); without it none of this is
computed, and the error says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .stays import require

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

NEEDED = ("person", "admission_date", "discharge_date", "hospital")


@dataclass(frozen=True)
class Readmissions:
    """Stays that were followed by another one of the same person.

    Attributes
    ----------
    within : int
        Days between discharge and next admission.
    frame : pandas.DataFrame
        `by`, ``cases``, ``at_risk`` (alive, with a known person, discharged early enough to be followed for
        the whole window), ``readmitted``, ``readmission_rate``, ``same_hospital`` and ``same_type`` (of the
        readmitted).
    """

    within: int
    by: tuple[str, ...]
    frame: pd.DataFrame

    def tidy(self) -> pd.DataFrame:
        """The table itself."""
        return self.frame


def with_next_stay(cases: ir.Table) -> ir.Table:
    """Cases with the days until the same person's next admission, and whether it is alike.

    Returns
    -------
    ibis table
        Lazy: ``days_to_next`` (NULL where there is none; below 0 where stays overlap),
        ``next_same_hospital``, ``next_same_type``. Persons that are not known have no next stay. Cost: one
        sort by person.

    Raises
    ------
    DataError
        If a column is missing; ``person`` needs a key.
    """
    import ibis

    require(cases, NEEDED, "linking the stays of a person (set DIPEVAL_KEY and read the person number)")
    known = cases.person.notnull()
    order = [cases.admission_date, cases.discharge_date, cases.hospital]
    ties = [cases[name] for name in ("source_file", "source_row") if name in cases.columns]
    window = ibis.window(group_by=cases.person, order_by=[*order, *ties])
    following = cases.admission_date.lead().over(window)
    made = {
        "days_to_next": following.cast("date").delta(cases.discharge_date.cast("date"), unit="day"),
        "next_same_hospital": cases.hospital.lead().over(window) == cases.hospital,
    }
    if "disease_type" in cases.columns:
        made["next_same_type"] = cases.disease_type.lead().over(window) == cases.disease_type
    return cases.mutate(**{name: known.ifelse(value, None) for name, value in made.items()})


def readmissions(
    engine: TableEngine, cases: ir.Table, within: int, by: Sequence[str] = ("hospital",)
) -> Readmissions:
    """Count readmissions within `within` days of discharge, by any columns of the first stay.

    The last `within` days of the data are not at risk: what follows them is not seen. Deaths are not either.
    """
    import ibis

    from ..schema.functions import int64_of_sum

    linked = with_next_stay(cases)
    end = engine.to_frame(cases.aggregate(last=cases.discharge_date.max()))["last"].iloc[0]
    latest = str(end)[:10]
    days_left = ibis.date(latest).delta(linked.discharge_date.cast("date"), unit="day")
    at_risk = linked.person.notnull() & (days_left >= within)
    if "disposition" in linked.columns:
        at_risk = at_risk & (linked.disposition != "death").fill_null(True)
    again = at_risk & (linked.days_to_next <= within).fill_null(False)
    counts = {"at_risk": at_risk, "readmitted": again, "same_hospital": again & linked.next_same_hospital}
    if "next_same_type" in linked.columns:
        counts["same_type"] = again & linked.next_same_type.fill_null(False)
    summed = linked.group_by(*by).agg(
        cases=linked.count(),
        **{name: int64_of_sum(held.cast("int64").sum()) for name, held in counts.items()},
    )
    frame = engine.to_frame(summed, order_by=list(by)).fillna(dict.fromkeys(counts, 0))
    frame = frame.astype(dict.fromkeys(counts, "int64"))
    rate = frame["readmitted"] / frame["at_risk"].where(frame["at_risk"] > 0)
    return Readmissions(within, tuple(by), frame.assign(readmission_rate=rate))
