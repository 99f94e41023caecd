"""Totals of institutions between two spans: lines that add up to the fen, by hand and at random."""

import datetime

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.change_accounts import LINES, cells_of, change_account
from dipeval.describe.given import Given, cases_of
from dipeval.describe.kinds.change import make
from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

OPTIONS = {
    "by": "level",
    "before": ("2019-01", "2019-06"),
    "after": ("2020-01", "2020-06"),
    "types": ("diagnosis_category",),
    "broad": ("sex",),
    "components": ("drug_cost", "other_cost"),
}


def test_more_cases_at_one_price_are_volume():
    made = change_account("a", cells_of([("h", 0, "b", "t", 10, 1000), ("h", 1, "b", "t", 15, 1500)]))
    assert made.lines == {
        "volume": 500,
        "between_hospitals": 0,
        "case_mix": 0,
        "coding": 0,
        "price_quantity": 0,
    }


def test_each_line_by_hand():
    """Ten cases each: a broad group of two types at 100 and 200, another at 400; prices stay."""
    before = [("h", 0, "b1", "t1", 4, 400), ("h", 0, "b1", "t2", 4, 800), ("h", 0, "b2", "t3", 2, 800)]
    after = [("h", 1, "b1", "t1", 2, 200), ("h", 1, "b1", "t2", 4, 800), ("h", 1, "b2", "t3", 4, 1600)]
    made = change_account("a", cells_of([*before, *after]))
    # b1: share 0.8 → 0.6, mean 150 → 1000/6; b2: 0.2 → 0.4 at 400; coding inside b1: t2 from 1/2 to 2/3.
    mix = 10 * (-0.2 * (150 + 1000 / 6) / 2 + 0.2 * 400)
    coding = 10 * 0.7 * (2 / 3 - 1 / 2) * 100
    assert made.lines["case_mix"] == round(mix) and made.lines["coding"] == round(coding)
    assert made.lines["volume"] == made.lines["between_hospitals"] == 0
    assert sum(made.lines.values()) == made.change == 600


def test_a_group_without_cases_before_has_no_lines():
    made = change_account("a", cells_of([("h", 1, "b", "t", 3, 300)]))
    assert made.lines == {} and made.change == 300


@pytest.mark.parametrize("seed", range(20))
def test_lines_add_up_whatever_the_cells(seed):
    draw = np.random.default_rng(seed)
    rows = {
        (f"h{draw.integers(4)}", int(draw.integers(2)), f"b{draw.integers(3)}", f"t{draw.integers(4)}")
        for _ in range(30)
    }
    listed = [(*key, int(draw.integers(1, 50)), int(draw.integers(0, 10**9))) for key in sorted(rows)]
    made = change_account("a", cells_of(listed))
    assert sum(made.lines.values()) == made.change
    back = change_account("a", cells_of([(h, 1 - side, b, t, n, s) for h, side, b, t, n, s in listed]))
    assert all(abs(back.lines[name] + made.lines[name]) <= len(LINES) for name in LINES)


def given(engine, spoil=0):
    draw = np.random.default_rng(7)
    n = 800
    year = draw.integers(2019, 2021, n)
    drug, other = draw.integers(1, 10**6, n), draw.integers(1, 10**6, n)
    frame = pd.DataFrame(
        {
            "hospital": draw.choice([f"H{k}" for k in range(6)], n),
            "discharge_date": [
                datetime.date(int(y), int(m), 5) for y, m in zip(year, draw.integers(1, 7, n), strict=True)
            ],
            "principal_diagnosis": draw.choice(["I10", "J18", "K35"], n),
            "sex": draw.choice(["male", "female"], n),
            "drug_cost": drug,
            "other_cost": other,
            "total_cost": drug + other + spoil,
        }
    )
    frame["level"] = np.where(frame["hospital"] < "H3", "tertiary", "secondary")
    cases = cases_of({"a": engine.small_table(frame)}, "month", "2019-01", "2020-12")
    return frame, Given(pd.DataFrame(), "month", "2019-01", "2020-12", "CNY", True, {}, engine, cases)


def choice(**other):
    return DescriptionChoice("totals", "change", {**OPTIONS, **other})


def test_tables_of_cases_add_up(engine):
    frame, material = given(engine)
    table, bars, components = make(material, choice())
    values = table.frame.pivot(index="row", columns="column", values="value")
    minor = (values * 100).round().astype("int64")
    year = pd.to_datetime(frame["discharge_date"]).dt.year
    for level, part in [("total", frame), *frame.groupby("level")]:
        totals = part.groupby(year)["total_cost"].sum()
        assert list(minor.loc[level, ["total_before", "total_after"]]) == [totals[2019], totals[2020]]
        assert (
            minor.loc[level, list(LINES)].sum() == minor.loc[level, "change"] == totals[2020] - totals[2019]
        )
        assert values.loc[level, "cases_after"] == (year[part.index] == 2020).sum()
    assert list(bars.frame["value"]) == list(values.loc["total", list(LINES)])
    by = (
        components.frame.pivot(index="row", columns="column", values="value").mul(100).round().astype("int64")
    )
    assert (by.drop("total").sum() == by.loc["total"]).all()
    released, _ = gate(table)
    assert not released.exhibit.frame["suppressed"].any()


def test_what_cannot_be_accounted_for_is_said(engine):
    _, material = given(engine, spoil=1)
    with pytest.raises(DataError, match="800 stays have components"):
        make(material, choice())
    with pytest.raises(DataError, match="not two spans"):
        make(material, choice(after=("2019-03", "2020-01")))
    with pytest.raises(DataError, match="after: has no case"):
        make(material, choice(after=("2020-11", "2020-12"), components=()))
    with pytest.raises(DataError, match="blood_cost"):
        make(material, choice(components=("blood_cost",)))
