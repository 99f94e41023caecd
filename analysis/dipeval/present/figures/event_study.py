"""Event study: the main estimator filled, others hollow, the truth as a line where it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style
from dipeval.present.number_axis import number_axis
from dipeval.present.sheet import Key, Sheet, marker
from dipeval.present.words import labels, option, phrase, unit_words, with_unit
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BODY_MM = 52.0
STEPS = (1, 2, 3, 4, 6, 12, 24)
COLOURS = (style.BLUE, style.GREY, style.GREEN, style.PURPLE, style.ORANGE, style.SKY, *style.FILLS[-3:])
IN_A_COLUMN = 3
"""Estimators that can be told apart at column width; more of them take the page."""
LINES = {
    "truth": (style.VERMILION, "-"),
    "violation": (style.VERMILION, "-"),
    "after_passing": (style.ORANGE, (0, (3.2, 1.4))),
}
"""Series that are drawn as lines: the truth, a stated violation of parallel trends, what passing a test makes of it."""
BROKEN = ("truth",)
"""Lines that jump at the reform."""


def draw_event_study(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``event_study`` at column width, or at page width with many estimators."""
    frame = exhibit.frame
    names = [name for name in dict.fromkeys(frame["series"]) if name not in LINES]
    colours = {name: COLOURS[k % len(COLOURS)] for k, name in enumerate(names)}
    width = style.COLUMN_MM if len(names) <= IN_A_COLUMN else style.PAGE_MM
    gaps = bool(frame["value"].isna().any())
    sheet = Sheet(exhibit, language, width, BODY_MM, _keys(frame, colours, gaps, language), title=title)
    scale = 100.0 if option(exhibit, "unit") == "share" else 1.0
    drawn = [name for name in ("value", "conf_low", "conf_high", "band_low", "band_high") if name in frame]
    numbers = frame[drawn].to_numpy(dtype=float) * scale
    numbered = number_axis(np.where(np.isfinite(numbers), numbers, np.nan), zero=True)
    left = numbered.room
    axes = sheet.axes(left, 4.2, sheet.width - left - style.MARGIN_MM, BODY_MM - 4.2 - 8.0)
    unit = unit_words(option(exhibit, "unit"), option(exhibit, "currency"), language, effect=True)
    sheet.text(style.MARGIN_MM, sheet.top + 2.6, with_unit(phrase("effect_on", language), unit, language))
    axes.axhline(0, color=style.RULE, lw=0.5, zorder=1)
    axes.axvline(-0.5, color=style.RULE, lw=0.6, ls=(0, (3, 2)), zorder=1)
    _draw_lines(axes, frame, scale)
    for position, name in enumerate(names):
        offset = _spread(len(names)) * (position - (len(names) - 1) / 2)
        edges = (numbered.low, numbered.high)
        _draw_series(axes, frame[frame["series"] == name], colours[name], offset, scale, edges)
    _mark_gaps(axes, frame, numbered.low)
    numbered.put_on(axes)
    _scale(axes, frame)
    sheet.under(axes, phrase(f"event_time_{option(exhibit, 'frequency', 'month')}", language))
    return sheet.figure


def _spread(n_series: int) -> float:
    """Distance between estimators at one event time, in event times."""
    return min(0.34, 0.76 / max(n_series - 1, 1))


def _keys(frame: pd.DataFrame, colours: dict[str, str], gaps: bool, language: str) -> list[Key]:
    first = frame.drop_duplicates("series").set_index("series")
    words = labels(first, language)
    keys = [
        Key("point" if first.loc[name, "is_main"] else "hollow", colours[name], words[name])
        for name in colours
    ]
    keys += [
        Key("line", *LINES[name][:1], words[name], LINES[name][1]) for name in LINES if name in first.index
    ]
    if frame["is_reference"].any():
        keys.append(Key("diamond", style.INK, phrase("reference", language)))
    if gaps:
        keys.append(Key("cross", style.RULE, phrase("no_estimate", language)))
    return keys


def _draw_series(
    axes: Axes, part: pd.DataFrame, colour: str, offset: float, scale: float, edges: tuple[float, float]
) -> None:
    """Points with their intervals; the reference is a diamond without one. An interval without an end runs
    to the edge of the plot."""
    main = bool(part["is_main"].iloc[0])
    x = part["event_time"].to_numpy(dtype=float) + offset
    y, low, high = (part[name].to_numpy(dtype=float) * scale for name in ("value", "conf_low", "conf_high"))
    known = ~np.isnan(low) & ~np.isnan(high)
    low, high = np.where(np.isinf(low), edges[0], low), np.where(np.isinf(high), edges[1], high)
    axes.vlines(
        x[known], low[known], high[known], color=colour, lw=0.8 if main else 0.6, zorder=3 if main else 2
    )
    if "band_low" in part:
        ends = [part[name].to_numpy(dtype=float) * scale for name in ("band_low", "band_high")]
        axes.vlines(x, *ends, color=colour, lw=0.3, zorder=1.5)
    reference = part["is_reference"].to_numpy(dtype=bool)
    axes.plot(
        x[~reference], y[~reference], zorder=5 if main else 4, **marker("point" if main else "hollow", colour)
    )
    if reference.any():
        axes.plot(x[reference], y[reference], zorder=6, **marker("diamond", colour))


def _draw_lines(axes: Axes, frame: pd.DataFrame, scale: float) -> None:
    """Series that are lines; the true effect is broken at the reform, where it jumps."""
    for name, (colour, dash) in LINES.items():
        line = frame[frame["series"] == name].sort_values("event_time")
        before = line["event_time"] < 0
        for part in (line[before], line[~before]) if name in BROKEN else (line,):
            if len(part):
                y = part["value"].to_numpy(dtype=float) * scale
                how = {"color": colour, "ls": dash, "lw": 1.1, "zorder": 2.5, "solid_joinstyle": "round"}
                axes.plot(part["event_time"], y, **how)


def _mark_gaps(axes: Axes, frame: pd.DataFrame, low: float) -> None:
    """A cross on the floor of the plot where a number is not identified or held back."""
    gaps = sorted(set(frame.loc[frame["value"].isna() & (~frame["series"].isin(LINES)), "event_time"]))
    axes.plot(gaps, [low] * len(gaps), clip_on=False, zorder=6, **marker("cross", style.RULE))


def _scale(axes: Axes, frame: pd.DataFrame) -> None:
    first, last = int(frame["event_time"].min()), int(frame["event_time"].max())
    step = next((s for s in STEPS if (last - first) / s <= 12), STEPS[-1])
    axes.set_xticks([e for e in range(first, last + 1) if e % step == 0])
    axes.set_xlim(first - 0.7, last + 0.7)
