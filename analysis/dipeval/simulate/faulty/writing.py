"""Rows of a sheet → the bytes of raw files, in the encodings, delimiters and headers that cities send."""

from __future__ import annotations

import csv
import datetime
import io
import unicodedata
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from ...study.model import City, RawFile, Source
from ...vocabulary import columns, units
from ..csv_file import LINE_END
from ..raw import RawColumn
from ..style import Style, is_spreadsheet
from ..xlsx_file import xlsx_bytes
from .fields import Field
from .headings import HEADERS, TITLE_ROWS, TITLES, TWO_HEADER_ROWS, UNITS_IN_HEADERS, heading_rows
from .scene import amount_text
from .sheet import BLANK, TOTAL, Sheet
from .stops import SEPARATOR, UNDECODABLE
from .units import unit_of

TITLE = "虚拟数据"
NO_CHARACTER = {"utf-8": b"\xff\xfe", "gb18030": b"\xff\xff", "utf-16": b"\x00\xdc\x00\xdc"}
"""Bytes that are no text in an encoding; in UTF-16 a low surrogate without its high one."""
PERSONS = {
    "name": "虚拟患者{:06d}",
    "identity_number": "{:018d}",
    "insurance_number": "XN000{:08d}",
    "telephone": "000{:08d}",
    "address": "虚拟省虚拟市虚拟路{:d}号, 虚拟小区",
    "place": "000000",
    "birth_date": "1900-01-01",
}
"""What fills columns that identify a person: plainly invented, and to be found by who searches for it."""


@dataclass(frozen=True)
class Writing:
    """How one file is written.

    Attributes
    ----------
    faults : tuple of str
        What befalls the whole file (`headings`).
    """

    file: RawFile
    style: Style
    city: City
    source: Source
    faults: tuple[str, ...] = ()

    @property
    def header_row(self) -> int:
        """The last row of the header."""
        titles = len(TITLES) if TITLE_ROWS in self.faults else 0
        return self.source.header_row + titles + (TWO_HEADER_ROWS in self.faults)

    def header(self, field: Field) -> str:
        """The alias that this file uses, as it stands there."""
        header = self.style.header(field.aliases)
        if UNITS_IN_HEADERS in self.faults and field.columns and field.money:
            named = unit_of(self.city, self.source, self.file, field.columns[0], "", None)
            header = f"{header}（{units()[named].words[0]}）"
        for fault in self.faults:
            header = HEADERS[fault](header) if fault in HEADERS else header
        return header

    def cell(self, sheet: Sheet, row: int, field: Field) -> str:
        """What stands in a cell."""
        change = sheet.texts.get(row, {}).get(field.key)
        plain = "" if row in sheet.kinds else self._plain(sheet, row, field)
        return change(plain) if change else plain

    def _plain(self, sheet: Sheet, row: int, field: Field) -> str:
        if field.content:
            return PERSONS[field.content].format(sheet.person[row])
        if field.money:
            unit = self.unit(sheet, row, field)
            return self.amount(sheet.amounts[field.key][row], units()[unit].minor_per_unit)
        return self._word(sheet.facts[field.columns[0]][row], field.columns[0])

    def unit(self, sheet: Sheet, row: int, field: Field) -> str:
        """The unit of an amount in a row; what nobody reads is written in the unit of the total."""
        column = field.columns[0] if field.columns else "total_cost"
        if not self.city.other_units or row in sheet.kinds:
            return unit_of(self.city, self.source, self.file, column, "", None)
        told = {
            name: self.cell(sheet, row, self._field(sheet, name)) for name in ("hospital", "discharge_date")
        }
        hospital = unicodedata.normalize("NFKC", told["hospital"]).strip()
        day = sheet.facts["discharge_date"][row] if told["discharge_date"] else None
        return unit_of(self.city, self.source, self.file, column, hospital, day)

    def _field(self, sheet: Sheet, column: str) -> Field:
        return next(field for field in sheet.fields if column in field.columns)

    def amount(self, minor: int | None, per_unit: int) -> str:
        """An amount as it is written plainly; nothing for None."""
        if minor is None:
            return ""
        # A unit without decimals has none in its zero either.
        return amount_text(minor, per_unit) if minor or per_unit == 1 else self.style.zero

    def _word(self, value: object, column: str) -> str:
        if value is None:
            return "" if self.style.chinese else self.source.empty[-1]
        if isinstance(value, datetime.date):
            return value.strftime(self.source.columns[column].date_format or "%Y-%m-%d")
        if columns()[column].values and column in self.source.codes:
            return self.style.code(self.source, column, str(value))
        return f"{value:g}" if isinstance(value, float) else str(value)


def file_bytes(writing: Writing, sheet: Sheet, rows: Sequence[int]) -> bytes:
    """Return one raw file with some rows of a sheet.

    Sums (rows of the kind TOTAL) say the amounts of all stays above them in the file.
    """
    header = [writing.header(field) for field in sheet.fields]
    table = [[writing.cell(sheet, row, field) for field in sheet.fields] for row in rows]
    _sum_up(writing, sheet, rows, table)
    if is_spreadsheet(writing.file):
        return _workbook(writing, sheet, header, table)
    return _delimited(writing, sheet, header, rows, table)


def _sum_up(writing: Writing, sheet: Sheet, rows: Sequence[int], table: list[list[str]]) -> None:
    for k, field in enumerate(sheet.fields):
        if not field.money:
            continue
        total = 0
        for row, cells in zip(rows, table, strict=True):
            if sheet.kinds.get(row) == TOTAL:
                unit = writing.unit(sheet, row, field)
                cells[k] = writing.amount(total, units()[unit].minor_per_unit)
            elif row not in sheet.kinds:
                total += sheet.amounts[field.key][row] or 0


def _workbook(writing: Writing, sheet: Sheet, header: list[str], table: list[list[str]]) -> bytes:
    found = [
        RawColumn(name, pa.array([cells[k] for cells in table], pa.string()), field.number)
        for k, (name, field) in enumerate(zip(header, sheet.fields, strict=True))
    ]
    sheets = writing.file.sheets or writing.source.sheets
    return xlsx_bytes(found, sheets, writing.header_row, False, writing.source)


def _delimited(
    writing: Writing, sheet: Sheet, header: list[str], rows: Sequence[int], table: list[list[str]]
) -> bytes:
    source = writing.source
    stream = io.StringIO(newline="")
    tabs = writing.file.path.endswith((".tsv", ".tab"))
    delimiter = writing.file.delimiter or ("\t" if tabs else source.delimiter)
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=LINE_END)
    writer.writerows([[TITLE]] * (source.header_row - 1))
    writer.writerows(heading_rows(header, sheet.fields, writing.faults))
    for row, cells in zip(rows, table, strict=True):
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
