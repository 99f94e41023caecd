"""The heat map in HTML: escaped, gated, one cell a line and period."""

import re

import numpy as np
import pandas as pd
import pytest

from dipeval.disclose import gate
from dipeval.present.heat_map import heat_html
from dipeval.results.exhibit import Exhibit

HOSTILE = '<script>alert(1)</script>"&医院'


def exhibit(name: str = "coverage") -> Exhibit:
    frame = pd.DataFrame(
        {
            "line": ["a", "a", "a", "b", "b"],
            "label_en": ["A"] * 3 + [HOSTILE] * 2,
            "label_zh": ["甲"] * 3 + [HOSTILE] * 2,
            "period": ["2019-12", "2020-01", "2020-02", "2019-12", "2020-01"],
            "state": ["full", "gap", "thin", "full", "full"],
            "value": [50.0, 0.0, 12.0, 7.0, 1234.0],
            "count": [50.0, 0.0, 12.0, 7.0, 1234.0],
            "largest_share": 1.0,
        }
    )
    return Exhibit(name, "heat", "Stays", "病例", frame)


@pytest.fixture
def drawn() -> str:
    return heat_html(gate(exhibit(), dominance=1.0)[0])


def test_one_cell_a_line_and_period(drawn):
    cells = re.findall(r'<td class="(\w+)[^"]*" title="([^"]*)">(.*?)</td>', drawn)
    assert [c[0] for c in cells] == ["full", "gap", "thin", "hidden", "full", "none"]
    assert cells[1] == ("gap", "2020-01: 0", "×")
    assert cells[4][1] == "2020-01: 1,234"


def test_small_cells_are_hidden(drawn):
    assert "2019-12: fewer than 10, hidden" in drawn
    assert "2019-12: 7" not in drawn


def test_labels_are_escaped(drawn):
    assert "<script>" not in drawn and "&lt;script&gt;" in drawn


def test_years_span_their_periods_and_the_legend_holds_what_occurs(drawn):
    assert re.findall(r'colspan="(\d)" class="y" title="(\d{4})"', drawn) == [("1", "2019"), ("2", "2020")]
    assert "missing month" in drawn and "after the last month" not in drawn


def test_chinese_words():
    drawn = heat_html(gate(exhibit(), dominance=1.0)[0], "zh")
    assert "缺失月份" in drawn and "少于 10，不显示" in drawn and "甲" in drawn


def test_only_what_passed_the_gate_is_drawn():
    with pytest.raises(TypeError):
        heat_html(exhibit())


def test_shares_say_of_how_many():
    made = exhibit("missing")
    frame = made.frame.assign(state="share_3", value=[0.05, 0.0, np.nan, 0.5, 0.5])
    drawn = heat_html(gate(made.with_frame(frame), dominance=1.0)[0])
    assert "2019-12: 5.0% / 50" in drawn and "0.5%" not in drawn.split("legend")[0]
