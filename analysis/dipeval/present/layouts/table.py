"""A table before it is written: heads, rows, cells, notes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

MINUS = "\u2212"


@dataclass(frozen=True)
class Cell:
    """What is printed, and the same as a plain number where it is one.

    `number` is what a spreadsheet gets: ``(0.012)`` would be read there as minus 0.012.
    """

    text: str
    number: str = ""


@dataclass(frozen=True)
class Head:
    """A heading over `span` columns."""

    text: str
    span: int = 1


@dataclass(frozen=True)
class Row:
    """One printed row.

    Attributes
    ----------
    stub : str
        The label on the left.
    cells : tuple of Cell
        One a column; empty for a row that only heads a section.
    indent : bool
        Whether the stub belongs to the row above.
    ruled : bool
        Whether a thin rule stands above the row.
    note : str
        What a spreadsheet shows for the stub where it is empty in print.
    """

    stub: str
    cells: tuple[Cell, ...] = ()
    indent: bool = False
    ruled: bool = False
    note: str = ""


@dataclass(frozen=True)
class Table:
    """A whole table.

    Attributes
    ----------
    name, title : str
    stub_head : str
        Heading of the left column.
    heads : tuple of tuple of Head
        Heading rows, the upper first; each spans all columns but the left one.
    rows : tuple of Row
    notes : tuple of str
    text_columns : frozenset of int
        Columns to set flush left, counted from 0 without the left one.
    notes_word : str
        What stands before the notes.
    spaced : bool
        Whether notes are set apart by a space (not in Chinese).
    """

    name: str
    title: str
    stub_head: str
    heads: tuple[tuple[Head, ...], ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    text_columns: frozenset[int] = field(default_factory=frozenset)
    notes_word: str = "Notes:"
    spaced: bool = True

    def __post_init__(self) -> None:
        width = self.columns
        for row in self.rows:
            if row.cells and len(row.cells) != width:
                raise ValueError(
                    f"table {self.name}: row {row.stub!r} has {len(row.cells)} cells, not {width}"
                )
        if any(sum(head.span for head in heads) != width for heads in self.heads):
            raise ValueError(f"table {self.name}: the heading rows are not equally wide")

    @property
    def columns(self) -> int:
        """Columns without the left one."""
        return sum(head.span for head in self.heads[-1])

    @property
    def notes_text(self) -> str:
        """All notes as one line."""
        return (" " if self.spaced else "").join(self.notes)

    @property
    def notes_lead(self) -> str:
        """What stands before them, with its space."""
        return self.notes_word + (" " if self.spaced else "")


def number_text(value: float, decimals: int, *, commas: bool = True) -> str:
    """A number as printed, with a true minus sign; empty where undefined."""
    if np.isnan(value):
        return ""
    if np.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{value:{',' if commas else ''}.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def number_cell(value: float, decimals: int, *, form: str = "{}", absent: str = "") -> Cell:
    """A cell with one number, printed in a form such as ``({})``; `absent` where it is undefined."""
    if np.isnan(value):
        return Cell(absent)
    text = number_text(value, decimals)
    return Cell(form.format(text), text.replace(",", "").replace(MINUS, "-"))


def chance_cell(value: float, decimals: int, *, absent: str = "") -> Cell:
    """A cell with a p-value: no p-value is 0, so one that would round to it is said to be below the last digit."""
    least = 10.0**-decimals
    if 0 <= value < least / 2:
        return Cell(f"<{least:.{decimals}f}", f"{value:.3g}")
    return number_cell(value, decimals, absent=absent)


def decimals_for(unit: str, value: float) -> int:
    """How many decimals a value of a unit is printed with."""
    if unit == "cases":
        return 0
    fixed = {"days": 1, "years": 1, "share": 1, "log points": 3}
    if unit in fixed:
        return fixed[unit]
    return 0 if np.isnan(value) or abs(value) >= 100 else 2
