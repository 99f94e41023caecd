"""Dates: their order, their range, the study's window."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from ...schema.periods import first_day, last_day
from ...study.grammar import Key
from ..rule import REJECT, Rule, Setting

if TYPE_CHECKING:
    import ibis.expr.types as ir


def is_out_of_order(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Discharged before admitted."""
    if "admission_date" not in table.columns:
        return None
    return (table.admission_date > table.discharge_date).fill_null(False)


def is_out_of_range(table: ir.Table, setting: Setting) -> ir.BooleanValue:
    """Years that no hospital file of today can hold."""
    earliest = datetime.date(setting.value(DATE_RANGE, "first_year"), 1, 1)
    latest = datetime.date(setting.value(DATE_RANGE, "last_year"), 12, 31)
    out = ~table.discharge_date.between(earliest, latest)
    if "admission_date" in table.columns:
        out = out.fill_null(False) | (table.admission_date < earliest).fill_null(False)
    return out.fill_null(False)


def is_out_of_window(table: ir.Table, setting: Setting) -> ir.BooleanValue:
    """Discharged before the study's first or after its last period."""
    return ~table.discharge_date.between(first_day(setting.start), last_day(setting.end))


DATE_ORDER = Rule(
    "date_order",
    "admission on or before discharge",
    "入院日期不晚于出院日期",
    REJECT,
    "quality rules of the inpatient front page: 入院日期 ≤ 出院日期",
    is_out_of_order,
    shows=("admission_date", "discharge_date"),
)
DATE_RANGE = Rule(
    "date_range",
    "years of admission and discharge in a possible range",
    "日期年份在合理范围内",
    REJECT,
    "quality rules of the inpatient front page: year in range",
    is_out_of_range,
    shows=("admission_date", "discharge_date"),
    settings={
        "first_year": Key("integer", default=1980, low=1900, high=2100),
        "last_year": Key("integer", default=2099, low=1900, high=2199),
    },
)
WINDOW = Rule(
    "window",
    "discharged inside the study's window",
    "出院日期在研究期内",
    REJECT,
    "start and end of the study file",
    is_out_of_window,
    shows=("discharge_date",),
)
