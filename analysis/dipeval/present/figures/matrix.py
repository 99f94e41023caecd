"""Matrix: rows by columns, coloured by the number that is printed in the cell.

The frame of an exhibit of kind ``matrix`` has one row a cell: ``value``, ``count``, ``largest_share``,
``label_en``, ``label_zh`` and ``row``, ``row_en``, ``row_zh``, ``column``, ``column_en``, ``column_zh``; rows and
columns stand in the order in which they first occur. A cell that has no row stays empty, one that is held back is
hatched, one without a value has a dash.

Options: ``unit``, ``currency``, ``axis_en``, ``axis_zh`` (what is coloured), ``centre`` (colours go both ways from
this value; without it they do so from 0 where values have both signs), ``by_row`` (true: rows have units of their
own, and are shaded each for itself), ``margin`` (the name of the row or column of totals, which are printed without a
shade: sums would outshine their parts).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style
from dipeval.present.colour_bar import ColourBar, colour_bar
from dipeval.present.colours import ink_on, shade
from dipeval.present.row_labels import RowLabels, row_labels
from dipeval.present.sheet import HATCHES, Key, Sheet, text_width
from dipeval.present.value_words import decimals_of, scale_of, value_text
from dipeval.present.words import labels, option, phrase, unit_words, with_unit
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_MM = 4.0
CELL_MM = 15.0
"""Cells are not wider than this."""
LABEL_MM = 38.0
HEAD_LINES = 3
"""A heading that would need more lines than this stands upright."""
HATCH = "#b5b5b5"
DASH = "–"


@dataclass(frozen=True)
class _Matrix:
    """Cells as arrays.

    Attributes
    ----------
    shown, shaded : numpy.ndarray, shape (rows, columns)
        Scaled values, and those of them that have a colour.
    held, there : numpy.ndarray of bool, shape (rows, columns)
        Cells that are held back, and cells that the frame has.
    words : list of list of str
    names : RowLabels
    heads : list of str
    """

    shown: np.ndarray
    shaded: np.ndarray
    held: np.ndarray
    there: np.ndarray
    words: list[list[str]]
    names: RowLabels
    heads: list[str]

    @property
    def least(self) -> float:
        """Millimetres that the longest number needs."""
        return (
            max((text_width(word, style.SMALL_PT) for row in self.words for word in row), default=0.0) + 1.6
        )


def draw_matrix(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``matrix`` at column width, or at page width where its numbers need it."""
    found = _matrix(exhibit, language)
    left, columns = style.MARGIN_MM + found.names.width + 1.8, found.shown.shape[1]
    page = (
        style.COLUMN_MM
        if left + columns * found.least + style.MARGIN_MM <= style.COLUMN_MM
        else style.PAGE_MM
    )
    cell = min((page - left - style.MARGIN_MM) / columns, max(CELL_MM, found.least))
    heads, head = _heads(found.heads, cell)
    heights = np.array([max(ROW_MM, found.names.height(r) + 0.8) for r in range(len(found.shown))])
    height = float(heights.sum())
    keys = [Key("hatch", HATCH, phrase("withheld_key", language))] if found.held.any() else []
    bar = _bar(exhibit, found, page, language)
    sheet = Sheet(exhibit, language, page, head + height + bar.height, keys, title=title)
    middles = np.cumsum(heights) - heights / 2
    for row, middle in enumerate(middles):
        found.names.put(sheet, row, left - 1.8, sheet.top + head + float(middle))
    _draw_heads(sheet, heads, left, cell, head)
    axes = sheet.axes(left, head, cell * columns, height)
    axes.set_xlim(0, columns)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    _cells(axes, exhibit, found, heights, printed=found.least <= cell)
    bar.draw(sheet, sheet.top + head + height, lambda place: _colour_at(exhibit, found.shaded, place))
    return sheet.figure


def _matrix(exhibit: Exhibit, language: str) -> _Matrix:
    frame, unit, by_row = exhibit.frame, option(exhibit, "unit"), option(exhibit, "by_row") == "True"
    rows, columns = (list(dict.fromkeys(frame[name])) for name in ("row", "column"))
    shape = (len(rows), len(columns))
    at = (frame["row"].map(rows.index).to_numpy(), frame["column"].map(columns.index).to_numpy())
    shown, held, there = np.full(shape, np.nan), np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    shown[at] = frame["value"].to_numpy(dtype=float) * scale_of(unit)
    held[at], there[at] = frame["suppressed"].to_numpy(dtype=bool), True
    words = []
    for i in range(len(rows)):
        decimals = decimals_of(unit, shown[i] if by_row else shown)
        dashes = [DASH if there[i, j] and not held[i, j] else "" for j in range(len(columns))]
        words.append([value_text(v, "", decimals) or dash for v, dash in zip(shown[i], dashes, strict=True)])
    margin = option(exhibit, "margin")
    total = np.array([[margin in (row, column) for column in columns] for row in rows], dtype=bool)
    shaded = np.where(total, np.nan, shown) if margin else shown
    names = row_labels(_first(frame, "row", rows, language), LABEL_MM)
    return _Matrix(shown, shaded, held, there, words, names, _first(frame, "column", columns, language))


def _first(frame: pd.DataFrame, stem: str, order: list[object], language: str) -> list[str]:
    words = labels(frame.drop_duplicates(stem).set_index(stem), language, stem)
    return [str(words[name]) for name in order]


def _heads(words: list[str], cell: float) -> tuple[list[tuple[str, ...]], float]:
    """Headings in lines, and the millimetres that they need; an empty tuple of lines stands for upright ones."""
    level = row_labels(words, cell - 0.8)
    if level.width <= cell - 0.6 and max(len(lines) for lines in level.lines) <= HEAD_LINES:
        return list(level.lines), 3.1 * max(len(lines) for lines in level.lines) + 1.6
    every = max(1, int(np.ceil(style.LINE_MM / cell)))  # narrow columns: every second or third is named
    shown = [(word,) if i % every == 0 else () for i, word in enumerate(words)]
    return [("upright", *lines) for lines in shown], max(text_width(word) for word in words) + 2.2


def _draw_heads(sheet: Sheet, heads: list[tuple[str, ...]], left: float, cell: float, room: float) -> None:
    for column, lines in enumerate(heads):
        x = left + (column + 0.5) * cell
        if lines[:1] == ("upright",):
            for word in lines[1:]:
                sheet.text(
                    x,
                    sheet.top + room - 1.2,
                    word,
                    rotation=90,
                    ha="center",
                    va="bottom",
                    rotation_mode="default",
                )
            continue
        for position, line in enumerate(lines):
            y = sheet.top + room - 1.6 - 3.1 * (len(lines) - 1 - position)
            sheet.text(x, y, line, ha="center", va="baseline")


def _cells(axes: Axes, exhibit: Exhibit, found: _Matrix, heights: np.ndarray, *, printed: bool) -> None:
    from matplotlib.patches import Rectangle

    tops = np.cumsum(heights) - heights
    places = _places(exhibit, found.shaded)
    for i, j in zip(*np.nonzero(found.there), strict=True):
        colour = style.PAPER if np.isnan(found.shaded[i, j]) else shade(float(places[i, j]))
        if found.held[i, j]:  # the edge gives the hatch its colour, so the gap needs a frame of its own
            axes.add_patch(Rectangle((j, tops[i]), 1, heights[i], fc=colour, ec=HATCH, lw=0, hatch=HATCHES))
            colour = "none"
        axes.add_patch(Rectangle((j, tops[i]), 1, heights[i], fc=colour, ec=style.PAPER, lw=0.8))
        if found.words[i][j] and (printed or found.words[i][j] == DASH):
            ink = style.SOFT if np.isnan(found.shown[i, j]) else ink_on(colour)
            middle = tops[i] + heights[i] / 2
            how = {"ha": "center", "va": "center_baseline", "fontsize": style.SMALL_PT}
            axes.text(j + 0.5, middle, found.words[i][j], color=ink, **how)


def _places(exhibit: Exhibit, shown: np.ndarray) -> np.ndarray:
    """Where each value stands on the scale of colours: 0 to 1, or -1 to 1 around the centre."""
    if option(exhibit, "by_row") == "True":
        return np.stack([_place(row, *_ends(exhibit, row)) for row in shown])
    return _place(shown, *_ends(exhibit, shown))


def _ends(exhibit: Exhibit, shown: np.ndarray) -> tuple[float, float, float | None]:
    """The lowest and highest value, and the centre where colours go both ways."""
    known = shown[np.isfinite(shown)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    said = option(exhibit, "centre")
    if said:
        return low, high, float(said) * scale_of(option(exhibit, "unit"))
    return low, high, 0.0 if low < 0 < high else None


def _place(shown: np.ndarray, low: float, high: float, centre: float | None) -> np.ndarray:
    if centre is not None:
        return (shown - centre) / (max(abs(low - centre), abs(high - centre)) or 1.0)
    return (shown - low) / (high - low) if high > low else np.where(np.isnan(shown), np.nan, 0.35)


def _bar(exhibit: Exhibit, found: _Matrix, page: float, language: str) -> ColourBar:
    """What the colours say: both ends of the scale, or that each row has its own."""
    if option(exhibit, "by_row") == "True":
        return colour_bar(phrase("within_row", language), ("", ""), page)
    unit, effect = option(exhibit, "unit"), option(exhibit, "effect") == "True"
    words = unit_words(unit, option(exhibit, "currency"), language, effect=effect)
    said = with_unit(option(exhibit, f"axis_{language}"), words, language)
    if not np.isfinite(found.shaded).any():
        return colour_bar(said, ("", ""), page)
    decimals = decimals_of(unit, found.shown)
    low, high = (value_text(value, "", decimals) for value in _ends(exhibit, found.shaded)[:2])
    return colour_bar(said, (low, high), page)


def _colour_at(exhibit: Exhibit, shown: np.ndarray, place: float) -> str:
    """The colour between the lowest and the highest value."""
    low, high, centre = _ends(exhibit, shown)
    return shade(float(_place(np.array(low + place * (high - low)), low, high, centre)))
