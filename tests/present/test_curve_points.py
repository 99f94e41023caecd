"""Points among curves: where they stand, how they are named, and what is held back."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from dipeval.disclose import gate
from dipeval.present import style
from dipeval.present.drawing import _settings
from dipeval.present.figures.curves import draw_curves
from dipeval.present.typeface import register
from dipeval.results.exhibit import Exhibit


@pytest.fixture(scope="module", autouse=True)
def house_style():
    """The settings of `draw`, for figures that are not saved."""
    register()
    with matplotlib.rc_context(_settings()):
        yield


def drawn(points, counts=None, language="en"):
    """A falling line and named points, as they pass the gate."""
    line = [(x, 1 - x, "line", False, "") for x in np.linspace(0, 1, 11)]
    dots = [(x, y, "points", True, name) for name, (x, y) in points.items()]
    frame = pd.DataFrame([*line, *dots], columns=["x", "value", "series", "point", "label_en"])
    frame = frame.assign(label_zh=frame["label_en"], largest_share=0.1, count=500.0)
    frame["series_en"] = frame["series_zh"] = frame["series"]
    for name, count in (counts or {}).items():
        frame.loc[frame["label_en"] == name, "count"] = count
    released, _ = gate(Exhibit("curves", "curves", "Title", "标题", frame))
    figure = draw_curves(released.exhibit, language, title=True)
    axes = figure.axes[0]
    at = {
        (float(x), float(y))
        for mark in axes.lines
        if mark.get_marker() == "o" and to_hex(mark.get_markerfacecolor()) == to_hex(style.INK)
        for x, y in zip(mark.get_xdata(), mark.get_ydata(), strict=True)
    }
    return at, {text.get_text() for text in axes.texts}, figure


def test_points_stand_where_they_are_with_their_names():
    points = {"near": (0.1, 0.2), "far": (0.9, 0.8)}
    at, names, _ = drawn(points)
    assert at == set(points.values()) and {"near", "far"} <= names


def test_a_point_that_is_held_back_is_not_drawn():
    at, names, _ = drawn({"near": (0.1, 0.2), "far": (0.9, 0.8)}, {"far": 3.0})
    assert at == {(0.1, 0.2)} and "far" not in names


@pytest.mark.parametrize("language", ["en", "zh"])
def test_points_are_no_line_of_the_legend(language):
    _, _, figure = drawn({"near": (0.1, 0.2)}, language=language)
    shown = {text.get_text() for text in [*figure.texts, *figure.axes[0].texts]}
    assert "points" not in shown
