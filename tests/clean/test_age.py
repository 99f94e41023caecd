"""Ages in units become years; without a unit they become nothing."""

import ibis
import pandas as pd
import pytest

from dipeval.clean.rules.age import age_in_years, is_in_other_unit, with_years


def converted(rows):
    frame = pd.DataFrame(rows, columns=["age", "age_unit"])
    table = ibis.memtable(frame, schema={"age": "float64", "age_unit": "string"})
    made = ibis.duckdb.connect().execute(table.mutate(years=age_in_years(table.age, table.age_unit)))
    return made["years"]


def test_every_unit():
    rows = [
        (77, "years"),
        (0, "years"),
        (3, "months"),
        (11, "months"),
        (2, "days"),
        (0, "days"),
        (4, "over_hundred_years"),
        (0, "over_hundred_years"),
    ]
    expected = [77, 0, 0.25, 11 / 12, 2 / 365.25, 0, 104, 100]
    assert converted(rows).tolist() == pytest.approx(expected, rel=1e-15)


def test_without_a_unit_or_an_age_there_is_no_age():
    assert converted([(30, "unknown"), (30, None), (None, "years"), (30, "years")]).isna().tolist() == [
        True,
        True,
        True,
        False,
    ]


def test_the_unit_goes_and_what_was_converted_is_known():
    frame = pd.DataFrame({"age": [3.0, 40.0, 5.0], "age_unit": ["months", "years", None]})
    table = ibis.memtable(frame, schema={"age": "float64", "age_unit": "string"})
    made = with_years(table, None)
    assert "age_unit" not in made.columns
    told = ibis.duckdb.connect().execute(made.mutate(converted=is_in_other_unit(made, None)))
    assert told["age"].tolist()[:2] == [0.25, 40.0] and pd.isna(told["age"][2])
    assert told["converted"].tolist() == [True, False, True]


def test_a_format_without_units_is_left_alone():
    table = ibis.memtable(pd.DataFrame({"age": [3.0]}))
    assert with_years(table, None) is table and is_in_other_unit(table, None) is None
