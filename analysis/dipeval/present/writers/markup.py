"""Tables in HTML: a document that stands by itself, and the table in it for pages with a style of their own."""

from __future__ import annotations

from html import escape

from dipeval.present.layouts.table import Row, Table

STYLE = """
body { margin: 1.5rem; color: #000; background: #fff;
  font: 15px/1.4 "Times New Roman", Times, SimSun, "Songti SC", "Noto Serif CJK SC", serif; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums;
  border-top: 2px solid #000; border-bottom: 2px solid #000; }
caption { text-align: left; font-weight: bold; padding-bottom: .4rem; }
th, td { padding: .15rem .6rem; text-align: right; vertical-align: baseline; font-weight: normal;
  white-space: nowrap; }
tr > :first-child, .text { text-align: left; }
thead th { vertical-align: bottom; }
thead tr:last-child th { border-bottom: 1px solid #000; }
th.group { text-align: center; border-bottom: 1px solid #000; }
tbody th { white-space: normal; max-width: 26rem; }
td.text { white-space: normal; }
th.section { font-style: italic; }
th.indent { padding-left: 1.6rem; }
tr.ruled > * { padding-top: .55rem; }
tfoot td { border-top: 2px solid #000; white-space: normal; font-size: .87em; padding-top: .35rem; }
tfoot td div { max-width: 60rem; }
table:has(tfoot) { border-bottom: 0; }
"""
"""Three lines: a thick one above and below, a thin one under the head."""
CLASS = {name: f' class="{name}"' for name in ("text", "indent", "ruled", "section")}


def table_document(table: Table, language: str) -> str:
    """A whole page with the table alone: it needs nothing beside it, and pastes into a text as it looks."""
    spoken = "zh-CN" if language == "zh" else "en"
    return (
        f'<!DOCTYPE html>\n<html lang="{spoken}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(table.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{table_html(table)}</body>\n</html>\n"
    )


def table_within(document: str) -> str:
    """The ``table`` element of what `table_document` wrote; empty where there is none."""
    start, end = document.find("<table"), document.rfind("</table>")
    return document[start : end + len("</table>")] + "\n" if 0 <= start < end else ""


def table_html(table: Table) -> str:
    """A ``table`` element with caption, heads, body and notes."""
    lines = ['<table class="dipeval">', f"<caption>{escape(table.title)}</caption>", "<thead>"]
    for position, heads in enumerate(table.heads):
        stub = escape(table.stub_head) if position == len(table.heads) - 1 else ""
        cells = "".join(_head(head.text, head.span, i in table.text_columns) for i, head in enumerate(heads))
        lines.append(f'<tr><th scope="col" class="text">{stub}</th>{cells}</tr>')
    lines += ["</thead>", "<tbody>", *(_row(row, table) for row in table.rows), "</tbody>"]
    if table.notes:
        lead = f"<i>{escape(table.notes_word)}</i>{' ' if table.spaced else ''}"
        cell = f'<td colspan="{table.columns + 1}"><div>{lead}{escape(table.notes_text)}</div></td>'
        lines.append(f"<tfoot><tr>{cell}</tr></tfoot>")
    return "\n".join([*lines, "</table>"]) + "\n"


def _head(text: str, span: int, flush_left: bool) -> str:
    if span > 1:
        return f'<th colspan="{span}" class="group" scope="colgroup">{escape(text)}</th>'
    return f'<th scope="col"{CLASS["text"] if flush_left else ""}>{escape(text)}</th>'


def _row(row: Row, table: Table) -> str:
    kind = CLASS["indent"] if row.indent else "" if row.cells else CLASS["section"]
    stub = f'<th scope="row"{kind}>{escape(row.stub)}</th>'
    cells = "".join(
        f"<td{CLASS['text'] if i in table.text_columns else ''}>{escape(cell.text)}</td>"
        for i, cell in enumerate(row.cells)
    )
    return f"<tr{CLASS['ruled'] if row.ruled else ''}>{stub}{cells or '<td></td>' * table.columns}</tr>"
