"""Labels at the left of rows: broken into lines where they are long, never cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dipeval.present import style, typeface
from dipeval.present.sheet import Sheet, text_width, wrapped


@dataclass(frozen=True)
class RowLabels:
    """Labels in lines.

    Attributes
    ----------
    lines : tuple of tuple of str
        By row, the upper line first.
    width : float
        Millimetres of the longest line.
    size : float
        Points.
    """

    lines: tuple[tuple[str, ...], ...]
    width: float
    size: float

    def height(self, row: int) -> float:
        """Millimetres that the label of a row needs."""
        return len(self.lines[row]) * self.leading

    @property
    def leading(self) -> float:
        """Millimetres from line to line."""
        return style.LINE_MM * self.size / style.TEXT_PT

    def put(self, sheet: Sheet, row: int, right: float, middle: float) -> None:
        """Write a label flush right at `right`, around `middle` millimetres below the sheet's upper edge."""
        lines = self.lines[row]
        for position, line in enumerate(lines):
            y = middle + (position - (len(lines) - 1) / 2) * self.leading
            sheet.text(right, y, line, ha="right", va="center_baseline", size=self.size)


def row_labels(words: Sequence[str], most: float, size: float = style.TEXT_PT) -> RowLabels:
    """Break labels into lines of at most `most` millimetres (a longer word stays whole)."""
    lines = tuple(tuple(wrapped(word, most, size, typeface.TEXT)) for word in words)
    width = max((text_width(line, size) for row in lines for line in row), default=0.0)
    return RowLabels(lines, width, size)
