"""Cells of spreadsheets → exact text: codes keep their zeros, numbers show no float artefacts."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from ..errors import EVIDENCE_SHOWN, Problem
from ..schema.header_rows import FoundHeader
from ..vocabulary import columns
from .part import HiddenFields
from .text_table import SOURCE_ROW, TextTable, field_name

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 1 << 14
DIGITS_KEPT = 15
"""Digits of a whole number that a spreadsheet keeps; those behind are zeros."""


def cell_text(value: object) -> str:
    """One cell as text.

    A spreadsheet keeps numbers as binary floats and shows 15 digits of them: 0.1234 is
    ``"0.1234"``, 15.0 is ``"15"``. Dates are ISO; a time of day follows only when there is one.
    """
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        shown = format(value, f".{DIGITS_KEPT}g")
        return format(Decimal(shown), "f") if "e" in shown else shown
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


@dataclass
class Ruined:
    """Rows of one column whose text a spreadsheet has turned into something else."""

    what: str
    rows: int = 0
    shown: list[str] = field(default_factory=list)

    def add(self, row: int) -> None:
        """Note a row; the first few are shown."""
        self.rows += 1
        if len(self.shown) < EVIDENCE_SHOWN:
            self.shown.append(f"row {row}")


@dataclass(frozen=True)
class SheetText:
    """The chosen cells of a sheet as text, with its rows counted and what a spreadsheet has ruined."""

    text: TextTable
    rows: int
    blank: int
    problems: tuple[Problem, ...]


def sheet_text(
    rows: Iterable[Sequence[object]],
    header: FoundHeader,
    fields: Sequence[int],
    hide: HiddenFields,
    where: str,
) -> SheetText:
    """The rows of a sheet as text that stays in memory: a sheet has a million rows at most.

    Parameters
    ----------
    rows : iterable of sequence
        The rows behind the header.
    fields : sequence of int
        Columns to keep; others (names, numbers of persons) are left behind here.
    hide : HiddenFields
        Of which only words for sums are kept.
    where : str
        File and sheet, for messages.
    """
    text_columns = _text_columns(header)
    ruined: dict[tuple[int, str], Ruined] = {}
    kept = KeptRows(tuple(fields), hide)
    number, blank = header.last, 0
    for number, row in enumerate(rows, header.last + 1):
        if all(cell in ("", None) for cell in row):
            blank += 1
        else:
            _note_ruined(row, number, text_columns, ruined)
            cells = (row[k] if k < len(row) else None for k in fields)
            kept.add(number, [None if cell is None else cell_text(cell) or None for cell in cells])
    todo = "format the column as text before the codes are put in, or obtain them in a text file"
    problems = [
        Problem(f"{where}, column {header.cells[k]}", found.what, todo, tuple(found.shown), found.rows)
        for (k, _), found in sorted(ruined.items())
    ]
    return SheetText(kept.text(), number - header.last - blank, blank, tuple(problems))


@dataclass
class KeptRows:
    """Rows that are gathered as text, packed as they come."""

    fields: tuple[int, ...]
    hide: HiddenFields
    batches: list[pa.RecordBatch] = field(default_factory=list)
    waiting: list[list[object]] = field(default_factory=list)

    def add(self, number: int, cells: list[str | None]) -> None:
        """Add one row."""
        self.waiting.append([number, *cells])
        if len(self.waiting) == ROWS_AT_ONCE:
            self._pack()

    def _pack(self) -> None:
        import pyarrow as pa

        numbers, *columns = zip(*self.waiting, strict=True)
        cells = [pa.array(column, pa.string()) for column in columns]
        shown = [self.hide.shown(k, column) for k, column in zip(self.fields, cells, strict=True)]
        names = [SOURCE_ROW, *map(field_name, self.fields)]
        self.batches.append(pa.RecordBatch.from_arrays([pa.array(numbers, pa.int64()), *shown], names))
        self.waiting = []

    def text(self) -> TextTable:
        """All rows that were added."""
        if self.waiting:
            self._pack()
        return TextTable(tuple(map(field_name, self.fields)), lambda: iter(self.batches))


def _text_columns(header: FoundHeader) -> dict[int, bool]:
    """By position of a column that is read as text: whether it holds codes of diagnoses or procedures."""
    found: dict[int, bool] = {}
    for item, position in header.match.positions.items():
        column = columns().get(item.split("__")[0])
        if column is not None and column.kind == "text":
            found[position] = found.get(position, False) or column.role == "diagnosis"
    return found


def _note_ruined(
    row: Sequence[object],
    number: int,
    text_columns: Mapping[int, bool],
    ruined: dict[tuple[int, str], Ruined],
) -> None:
    """A code that became a number or a date is lost, and so are the last digits of a long number."""
    for position, is_code in text_columns.items():
        value = row[position] if position < len(row) else None
        what = ""
        if isinstance(value, float) and not isinstance(value, bool):
            if is_code:
                what = "codes are numbers, so zeros at their ends may be lost (47.0100 became 47.01)"
            elif abs(value) >= 10**DIGITS_KEPT:
                what = f"numbers of more than {DIGITS_KEPT} digits lost their last digits"
        elif is_code and isinstance(value, (datetime.date, datetime.time)):
            what = "codes became dates"
        if what:
            ruined.setdefault((position, what), Ruined(what)).add(number)
