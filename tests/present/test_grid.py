"""The grid: every form of a cell, sections, headings over columns, remarks, and what is held back."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from dipeval.disclose import gate
from dipeval.present import tabulate
from dipeval.results.exhibit import Exhibit

COLUMNS = {"before": ("Before", "改革前"), "after": ("After", "改革后"), "change": ("Change", "变化")}


def cell(row, column, form, value=np.nan, **more):
    label_en, label_zh = COLUMNS[column]
    return {
        "row": row[0],
        "row_en": row[0],
        "row_zh": row[1],
        "column": column,
        "column_en": label_en,
        "column_zh": label_zh,
        "form": form,
        "value": value,
        "label_en": row[0],
        "label_zh": row[1],
        "count": 80.0,
        "largest_share": 0.3,
        **more,
    }


def grid(*more):
    cases, stay, cost, rate = ("Cases", "病例数"), ("Stay", "住院日"), ("Cost", "费用"), ("Self-pay", "自付")
    rows = [
        cell(cases, "before", "count", 1234.0),
        cell(cases, "after", "n_percent", 88.0, spread=0.1234),
        cell(stay, "before", "days", 8.26, section_en="Costs and stay", section_zh="费用与住院日"),
        cell(stay, "after", "median_iqr", 8.0, low=6.0, high=10.5, section_en="Costs and stay"),
        cell(cost, "before", "money", 12345.6, section_en="Costs and stay"),
        cell(cost, "after", "mean_sd", 9.876, spread=1.2, section_en="Costs and stay"),
        cell(
            cost,
            "change",
            "interval",
            -0.4624,
            low=-0.5,
            high=-0.42,
            unit="share",
            section_en="Costs and stay",
        ),
        cell(rate, "before", "share", 0.8427, count=4.0, section_en="Costs and stay"),
        cell(
            rate,
            "after",
            "share",
            note_en="one case has no deviation",
            note_zh="仅一例",
            section_en="Costs and stay",
        ),
        cell(rate, "change", "p", 0.00001, section_en="Costs and stay"),
        *more,
    ]
    frame = pd.DataFrame(rows)
    frame["section_zh"] = frame["section_en"].map({"Costs and stay": "费用与住院日"})
    frame[["section_en", "section_zh"]] = frame[["section_en", "section_zh"]].fillna("")
    words = {"stub_en": "Indicator", "stub_zh": "指标"}
    return Exhibit("g", "grid", "A grid", "表格", frame, options=words)


def written(made, language, form="csv"):
    return tabulate(gate(made)[0], language)[form].decode("utf-8-sig")


def rows_of(made, language):
    return {row[0]: row[1:] for row in csv.reader(io.StringIO(written(made, language))) if row}


def test_every_form_is_printed_as_its_table_says():
    rows = rows_of(grid(), "en")
    assert rows["Indicator"] == ["Before", "After", "Change"]
    assert rows["Cases"] == ["1234", "88 (12.3)", ""]
    assert rows["Stay"] == ["8.3", "8.0 [6.0, 10.5]", ""]
    assert rows["Cost"] == ["12346", "9.88 (1.20)", "−46.2 (−50.0 to −42.0)"]
    assert rows["Costs and stay"] == []


def test_held_back_missing_and_tiny_numbers_are_marked():
    rows = rows_of(grid(), "en")
    assert rows["Self-pay"] == ["withheld", "–ᵃ", "1e-05"]
    assert "<0.001" in written(grid(), "en", "md").replace("&lt;", "<")
    assert "ᵃ one case has no deviation." in written(grid(), "en", "html")
    assert "ᵃ仅一例。" in written(grid(), "zh", "html") and "未公布" in written(grid(), "zh", "md")
    assert r"\textsuperscript{a}" in written(grid(), "en", "tex")


def test_an_interval_that_nobody_knows_is_one_dash():
    rows = rows_of(
        grid(
            cell(("X", "甲"), "before", "interval", 1.25), cell(("X", "甲"), "after", "interval", 1.5, low=1)
        ),
        "en",
    )
    assert rows["X"] == ["1.25 (–)", "1.50 (1.00 to –)", ""]


def test_headings_may_span_columns_and_words_may_fill_them():
    made = grid(cell(("Payer", "险种"), "before", "text", text_en="resident", text_zh="居民", section_en=""))
    over = made.frame["column"].map({"before": "Level", "after": "Level", "change": ""})
    html = written(made.with_frame(made.frame.assign(over=over, over_en=over, over_zh=over)), "en", "html")
    assert 'colspan="2" class="group" scope="colgroup">Level' in html and "resident" in html
    assert rows_of(made, "zh")["险种"][0] == "居民"


def test_crooked_frames_are_refused():
    with pytest.raises(ValueError, match="one cell"):
        written(grid(cell(("Cases", "病例数"), "before", "count", 1.0)), "en")
    with pytest.raises(ValueError, match="forms"):
        written(grid(cell(("X", "X"), "before", "percent", 1.0)), "en")
