"""Tables as spreadsheets (.xlsx): three lines, numbers as numbers, and texts that no program runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from dipeval.present.layouts.table import MINUS, Row, Table
from dipeval.present.typeface import has_chinese
from dipeval.present.writers.office_package import office_package, xml_attribute, xml_text

SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
FONT = "Arial"
WIDEST = 40
NUMBER = re.compile(rf"([{MINUS}-]?)(0|[1-9][\d,]*)(?:\.(\d+))?(%?)")
NO_EDGE, TOP, HEAD, BOTTOM, GROUP = range(5)
EDGES = (
    "<border><left/><right/><top/><bottom/></border>",
    '<border><left/><right/><top style="medium"/><bottom/></border>',
    '<border><left/><right/><top/><bottom style="thin"/></border>',
    '<border><left/><right/><top/><bottom style="medium"/></border>',
    '<border><left/><right/><top style="medium"/><bottom style="thin"/></border>',
)
"""Rules by name: none, above the head, under the head, below the table, both of a head of one row."""


@dataclass(frozen=True)
class Look:
    """How a cell looks.

    Attributes
    ----------
    form : str
        Number format; empty for text.
    bold : bool
    edge : int
        An index of `EDGES`.
    side : {"left", "right", "center"}
    indent : int
    wrapped : bool
    """

    form: str = ""
    bold: bool = False
    edge: int = NO_EDGE
    side: str = "left"
    indent: int = 0
    wrapped: bool = False


@dataclass
class _Sheet:
    """Cells as they are written, and the looks that they use."""

    rows: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    looks: list[Look] = field(default_factory=lambda: [Look()])
    high: dict[int, float] = field(default_factory=dict)

    def add(self, cells: list[tuple[int, str, Look]]) -> None:
        """A row of (column, text, look); texts are inline strings, which no program takes for a formula."""
        number = len(self.rows) + 1
        height = f' ht="{self.high[number]}" customHeight="1"' if number in self.high else ""
        made = "".join(self._cell(place(column, number), text, look) for column, text, look in cells)
        self.rows.append(f'<row r="{number}"{height}>{made}</row>')

    def merge(self, row: int, first: int, last: int) -> None:
        """Join cells of one row."""
        if last > first:
            self.merged.append(f'<mergeCell ref="{place(first, row)}:{place(last, row)}"/>')

    def _cell(self, at: str, text: str, look: Look) -> str:
        value, form = number_in(text) if look.side == "right" and not look.bold else (None, "")
        look = look if value is None else replace(look, form=form)
        if look not in self.looks:
            self.looks.append(look)
        style = self.looks.index(look)
        if value is not None:
            return f'<c r="{at}" s="{style}"><v>{value}</v></c>'
        if not text:
            return f'<c r="{at}" s="{style}"/>'
        return (
            f'<c r="{at}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{xml_text(text)}</t></is></c>'
        )


def table_workbook(table: Table, language: str) -> bytes:
    """Write a table as a workbook with one sheet.

    Parameters
    ----------
    table : Table
    language : {"en", "zh"}

    Returns
    -------
    bytes
        An ``.xlsx`` (ECMA-376, transitional). What is printed as one number is a number in the printed
        format; all else is text, also where it begins with ``=``. Title first, notes below, head and left
        column stay in view. The same table gives the same bytes. Cost O(cells).
    """
    sheet = _Sheet()
    sheet.add([(0, table.title, Look(bold=True))])
    for position in range(len(table.heads)):
        _add_head(sheet, table, position)
    for row in table.rows:
        _add_row(sheet, table, row, last=row is table.rows[-1])
    if table.notes:
        below, letters = len(sheet.rows) + 1, sum(_widths(table))
        lines = -(-_letters(table.notes_lead + table.notes_text) // int(0.9 * letters))
        sheet.high[below] = 13.0 * lines + 4
        sheet.add([(0, table.notes_lead + table.notes_text, Look(wrapped=True))])
        sheet.merge(below, 0, table.columns)
    parts = {
        "xl/workbook.xml": (f"{TYPE}.sheet.main+xml", _workbook(table.name)),
        "xl/worksheets/sheet1.xml": (f"{TYPE}.worksheet+xml", _worksheet(sheet, table)),
        "xl/styles.xml": (f"{TYPE}.styles+xml", _styles(sheet.looks)),
    }
    return office_package("xl/workbook.xml", parts, table.title, "zh-CN" if language == "zh" else "en-GB")


def number_in(text: str) -> tuple[str | None, str]:
    """The number that a text is, and its format; None where the text is no single number."""
    found = NUMBER.fullmatch(text)
    if not found:
        return None, ""
    sign, whole, decimals, percent = found.groups()
    decimals = decimals or ""
    digits = whole.replace(",", "") + decimals
    places = len(decimals) + (2 if percent else 0)
    digits = digits.zfill(places + 1)
    plain = f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}" if places else digits
    form = "0" if len(whole) > 3 and "," not in whole else "#,##0"
    form += "." + "0" * len(decimals) if decimals else ""
    return f"{'-' if sign else ''}{plain}", form + percent


def place(column: int, row: int) -> str:
    """The name of a cell: ``B3`` for column 1 in row 3."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def _add_head(sheet: _Sheet, table: Table, position: int) -> None:
    """A heading row: headings over several columns are joined."""
    first, last = position == 0, position == len(table.heads) - 1
    edge = GROUP if first and last else TOP if first else HEAD if last else NO_EDGE
    cells = [(0, table.stub_head if last else "", Look(bold=True, edge=edge, wrapped=True))]
    number, column = len(sheet.rows) + 1, 1
    for head in table.heads[position]:
        side = "center" if head.span > 1 else "left" if column - 1 in table.text_columns else "right"
        under = edge if head.span == 1 or last or not head.text else GROUP if first else HEAD
        look = Look(bold=True, edge=under, side=side, wrapped=True)
        cells += [(column + i, head.text if i == 0 else "", look) for i in range(head.span)]
        sheet.merge(number, column, column + head.span - 1)
        column += head.span
    sheet.add(cells)


def _add_row(sheet: _Sheet, table: Table, row: Row, *, last: bool) -> None:
    edge = BOTTOM if last else NO_EDGE
    stub = Look(edge=edge, indent=1 if row.indent else 0)
    texts = [cell.text for cell in row.cells] or [""] * table.columns
    cells = [(0, row.stub, stub)]
    for i, text in enumerate(texts):
        cells.append((i + 1, text, Look(edge=edge, side="left" if i in table.text_columns else "right")))
    sheet.add(cells)


def _worksheet(sheet: _Sheet, table: Table) -> str:
    top = 1 + len(table.heads)
    widths = "".join(
        f'<col min="{i}" max="{i}" width="{width}" customWidth="1"/>'
        for i, width in enumerate(_widths(table), start=1)
    )
    merged = (
        f'<mergeCells count="{len(sheet.merged)}">{"".join(sheet.merged)}</mergeCells>'
        if sheet.merged
        else ""
    )
    return (
        f'<worksheet xmlns="{SPACE}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView showGridLines="0" workbookViewId="0">'
        f'<pane xSplit="1" ySplit="{top}" topLeftCell="{place(1, top + 1)}" activePane="bottomRight" '
        'state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="14"/>'
        f"<cols>{widths}</cols><sheetData>{''.join(sheet.rows)}</sheetData>{merged}"
        '<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>'
    )


def _widths(table: Table) -> list[int]:
    """Columns as wide as their longest text, in letters."""
    stubs = [row.stub for row in table.rows] + [table.stub_head]
    columns = [[row.cells[i].text for row in table.rows if row.cells] for i in range(table.columns)]
    heads = table.heads[-1]
    for i, head in enumerate(heads if len(heads) == table.columns else ()):
        columns[i].append(head.text)
    texts = [stubs, *columns]
    return [min(max((_letters(text) for text in column), default=0) + 3, WIDEST) for column in texts]


def _letters(text: str) -> int:
    return sum(2 if has_chinese(character) else 1 for character in text)


def _workbook(name: str) -> str:
    """One sheet, named for the table; a sheet's name has at most 31 characters."""
    shown = xml_attribute(re.sub(r"[\\/?*\[\]:']", "_", name)[:31])
    return (
        f'<workbook xmlns="{SPACE}" xmlns:r="{LINKS}"><bookViews><workbookView/></bookViews><sheets>'
        f'<sheet name={shown} sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _styles(looks: list[Look]) -> str:
    """Fonts, edges and the looks that occur; texts are marked as such, so that editing does not run them."""
    forms = sorted({look.form for look in looks if look.form})
    number = {form: 164 + i for i, form in enumerate(forms)}
    formats = "".join(
        f'<numFmt numFmtId="{number[form]}" formatCode={xml_attribute(form)}/>' for form in forms
    )
    listed = f'<numFmts count="{len(forms)}">{formats}</numFmts>' if forms else ""
    font = f'<sz val="10"/><name val="{FONT}"/>'
    made = "".join(_look(look, number.get(look.form, 49)) for look in looks)
    return (
        f'<styleSheet xmlns="{SPACE}">{listed}<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill '
        f'patternType="gray125"/></fill></fills><borders count="{len(EDGES)}">{"".join(EDGES)}</borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(looks)}">{made}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _look(look: Look, form: int) -> str:
    quoted = "" if look.form else ' quotePrefix="1"'
    wrapped = ' wrapText="1"' if look.wrapped else ""
    indent = f' indent="{look.indent}"' if look.indent else ""
    return (
        f'<xf numFmtId="{form}" fontId="{int(look.bold)}" fillId="0" borderId="{look.edge}" xfId="0"{quoted} '
        'applyNumberFormat="1" applyFont="1" applyBorder="1" applyAlignment="1">'
        f'<alignment horizontal="{look.side}" vertical="{"top" if look.wrapped and not look.bold else "center"}"'
        f"{wrapped}{indent}/></xf>"
    )
