"""A list against a page: what agrees, what differs, what only one of them has, by year."""

import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dipeval.clean.identity.agreement import COLUMNS, agreement
from dipeval.errors import DataError
from dipeval.store.engine import Engine

D = datetime.date
SCHEMA = pa.schema(
    [
        ("hospital", pa.string()),
        ("visit", pa.int64()),
        ("principal_diagnosis", pa.string()),
        ("principal_procedure", pa.string()),
        ("total_cost", pa.int64()),
        ("care_days", pa.int64()),
        ("admission_date", pa.date32()),
        ("discharge_date", pa.date32()),
    ]
)
PAGE = [
    ("H1", 1, "A09.900", None, 100, 3, D(2019, 1, 1), D(2019, 1, 4)),
    ("H1", 2, "A09.900", "47.0100", 100, 3, D(2019, 1, 1), D(2019, 1, 4)),
    ("H1", 3, "I20.800", "47.0100", 100, 3, D(2019, 1, 1), D(2019, 1, 4)),
    ("H2", 1, "A09.900", None, 100, 3, D(2020, 1, 1), D(2020, 1, 4)),
    ("H2", 2, None, None, 100, 3, D(2020, 1, 1), D(2020, 1, 4)),
    ("H2", 9, "A09.900", None, 100, 3, D(2020, 1, 1), D(2020, 1, 4)),
    ("H2", 9, "A09.900", None, 100, 3, D(2020, 1, 1), D(2020, 1, 4)),
    ("H2", None, "A09.900", None, 100, 3, D(2020, 1, 1), D(2020, 1, 4)),
]
LIST = [
    ("H1", 1, "A09.900", None, 100, 3, D(2019, 1, 1), D(2019, 1, 4)),
    ("H1", 2, "A09.900x001", "47.0100", 101, 4, D(2019, 1, 1), D(2019, 1, 5)),
    ("H1", 3, "I25.100", None, 100, 3, D(2019, 1, 1), D(2019, 1, 4)),
    ("H2", 2, "A09.900", None, 100, None, D(2020, 1, 1), D(2020, 1, 4)),
    ("H2", 9, "A09.900", None, 100, 3, D(2020, 1, 1), D(2020, 1, 4)),
    ("H3", 1, "A09.900", None, 100, 3, D(2021, 1, 1), D(2021, 1, 4)),
]
EXPECTED = """
stay 2019 3 0 0 0 0
stay 2020 1 0 1 0 0
stay 2021 0 0 0 1 0
stay_without_key 2020 0 0 1 0 0
stay_with_repeated_key 2020 0 0 2 1 0
principal_diagnosis_4 2019 2 1 0 0 0
principal_diagnosis_4 2020 0 0 0 1 0
principal_diagnosis 2019 1 2 0 0 0
principal_diagnosis 2020 0 0 0 1 0
principal_procedure 2019 1 0 1 0 1
principal_procedure 2020 0 0 0 0 1
total_cost 2019 2 1 0 0 0
total_cost 2020 1 0 0 0 0
care_days 2019 2 1 0 0 0
care_days 2020 0 0 1 0 0
admission_date 2019 3 0 0 0 0
admission_date 2020 1 0 0 0 0
discharge_date 2019 2 1 0 0 0
discharge_date 2020 1 0 0 0 0
"""


def table(engine, name, rows):
    columns = [list(values) for values in zip(*rows, strict=True)]
    place = engine.folder / f"{name}.parquet"
    pq.write_table(pa.table(columns, schema=SCHEMA), place)
    return engine.scan_parquet(place)


def compared(page=PAGE, other=LIST, key=("hospital", "visit"), drop=()) -> pd.DataFrame:
    with Engine(threads=2) as engine:
        a, b = table(engine, "page", page), table(engine, "list", other).drop(*drop)
        return agreement(engine, a, b, key, "list", "cities/small.toml, key compare.list")


def test_by_hand():
    made = compared()
    assert list(made.columns) == list(COLUMNS) and set(made["other"]) == {"list"}
    numbers = made.drop(columns=["other", "agree_share"]).astype(str).agg(" ".join, axis=1)
    assert numbers.tolist() == EXPECTED.split("\n")[1:-1]
    shares = made.set_index(["item", "year"])["agree_share"]
    assert shares["total_cost", 2019] == pytest.approx(2 / 3, abs=1e-6)
    assert shares["stay", 2020] == 0.5
    assert pd.isna(shares["principal_procedure", 2020])


def test_the_order_of_rows_changes_nothing():
    assert compared().equals(compared(PAGE[::-1], LIST[::-1]))


def test_a_column_that_one_file_lacks_is_not_compared():
    made = compared(drop=("principal_procedure", "care_days"))
    assert {"principal_procedure", "care_days"}.isdisjoint(made["item"])


def test_a_key_that_a_file_lacks_is_an_error_for_each_of_them():
    with pytest.raises(DataError) as caught:
        compared(key=("hospital", "record_number"))
    assert [p.what for p in caught.value.problems] == [
        "the city's own files have no record_number",
        "the files of 'list' have no record_number",
    ]


def test_the_other_file_may_call_its_key_by_another_name():
    with Engine(threads=2) as engine:
        a, b = table(engine, "page", PAGE), table(engine, "list", LIST).rename(record_number="visit")
        told = agreement(engine, a, b, ("hospital", "visit"), "list", "here", ("hospital", "record_number"))
    assert told.equals(compared())


def test_nothing_in_common():
    made = compared(PAGE[:2], LIST[-1:])
    assert made[["item", "agree", "only_a", "only_b"]].values.tolist() == [
        ["stay", 0, 2, 0],
        ["stay", 0, 0, 1],
    ]
