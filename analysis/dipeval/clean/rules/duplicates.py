"""The same stay twice: every column equal, including the record number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..rule import REJECT, Rule, Setting

if TYPE_CHECKING:
    import ibis.expr.types as ir

ROW = ("source_file", "source_row")
NOT_COMPARED = (*ROW, "is_total_row", "correction", "mended")


def duplicate_keys(table: ir.Table) -> ir.Table | None:
    """Record number and total cost that stand more than once: the only rows worth comparing.

    None for formats without record numbers: two stays that look alike may be two people.
    """
    if "visit" not in table.columns or "total_cost" not in table.columns:
        return None
    known = table.filter(table.visit.notnull() & ~table.is_total_row)
    counted = known.group_by("visit", "total_cost").agg(copies=known.count())
    return counted.filter(counted.copies > 1).drop("copies")


def duplicate_rows(table: ir.Table, keys: ir.Table) -> ir.Table:
    """File and row of each copy behind the first, first in the order of files and rows.

    Parameters
    ----------
    keys : ibis table
        Small; from `duplicate_keys`.
    """
    import ibis

    alike = table.filter(~table.is_total_row).semi_join(keys, ["visit", "total_cost"])
    compared = [name for name in alike.columns if name not in NOT_COMPARED]
    place = ibis.row_number().over(group_by=compared, order_by=list(ROW))
    ranked = alike.mutate(copy=place)
    return ranked.filter(ranked["copy"] > 0).select(*ROW, is_duplicate=ibis.literal(True))


def is_duplicate(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Copies behind the first."""
    return table.is_duplicate if "is_duplicate" in table.columns else None


DUPLICATE = Rule(
    "duplicate",
    "the same stay twice, all columns equal",
    "重复记录（全部字段相同）",
    REJECT,
    "settlement interfaces write rows again after a failed upload (2305, 2601)",
    is_duplicate,
)
