"""The gate: what is held back, what passes, and that nothing goes around it."""

import copy
import dataclasses

import numpy as np
import pandas as pd
import pytest

from dipeval.disclose import Released, gate
from dipeval.disclose.declared import KEYS, VALUES
from dipeval.results.exhibit import Exhibit


def exhibit(count, share, **columns) -> Exhibit:
    n = len(count)
    frame = {"value": np.arange(1.0, n + 1), "std_error": 0.5, "count": count, "largest_share": share}
    frame |= {"label_en": [f"row {i}" for i in range(n)], "label_zh": [f"行{i}" for i in range(n)]}
    return Exhibit("demo", "trends", "Demo", "示例", pd.DataFrame(frame | columns))


def held(*args, **rules):
    released, _ = gate(exhibit(*args), **rules)
    return released.exhibit.frame["suppressed"].tolist()


def test_small_cells_are_held_back_but_a_zero_is_a_fact():
    assert held([0.0, 1.0, 9.0, 10.0], [np.nan, 0.1, 0.1, 0.1]) == [False, True, True, False]
    assert held([5.0, 4.0], [0.1, 0.1], minimum_cell=5) == [False, True]


def test_one_hospital_must_not_be_most_of_a_number():
    assert held([50.0, 50.0, 50.0], [0.85, 0.8501, 1.0]) == [False, True, True]
    assert held([50.0], [0.6], dominance=0.5) == [True]


def test_cases_of_an_unknown_hospital_are_held_back_and_facts_of_the_design_pass():
    assert held([50.0, np.nan, np.nan], [np.nan, np.nan, 0.9]) == [True, False, True]


def test_everything_numeric_of_a_held_row_is_blank_never_zero():
    made = exhibit([4.0, 40.0], [0.1, 0.1], n_obs=[7, 8], event_time=[0, 1])
    released, _ = gate(made)
    first = released.exhibit.frame.iloc[0]
    assert all(np.isnan(first[name]) for name in ("value", "std_error", "count", "largest_share", "n_obs"))
    assert first["event_time"] == 0
    assert released.exhibit.frame.iloc[1]["value"] == 2.0
    assert made.frame["value"].tolist() == [1.0, 2.0] and "suppressed" not in made.frame


def test_the_report_says_where_and_why_but_not_what():
    made = exhibit([4.0, 40.0, 40.0], [0.1, 0.99, 0.1])
    made.frame["value"] = [123456.0, 654321.0, 1.0]
    _, withheld = gate(made)
    assert [w.row_en for w in withheld] == ["row 0", "row 1"]
    assert "fewer than 10" in withheld[0].reason_en and "85%" in withheld[1].reason_en
    assert "10" in withheld[0].reason_zh and "85%" in withheld[1].reason_zh
    told = " ".join(str(dataclasses.astuple(w)) for w in withheld)
    assert "123456" not in told and "654321" not in told and "0.99" not in told


def test_a_note_in_both_languages_only_where_something_is_held_back():
    released, _ = gate(exhibit([4.0, 40.0], [0.1, 0.1]))
    assert released.exhibit.notes_en[-1].startswith("1 value is held back")
    assert released.exhibit.notes_zh[-1].startswith("1 个数值未公布")
    released, withheld = gate(exhibit([40.0], [0.1]))
    assert released.exhibit.notes_en == () and withheld == ()


@pytest.mark.parametrize(
    "column",
    [
        [1.0, 2.0],
        np.array([1.5, None], dtype=object),
        pd.array([1, None], dtype="Int64"),
        pd.to_datetime(["2020-01-01", "2020-01-02"]),
        np.array(["a", 3.5], dtype=object),
    ],
    ids=["float", "object", "nullable", "date", "mixed"],
)
def test_a_column_that_nobody_declared_cannot_carry_numbers_past_the_gate(column):
    with pytest.raises(ValueError, match=r"declare the numeric columns \['secret'\]"):
        gate(exhibit([40.0, 40.0], [0.1, 0.1], secret=column))


def test_texts_and_flags_pass():
    made = exhibit([40.0, 4.0], [0.1, 0.1], reform=["2019-03", ""], is_main=[True, False], cohort=[None, "a"])
    assert gate(made)[0].exhibit.frame["is_main"].tolist() == [True, False]


def test_values_and_keys_do_not_overlap():
    assert not VALUES & KEYS


@pytest.mark.parametrize(("count", "share"), [([-1.0], [0.1]), ([50.0], [1.2]), ([50.0], [-0.1])])
def test_facts_that_cannot_be_are_refused(count, share):
    with pytest.raises(ValueError, match="count below 0"):
        gate(exhibit(count, share))


@pytest.mark.parametrize("rules", [{"minimum_cell": 0}, {"dominance": 0}, {"dominance": 1.5}])
def test_rules_that_cannot_be_are_refused(rules):
    with pytest.raises(ValueError, match="minimum_cell"):
        gate(exhibit([50.0], [0.1]), **rules)


def test_only_the_gate_makes_a_released():
    released, _ = gate(exhibit([4.0], [0.1]))
    with pytest.raises(TypeError):
        Released(exhibit([4.0], [0.1]), released.rules)
    with pytest.raises(TypeError, match="only dipeval.disclose.gate"):
        Released(exhibit([4.0], [0.1]), released.rules, object())
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(released, exhibit=exhibit([4.0], [0.1]))
    with pytest.raises(dataclasses.FrozenInstanceError):
        released.exhibit = exhibit([4.0], [0.1])
    assert copy.copy(released).exhibit is released.exhibit


def test_a_study_may_judge_twice_with_the_same_end():
    once, _ = gate(exhibit([4.0, 40.0], [0.1, 0.1]))
    again, _ = gate(dataclasses.replace(once.exhibit, frame=once.exhibit.frame.drop(columns="suppressed")))
    assert again.exhibit.frame["value"].isna().tolist() == [True, False]
