"""Intervals by a bound on how far trends part, the original interval at the left: the usual picture of a sensitivity analysis.

The frame of an exhibit of kind ``sensitivity`` has one row an interval: ``series`` (``original`` or ``robust``), ``x`` (the
bound; NaN for the original), ``value`` (a point; NaN for none), ``low``, ``high`` (NaN where the interval is empty, infinite
where it has no end), ``band_low``, ``band_high`` (what is possible without sampling error; NaN for none), ``count``,
``largest_share``, ``label_en``, ``label_zh``.

Options: ``unit``, ``currency``, ``axis_en``, ``axis_zh``, ``x_unit``, ``x_axis_en``, ``x_axis_zh``, ``breakdown`` (an upright
line at this bound), and the words ``original_``, ``robust_`` and ``possible_`` + ``en``, ``zh``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style
from dipeval.present.number_axis import NumberAxis, level_axis, number_axis
from dipeval.present.sheet import Key, Sheet, marker, text_width
from dipeval.present.value_words import scale_of
from dipeval.present.words import option, phrase, unit_words, with_unit
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BODY_MM = 50.0
COLOURS = {"original": style.VERMILION, "robust": style.BLUE}
TAIL_MM = 0.9
"""Half the width of the ends of an interval."""
BAND_PT = 5.0


def draw_sensitivity(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``sensitivity`` at column width."""
    frame = _scaled(exhibit)
    effects = unit_words(option(exhibit, "unit"), option(exhibit, "currency"), language, effect=True)
    over = with_unit(option(exhibit, f"axis_{language}"), effects, language)
    bounds = unit_words(option(exhibit, "x_unit"), option(exhibit, "currency"), language, effect=True)
    under = with_unit(option(exhibit, f"x_axis_{language}"), bounds, language)
    keys = _keys(exhibit, frame, language)
    sheet = Sheet(exhibit, language, style.COLUMN_MM, BODY_MM, keys, title=title, over=over, under=under)
    ends = frame[["value", "low", "high", "band_low", "band_high"]].to_numpy(dtype=float)
    upright = number_axis(ends, zero=True)
    first = max(text_width(option(exhibit, f"original_{language}")), 6.0) + 6.0
    room = sheet.width - upright.room - style.MARGIN_MM - 1.0
    # Two plots on one scale: a place with a name for the original, an axis of numbers for the bounds.
    beside = sheet.axes(upright.room, 0.0, first, BODY_MM)
    axes = sheet.axes(upright.room + first, 0.0, room - first, BODY_MM)
    level = level_axis(_places(exhibit, frame), room - first - 4.0)
    for plot, series, width in ((beside, "original", first), (axes, "robust", room - first)):
        _settle(plot, upright)
        span = 1.0 if series == "original" else level.high - level.low
        _draw(plot, frame[frame["series"] == series], series, upright, TAIL_MM / width * span)
    beside.set_xlim(-0.5, 0.5)
    beside.set_xticks([0.0], [option(exhibit, f"original_{language}")])
    upright.put_on(beside)
    level.put_under(axes)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    if option(exhibit, "breakdown"):
        at = float(option(exhibit, "breakdown")) * scale_of(option(exhibit, "x_unit"))
        axes.axvline(at, color=style.INK, lw=0.7, ls=(0, (3, 2)), zorder=1)
    sheet.name_level(upright.room + first, room - first)
    return sheet.figure


def _scaled(exhibit: Exhibit) -> pd.DataFrame:
    """The frame in the numbers of the axes."""
    frame, scale = exhibit.frame.reset_index(drop=True), scale_of(option(exhibit, "unit"))
    for name in ("value", "low", "high", "band_low", "band_high"):
        known = frame[name].to_numpy(dtype=float) if name in frame.columns else np.full(len(frame), np.nan)
        frame = frame.assign(**{name: known * scale})
    return frame.assign(x=frame["x"].astype("float64") * scale_of(option(exhibit, "x_unit")))


def _places(exhibit: Exhibit, frame: pd.DataFrame) -> np.ndarray:
    """Bounds, the breakdown value among them."""
    said = option(exhibit, "breakdown")
    line = [float(said) * scale_of(option(exhibit, "x_unit"))] if said else []
    return np.append(frame["x"].to_numpy(dtype=float), line)


def _keys(exhibit: Exhibit, frame: pd.DataFrame, language: str) -> list[Key]:
    keys = [
        Key("line", COLOURS[name], option(exhibit, f"{name}_{language}")) for name in ("original", "robust")
    ]
    if frame["band_low"].notna().any():
        keys.append(Key("patch", style.FAINT, option(exhibit, f"possible_{language}")))
    if option(exhibit, "breakdown"):
        keys.append(Key("dash", style.INK, phrase("breakdown_value", language)))
    gone = exhibit.frame["suppressed"].to_numpy(dtype=bool)
    if gone.any():
        keys.append(Key("cross", style.RULE, phrase("withheld_key", language)))
    elif frame["low"].isna().any():
        keys.append(Key("cross", style.RULE, phrase("empty_interval", language)))
    return keys


def _settle(axes: Axes, upright: NumberAxis) -> None:
    axes.set_ylim(upright.low, upright.high)
    axes.axhline(0, color=style.RULE, lw=0.6, zorder=1)


def _draw(axes: Axes, part: pd.DataFrame, series: str, upright: NumberAxis, tail: float) -> None:
    """Intervals with their ends, points, what is possible behind them; an open end runs to the edge without one."""
    x = np.zeros(len(part)) if series == "original" else part["x"].to_numpy(dtype=float)
    bands = [
        np.clip(part[name].to_numpy(dtype=float), upright.low, upright.high)
        for name in ("band_low", "band_high")
    ]
    axes.vlines(x, *bands, color=style.FAINT, lw=BAND_PT, zorder=1.5)
    ends = [part[name].to_numpy(dtype=float) for name in ("low", "high")]
    low, high = (np.clip(end, upright.low, upright.high) for end in ends)
    axes.vlines(x, low, high, color=COLOURS[series], lw=1.0, zorder=3)
    for end in ends:
        closed = np.isfinite(end)
        axes.hlines(end[closed], x[closed] - tail, x[closed] + tail, color=COLOURS[series], lw=1.0, zorder=3)
    axes.plot(x, part["value"], zorder=4, **marker("point", COLOURS[series]))
    nothing = np.isnan(low) & np.isfinite(x)
    axes.plot(
        x[nothing], np.full(int(nothing.sum()), upright.low), clip_on=False, **marker("cross", style.RULE)
    )
