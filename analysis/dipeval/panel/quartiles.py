"""Exact quartiles of a whole number over the stays of a hospital-period, in quarters of its unit.

Between two values by linear interpolation (type 7 of Hyndman and Fan 1996, Am Stat 50:361; numpy's default). Of n values in
order, x₀ … xₙ₋₁, the quartile j lies at the place j (n − 1) / 4, so that four times the quartile is whole:

    4 Qⱼ = Σᵢ xᵢ · max(0, 4 − |j (n − 1) − 4 i|)

A sum of integers: the same on every engine, whatever the order of equal values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from .aggregation import TRUNCATION

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

PARTS = 4
PREFIX = {1: "q1x4_", 3: "q3x4_"}
"""The panel's columns of four times the first and the third quartile."""
PLACE = ["hospital", "period"]


def with_quartiles(
    engine: TableEngine, stays: ir.Table, frame: pd.DataFrame, names: Sequence[str], frequency: str
) -> pd.DataFrame:
    """Give hospital-periods four times the quartiles of some columns.

    Parameters
    ----------
    stays : ibis table
        Clean discharges of one city in the panel's window.
    frame : pandas.DataFrame, shape (n, …)
        Its hospital-periods, with ``hospital`` and ``period``.
    names : sequence of str
        Columns of whole numbers: minor units, days.
    frequency : {"month", "quarter", "year"}

    Returns
    -------
    pandas.DataFrame, shape (n, …)
        With ``q1x4_<name>`` and ``q3x4_<name>`` (nullable Int64, missing without a known value). Cost: for each
        name one sort of the stays within hospital-periods, by the engine, which may use its disk for it.
    """
    from ..schema.periods import label_of

    for name in names:
        found = engine.to_frame(fourfold_quartiles(stays, name, frequency), ["hospital", "first_day"])
        labels = {day: label_of(day, frequency) for day in found["first_day"].unique()}
        found = found.assign(period=found["first_day"].map(labels)).drop(columns="first_day")
        made = [f"{prefix}{name}" for prefix in PREFIX.values()]
        found = found.astype({column: "Int64" for column in made})
        frame = frame.merge(found[[*PLACE, *made]], on=PLACE, how="left", validate="one_to_one")
    return frame


def fourfold_quartiles(stays: ir.Table, name: str, frequency: str) -> ir.Table:
    """``hospital``, ``first_day`` and four times the quartiles of a column; missing values stand apart."""
    import ibis

    from ..schema.functions import int64_of_sum

    day = stays.discharge_date.truncate(TRUNCATION[frequency]).cast("date")
    known = stays.select(hospital=stays.hospital, first_day=day, value=stays[name].cast("int64"))
    known = known.filter(known.value.notnull())
    place = ["hospital", "first_day"]
    along = ibis.window(group_by=place, order_by=known.value)
    counted = known.mutate(
        rank=ibis.row_number().over(along).cast("int64"),
        n=known.value.count().over(ibis.window(group_by=place)).cast("int64"),
    )
    made = {}
    for j, prefix in PREFIX.items():
        away = (j * (counted.n - 1) - PARTS * counted["rank"]).abs()
        weight = (away < PARTS).ifelse(PARTS - away, 0)
        made[f"{prefix}{name}"] = int64_of_sum((counted.value * weight).sum())
    return counted.group_by(place).agg(**made)
