"""A table of Spark's catalog as a city's input: the same rows as from a DuckDB file, and no person."""

import datetime
from dataclasses import replace
from decimal import Decimal

import duckdb
import pandas as pd
import pytest

from dipeval.errors import DataError
from dipeval.store.engine import Engine
from dipeval.store.raw import read_raw
from dipeval.store.typed import read_typed
from dipeval.study import parse_source
from dipeval.study.model import City, Dates
from dipeval.study.tables import WarehouseTable

FORMAT = """
[source]
name = "small"
title_en = "Small"
title_zh = "小"
layer = "discharges"
reference = "invented"
[read]
format = "csv"
encoding = "utf-8"
[columns.hospital]
items = [["ORG"]]
[columns.discharge_date]
items = [["CYSJ"]]
date_format = "%Y-%m-%d"
[columns.deaths]
items = [["SW"]]
[columns.total_cost]
items = [["ZFY"]]
unit = "yuan"
[columns.drug_cost]
items = [["XYF"]]
unit = "yuan"
[headers]
identifiers = ["XM"]
ignored = ["rid"]
"""
SCHEMA = "rid BIGINT, ORG STRING, XM STRING, CYSJ TIMESTAMP, SW BOOLEAN, ZFY DECIMAL(14,2), XYF DOUBLE"
PERSON = "MARKED-PERSON"


def stays() -> list[tuple]:
    day = datetime.datetime(2019, 3, 1)
    amounts = [0.0, 0.1, 12.5, 1234.56, 1e7, 12345678.91, 99999999.99, 1e12, None]
    rows = [
        (k, f"H{k % 3}", PERSON, day, k % 2 == 0, Decimal("1234567.50"), x) for k, x in enumerate(amounts, 1)
    ]
    return [*rows, (99, "\ufffdH", PERSON, day + datetime.timedelta(hours=5), None, None, 3.0)]


@pytest.fixture
def city():
    dates, table = Dates(never=True, source="x"), WarehouseTable("clinic.stays", row="rid", as_of="2024")
    return City("small", "Small", "小", "", True, "none", "small", "-", (), dates, tables=(table,))


@pytest.fixture
def catalog(spark):
    spark.session.sql("CREATE DATABASE IF NOT EXISTS clinic")
    spark.session.createDataFrame(stays(), SCHEMA).write.mode("overwrite").saveAsTable("clinic.stays")
    yield
    spark.session.sql("DROP DATABASE clinic CASCADE")


@pytest.mark.parametrize("row", ["rid", ""])
def test_a_table_of_the_catalog(spark, catalog, city, tmp_path, row):
    source = parse_source(FORMAT, "sources/small.toml")
    table = replace(city.tables[0], row=row)
    raw = read_raw(spark, replace(city, tables=(table,)), source, [])
    two = spark.to_frame(raw.table, ("source_row",))
    typed = spark.to_frame(read_typed(spark, city, source, raw).table, ("source_row",))
    place = tmp_path / "w.duckdb"
    with duckdb.connect(str(place)) as con:
        con.execute(f"CREATE TABLE stays ({SCHEMA.replace('STRING', 'TEXT')})")
        con.executemany("INSERT INTO stays VALUES (?, ?, ?, ?, ?, ?, ?)", stays())
    there = replace(city, tables=(WarehouseTable("stays", "w.duckdb", row),))
    with Engine(temp_directory=tmp_path / "t") as engine:
        made = read_raw(engine, there, source, [("w.duckdb", place)])
        one = engine.to_frame(made.table, ("source_row",))
    assert raw.files[0].path == "table clinic.stays" and raw.files[0].notes == ("as of 2024",)
    assert raw.files[0].damaged_text == made.files[0].damaged_text == {"ORG": 1}
    pd.testing.assert_frame_equal(one.drop(columns="source_file"), two.drop(columns="source_file"))
    assert PERSON not in two.to_csv() and "12345678.91" in set(two["drug_cost__0"])
    assert set(typed["drug_cost"].dropna()) >= {10, 1_234_567_891, 9_999_999_999, 10**14}


def test_a_database_file_is_not_for_spark(spark, city, tmp_path):
    (tmp_path / "w.duckdb").touch()
    there = replace(city, tables=(WarehouseTable("stays", "w.duckdb"),))
    source = parse_source(FORMAT, "sources/small.toml")
    with pytest.raises(DataError, match="embedded engine"):
        read_raw(spark, there, source, [("w.duckdb", tmp_path / "w.duckdb")])
