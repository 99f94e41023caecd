"""Rows of text → aligned lines for a terminal or a comment; nothing in a cell can act on either."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

LONGEST = 60
UNSAFE = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
"""Categories that could steer a terminal, end a comment or turn the direction of writing."""


def safe(text: str, longest: int = LONGEST) -> str:
    """Text of a file as it may be shown: one line, no control characters, not too long."""
    shown = "".join(" " if unicodedata.category(c) in UNSAFE else c for c in text)
    shown = " ".join(shown.split())
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


def width(text: str) -> int:
    """Columns that a text takes on a terminal: Chinese characters take two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = (), gap: int = 2) -> list[str]:
    """Lines in which the cells of a column stand below each other.

    Parameters
    ----------
    rows : sequence of sequences of str
        All of one length.
    right : sequence of int
        Columns that end, rather than begin, at one place: numbers.
    """
    if not rows:
        return []
    widths = [max(width(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            " " * (wide - width(cell)) + cell if k in right else cell + " " * (wide - width(cell))
            for k, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append((" " * gap).join(cells).rstrip())
    return lines
