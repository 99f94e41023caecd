"""Columns made of several cells: joined exactly, without the empty ones."""

from dataclasses import replace

import ibis
import pandas as pd
import pytest

from dipeval.schema.joining import joined
from dipeval.store.raw import read_raw
from dipeval.store.typed import read_typed
from dipeval.study.model import ColumnRule

EMPTY = ("", "-", "—")


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (["A09", "B10", None], "A09;B10"),
        ([None, "-", "—"], None),
        ([None, None, None], None),
        (["A09", "", "B10"], "A09;B10"),
        (["-", " - ", "B10"], "B10"),
        (["A09.900x001", "－", "B 10"], "A09.900x001;B 10"),
        (["　A09 ", "\tB10\u00a0", ""], "A09;B10"),
        (["A-9", "-1", "1-"], "A-9;-1;1-"),
        (["A09；B10", ";", "C11;"], "A09;B10;C11"),
        (["A09|B10", "C11，D12", ""], "A09;B10;C11;D12"),
        (["Ａ０９", "--", "B"], "A09;--;B"),
    ],
)
def test_joined(engine, cells, text):
    table = engine.small_table(
        pd.DataFrame({f"c{k}": pd.array([c], dtype="str") for k, c in enumerate(cells)})
    )
    made = table.select(text=joined([table.c0, table.c1, table.c2], ";", ("|", "，"), EMPTY))
    (found,) = engine.to_frame(made)["text"]
    assert (None if pd.isna(found) else found) == text


def test_another_separator(engine):
    table = engine.small_table(pd.DataFrame({"y": ["2019"], "m": ["07"]}))
    made = table.select(text=joined([table.y, table.m], "-", (), EMPTY))
    assert engine.to_frame(made)["text"].tolist() == ["2019-07"]


def test_the_same_text_in_every_engine_language():
    table = ibis.table({"a": "string", "b": "string"}, name="t")
    made = table.select(text=joined([table.a, table.b], ";", (), EMPTY))
    assert "CONCAT_WS" in ibis.to_sql(made, dialect="pyspark")


HEADER = "ORG,XM,BAH,XB,CYSJ,ZFY"
ROW = "H1,虚拟患者,V1,1,2019-03-01,100.00"


@pytest.fixture()
def joining(source):
    rules = {
        "procedures": ColumnRule(
            "procedures", (("SS1",), ("SS2",), ("SS3",)), combine="join", required=False
        ),
        "billing_period": ColumnRule(
            "billing_period", (("ANO",), ("MES",)), combine="join", separator="-", date_format="%Y-%m"
        ),
    }
    return replace(source, columns={**source.columns, **rules})


def test_joined_columns_of_a_file(engine, city, joining, write):
    lines = [f"{HEADER},SS3,SS1,ANO,MES", f"{ROW},99.2800x005,47.0100,2019,07", f"{ROW},-,,2019,12"]
    raw = read_raw(engine, city, joining, write(lines))
    assert raw.headers["small/a.csv"]["procedures__0"] == "SS1 + SS3"
    assert not {"procedures__1", "procedures__2", "billing_period__1"} & set(raw.table.columns)
    frame = engine.to_frame(read_typed(engine, city, joining, raw).table, ("source_row",))
    assert frame["procedures"].tolist()[0] == "47.0100;99.2800x005"
    assert pd.isna(frame["procedures"].tolist()[1])
    assert frame["billing_period"].tolist() == ["2019-07", "2019-12"]


def test_a_joined_column_that_one_file_lacks(engine, city, joining, write):
    first = write([f"{HEADER},SS1,ANO,MES", f"{ROW},47.0100,2019,07"])
    second = write([f"{HEADER},ANO,MES", f"{ROW},2019,08"], "small/b.csv")
    frame = engine.to_frame(read_raw(engine, city, joining, first + second).table, ("source_file",))
    assert frame["procedures__0"].tolist()[0] == "47.0100" and pd.isna(frame["procedures__0"].tolist()[1])
