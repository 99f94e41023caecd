"""Histogram: the share of cases by bin, a panel a group, bins beyond the axis set apart.

The frame of an exhibit of kind ``histogram`` has one row a bin: ``left``, ``right`` (its edges; minus or plus
infinity for the bins that hold what lies beyond), ``value`` (share of the group's cases, 0 to 1), ``count``,
``largest_share``, ``label_en``, ``label_zh`` and, where there are several, ``group``, ``group_en``, ``group_zh``.
Bins that are not equally wide on the axis are drawn by their share per width of the narrowest.

Options: ``axis_en``, ``axis_zh``, ``unit``, ``currency``, ``log`` (true: an axis of ratios), ``marks`` (places of
vertical lines, as numbers set apart by spaces), ``of`` (``hospitals`` where the shares are of these).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style
from dipeval.present.number_axis import NumberAxis, level_axis, number_axis
from dipeval.present.sheet import HATCHES, Key, Sheet, marker, text_width
from dipeval.present.value_words import scale_of, value_text
from dipeval.present.words import labels, option, phrase, unit_words, with_unit
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANEL_MM = 34.0
SHORT_MM = 22.0
"""Height of a panel where there are more than two."""
HEAD_MM = 3.8
NEXT_MM = 2.4
"""More room above the second and later panels, for the marks of the one before."""
BEYOND_MM = 7.0
"""Width of the bin beyond an end, its gap included."""
GAP_MM = 1.4


@dataclass(frozen=True)
class _Bins:
    """Bins of all groups on one axis.

    Attributes
    ----------
    frame : pandas.DataFrame
        With ``from``, ``to`` (scaled edges), ``height`` (per cent; NaN where undefined) and ``group``.
    narrowest : float
        Width of the narrowest bin on the axis; NaN where all are equal.
    log : bool
    """

    frame: pd.DataFrame
    narrowest: float
    log: bool

    def beyond(self, side: str) -> bool:
        """Whether some bin lies beyond an end of the axis."""
        return bool(np.isinf(self.frame[side]).any())


def draw_histogram(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``histogram`` at column width, one panel below another."""
    bins = _bins(exhibit)
    groups = list(dict.fromkeys(bins.frame["group"]))
    words = _group_words(bins.frame, language)
    height = PANEL_MM if len(groups) <= 2 else SHORT_MM
    head = HEAD_MM if any(words.values()) else 0.0
    step = head + height + NEXT_MM
    how = {"over": _upright_words(exhibit, bins, language), "under": _level_words(exhibit, language) or " "}
    body = len(groups) * step - NEXT_MM
    sheet = Sheet(exhibit, language, style.COLUMN_MM, body, _keys(bins, language), title=title, **how)
    upright = _from_zero(bins.frame["height"].to_numpy(dtype=float))
    left = upright.room + (BEYOND_MM if bins.beyond("from") else 0.0)
    edges = bins.frame[["from", "to"]].to_numpy(dtype=float)
    named = [_edge_words(edges, end) if bins.beyond(end) else "" for end in ("from", "to")]
    beyond = [text_width(word) for word in named]
    right = style.MARGIN_MM + (max(1.0 + BEYOND_MM, (BEYOND_MM + beyond[1]) / 2) if beyond[1] else 1.0)
    width = sheet.width - left - right
    level = _edge_axis(edges[np.isfinite(edges)], width, bins.log, (beyond[0], beyond[1]))
    for position, group in enumerate(groups):
        top = head + position * step
        sheet.text(left, sheet.top + top - 1.2, words[group])
        part = bins.frame[bins.frame["group"] == group]
        box = (left, top, width, height)
        _panel(sheet, exhibit, part, box, level, upright, named, last=group == groups[-1])
    sheet.name_level(left, width)
    return sheet.figure


def _bins(exhibit: Exhibit) -> _Bins:
    """Edges on the axis, and heights that make areas comparable."""
    frame, scale = exhibit.frame, scale_of(option(exhibit, "unit"))
    log = option(exhibit, "log") == "True"
    start, end = (frame[side].to_numpy(dtype=float) * scale for side in ("left", "right"))
    with np.errstate(divide="ignore", invalid="ignore"):
        width = np.log(end) - np.log(start) if log else end - start
    inner = np.isfinite(width)
    narrowest = float(width[inner].min()) if inner.any() else np.nan
    unequal = inner.any() and bool((width[inner] > 1.02 * narrowest).any())
    part = np.where(inner, width, narrowest) / narrowest if unequal else np.ones(len(frame))
    group = frame["group"] if "group" in frame.columns else ""
    height = 100 * frame["value"].to_numpy(dtype=float) / part
    placed = frame.assign(**{"from": start, "to": end, "height": height, "group": group})
    return _Bins(placed, narrowest if unequal else np.nan, log)


def _group_words(frame: pd.DataFrame, language: str) -> dict[object, str]:
    if "group_en" not in frame.columns:
        return {"": ""}
    return dict(labels(frame.drop_duplicates("group").set_index("group"), language, "group"))


def _keys(bins: _Bins, language: str) -> list[Key]:
    keys = []
    if bins.beyond("from") or bins.beyond("to"):
        keys.append(Key("hatch", style.VERMILION, phrase("outlier_bins", language)))
    if bins.frame["suppressed"].any():
        keys.append(Key("cross", style.SOFT, phrase("withheld_key", language)))
    return keys


def _from_zero(heights: np.ndarray) -> NumberAxis:
    """A vertical axis whose foot is 0."""
    found = number_axis(heights, zero=True, marks=5)
    kept = [(mark, word) for mark, word in zip(found.marks, found.words, strict=True) if mark >= 0]
    return NumberAxis(0.0, 1.12 * found.high, tuple(m for m, _ in kept), tuple(w for _, w in kept))


def _edge_axis(edges: np.ndarray, width: float, log: bool, beyond: tuple[float, float]) -> NumberAxis:
    """An axis from the first edge to the last, without marks where the words of the bins beyond stand."""
    found = level_axis(edges, width, log=log, whole=bool((edges == np.round(edges)).all()))
    positive = edges[edges > 0] if log else edges
    if not positive.size:
        return found
    low, high = float(positive.min()), float(positive.max())
    if low == high:
        return found
    grow = np.log if log else np.asarray
    at = {mark: float((grow(mark) - grow(low)) / (grow(high) - grow(low)) * width) for mark in found.marks}
    kept = []
    for mark, word in zip(found.marks, found.words, strict=True):
        half = text_width(word) / 2 + 1.2
        before = at[mark] - half > beyond[0] / 2 - BEYOND_MM / 2 - GAP_MM if beyond[0] else at[mark] >= -1e-9
        after = (
            at[mark] + half < width + BEYOND_MM / 2 - beyond[1] / 2 if beyond[1] else at[mark] <= width + 1e-9
        )
        if before and after and -1e-9 <= at[mark] <= width + 1e-9:
            kept.append((mark, word))
    return NumberAxis(low, high, tuple(m for m, _ in kept), tuple(w for _, w in kept))


def _edge_words(edges: np.ndarray, side: str) -> str:
    """What stands under the bin beyond an end."""
    known = edges[np.isfinite(edges)]
    if not known.size:
        return ""
    return f"<{known.min():,.6g}" if side == "from" else f"≥{known.max():,.6g}"


def _level_words(exhibit: Exhibit, language: str) -> str:
    unit = unit_words(option(exhibit, "unit"), option(exhibit, "currency"), language)
    return with_unit(option(exhibit, f"axis_{language}"), unit, language)


def _upright_words(exhibit: Exhibit, bins: _Bins, language: str) -> str:
    if np.isnan(bins.narrowest):
        return phrase(f"share_of_{option(exhibit, 'of', 'cases')}", language)
    width = f"×{np.exp(bins.narrowest):.3g}" if bins.log else f"{bins.narrowest:,.6g}"
    return phrase("share_of_cases_per", language).format(width=width)


def _panel(
    sheet: Sheet,
    exhibit: Exhibit,
    part: pd.DataFrame,
    box: tuple[float, float, float, float],
    level: NumberAxis,
    upright: NumberAxis,
    words: list[str],
    *,
    last: bool,
) -> None:
    """Bars of one group, its bins beyond both ends, and the marks."""
    left, top, width, height = box
    axes = sheet.axes(left, top, width, height)
    if option(exhibit, "log") == "True":
        axes.set_xscale("log")
        axes.minorticks_off()
    level.put_under(axes)
    axes.set_ylim(upright.low, upright.high)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.tick_params(labelbottom=last)
    inner = part[np.isfinite(part["from"]) & np.isfinite(part["to"])]
    start, wide = inner["from"].to_numpy(), (inner["to"] - inner["from"]).to_numpy()
    shown = inner["height"].to_numpy(dtype=float)
    axes.bar(start, np.nan_to_num(shown), wide, align="edge", color=style.BLUE, ec=style.PAPER, lw=0.3)
    held = inner["suppressed"].to_numpy(dtype=bool)
    middle = np.sqrt(start * (start + wide)) if axes.get_xscale() == "log" else start + wide / 2
    axes.plot(middle[held], np.zeros(held.sum()), clip_on=False, zorder=6, **marker("cross", style.SOFT))
    for place in option(exhibit, "marks").split():
        x = float(place) * scale_of(option(exhibit, "unit"))
        axes.axvline(x, color=style.INK, lw=0.6, ls=(0, (3, 2)))
        how = {"xytext": (1.5, 0), "textcoords": "offset points", "va": "top", "fontsize": style.SMALL_PT}
        axes.annotate(f"{x:,.6g}".replace("-", "\N{MINUS SIGN}"), (x, upright.high), **how)
    foot = sheet.axes(upright.room, top, left - upright.room + width, height) if left > upright.room else axes
    if foot is not axes:
        foot.set_xticks([])
        foot.patch.set_visible(False)
        foot.spines["bottom"].set_visible(False)
    foot.spines["left"].set_visible(True)
    foot.set_ylim(upright.low, upright.high)
    foot.set_yticks(upright.marks, upright.words)
    below, above = part[np.isinf(part["from"])], part[np.isinf(part["to"])]
    _beyond(sheet, below, (upright.room + 0.8, top, height), upright, words[0] if last else "")
    _beyond(sheet, above, (left + width + GAP_MM, top, height), upright, words[1] if last else "")


def _beyond(
    sheet: Sheet, row: pd.DataFrame, place: tuple[float, float, float], upright: NumberAxis, words: str
) -> None:
    """The bin beyond an end, hatched, with its share above it and its edge below."""
    if row.empty:
        return
    left, top, height = place
    axes = sheet.axes(left, top, BEYOND_MM - GAP_MM - 0.8, height)
    axes.set_xlim(0, 1)
    axes.set_ylim(upright.low, upright.high)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks([0.5], [words])
    axes.patch.set_visible(False)
    value = float(row["height"].iloc[0])
    if row["suppressed"].iloc[0]:
        axes.plot([0.5], [0], clip_on=False, **marker("cross", style.SOFT))
        return
    axes.bar([0.5], [np.nan_to_num(value)], 0.86, fc=style.PAPER, ec=style.VERMILION, hatch=HATCHES, lw=0.5)
    word = value_text(100 * float(row["value"].iloc[0]), "share", 1) or "–"
    how = {"xytext": (0, 1.5), "textcoords": "offset points", "ha": "center", "va": "bottom"}
    axes.annotate(word, (0.5, np.nan_to_num(value)), fontsize=style.SMALL_PT, annotation_clip=False, **how)
