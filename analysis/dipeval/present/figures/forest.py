"""Forest plot: estimates with their intervals, a row each, the numbers beside them.

The frame of an exhibit of kind ``forest`` has one row an estimate, in the order in which they are drawn:
``value``, ``count``, ``largest_share``, ``label_en``, ``label_zh``, ``low``, ``high`` (ends of the interval; NaN
where there is none, infinite where it has no end) and, where there are any,

- ``panel_en``, ``panel_zh``: a heading above the rows that have it,
- ``section``: a little more room where it changes,
- ``pooled`` (true or false): drawn as a diamond, not as a point,
- ``beside`` (true or false): a second estimate of what the row above is about, drawn as a hollow point.

Options: ``unit``, ``currency``, ``axis_en``, ``axis_zh``, ``reference`` (a vertical line at this value), ``log``
(true for ratios), ``level`` (of the intervals, 0.95 unless told), ``effect`` (true where the unit of a share is
percentage points), ``pooled_line`` (true: a dashed line through the first pooled estimate).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style
from dipeval.present.number_axis import NumberAxis, level_axis
from dipeval.present.row_labels import RowLabels, row_labels
from dipeval.present.sheet import Sheet, marker, text_width
from dipeval.present.value_words import decimals_of, scale_of, value_text
from dipeval.present.words import labels, option, phrase, unit_words, with_unit
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_MM = 4.0
PANEL_MM = 5.0
SECTION_MM = 1.6
HEAD_MM = 4.4
LABEL_MM = 32.0
LEAST_MM = 26.0
"""A narrower plot than this moves to the width of a page."""
INDENT_MM = 2.0


@dataclass(frozen=True)
class _Forest:
    """Rows with their places.

    Attributes
    ----------
    frame : pandas.DataFrame
        With ``shown``, ``from``, ``to`` (scaled), ``word`` and ``y`` (millimetres below the first row).
    names : RowLabels
    panels : tuple of (str, float)
        Headings and where they stand.
    height : float
    """

    frame: pd.DataFrame
    names: RowLabels
    panels: tuple[tuple[str, float], ...]
    height: float


def draw_forest(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``forest`` at column width, or at page width where its words need it."""
    forest = _forest(exhibit, language)
    indent = INDENT_MM if forest.panels else 0.0
    left = style.MARGIN_MM + indent + forest.names.width + 2.0
    numbers = max((text_width(word) for word in forest.frame["word"]), default=0.0)
    numbers = max(numbers, text_width(_head(exhibit, language))) + style.MARGIN_MM + 1.6
    page = style.COLUMN_MM if style.COLUMN_MM - left - numbers >= LEAST_MM else style.PAGE_MM
    under = _axis_words(exhibit, language) or " "
    sheet = Sheet(exhibit, language, page, HEAD_MM + forest.height, title=title, under=under)
    width = page - left - numbers
    sheet.text(
        page - style.MARGIN_MM, sheet.top + 2.6, _head(exhibit, language), ha="right", color=style.SOFT
    )
    for row, (y, word) in enumerate(zip(forest.frame["y"], forest.frame["word"], strict=True)):
        middle = sheet.top + HEAD_MM + float(y)
        forest.names.put(sheet, row, left - 2.0, middle)
        ink = style.SOFT if np.isnan(forest.frame["shown"].iloc[row]) else style.INK
        sheet.text(page - style.MARGIN_MM, middle, word, ha="right", va="center_baseline", color=ink)
    for word, y in forest.panels:  # on paper of their own, since the line of the reference runs below them
        how = {"va": "center_baseline", "bbox": {"fc": style.PAPER, "ec": "none", "pad": 1.0}}
        sheet.strong(style.MARGIN_MM, sheet.top + HEAD_MM + y, word, **how)
    _draw(sheet, exhibit, forest, left, width)
    return sheet.figure


def _forest(exhibit: Exhibit, language: str) -> _Forest:
    frame, unit = exhibit.frame.reset_index(drop=True), option(exhibit, "unit")
    scale = scale_of(unit)
    shown, low, high = (frame[name].to_numpy(dtype=float) * scale for name in ("value", "low", "high"))
    decimals = decimals_of(unit, np.stack([shown, low, high]))
    held = frame["suppressed"].to_numpy(dtype=bool)
    words = [
        phrase("withheld", language) if gone else _word(v, a, b, decimals, language)
        for v, a, b, gone in zip(shown, low, high, held, strict=True)
    ]
    names = row_labels(list(labels(frame, language)), LABEL_MM)
    places, panels, height = _places(frame, names, language)
    placed = frame.assign(shown=shown, low=low, high=high, word=words, y=places)
    return _Forest(placed, names, tuple(panels), height)


def _places(
    frame: pd.DataFrame, names: RowLabels, language: str
) -> tuple[list[float], list[tuple[str, float]], float]:
    """Millimetres of rows and headings below the first, and of all together."""
    panel_of = list(labels(frame, language, "panel")) if "panel_en" in frame.columns else [""] * len(frame)
    section_of = list(frame["section"].astype("str")) if "section" in frame.columns else [""] * len(frame)
    y, places, panels = 0.0, [], []
    for row, (panel, section) in enumerate(zip(panel_of, section_of, strict=True)):
        if panel and (row == 0 or panel != panel_of[row - 1]):
            y += SECTION_MM if row else 0.0
            panels.append((panel, y + PANEL_MM / 2))
            y += PANEL_MM
        elif row and section != section_of[row - 1]:
            y += SECTION_MM
        height = max(ROW_MM, names.height(row) + 0.9)
        places.append(y + height / 2)
        y += height
    return places, panels, y + 0.6


def _word(value: float, low: float, high: float, decimals: int, language: str) -> str:
    """The estimate and its interval."""
    if np.isnan(value):
        return phrase("no_estimate", language)
    text = value_text(value, "", decimals)
    if np.isnan(low) or np.isnan(high):
        return text
    ends = phrase("to", language).join(value_text(end, "", decimals) for end in (low, high))
    return f"{text}（{ends}）" if language == "zh" else f"{text} ({ends})"


def _head(exhibit: Exhibit, language: str) -> str:
    return phrase("estimate_interval", language).format(
        level=f"{float(option(exhibit, 'level', '0.95')):.0%}"
    )


def _draw(sheet: Sheet, exhibit: Exhibit, forest: _Forest, left: float, width: float) -> None:
    """The plot between labels and numbers."""
    axes = sheet.axes(left, HEAD_MM, width, forest.height)
    unit, log = option(exhibit, "unit"), option(exhibit, "log") == "True"
    reference = option(exhibit, "reference")
    line = [float(reference) * scale_of(unit)] if reference else []
    numbers = forest.frame[["shown", "low", "high"]].to_numpy(dtype=float)
    level = level_axis(np.append(numbers, line), width, log=log)
    if log:
        axes.set_xscale("log")
        axes.minorticks_off()
    axes.set_ylim(forest.height, 0)
    level.put_under(axes)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    for place in line:
        axes.axvline(place, color=style.RULE, lw=0.6, zorder=1)
    if option(exhibit, "pooled_line") == "True":
        at = forest.frame.loc[_marked(forest.frame, "pooled"), "shown"].dropna()
        for place in at[:1]:
            axes.axvline(place, color=style.SOFT, lw=0.6, ls=(0, (3, 2)), zorder=1)
    _estimates(axes, forest.frame, level)
    sheet.name_level(left, width)


def _axis_words(exhibit: Exhibit, language: str) -> str:
    unit, effect = option(exhibit, "unit"), option(exhibit, "effect") == "True"
    words = unit_words(unit, option(exhibit, "currency"), language, effect=effect)
    return with_unit(option(exhibit, f"axis_{language}"), words, language)


def _estimates(axes: Axes, frame: pd.DataFrame, level: NumberAxis) -> None:
    """Intervals and points; an interval without an end runs to the edge of the plot."""
    low, high = (
        np.clip(frame[name].to_numpy(dtype=float), level.low, level.high) for name in ("low", "high")
    )
    x, y = frame["shown"].to_numpy(dtype=float), frame["y"].to_numpy(dtype=float)
    known = ~np.isnan(low) & ~np.isnan(high) & ~np.isnan(x)
    pooled, beside = _marked(frame, "pooled"), _marked(frame, "beside")
    for chosen, colour, shape in ((~beside, style.BLUE, "point"), (beside, style.VERMILION, "hollow")):
        lines, points = known & chosen, chosen & ~pooled
        axes.hlines(y[lines], low[lines], high[lines], color=colour, lw=1.0, zorder=2)
        axes.plot(x[points], y[points], zorder=3, **marker(shape, colour))
    diamond = {**marker("diamond", style.INK), "markerfacecolor": style.INK, "markersize": 4.2}
    axes.plot(x[pooled], y[pooled], zorder=3, **diamond)


def _marked(frame: pd.DataFrame, column: str) -> np.ndarray:
    """Which rows a column of flags marks; none without it."""
    return frame[column].to_numpy(dtype=bool) if column in frame.columns else np.zeros(len(frame), bool)
