"""Cells and headers of one file, as its city writes them: styles, units, faults of the file itself."""

from __future__ import annotations

import datetime
import unicodedata
from dataclasses import dataclass, replace

from ...study.model import City, RawFile, Source
from ...vocabulary import columns, units
from ..style import Style
from .fields import Field
from .headings import HEADERS, TITLE_ROWS, TITLES, TWO_HEADER_ROWS, UNITS_IN_HEADERS
from .scene import amount_text
from .sheet import Sheet
from .units import unit_of

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
        joined = any(self.source.columns[name].combine == "join" for name in field.columns)
        # Numbered headers of one list go together: 手术及操作编码1, 手术及操作编码2.
        header = replace(self.style, variant=0 if joined else self.style.variant).header(field.aliases)
        return self._in_its_way(header, field)

    def plain_header(self, aliases: tuple[str, ...]) -> str:
        """A header of what is no column of the format by itself: a charge, an amount of charges."""
        return self._in_its_way(self.style.header(aliases), None)

    def _in_its_way(self, header: str, field: Field | None) -> str:
        """A header as the faults of the file leave it."""
        if field and UNITS_IN_HEADERS in self.faults and field.columns and field.money:
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
        value = sheet.facts[field.columns[0]][row]
        rule = self.source.columns[field.columns[0]]
        if value is not None and rule.combine == "join":
            parts = value.split(rule.separator)
            separator = rule.parted_by[0] if rule.parted_by else rule.separator
            one = parts[field.nth] if field.nth < len(parts) else None
            value = separator.join(parts) if field.nth < 0 else one
        return self._word(value, field.columns[0])

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
