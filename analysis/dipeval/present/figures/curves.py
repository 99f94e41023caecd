"""Curves: Lorenz curves, indexed trends, distribution functions, the overlap of two propensity scores.

The frame of an exhibit of kind ``curves`` has one row a point, in the order in which the line runs: ``x``, ``value``,
``count``, ``largest_share``, ``label_en``, ``label_zh`` and, where there are any,

- ``series``, ``series_en``, ``series_zh``: several lines,
- ``low``, ``high``: a band around the line,
- ``behind``: true for lines that stand thin and grey behind the others under one name,
- ``x_en``, ``x_zh``: words instead of the numbers of the horizontal axis, empty where there is none,
- ``point``: true for points that belong to no line, named by their labels.

Options: ``x_axis_en``, ``x_axis_zh``, ``y_axis_en``, ``y_axis_zh``, ``x_unit``, ``y_unit``, ``currency``, ``periods``
(true: ``x`` is the label of a period), ``diagonal`` (true: the line of equality, axes from 0 to 1), ``steps`` (true:
the line stays level until the next point), ``log`` (true: ``x`` on a scale of ratios), ``x_line``, ``y_line``
(reference lines; with ``periods`` the first is a period), ``zero`` (true: the vertical axis begins at 0).

A point that is held back breaks the line, and is marked by a cross at the foot of the picture where its period is
known, and counted otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dipeval.present import style
from dipeval.present.curve_lines import (
    Line,
    axis_words,
    crowded,
    draw_lines,
    is_true,
    keys_of,
    lines_of,
    upright_axis,
    word_room,
)
from dipeval.present.curve_points import draw_points, points_of
from dipeval.present.direct_labels import spread
from dipeval.present.number_axis import NumberAxis
from dipeval.present.sheet import Sheet, text_width
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BODY_MM = 52.0
SQUARE_MM = 62.0
BESIDE = 6
"""More lines than this are named in the legend."""
LABEL_MM = 30.0
"""A longer name than this stands in the legend."""
APART_MM = 3.0


def draw_curves(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``curves`` at column width, or at page width where the words of its axis need it."""
    apart = points_of(exhibit.frame)
    lines = lines_of(exhibit, exhibit.frame[~apart], language)
    square = is_true(exhibit, "diagonal")
    height = SQUARE_MM if square else BODY_MM
    upright = upright_axis(exhibit, lines)
    beside = not square and _beside(lines, upright, height)
    room = upright.room + style.MARGIN_MM + 1.0
    page = style.PAGE_MM if crowded(exhibit, style.COLUMN_MM - room, language) else style.COLUMN_MM
    width = page - room
    if beside:
        width -= max(text_width(line.words) for line in lines) + 1.2
    keys = keys_of(exhibit, lines, beside, language)
    over, under = (axis_words(exhibit, axis, language) for axis in ("y", "x"))
    how = {"title": title, "over": over or " ", "under": under or " "}
    sheet = Sheet(exhibit, language, page, height + word_room(exhibit, width, language), keys, **how)
    axes = sheet.axes(upright.room, 0.0, width, height)
    draw_lines(axes, exhibit, lines, upright, width, language)
    if apart.any():
        draw_points(axes, exhibit, lines, (width, height), language)
    sheet.name_level(upright.room, width)
    if beside:
        _name_ends(axes, lines, upright, height)
    return sheet.figure


def _beside(lines: list[Line], upright: NumberAxis, height: float) -> bool:
    """Whether names can stand at the ends of the lines without being far from them."""
    ends = {line.name: line.end for line in lines}
    if len(lines) < 2 or len(lines) > BESIDE or any(np.isnan(end) for end in ends.values()):
        return False
    if max(text_width(line.words) for line in lines) > LABEL_MM:
        return False
    per_mm = (upright.high - upright.low) / height
    moved = spread(ends, APART_MM * per_mm)
    return max(abs(moved[name] - ends[name]) for name in ends) <= 0.4 * APART_MM * per_mm


def _name_ends(axes: Axes, lines: list[Line], upright: NumberAxis, height: float) -> None:
    """Names at the right edge, at the height of the lines' ends."""
    ends = {line.name: line.end for line in lines}
    places = spread(ends, APART_MM * (upright.high - upright.low) / height)
    right = axes.get_xlim()[1]
    for line in lines:
        at = (right, places[line.name])
        how = {
            "xytext": (3, 0),
            "textcoords": "offset points",
            "va": "center_baseline",
            "annotation_clip": False,
        }
        axes.annotate(line.words, at, color=line.colour, **how)
