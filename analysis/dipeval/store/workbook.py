"""Reader of spreadsheets, .xlsx and .xls: their data sheets, each row with its number."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Problem, nearest
from ..schema.header_rows import LOOKED_AT, FoundHeader, find_header
from ..study.model import RawFile, Source
from .compressed import FREE, MOST_RATIO
from .part import Part, fields_needed, hidden_fields
from .sheet_cells import cell_text, sheet_text

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

NO_BOOK = "is no readable spreadsheet: damaged, cut off, or locked with a password"
UNLIKE = 0.5
"""A sheet with fewer known headers than this share of the fullest one is no data sheet."""


def read_workbook(source: Source, file: RawFile, place: Path) -> tuple[list[Part], list[Problem]]:
    """Read the data sheets of a workbook; see `readers.Reader`.

    Sheets that the city or the format names are read. If none is named, every sheet that holds the
    header is read, and the others are told in the ledger.
    """
    book, problems = open_workbook(place, file.path)
    if book is None:
        return [], problems
    named = file.sheets or source.sheets
    names = list(book.sheet_names)
    for sheet in named:
        if sheet not in names:
            problems.append(Problem(file.path, f"there is no sheet '{sheet}'", nearest(sheet, names)))
    if problems:
        return [], problems
    headers = {sheet: _header(book, sheet, source, file) for sheet in named or names}
    chosen, passed, problems = _data_sheets(book, headers, named, file.path)
    parts = []
    for sheet in chosen:
        label = f"{file.path} [{sheet}]" if len(chosen) > 1 else file.path
        part = _part(source, book.get_sheet_by_name(sheet), headers[sheet], label)
        notes = (*part.notes, f"sheets passed over: {', '.join(passed)}") if passed else part.notes
        parts.append(replace(part, notes=notes))
    return parts, problems


def open_workbook(place: Path, where: str) -> tuple[CalamineWorkbook | None, list[Problem]]:
    """Open a workbook; None with its problem when it is none, or expands without end."""
    from python_calamine import CalamineError, CalamineWorkbook

    todo = "obtain the file again, and open it once in a spreadsheet program"
    if _expands(place):
        what = f"unpacks to more than {MOST_RATIO} times its size: it may expand without end"
        return None, [Problem(where, what, todo)]
    try:
        return CalamineWorkbook.from_path(str(place)), []
    except (CalamineError, OSError, ValueError):
        return None, [Problem(where, NO_BOOK, todo)]


def _expands(place: Path) -> bool:
    """Whether the sheets of an .xlsx, which is an archive, are far larger than tables can be."""
    if place.suffix.lower() != ".xlsx" or not zipfile.is_zipfile(place):
        return False
    with zipfile.ZipFile(place) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    return unpacked > max(FREE, MOST_RATIO * place.stat().st_size)


def _header(book: CalamineWorkbook, sheet: str, source: Source, file: RawFile) -> FoundHeader:
    depth = file.header_rows or source.header_rows
    count = max(LOOKED_AT, file.header_row or source.header_row) + depth
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False, nrows=count)
    texts = [["" if cell is None else cell_text(cell) for cell in row] for row in rows]
    return find_header(texts, source, f"{file.path} [{sheet}]", file.header_row, file.header_rows)


def _data_sheets(
    book: CalamineWorkbook, headers: dict[str, FoundHeader], named: Sequence[str], where: str
) -> tuple[list[str], list[str], list[Problem]]:
    """Sheets to read, sheets that are no data, and problems of those that might be."""
    problems: list[Problem] = []
    chosen, passed = [], []
    from python_calamine import SheetVisibleEnum

    hidden = {s.name for s in book.sheets_metadata if s.visible != SheetVisibleEnum.Visible}
    most = max(len(header.match.positions) for header in headers.values())
    for sheet, header in headers.items():
        if named or len(header.match.positions) > UNLIKE * most:
            chosen.append(sheet)
            problems += header.match.problems
            if sheet in hidden and not named:
                todo = 'name the sheets to read: sheets = ["…"]'
                problems.append(Problem(where, f"the sheet '{sheet}' is hidden and looks like data", todo))
        else:
            passed.append(sheet)
    if not chosen:
        problems += [problem for header in headers.values() for problem in header.match.problems]
    return chosen, passed, problems


def _part(source: Source, sheet: CalamineSheet, header: FoundHeader, label: str) -> Part:
    rows = _rows(sheet, header.last)
    found = sheet_text(rows, header, fields_needed(header), hidden_fields(header, source), label)
    notes = (header.note,) if header.note else ()
    last_row = header.last + found.rows + found.blank
    return Part(label, found.text, header.match, found.rows, last_row, found.blank, found.problems, notes)


def _rows(sheet: CalamineSheet, behind: int) -> Iterator[Sequence[object]]:
    """The rows behind the header, one at a time."""
    for number, row in enumerate(sheet.iter_rows(), 1):
        if number > behind:
            yield row
