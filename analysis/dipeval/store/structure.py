"""Rows that are no rows of their table, as problems: too many or too few fields, quotes out of place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import EVIDENCE_SHOWN, Problem
from .fields import QUOTE_OUT_OF_PLACE, TOO_FEW, TOO_MANY

WHAT = {
    TOO_FEW: ("has too few fields", "complete the row, or quote cells that hold line breaks"),
    TOO_MANY: ("has too many fields", "put cells that hold the delimiter between quotes"),
    QUOTE_OUT_OF_PLACE: ("has a quote out of place", 'double the quotes inside a quoted cell ("")'),
}


def structure_problems(
    faults: Mapping[str, tuple[int, Sequence[int]]], where: str, last_row: int
) -> list[Problem]:
    """One problem for each kind of fault.

    Parameters
    ----------
    faults : mapping of str to (int, sequence of int)
        By kind: how many rows, and the numbers of the first.
    where : str
        The raw file, for messages.
    last_row : int
        The file's last row: when only that one is short, the file looks cut off.
    """
    return [_problem(kind, *faults[kind], where, last_row) for kind in WHAT if kind in faults]


def _problem(kind: str, count: int, rows: Sequence[int], where: str, last_row: int) -> Problem:
    what, todo = WHAT[kind]
    shown = tuple(f"row {row}" for row in rows[:EVIDENCE_SHOWN])
    if kind == TOO_FEW and count == 1 and rows[0] == last_row:
        short = "the last row is short: the file looks cut off"
        return Problem(f"{where}, row {last_row}", short, "obtain the file again")
    subject = f"a row {what}" if count == 1 else f"{count} rows {what.replace('has ', 'have ', 1)}"
    return Problem(where, subject, todo, shown, count)
