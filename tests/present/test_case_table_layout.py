"""Table 1 of single cases as it is printed: from the engine's exhibit to cells."""

import csv
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.case_groups import case_groups
from dipeval.describe.case_table import case_table
from dipeval.describe.case_variable import CaseVariable
from dipeval.disclose import gate
from dipeval.present import tabulate
from dipeval.store.engine import Engine

SIZE = 240
AGE = CaseVariable(
    "age", "continuous", ("mean_sd", "median_iqr"), "welch", label_en="Age", label_zh="年龄", unit="years"
)
COST = CaseVariable("cost", "continuous", decimals=2, label_en="Cost", label_zh="费用", unit="currency")
SEX = CaseVariable(
    "sex", "categorical", test="chi_square", levels=("male", "female", "other"), label_en="Sex"
)


def cases():
    i = np.arange(SIZE)
    return pd.DataFrame(
        {
            "city": "Anlan",
            "hospital": np.where(i % 3 == 0, "h1", np.where(i % 3 == 1, "h2", "h3")),
            "arm": np.where(i % 4 == 0, "treated", "control"),
            "when": np.where(i % 10 < 5, "before", "after"),
            "age": pd.array(np.where(i % 20 == 0, None, 40 + i % 37), "Int64"),
            "cost": 100_000 + 70_000 * (i % 9),
            "sex": np.where((i + i // 7) % 2 == 0, "male", "female"),
        }
    )


@pytest.fixture(scope="module")
def exhibits():
    with Engine(memory_limit="300MB", threads=1) as engine:
        frame = engine.small_table(cases())
        by_moment = case_groups(engine, frame, "arm", "when", strata=("before", "after"))
        yield {
            "tested": case_table(engine, by_moment, [AGE, COST, SEX], currency="CNY"),
            "plain": case_table(engine, by_moment, [COST], currency="CNY"),
        }


def written(made, language, form="csv"):
    return tabulate(gate(made)[0], language)[form].decode("utf-8-sig")


def rows_of(made, language="en"):
    return [row for row in csv.reader(io.StringIO(written(made, language))) if row]


def test_strata_that_do_not_fit_stand_below_one_another(exhibits):
    rows = rows_of(exhibits["tested"])
    head = [
        "Characteristic",
        "Comparison",
        "Treated",
        "SD diff.",
        "Test",
        "Statistic (df)",
        "p-value",
        "Holm p",
    ]
    assert rows[0] == head
    assert [row[0] for row in rows if len(row) == 1 and len(row[0]) < 10] == ["Before", "After"]
    assert [row[1] for row in rows if row[0] == "Cases"] == ["84", "96"]


def test_strata_that_fit_stand_side_by_side(exhibits):
    rows = rows_of(exhibits["plain"])
    assert rows[0] == ["", *["Before"] * 3, *["After"] * 3]
    assert len(rows[2]) == 7 and rows[2][0] == "Cases"


def test_lines_hold_what_their_labels_say(exhibits):
    frame, rows = cases(), rows_of(exhibits["tested"])
    ages = frame.query("arm == 'control' and when == 'before'")["age"].dropna().astype(float)
    by_label = {}
    for row in rows:
        by_label.setdefault(row[0], row[1:])
    assert by_label["Age, years, mean (SD)"][0] == f"{ages.mean():.1f} ({ages.std():.1f})"
    low, middle, high = ages.quantile([0.25, 0.5, 0.75])
    assert by_label["median [IQR]"][0] == f"{middle:.1f} [{low:.1f}, {high:.1f}]"
    assert by_label["Age, years, mean (SD)"][3] == "Welch's t"
    assert by_label["Sex, n (%)"][:2] == ["", ""] and by_label["Sex, n (%)"][3] == "χ²"
    assert by_label["Cost, yuan, mean (SD)"][3:] == ["", "", "", ""]
    assert by_label["Other"][0] == "0 (0.0)ᵃ"


def test_what_is_missing_is_a_line_or_a_note(exhibits):
    labels = [row[0] for row in rows_of(exhibits["tested"])]
    assert labels.count("Not recorded") == 2  # of age: before, and as a 0 after
    html = written(exhibits["tested"], "en", "html")
    assert "Recorded in every case: Cost, Sex." in html and "ᵃ no case has this category." in html
    assert "全部病例均有记录：费用、Sex。" in written(exhibits["tested"], "zh", "html")


def test_what_is_held_back_is_marked(exhibits):
    made = exhibits["tested"]
    few = replace(made, frame=made.frame.assign(count=3.0), sums=(), derived=())
    lines = [row for row in rows_of(few) if row[0].startswith("Age")]
    assert lines[0][1:] == ["withheld", "withheld", "withheld", "Welch's t", *["withheld"] * 3]
