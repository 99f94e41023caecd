"""Stays in order without one large sort: ranges of raw rows, each sorted and written by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

ROWS_A_PART = 1 << 20
Span = tuple[str, int, int]
"""A file, its first and its last row of a part."""


def spans_of(last_rows: Mapping[str, int], rows_a_part: int = ROWS_A_PART) -> list[list[Span]]:
    """Cut the rows of files into parts, in the order of files and rows.

    Parameters
    ----------
    last_rows : mapping of str to int
        By `source_file`: the number of its last row.

    Returns
    -------
    list of list of (str, int, int)
        A part is at most `rows_a_part` rows of one file, or several small files that follow each other.
    """
    parts: list[list[Span]] = []
    room = 0
    for span in _pieces(last_rows, rows_a_part):
        rows = span[2] - span[1] + 1
        if not parts or rows > room:
            parts.append([])
            room = rows_a_part
        parts[-1].append(span)
        room -= rows
    return parts


def _pieces(last_rows: Mapping[str, int], rows_a_part: int) -> Iterator[Span]:
    for file in sorted(last_rows):
        for first in range(1, max(last_rows[file], 1) + 1, rows_a_part):
            yield file, first, min(first + rows_a_part - 1, last_rows[file])


def part_conditions(table: ir.Table, last_rows: Mapping[str, int]) -> tuple[ir.BooleanValue, ...]:
    """The parts of `spans_of` as conditions on a table with ``source_file`` and ``source_row``."""
    return tuple(
        reduce(
            lambda a, b: a | b,
            [
                (table.source_file == file) & table.source_row.between(first, last)
                for file, first, last in part
            ],
        )
        for part in spans_of(last_rows)
    )
