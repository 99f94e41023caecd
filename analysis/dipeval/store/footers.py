"""Rows of sums below a table that do not have its fields: found, told, and not taken for damage."""

from __future__ import annotations

import re

from ..errors import EVIDENCE_SHOWN, Problem
from ..study.model import Source

SUM = "sum"
"""The kind of such a row, beside the kinds of faulty rows."""
FIRST_CELLS = 3
"""A sum says so in one of its first cells."""
SPACE = re.compile(r'[\s\u00a0\u3000"]')


def is_sum(row: bytes, delimiter: str, encoding: str, words: tuple[str, ...]) -> bool:
    """Whether a short row is a sum by one of its first cells."""
    cells = row.decode(encoding, errors="replace").split(delimiter)[:FIRST_CELLS]
    return any(SPACE.sub("", cell).rstrip(":：") in words for cell in cells)


def sum_problems(rows: list[int], source: Source, where: str) -> list[Problem]:
    """The sums below a table, where the format does not declare any."""
    if not rows or source.total_rows == "reject":
        return []
    subject = "a total row stands" if len(rows) == 1 else "total rows stand"
    what = f"{subject} below the data ({', '.join(source.total_words[:3])} …)"
    todo = f'remove it, or write total_rows = "reject" in sources/{source.name}.toml'
    return [Problem(where, what, todo, tuple(f"row {row}" for row in rows[:EVIDENCE_SHOWN]), len(rows))]
