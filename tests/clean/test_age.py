"""Ages in units become years; without a unit they become nothing."""

import ibis
import pandas as pd
import pytest

from dipeval.clean.age import age_in_years


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
