"""The figure of placebo estimates: both axes, the actual effect, and what is held back."""

import struct

import numpy as np
import pandas as pd
import pytest

from dipeval.disclose import gate
from dipeval.present import draw
from dipeval.present.figures.placebo_density import draw_placebo_density
from dipeval.present.style import COLUMN_MM, VERMILION
from dipeval.results.exhibit import Exhibit


def exhibit(n=30, small=0, unit="log points", curve=True):
    x = np.linspace(-0.1, 0.1, n)
    behind = {"count": 500.0, "largest_share": 0.1}
    rows = [{"part": "density", "x": a, "value": 4 - 30 * abs(a), **behind} for a in x if curve]
    rows += [
        {"part": "placebo", "x": a, "value": 1 - 9 * abs(a), **behind, "count": 3.0 if k < small else 500.0}
        for k, a in enumerate(x)
    ]
    rows.append({"part": "actual", "x": -0.2, "value": -0.2, **behind})
    frame = pd.DataFrame(rows).assign(label_en="x", label_zh="x")
    options = {"axis_en": "Cost", "axis_zh": "费用", "unit": unit, "p_line": 0.1}
    return Exhibit("placebo", "placebo_density", "Placebo", "安慰剂", frame, synthetic=True, options=options)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_column_wide_and_the_same_bytes_again(language):
    made = draw(gate(exhibit())[0], language)
    width, height = struct.unpack(">II", made["png"][16:24])
    assert abs(width - COLUMN_MM / 25.4 * 300) <= 1 and height > 0.6 * width
    assert made["svg"] == draw(gate(exhibit())[0], language)["svg"]


def drawn(one):
    released, _ = gate(one)
    figure = draw_placebo_density(released.exhibit, "en", title=True)
    texts = [text.get_text() for text in figure.texts]
    return figure.axes[0], figure.axes[1], texts


def test_zeros_of_both_axes_stand_at_one_height():
    chances, axes, _ = drawn(exhibit())
    heights = [(0 - low) / (high - low) for low, high in (chances.get_ylim(), axes.get_ylim())]
    assert heights[0] == pytest.approx(heights[1]) and chances.get_xlim() == axes.get_xlim()
    assert axes.get_xlim()[0] < -0.2 and axes.get_xlim()[1] > 0.1


def test_the_actual_effect_is_marked_and_named():
    _, axes, texts = drawn(exhibit())
    marked = [line for line in axes.lines if line.get_color() == VERMILION]
    assert [line.get_xdata()[0] for line in marked] == [-0.2]
    assert "Actual estimate: −0.200" in texts and "p = 0.1" in texts


def test_shares_are_in_points_and_their_density_per_point():
    _, axes, texts = drawn(exhibit(unit="share"))
    curve = max(axes.lines, key=lambda line: len(line.get_xdata()))
    assert curve.get_xdata()[0] == pytest.approx(-10.0) and np.max(curve.get_ydata()) < 0.041
    assert "Actual estimate: −20.0" in texts


def test_placebos_that_are_held_back_are_counted():
    chances, _, texts = drawn(exhibit(small=4))
    points = max(chances.lines, key=lambda line: len(line.get_xdata()))
    assert np.isfinite(points.get_xdata()).sum() == 26 and "4 withheld" in texts


def test_few_placebos_without_a_curve():
    _, _, texts = drawn(exhibit(n=6, curve=False))
    assert "Kernel density of placebo estimates" not in texts and "p-value of each placebo" in texts
