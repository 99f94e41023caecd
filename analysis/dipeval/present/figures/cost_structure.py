"""Cost structure: bars that sum to 100 %, before and after, or columns by period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.design.calendar import period_code
from dipeval.present import style
from dipeval.present.colours import ink_on
from dipeval.present.period_axis import calendar, mark_periods
from dipeval.present.sheet import Key, Sheet, text_width
from dipeval.present.words import labels, option, phrase
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAR_MM = 5.0
PANEL_MM = 38.0
GREYS = {"other_cost": "#a8a8a8", "other": "#d4d4d4"}
SEPARATE = 24
"""More columns than this stand without gaps."""


def draw_cost_structure(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``cost_structure``: bars at column width, columns at page width."""
    by_period = option(exhibit, "by") == "period"
    return (_draw_periods if by_period else _draw_bars)(exhibit, language, title)


def _keys(frame: pd.DataFrame, language: str) -> tuple[dict[str, str], list[Key]]:
    """Colours of the components and the legend; what is not a group of its own is grey."""
    parts = list(dict.fromkeys(frame["component"]))
    named = [part for part in parts if part not in GREYS]
    colours = {part: style.FILLS[i % len(style.FILLS)] for i, part in enumerate(named)} | GREYS
    words = labels(frame.drop_duplicates("component").set_index("component"), language)
    return colours, [Key("patch", colours[part], words[part]) for part in parts]


def _draw_bars(exhibit: Exhibit, language: str, title: bool) -> Figure:
    frame = exhibit.frame
    colours, keys = _keys(frame, language)
    arms = list(dict.fromkeys(frame["arm"]))
    words = labels(frame.drop_duplicates("arm").set_index("arm"), language, "arm_label")
    moments = {when: phrase(when, language) for when in ("before", "after")}
    height = len(arms) * (4.2 + 2 * BAR_MM + 1.6)
    sheet = Sheet(exhibit, language, style.COLUMN_MM, height + 8.6, keys, title=title)
    left = style.MARGIN_MM + max(text_width(word) for word in moments.values()) + 1.6
    axes = sheet.axes(left, 0.0, sheet.width - left - 3.0, height)
    y = 0.0
    for arm in arms:
        sheet.text(style.MARGIN_MM, sheet.top + y + 3.2, words[arm])
        y += 4.2
        for when, word in moments.items():
            part = frame[(frame["arm"] == arm) & (frame["when"] == when)]
            _draw_bar(axes, part, y + BAR_MM / 2, colours, (sheet.width - left - 3.0) / 100, language)
            sheet.text(left - 1.2, sheet.top + y + BAR_MM / 2, word, ha="right", va="center_baseline")
            y += BAR_MM
        y += 1.6
    axes.set_xlim(0, 100)
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks(range(0, 101, 20))
    sheet.under(axes, phrase("share_of_cost", language))
    return sheet.figure


def _draw_bar(
    axes: Axes, part: pd.DataFrame, y: float, colours: dict[str, str], per_cent: float, language: str
) -> None:
    """One bar, each segment with its percentage where that fits."""
    if part.empty or part["value"].isna().any():
        word = phrase("withheld" if len(part) else "state_no_data", language)
        axes.text(1, y, word, color=style.SOFT, fontsize=style.SMALL_PT, va="center_baseline")
        return
    start = 0.0
    for component, value in zip(part["component"], 100 * part["value"].to_numpy(dtype=float), strict=True):
        colour = colours[component]
        axes.barh(
            y, value, left=start, height=BAR_MM * 0.84, color=colour, edgecolor=style.PAPER, linewidth=0.5
        )
        word = f"{value:.1f}" if value >= 0.05 else ""
        if word and text_width(word, style.SMALL_PT) + 0.8 < value * per_cent:
            ink = ink_on(colour)
            axes.text(
                start + value / 2,
                y,
                word,
                color=ink,
                fontsize=style.SMALL_PT,
                ha="center",
                va="center_baseline",
            )
        start += value


def _draw_periods(exhibit: Exhibit, language: str, title: bool) -> Figure:
    frame = exhibit.frame
    colours, keys = _keys(frame, language)
    arms = list(dict.fromkeys(frame["arm"]))
    columns = min(len(arms), 3)
    rows = -(-len(arms) // columns)
    page = style.COLUMN_MM if columns == 1 else style.PAGE_MM
    step = PANEL_MM + 10.0
    sheet = Sheet(exhibit, language, page, 4.0 + rows * step, keys, title=title)
    words = labels(frame.drop_duplicates("arm").set_index("arm"), language, "arm_label")
    left = style.MARGIN_MM + text_width("100") + 2.2
    width = (sheet.width - left - 2.0 - (columns - 1) * 5.0) / columns
    periods = calendar(sorted(set(frame["when"])))
    sheet.text(style.MARGIN_MM, sheet.top + 2.2, phrase("share_of_cost", language))
    for position, arm in enumerate(arms):
        row, column = divmod(position, columns)
        x, y = left + column * (width + 5.0), 7.8 + row * step
        axes = sheet.axes(x, y, width, PANEL_MM)
        sheet.text(x, sheet.top + y - 1.0, words[arm])
        _draw_columns(axes, frame[frame["arm"] == arm], colours)
        axes.set_ylim(0, 100)
        axes.set_xlim(period_code(periods[0]) - 0.5, period_code(periods[-1]) + 0.5)
        axes.set_yticks(range(0, 101, 20))
        axes.tick_params(labelleft=column == 0)
        mark_periods(axes, periods, width)
    return sheet.figure


def _draw_columns(axes: Axes, part: pd.DataFrame, colours: dict[str, str]) -> None:
    """One column a period; a period that is held back stays empty."""
    from matplotlib.collections import PolyCollection

    shares = part.pivot(index="when", columns="component", values="value").sort_index().dropna()
    x = np.array([period_code(when) for when in shares.index], dtype=float)
    apart = len(x) <= SEPARATE
    # Columns without gaps are drawn as one area: their seams would show on a screen.
    runs = [[i] for i in range(len(x))] if apart else _runs(x)
    reach = 0.43 if apart else 0.5
    start = np.zeros(len(x))
    for component in dict.fromkeys(part["component"]):
        end = start + 100 * shares[component].to_numpy(dtype=float)
        areas = [_steps(x[run], start[run], end[run], reach) for run in runs]
        line = 0.25 if apart else 0.0
        axes.add_collection(PolyCollection(areas, fc=colours[component], ec=style.PAPER, lw=line))
        start = end


def _runs(x: np.ndarray) -> list[list[int]]:
    """Positions of periods that follow one another without a gap."""
    breaks = np.flatnonzero(np.diff(x) > 1) + 1
    return [list(run) for run in np.split(np.arange(len(x)), breaks)]


def _steps(x: np.ndarray, low: np.ndarray, high: np.ndarray, reach: float) -> np.ndarray:
    """The outline of an area that is level within each period."""
    sides = np.column_stack([x - reach, x + reach]).ravel()
    upper = np.column_stack([sides, np.repeat(high, 2)])
    lower = np.column_stack([sides, np.repeat(low, 2)])
    return np.vstack([upper, lower[::-1]])
