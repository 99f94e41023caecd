"""Comma-separated values that a spreadsheet can neither run nor misread."""

from __future__ import annotations

import csv
import re
from io import StringIO

import numpy as np
import pandas as pd

from dipeval.present.layouts.table import Row, Table

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
STARTERS = ("=", "+", "-", "@", "\t", "\r")
SIGNIFICANT = 12
"""Digits that are written: what is left after them is rounding, which differs between machines."""


def safe(text: str) -> str:
    """A cell that starts like a formula gets an apostrophe, unless it is a number (OWASP, CSV injection)."""
    if text.lstrip(" \n").startswith(STARTERS) and not NUMBER.fullmatch(text):
        return "'" + text
    return text


def table_csv(table: Table) -> str:
    """The printed table: one line a row, plain numbers without brackets, the notes after an empty line."""
    lines = [_head(table, i) for i in range(len(table.heads))]
    lines += [_line(row, table.columns) for row in table.rows]
    if table.notes:
        lines += [[], *([note] for note in table.notes)]
    return _written(lines)


def frame_csv(frame: pd.DataFrame) -> bytes:
    """A frame as UTF-8; numbers with 12 significant digits, undefined ones empty.

    Parameters
    ----------
    frame : pandas.DataFrame
        Written in its order, without the index.
    """
    columns = [[_plain(value) for value in frame[name]] for name in frame.columns]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return _written([[str(name) for name in frame.columns], *rows]).encode("utf-8")


def _head(table: Table, position: int) -> list[str]:
    """A heading repeats over its columns: every column of the file then names itself."""
    stub = table.stub_head if position == len(table.heads) - 1 else ""
    return [stub, *(head.text for head in table.heads[position] for _ in range(head.span))]


def _line(row: Row, columns: int) -> list[str]:
    return [row.stub or row.note, *(cell.number or cell.text for cell in row.cells or [])][: columns + 1]


def _plain(value: object) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if value is None or value is pd.NA or (isinstance(value, (float, np.floating)) and np.isnan(value)):
        return ""
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return format(float(value) + 0.0, f".{SIGNIFICANT}g")
    return str(value)


def _written(rows: list[list[str]]) -> str:
    stream = StringIO()
    csv.writer(stream, lineterminator="\n").writerows([[safe(cell) for cell in row] for row in rows])
    return stream.getvalue()
