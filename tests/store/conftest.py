"""A small format and files of it, for tests of reading."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dipeval.store.engine import Engine
from dipeval.study import City, Source, parse_source
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
encoding = "utf-8"
empty = ["", "-", "—"]
[columns.hospital]
items = [["ORG", "机构代码"]]
[columns.visit]
items = [["BAH", "病案号"]]
[columns.sex]
items = [["XB", "性别"]]
[columns.age]
items = [["NL", "年龄"]]
required = false
[columns.discharge_date]
items = [["CYSJ", "出院时间"]]
date_format = "%Y-%m-%d"
[columns.care_days]
items = [["TS", "住院天数"]]
required = false
[columns.deaths]
items = [["SW", "死亡"]]
required = false
[columns.total_cost]
items = [["ZFY", "总费用"]]
unit = "yuan"
[columns.drug_cost]
items = [["XYF", "西药费"], ["ZCYF", "中成药费"]]
combine = "sum"
unit = "yuan"
required = false
[codes.sex]
"1" = "male"
"2" = "female"
"男" = "male"
[headers]
identifiers = ["XM", "姓名"]
ignored = ["备注"]
"""
HEADER = "ORG,XM,BAH,XB,CYSJ,ZFY"
ROW = "H1,虚拟患者,V1,1,2019-03-01,100.00"


@pytest.fixture()
def source() -> Source:
    return parse_source(FORMAT, "sources/small.toml")


@pytest.fixture()
def city() -> City:
    dates = Dates(never=True, source="invented")
    files = (RawFile("small/a.csv"),)
    return City("small", "Small", "小", "", True, "none", "small", "write to the office", files, dates)


@pytest.fixture()
def engine(tmp_path: Path):
    with Engine(threads=2, memory_limit="1GB", temp_directory=tmp_path / "engine") as opened:
        yield opened


@pytest.fixture()
def write(tmp_path: Path) -> Callable[..., list[tuple[str, Path]]]:
    """Write lines or bytes to small/a.csv (or another name) and return what `read_raw` is given."""

    def put(content: bytes | list[str], name: str = "small/a.csv", encoding: str = "utf-8"):
        place = tmp_path / "data" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        given = content if isinstance(content, bytes) else ("\n".join(content) + "\n").encode(encoding)
        place.write_bytes(given)
        return [(name, place)]

    return put
