"""Joined columns, unusual cells and rows of charges: the same rows on both engines."""

from pathlib import Path

import pandas as pd
import pytest

from dipeval.store.engine import Engine
from dipeval.store.raw import read_raw
from dipeval.store.typed import read_typed
from dipeval.study import City, parse_source
from dipeval.study.model import Dates, RawFile

FORMAT = """
[source]
name = "long"
title_en = "Long"
title_zh = "长"
layer = "discharges"
reference = "invented"
[read]
format = "csv"
empty = ["", "-", "—"]
total_rows = "reject"
[long]
key = ["visit", "settlement"]
item = ["med_chrgitm"]
[long.items]
"05" = ["05", "治疗费"]
"09" = ["09", "西药费"]
[long.amounts]
amt = ["amt"]
[columns.hospital]
items = [["org"]]
[columns.visit]
items = [["mdtrt_id"]]
[columns.settlement]
items = [["setl_id"]]
[columns.discharge_date]
items = [["dscg_time"]]
date_format = "%Y-%m-%d"
[columns.secondary_diagnoses]
items = [["diag_#"]]
combine = "join"
parted_by = ["|", "、"]
[columns.ventilator_hours]
items = [["vent"]]
date_format = "days/hours/minutes"
[columns.planned_readmission]
items = [["flag_31"]]
[columns.billing_period]
items = [["month"]]
date_format = "%Y-%m"
[columns.total_cost]
items = [["sum_amt"]]
unit = "yuan"
[columns.drug_cost]
items = [["amt_09"]]
unit = "yuan"
[columns.treatment_cost]
items = [["amt_05"]]
unit = "yuan"
[codes.planned_readmission]
"1" = "no"
"2" = "yes"
"""
HEADER = "org,mdtrt_id,setl_id,dscg_time,diag_1,diag_2,diag_3,vent,flag_31,month,sum_amt,med_chrgitm,amt"
OWN = [
    "H1,V1,S1,2019-03-01,I10,-,E11.9|E78、B18,1/13/30,1,2019-03,100",
    "H1,V2,S2,20190302,, — ,-,12,2,201903,70",
    'H2,V3,S3,2019年3月3日,Ａ０９；,B10 ,C11;-,0/0/6,1,2019年3月,"￥1,234.50"',
    "H2,V4,S4,2019/3/4,x-1,-x,1-,,,2019/3,30",
]
CHARGES = [
    (0, "09,60"),
    (1, "西药费,70"),
    (0, "治疗费,40"),
    (2, '05,"1,000"'),
    (2, "09,234.5"),
    (1, "09,70"),
    (3, "05,-"),
    (3, "09,30"),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("long")
    made = []
    for name, chosen in (("a.csv", CHARGES[:4]), ("b.csv", CHARGES[4:])):
        lines = [HEADER, *(f"{OWN[k]},{charge}" for k, charge in chosen), "合计" + "," * HEADER.count(",")]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        made.append((name, folder / name))
    return made


def rows_of(engine, files) -> pd.DataFrame:
    source = parse_source(FORMAT, "long.toml")
    city = City(
        "c", "C", "C", "", True, "none", "long", "ask", tuple(RawFile(n) for n, _ in files), Dates(never=True)
    )
    raw = read_raw(engine, city, source, files)
    typed = read_typed(engine, city, source, raw)
    assert [e.note for e in raw.ledger][-1] == "8 rows of charges are 5 settlements; rows of sums: 2"
    # Without a key, numbers of records are hashes of the engine's own.
    return engine.to_frame(typed.table.drop("visit", "settlement"), ("source_file", "source_row"))


def test_the_same_rows_on_both_engines(spark, files, tmp_path):
    with Engine(temp_directory=tmp_path / "embedded") as embedded:
        here = rows_of(embedded, files)
    there = rows_of(spark, files)
    pd.testing.assert_frame_equal(here, there, check_dtype=False, rtol=0, atol=1e-12)
    stays = here[~here["is_total_row"]]
    assert stays["secondary_diagnoses"].fillna("").tolist() == [
        "I10;E11.9;E78;B18",
        "",
        "A09;B10;C11",
        "",
        "x-1;-x;1-",
    ]
    assert stays["ventilator_hours"].fillna(-1).round(9).tolist() == [37.5, 12.0, 0.1, 12.0, -1.0]
    assert stays["billing_period"].tolist() == ["2019-03"] * 5
    assert stays["total_cost"].tolist() == [10000, 7000, 123450, 7000, 3000]
    assert stays["treatment_cost"].fillna(-1).tolist() == [4000, 0, 100000, 0, -1]
    assert stays["source_row"].tolist() == [2, 3, 5, 3, 4]
