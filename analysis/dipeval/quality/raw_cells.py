"""Which cells of the raw files are empty or damaged, by column and month of discharge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..schema.headers import item_name
from ..schema.periods import period_label
from ..schema.readings import reading_of
from ..schema.text import normalised_cell
from ..study.model import Source
from ..vocabulary import columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

DAMAGED = "\ufffd"
"""What stands in place of a character that could not be read, most often by an earlier program."""
NO_MONTH = ""
"""In place of the month where the date of discharge is missing or cannot be read."""


def cells_by_month(raw: ir.Table, source: Source) -> ir.Table:
    """Rows, empty cells and damaged cells by month, before any rule has looked at them.

    Parameters
    ----------
    raw : ibis table
        The text of `store.raw.RawTable`, of a format with one row a stay.

    Returns
    -------
    ibis table
        Lazy: ``month``, ``rows`` and, for each column of the vocabulary that the files have,
        ``empty__<column>``, rows that have none of its items, and ``damaged__<column>``, rows with a
        lost character in one of them. Total rows are left out. Cost: one pass over the text.
    """
    here = {name: items for name in source.columns if (items := _items(raw, source, name))}
    words = sorted({*(normalised_cell(word) for word in source.empty), ""})
    rows = raw.filter(~raw.is_total_row)
    marks = {f"empty__{name}": _is_empty(rows, items, words) for name, items in here.items()}
    marks |= {f"damaged__{name}": _is_damaged(rows, items) for name, items in here.items()}
    marked = rows.select(month=_month(rows, source), **marks)
    counts = {name: marked[name].cast("int64").sum() for name in marks}
    return marked.group_by("month").agg(rows=marked.count(), **counts)


def _items(raw: ir.Table, source: Source, name: str) -> list[str]:
    all_items = [item_name(name, k) for k in range(len(source.columns[name].items))]
    return [item for item in all_items if item in raw.columns]


def _is_empty(rows: ir.Table, items: list[str], words: list[str]) -> ir.BooleanValue:
    import ibis

    from ..schema.functions import folded

    return ibis.and_(*[(rows[item].isnull() | folded(rows[item]).isin(words)) for item in items])


def _is_damaged(rows: ir.Table, items: list[str]) -> ir.BooleanValue:
    import ibis

    return ibis.or_(*[rows[item].contains(DAMAGED).fill_null(False) for item in items])


def _month(rows: ir.Table, source: Source) -> ir.StringValue:
    cell = rows[item_name("discharge_date", 0)]
    reading = reading_of(columns()["discharge_date"], source.columns["discharge_date"], {}, 0)
    day = reading.quick(cell).coalesce(reading.careful(reading.plain(cell)))
    return period_label(day, "month").fill_null(NO_MONTH)
