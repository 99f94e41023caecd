"""Length of stay: the declared days, mended from the dates where they are missing or impossible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...study.grammar import Key
from ..rule import CONVENTION, FIX, FLAG, Rule, Setting, applies_to_none, has

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
    """Add ``declared_days``, ``days_by_dates`` and ``day_case``; ``care_days`` is what the analysis uses.

    Declared days are used as they are, unless missing or below the least that can be (1, or 0
    where a city switches `same_day_counts_one` off): then the dates decide.
    """
    import ibis

    least = 1 if setting.is_on(SAME_DAY_COUNTS_ONE) else 0
    by_dates: ir.IntegerValue = ibis.null("int64")
    made: dict[str, ir.Value] = {}
    if "admission_date" in table.columns:
        days = table.discharge_date.delta(table.admission_date, unit="day").cast("int64")
        by_dates = ibis.cases((days >= 0, ibis.greatest(days, least)), else_=ibis.null("int64"))
        made["day_case"] = (days == 0).cast("int64")
    elif "care_days" not in table.columns:
        return table
    declared = table.care_days if "care_days" in table.columns else ibis.null("int64")
    return table.mutate(
        declared_days=declared,
        days_by_dates=by_dates,
        care_days=ibis.ifelse(declared >= least, declared, by_dates),
        **made,
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


def is_too_long(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays longer than the city's threshold."""
    if not has(table, "care_days"):
        return None
    return (table.care_days > setting.value(STAY_TOO_LONG, "days")).fill_null(False)


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
    shows=("care_days", "admission_date", "discharge_date"),
    optional=True,
)
STAY_TOO_LONG = Rule(
    "stay_too_long",
    "length of stay not above a threshold",
    "住院天数不超过阈值",
    FLAG,
    "quality rules of the inpatient front page: 住院天数 wrong; the threshold is a convention (unverified)",
    is_too_long,
    shows=("care_days", "admission_date", "discharge_date"),
    optional=True,
    settings={"days": Key("integer", default=365, low=1, high=36_500, doc="longest stay that is not marked")},
)
