"""Which stays the study is about."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from ..rule import REJECT, Rule, Setting

if TYPE_CHECKING:
    import ibis.expr.types as ir


def is_outside(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Stays whose payer, sex … is not among those that the study keeps; missing is not among them."""
    if not setting.keep:
        return None
    kept = [table[name].isin(list(values)).fill_null(False) for name, values in sorted(setting.keep.items())]
    return ~reduce(lambda a, b: a & b, kept)


def population_rule(setting: Setting) -> Rule:
    """The rule of a study's population."""
    return Rule(
        "population",
        "stays of the study's population (data.keep)",
        "研究人群（data.keep）",
        REJECT,
        "the study file: payment by DIP covers the insured, not self-paid or work-injury cases",
        is_outside,
        shows=tuple(sorted(setting.keep)),
    )


def without_rule(marking: Rule) -> Rule:
    """The rule that leaves out the stays that another rule marks."""

    def is_marked(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
        """Rows that the other rule marks; None where it is off or cannot judge."""
        return marking.function(table, setting) if setting.is_on(marking) else None

    return Rule(
        f"without_{marking.name}",
        f"stays marked by {marking.name} are left out (data.without_flags)",
        f"剔除规则 {marking.name} 标记的病例（data.without_flags）",
        REJECT,
        "the study file",
        is_marked,
        shows=marking.shows,
    )
