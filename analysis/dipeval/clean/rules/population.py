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
