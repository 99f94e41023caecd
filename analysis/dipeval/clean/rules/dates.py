"""Dates: birth ≤ admission ≤ procedure ≤ discharge, years in range, the study's window."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from ...schema.periods import first_day, last_day
from ...study.grammar import Key
from ..rule import FLAG, REJECT, Rule, Setting, has

if TYPE_CHECKING:
    import ibis.expr.types as ir


def is_out_of_order(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Discharged before admitted."""
    if "admission_date" not in table.columns:
        return None
    return (table.admission_date > table.discharge_date).fill_null(False)


def is_born_after(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Born after the day of admission; a newborn may be admitted on the day of birth."""
    if not has(table, "birth_date", "admission_date"):
        return None
    return (table.birth_date > table.admission_date).fill_null(False)


def is_operated_outside(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """The principal procedure before admission or after discharge."""
    if not has(table, "procedure_date"):
        return None
    late = (table.procedure_date > table.discharge_date).fill_null(False)
    if not has(table, "admission_date"):
        return late
    return late | (table.procedure_date < table.admission_date).fill_null(False)


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
    return (~table.discharge_date.between(first_day(setting.start), last_day(setting.end))).fill_null(False)


DATE_ORDER = Rule(
    "date_order",
    "admission on or before discharge",
    "入院日期不晚于出院日期",
    REJECT,
    "quality rules of the inpatient front page: 入院日期 ≤ 出院日期",
    is_out_of_order,
    shows=("admission_date", "discharge_date"),
)
BIRTH_AFTER_ADMISSION = Rule(
    "birth_after_admission",
    "birth on or before admission",
    "出生日期不晚于入院日期",
    REJECT,
    "quality rules of the inpatient front page: 出生日期 ≤ 入院日期 (the list as stored prints ≥, a typo)",
    is_born_after,
    shows=("admission_date",),
    optional=True,
)
PROCEDURE_OUTSIDE_STAY = Rule(
    "procedure_outside_stay",
    "principal procedure between admission and discharge",
    "手术日期在入院与出院之间",
    FLAG,
    "quality rules of the inpatient front page: 入院日期 ≤ 手术日期 ≤ 出院日期",
    is_operated_outside,
    shows=("admission_date", "procedure_date", "discharge_date"),
    optional=True,
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
