"""The figure of a specification curve: order, marks below it, what has no effect and what is held back."""

import struct

import numpy as np
import pandas as pd
import pytest

from dipeval.disclose import gate
from dipeval.present import draw
from dipeval.present.figures.specification_curve import draw_specification_curve
from dipeval.present.style import PAGE_MM
from dipeval.results.exhibit import Exhibit


def curve(n=5, count=500.0):
    rows = []
    for x in range(n):
        value = np.nan if x == n - 1 else x / 10 - 0.1
        ends = {"value": value, "low": value - 0.1, "high": value + 0.1, "significant": x == 0}
        behind = {"count": count if x != 1 else 3.0, "largest_share": 0.1}
        behind = behind if x < n - 1 else {"count": np.nan, "largest_share": np.nan}
        rows.append(
            {"part": "effect", "x": float(x), **ends, **behind, "label_en": str(x), "label_zh": str(x)}
        )
    for choice, words in (("weights", ("none", "cases")), ("window", ("all", "late"))):
        for k, word in enumerate(words):
            for x in range(k, n, 2):
                rows.append(
                    {
                        "part": "choice",
                        "x": float(x),
                        "value": np.nan,
                        "low": np.nan,
                        "high": np.nan,
                        "significant": False,
                        "count": np.nan,
                        "largest_share": np.nan,
                        "label_en": word,
                        "label_zh": "选项",
                        "choice": choice,
                        "choice_en": choice.title(),
                        "choice_zh": "选择",
                        "option": f"{choice}={word}",
                    }
                )
    options = {
        "axis_en": "Effect, log points",
        "axis_zh": "效应，对数点",
        "unit": "log points",
        "level": 0.95,
    }
    return Exhibit("curve", "specification_curve", "Curve", "曲线", pd.DataFrame(rows), options=options)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_width_of_a_page_and_the_same_bytes_again(language):
    made = draw(gate(curve())[0], language)
    width, height = struct.unpack(">II", made["png"][16:24])
    assert abs(width - PAGE_MM / 25.4 * 300) <= 1 and 700 < height < width
    assert draw(gate(curve())[0], language) == made


def test_what_is_drawn_where():
    """Four known effects of which one is held back; marks of what has no number are hollow; one cross."""
    released = gate(curve())[0].exhibit
    figure = draw_specification_curve(released, "en", title=True)
    above, below = figure.axes
    points = above.collections[-1].get_offsets()
    np.testing.assert_allclose(points[:, 1].filled(np.nan), [-0.1, np.nan, 0.1, 0.2, np.nan])
    full, hollow = below.collections[-2:]
    assert len(full.get_offsets()) == 2 * 3 and len(hollow.get_offsets()) == 2 * 2
    words = {text.get_text() for text in figure.texts}
    assert {
        "none",
        "late",
        "Weights",
        "Window",
        "Significant",
        "Not significant",
        "Withheld",
        "No estimate",
    } <= words
