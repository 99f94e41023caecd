"""The scale of colours below a picture: what it measures, its ends, and the colours between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.present import style, typeface
from dipeval.present.sheet import Sheet, text_width, wrapped

LENGTH_MM = 26.0
ROW_MM = 3.6
STEPS = 52


@dataclass(frozen=True)
class ColourBar:
    """A scale and the words around it.

    Attributes
    ----------
    lines : tuple of str
        What is measured; the scale stands behind the last line where it fits, else below.
    ends : (str, str)
        Lowest and highest number; empty words for no scale.
    beside : bool
        Whether the scale stands behind the last line.
    """

    lines: tuple[str, ...]
    ends: tuple[str, str]
    beside: bool

    @property
    def height(self) -> float:
        """Millimetres that all of it needs."""
        below = 0 if self.beside or not any(self.ends) else 1
        return ROW_MM * (len(self.lines) + below) + 1.6

    def draw(self, sheet: Sheet, top: float, colour_at: Callable[[float], str]) -> None:
        """Draw it.

        Parameters
        ----------
        sheet : Sheet
        top : float
            Millimetres below the sheet's upper edge.
        colour_at : callable
            The colour at a place of the scale, from 0 (its low end) to 1.
        """
        from matplotlib.patches import Rectangle

        y = top + ROW_MM / 2 + 1.2
        for line in self.lines:
            sheet.text(style.MARGIN_MM, y, line, va="center_baseline")
            y += ROW_MM
        if not any(self.ends):
            return
        x = style.MARGIN_MM
        if self.beside:
            y -= ROW_MM
            x += text_width(self.lines[-1]) + 2.4
        sheet.text(x, y, self.ends[0], va="center_baseline")
        x += text_width(self.ends[0]) + 1.0
        for k, place in enumerate(np.linspace(0, 1, STEPS)):
            box = Rectangle((x + k * LENGTH_MM / STEPS, y - 1.1), LENGTH_MM / STEPS + 0.02, 2.2, lw=0)
            box.set_facecolor(colour_at(float(place)))
            box.set_transform(sheet.mm)
            sheet.figure.add_artist(box)
        sheet.text(x + LENGTH_MM + 1.0, y, self.ends[1], va="center_baseline")


def colour_bar(said: str, ends: tuple[str, str], page: float) -> ColourBar:
    """Arrange a scale on a sheet of `page` millimetres, without running off it."""
    room = page - 2 * style.MARGIN_MM
    lines = tuple(wrapped(said, room, style.TEXT_PT, typeface.TEXT)) if said else ()
    bar = sum(text_width(end) for end in ends) + LENGTH_MM + 2.0 if any(ends) else 0.0
    beside = bool(lines) and bool(bar) and text_width(lines[-1]) + 2.4 + bar <= room
    return ColourBar(lines, ends, beside)
