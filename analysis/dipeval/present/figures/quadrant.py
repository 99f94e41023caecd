"""Quadrant plot: one measure against another, a point a hospital, city or group, named beside it.

The frame of an exhibit of kind ``quadrant`` has one row a point: ``x``, ``y`` (the same as ``value``), ``count``,
``largest_share``, ``label_en``, ``label_zh`` and, where there are any, ``size`` (not negative; the point's area goes
with it) and ``series``, ``series_en``, ``series_zh`` (groups of points, by colour). Points that are held back, or that
lack a coordinate, are named below the picture; with more than `MOST_NAMED` points no one is named, and those are
counted.

Options: ``x_axis_en``, ``x_axis_zh``, ``y_axis_en``, ``y_axis_zh``, ``x_unit``, ``y_unit``, ``currency``, ``x_line``,
``y_line`` (where the quadrants meet).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style, typeface
from dipeval.present.curve_lines import COLOURS
from dipeval.present.direct_labels import Placed, place_names
from dipeval.present.number_axis import NumberAxis, level_axis, number_axis
from dipeval.present.sheet import Key, Sheet, text_width, wrapped
from dipeval.present.value_words import scale_of
from dipeval.present.words import labels, option, phrase, unit_words, with_unit
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BODY_MM = {style.COLUMN_MM: 64.0, style.PAGE_MM: 100.0}
IN_A_COLUMN = 12
"""More points than this take the page."""
MOST_NAMED = 60
SMALL_MM, LARGE_MM = 0.75, 2.6
"""Radius of points: all alike without a size, the largest with one."""


def draw_quadrant(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``quadrant`` at column width, or at page width with many points."""
    frame = exhibit.frame
    scales = [scale_of(option(exhibit, f"{axis}_unit")) for axis in ("x", "y")]
    x, y = (frame[name].to_numpy(dtype=float) * scale for name, scale in zip(("x", "y"), scales, strict=True))
    known = np.isfinite(x) & np.isfinite(y)
    names = np.array(labels(frame, language), dtype=object)
    page = style.COLUMN_MM if known.sum() <= IN_A_COLUMN else style.PAGE_MM
    lines = [_line(exhibit, axis, scale) for axis, scale in zip(("x", "y"), scales, strict=True)]
    upright = number_axis(np.append(y[known], lines[1]))
    width, height = page - upright.room - style.MARGIN_MM - 1.0, BODY_MM[page]
    level = level_axis(np.append(x[known], lines[0]), width)
    at = np.column_stack([_mm(x[known], level, width), height - _mm(y[known], upright, height)])
    radius = _radius(frame, known)
    widths = np.array([text_width(name, style.SMALL_PT) for name in names[known]])
    crossing = _obstacles(lines, level, upright, (width, height))
    crowd = len(frame) > MOST_NAMED
    if crowd:
        placed: list[Placed | None] = [None] * int(known.sum())
    else:
        placed = place_names(at[:, 0], at[:, 1], radius, widths, (width, height), crossing)
    unnamed = [name for name, place in zip(names[known], placed, strict=True) if place is None]
    told = _counted(frame, known, language) if crowd else _told(frame, names, known, unnamed, language, page)
    colours, keys = _groups(frame, language)
    over, under = (_axis_words(exhibit, axis, language) or " " for axis in ("y", "x"))
    sheet = Sheet(exhibit, language, page, height, keys, title=title, over=over, under=under, notes=told)
    axes = sheet.axes(upright.room, 0.0, width, height)
    level.put_under(axes)
    upright.put_on(axes)
    for draw_line, places in zip((axes.axvline, axes.axhline), lines, strict=True):
        for place in places:
            draw_line(place, color=style.RULE, lw=0.6, ls=(0, (3, 2)), zorder=1)
    sheet.name_level(upright.room, width)
    _points(sheet, axes, at, radius, list(names[known]), placed, colours[known])
    return sheet.figure


def _line(exhibit: Exhibit, axis: str, scale: float) -> list[float]:
    said = option(exhibit, f"{axis}_line")
    return [float(said) * scale] if said and np.isfinite(float(said)) else []


def _axis_words(exhibit: Exhibit, axis: str, language: str) -> str:
    unit = unit_words(option(exhibit, f"{axis}_unit"), option(exhibit, "currency"), language)
    return with_unit(option(exhibit, f"{axis}_axis_{language}"), unit, language)


def _mm(values: np.ndarray, axis: NumberAxis, length: float) -> np.ndarray:
    return (values - axis.low) / (axis.high - axis.low) * length


def _obstacles(
    lines: list[list[float]], level: NumberAxis, upright: NumberAxis, size: tuple[float, float]
) -> np.ndarray:
    """The lines between the quadrants as thin boxes, millimetres."""
    width, height = size
    across = [(_mm(np.array(place), level, width), 0.0, height) for place in lines[0]]
    along = [(height - _mm(np.array(place), upright, height), 0.0, width) for place in lines[1]]
    boxes = [(float(at), start, float(at), end) for at, start, end in across]
    boxes += [(start, float(at), end, float(at)) for at, start, end in along]
    return np.array(boxes).reshape(-1, 4)


def _radius(frame: pd.DataFrame, known: np.ndarray) -> np.ndarray:
    """Millimetres; a size that is not known has the smallest point."""
    if "size" not in frame.columns:
        return np.full(int(known.sum()), 1.0)
    size = np.nan_to_num(frame["size"].to_numpy(dtype=float)[known])
    largest = float(size.max(initial=0.0)) or 1.0
    return np.maximum(LARGE_MM * np.sqrt(size / largest), SMALL_MM)


def _told(
    frame: pd.DataFrame, names: np.ndarray, known: np.ndarray, unnamed: list[str], language: str, page: float
) -> list[str]:
    """Lines below the picture: who is not in it, who has no name in it."""
    held = frame["suppressed"].to_numpy(dtype=bool)
    comma = "、" if language == "zh" else ", "
    lines = []
    for word, who in (
        ("withheld_names", list(names[held])),
        ("no_data_names", list(names[~held & ~known])),
        ("unlabelled_names", unnamed),
    ):
        if who:
            text = phrase(word, language).format(names=comma.join(who))
            lines += wrapped(text, page - 2 * style.MARGIN_MM, style.SMALL_PT, typeface.TEXT)
    return lines


def _counted(frame: pd.DataFrame, known: np.ndarray, language: str) -> list[str]:
    """How many are not in the picture, where they are too many to be named."""
    hidden = int((frame["suppressed"].to_numpy(dtype=bool) & ~known).sum())
    return [phrase("withheld_count", language).format(n=hidden)] if hidden else []


def _groups(frame: pd.DataFrame, language: str) -> tuple[np.ndarray, list[Key]]:
    """The colour of each point, and what colours mean where there are groups."""
    if "series" not in frame.columns:
        return np.full(len(frame), style.BLUE, dtype=object), []
    order = list(dict.fromkeys(frame["series"]))
    words = labels(frame.drop_duplicates("series").set_index("series"), language, "series")
    colour = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(order)}
    keys = [Key("patch", colour[name], str(words[name])) for name in order]
    return np.array([colour[name] for name in frame["series"]], dtype=object), keys


def _points(
    sheet: Sheet,
    axes: Axes,
    at: np.ndarray,
    radius: np.ndarray,
    names: list[str],
    placed: list[Placed | None],
    colours: np.ndarray,
) -> None:
    """Points with their names, in millimetres of the plot; large points first, so that none hides another."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle

    box = axes.get_position()
    left, top = box.x0 * sheet.width, (1 - box.y1) * sheet.height
    for i in np.argsort(-radius, kind="stable"):
        x, y = left + float(at[i, 0]), top + float(at[i, 1])
        point = Circle((x, y), float(radius[i]), fc=colours[i], ec=style.PAPER, lw=0.4, alpha=0.85)
        point.set_transform(sheet.mm)
        sheet.figure.add_artist(point)
        place = placed[i]
        if place is None:
            continue
        if place.led:
            name_left, name_right = (
                left + place.left,
                left + place.left + text_width(names[i], style.SMALL_PT),
            )
            to = min(max(x, name_left), name_right)
            line = Line2D([x, to], [y, top + place.middle], color=style.RULE, lw=0.4, transform=sheet.mm)
            sheet.figure.add_artist(line)
        sheet.text(left + place.left, top + place.middle, names[i], size=style.SMALL_PT, va="center_baseline")
