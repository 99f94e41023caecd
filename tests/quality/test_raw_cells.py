"""Empty and damaged cells of the raw text, by column and month, before any rule."""

import pytest

from dipeval.quality.raw_cells import NO_MONTH, cells_by_month
from dipeval.store.raw import read_raw
from dipeval.study import City, parse_source
from dipeval.study.model import Dates, RawFile

FORMAT = """
[source]
name = "small"
title_en = "Small"
title_zh = "小"
layer = "discharges"
reference = "invented"
[read]
format = "csv"
empty = ["", "-"]
total_rows = "reject"
[columns.hospital]
items = [["ORG"]]
[columns.discharge_date]
items = [["CYSJ"]]
[columns.total_cost]
items = [["ZFY"]]
unit = "yuan"
[columns.drug_cost]
items = [["XYF"], ["ZCYF"]]
combine = "sum"
unit = "yuan"
[columns.sex]
items = [["XB"]]
required = false
"""
LINES = [
    "ORG,CYSJ,ZFY,XYF,ZCYF",
    "H1,2019-01-05,100,50,-",
    "H1,2019-01-06,100,,－",
    "H\ufffd,2019-01-07, ,1,1",
    "\ufffd,2019-02-07,5,,3",
    "-,nonsense,5,,",
    "合计,,300,50,4",
]


@pytest.fixture
def counted(engine, tmp_path):
    place = tmp_path / "a.csv"
    place.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    source = parse_source(FORMAT, "small.toml")
    city = City("c", "C", "丙", "", True, "none", "small", "x", (RawFile("a.csv"),), Dates(never=True))
    raw = read_raw(engine, city, source, [("a.csv", place)])
    return engine.to_frame(cells_by_month(raw.table, source), ["month"]).set_index("month")


def test_rows_by_month_without_totals(counted):
    assert counted["rows"].to_dict() == {NO_MONTH: 1, "2019-01": 3, "2019-02": 1}


def test_what_counts_as_empty(counted):
    """Declared words, blanks and full-width dashes; a sum is missing when all of its items are."""
    assert counted["empty__total_cost"].to_dict() == {NO_MONTH: 0, "2019-01": 1, "2019-02": 0}
    assert counted["empty__drug_cost"].to_dict() == {NO_MONTH: 1, "2019-01": 1, "2019-02": 0}
    assert counted["empty__hospital"].to_dict() == {NO_MONTH: 1, "2019-01": 0, "2019-02": 0}


def test_columns_that_no_file_has_are_not_there(counted):
    assert "empty__sex" not in counted


def test_lost_characters_are_counted(counted):
    assert counted["damaged__hospital"].to_dict() == {NO_MONTH: 0, "2019-01": 1, "2019-02": 1}
    assert counted["damaged__total_cost"].sum() == 0
