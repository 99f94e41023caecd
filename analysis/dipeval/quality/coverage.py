"""Which hospital sent how many stays in which month, and where months are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..schema.periods import months_between, period_label

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

SPARSE = 0.05
"""Months with fewer than this share of the busy months' stays lie outside the span of the files."""
FEW = 5.0
"""A hospital with fewer stays in its usual month has months without any by chance."""
LOW = 0.5
"""A hospital's month below this share of its usual month is thin."""


def stays_by_hospital(discharges: ir.Table) -> ir.Table:
    """Clean stays by hospital and month of discharge: ``hospital``, ``name``, ``month``, ``rows``; lazy."""
    import ibis

    named = "hospital_name" in discharges.columns
    table = discharges.select(
        hospital=discharges.hospital,
        name=discharges.hospital_name if named else ibis.null("string"),
        month=period_label(discharges.discharge_date, "month"),
    )
    return table.group_by("hospital", "month").agg(name=table.name.min(), rows=table.count())


def span(months: Mapping[str, int]) -> tuple[str, str]:
    """First and last month of the files, without lonely months far outside (mistyped years).

    Parameters
    ----------
    months : mapping of str to int
        Rows by month, at least one.

    Returns
    -------
    (str, str)
        From the first to the last month with at least `SPARSE` of the rows of the upper quartile month.
    """
    busy = float(np.quantile(sorted(months.values()), 0.75))
    inside = [month for month, rows in months.items() if rows >= SPARSE * busy]
    return min(inside), max(inside)


def calendar(frame: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """Every hospital in every month of the span, with its stays, also where there are none.

    Parameters
    ----------
    frame : pandas.DataFrame
        What `stays_by_hospital` gave.

    Returns
    -------
    pandas.DataFrame
        ``hospital``, ``name``, ``month``, ``rows`` (0 where none), ``usual`` (the median of the
        hospital's months from its first to its last, at least 1) and ``state``: ``full``; ``thin``
        (below `LOW` of the usual month); ``gap`` (no stay between its first and its last month);
        ``zero`` (the same, but with usual months so small that chance explains it, `FEW`);
        ``before`` and ``after`` (no stay before its first or after its last month).
    """
    import pandas as pd

    months = months_between(first, last)
    inside = frame[frame["month"].isin(months)]
    names = frame.groupby("hospital")["name"].first()
    wide = inside.pivot(index="hospital", columns="month", values="rows")
    wide = wide.reindex(index=sorted(names.index), columns=months).fillna(0).astype("int64")
    made = []
    for hospital, counts in wide.iterrows():
        values = counts.to_numpy()
        states, usual = _states(values)
        label = names[hospital] if isinstance(names[hospital], str) else ""
        columns = {"hospital": str(hospital), "name": label, "month": months, "rows": values}
        made.append(pd.DataFrame({**columns, "usual": usual, "state": states}))
    return pd.concat(made, ignore_index=True)


def _states(values: np.ndarray) -> tuple[list[str], float]:
    there = np.flatnonzero(values)
    if not len(there):
        return ["before"] * len(values), 1.0
    first, last = there[0], there[-1]
    usual = max(float(np.median(values[first : last + 1])), 1.0)
    states = []
    for position, count in enumerate(values):
        if count == 0:
            inside = "gap" if usual >= FEW else "zero"
            states.append("before" if position < first else "after" if position > last else inside)
        else:
            states.append("thin" if count < LOW * usual else "full")
    return states, usual


def gaps(states: pd.DataFrame) -> Sequence[tuple[str, str, list[str]]]:
    """Hospital, name and missing months of every hospital that has gaps, most months first."""
    found = []
    for (hospital, name), rows in states[states["state"] == "gap"].groupby(["hospital", "name"]):
        found.append((str(hospital), str(name), sorted(rows["month"])))
    return sorted(found, key=lambda one: (-len(one[2]), one[0]))
