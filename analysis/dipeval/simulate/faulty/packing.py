"""Lines → the bytes of a raw file, in the encodings, delimiters and headings that cities send."""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8

import pyarrow as pa

from ..csv_file import LINE_END
from ..raw import RawColumn
from ..style import is_spreadsheet
from ..xlsx_file import xlsx_bytes
from .headings import heading_rows
from .lines import Page
from .sheet import BLANK, Sheet
from .stops import SEPARATOR, UNDECODABLE
from .writing import Writing

TITLE = "虚拟数据"
NO_CHARACTER = {"utf-8": b"\xff\xfe", "gb18030": b"\xff\xff", "utf-16": b"\x00\xdc\x00\xdc"}
"""Bytes that are no text in an encoding; in UTF-16 a low surrogate without its high one."""


def file_bytes(writing: Writing, sheet: Sheet, page: Page) -> bytes:
    """Return one raw file."""
    if is_spreadsheet(writing.file):
        return _workbook(writing, page)
    return _delimited(writing, sheet, page)


def _workbook(writing: Writing, page: Page) -> bytes:
    found = [
        RawColumn(name, pa.array([cells[k] for cells in page.lines], pa.string()), page.numbers[k])
        for k, name in enumerate(page.header)
    ]
    sheets = writing.file.sheets or writing.source.sheets
    return xlsx_bytes(found, sheets, writing.header_row, False, writing.source)


def _delimited(writing: Writing, sheet: Sheet, page: Page) -> bytes:
    source = writing.source
    stream = io.StringIO(newline="")
    tabs = writing.file.path.endswith((".tsv", ".tab"))
    delimiter = writing.file.delimiter or ("\t" if tabs else source.delimiter)
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=LINE_END)
    writer.writerows([[TITLE]] * (source.header_row - 1))
    writer.writerows(heading_rows(page.header, page.groups, writing.faults))
    for row, cells in zip(page.owners, page.lines, strict=True):
        if sheet.kinds.get(row) == BLANK:
            stream.write(LINE_END)
        else:
            writer.writerow(cells)
    encoding = writing.file.encoding or source.encoding
    start = BOM_UTF8 if encoding == "utf-8" and writing.style.bom else b""
    return start + _with_bytes(stream.getvalue(), encoding, delimiter)


def _with_bytes(text: str, encoding: str, delimiter: str) -> bytes:
    """Encode text; marks of faults that no text can hold become bytes."""
    content = text.replace(SEPARATOR, delimiter).encode(encoding)
    if UNDECODABLE not in text:
        return content
    # A byte order mark stands in front of the first text only.
    marked = ("x" + UNDECODABLE).encode(encoding).removeprefix("x".encode(encoding))
    return content.replace(marked, NO_CHARACTER[encoding])
