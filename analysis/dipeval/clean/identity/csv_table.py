"""Small tables that people keep beside the TOML files, as CSV: rows by column, or what is wrong and where."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import Problem, nearest
from ...schema.text import normalised_cell

COMMENT = "#"


@dataclass(frozen=True)
class CsvRow:
    """One row: its number as an editor shows it, and its cells by column, folded and trimmed."""

    number: int
    cells: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


def read_csv_table(
    text: str, where: str, required: Sequence[str], optional: Sequence[str]
) -> tuple[list[CsvRow], list[Problem]]:
    """Read a table with a closed set of columns.

    Parameters
    ----------
    text : str
        UTF-8 CSV with a header; lines that start with ``#`` and blank lines are passed over.
    where : str
        The file, for messages.
    required, optional : sequence of str
        Its columns; cells of a required one may still be empty.

    Returns
    -------
    rows : list of CsvRow
    problems : list of Problem
        Missing, doubled and unknown columns; rows with other fields than the header.
    """
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    header: list[str] = []
    rows: list[CsvRow] = []
    problems: list[Problem] = []
    for cells in lines:
        if not any(cells) or cells[0].startswith(COMMENT):
            continue
        cells = [normalised_cell(cell) for cell in cells]
        if not header:
            header = cells
            problems = _header_problems(header, where, required, optional)
        elif len(cells) != len(header):
            what = f"has {len(cells)} fields, the header {len(header)}"
            problems.append(Problem(f"{where}, row {lines.line_num}", what, "mend the row"))
        else:
            rows.append(CsvRow(lines.line_num, dict(zip(header, cells, strict=True))))
    if not header:
        problems.append(Problem(where, "is empty", f"write its header: {','.join((*required, *optional))}"))
    return rows, problems


def _header_problems(
    header: list[str], where: str, required: Sequence[str], optional: Sequence[str]
) -> list[Problem]:
    known = (*required, *optional)
    problems = [
        Problem(where, f"unknown column '{name}'", nearest(name, known))
        for name in header
        if name not in known
    ]
    problems += [
        Problem(where, f"the column '{name}' stands {header.count(name)} times", "keep one")
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    ]
    problems += [
        Problem(where, f"the column '{name}' is missing", "add it") for name in required if name not in header
    ]
    return problems
