"""The alarm on units: yuan, ten thousand yuan and fen lie a hundred and more apart; nothing is rescaled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...study.grammar import Key
from ..rule import FLAG, Rule, Setting, has

if TYPE_CHECKING:
    import ibis.expr.types as ir

STOP, MARK = "stop", "flag"


def is_alarmed(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays of hospital-years whose amounts lie powers of ten away; None where none was looked at."""
    return table.is_alarmed if has(table, "is_alarmed") else None


UNIT_ALARM = Rule(
    "unit_alarm",
    "amounts of each hospital and year have the size of their declared unit",
    "各机构各年费用量级与声明单位相符",
    FLAG,
    "quality rules of settlement data: 元 against 万元 by scale and column name; never rescaled silently",
    is_alarmed,
    shows=("hospital", "discharge_date", "total_cost"),
    optional=True,
    settings={
        "action": Key("text", default=STOP, choices=(STOP, MARK), doc="stop the run, or only mark the stays"),
        "decades": Key(
            "number", default=1.5, low=1.0, high=4.0, doc="powers of ten that amounts may be apart"
        ),
        "fewest": Key("integer", default=30, low=5, high=10_000, doc="stays of a year that say something"),
    },
)
