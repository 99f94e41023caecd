"""Cells of spreadsheets → exact text: codes keep their zeros, numbers show no float artefacts."""

from __future__ import annotations

import csv
import datetime
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from ..errors import EVIDENCE_SHOWN, Problem
from ..schema.header_rows import FoundHeader
from ..vocabulary import columns
from .delimited import Copying
from .part import HiddenFields

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


def copy_sheet(
    rows: Iterable[Sequence[object]],
    header: FoundHeader,
    fields: Sequence[int],
    hide: HiddenFields,
    target: Path,
    where: str,
) -> tuple[Copying, list[Problem]]:
    """Write the chosen cells of a sheet's rows as UTF-8 CSV, each row with its number as first field.

    Parameters
    ----------
    rows : iterable of sequence
        The rows behind the header.
    fields : sequence of int
        Columns to write; others (names, numbers of persons) are left behind here.
    hide : HiddenFields
        Of which only words for sums are written.
    where : str
        File and sheet, for messages.
    """
    state = Copying(header.last + 1)
    text_columns = _text_columns(header)
    ruined: dict[tuple[int, str], Ruined] = {}
    with open(
        os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline=""
    ) as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            if all(cell in ("", None) for cell in row):
                state.blank += 1
            else:
                _note_ruined(row, state.row, text_columns, ruined)
                cells = ((k, row[k] if k < len(row) else None) for k in fields)
                told = ("" if cell is None else hide.text(k, cell_text(cell)) for k, cell in cells)
                writer.writerow([state.row, *told])
                state.rows += 1
            state.row += 1
    todo = "format the column as text before the codes are put in, or obtain them in a text file"
    problems = [
        Problem(f"{where}, column {header.cells[k]}", found.what, todo, tuple(found.shown), found.rows)
        for (k, _), found in sorted(ruined.items())
    ]
    return state, problems


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
