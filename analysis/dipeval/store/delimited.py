"""Delimited text of any known encoding → UTF-8 with a row number before each row.

The number is written while the bytes are transcoded, so that the engine may read the copy with all
its threads, in any order, and still know every row's place in the raw file. A row is what a
spreadsheet shows as a row: line breaks inside quotes belong to the cell, blank lines count.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ..errors import Problem

CHARACTERS = 1 << 22
LONGEST_LINE = 1 << 21
"""Characters; a longer line is no table (a quote that never ends, a binary file)."""


@dataclass
class Copying:
    """What is known while a file is copied: the next row, an open quote, blank lines.

    Attributes
    ----------
    row : int
        Number of the next row.
    rows : int
        Rows copied.
    blank : int
        Blank lines left out.
    quoted_since : int
        The row in which a quote was opened and not yet closed; 0 when none is open.
    """

    row: int
    rows: int = 0
    blank: int = 0
    quoted_since: int = 0


def read_header(stream: TextIO, delimiter: str, header_row: int) -> list[str]:
    """Read the rows up to the header and return its cells; empty when the file ends before it."""
    reader = csv.reader(iter(stream.readline, ""), delimiter=delimiter)
    cells: list[str] = []
    for _ in range(header_row):
        cells = next(reader, [])
    return cells


def copy_rows(stream: TextIO, target: Path, delimiter: str, first_row: int) -> tuple[Copying, Problem | None]:
    """Copy the rows behind the header as UTF-8, each with its row number as first field.

    Parameters
    ----------
    target : Path
        Made readable to its owner only; it lives as long as the engine.
    first_row : int
        Number of the first row behind the header.

    Returns
    -------
    copying : Copying
    problem : Problem or None
        A quote that is never closed, or a line beyond all measure; `where` is left to the caller.
    """
    state = Copying(first_row)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        rest = ""
        while block := stream.read(CHARACTERS):
            text = rest + block
            lines = text.split("\n")
            rest = lines.pop()
            if len(rest) > LONGEST_LINE:
                return state, _too_long(state)
            plain = '"' not in text and "" not in lines
            file.write(_numbered(lines, delimiter, state, plain).encode("utf-8"))
        if rest:
            file.write(_numbered([rest], delimiter, state, False).encode("utf-8"))
    return state, _unclosed(state) if state.quoted_since else None


def _numbered(lines: list[str], delimiter: str, state: Copying, plain: bool) -> str:
    """The lines with row numbers; without quotes and blank lines, lines are rows: the quick way."""
    if not plain or state.quoted_since:
        return "".join(_carefully(lines, delimiter, state))
    numbered = "".join([f"{row}{delimiter}{line}\n" for row, line in enumerate(lines, state.row)])
    state.row += len(lines)
    state.rows += len(lines)
    return numbered


def _carefully(lines: list[str], delimiter: str, state: Copying) -> Iterator[str]:
    for line in lines:
        if state.quoted_since:
            yield line + "\n"
        elif not line:
            state.row += 1
            state.blank += 1
            continue
        else:
            yield f"{state.row}{delimiter}{line}\n"
            state.row += 1
            state.rows += 1
        if line.count('"') % 2:
            state.quoted_since = 0 if state.quoted_since else state.row - 1


def _unclosed(state: Copying) -> Problem:
    what = f'a quote (") is opened in row {state.quoted_since} and never closed'
    return Problem(f"row {state.quoted_since}", what, "close it, or double it where it stands for itself")


def _too_long(state: Copying) -> Problem:
    row = state.quoted_since or state.row
    what = f"row {row} is longer than {LONGEST_LINE:,} characters"
    return Problem(f"row {row}", what, "look at that row: an open quote, or not a table at all")
