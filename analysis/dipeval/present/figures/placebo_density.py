"""Placebo estimates: their kernel density, the p-value of each, and the actual effect among them.

The frame of an exhibit of kind ``placebo_density`` has three kinds of rows (column ``part``):

- ``density``: one row a point of the curve, in order, with its place ``x`` and ``value``, the density,
- ``placebo``: one row a placebo, with its estimate ``x`` and ``value``, its p-value,
- ``actual``: one row, with the actual effect as ``x`` and ``value``,

each with ``count``, ``largest_share``, ``label_en``, ``label_zh``. Options: ``axis_en``, ``axis_zh``, ``unit``,
``currency``, ``p_line`` (a level that the p-values are compared with). Placebos that are held back are counted below
the picture; without a curve the left axis is not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style
from dipeval.present.number_axis import NumberAxis, level_axis, number_axis
from dipeval.present.sheet import Key, Sheet, marker, text_width
from dipeval.present.value_words import decimals_of, scale_of, value_text
from dipeval.present.words import option, phrase, unit_words, with_unit
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BODY_MM = 52.0
DASH = (0, (4, 1.6))
DOTS = (0, (1.2, 1.2))
CHANCE = NumberAxis(-0.03, 1.05, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), ("0.0", "0.2", "0.4", "0.6", "0.8", "1.0"))


def draw_placebo_density(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``placebo_density`` at column width."""
    frame, unit = exhibit.frame, option(exhibit, "unit")
    scale = scale_of(unit)
    curve, drawn, actual = (_part(frame, part, scale) for part in ("density", "placebo", "actual"))
    # A density of effects in per cent is per percentage point.
    height = curve["value"].to_numpy(dtype=float) / scale
    curved = bool(np.isfinite(height).any())
    upright = _from_zero(height) if curved else CHANCE
    over, beside = phrase("placebo_density", language) if curved else " ", phrase("placebo_p", language)
    right = max(text_width(word) for word in CHANCE.words) + style.MARGIN_MM + 2.2
    left = upright.room if curved else style.MARGIN_MM + 2.0
    width = style.COLUMN_MM - left - right
    level = level_axis(np.concatenate([curve["x"], drawn["x"], actual["x"], [0.0]]).astype(float), width)
    words = unit_words(unit, option(exhibit, "currency"), language, effect=True)
    under = with_unit(option(exhibit, f"axis_{language}"), words, language)
    keys = _keys(exhibit, actual, drawn, curved, language)
    hidden = int(drawn["suppressed"].sum())
    told = [phrase("withheld_count", language).format(n=hidden)] if hidden else []
    how = {"title": title, "over": over, "under": under or " ", "notes": told}
    sheet = Sheet(exhibit, language, style.COLUMN_MM, BODY_MM, keys, **how)
    sheet.text(style.COLUMN_MM - style.MARGIN_MM, sheet.top - 1.6, beside, ha="right")
    chances = _chances(sheet, level, (left, width), drawn, option(exhibit, "p_line"))
    axes = sheet.axes(left, 0.0, width, BODY_MM)
    axes.set_zorder(chances.get_zorder() + 1)
    axes.patch.set_visible(False)
    level.put_under(axes)
    upright.put_on(axes)
    if not curved:
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    axes.axvline(0.0, color=style.RULE, lw=0.6, ls=DOTS, zorder=1)
    axes.plot(curve["x"].to_numpy(dtype=float), height, color=style.INK, lw=1.1, zorder=3)
    for place in actual["x"].dropna():
        axes.axvline(float(place), color=style.VERMILION, lw=1.1, zorder=4)
    sheet.name_level(left, width)
    return sheet.figure


def _part(frame: pd.DataFrame, part: str, scale: float) -> pd.DataFrame:
    rows = frame[frame["part"] == part]
    return rows.assign(x=rows["x"].astype(float) * scale)


def _from_zero(height: np.ndarray) -> NumberAxis:
    """An axis whose foot is a little below 0, as that of the p-values, so that both zeros stand at one height."""
    found = number_axis(height, zero=True)
    top = float(np.nanmax(height, initial=0.0)) or 1.0
    top *= CHANCE.high
    kept = [(m, w) for m, w in zip(found.marks, found.words, strict=True) if 0 <= m <= top]
    foot = CHANCE.low / CHANCE.high * top
    return NumberAxis(foot, top, tuple(m for m, _ in kept), tuple(w for _, w in kept))


def _chances(
    sheet: Sheet, level: NumberAxis, place: tuple[float, float], drawn: pd.DataFrame, line: str
) -> Axes:
    """The p-values on an axis of their own at the right, behind the density."""
    left, width = place
    axes = sheet.axes(left, 0.0, width, BODY_MM)
    axes.set_xlim(level.low, level.high)
    axes.set_xticks([])
    CHANCE.put_on(axes)
    axes.yaxis.tick_right()
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.spines["right"].set_visible(True)
    if line:
        axes.axhline(float(line), color=style.RULE, lw=0.6, ls=DASH, zorder=1)
    small = {**marker("hollow", style.BLUE), "markersize": 2.0, "markeredgewidth": 0.45, "alpha": 0.75}
    axes.plot(drawn["x"].to_numpy(dtype=float), drawn["value"].to_numpy(dtype=float), zorder=2, **small)
    return axes


def _keys(
    exhibit: Exhibit, actual: pd.DataFrame, drawn: pd.DataFrame, curved: bool, language: str
) -> list[Key]:
    keys = []
    if curved:
        keys.append(Key("line", style.INK, phrase("placebo_density_key", language)))
    if drawn["value"].notna().any():
        keys.append(Key("hollow", style.BLUE, phrase("placebo_p_key", language)))
    known = actual["x"].dropna().to_numpy(dtype=float)
    if len(known):
        unit = option(exhibit, "unit")
        text = value_text(float(known[0]), "", decimals_of(unit, known))
        keys.append(Key("line", style.VERMILION, phrase("placebo_actual", language).format(value=text)))
    line = option(exhibit, "p_line")
    if line:
        keys.append(Key("dash", style.RULE, f"p = {float(line):g}"))
    return keys
