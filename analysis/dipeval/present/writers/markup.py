"""Tables in HTML: a fragment with one class, styled by the page that holds it."""

from __future__ import annotations

from html import escape

from dipeval.present.layouts.table import Row, Table

CLASS = {name: f' class="{name}"' for name in ("text", "indent", "ruled")}


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
    stub = f'<th scope="row"{CLASS["indent"] if row.indent else ""}>{escape(row.stub)}</th>'
    cells = "".join(
        f"<td{CLASS['text'] if i in table.text_columns else ''}>{escape(cell.text)}</td>"
        for i, cell in enumerate(row.cells)
    )
    return f"<tr{CLASS['ruled'] if row.ruled else ''}>{stub}{cells or '<td></td>' * table.columns}</tr>"
