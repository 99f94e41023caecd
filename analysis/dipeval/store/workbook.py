"""Spreadsheets → rows of exact text: codes keep their zeros, numbers show no float artefacts."""

from __future__ import annotations

import csv
import datetime
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from ..errors import Problem, nearest
from .delimited import Copying


def cell_text(value: object) -> str:
    """One cell as text.

    A spreadsheet keeps numbers as binary floats and shows 15 digits of them: 0.1234 is
    ``"0.1234"``, 15.0 is ``"15"``. Dates are ISO; a time of day follows only when there is one.
    """
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        shown = format(value, ".15g")
        return format(Decimal(shown), "f") if "e" in shown else shown
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value)


def read_sheets(
    path: Path, sheets: Sequence[str], where: str
) -> tuple[dict[str, list[list[object]]], list[Problem]]:
    """Read the declared sheets of a workbook.

    Parameters
    ----------
    sheets : sequence of str
        May be empty when the workbook has one sheet only.
    where : str
        The file, for messages.

    Returns
    -------
    rows : dict of str to list of rows
        By sheet; every row of the sheet from its first, so that indices are row numbers less one.
    problems : list of Problem
        A damaged workbook, a sheet that is not there, several sheets and none declared.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError):
        what = "is no readable spreadsheet: damaged, cut off, or locked with a password"
        return {}, [Problem(where, what, "obtain the file again, and open it once in a spreadsheet program")]
    names = list(book.sheet_names)
    problems = [
        Problem(where, f"there is no sheet '{sheet}'", nearest(sheet, names))
        for sheet in sheets
        if sheet not in names
    ]
    if not sheets and len(names) > 1:
        what = f"has {len(names)} sheets and none is declared: {', '.join(names)}"
        problems.append(Problem(where, what, 'name those to read: sheets = ["…"]'))
    if problems:
        return {}, problems
    found = {}
    for sheet in sheets or names:
        try:
            found[sheet] = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        except (CalamineError, ValueError):
            problems.append(Problem(where, f"the sheet '{sheet}' cannot be read", "save the workbook again"))
    return found, problems


def copy_sheet(
    rows: Sequence[Sequence[object]], positions: Sequence[int], target: Path, first_row: int
) -> Copying:
    """Write the chosen cells of a sheet's rows as UTF-8 CSV, each row with its number as first field.

    Parameters
    ----------
    positions : sequence of int
        Columns to write; others (names, numbers of persons) are left behind here.
    first_row : int
        Number of the first of `rows` in the sheet.
    """
    state = Copying(first_row)
    with open(
        os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline=""
    ) as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in rows:
            if all(cell in ("", None) for cell in row):
                state.blank += 1
            else:
                cells = [cell_text(row[k]) if k < len(row) and row[k] is not None else "" for k in positions]
                writer.writerow([state.row, *cells])
                state.rows += 1
            state.row += 1
    return state
