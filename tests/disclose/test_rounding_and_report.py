"""Counts rounded before rates, and the report of what was held back."""

import numpy as np
import pandas as pd
import pytest

from dipeval.disclose import gate, held_back, held_counts
from dipeval.disclose.rounding import round_counts
from dipeval.results.exhibit import Exhibit


def rates(**columns):
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame({"value": np.full(n, 0.5), "largest_share": 0.2} | columns)
    labels = [f"row {i}" for i in range(n)]
    return Exhibit("rates", "trends", "R", "率", frame.assign(label_en=labels, label_zh=labels))


def test_halves_go_up_and_nothing_else_is_touched():
    assert round_counts(np.array([0, 2, 3, 7.5, 12, 13, np.nan]), 5)[:6].tolist() == [0, 0, 5, 10, 10, 15]
    assert round_counts(np.array([7.0]), 1).tolist() == [7]
    for counts, base in (([1.0], 0), ([-1.0], 5)):
        with pytest.raises(ValueError):
            round_counts(np.array(counts), base)


def test_rates_are_those_of_rounded_counts():
    made = rates(
        count=[103.0, 103.0, 57.0], numerator=[31.0, 103.0, np.nan], denominator=[103.0, np.nan, np.nan]
    )
    released, withheld = gate(made, rounding_base=5)
    frame = released.exhibit.frame
    assert frame["value"].tolist() == [30 / 105, 105.0, 0.5] and withheld == ()
    assert frame["count"].tolist() == [105.0, 105.0, 55.0]
    assert frame["numerator"].tolist()[:2] == [30.0, 105.0]
    assert "multiples of 5" in released.exhibit.notes_en[-1] and "5 的倍数" in released.exhibit.notes_zh[-1]
    exact, _ = gate(made)
    assert exact.exhibit.frame["count"].tolist() == [103.0, 103.0, 57.0] and exact.exhibit.notes_en == ()


def test_a_count_that_rounds_to_nothing_is_held_back_and_never_zero():
    made = rates(count=[100.0, 100.0], numerator=[2.0, 0.0], denominator=[100.0, 100.0])
    released, withheld = gate(made, rounding_base=5)
    assert [w.rule for w in withheld] == ["unrounded"]
    assert released.exhibit.frame["value"].isna().tolist() == [True, False]
    assert released.exhibit.frame["value"].iloc[1] == 0.0


def test_cells_are_judged_before_they_are_rounded():
    released, _ = gate(rates(count=[8.0, 12.0]), rounding_base=5)
    assert released.exhibit.frame["suppressed"].tolist() == [True, False]
    with pytest.raises(ValueError, match="rounding_base"):
        gate(rates(count=[8.0]), rounding_base=0)


def test_n_and_percent_are_rounded_together_and_means_keep_few_digits():
    made = rates(
        value=[31.0, 8.123456, 40.0],
        spread=[31 / 103, 2.345678, np.nan],
        count=[31.0, 57.0, 40.0],
        numerator=[31.0, np.nan, np.nan],
        denominator=[103.0, np.nan, np.nan],
        rate_in=["spread", "", ""],
    )
    frame = gate(made, rounding_base=5)[0].exhibit.frame
    assert frame["value"].tolist() == [30.0, 8.123, 40.0]
    assert frame["spread"].tolist()[:2] == [30 / 105, 2.346]
    test = rates(count=[57.0], statistic=["test"], df=[112.0], p_value=[0.03])
    assert np.isnan(gate(test, rounding_base=5)[0].exhibit.frame["df"].iloc[0])
    assert gate(test)[0].exhibit.frame["df"].iloc[0] == 112.0


def test_what_says_nothing_of_its_counts_is_rounded_by_what_they_imply():
    bars = rates(value=[31.0, 72.0], count=[31.0, 72.0], share=[31 / 103, 72 / 103])
    frame = gate(bars, rounding_base=5)[0].exhibit.frame
    assert frame["value"].tolist() == [30.0, 70.0] and frame["share"].tolist() == [30 / 105, 70 / 105]
    cells = rates(value=[31 / 103, 0.123456], count=[31.0, 57.0], form=["share", "number"])
    frame = gate(cells, rounding_base=5)[0].exhibit.frame
    assert frame["value"].tolist() == [30 / 105, 0.1235]
    mean = rates(value=[0.2468135], count=[57.0], form=["share"])  # a share of money: no number of cases
    assert gate(mean, rounding_base=5)[0].exhibit.frame["value"].tolist() == [0.2468]


def test_the_report_counts_rows_by_exhibit_and_rule():
    made = rates(count=[4.0, 40.0, 60.0, 3.0])
    made.frame["largest_share"] = [0.1, 0.99, np.nan, 0.1]
    _, withheld = gate(made)
    rows = held_back(withheld)
    assert rows["rule"].tolist() == ["too_few", "one_contributor", "unknown_contributor", "too_few"]
    assert rows.columns.tolist() == ["exhibit", "row_en", "row_zh", "rule", "reason_en", "reason_zh"]
    counted = held_counts(withheld)
    assert counted[["exhibit", "rule", "rows"]].to_numpy().tolist() == [
        ["rates", "one_contributor", 1],
        ["rates", "too_few", 2],
        ["rates", "unknown_contributor", 1],
    ]
    assert held_counts([]).empty and list(held_back([]).columns) == list(rows.columns)
