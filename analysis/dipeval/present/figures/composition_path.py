"""Effects on the parts of a composition by event time, a panel a part on one scale.

The frame of an exhibit of kind ``composition_path`` has ``part``, ``event_time``, ``value`` (a share, 0 to 1),
``conf_low``, ``conf_high``, ``band_low``, ``band_high``, ``is_reference``, ``count``, ``largest_share``, ``label_en``
and ``label_zh``; a part that is not there has one row without an event time, with ``why_en`` and ``why_zh``. Options:
``frequency``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style, typeface
from dipeval.present.number_axis import NumberAxis, number_axis
from dipeval.present.sheet import Key, Sheet, marker, wrapped
from dipeval.present.words import labels, option, phrase
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_MM = 27.0
STEP_MM = PANEL_MM + 9.0
HEAD_MM = 8.6
ACROSS = 4
BETWEEN_MM = 3.6
STEPS = (1, 2, 3, 4, 6, 12, 24, 48)
ENDS = ("conf_low", "conf_high", "band_low", "band_high")


def draw_composition_path(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``composition_path`` at page width."""
    frame = exhibit.frame.reset_index(drop=True)
    parts = list(dict.fromkeys(frame["part"]))
    words = labels(frame.drop_duplicates("part").set_index("part"), language)
    columns = min(ACROSS, len(parts))
    rows = -(-len(parts) // columns)
    keys = [Key("diamond", style.INK, phrase("reference", language))] if frame["is_reference"].any() else []
    if frame.loc[frame["event_time"].notna(), "value"].isna().any():
        keys.append(Key("cross", style.RULE, phrase("no_estimate", language)))
    height = HEAD_MM - 4.4 + rows * STEP_MM + 4.0
    sheet = Sheet(exhibit, language, style.PAGE_MM, height, keys, title=title)
    scale = number_axis(100 * frame[["value", *ENDS]].to_numpy(dtype=float), zero=True, marks=4)
    left = scale.room
    width = (sheet.width - left - style.MARGIN_MM - (columns - 1) * BETWEEN_MM) / columns
    sheet.text(style.MARGIN_MM, sheet.top + 2.2, phrase("composition_effect", language))
    timed = set(frame.loc[frame["event_time"].notna(), "part"])
    there = {position for position, part in enumerate(parts) if part in timed}
    for position, part in enumerate(parts):
        row, column = divmod(position, columns)
        x, y = left + column * (width + BETWEEN_MM), HEAD_MM + row * STEP_MM
        sheet.text(x, sheet.top + y - 1.0, words[part])
        mine = frame[frame["part"] == part]
        if position not in there:
            _absent(sheet, str(mine[f"why_{language}"].iloc[0]), x, y, width)
            continue
        axes = sheet.axes(x, y, width, PANEL_MM)
        _panel(axes, mine, scale, width)
        axes.tick_params(labelleft=column == 0)
        if position + columns not in there:
            sheet.under(axes, phrase(f"event_time_{option(exhibit, 'frequency', 'month')}", language))
    return sheet.figure


def _absent(sheet: Sheet, why: str, x: float, y: float, width: float) -> None:
    """Say in the place of a panel why there is none."""
    for line, text in enumerate(wrapped(why, width - 3.0, style.TEXT_PT, typeface.TEXT)):
        sheet.text(x + 1.5, sheet.top + y + 4.0 + line * style.LINE_MM, text, color=style.SOFT)


def _panel(axes: Axes, part: pd.DataFrame, scale: NumberAxis, width: float) -> None:
    """One part: points, intervals of their own, and the band around all."""
    x = part["event_time"].to_numpy(dtype=float)
    value = 100 * part["value"].to_numpy(dtype=float)
    low, high, under, over = (100 * part[name].to_numpy(dtype=float) for name in ENDS)
    axes.axhline(0, color=style.RULE, lw=0.5, zorder=1)
    axes.axvline(-0.5, color=style.RULE, lw=0.6, ls=(0, (3, 2)), zorder=1)
    axes.vlines(x, under, over, color=style.BLUE, lw=0.3, zorder=2)
    axes.vlines(x, low, high, color=style.BLUE, lw=0.8, zorder=3)
    base = part["is_reference"].to_numpy(dtype=bool)
    axes.plot(x[~base], value[~base], zorder=4, **{**marker("point", style.BLUE), "markersize": 1.9})
    axes.plot(x[base], value[base], zorder=5, **{**marker("diamond", style.INK), "markersize": 2.4})
    gone = np.isnan(value)
    axes.plot(x[gone], np.full(gone.sum(), scale.low), clip_on=False, zorder=6, **marker("cross", style.RULE))
    scale.put_on(axes)
    first, last = int(x.min()), int(x.max())
    step = next((s for s in STEPS if (last - first) / s <= width / 6.5), STEPS[-1])
    axes.set_xticks([e for e in range(first, last + 1) if e % step == 0])
    axes.set_xlim(first - 0.7, last + 0.7)
