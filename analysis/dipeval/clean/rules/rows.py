"""Rows that are no stays at all: totals, corrections that a person declared, empty rows."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from ..rule import FIX, REJECT, Rule, Setting

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDED = ("hospital", "discharge_date", "total_cost", "care_days")


def is_total(table: ir.Table, setting: Setting) -> ir.BooleanValue:
    """Footers such as 合计; a format that does not declare them stops the reading instead."""
    return table.is_total_row


def _corrected(table: ir.Table, setting: Setting, action: str) -> ir.BooleanValue | None:
    from ...schema.functions import bit

    asked = [k for k, c in enumerate(setting.city.corrections) if c.action == action]
    hits = [bit(table.correction, k) == 1 for k in asked]
    return reduce(lambda a, b: a | b, hits) if hits else None


def is_corrected(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Rows in which a correction of the city set a cell."""
    return _corrected(table, setting, "set")


def is_corrected_away(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Rows that a correction of the city rejects."""
    return _corrected(table, setting, "reject")


def lacks_needed(table: ir.Table, setting: Setting) -> ir.BooleanValue:
    """Without these no stay can be counted: who, when, how much, how long."""
    return reduce(lambda a, b: a | b, [table[n].isnull() for n in NEEDED if n in table.columns])


TOTAL_ROW = Rule(
    "total_row",
    "total rows among the data",
    "数据中的合计行",
    REJECT,
    "issue of hospital exports: footer totals (合计); the format declares whether they occur",
    is_total,
)
CORRECTION_SET = Rule(
    "correction_set",
    "cells set by a declared correction",
    "按声明更正的单元格",
    FIX,
    "corrections of the city file",
    is_corrected,
)
CORRECTION_REJECT = Rule(
    "correction_reject",
    "rows rejected by a declared correction",
    "按声明剔除的行",
    REJECT,
    "corrections of the city file",
    is_corrected_away,
)
MISSING_NEEDED = Rule(
    "missing_needed",
    "hospital, discharge date, total cost or length of stay missing",
    "缺少机构、出院日期、总费用或住院天数",
    REJECT,
    "a stay without them enters no outcome",
    lacks_needed,
    shows=NEEDED,
)
