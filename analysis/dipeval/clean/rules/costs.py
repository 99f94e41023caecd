"""Amounts: none negative, none that is nothing, and parts that add up to the total to the fen."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from ...study.model import Identity
from ..rule import FIX, REJECT, Rule, Setting, amounts

if TYPE_CHECKING:
    import ibis.expr.types as ir

FRONT_PAGE = "logic check of the inpatient front page: 总费用 = (1) + …, sub-items left out"


def has_negative(table: ir.Table, setting: Setting) -> ir.BooleanValue:
    """Any amount below zero after reversals were netted."""
    return reduce(lambda a, b: a | b, [(table[name] < 0).fill_null(False) for name in amounts(table)])


def is_zero(table: ir.Table, setting: Setting) -> ir.BooleanValue:
    """A stay that cost nothing has no logarithm and is no paid case."""
    return (table.total_cost == 0).fill_null(False)


def gap(table: ir.Table, identity: Identity) -> ir.IntegerValue:
    """Total less the sum of the parts, in minor units; a blank part counts as nothing charged."""
    parts = [table[name].fill_null(0) for name in identity.parts]
    return table[identity.total] - reduce(lambda a, b: a + b, parts)


def identity_rule(identity: Identity) -> Rule:
    """The rule of one accounting identity that a format declares."""

    def breaks(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
        """Rows whose parts do not add up; None where the files lack one of the columns."""
        if any(name not in table.columns for name in (identity.total, *identity.parts)):
            return None
        return (gap(table, identity).abs() > identity.tolerance).fill_null(False)

    parts = " + ".join(identity.parts)
    within = f" within {identity.tolerance} minor units" if identity.tolerance else " exactly"
    return Rule(
        identity.name,
        f"{identity.total} = {parts}{within}",
        f"{identity.total} = {parts}",
        identity.action,
        FRONT_PAGE,
        breaks,
        shows=(identity.total, *identity.parts),
    )


def with_blanks_filled(table: ir.Table, setting: Setting) -> ir.Table:
    """Blank amounts become zero where nothing was charged; ``has_blank`` says where.

    That is so where an identity that rejects holds without them, and where the format declares
    `empty_is_zero`. Any other blank amount stays missing.
    """
    import ibis

    filled: dict[str, ir.Value] = {}
    blanks: list[ir.BooleanValue] = []
    for identity in setting.source.identities:
        breaks = identity_rule(identity).function(table, setting)
        if identity.action != REJECT or breaks is None:
            continue
        for name in identity.parts:
            blank = table[name].isnull() & ~breaks & table[identity.total].notnull()
            blanks.append(blank)
            filled[name] = ibis.ifelse(blank, 0, table[name])
    for name, rule in setting.source.columns.items():
        if rule.empty_is_zero and name in table.columns:
            blanks.append(table[name].isnull())
            filled[name] = table[name].fill_null(0)
    return table.mutate(**filled, has_blank=reduce(lambda a, b: a | b, blanks)) if blanks else table


def has_blank(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Rows whose blank parts were filled."""
    return table.has_blank if "has_blank" in table.columns else None


NEGATIVE_AMOUNT = Rule(
    "negative_amount",
    "no amount below zero",
    "金额不为负",
    REJECT,
    "after netting reversals by visit a total must be 0 or more",
    has_negative,
    shows=("total_cost",),
)
ZERO_TOTAL_COST = Rule(
    "zero_total_cost",
    "total cost above zero",
    "总费用大于零",
    REJECT,
    "outcomes are logarithms of cost; a stay without cost is no paid case",
    is_zero,
    shows=("total_cost",),
    optional=True,
)
BLANK_AMOUNT = Rule(
    "blank_amount",
    "blank amounts read as zero where the identity holds without them or the format says so",
    "费用空白且合计相符（或格式声明空白为零）时按零处理",
    FIX,
    "filling rules of the front page: a fee that did not occur is 0; some exports leave it blank",
    has_blank,
)
