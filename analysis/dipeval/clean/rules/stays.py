"""Length of stay: the declared days, mended from the dates where they are missing or impossible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..rule import CONVENTION, FIX, FLAG, Rule, Setting, applies_to_none

if TYPE_CHECKING:
    import ibis.expr.types as ir

SAME_DAY_COUNTS_ONE = Rule(
    "same_day_counts_one",
    "a stay of one day counts one day (off: the plain difference of the dates, 0 on the same day)",
    "当日入出院按1天计（关闭时按日期差计0天）",
    CONVENTION,
    "quality rules of the inpatient front page: 住院天数 = 出院 − 入院, and at least 1",
    applies_to_none,
    optional=True,
)


def with_stays(table: ir.Table, setting: Setting) -> ir.Table:
    """Add ``declared_days`` and ``days_by_dates``; ``care_days`` is what the analysis uses.

    Declared days are used as they are, unless missing or below the least that can be (1, or 0
    where a city switches `same_day_counts_one` off): then the dates decide.
    """
    import ibis

    least = 1 if setting.is_on(SAME_DAY_COUNTS_ONE) else 0
    by_dates: ir.IntegerValue = ibis.null("int64")
    if "admission_date" in table.columns:
        days = table.discharge_date.delta(table.admission_date, unit="day").cast("int64")
        by_dates = ibis.cases((days >= 0, ibis.greatest(days, least)), else_=ibis.null("int64"))
    elif "care_days" not in table.columns:
        return table
    declared = table.care_days if "care_days" in table.columns else ibis.null("int64")
    return table.mutate(
        declared_days=declared,
        days_by_dates=by_dates,
        care_days=ibis.ifelse(declared >= least, declared, by_dates),
    )


def is_from_dates(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays whose declared days were missing or impossible."""
    if "declared_days" not in table.columns:
        return None
    return table.declared_days.isnull() | (table.declared_days != table.care_days)


def differs_from_dates(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays whose declared days are possible, but not those of the dates."""
    if "declared_days" not in table.columns or "admission_date" not in table.columns:
        return None
    return (table.care_days != table.days_by_dates).fill_null(False)


STAY_FROM_DATES = Rule(
    "stay_from_dates",
    "declared length of stay missing or below the least possible: taken from the dates",
    "住院天数缺失或小于最小值时由日期计算",
    FIX,
    "quality rules of the inpatient front page: 住院天数 = 出院 − 入院, and at least 1",
    is_from_dates,
)
STAY_IDENTITY = Rule(
    "stay_identity",
    "declared length of stay = discharge − admission",
    "住院天数与入出院日期一致",
    FLAG,
    "quality rules of the inpatient front page: 住院天数 = 出院 − 入院, and at least 1",
    differs_from_dates,
    optional=True,
)
