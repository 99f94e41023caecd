"""Tables that a warehouse holds already: read as text without loss, each row with its number."""

from dataclasses import replace

import duckdb
import pytest

from dipeval.errors import DataError, StudyError
from dipeval.pipeline.registries import registries
from dipeval.store.engine import Engine
from dipeval.store.project import Project
from dipeval.store.raw import read_raw
from dipeval.store.typed import read_typed
from dipeval.study import parse_city
from dipeval.study.tables import WarehouseTable

ROWS = """
    (3, 'H1', '虚拟患者', 'V3', '1', DATE '2019-03-03', 300.10::DECIMAL(12,2), 20000000.5::DOUBLE),
    (1, 'H1', '虚拟患者', 'V1', '2', DATE '2019-03-01', 100.00, 1.25),
    (2, 'H2', '虚拟患者', NULL, '男', NULL, NULL, NULL)
"""


@pytest.fixture
def warehouse(tmp_path):
    """A database file with one table of the small format."""
    place = tmp_path / "data" / "small" / "warehouse.duckdb"
    place.parent.mkdir(parents=True)
    with duckdb.connect(str(place)) as con:
        con.execute("CREATE SCHEMA dwh")
        con.execute(
            "CREATE TABLE dwh.stays AS SELECT * FROM (VALUES"
            f'{ROWS}) r(rid, "ORG", "姓名", "BAH", "XB", "CYSJ", "ZFY", "XYF")'
        )
    return place


@pytest.fixture
def in_table(city):
    return replace(city, files=(), tables=(WarehouseTable("dwh.stays", "small/warehouse.duckdb", row="rid"),))


@pytest.fixture
def wide(source):
    return replace(source, ignored=(*source.ignored, "rid"))


def read(engine, city, source, place):
    return read_raw(engine, city, source, [("small/warehouse.duckdb", place)])


def test_a_table_is_read_like_a_file(engine, in_table, wide, warehouse):
    raw = read(engine, in_table, wide, warehouse)
    frame = engine.to_frame(raw.table, ("source_row",))
    assert frame["source_file"].unique().tolist() == ["small/warehouse.duckdb [dwh.stays]"]
    assert frame["source_row"].tolist() == [1, 2, 3]
    assert frame["total_cost__0"].tolist()[::2] == ["100.00", "300.10"]
    assert frame["drug_cost__0"].tolist()[::2] == ["1.25", "20000000.5"]
    assert frame["discharge_date__0"].tolist()[::2] == ["2019-03-01", "2019-03-03"]
    assert not any("虚拟患者" in str(value) for value in frame.to_numpy().ravel())
    assert (
        raw.files[0].rows == 3 and len(raw.files[0].sha256) == 64 and raw.last_rows == {raw.files[0].path: 3}
    )
    typed = engine.to_frame(read_typed(engine, in_table, wide, raw).table, ("source_row",))
    assert typed["total_cost"].dropna().tolist() == [10000, 30010]
    assert typed["drug_cost"].dropna().tolist() == [125, 2000000050]
    assert typed["sex"].tolist() == ["female", "male", "male"]


def test_rows_without_a_number_are_put_in_an_order_that_does_not_depend_on_theirs(
    in_table, wide, warehouse, tmp_path
):
    city = replace(in_table, tables=(WarehouseTable("dwh.stays", "small/warehouse.duckdb"),))
    found = []
    for order in ("rid", "rid DESC"):
        with duckdb.connect(str(warehouse)) as con:
            con.execute(f"CREATE OR REPLACE TABLE dwh.stays AS SELECT * FROM dwh.stays ORDER BY {order}")
        with Engine(temp_directory=tmp_path / "t") as engine:
            found.append(engine.to_frame(read(engine, city, wide, warehouse).table, ("source_row",)))
    assert found[0].equals(found[1])
    assert found[0]["source_row"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "dwh.stay"}, r"dwh\.stays"),
        ({"name": "stays"}, r"dwh\.stays"),
        ({"row": "rd"}, "rid"),
        ({"row": "ORG"}, "cannot number rows"),
        ({"row": "twice"}, "2 different numbers"),
        ({"database": ""}, "--engine"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(engine, in_table, wide, warehouse, change, told):
    with duckdb.connect(str(warehouse)) as con:
        con.execute("ALTER TABLE dwh.stays ADD COLUMN twice INTEGER")
        con.execute("UPDATE dwh.stays SET twice = rid // 2 + 1")
    source = replace(wide, ignored=(*wide.ignored, "twice"))
    city = replace(in_table, tables=(replace(in_table.tables[0], **change),))
    with pytest.raises(DataError, match=told) as caught:
        read(engine, city, source, warehouse)
    assert "虚拟患者" not in str(caught.value)


def test_columns_and_types_are_checked_like_those_of_a_file(engine, in_table, wide, warehouse):
    with duckdb.connect(str(warehouse)) as con:
        con.execute('ALTER TABLE dwh.stays ADD COLUMN "未知" TEXT')
        con.execute('ALTER TABLE dwh.stays ALTER "XB" TYPE TEXT[] USING [XB]')
    with pytest.raises(DataError) as caught:
        read(engine, in_table, wide, warehouse)
    assert "未知" in str(caught.value) and "VARCHAR" not in str(caught.value)


def test_a_list_is_no_cell(engine, in_table, wide, warehouse):
    with duckdb.connect(str(warehouse)) as con:
        con.execute('ALTER TABLE dwh.stays ALTER "XB" TYPE TEXT[] USING [XB]')
    with pytest.raises(DataError, match="no text, number or date"):
        read(engine, in_table, wide, warehouse)


def test_an_empty_table_holds_no_data(engine, in_table, wide, warehouse):
    with duckdb.connect(str(warehouse)) as con:
        con.execute("DELETE FROM dwh.stays")
    with pytest.raises(DataError, match="holds no rows"):
        read(engine, in_table, wide, warehouse)


CITY = """
[city]
name = "a"
label_en = "A"
label_zh = "甲"
scheme = "none"
source = "small"
obtain = "write"
[dates]
never = true
source = "x"
"""
TABLE = '[[tables]]\nname = "dwh.stays"\n'


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        ("", "neither files nor tables"),
        (TABLE, "as_of"),
        (TABLE + 'database = "../w.duckdb"', "leaves the data folder"),
        (TABLE.replace("dwh.stays", "a..b") + 'as_of = "2024"', "no name of a table"),
        (TABLE + 'databse = "w.duckdb"', "database"),
    ],
)
def test_wrong_declarations_are_refused(tables, told):
    with pytest.raises(StudyError, match=told):
        parse_city(CITY + tables, "cities/a.toml", registries(), ("small",), "a")


def test_the_database_file_is_a_raw_file(tmp_path, warehouse):
    text = CITY + TABLE + 'database = "small/warehouse.duckdb"'
    city = parse_city(text, "cities/a.toml", registries(), ("small",), "a")
    assert city.tables[0].database and city.files == ()
    project = Project(tmp_path, (tmp_path / "data",))
    assert project.find_raw(city) == [("small/warehouse.duckdb", warehouse)]
    warehouse.unlink()
    with pytest.raises(DataError, match="small/warehouse.duckdb"):
        project.find_raw(city)
