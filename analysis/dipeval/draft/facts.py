"""What the cells of one undeclared file say: plain facts, made by `counting`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FEWEST = 10
"""Counts below this are hidden, and so is a median of fewer amounts."""


@dataclass(frozen=True)
class CodeCount:
    """A word of a coded column that the format does not know, in so many rows; its nearest known word."""

    column: str
    code: str
    rows: int
    near: str
    word: str


@dataclass(frozen=True)
class StrangeColumn:
    """A coded column with so many unknown words that it is none."""

    column: str
    words: int
    rows: int


@dataclass(frozen=True)
class DateForms:
    """In which forms the cells of a date column can be read: rows by form, and rows in none of them."""

    column: str
    rows: int
    by_form: Mapping[str, int]
    unread: int

    @property
    def form(self) -> str:
        """The one form that reads most cells; empty when none does, or when two cannot be told apart."""
        most = max(self.by_form.values(), default=0)
        best = [form for form, rows in self.by_form.items() if rows == most and rows]
        return best[0] if len(best) == 1 else ""


@dataclass(frozen=True)
class Amounts:
    """The median of the amounts above 0 under one header; NaN where fewer than `FEWEST` stand behind it."""

    column: str
    item: int
    median: float


@dataclass(frozen=True)
class Facts:
    """All that was counted in one file.

    Attributes
    ----------
    rows, total_rows : int
        Rows of data, and how many of them are totals.
    codes : tuple of CodeCount
        Most frequent first, by column.
    strange : tuple of StrangeColumn
    dates : tuple of DateForms
    amounts : tuple of Amounts
    hospitals : tuple of (str, str, int)
        Code, name, rows; most rows first, at most `counting.MOST_HOSPITALS`.
    months : mapping of str to int
        Rows by month of discharge (of the report, where the file is one).
    """

    rows: int
    total_rows: int
    codes: tuple[CodeCount, ...] = ()
    strange: tuple[StrangeColumn, ...] = ()
    dates: tuple[DateForms, ...] = ()
    amounts: tuple[Amounts, ...] = ()
    hospitals: tuple[tuple[str, str, int], ...] = ()
    months: Mapping[str, int] | None = None
