"""Specification curve: effects in order of size with their intervals, and below them which options each has.

The frame of an exhibit of kind ``specification_curve`` has two parts (column ``part``):

- ``effect``: one row a specification with its place ``x`` (0, 1, …), ``value``, ``low``, ``high`` (NaN where there is
  none), ``significant`` (true or false), ``count``, ``largest_share``, ``label_en``, ``label_zh``;
- ``choice``: one row an option that a specification has, with ``x``, ``option`` (its name), ``label_en``, ``label_zh``
  (its label) and ``choice``, ``choice_en``, ``choice_zh``: what is chosen, a heading.

Options: ``axis_en``, ``axis_zh``, ``unit``, ``level``. A specification without an effect has a cross on the line of no
effect and hollow marks below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style
from dipeval.present.number_axis import number_axis
from dipeval.present.row_labels import row_labels
from dipeval.present.sheet import Key, Sheet, marker
from dipeval.present.value_words import scale_of
from dipeval.present.words import labels, option, phrase
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CURVE_MM = 44.0
GAP_MM = 2.0
ROW_MM = 3.3
HEAD_MM = 4.2
LABEL_MM = 46.0


def draw_specification_curve(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``specification_curve`` at the width of a page."""
    frame, unit = exhibit.frame, option(exhibit, "unit")
    effects = frame[frame["part"] == "effect"].reset_index(drop=True)
    chosen = frame[frame["part"] == "choice"].reset_index(drop=True)
    scale = scale_of(unit)
    value, low, high = (effects[name].to_numpy(dtype=float) * scale for name in ("value", "low", "high"))
    upright = number_axis(np.append(np.concatenate([value, low, high]), 0.0))
    first = chosen.drop_duplicates("option").reset_index(drop=True)
    names = row_labels(list(labels(first, language)), LABEL_MM, style.SMALL_PT)
    places, heads, height = _rows(first, [names.height(k) for k in range(len(first))], language)
    left = max(upright.room, style.MARGIN_MM + names.width + 3.0)
    width = style.PAGE_MM - left - style.MARGIN_MM - 1.0
    over = option(exhibit, f"axis_{language}")
    body = CURVE_MM + GAP_MM + height
    sheet = Sheet(
        exhibit, language, style.PAGE_MM, body, _keys(effects, language), title=title, over=over or " "
    )
    colours = np.where(effects["significant"].to_numpy(dtype=bool), style.BLUE, style.GREY)
    held = effects["suppressed"].to_numpy(dtype=bool)
    axes = sheet.axes(left, 0.0, width, CURVE_MM)
    upright.put_on(axes)
    axes.set_xlim(-0.7, len(effects) - 0.3)
    axes.set_xticks([])
    axes.axhline(0.0, color=style.RULE, lw=0.6, zorder=1)
    axes.vlines(effects["x"], low, high, color=colours, lw=_thin(len(effects)), zorder=2)
    axes.scatter(effects["x"], value, s=_dot(len(effects)), c=colours, zorder=3, linewidths=0)
    gone = np.isnan(value)
    axes.plot(
        effects["x"][gone], np.zeros(gone.sum()), clip_on=False, zorder=4, **marker("cross", style.SOFT)
    )
    if len(first):
        _choices(
            sheet, (left, width, height), chosen, first["option"].tolist(), places, (gone | held, colours)
        )
    for k, y in enumerate(places):
        names.put(sheet, k, left - 2.0, sheet.top + CURVE_MM + GAP_MM + y)
    for word, y in heads:
        sheet.strong(
            style.MARGIN_MM,
            sheet.top + CURVE_MM + GAP_MM + y,
            word,
            size=style.SMALL_PT,
            va="center_baseline",
        )
    return sheet.figure


def _rows(
    first: pd.DataFrame, needed: list[float], language: str
) -> tuple[list[float], list[tuple[str, float]], float]:
    """Millimetres of options and of headings below the curve, and of all together."""
    places, heads, y, last = [], [], 0.0, None
    words = list(labels(first, language, "choice")) if len(first) else []
    for k, choice in enumerate(first["choice"]):
        if choice != last:
            heads.append((words[k], y + HEAD_MM / 2))
            y += HEAD_MM
            last = choice
        row = max(ROW_MM, needed[k] + 0.5)
        places.append(y + row / 2)
        y += row
    return places, heads, y + 1.0


def _choices(
    sheet: Sheet,
    box: tuple[float, float, float],
    chosen: pd.DataFrame,
    options: list[str],
    places: list[float],
    known: tuple[np.ndarray, np.ndarray],
) -> None:
    """The marks below the curve."""
    left, width, height = box
    gone, colours = known
    axes = sheet.axes(left, CURVE_MM + GAP_MM, width, height)
    axes.set_xlim(-0.7, len(gone) - 0.3)
    axes.set_ylim(height, 0.0)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    for y in places:
        axes.axhline(y, color=style.FAINT, lw=0.4, zorder=0)
    at = dict(zip(options, places, strict=True))
    y = chosen["option"].map(at).to_numpy(dtype=float)
    x = chosen["x"].to_numpy(dtype=int)
    size = _dot(len(gone))
    full = ~gone[x]
    axes.scatter(x[full], y[full], s=size, c=colours[x[full]], linewidths=0, zorder=2)
    axes.scatter(
        x[~full], y[~full], s=size, facecolors=style.PAPER, edgecolors=style.SOFT, linewidths=0.5, zorder=2
    )


def _dot(n: int) -> float:
    """Area of a mark in square points: small enough that neighbours do not touch."""
    return float(np.clip(900.0 / max(n, 1), 1.2, 8.0))


def _thin(n: int) -> float:
    return float(np.clip(60.0 / max(n, 1), 0.3, 1.0))


def _keys(effects: pd.DataFrame, language: str) -> list[Key]:
    significant = effects["significant"].to_numpy(dtype=bool)
    known = np.isfinite(effects["value"].to_numpy(dtype=float))
    held = effects["suppressed"].to_numpy(dtype=bool)
    found = (
        ((significant & known).any(), Key("point", style.BLUE, phrase("significant", language))),
        ((~significant & known).any(), Key("point", style.GREY, phrase("not_significant", language))),
        ((~known & ~held).any(), Key("cross", style.SOFT, phrase("no_estimate", language))),
        (held.any(), Key("hollow", style.SOFT, phrase("withheld_key", language))),
    )
    return [key for there, key in found if there]
