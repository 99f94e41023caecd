"""A sheet of fixed width on which a figure is laid out in millimetres.

Explicit millimetres instead of an automatic layout: the same picture at the same size everywhere,
and fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from dipeval.present import style, typeface
from dipeval.present.words import phrase, title_of
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MM = 25.4
KEY_MM = {"line": 4.2, "dash": 4.2, "patch": 3.4, "hatch": 3.4}
POINT_MM = 1.8
GAP_MM = 3.6
UNDER_MM = 6.9
OVER_MM = 4.2
CLOSING = "，。、；：！？）》」』】”’…％%"
OPENING = "（《「『【“‘"
HATCHES = "//////"
"""Of areas that are held back, or stand for what lies beyond an axis."""


@dataclass(frozen=True)
class Key:
    """One entry of the legend.

    Attributes
    ----------
    shape : {"point", "hollow", "diamond", "cross", "line", "dash", "patch", "hatch"}
    colour : str
    text : str
    dash : str or tuple
        How a ``line`` is broken, as matplotlib has it.
    """

    shape: str
    colour: str
    text: str
    dash: object = "-"


@cache
def text_width(text: str, size: float = style.TEXT_PT, family: tuple[str, ...] = typeface.TEXT) -> float:
    """Width of a line of text in millimetres; each text is measured once."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

    width, _, _ = RendererAgg(1, 1, style.PNG_DPI).get_text_width_height_descent(
        text, FontProperties(family=list(family), size=size), ismath=False
    )
    return width / style.PNG_DPI * MM


def wrapped(text: str, width: float, size: float, family: tuple[str, ...]) -> list[str]:
    """Break a text into lines of at most `width` millimetres, at spaces or between Chinese characters.

    No line begins with a mark that closes, and none ends with one that opens (GB/T 15834).
    """
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and text_width((lines[-1] + piece).rstrip(), size, family) > width:
            lines.append("")
        lines[-1] += piece
    return [line.strip() for line in lines]


def _pieces(text: str) -> list[str]:
    """What must stay on one line: words with their space, Chinese characters with the marks around them."""
    pieces = [""]
    for character in text:
        alone = typeface.has_chinese(character)
        last = pieces[-1][-1:]
        joined = character in CLOSING or (last and last in OPENING)
        if last and not joined and (alone or last == " " or typeface.has_chinese(last)):
            pieces.append("")
        pieces[-1] += character
    return pieces


class Sheet:
    """A figure with heading, legend and footer in place, and room for the body between them.

    Parameters
    ----------
    exhibit : Exhibit
        Gives the title and whether the data are synthetic.
    language : str
    width, body : float
        Width of the sheet and height of its body, millimetres.
    keys : sequence of Key
        The legend, laid out in as many rows as it needs.
    title : bool
        Whether to print the title.
    over : str
        What the vertical axis measures: above the body at the left, in as many lines as it needs.
    under : str
        What the horizontal axis measures: room below the body for its marks and these words, which
        `name_level` puts there.
    notes : sequence of str
        Small lines at the foot, each short enough for the sheet.
    """

    def __init__(
        self,
        exhibit: Exhibit,
        language: str,
        width: float,
        body: float,
        keys: Sequence[Key] = (),
        *,
        title: bool,
        over: str = "",
        under: str = "",
        notes: Sequence[str] = (),
    ):
        self.language, self.width, self.body = language, width, body
        over_lines, self.under_lines = self._axis_lines(over), self._axis_lines(under)
        lines = self._title_lines(title_of(exhibit, language)) if title else []
        rows = self._legend_rows(keys)
        head = style.MARGIN_MM + 3.5 * len(lines) + (1.0 if lines else 0.0)
        self.top = head + 3.4 * len(rows) + (1.4 if rows else 0.0)
        above = self.top
        self.top += OVER_MM + 3.1 * (len(over_lines) - 1) if over_lines else 0.0
        below = UNDER_MM + 1.6 + 3.1 * (len(self.under_lines) - 1) if self.under_lines else 0.0
        foot = 3.2 if exhibit.synthetic else style.MARGIN_MM
        noted = self.top + body + below
        self.height = noted + (3.1 * len(notes) + 0.6 if notes else 0.0) + foot
        self.figure = self._new_figure()
        for i, line in enumerate(lines):
            self.strong(style.MARGIN_MM, style.MARGIN_MM + 3.5 * i, line, size=style.TITLE_PT, va="top")
        for i, row in enumerate(rows):
            self._draw_keys(row, head + 3.4 * i + 1.7)
        for i, line in enumerate(over_lines):
            self.text(style.MARGIN_MM, above + 2.6 + 3.1 * i, line)
        for i, line in enumerate(notes):
            how = {"size": style.SMALL_PT, "color": style.SOFT, "va": "baseline"}
            self.text(style.MARGIN_MM, noted + 2.2 + 3.1 * i, line, **how)
        if exhibit.synthetic:
            x, y = self.width - style.MARGIN_MM, self.height - style.MARGIN_MM
            self.text(x, y, phrase("synthetic", language), size=style.SMALL_PT, color=style.SOFT, ha="right")

    def _new_figure(self) -> Figure:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D

        figure = Figure(figsize=(self.width / MM, self.height / MM), dpi=style.PNG_DPI)
        FigureCanvasAgg(figure)
        flip = Affine2D().scale(1 / MM, -1 / MM).translate(0, self.height / MM)
        self.mm = flip + figure.dpi_scale_trans
        return figure

    def strong(self, x: float, y: float, text: str, **how: object) -> None:
        """Put a heading at (x, y); Chinese, which has one weight here, is thickened by a stroke."""
        from matplotlib.patheffects import withStroke

        how.setdefault("family", self.heading)
        if self.language == "zh":
            how["path_effects"] = [withStroke(linewidth=0.35, foreground=style.INK)]
        self.text(x, y, text, **how)

    @property
    def heading(self) -> tuple[str, ...]:
        """The typefaces of headings."""
        return typeface.TEXT if self.language == "zh" else typeface.HEADING

    def _title_lines(self, title: str) -> list[str]:
        return wrapped(title, self.width - 2 * style.MARGIN_MM, style.TITLE_PT, self.heading)

    def _axis_lines(self, words: str) -> list[str]:
        room = self.width - 2 * style.MARGIN_MM
        return wrapped(words, room, style.TEXT_PT, typeface.TEXT) if words else []

    def _legend_rows(self, keys: Sequence[Key]) -> list[list[tuple[float, Key]]]:
        """Entries with their places, row by row, none wider than the sheet."""
        rows: list[list[tuple[float, Key]]] = []
        x = style.MARGIN_MM
        for key in keys:
            width = KEY_MM.get(key.shape, POINT_MM) + 1.0 + text_width(key.text)
            if not rows or x + width > self.width - style.MARGIN_MM:
                rows.append([])
                x = style.MARGIN_MM
            rows[-1].append((x, key))
            x += width + GAP_MM
        return rows

    def _draw_keys(self, row: Sequence[tuple[float, Key]], y: float) -> None:
        from matplotlib.lines import Line2D
        from matplotlib.patches import Rectangle

        for x, key in row:
            room = KEY_MM.get(key.shape, POINT_MM)
            if key.shape in ("patch", "hatch"):
                self.figure.add_artist(Rectangle((x, y - 1.1), room, 2.2, transform=self.mm, **_area(key)))
            elif key.shape in ("line", "dash"):
                dashes = "--" if key.shape == "dash" else key.dash
                line = Line2D([x, x + room], [y, y], color=key.colour, lw=1.2, ls=dashes, transform=self.mm)
                self.figure.add_artist(line)
            else:
                self.figure.add_artist(
                    Line2D([x + room / 2], [y], transform=self.mm, **marker(key.shape, key.colour))
                )
            self.text(x + room + 1.0, y, key.text, va="center_baseline")

    def text(self, x: float, y: float, text: str, **how: object) -> None:
        """Put a text at (x, y) millimetres from the upper left corner of the sheet."""
        how.setdefault("size", style.TEXT_PT)
        self.figure.text(x, y, text, transform=self.mm, **how)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Axes whose frame stands `left` and `top` millimetres from the corner of the body."""
        bottom = self.height - self.top - top - height
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        axes = self.figure.add_axes(box)
        for axis in (axes.xaxis, axes.yaxis):  # labels are texts of the sheet: no need to measure ticks
            axis.set_label_coords(0, 0)
        return axes

    def name_level(self, left: float, width: float) -> None:
        """Put the words of `under` below the body, around the middle of an axis, and on the sheet."""
        for i, line in enumerate(self.under_lines):
            half = text_width(line) / 2 + style.MARGIN_MM
            x = min(max(left + width / 2, half), self.width - half)
            y = self.top + self.body + UNDER_MM + 3.1 * i
            self.text(x, y, line, ha="center", va="baseline")

    def under(self, axes: Axes, text: str) -> None:
        """Put the label of a horizontal axis under its numbers."""
        box = axes.get_position()
        x, y = (box.x0 + box.x1) / 2 * self.width, (1 - box.y0) * self.height
        self.text(x, y + UNDER_MM, text, ha="center", va="baseline")


def _area(key: Key) -> dict[str, object]:
    """How the sample of an area is drawn."""
    if key.shape == "hatch":
        return {"fc": style.PAPER, "ec": key.colour, "lw": 0.5, "hatch": HATCHES}
    return {"fc": key.colour, "ec": style.RULE if key.colour == style.PAPER else "none", "lw": 0.5}


def marker(shape: str, colour: str) -> dict[str, object]:
    """How a point of a shape is drawn."""
    size = {"cross": 2.6, "diamond": 3.4, "hollow": 2.7}.get(shape, 2.9)
    face = style.PAPER if shape in ("hollow", "diamond") else colour
    form = {"cross": "x", "diamond": "D"}.get(shape, "o")
    return {
        "marker": form,
        "markersize": size,
        "markerfacecolor": face,
        "markeredgecolor": colour,
        "markeredgewidth": 0.7,
        "linestyle": "none",
    }
