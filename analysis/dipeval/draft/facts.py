"""What the cells of one undeclared file say, counted by the engine: codes, dates, amounts, hospitals, months.

Only columns that a format names are looked into, and of them only counts, codes of coded columns,
hospitals, medians and shapes of dates come out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..schema.headers import item_name
from ..schema.text import normalised_cell
from ..study.model import Source
from ..vocabulary import columns
from .likeness import most_alike

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

MOST_CODES = 40
"""A column with more words than this that the format does not know is no coded column: none is shown."""
MOST_HOSPITALS = 500
FEWEST = 10
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


@dataclass(frozen=True)
class CodeCount:
    """A word of a coded column that the format does not know, in so many rows; its nearest known word."""

    column: str
    code: str
    rows: int
    near: str
    word: str


@dataclass(frozen=True)
class StrangeColumn:
    """A coded column with so many unknown words that it is none."""

    column: str
    words: int
    rows: int


@dataclass(frozen=True)
class DateForms:
    """In which forms the cells of a date column can be read: rows by form, and rows in none of them."""

    column: str
    rows: int
    by_form: Mapping[str, int]
    unread: int

    @property
    def form(self) -> str:
        """The one form that reads most cells; empty when none does, or when two cannot be told apart."""
        most = max(self.by_form.values(), default=0)
        best = [form for form, rows in self.by_form.items() if rows == most and rows]
        return best[0] if len(best) == 1 else ""


@dataclass(frozen=True)
class Amounts:
    """The amounts of one header: cells that are numbers and that are not, and the median of those above 0.

    The median is NaN where fewer than `FEWEST` amounts stand behind it: it could be one person's.
    """

    column: str
    item: int
    numbers: int
    others: int
    median: float


@dataclass(frozen=True)
class Facts:
    """All that was counted in one file.

    Attributes
    ----------
    rows, total_rows : int
        Rows of data, and how many of them are totals.
    codes : tuple of CodeCount
        Most frequent first, by column.
    strange : tuple of StrangeColumn
    dates : tuple of DateForms
    amounts : tuple of Amounts
    hospitals : tuple of (str, str, int)
        Code, name, rows; most rows first, at most `MOST_HOSPITALS`.
    months : mapping of str to int
        Rows by month of discharge (of the report, where the file is one).
    """

    rows: int
    total_rows: int
    codes: tuple[CodeCount, ...] = ()
    strange: tuple[StrangeColumn, ...] = ()
    dates: tuple[DateForms, ...] = ()
    amounts: tuple[Amounts, ...] = ()
    hospitals: tuple[tuple[str, str, int], ...] = ()
    months: Mapping[str, int] | None = None


def facts_of(engine: TableEngine, table: ir.Table, source: Source) -> Facts:
    """Count what one file holds.

    Parameters
    ----------
    table : ibis table
        The text of `store.raw.RawTable`.

    Returns
    -------
    Facts
        Cost: a copy of the text's cells, one pass over its dates and one over its amounts, one grouping
        for each coded column.
    """
    from ..schema.functions import folded

    rows = engine.count(table)
    data = table.filter(~table.is_total_row)
    here = [(name, k) for name in source.columns for k in _items(table, name)]
    words = sorted({*(normalised_cell(word) for word in source.empty), ""})
    plain = {item_name(name, k): folded(data[item_name(name, k)]) for name, k in here}
    text = engine.stage(data.select(**{i: cell.nullif("") for i, cell in plain.items()}))
    text = text.mutate(**{item: text[item].isin(words).ifelse(None, text[item]) for item in plain})
    codes, strange = _codes(engine, text, source, here)
    dates = _dates(engine, text, [(name, k) for name, k in here if columns()[name].kind == "date"])
    amounts = _amounts(engine, text, [(name, k) for name, k in here if columns()[name].kind == "money"])
    hospitals, months = _hospitals(engine, text), _months(engine, text, dates)
    total_rows = rows - engine.count(data)
    return Facts(rows, total_rows, codes, strange, dates, amounts, hospitals, months)


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


def _dates(engine: TableEngine, text: ir.Table, here: Sequence[tuple[str, int]]) -> tuple[DateForms, ...]:
    """All date columns in one pass."""
    import ibis

    from ..schema.cells import plain_date
    from ..schema.functions import parsed_day

    counts: dict[str, ir.Value] = {}
    for name, k in here:
        cell = plain_date(text[item_name(name, k)])
        hits = [parsed_day(cell, form).notnull() for form in DATE_FORMS]
        counts[f"{name}__{k}__rows"] = cell.count()
        counts[f"{name}__{k}__read"] = ibis.or_(*hits).sum().fill_null(0)
        counts |= {f"{name}__{k}__{i}": hit.sum().fill_null(0) for i, hit in enumerate(hits)}
    if not counts:
        return ()
    told = engine.to_frame(text.aggregate(**counts)).iloc[0]
    found = []
    for name, k in here:
        rows, read = int(told[f"{name}__{k}__rows"]), int(told[f"{name}__{k}__read"])
        forms = {form: int(told[f"{name}__{k}__{i}"]) for i, form in enumerate(DATE_FORMS)}
        found.append(DateForms(name, rows, {form: n for form, n in forms.items() if n}, rows - read))
    return tuple(found)


def _amounts(engine: TableEngine, text: ir.Table, here: Sequence[tuple[str, int]]) -> tuple[Amounts, ...]:
    """All columns of money in one pass."""
    from ..schema.cells import quick_number
    from ..schema.functions import plain_decimal

    made: dict[str, ir.Value] = {}
    for name, k in here:
        cell = text[item_name(name, k)]
        number = quick_number(plain_decimal(cell))
        above = (number > 0).ifelse(number, None)
        made |= {f"{name}__{k}__cells": cell.count(), f"{name}__{k}__numbers": number.count()}
        made |= {f"{name}__{k}__above": above.count(), f"{name}__{k}__median": above.median()}
    if not made:
        return ()
    told = engine.to_frame(text.aggregate(**made)).iloc[0]
    found = []
    for name, k in here:
        cells, numbers = (int(told[f"{name}__{k}__{what}"]) for what in ("cells", "numbers"))
        median = float(told[f"{name}__{k}__median"]) if told[f"{name}__{k}__above"] >= FEWEST else math.nan
        found.append(Amounts(name, k, numbers, cells - numbers, median))
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


def _months(engine: TableEngine, text: ir.Table, dates: tuple[DateForms, ...]) -> dict[str, int]:
    """Rows by month; empty when the form of the dates cannot be told."""
    from ..schema.cells import plain_date
    from ..schema.functions import parsed_day

    discharged = next((forms for forms in dates if forms.column == "discharge_date"), None)
    if discharged is not None and discharged.form:
        cell = plain_date(text["discharge_date__0"])
        month = parsed_day(cell, discharged.form).strftime("%Y-%m")
    elif discharged is None and "period__0" in text.columns:
        month = text["period__0"]
    else:
        return {}
    table = month.name("month").as_table()
    counted = table.filter(table.month.notnull()).group_by("month").agg(n=lambda t: t.count())
    return {str(label): int(n) for label, n in engine.to_frame(counted, ["month"]).itertuples(index=False)}
