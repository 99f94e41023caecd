"""Amounts inside others: a sub-item is not above its parent, and other costs are not the whole."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from ..rule import FLAG, Rule, Setting, has

if TYPE_CHECKING:
    import ibis.expr.types as ir

OF_WHICH = (
    "surgical_treatment_cost",
    "surgery_cost",
    "anaesthesia_cost",
    "nonsurgical_treatment_cost",
    "physical_therapy_cost",
    "western_drug_cost",
    "antibiotics_cost",
)
"""Parents and sub-items of the front page, as evidence."""


def is_above_parent(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Rows in which the sub-items that a format declares are together above their parent, to the fen.

    A blank sub-item counts as nothing charged; below a blank parent nothing is judged.
    """
    hits = []
    for one in setting.source.parts:
        here = [table[name].fill_null(0) for name in one.parts if has(table, name)]
        if here and has(table, one.parent):
            hits.append((reduce(lambda a, b: a + b, here) > table[one.parent]).fill_null(False))
    return reduce(lambda a, b: a | b, hits) if hits else None


def is_all_other(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays of which the whole cost stands under other."""
    if not has(table, "other_cost"):
        return None
    return ((table.other_cost >= table.total_cost) & (table.total_cost > 0)).fill_null(False)


PART_ABOVE_PARENT = Rule(
    "part_above_parent",
    "sub-items (of which) not above the item that holds them",
    "子项费用之和不大于所属费用",
    FLAG,
    "quality rules of the inpatient front page: 手术治疗费 ≥ 麻醉费 + 手术费, sub-items ≤ parent",
    is_above_parent,
    shows=OF_WHICH,
    optional=True,
)
OTHER_COST_IS_TOTAL = Rule(
    "other_cost_is_total",
    "other costs below the total",
    "其他费小于总费用",
    FLAG,
    "quality rules of the inpatient front page: 其他费 < 总费用",
    is_all_other,
    shows=("other_cost", "total_cost"),
    optional=True,
)
