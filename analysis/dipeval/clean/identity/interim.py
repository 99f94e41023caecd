"""Interim settlements (中途结算): several bills of one visit, one after the other, none of them reversed.

A long stay is billed in parts. As billed, each part looks like a short, cheap stay, and the last like a
stay that began long before its costs did.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from ...study.grammar import Key
from ..rule import FLAG, Rule, Setting, has
from ..rules.duplicates import ROW

if TYPE_CHECKING:
    import ibis.expr.types as ir

VISIT = ("hospital", "visit")
EPOCH = datetime.date(1970, 1, 1)


def visits_with_several_rows(table: ir.Table) -> ir.Table | None:
    """Visits under which a hospital has more than one row; None for formats without their numbers.

    Cost: one grouping of all rows. What is compared row by row afterwards is among these.
    """
    if not has(table, *VISIT, "admission_date"):
        return None
    known = table.filter(table.visit.notnull() & table.hospital.notnull())
    counted = known.group_by(*VISIT).agg(rows=known.count())
    return counted.filter(counted.rows > 1).select(*VISIT)


def day_number(date: ir.DateValue) -> ir.IntegerValue:
    """Days since 1970: engines agree on integers sooner than on intervals."""
    return date.delta(EPOCH, unit="day").cast("int64")


def place(table: ir.Table) -> ir.StringValue:
    """Where a row stands: ``file:row``."""
    return table.source_file + ":" + table.source_row.cast("string")


def interim_parts(rows: ir.Table, setting: Setting) -> ir.Table:
    """Rows that are parts of one visit, in order.

    A visit counts as billed in parts when all its rows are positive and each begins where the one
    before it ended, or later: by the periods of the settlements where the format has them, else by
    the stays. Bills that repeat the admission of the whole stay hold the days of their own month;
    parts with different admissions lie no more days apart than the city allows.

    Parameters
    ----------
    rows : ibis table
        Rows of visits with several rows, without duplicates and without rows that a reversal took
        away; with ``visit`` and ``admission_date``.

    Returns
    -------
    ibis table
        ``source_file``, ``source_row``, ``unit`` (place of the first part) and ``part`` (from 1).
    """
    import ibis

    dated = _with_periods(rows)
    order = [dated.part_end, dated.part_begin, *(dated[name] for name in ROW)]
    along = ibis.window(group_by=list(VISIT), order_by=order)
    before = dated.mutate(
        end_before=dated.part_end.lag().over(along), admission_before=dated.admission_date.lag().over(along)
    )
    is_first = before.end_before.isnull()
    follows = _follows(before, setting.value(INTERIM_SETTLEMENT, "days"))
    is_wrong = ~(is_first | follows.fill_null(False)) | (before.total_cost <= 0).fill_null(True)
    # A row without dates has no place in the order, so the visit is not judged.
    judged = before.mutate(wrong=(is_wrong | before.part_end.isnull()).cast("int64"))
    whole = ibis.window(group_by=list(VISIT))
    counted = judged.mutate(wrongs=judged.wrong.sum().over(whole), parts=judged.wrong.count().over(whole))
    good = counted.filter((counted.wrongs == 0) & (counted.parts > 1))
    order = [good.part_end, good.part_begin, *(good[name] for name in ROW)]
    along = ibis.window(group_by=list(VISIT), order_by=order)
    return good.select(
        *ROW, unit=place(good).first().over(along), part=ibis.row_number().over(along).cast("int64") + 1
    )


def _with_periods(rows: ir.Table) -> ir.Table:
    """Add ``part_begin`` and ``part_end`` of each bill as day numbers, and ``part_admission``."""
    import ibis

    admission, end = day_number(rows.admission_date), day_number(rows.discharge_date)
    begin = end - rows.care_days if "care_days" in rows.columns else ibis.null("int64")
    if has(rows, "settlement_begin", "settlement_end"):
        begin, end = day_number(rows.settlement_begin), day_number(rows.settlement_end)
    return rows.mutate(part_begin=begin, part_end=end, part_admission=admission)


def _follows(before: ir.Table, days: int) -> ir.BooleanValue:
    """Whether a bill begins where the one before it ended, or later."""
    is_same = before.admission_date == before.admission_before
    if has(before, "settlement_begin", "settlement_end"):
        gap = before.part_begin - before.end_before
        return (gap >= 0) & (is_same | (gap <= days))
    gap = before.part_admission - before.end_before
    # The day of the cut may count in both parts.
    goes_on = (before.part_end > before.end_before) & (before.part_begin >= before.end_before - 1)
    return (is_same & goes_on) | ((gap >= 0) & (gap <= days))


def is_interim(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """All bills of a visit that was billed in parts."""
    return table.is_interim if "is_interim" in table.columns else None


INTERIM_SETTLEMENT = Rule(
    "interim_settlement",
    "one visit billed in parts that follow each other: all its bills",
    "同一就诊中途结算：多次结算依次衔接",
    FLAG,
    "interim settlement (中途结算): settlements of one visit with following periods, none reversed",
    is_interim,
    optional=True,
    settings={"days": Key("integer", default=1, low=0, high=31, doc="most days between two parts")},
)
