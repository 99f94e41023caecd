"""Count the cells of one undeclared file: codes, dates, amounts, hospitals, months.

Only columns that a format names are looked into, and of them only counts, codes of coded columns,
hospitals, medians and forms of dates come out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..schema.headers import item_name
from ..schema.text import normalised_cell
from ..study.model import Source
from ..vocabulary import columns
from .facts import FEWEST, Amounts, CodeCount, DateForms, Facts, StrangeColumn
from .likeness import most_alike

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

MOST_CODES = 40
"""A column with more words than this that the format does not know is no coded column: none is shown."""
NAMED = ("hospital", "hospital_name", "period")
"""Texts that are counted; others are never looked into."""
MOST_HOSPITALS = 500
MOST_FOR_MEDIANS = 1_000_000
DATE_FORMS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y%m%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
)


def facts_of(engine: TableEngine, table: ir.Table, source: Source) -> Facts:
    """Count what one file holds.

    Parameters
    ----------
    table : ibis table
        The text of `store.raw.RawTable`.

    Returns
    -------
    Facts
        Cost: a copy of the text's cells in the engine, one pass over its amounts, one grouping for each
        coded and each date column.
    """
    from ..schema.functions import folded

    here = [(name, k) for name in source.columns if _is_counted(name) for k in _items(table, name)]
    words = sorted({*(normalised_cell(word) for word in source.empty), ""})
    plain = {item_name(name, k): folded(table[item_name(name, k)]) for name, k in here}
    staged = engine.stage(table.select("is_total_row", "source_row", **plain))
    rows, total_rows = _rows(engine, staged)
    text = staged.filter(~staged.is_total_row)
    text = text.mutate(**{item: text[item].isin(words).ifelse(None, text[item]) for item in plain})
    codes, strange = _codes(engine, text, source, here)
    dates, months = _dates(engine, text, [(name, k) for name, k in here if columns()[name].kind == "date"])
    # Medians need all values at once: of many rows, evenly spaced ones are enough.
    spaced = text.filter(text.source_row % (rows // MOST_FOR_MEDIANS + 1) == 0)
    amounts = _amounts(engine, spaced, [(name, k) for name, k in here if columns()[name].kind == "money"])
    months = months or _periods(engine, text)
    return Facts(rows, total_rows, codes, strange, dates, amounts, _hospitals(engine, text), months)


def _rows(engine: TableEngine, staged: ir.Table) -> tuple[int, int]:
    told = staged.aggregate(rows=staged.count(), totals=staged.is_total_row.cast("int64").sum().fill_null(0))
    row = engine.to_frame(told).iloc[0]
    return int(row["rows"]), int(row["totals"])


def _is_counted(name: str) -> bool:
    known = columns()[name]
    return bool(known.values) or known.kind in ("date", "money") or name in NAMED


def _items(table: ir.Table, name: str) -> list[int]:
    """Which items of a column stand in the file."""
    items = (item.rpartition("__") for item in table.columns)
    return sorted(int(k) for column, _, k in items if column == name and k.isdigit())


def _counted(engine: TableEngine, cell: ir.StringValue, most: int) -> list[tuple[str, int]]:
    """Values with their rows, most frequent first; one more than `most` at the most."""
    import ibis

    table = cell.name("cell").as_table()
    counted = table.filter(table.cell.notnull()).group_by("cell").agg(n=lambda t: t.count())
    top = counted.order_by(ibis.desc("n"), "cell").limit(most + 1)
    frame = engine.to_frame(top).sort_values(["n", "cell"], ascending=[False, True])
    return [(str(word), int(n)) for word, n in frame.itertuples(index=False)]


def _codes(
    engine: TableEngine, text: ir.Table, source: Source, here: list[tuple[str, int]]
) -> tuple[tuple[CodeCount, ...], tuple[StrangeColumn, ...]]:
    found, strange = [], []
    for name, k in here:
        words = columns()[name].values
        if not words:
            continue
        known = source.codes.get(name) or {word: word for word in words}
        plain = {normalised_cell(code): word for code, word in known.items()}
        cell = text[item_name(name, k)]
        unknown = _counted(engine, cell.isin(sorted(plain)).ifelse(None, cell), MOST_CODES)
        if len(unknown) > MOST_CODES:
            strange.append(StrangeColumn(name, len(unknown) - 1, sum(n for _, n in unknown)))
            continue
        for code, rows in unknown:
            near, _ = most_alike(code, plain)
            found.append(CodeCount(name, code, rows, near, plain.get(near, "")))
    return tuple(found), tuple(strange)


def _dates(
    engine: TableEngine, text: ir.Table, here: Sequence[tuple[str, int]]
) -> tuple[tuple[DateForms, ...], dict[str, int]]:
    """How dates are written, and rows by month of discharge; each different cell is read once."""
    import ibis

    from ..schema.cells import plain_date
    from ..schema.functions import parsed_day

    found, months = [], {}
    for name, k in here:
        table = text.select(cell=plain_date(text[item_name(name, k)]))
        cells = table.filter(table.cell.notnull()).group_by("cell").agg(n=lambda t: t.count())
        cells = engine.stage(cells)
        hits = {f"form_{i}": parsed_day(cells.cell, form).notnull() for i, form in enumerate(DATE_FORMS)}
        marked = cells.select(cells.n, read=ibis.or_(*hits.values()), **hits)
        sums = {hit: marked[hit].ifelse(marked.n, 0).sum().fill_null(0) for hit in ("read", *hits)}
        told = engine.to_frame(marked.aggregate(rows=marked.n.sum().fill_null(0), **sums)).iloc[0]
        rows, forms = int(told["rows"]), {f: int(told[f"form_{i}"]) for i, f in enumerate(DATE_FORMS)}
        seen = DateForms(name, rows, {form: n for form, n in forms.items() if n}, rows - int(told["read"]))
        found.append(seen)
        if name == "discharge_date" and seen.form:
            months = _by_month(engine, cells, seen.form)
    return tuple(found), months


def _by_month(engine: TableEngine, cells: ir.Table, form: str) -> dict[str, int]:
    from ..schema.functions import parsed_day

    table = cells.select("n", month=parsed_day(cells.cell, form).strftime("%Y-%m"))
    counted = table.filter(table.month.notnull()).group_by("month").agg(n=table.n.sum())
    return {str(label): int(n) for label, n in engine.to_frame(counted, ["month"]).itertuples(index=False)}


def _periods(engine: TableEngine, text: ir.Table) -> dict[str, int]:
    """Rows by period of a report, as it writes them; empty for other formats."""
    if "period__0" not in text.columns:
        return {}
    table = text.select(month=text["period__0"])
    counted = table.filter(table.month.notnull()).group_by("month").agg(n=lambda t: t.count())
    return {str(label): int(n) for label, n in engine.to_frame(counted, ["month"]).itertuples(index=False)}


def _amounts(engine: TableEngine, text: ir.Table, here: Sequence[tuple[str, int]]) -> tuple[Amounts, ...]:
    """All columns of money in one pass."""
    from ..schema.cells import quick_number
    from ..schema.functions import plain_decimal

    made: dict[str, ir.Value] = {}
    for name, k in here:
        cell = text[item_name(name, k)]
        number = quick_number(plain_decimal(cell))
        above = (number > 0).ifelse(number, None)
        made |= {f"{name}__{k}__above": above.count(), f"{name}__{k}__median": above.median()}
    if not made:
        return ()
    told = engine.to_frame(text.aggregate(**made)).iloc[0]
    found = []
    for name, k in here:
        median = float(told[f"{name}__{k}__median"]) if told[f"{name}__{k}__above"] >= FEWEST else math.nan
        found.append(Amounts(name, k, median))
    return tuple(found)


def _hospitals(engine: TableEngine, text: ir.Table) -> tuple[tuple[str, str, int], ...]:
    import ibis

    if "hospital__0" not in text.columns:
        return ()
    name = text["hospital_name__0"] if "hospital_name__0" in text.columns else ibis.null("string")
    table = text.select(code=text["hospital__0"], name=name)
    counted = table.group_by("code").agg(name=table.name.min(), n=table.count())
    top = counted.order_by(ibis.desc("n"), "code").limit(MOST_HOSPITALS)
    frame = engine.to_frame(top).sort_values(["n", "code"], ascending=[False, True]).fillna("")
    return tuple((str(code), str(name), int(n)) for code, name, n in frame.itertuples(index=False))
