"""Reversals (冲销): negative rows are netted with the other rows of the same visit.

A visit that holds a negative row is summed: what is left stands in its last positive row, the other
rows go. A visit that nets to nothing goes whole. A negative row without any positive one stays, and
is rejected as a negative amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..rule import FIX, REJECT, Rule, Setting, amounts
from .duplicates import ROW

if TYPE_CHECKING:
    import ibis.expr.types as ir

VISIT = ("hospital", "visit")
REVERSED, NET = "reversed", "net"


def reversed_visits(table: ir.Table) -> ir.Table | None:
    """Visits that hold a negative total; None for formats without record numbers."""
    if "visit" not in table.columns:
        return None
    negative = table.filter((table.total_cost < 0) & table.visit.notnull() & ~table.is_total_row)
    return negative.select(*VISIT).distinct()


def netting(table: ir.Table, visits: ir.Table) -> ir.Table:
    """Rows of reversed visits with their role and, as ``net_<column>``, the amounts that are left.

    Parameters
    ----------
    table : ibis table
        Without duplicates.
    visits : ibis table
        Small; from `reversed_visits`.
    """
    import ibis

    from ...schema.functions import int64_of_sum

    rows = table.filter(~table.is_total_row).semi_join(visits, list(VISIT))
    money = amounts(rows)
    sums = {f"net_{n}": int64_of_sum(rows[n].sum().over(group_by=list(VISIT))) for n in money}
    positive = (rows.total_cost > 0).cast("int64")
    # Last among the positive rows; rows that are not positive come after them and are never rank 0.
    rank = ibis.row_number().over(
        group_by=list(VISIT), order_by=[positive.desc(), *(rows[name].desc() for name in ROW)]
    )
    ranked = rows.mutate(**sums, rank=rank, positives=positive.sum().over(group_by=list(VISIT)))
    carries = (ranked["rank"] == 0) & (ranked.net_total_cost != 0)
    role = ibis.ifelse(carries, NET, REVERSED)
    return ranked.filter(ranked.positives > 0).select(*ROW, netting=role, **{n: ranked[n] for n in sums})


def netted(table: ir.Table, nets: ir.Table) -> ir.Table:
    """The table with its reversed visits marked and the amounts that are left in place."""
    import ibis

    joined = table.left_join(nets, list(ROW)).drop("source_file_right", "source_row_right")
    is_net = (joined.netting == NET).fill_null(False)
    return joined.mutate(
        **{name: ibis.ifelse(is_net, joined[f"net_{name}"], joined[name]) for name in amounts(table)}
    ).drop([f"net_{name}" for name in amounts(table)])


def is_reversed(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Rows that a reversal took away."""
    return (table.netting == REVERSED).fill_null(False) if "netting" in table.columns else None


def is_net(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Rows that now hold what a reversal left."""
    return (table.netting == NET).fill_null(False) if "netting" in table.columns else None


REVERSAL = Rule(
    "reversal",
    "rows taken away by a reversal of the same visit",
    "同一就诊冲销抵消的行",
    REJECT,
    "settlement interfaces 2305, 2405, 2601 (冲销): net by visit",
    is_reversed,
    shows=("total_cost",),
)
NET_OF_REVERSAL = Rule(
    "net_of_reversal",
    "rows that hold what a partial reversal left",
    "部分冲销后的净额",
    FIX,
    "settlement interfaces 2305, 2405, 2601 (冲销): net by visit",
    is_net,
)
