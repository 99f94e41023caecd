"""Parquet: typed columns are read back as exact text."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dipeval.errors import DataError
from dipeval.store.parquet_file import as_text
from dipeval.store.raw import read_raw
from dipeval.study.model import ColumnRule

COLUMNS = {
    "ORG": pa.array(["H1", "H2"]).dictionary_encode(),
    "XM": pa.array(["虚拟患者", "虚拟患者"]),
    "BAH": pa.array([123456789012345678, 7], pa.int64()),
    "XB": pa.array(["1", None]),
    "CYSJ": pa.array([datetime.date(2019, 3, 1), datetime.date(2019, 3, 2)]),
    "ZFY": pa.array([Decimal("100.10"), Decimal("-0.05")]),
    "死亡": pa.array([True, False]),
}


@pytest.fixture()
def parquet(tmp_path):
    def put(name: str = "small/a.parquet", **changed):
        place = tmp_path / name.replace("/", "_")
        columns = {name: cells for name, cells in {**COLUMNS, **changed}.items() if cells is not None}
        pq.write_table(pa.table(columns), place)
        return [(name, place)]

    return put


def problems_of(engine, city, source, files) -> list:
    with pytest.raises(DataError) as error:
        read_raw(engine, city, source, files)
    assert "虚拟患者" not in str(error.value)
    return list(error.value.problems)


def test_typed_columns_are_exact_text(engine, city, source, parquet):
    raw = read_raw(engine, city, source, parquet())
    frame = engine.to_frame(raw.table, ("source_row",))
    assert frame["source_row"].tolist() == [1, 2]
    assert frame["visit__0"].tolist() == ["123456789012345678", "7"]
    assert frame["discharge_date__0"].tolist() == ["2019-03-01", "2019-03-02"]
    assert frame["total_cost__0"].tolist() == ["100.10", "-0.05"]
    assert frame["deaths__0"].tolist() == ["1", "0"]
    assert frame["sex__0"].isna().tolist() == [False, True]
    assert "虚拟患者" not in str(frame.to_dict())


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (pa.array([0.1, 1e7, 1234567.25]), ["0.1", "10000000", "1234567.25"]),
        (pa.array([datetime.datetime(2019, 3, 1)], pa.timestamp("ns")), ["2019-03-01"]),
        (pa.array([datetime.datetime(2019, 3, 1, 8, 30)], pa.timestamp("ms")), ["2019-03-01 08:30:00"]),
        (pa.array([Decimal("47.0100")]), ["47.0100"]),
        (pa.array([None, ""]), [None, ""]),
    ],
)
def test_as_text(cells, text):
    assert as_text(cells).to_pylist() == text


def test_codes_that_are_numbers(engine, city, source, parquet):
    rule = ColumnRule("principal_procedure", (("SSBM",),), required=False)
    coded = replace(source, columns={**source.columns, "principal_procedure": rule})
    (found,) = problems_of(engine, city, coded, parquet(SSBM=pa.array([47.01, 99.28])))
    assert found.where == "small/a.parquet, column SSBM" and "zeros" in found.what


def test_columns_without_single_values(engine, city, source, parquet):
    (found,) = problems_of(engine, city, source, parquet(ZFY=pa.array([[1.0], [2.0]])))
    assert "list<" in found.what


def test_a_damaged_file(engine, city, source, parquet):
    files = parquet()
    whole = files[0][1].read_bytes()
    files[0][1].write_bytes(whole[: len(whole) // 2])
    (found,) = problems_of(engine, city, source, files)
    assert "no readable Parquet file" in found.what


def test_another_schema_in_the_second_file(engine, city, source, parquet):
    files = parquet() + parquet("small/b.parquet", ZFY=pa.array([100.1, 2.0]), 死亡=None)
    found = problems_of(engine, city, source, files)
    assert [p.where for p in found] == ["small/b.parquet, column ZFY", "small/b.parquet, column 死亡"]
    assert "double" in found[0].what and "decimal" in found[0].what and "small/a.parquet" in found[0].what
    assert "is missing" in found[1].what


def test_several_files_of_one_schema(engine, city, source, parquet):
    raw = read_raw(engine, city, source, parquet() + parquet("small/b.parquet"))
    assert [f.rows for f in raw.files] == [2, 2]
    assert engine.count(raw.table) == 4
