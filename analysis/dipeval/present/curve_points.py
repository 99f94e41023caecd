"""Points among curves, each named beside itself where there is room that no line crosses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.present import style
from dipeval.present.curve_lines import Line
from dipeval.present.direct_labels import place_names
from dipeval.present.sheet import text_width
from dipeval.present.value_words import scale_of
from dipeval.present.words import labels, option
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RADIUS_MM = 0.8
POINT = "point"


def points_of(frame: pd.DataFrame) -> pd.Series:
    """Which rows of a frame of curves are points of their own."""
    if POINT not in frame.columns:
        return pd.Series(False, index=frame.index)
    return frame[POINT].fillna(False).astype(bool)


def draw_points(
    axes: Axes, exhibit: Exhibit, lines: Sequence[Line], size: tuple[float, float], language: str
) -> None:
    """Dots and their names on axes of `size` millimetres, over lines that are drawn already.

    Those that are held back have no place, and are left out; the exhibit's table says which.
    """
    frame = exhibit.frame[points_of(exhibit.frame)]
    x, y = (
        frame[column].to_numpy(dtype=float) * scale_of(option(exhibit, f"{axis}_unit"))
        for column, axis in (("x", "x"), ("value", "y"))
    )
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return
    x, y = x[known], y[known]
    names = np.array(labels(frame, language), dtype=object)[known]
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    width, height = size

    def place(across: np.ndarray, up: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (across - left) / (right - left) * width, (high - up) / (high - low) * height

    from matplotlib.patheffects import withStroke

    at = place(x, y)
    paper = [withStroke(linewidth=1.6, foreground=style.PAPER)]
    widths = np.array([text_width(name, style.SMALL_PT) for name in names])
    boxes = _boxes([place(line.x, line.y) for line in lines])
    placed = place_names(*at, np.full(len(x), RADIUS_MM), widths, size, boxes)
    axes.plot(x, y, "o", ms=4, mfc=style.INK, mec=style.PAPER, mew=0.5, zorder=7, clip_on=False)
    for k, name in enumerate(names):
        found = placed[k]
        if found is None:
            continue
        across = left + found.left / width * (right - left)
        up = high - found.middle / height * (high - low)
        if found.led:
            near = left + min(max(at[0][k], found.left), found.left + widths[k]) / width * (right - left)
            axes.plot([x[k], near], [y[k], up], color=style.RULE, lw=0.4, zorder=6, clip_on=False)
        axes.text(across, up, name, size=style.SMALL_PT, va="center_baseline", zorder=8, path_effects=paper)


def _boxes(paths: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Pieces of lines as boxes that names should not cross (m, 4), millimetres."""
    found = [np.empty((0, 4))]
    for x, y in paths:
        first, last = np.column_stack([x[:-1], y[:-1]]), np.column_stack([x[1:], y[1:]])
        found.append(np.hstack([np.minimum(first, last), np.maximum(first, last)]))
    return np.vstack(found)[np.isfinite(np.vstack(found)).all(1)]
