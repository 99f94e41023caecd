"""Small multiples: one panel of curves a city, department or indicator, all on the same axes.

The frame of an exhibit of kind ``small_multiples`` is that of ``curves`` (see there), with ``panel``, ``panel_en`` and
``panel_zh``; panels stand in the order in which they first occur, and a line has one colour in all of them.

Options: those of ``curves``, and ``free`` (true: each panel has a vertical axis of its own), ``background`` (true: the
lines of the other panels in grey behind; for panels of one line each).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dipeval.present import style, typeface
from dipeval.present.curve_lines import Line, axis_words, draw_lines, is_true, keys_of, lines_of, upright_axis
from dipeval.present.number_axis import NumberAxis
from dipeval.present.sheet import Key, Sheet, wrapped
from dipeval.present.words import labels, phrase
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ((3, 3), (4, 4), (9, 3), (16, 4))
"""Up to so many panels, so many stand side by side; more stand by five."""
MOST_COLUMNS = 5
PANEL_MM = 27.0
GAP_MM = 4.6
MARKS_MM = 5.4
"""Room below a panel for its marks."""


def draw_small_multiples(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``small_multiples`` at page width."""
    frame, panels = exhibit.frame, list(dict.fromkeys(exhibit.frame["panel"]))
    lines = [lines_of(exhibit, frame[frame["panel"] == panel], language) for panel in panels]
    columns = next((count for most, count in COLUMNS if len(panels) <= most), MOST_COLUMNS)
    columns = min(columns, len(panels))
    uprights = _uprights(exhibit, lines)
    free = is_true(exhibit, "free")
    room = max(upright.room for upright in uprights)
    between = room if free else GAP_MM
    width = (style.PAGE_MM - room - style.MARGIN_MM - 1.0 - (columns - 1) * between) / columns
    words = labels(frame.drop_duplicates("panel").set_index("panel"), language, "panel")
    heads = [wrapped(str(words[panel]), width, style.TEXT_PT, typeface.TEXT) for panel in panels]
    above = 3.1 * max(len(head) for head in heads) + 1.4
    rows, step = -(-len(panels) // columns), PANEL_MM + MARKS_MM + above
    keys = _keys(exhibit, [line for own in lines for line in own], language)
    over, under = (axis_words(exhibit, axis, language) for axis in ("y", "x"))
    how = {"title": title, "over": over or " ", "under": under}
    sheet = Sheet(exhibit, language, style.PAGE_MM, rows * step, keys, **how)
    for position, own in enumerate(lines):
        row, column = divmod(position, columns)
        x, y = room + column * (width + between), row * step + above
        axes = sheet.axes(x, y, width, PANEL_MM)
        if is_true(exhibit, "background"):
            _behind(axes, [line for other in lines for line in other if other is not own])
        draw_lines(axes, exhibit, own, uprights[position], width, language)
        axes.tick_params(labelleft=free or column == 0)
        _head(sheet, heads[position], x, y)
        _nothing(axes, own, language)
    sheet.name_level(0.0, style.PAGE_MM)
    return sheet.figure


def _uprights(exhibit: Exhibit, lines: list[list[Line]]) -> list[NumberAxis]:
    """The vertical axis of each panel: of its own, or that of all."""
    if is_true(exhibit, "free"):
        return [upright_axis(exhibit, own) for own in lines]
    return [upright_axis(exhibit, [line for own in lines for line in own])] * len(lines)


def _keys(exhibit: Exhibit, lines: list[Line], language: str) -> list[Key]:
    """The legend of all panels: each line once, whatever is known of it."""
    merged: dict[str, Line] = {}
    for line in lines:
        seen = merged.get(line.name)
        if seen is None:
            merged[line.name] = line
        else:
            joined = {
                name: np.append(getattr(seen, name), getattr(line, name)) for name in ("x", "y", "held")
            }
            merged[line.name] = replace(seen, **joined)
    return keys_of(exhibit, list(merged.values()), False, language)


def _behind(axes: Axes, others: list[Line]) -> None:
    for line in others:
        axes.plot(line.x, line.y, color=style.BACKGROUND, lw=0.4, zorder=0.9)


def _head(sheet: Sheet, lines: list[str], x: float, y: float) -> None:
    for position, line in enumerate(lines):
        sheet.text(x + 0.4, sheet.top + y - 1.2 - 3.1 * (len(lines) - 1 - position), line, va="baseline")


def _nothing(axes: Axes, lines: list[Line], language: str) -> None:
    """A word in a panel in which there is nothing to see."""
    if any(np.isfinite(line.y).any() for line in lines):
        return
    word = phrase("withheld" if any(line.held.any() for line in lines) else "state_no_data", language)
    axes.text(
        0.5, 0.5, word, transform=axes.transAxes, ha="center", color=style.SOFT, fontsize=style.SMALL_PT
    )
