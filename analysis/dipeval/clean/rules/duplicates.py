"""The same stay twice: every column equal, including the record number; or one settlement, told twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..rule import FLAG, REJECT, Rule, Setting

if TYPE_CHECKING:
    import ibis.expr.types as ir

ROW = ("source_file", "source_row")
NOT_COMPARED = (*ROW, "is_total_row", "correction", "mended")
KEY = ("repeat_key", "repeat_cost")


def repeated_keys(table: ir.Table) -> ir.Table | None:
    """Numbers that stand more than once: only rows of these are worth comparing.

    The settlement's number where a format has one, and the visit's for rows without; else the visit's
    with the total cost, because the number of a record may stand for several stays. None for formats
    without record numbers: two stays that look alike may be two people.
    """
    if "visit" not in table.columns or "total_cost" not in table.columns:
        return None
    known = _numbered(table).filter(~table.is_total_row)
    known = known.filter(known[KEY[0]].notnull())
    names = [name for name in KEY if name in known.columns]
    counted = known.group_by(names).agg(copies=known.count())
    return counted.filter(counted.copies > 1).drop("copies")


def _numbered(table: ir.Table) -> ir.Table:
    """The table with the columns of `KEY`."""
    if "settlement" in table.columns:
        return table.mutate(repeat_key=table.settlement.fill_null(table.visit))
    return table.mutate(repeat_key=table.visit, repeat_cost=table.total_cost)


def repeated_rows(table: ir.Table, keys: ir.Table) -> ir.Table:
    """File and row of each copy behind the first, and of other rows under a number that was there before.

    Parameters
    ----------
    keys : ibis table
        Small; from `repeated_keys`.

    Returns
    -------
    ibis table
        `ROW`, ``is_duplicate`` (all columns equal) and ``is_repeated`` (the settlement's number equal,
        another content, and no reversal among them), first in the order of files and rows.
    """
    import ibis

    alike = _numbered(table).filter(~table.is_total_row).semi_join(keys, list(keys.columns))
    compared = [name for name in alike.columns if name not in NOT_COMPARED]
    place = ibis.row_number().over(group_by=compared, order_by=list(ROW))
    ranked = alike.mutate(copy=place)
    is_copy = ranked["copy"] > 0
    if "settlement" not in ranked.columns:
        return ranked.filter(is_copy).select(*ROW, is_duplicate=is_copy, is_repeated=ibis.literal(False))
    of_one = ["hospital", "settlement"]
    until_here = ibis.window(group_by=of_one, order_by=list(ROW), preceding=None, following=0)
    seen = ranked.mutate(
        is_duplicate=is_copy,
        contents=(~is_copy).cast("int64").sum().over(until_here),
        least=ranked.total_cost.min().over(group_by=of_one),
    )
    is_later = (seen.contents > 1) & seen.settlement.notnull() & (seen.least >= 0).fill_null(True)
    made = seen.mutate(is_repeated=is_later & ~seen.is_duplicate)
    return made.filter(made.is_duplicate | made.is_repeated).select(*ROW, "is_duplicate", "is_repeated")


def is_duplicate(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Copies behind the first."""
    return table.is_duplicate if "is_duplicate" in table.columns else None


def is_repeated(table: ir.Table, setting: Setting) -> ir.BooleanValue | None:
    """Rows under a settlement number that stood before, with another content."""
    return table.is_repeated if "is_repeated" in table.columns and "settlement" in table.columns else None


DUPLICATE = Rule(
    "duplicate",
    "the same stay twice, all columns equal",
    "重复记录（全部字段相同）",
    REJECT,
    "settlement interfaces write rows again after a failed upload (2305, 2601)",
    is_duplicate,
)
SETTLEMENT_REPEATED = Rule(
    "settlement_repeated",
    "one settlement number, one row: another content under the same number is marked",
    "同一结算号仅一条记录（内容不同的重复结算号予以标记）",
    FLAG,
    "settlement interfaces 2305, 2405, 2601: repeated setl_id; which row holds is not known",
    is_repeated,
    shows=("hospital", "discharge_date", "total_cost"),
    optional=True,
)
