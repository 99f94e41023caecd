"""Rows of a sheet → lines of a file: one a stay, or one a charge of a stay where the format is long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...study.model import LongForm
from ...vocabulary import units
from .fields import Field
from .headings import GROUPS
from .sheet import TOTAL, Sheet
from .writing import Writing


@dataclass
class Page:
    """What stands in one file below its titles.

    Attributes
    ----------
    header, groups : list of str
        One text a column; the group that its header belongs to.
    numbers : list of bool
        Whether a spreadsheet holds numbers in a column.
    lines : list of list of str
    owners : list of int
        The row of the sheet that each line is about.
    """

    header: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    numbers: list[bool] = field(default_factory=list)
    lines: list[list[str]] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)

    def column(self, header: str, group: str, number: bool) -> None:
        """Add a column."""
        self.header.append(header)
        self.groups.append(group)
        self.numbers.append(number)

    def line(self, owner: int, cells: list[str]) -> None:
        """Add a line."""
        self.lines.append(cells)
        self.owners.append(owner)


def page_of(writing: Writing, sheet: Sheet, rows: Sequence[int]) -> Page:
    """Write some rows of a sheet down.

    Sums (rows of the kind TOTAL) say the amounts of all stays above them in the file.
    """
    long = writing.source.long
    charged = _charges(long, sheet) if long else {}
    own = [one for one in sheet.fields if one.key not in charged]
    amounts = (
        [amount for amount in long.amounts if amount in {a for a, _ in charged.values()}] if long else []
    )
    page = Page()
    for one in own:
        group = GROUPS[1] if one.money else GROUPS[2] if one.content else GROUPS[0]
        page.column(writing.header(one), group, one.number)
    if long:
        page.column(writing.plain_header(long.item), GROUPS[1], False)
        for amount in amounts:
            page.column(writing.plain_header(long.amounts[amount]), GROUPS[1], True)
    for row in rows:
        cells = [writing.cell(sheet, row, one) for one in own]
        if not long or row in sheet.kinds:
            page.line(row, cells + [""] * (len(page.header) - len(cells)))
            continue
        for line in _charge_lines(writing, sheet, row, long, amounts):
            page.line(row, cells + line)
    _sum_up(writing, sheet, page, own)
    return page


def _charges(long: LongForm, sheet: Sheet) -> dict[str, tuple[str, str]]:
    """Amount and charge behind each field that a long format makes of its lines."""
    known = {f"{amount}_{code}": (amount, code) for amount in long.amounts for code in long.items}
    return {one.key: known[one.key] for one in sheet.fields if one.key in known}


def _charge_lines(
    writing: Writing, sheet: Sheet, row: int, long: LongForm, amounts: Sequence[str]
) -> list[list[str]]:
    """The charges of a stay; what was not charged has no line, but a stay without any has one."""
    by_key = {one.key: one for one in sheet.fields}
    found, nothing = [], []
    for code, words in long.items.items():
        here = [by_key.get(f"{amount}_{code}") for amount in amounts]
        if not any(here):
            continue
        chinese = [word for word in words if not word.isascii()]
        word = chinese[0] if writing.style.chinese and chinese else words[0]
        line = [word, *(writing.cell(sheet, row, one) if one else writing.style.zero for one in here)]
        is_charged = any(one and sheet.amounts[one.key][row] != 0 for one in here)
        (found if is_charged else nothing).append(line)
    return found or nothing[:1]


def _sum_up(writing: Writing, sheet: Sheet, page: Page, own: Sequence[Field]) -> None:
    for k, one in enumerate(own):
        if not one.money:
            continue
        total, before = 0, None
        for row, cells in zip(page.owners, page.lines, strict=True):
            if sheet.kinds.get(row) == TOTAL:
                unit = writing.unit(sheet, row, one)
                cells[k] = writing.amount(total, units()[unit].minor_per_unit)
            elif row not in sheet.kinds and row != before:
                total += sheet.amounts[one.key][row] or 0
            before = row
