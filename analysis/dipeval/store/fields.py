"""The cells of a block: parsed as bytes, by column; which rows do not have the fields of the header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .blocks import LINE_FEED, QUOTE, Block

if TYPE_CHECKING:
    import pyarrow as pa

TOO_FEW, TOO_MANY, QUOTE_OUT_OF_PLACE = "too_few", "too_many", "quote_out_of_place"


class UnevenRows(Exception):
    """Some row of a block does not have the fields of the table."""


def binary_columns(block: Block, fields: int, delimiter: str, wanted: Sequence[int]) -> pa.Table:
    """Parse a block into columns of bytes.

    Parameters
    ----------
    wanted : sequence of int
        Positions of the columns wanted; the others are parsed and not kept. At least one.

    Returns
    -------
    pyarrow.Table
        Columns named by position; empty cells are null. Cost: one pass, some 2 ns a byte.

    Raises
    ------
    UnevenRows
        When a row has other than `fields` fields.
    """
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    names = [str(k) for k in range(fields)]
    chosen = [str(k) for k in wanted]
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(block.content),
            arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(block.content) + 1),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=block.is_quoted),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(chosen, pa.binary()),
                include_columns=chosen,
                strings_can_be_null=True,
                null_values=[""],
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        # Its message holds the whole row, names of people included: it goes no further.
        raise UnevenRows from None


def faulty_rows(block: Block, fields: int, delimiter: str) -> list[tuple[str, int]]:
    """Which rows of a block are no rows of this table: kind of fault and number of the row.

    Cost: one pass that keeps nothing; rows are looked at one by one only where something is wrong.
    """
    if _is_even(block, fields, delimiter) and _quotes_are_in_place(block, delimiter):
        return []
    return list(_one_by_one(block, fields, delimiter.encode()))


def _is_even(block: Block, fields: int, delimiter: str) -> bool:
    """Every row has its fields.

    Without quotes every delimiter parts two fields. If there are as many as there should be, the rows
    are right when each begins before the first of its own and ends behind the last.
    """
    if block.is_quoted or fields < 2:
        return _parses(block, fields, delimiter)
    places = np.flatnonzero(block.bytes == ord(delimiter))
    inner, rows = fields - 1, ~block.is_blank
    if len(places) != inner * np.count_nonzero(rows):
        return False
    starts, ends = (block.starts, block.ends) if rows.all() else (block.starts[rows], block.ends[rows])
    return bool((places[::inner] >= starts).all() and (places[inner - 1 :: inner] < ends).all())


def _parses(block: Block, fields: int, delimiter: str) -> bool:
    """The same for quoted cells; also false where a quote inside a plain cell made two rows of one."""
    try:
        rows = binary_columns(block, fields, delimiter, (0,)).num_rows
    except UnevenRows:
        return False
    return rows == int(np.count_nonzero(~block.is_blank))


def _quotes_are_in_place(block: Block, delimiter: str) -> bool:
    """Every quote opens a cell, closes it, or stands doubled; quotes inside a plain cell do not pass."""
    if not block.is_quoted:
        return True
    content = block.bytes
    quotes = np.flatnonzero(content == QUOTE)
    if len(quotes) == 0:
        return True
    opening, closing = quotes[0::2], quotes[1::2]
    bounds = (ord(delimiter), LINE_FEED)
    doubled = np.zeros(len(opening), bool)
    doubled[1:] = opening[1:] == closing[:-1] + 1
    opens = doubled | (opening == 0) | np.isin(content[opening - 1], bounds)
    closes = np.append(doubled[1:], False) | np.isin(content[closing + 1], bounds)
    return bool(opens.all() and closes.all())


def _one_by_one(block: Block, fields: int, delimiter: bytes) -> Iterator[tuple[str, int]]:
    for number in block.row_numbers.tolist():
        found, is_in_place = _count_fields(block.row(number), delimiter)
        if not is_in_place:
            yield QUOTE_OUT_OF_PLACE, number
        elif found != fields:
            yield (TOO_FEW if found < fields else TOO_MANY), number


def _count_fields(row: bytes, delimiter: bytes) -> tuple[int, bool]:
    """Fields of one row, and whether its quotes stand where quotes may.

    A quote inside a cell that does not begin with one stands for itself, as long as it does not draw
    a line break into its row.
    """
    count, at = 0, 0
    while True:
        count += 1
        if row[at : at + 1] == b'"':
            at = _behind_quoted(row, at)
            if at < 0 or row[at : at + 1] not in (b"", delimiter):
                return count, False
            if at == len(row):
                return count, True
        else:
            end = row.find(delimiter, at)
            if b"\n" in row[at : end if end >= 0 else len(row)]:
                return count, False
            if end < 0:
                return count, True
            at = end
        at += 1


def _behind_quoted(row: bytes, at: int) -> int:
    """Position behind the quote that closes a cell; -1 when none does."""
    at += 1
    while (found := row.find(b'"', at)) >= 0:
        if row[found + 1 : found + 2] != b'"':
            return found + 1
        at = found + 2
    return -1
