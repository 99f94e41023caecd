"""Tables in LaTeX: three rules (booktabs), everything escaped."""

from __future__ import annotations

from dipeval.present.layouts.footnotes import LETTERS
from dipeval.present.layouts.table import Head, Table

SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "[": "{[}",
    "]": "{]}",
    "*": r"{*}",
    "\u2212": "$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "–": "--",
    "—": "---",
    "·": r"$\cdot$",
    "∞": r"$\infty$",
    "χ": r"$\chi$",
    "²": r"\textsuperscript{2}",
    **{
        letter: rf"\textsuperscript{{{plain}}}"
        for letter, plain in zip(LETTERS, "abcdefghijklmnop", strict=True)
    },
}

LONG = 45
"""A table with more lines than this does not fit a page."""
WIDE = 8
"""More columns than this need a smaller size."""


def latex(text: str) -> str:
    """Text that LaTeX prints as it stands; line breaks become spaces."""
    return "".join(SPECIAL.get(character, character) for character in " ".join(text.split()))


def table_latex(table: Table) -> str:
    """A floating table with caption, label and notes; a long one runs over pages with its head repeated.

    Needs ``booktabs``, with more than `LONG` lines ``longtable`` too; Chinese text needs XeLaTeX or LuaLaTeX
    with ``ctex``. Many columns are set smaller and closer.
    """
    columns = "l" + "".join("l" if i in table.text_columns else "r" for i in range(table.columns))
    title = rf"\caption{{{latex(table.title)}}}"
    named = rf"\label{{tab:{label(table.name)}}}"
    size = [r"\scriptsize", r"\setlength{\tabcolsep}{3pt}"] if table.columns > WIDE else [r"\small"]
    if len(table.rows) > LONG:
        body = _long(table, columns, title + named)
        return "\n".join([r"\begingroup", *size, *body, *_notes(table), r"\endgroup"]) + "\n"
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        title,
        named,
        *size,
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        *_heads(table),
        r"\midrule",
        *_rows(table),
        r"\bottomrule",
        r"\end{tabular}",
        *_notes(table),
    ]
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def _long(table: Table, columns: str, title: str) -> list[str]:
    """A table of several pages: its head on the first and on the others, its last rule on each."""
    head = [r"\toprule", *_heads(table), r"\midrule"]
    first = [rf"\begin{{longtable}}{{{columns}}}", title + r"\\", *head, r"\endfirsthead"]
    return [
        *first,
        *head,
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
        *_rows(table),
        r"\end{longtable}",
    ]


def _notes(table: Table) -> list[str]:
    if not table.notes:
        return []
    said = rf"\textit{{{latex(table.notes_word)}}} {latex(table.notes_text)}"
    return [r"\par\smallskip", r"\begin{minipage}{\linewidth}", r"\footnotesize", said, r"\end{minipage}"]


def label(name: str) -> str:
    """A name that is legal in a label."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in name)


def _heads(table: Table) -> list[str]:
    lines = []
    for position, heads in enumerate(table.heads):
        last = position == len(table.heads) - 1
        stub = latex(table.stub_head) if last else ""
        lines.append(" & ".join([stub, *(_head(head) for head in heads)]) + r" \\")
        lines += _rules_under(heads)
    return lines


def _head(head: Head) -> str:
    return rf"\multicolumn{{{head.span}}}{{c}}{{{latex(head.text)}}}"


def _rules_under(heads: tuple[Head, ...]) -> list[str]:
    """A short rule under every heading that spans columns."""
    rules, column = [], 2
    for head in heads:
        if head.span > 1:
            rules.append(rf"\cmidrule(lr){{{column}-{column + head.span - 1}}}")
        column += head.span
    return ["".join(rules)] if rules else []


def _rows(table: Table) -> list[str]:
    lines = []
    for row in table.rows:
        if row.ruled:
            lines.append(r"\addlinespace")
        stub = latex(row.stub) if row.cells or not row.stub else rf"\textit{{{latex(row.stub)}}}"
        stub = (r"\quad " if row.indent and row.stub else "") + stub
        cells = [latex(cell.text) for cell in row.cells] or [""] * table.columns
        lines.append(" & ".join([stub, *cells]) + r" \\")
    return lines
