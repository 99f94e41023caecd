"""Columns of text → the bytes of a delimited file."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..study.model import Source

if TYPE_CHECKING:
    from .raw import RawColumn

LINE_END = "\r\n"
ROWS_AT_ONCE = 200_000


def csv_bytes(columns: list[RawColumn], source: Source, encoding: str, bom: bool) -> bytes:
    """Return a delimited file as Chinese spreadsheet programs save it: CRLF, quotes only where needed.

    Whole lines are joined by column and taken from the array's buffer as they stand there.
    Cost: O(cells), some 10 million a second.

    Parameters
    ----------
    encoding : str
        The declared one.
    bom : bool
        Whether UTF-8 text starts with a byte order mark.
    """
    separator = source.delimiter
    title = ["虚拟数据"] * (source.header_row - 1)
    header = separator.join(_quoted_word(column.header, separator) for column in columns)
    head = LINE_END.join([*title, header, ""])
    cells = [_quoted(column.cells, separator) for column in columns]
    body = b"".join(_lines(cells, start, separator) for start in range(0, len(cells[0]), ROWS_AT_ONCE))
    if encoding == "utf-8":
        return (BOM_UTF8 if bom else b"") + head.encode("utf-8") + body
    return (head + body.decode("utf-8")).encode(encoding)


def _lines(cells: list[pa.Array], start: int, separator: str) -> bytes:
    """Rows from `start` on, joined; each line ends with LINE_END."""
    some = [column.slice(start, ROWS_AT_ONCE) for column in cells]
    lines = pc.binary_join_element_wise(*some, separator)
    ended = pc.binary_join_element_wise(lines, pa.scalar(""), LINE_END)
    _, offsets, data = ended.buffers()
    edges = np.frombuffer(offsets, dtype=np.int32)
    return data.slice(int(edges[ended.offset]), int(edges[ended.offset + len(ended)])).to_pybytes()


def _quoted(cells: pa.Array, separator: str) -> pa.Array:
    """Quote the cells that hold a separator, a quote or a line break."""
    needs = None
    for mark in (separator, '"', "\n", "\r"):
        found = pc.match_substring(cells, mark)
        needs = found if needs is None else pc.or_(needs, found)
    if not pc.any(needs).as_py():
        return cells
    doubled = pc.replace_substring(cells, '"', '""')
    quoted = pc.binary_join_element_wise(pa.scalar('"'), doubled, pa.scalar('"'), "")
    return pc.if_else(needs, quoted, cells)


def _quoted_word(word: str, separator: str) -> str:
    doubled = word.replace('"', '""')
    return f'"{doubled}"' if any(mark in word for mark in (separator, '"', "\n", "\r")) else word
