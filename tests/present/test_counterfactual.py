"""The picture of a composition: every point where its number is, what is held back or absent in words."""

from importlib import import_module

import matplotlib
import numpy as np
import pandas as pd
import pytest

from dipeval.disclose import gate
from dipeval.present.drawing import DRAWERS, _settings
from dipeval.present.typeface import every_glyph, register
from dipeval.results.exhibit import Exhibit

PARTS = {"drug_cost": ("Drugs", "药品费"), "other_cost": ("Other", "其他费用")}


@pytest.fixture(scope="module", autouse=True)
def house_style():
    register()
    with matplotlib.rc_context(_settings()):
        yield


def exhibit(before_cases: float = 500.0) -> Exhibit:
    rows = []
    for k, (part, words) in enumerate(PARTS.items()):
        numbers = {
            "before": (0.30 + 0.4 * k, np.nan, np.nan),
            "counterfactual": (0.32 + 0.36 * k, 0.30 + 0.36 * k, 0.34 + 0.36 * k),
            "after": (0.28 + 0.44 * k, np.nan, np.nan),
            "effect": (-0.04 + 0.08 * k, -0.06 + 0.08 * k, -0.02 + 0.08 * k),
        }
        for when, (value, low, high) in numbers.items():
            count = before_cases if when == "before" else 400.0
            head = {"part": part, "label_en": words[0], "label_zh": words[1], "when": when}
            rows.append(
                {**head, "value": value, "low": low, "high": high, "count": count, "largest_share": 0.2}
            )
    gone = {"part": "blood_cost", "label_en": "Blood", "label_zh": "血液制品费", "when": "absent"}
    blank = dict.fromkeys(("value", "low", "high", "count", "largest_share"), np.nan)
    rows.append({**gone, **blank, "why_en": "absent: no such item", "why_zh": "缺：无此项"})
    frame = pd.DataFrame(rows).fillna({"why_en": "", "why_zh": ""})
    return Exhibit("c", "counterfactual", "Composition", "构成", frame, options={"level": 0.95})


def path() -> Exhibit:
    rows = []
    for sign, (part, words) in zip((1, -1), PARTS.items(), strict=True):
        for e in range(-3, 4):
            value = 0.01 * sign * max(e, 0)
            ends = dict(
                zip(
                    ("conf_low", "conf_high", "band_low", "band_high"),
                    value + np.array([-1, 1, -2, 2]) / 100,
                    strict=True,
                )
            )
            head = {
                "part": part,
                "label_en": words[0],
                "label_zh": words[1],
                "event_time": e,
                "is_reference": e == -3,
            }
            rows.append(
                {**head, "value": value, **ends, "count": 300.0 if e != 2 else 4.0, "largest_share": 0.1}
            )
    gone = {"part": "blood_cost", "label_en": "Blood", "label_zh": "血液制品费", "is_reference": False}
    rows.append({**gone, "why_en": "absent: no such item", "why_zh": "缺：无此项"})
    frame = pd.DataFrame(rows).fillna({"why_en": "", "why_zh": ""})
    return Exhibit("c", "composition_path", "Composition", "构成", frame, options={"frequency": "year"})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_panel_a_part_on_one_scale(language):
    figure = drawn(path(), language)
    assert len(figure.axes) == 2 and figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    for sign, axes in zip((1, -1), figure.axes, strict=True):
        points = next(line for line in axes.lines if len(line.get_xdata()) == 6)
        kept = np.isfinite(points.get_ydata())
        assert points.get_xdata()[~kept].tolist() == [2]  # held back: too few cases
        assert np.allclose(points.get_ydata()[kept], sign * np.maximum(points.get_xdata()[kept], 0))
    assert ("缺：无此项" if language == "zh" else "absent: no such item") in texts(figure)


def drawn(made: Exhibit, language: str):
    module, _, function = DRAWERS[made.kind].partition(":")
    with every_glyph("c"):
        return getattr(import_module(module), function)(gate(made)[0].exhibit, language, title=True)


def texts(figure) -> list[str]:
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_visible()]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_points_stand_where_their_numbers_are(language):
    figure = drawn(exhibit(), language)
    shares, effects = figure.axes
    points = [float(line.get_xdata()[0]) for line in shares.lines if len(line.get_xdata()) == 1]
    assert np.allclose(points, [30, 32, 28, 70, 68, 72])
    assert np.allclose([float(x.get_xdata()[0]) for x in effects.lines if len(x.get_xdata()) == 1], [-4, 4])
    (first, second) = shares.collections[:2]
    assert np.allclose(first.get_segments()[0][:, 0], [30, 34]) and np.allclose(
        second.get_segments()[0][:, 0], [66, 70]
    )
    shown = texts(figure)
    ends = "（−6.00 至 −2.00）" if language == "zh" else " (−6.00 to −2.00)"
    assert f"−4.00{ends}" in shown and ("缺：无此项" if language == "zh" else "absent: no such item") in shown


def test_all_words_stand_on_the_sheet_and_apart():
    figure = drawn(exhibit(), "en")
    renderer = figure.canvas.get_renderer()
    from matplotlib.text import Text

    width, height = figure.bbox.width, figure.bbox.height
    for text in figure.findobj(Text):
        if text.get_text() and text.get_visible():
            box = text.get_window_extent(renderer)
            assert box.x0 >= -1 and box.x1 <= width + 1 and box.y0 >= -1 and box.y1 <= height + 1, (
                text.get_text()
            )


def test_what_the_gate_holds_back_is_said_and_not_drawn():
    figure = drawn(exhibit(before_cases=4.0), "en")
    points = [float(line.get_xdata()[0]) for line in figure.axes[0].lines if len(line.get_xdata()) == 1]
    assert np.allclose(points, [32, 28, 68, 72]) and texts(figure).count("withheld") == 2
