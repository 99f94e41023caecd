"""Adoption map: a band a city, coloured by its state."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.design.calendar import period_code
from dipeval.present import style
from dipeval.present.period_axis import calendar, mark_periods
from dipeval.present.sheet import Key, Sheet, text_width
from dipeval.present.words import labels, phrase
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_MM = 3.9
MOST_ROWS = 60
"""More lines than this share the height of so many."""
BAND = 0.80


def draw_adoption_map(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``adoption_map`` at column width."""
    frame = exhibit.frame
    lines = list(dict.fromkeys(frame["line"]))
    periods = calendar(sorted(set(frame["period"])))
    present = [state for state in style.STATES if (frame["state"] == state).any()]
    keys = [Key("patch", style.STATES[state], phrase(f"state_{state}", language)) for state in present]
    row = ROW_MM * min(1.0, MOST_ROWS / len(lines))
    height = row * len(lines) + 1.0
    sheet = Sheet(exhibit, language, style.COLUMN_MM, height + 5.0, keys, title=title)
    words = labels(frame.drop_duplicates("line").set_index("line"), language)
    size = style.TEXT_PT if row == ROW_MM else style.TEXT_PT * row / ROW_MM
    left = style.MARGIN_MM + max(text_width(words[line], size) for line in lines) + 1.8
    width = sheet.width - left - 3.0
    axes = sheet.axes(left, 0.0, width, height)
    per_period = width / len(periods)
    for position, line in enumerate(lines):
        _draw_band(axes, frame[frame["line"] == line].sort_values("period"), position, per_period, size)
    axes.set_yticks(range(len(lines)), [words[line] for line in lines], fontsize=size)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    first, last = period_code(periods[0]), period_code(periods[-1])
    axes.set_xlim(first - 0.5, last + 0.5)
    mark_periods(axes, periods, width)
    return sheet.figure


def _draw_band(axes: Axes, part: pd.DataFrame, position: int, per_period: float, size: float) -> None:
    """One rectangle a run of equal states, and the reform date inside the treated one."""
    reform = str(part["reform"].iloc[0])
    cells = [(period_code(p), s) for p, s in zip(part["period"], part["state"], strict=True)]
    for state, run in groupby(cells, key=lambda cell: cell[1]):
        codes = [code for code, _ in run]
        edge = style.FAINT if state == "no_data" else "none"
        span = [(codes[0] - 0.5, len(codes))]
        axes.broken_barh(span, (position - BAND / 2, BAND), fc=style.STATES[state], ec=edge, lw=0.4)
        if state == "treated" and reform:
            room = len(codes) * per_period
            inside = room > text_width(reform, style.SMALL_PT) + 1.6
            axes.annotate(
                reform,
                (codes[0] - 0.5, position),
                xytext=(2.2 if inside else -2.2, 0),
                textcoords="offset points",
                ha="left" if inside else "right",
                va="center_baseline",
                color=style.PAPER if inside else style.INK,
                fontsize=min(size, style.SMALL_PT),
            )
            reform = ""
