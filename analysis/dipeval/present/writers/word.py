"""Tables as Word documents: three lines, a head that repeats on every page, fonts for both scripts."""

from __future__ import annotations

import re

from dipeval.present.layouts.footnotes import LETTERS
from dipeval.present.layouts.table import Head, Row, Table
from dipeval.present.typeface import has_chinese
from dipeval.present.writers.office_package import office_package, xml_text

SPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
LATIN, CHINESE = "Times New Roman", "SimSun"
PAGE = (11906, 16838)
"""A4 upright, in twentieths of a point."""
MARGIN = 1134
UPRIGHT = 7
"""More columns than this turn the page."""
THICK, THIN = 12, 6
"""Rules in eighths of a point."""
INDENT = 220
WIDEST = 36
"""A column does not claim more than the width of so many letters."""
RAISED = '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
_LETTER = re.compile(f"([{LETTERS}]+)$")
_PLAIN = str.maketrans(LETTERS, "abcdefghijklmnop")
TEXT, SECTION = "TableText", "TableSection"
STYLES = (
    ("TableTitle", "Table title", '<w:keepNext/><w:spacing w:before="0" w:after="80"/>', "<w:b/><w:bCs/>"),
    (TEXT, "Table text", '<w:spacing w:before="20" w:after="20"/>', ""),
    (SECTION, "Table section", '<w:spacing w:before="20" w:after="20"/>', "<w:i/><w:iCs/>"),
    (
        "TableNotes",
        "Table notes",
        '<w:spacing w:before="60" w:after="0"/>',
        '<w:sz w:val="16"/><w:szCs w:val="16"/>',
    ),
)


def table_word(table: Table, language: str) -> bytes:
    """Write a table as a document of its own.

    Parameters
    ----------
    table : Table
    language : {"en", "zh"}

    Returns
    -------
    bytes
        A ``.docx`` (ECMA-376, transitional): the title, the table with a thick rule above and below and a
        thin one under its head, the notes. The same table gives the same bytes. Cost O(cells).
    """
    wide = table.columns > UPRIGHT
    width, height = (PAGE[1], PAGE[0]) if wide else PAGE
    widths = _widths(table, width - 2 * MARGIN)
    turned = ' w:orient="landscape"' if wide else ""
    body = [
        _paragraph(table.title, "TableTitle"),
        _table(table, widths),
        _paragraph(table.notes_lead + table.notes_text, "TableNotes")
        if table.notes
        else _paragraph("", "TableNotes"),
        f'<w:sectPr><w:pgSz w:w="{width}" w:h="{height}"{turned}/><w:pgMar w:top="{MARGIN}" w:right="{MARGIN}" '
        f'w:bottom="{MARGIN}" w:left="{MARGIN}" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>',
    ]
    document = f'<w:document xmlns:w="{SPACE}"><w:body>{"".join(body)}</w:body></w:document>'
    parts = {
        "word/document.xml": (f"{TYPE}.document.main+xml", document),
        "word/styles.xml": (f"{TYPE}.styles+xml", _styles(language)),
        "word/settings.xml": (f"{TYPE}.settings+xml", _settings()),
    }
    return office_package("word/document.xml", parts, table.title, "zh-CN" if language == "zh" else "en-GB")


def _table(table: Table, widths: list[int]) -> str:
    """The table element: properties, grid, head rows, body rows."""
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    properties = (
        f'<w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>'
        f"{_rule('top', THICK)}{_rule('bottom', THICK)}</w:tblBorders>"
        '<w:tblLayout w:type="autofit"/><w:tblCellMar><w:left w:w="70" w:type="dxa"/>'
        '<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
    )
    heads = [_head_row(table, position, widths) for position in range(len(table.heads))]
    rows = [_body_row(table, row, widths, last=row is table.rows[-1]) for row in table.rows]
    return f"<w:tbl>{properties}<w:tblGrid>{grid}</w:tblGrid>{''.join(heads)}{''.join(rows)}</w:tbl>"


def _head_row(table: Table, position: int, widths: list[int]) -> str:
    """One heading row; the first has the thick rule above, the last the thin one below."""
    last = position == len(table.heads) - 1
    top = _rule("top", THICK) if position == 0 else ""
    below = _rule("bottom", THIN) if last else ""
    cells = [_cell(table.stub_head if last else "", widths[:1], "left", top + below, bottom=True)]
    column = 0
    for head in table.heads[position]:
        under = below or (_rule("bottom", 4) if head.span > 1 and head.text else "")
        span = widths[1 + column : 1 + column + head.span]
        cells.append(_cell(head.text, span, _head_side(table, head, column), top + under, bottom=True))
        column += head.span
    return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{''.join(cells)}</w:tr>"


def _head_side(table: Table, head: Head, column: int) -> str:
    if head.span > 1:
        return "center"
    return "left" if column in table.text_columns else "right"


def _body_row(table: Table, row: Row, widths: list[int], *, last: bool) -> str:
    """A line of the table; one that heads a section spans it."""
    border = _rule("bottom", THICK) if last else ""
    above = 80 if row.ruled else 0
    if not row.cells:
        cells = _cell(row.stub, widths, "left", border, above=above, slanted=True)
        return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"
    cells = [_cell(row.stub, widths[:1], "left", border, indent=INDENT if row.indent else 0, above=above)]
    for i, cell in enumerate(row.cells):
        text = i in table.text_columns
        side = "left" if text else "right"
        cells.append(_cell(cell.text, widths[i + 1 : i + 2], side, border, whole=not text, above=above))
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>"


def _cell(
    text: str,
    widths: list[int],
    side: str,
    borders: str,
    *,
    indent: int = 0,
    above: int = 0,
    bottom: bool = False,
    whole: bool = False,
    slanted: bool = False,
) -> str:
    """One cell; `whole` keeps a number on one line, `slanted` marks the head of a section."""
    span = f'<w:gridSpan w:val="{len(widths)}"/>' if len(widths) > 1 else ""
    edges = f"<w:tcBorders>{borders}</w:tcBorders>" if borders else ""
    kept = "<w:noWrap/>" if whole else ""
    placed = '<w:vAlign w:val="bottom"/>' if bottom else ""
    properties = f'<w:tcPr><w:tcW w:w="{sum(widths)}" w:type="dxa"/>{span}{edges}{kept}{placed}</w:tcPr>'
    return f"<w:tc>{properties}{_paragraph(text, SECTION if slanted else TEXT, side, indent, above)}</w:tc>"


def _paragraph(text: str, style: str, side: str = "left", indent: int = 0, above: int = 0) -> str:
    spacing = f'<w:spacing w:before="{above}"/>' if above else ""
    shift = f'<w:ind w:left="{indent}"/>' if indent else ""
    place = "" if side == "left" else f'<w:jc w:val="{side}"/>'
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{spacing}{shift}{place}</w:pPr>{_runs(text)}</w:p>'


def _runs(text: str) -> str:
    """Text, with the letter of a remark raised."""
    parts = [(part, i % 2 == 1) for i, part in enumerate(_LETTER.split(text)) if part]
    return "".join(
        f"<w:r>{RAISED if raised else ''}"
        f'<w:t xml:space="preserve">{xml_text(part.translate(_PLAIN) if raised else part)}</w:t></w:r>'
        for part, raised in parts
    )


def _rule(edge: str, eighths: int) -> str:
    return f'<w:{edge} w:val="single" w:sz="{eighths}" w:space="0" w:color="000000"/>'


def _widths(table: Table, room: int) -> list[int]:
    """Columns as wide as their longest text asks, of all the room; a program may still move them."""
    texts = [[row.stub for row in table.rows if row.cells], *([] for _ in range(table.columns))]
    texts[0].append(table.stub_head)
    for row in table.rows:
        for i, cell in enumerate(row.cells):
            texts[i + 1].append(cell.text)
    for i, head in enumerate(table.heads[-1] if len(table.heads[-1]) == table.columns else ()):
        texts[i + 1].append(head.text)
    asked = [min(max((_letters(text) for text in column), default=0) + 2, WIDEST) for column in texts]
    return [room * width // sum(asked) for width in asked]


def _letters(text: str) -> int:
    """The width of a text in Latin letters; a Chinese character is two."""
    return sum(2 if has_chinese(character) else 1 for character in text)


def _styles(language: str) -> str:
    """The default fonts, and one style for each part of a table."""
    spoken = "zh-CN" if language == "zh" else "en-GB"
    made = "".join(
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{name}"><w:name w:val="{words}"/>'
        f'<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>{layout}</w:pPr><w:rPr>{face}</w:rPr></w:style>'
        for name, words, layout, face in STYLES
    )
    return (
        f'<w:styles xmlns:w="{SPACE}"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="{LATIN}" '
        f'w:hAnsi="{LATIN}" w:eastAsia="{CHINESE}" w:cs="{LATIN}"/><w:sz w:val="18"/><w:szCs w:val="18"/>'
        f'<w:lang w:val="{spoken}" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
        f"</w:style>{made}</w:styles>"
    )


def _settings() -> str:
    """That the document is of today's format: Word would otherwise open it in a mode for old ones."""
    return (
        f'<w:settings xmlns:w="{SPACE}"><w:compat><w:compatSetting w:name="compatibilityMode" '
        'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat></w:settings>'
    )
