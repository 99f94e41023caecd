"""Tables in Markdown (GitHub's pipe tables)."""

from __future__ import annotations

import re

from dipeval.present.layouts.table import Table

SPECIAL = re.compile(r"([\\`*_\[\]|~#$])")
INDENT = "&nbsp;&nbsp;"


def markdown(text: str) -> str:
    """Text that shows as itself in a Markdown table."""
    escaped = SPECIAL.sub(r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return " ".join(escaped.split())


def table_markdown(table: Table) -> str:
    """A title, a pipe table and its notes; heading rows are joined, since Markdown has one."""
    heads = [[head.text for head in row for _ in range(head.span)] for row in table.heads]
    joined = [
        " · ".join(dict.fromkeys(text for text in column if text)) for column in zip(*heads, strict=True)
    ]
    marks = [":--", *(":--" if i in table.text_columns else "--:" for i in range(table.columns))]
    lines = [_row([table.stub_head, *joined]), "| " + " | ".join(marks) + " |"]
    for row in table.rows:
        stub = (INDENT if row.indent and row.stub else "") + markdown(row.stub)
        cells = [markdown(cell.text) for cell in row.cells] or [""] * table.columns
        lines.append("| " + " | ".join([stub, *cells]) + " |")
    title = f"**{markdown(table.title)}**"
    notes = [table.notes_lead + markdown(table.notes_text)] if table.notes else []
    return "\n\n".join([title, "\n".join(lines), *notes]) + "\n"


def _row(texts: list[str]) -> str:
    return "| " + " | ".join(markdown(text) for text in texts) + " |"
