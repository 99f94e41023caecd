"""All that is known of the quality of one city's data, gathered in a few passes of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..schema.periods import first_day, label_of, months_between
from ..study.model import Source
from .alarms import (
    Alarm,
    costs_by_hospital,
    coverage_alarms,
    date_alarms,
    drift_alarms,
    stays_by_day,
    unit_alarms,
)
from .coverage import calendar, span, stays_by_hospital
from .distribution import binned
from .drift import Step, steps
from .raw_cells import NO_MONTH, cells_by_month

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

BY_MONTH_UP_TO = 24
"""Months; longer spans are followed by quarter."""


@dataclass(frozen=True)
class CityQuality:
    """What the data of one city look like.

    Attributes
    ----------
    first, last : str
        Months of the span of the clean stays.
    months : mapping of str to int
        Clean stays by month, also outside the span.
    states : pandas.DataFrame
        Hospital by month, as `coverage.calendar` gives it.
    cells : pandas.DataFrame
        ``column``, ``month`` (`raw_cells.NO_MONTH` where it is not known or outside the span), ``rows``,
        ``empty``, ``damaged``: raw cells.
    steps : tuple of Step
    frequency : {"month", "quarter"}
        Of the periods that `steps` compares.
    alarms : tuple of Alarm
    """

    first: str
    last: str
    months: Mapping[str, int]
    states: pd.DataFrame
    cells: pd.DataFrame
    steps: tuple[Step, ...]
    frequency: str
    alarms: tuple[Alarm, ...]


def quality_of(
    engine: TableEngine, discharges: ir.Table, raw: ir.Table, source: Source, currency: str
) -> CityQuality:
    """Look at a city.

    Parameters
    ----------
    discharges : ibis table
        Clean stays, at least one.
    raw : ibis table
        The text they were read from (`store.raw.RawTable`).

    Returns
    -------
    CityQuality
        Cost: one pass over the raw text, one grouping of the stays for each column and three more.
    """
    found = engine.to_frame(stays_by_hospital(discharges), ["hospital", "month"])
    months = {str(month): int(n) for month, n in found.groupby("month")["rows"].sum().items()}
    first, last = span(months)
    states = calendar(found, first, last)
    frequency = "month" if len(months_between(first, last)) <= BY_MONTH_UP_TO else "quarter"
    moved = _steps(engine, discharges, frequency, first, last)
    costs = engine.to_frame(costs_by_hospital(discharges), ["hospital", "year", "bin"])
    days = engine.to_frame(stays_by_day(discharges), ["day"])
    alarms = (
        *unit_alarms(costs, currency),
        *date_alarms(months, first, last, days),
        *coverage_alarms(states),
        *drift_alarms(moved),
    )
    cells = _long(engine.to_frame(cells_by_month(raw, source), ["month"]), first, last)
    return CityQuality(first, last, months, states, cells, moved, frequency, alarms)


def _steps(
    engine: TableEngine, discharges: ir.Table, frequency: str, first: str, last: str
) -> tuple[Step, ...]:
    ends = [label_of(first_day(month), frequency) for month in (first, last)]
    return tuple(steps(binned(engine, discharges, frequency), *ends))


def _long(wide: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """One row a column and month; months outside the span come together with those not known."""
    import pandas as pd

    outside = ~wide["month"].between(first, last)
    joined = wide.assign(month=wide["month"].mask(outside, NO_MONTH)).groupby("month", as_index=False).sum()
    names = [name.removeprefix("empty__") for name in joined.columns if name.startswith("empty__")]
    parts = [
        joined[["month", "rows"]].assign(
            column=name, empty=joined[f"empty__{name}"], damaged=joined[f"damaged__{name}"]
        )
        for name in names
    ]
    long = pd.concat(parts, ignore_index=True)[["column", "month", "rows", "empty", "damaged"]]
    return long.astype({name: "int64" for name in ("rows", "empty", "damaged")})
