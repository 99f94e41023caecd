"""A composition before, after, and after without the reform, with the effect on each part beside it.

The frame of an exhibit of kind ``counterfactual`` has ``part``, ``when`` (``before``, ``counterfactual``, ``after``,
``effect``, or ``absent`` for a part that is not there), ``value`` (a share, 0 to 1), ``low`` and ``high`` (of the
counterfactual and the effect), ``count``, ``largest_share``, ``label_en``, ``label_zh`` and, where a part is absent,
``why_en``, ``why_zh``. Options: ``level`` of the intervals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style
from dipeval.present.number_axis import NumberAxis, level_axis
from dipeval.present.row_labels import row_labels
from dipeval.present.sheet import UNDER_MM, Key, Sheet, marker, text_width
from dipeval.present.value_words import value_text
from dipeval.present.words import labels, option, phrase
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_MM = 7.4
LANE_MM = 1.9
"""Between the three points of a part."""
HEAD_MM = 4.4
LABEL_MM = 34.0
GAP_MM = 6.0
LANES = {
    "before": ("hollow", style.GREY),
    "counterfactual": ("diamond", style.VERMILION),
    "after": ("point", style.BLUE),
}
"""From the upper lane to the lower one."""
Rows = dict[tuple[str, str], pd.Series]


def draw_counterfactual(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``counterfactual`` at page width: shares at the left, effects at the right."""
    frame = exhibit.frame.reset_index(drop=True)
    parts = list(dict.fromkeys(frame["part"]))
    found: Rows = {(row["part"], row["when"]): row for _, row in frame.iterrows()}
    first = frame.drop_duplicates("part").set_index("part")
    names = row_labels(list(labels(first, language)), LABEL_MM)
    words = {part: _word(found.get((part, "effect")), language) for part in parts}
    head = phrase("composition_interval", language).format(
        level=f"{float(option(exhibit, 'level', '0.95')):.0%}"
    )
    numbers = max(text_width(word) for word in (*words.values(), head)) + style.MARGIN_MM + 2.0
    height = ROW_MM * len(parts)
    keys = [Key(*LANES[when], phrase(f"composition_{when}", language)) for when in LANES]
    sheet = Sheet(exhibit, language, style.PAGE_MM, HEAD_MM + height + UNDER_MM + 1.6, keys, title=title)
    left = style.MARGIN_MM + names.width + 2.4
    room = sheet.width - left - numbers - GAP_MM
    wide = 0.6 * room
    shares, effects = (
        sheet.axes(x, HEAD_MM, w, height) for x, w in ((left, wide), (left + wide + GAP_MM, room - wide))
    )
    _axis(shares, _scaled(frame, list(LANES)), wide, height, zero=False)
    scale = _axis(effects, _scaled(frame, ["effect"]), room - wide, height, zero=True)
    effects.axvline(0.0, color=style.RULE, lw=0.6, zorder=1)
    sheet.text(sheet.width - style.MARGIN_MM, sheet.top + 2.6, head, ha="right", color=style.SOFT)
    for row, part in enumerate(parts):
        middle = ROW_MM * (row + 0.5)
        names.put(sheet, row, left - 2.4, sheet.top + HEAD_MM + middle)
        if row:
            for axes in (shares, effects):
                axes.axhline(ROW_MM * row, color=style.FAINT, lw=0.4, zorder=0)
        if (part, "absent") in found:
            why = str(found[part, "absent"][f"why_{language}"])
            sheet.text(left + 1.5, sheet.top + HEAD_MM + middle, why, va="center_baseline", color=style.SOFT)
            continue
        _shares(shares, part, found, middle, language)
        _effect(effects, found.get((part, "effect")), middle, scale)
        held = words[part] == phrase("withheld", language)
        ink = style.SOFT if held else style.INK
        place = sheet.top + HEAD_MM + middle
        sheet.text(
            sheet.width - style.MARGIN_MM, place, words[part], ha="right", va="center_baseline", color=ink
        )
    sheet.under(shares, phrase("share_of_cost", language))
    sheet.under(effects, phrase("composition_effect", language))
    return sheet.figure


def _scaled(frame: pd.DataFrame, moments: list[str]) -> np.ndarray:
    """All numbers of some rows, in per cent."""
    return 100 * frame.loc[frame["when"].isin(moments), ["value", "low", "high"]].to_numpy(dtype=float)


def _axis(axes: Axes, numbers: np.ndarray, width: float, height: float, *, zero: bool) -> NumberAxis:
    scale = level_axis(np.append(numbers, 0.0), width, zero=zero)
    axes.set_ylim(height, 0)
    scale.put_under(axes)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    return scale


def _shares(axes: Axes, part: str, found: Rows, middle: float, language: str) -> None:
    """Three points, the counterfactual with its interval."""
    for lane, (when, (shape, colour)) in enumerate(LANES.items()):
        row, y = found.get((part, when)), middle + (lane - 1) * LANE_MM
        if row is None:
            continue
        value, low, high = (100 * float(row[name]) for name in ("value", "low", "high"))
        if np.isnan(value):
            axes.text(
                axes.get_xlim()[0],
                y,
                phrase("withheld", language),
                color=style.SOFT,
                fontsize=style.SMALL_PT,
                va="center_baseline",
            )
            continue
        if np.isfinite(low) and np.isfinite(high):
            axes.hlines(y, low, high, color=colour, lw=1.2, zorder=2)
        small = (
            {"markersize": 2.4} if shape == "diamond" else {}
        )  # so that a short interval is seen beside it
        axes.plot([value], [y], zorder=3, **{**marker(shape, colour), **small})


def _effect(axes: Axes, row: pd.Series | None, y: float, scale: NumberAxis) -> None:
    if row is None or np.isnan(float(row["value"])):
        return
    value, low, high = (100 * float(row[name]) for name in ("value", "low", "high"))
    if np.isfinite(low) and np.isfinite(high):
        axes.hlines(y, max(low, scale.low), min(high, scale.high), color=style.INK, lw=1.0, zorder=2)
    axes.plot([value], [y], zorder=3, **marker("point", style.INK))


def _word(row: pd.Series | None, language: str) -> str:
    """The effect and its interval in percentage points."""
    if row is None:
        return ""
    if bool(row["suppressed"]):
        return phrase("withheld", language)
    value, low, high = (100 * float(row[name]) for name in ("value", "low", "high"))
    if np.isnan(value):
        return phrase("no_estimate", language)
    text = value_text(value, "", 2)
    if not np.isfinite(low) or not np.isfinite(high):
        return text
    ends = phrase("to", language).join(value_text(end, "", 2) for end in (low, high))
    return f"{text}（{ends}）" if language == "zh" else f"{text} ({ends})"
