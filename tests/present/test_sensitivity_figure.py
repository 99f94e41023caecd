"""The figure of a sensitivity analysis: intervals, open and empty ones, the breakdown value, what is held back."""

import numpy as np
import pandas as pd

from dipeval.disclose import gate
from dipeval.present.drawing import draw
from dipeval.present.figures.sensitivity import _keys, _scaled
from dipeval.results.exhibit import Exhibit


def _exhibit(breakdown="1.2", **columns):
    frame = pd.DataFrame(
        {
            "series": ["original", "robust", "robust", "robust"],
            "x": [np.nan, 0.5, 1.0, 2.0],
            "value": [-0.1, -0.1, np.nan, np.nan],
            "low": [-0.12, -0.15, np.nan, -np.inf],
            "high": [-0.08, -0.05, np.nan, 0.1],
            "band_low": [np.nan, -0.12, np.nan, -0.2],
            "band_high": [np.nan, -0.09, np.nan, 0.05],
            "label_en": ["Parallel trends", "M = 0.5", "M = 1", "M = 2"],
            "label_zh": ["平行趋势", "M=0.5", "M=1", "M=2"],
            "count": 100.0,
            "largest_share": 0.2,
        }
    ).assign(**columns)
    words = {
        "original": ("Parallel trends", "平行趋势"),
        "robust": ("Robust", "稳健"),
        "possible": ("Possible", "可能"),
    }
    options = {
        f"{name}_{lang}": pair[i] for name, pair in words.items() for i, lang in enumerate(("en", "zh"))
    }
    options |= {"unit": "share", "x_unit": "", "axis_en": "Share", "axis_zh": "占比", "breakdown": breakdown}
    options |= {"x_axis_en": "Bound", "x_axis_zh": "上限"}
    return Exhibit("trends", "sensitivity", "Trends", "趋势", frame, options=options)


def test_open_and_empty_intervals_are_drawn_in_chinese():
    assert draw(gate(_exhibit())[0], "zh")["svg"].startswith(b"<?xml")


def test_the_legend_says_what_is_there():
    exhibit = gate(_exhibit())[0].exhibit
    assert [key.shape for key in _keys(exhibit, _scaled(exhibit), "en")] == [
        "line",
        "line",
        "patch",
        "dash",
        "cross",
    ]
    bare = gate(_exhibit("", low=0.0, band_low=np.nan))[0].exhibit
    assert [key.shape for key in _keys(bare, _scaled(bare), "en")] == ["line", "line"]


def test_what_is_held_back_is_a_cross():
    held = gate(_exhibit(count=3.0))[0]
    frame = held.exhibit.frame
    assert frame[["x", "low", "high"]].isna().all().all()
    assert _keys(held.exhibit, _scaled(held.exhibit), "en")[-1].text == "Withheld"
    draw(held, "en")


def test_shares_are_per_cent():
    assert _scaled(gate(_exhibit())[0].exhibit)["low"].tolist()[:2] == [-12.0, -15.0]
