"""Horizontal bars with their numbers, alone or side by side by group, and a Pareto line beside them.

The frame of an exhibit of kind ``bars`` has one row a bar, in the order in which they are drawn: ``value``,
``count``, ``largest_share``, ``label_en``, ``label_zh`` and, where there are any,

- ``group``, ``group_en``, ``group_zh``: bars of one label in several colours below one another; ``row`` tells
  apart rows that have one label,
- ``share``: printed in brackets after the value (0 to 1),
- ``cumulative``: a line in a panel of its own at the right (0 to 1).

Options: ``unit`` (of the value), ``currency``, ``axis_en``, ``axis_zh`` (what the bars measure), ``effect`` (true
where the unit of a share is percentage points), ``reference`` (a broken line at this value).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style
from dipeval.present.row_labels import RowLabels, row_labels
from dipeval.present.sheet import Key, Sheet, text_width
from dipeval.present.value_words import decimals_of, scale_of, value_text
from dipeval.present.words import labels, option, phrase, unit_words, with_unit
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAR_MM = 3.3
BETWEEN_MM = 1.5
MOST_ROWS = 60
"""More bars than this share the height of so many."""
LABEL_MM = 35.0
PARETO_MM = 21.0
HEAD_MM = 4.4


@dataclass(frozen=True)
class _Bars:
    """Bars with their places.

    Attributes
    ----------
    frame : pandas.DataFrame
        With ``shown`` (scaled), ``word`` (what is printed at the bar), ``row`` (0, 1, …) and ``slot``.
    names : RowLabels
    groups : tuple of str
    bar : float
        Millimetres of one bar.
    """

    frame: pd.DataFrame
    names: RowLabels
    groups: tuple[str, ...]
    bar: float

    @property
    def heights(self) -> np.ndarray:
        """Millimetres of each row, its gap included."""
        between = BETWEEN_MM * self.bar / BAR_MM
        rows = range(len(self.names.lines))
        return np.array([max(self.names.height(r), len(self.groups) * self.bar) + between for r in rows])

    @property
    def middles(self) -> np.ndarray:
        """The middle of each row, millimetres below the first."""
        return np.cumsum(self.heights) - self.heights / 2


def draw_bars(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``bars`` at column width."""
    bars = _bars(exhibit, language)
    height = float(bars.heights.sum())
    left = style.MARGIN_MM + bars.names.width + 1.6
    line = phrase("cumulative", language) if "cumulative" in exhibit.frame.columns else ""
    said = _axis_words(exhibit, language)
    room = style.COLUMN_MM - style.MARGIN_MM - (text_width(line) + 3.0 if line else 0.0)
    fits = left + text_width(said) < room
    head = HEAD_MM if line or (said and fits) else 0.8
    keys = _keys(exhibit.frame, bars, language)
    how = {"title": title, "over": "" if fits else said}
    sheet = Sheet(exhibit, language, style.COLUMN_MM, head + height + 1.0, keys, **how)
    sheet.text(left, sheet.top + 2.6, said if fits else "")
    sheet.text(sheet.width - style.MARGIN_MM, sheet.top + 2.6, line, ha="right")
    for row, middle in enumerate(bars.middles):
        bars.names.put(sheet, row, left - 1.6, sheet.top + head + float(middle))
    width = sheet.width - left - style.MARGIN_MM - (PARETO_MM if line else 0.0)
    said = option(exhibit, "reference")
    lines = [float(said) * scale_of(option(exhibit, "unit"))] if said else []
    _draw(_plain(sheet, left, head, width, height), bars, width, lines)
    if line:
        _pareto(sheet, bars, head, height)
    return sheet.figure


def _bars(exhibit: Exhibit, language: str) -> _Bars:
    """Number rows and groups, and say what is printed at each bar."""
    frame, unit = exhibit.frame, option(exhibit, "unit")
    printed = "" if option(exhibit, "effect") == "True" else unit
    grouped = "group" in frame.columns
    key = frame["row" if "row" in frame.columns else "label_en"] if grouped else pd.Series(range(len(frame)))
    order = list(dict.fromkeys(key))
    groups = tuple(dict.fromkeys(frame["group"])) if grouped else ("",)
    slots = frame["group"].map(groups.index).to_numpy() if grouped else np.zeros(len(frame), dtype=int)
    shown = frame["value"].to_numpy(dtype=float) * scale_of(unit)
    decimals = decimals_of(unit, shown)
    shares = frame["share"].to_numpy(dtype=float) if "share" in frame.columns else np.full(len(frame), np.nan)
    words = [
        _word(float(value), float(share), bool(held), printed, decimals, language)
        for value, share, held in zip(shown, shares, frame["suppressed"], strict=True)
    ]
    row = np.array([order.index(name) for name in key], dtype=int)
    placed = frame.assign(shown=shown, word=words, row=row, slot=slots)
    shrink = min(1.0, MOST_ROWS / max(len(order) * len(groups), 1))
    names = row_labels(
        list(labels(placed.drop_duplicates("row"), language)), LABEL_MM, style.TEXT_PT * shrink
    )
    return _Bars(placed, names, groups, BAR_MM * shrink)


def _word(value: float, share: float, held: bool, unit: str, decimals: int, language: str) -> str:
    if held:
        return phrase("withheld", language)
    if np.isnan(value):
        return phrase("state_no_data", language)
    text = value_text(value, unit, decimals)
    if np.isnan(share):
        return text
    brackets = "（{}）" if language == "zh" else " ({})"
    return text + brackets.format(value_text(100 * share, "share", 1))


def _keys(frame: pd.DataFrame, bars: _Bars, language: str) -> list[Key]:
    if len(bars.groups) < 2:
        return []
    words = labels(frame.drop_duplicates("group").set_index("group"), language, "group")
    return [Key("patch", _colour(slot), words[name]) for slot, name in enumerate(bars.groups)]


def _colour(slot: int) -> str:
    return style.FILLS[slot % len(style.FILLS)]


def _axis_words(exhibit: Exhibit, language: str) -> str:
    """What the bars measure."""
    effect = option(exhibit, "effect") == "True"
    unit = unit_words(option(exhibit, "unit"), option(exhibit, "currency"), language, effect=effect)
    return with_unit(option(exhibit, f"axis_{language}"), unit, language)


def _plain(sheet: Sheet, left: float, top: float, width: float, height: float) -> Axes:
    """Axes in millimetres downwards, without frame: every bar says its number itself."""
    axes = sheet.axes(left, top, width, height)
    axes.set_ylim(height, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return axes


def _draw(axes: Axes, bars: _Bars, width: float, lines: list[float]) -> None:
    """Bars from zero, each with its number beyond its end, and reference lines."""
    frame, size = bars.frame, style.SMALL_PT * bars.bar / BAR_MM
    shown = np.nan_to_num(frame["shown"].to_numpy(dtype=float))
    room = np.array([text_width(word, size) for word in frame["word"]]) + 1.4
    low, per_mm = _scale(np.append(shown, lines), np.append(room, np.zeros(len(lines))), width)
    axes.set_xlim(low, low + width * per_mm)
    middles = bars.middles[frame["row"].to_numpy()]
    y = middles + (frame["slot"].to_numpy() - (len(bars.groups) - 1) / 2) * bars.bar
    colours = [_colour(slot) for slot in frame["slot"]]
    axes.barh(y, shown, height=0.86 * bars.bar, color=colours, linewidth=0)
    axes.axvline(0, color=style.RULE, lw=0.6)
    for line in lines:
        axes.axvline(line, color=style.VERMILION, lw=0.8, ls=(0, (4, 2)))
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.4} if lines else None
    for value, place, word, known in zip(shown, y, frame["word"], frame["shown"].notna(), strict=True):
        side, ha = (-1, "right") if value < 0 else (1, "left")
        ink = style.INK if known else style.SOFT
        axes.text(
            value + side * 0.8 * per_mm,
            place,
            word,
            ha=ha,
            va="center_baseline",
            color=ink,
            fontsize=size,
            bbox=behind,
        )


def _scale(shown: np.ndarray, room: np.ndarray, width: float) -> tuple[float, float]:
    """The value at the left edge and values per millimetre, so that bars and numbers fit."""
    before = float(room[shown < 0].max(initial=0.0))
    after = float(room[shown >= 0].max(initial=0.0))
    lowest, highest = float(shown.min(initial=0.0)), float(shown.max(initial=0.0))
    per_mm = ((highest - lowest) or 1.0) / max(width - before - after, 0.25 * width)
    return lowest - before * per_mm, per_mm


def _pareto(sheet: Sheet, bars: _Bars, top: float, height: float) -> None:
    """The cumulative share by row: points, line, numbers."""
    frame, size = bars.frame[bars.frame["slot"] == 0], style.SMALL_PT * bars.bar / BAR_MM
    numbers = text_width("100.0%", size) + 1.8
    left = sheet.width - PARETO_MM - style.MARGIN_MM + 1.0
    axes = _plain(sheet, left, top, PARETO_MM - 1.0 - numbers, height)
    axes.set_xlim(0, 100)
    x = 100 * frame["cumulative"].to_numpy(dtype=float)
    y = bars.middles[frame["row"].to_numpy()]
    axes.axvline(0, color=style.FAINT, lw=0.5)
    axes.axvline(100, color=style.FAINT, lw=0.5)
    axes.plot(x, y, color=style.VERMILION, lw=1.0, marker="o", ms=2.4, clip_on=False)
    for value, place, held in zip(x, y, frame["suppressed"], strict=True):
        word = "–" if held or np.isnan(value) else value_text(float(value), "share", 1)
        place_mm = sheet.top + top + float(place)
        sheet.text(sheet.width - style.MARGIN_MM, place_mm, word, size=size, ha="right", va="center_baseline")
