"""Rows that are no rows: too many or too few fields, quotes out of place. Found by the engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import EVIDENCE_SHOWN, Problem
from .embedded_copies import MOST_LISTED

if TYPE_CHECKING:
    from pathlib import Path

    from .contract import TableEngine

WHAT = {
    "MISSING COLUMNS": ("has too few fields", "complete the row, or quote cells that hold line breaks"),
    "TOO MANY COLUMNS": ("has too many fields", "put cells that hold the delimiter between quotes"),
    "UNQUOTED VALUE": ("has a quote out of place", 'double the quotes inside a quoted cell ("")'),
    "LINE SIZE OVER MAXIMUM": ("is too long", "look at that row: an open quote, or not a table at all"),
}
OTHER = ("is no row of this table", "look at that row")


def structure_problems(
    engine: TableEngine, path: Path, names: list[str], delimiter: str, where: str, last_row: int
) -> list[Problem]:
    """List the rows whose fields are not those of the header.

    Cost: one scan of the text without reading its cells.

    Parameters
    ----------
    where : str
        The raw file, for messages.
    last_row : int
        The file's last row: when that one is short, the file looks cut off.
    """
    by_type: dict[str, set[int]] = {}
    for kind, line in engine.local.rejected_rows(path, names, delimiter):
        by_type.setdefault(kind, set()).add(_row(line))
    return [_problem(kind, sorted(rows), where, last_row) for kind, rows in sorted(by_type.items())]


def _row(line: str) -> int:
    """The row number that stands first in the copied row; nothing else of it is looked at."""
    found = re.match(r"\s*(\d+)", line or "")
    return int(found.group(1)) if found else 0


def _problem(kind: str, rows: list[int], where: str, last_row: int) -> Problem:
    what, todo = WHAT.get(kind, OTHER)
    shown = tuple(f"row {row}" for row in rows[:EVIDENCE_SHOWN])
    if kind == "MISSING COLUMNS" and rows == [last_row]:
        return Problem(
            f"{where}, row {last_row}",
            "the last row is short: the file looks cut off",
            "obtain the file again",
        )
    many = "at least " if len(rows) >= MOST_LISTED else ""
    verb = what if len(rows) == 1 else what.replace("has ", "have ", 1).replace("is ", "are ", 1)
    subject = "a row" if len(rows) == 1 else f"{many}{len(rows)} rows"
    return Problem(where, f"{subject} {verb}", todo, shown, len(rows))
