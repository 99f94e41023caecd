"""Headers, texts and periods: small pure functions."""

import datetime
import re
import unicodedata

import pytest

from dipeval.schema.headers import match_headers
from dipeval.schema.periods import first_day, frequency_of, label_of, last_day
from dipeval.schema.tables import discharges, rejects
from dipeval.schema.text import may_change, normalised_header
from dipeval.study import parse_source

FORMAT = """
[source]
name = "small"
title_en = "s"
title_zh = "s"
layer = "discharges"
reference = "invented"
[read]
format = "csv"
[columns.hospital]
items = [["ORG", "机构 代码"]]
[columns.total_cost]
items = [["ZFY", "总费用（元）"]]
unit = "yuan"
[columns.drug_cost]
items = [["XYF"], ["ZCYF"]]
combine = "sum"
unit = "yuan"
required = false
[headers]
identifiers = ["姓名"]
ignored = ["备注"]
"""


def match(*header: str):
    return match_headers(header, parse_source(FORMAT, "f"), "a.csv", 1)


def test_headers_are_compared_after_folding():
    assert normalised_header(" 总　费\n用（元） ") == "总费用(元)"
    found = match("机构代码", "总费用(元)", "姓名", "ZCYF")
    assert found.positions == {"hospital__0": 0, "total_cost__0": 1, "drug_cost__1": 3}
    assert found.headers["total_cost__0"] == "总费用(元)" and found.problems == ()


def test_case_is_kept():
    assert any("unknown column 'zfy'" in p.what for p in match("ORG", "ZFY", "zfy").problems)


def test_unknown_headers_name_the_nearest():
    (found,) = match("ORG", "ZFY", "ZCYFF").problems
    assert "'ZCYF'" in found.todo and found.where == "a.csv, row 1"


def test_doubled_headers():
    assert ["stands 2 times" in p.what for p in match("ORG", "ZFY", "ZFY").problems] == [True]
    (found,) = match("ORG", "ZFY", "总费用（元）").problems
    assert "both mean total_cost" in found.what


def test_columns_without_a_header_are_passed_over():
    assert match("", "ORG", "ZFY", "").problems == ()


def test_missing_columns_name_what_was_looked_for():
    (found,) = match("ORG", "备注").problems
    assert "total_cost is missing" in found.what and "ZFY" in found.what


def test_a_row_of_data_is_not_shown():
    (found,) = match("H1", "张三", "100").problems
    assert "张三" not in str(found)


@pytest.mark.parametrize(
    ("label", "frequency", "first", "last"),
    [
        ("2020", "year", (2020, 1, 1), (2020, 12, 31)),
        ("2020-02", "month", (2020, 2, 1), (2020, 2, 29)),
        ("2019Q4", "quarter", (2019, 10, 1), (2019, 12, 31)),
        ("2019Q1", "quarter", (2019, 1, 1), (2019, 3, 31)),
    ],
)
def test_periods(label, frequency, first, last):
    assert frequency_of(label) == frequency
    assert (first_day(label), last_day(label)) == (datetime.date(*first), datetime.date(*last))
    assert {label_of(day, frequency) for day in (first_day(label), last_day(label))} == {label}


def test_the_class_of_odd_characters_holds_all_that_folding_changes():
    pairs = re.findall(r"\\x\{([0-9A-F]+)\}-\\x\{([0-9A-F]+)\}", may_change())
    inside = {p for low, high in pairs for p in range(int(low, 16), int(high, 16) + 1)}
    for point in (p for p in range(0x80, 0x30000) if not 0xD800 <= p < 0xE000):
        if unicodedata.normalize("NFKC", chr(point)) != chr(point):
            assert point in inside, hex(point)
    assert ord("医") not in inside and ord("é") not in inside


def test_declared_tables_hold_nothing_that_identifies():
    assert not {"visit", "settlement"} & set(discharges().types)
    assert list(rejects().types) == ["source_file", "source_row", "rule", "evidence"]


def test_a_table_of_another_form_is_refused():
    import ibis

    right = {"source_file": "string", "source_row": "int64", "rule": "string", "evidence": "string"}
    ordered = rejects().validated(ibis.table(dict(reversed(right.items())), name="t"))
    assert list(ordered.columns) == list(right)
    for wrong in ({**right, "rule": "int64"}, {**right, "visit": "string"}, {"source_file": "string"}):
        with pytest.raises(ValueError, match="table rejects"):
            rejects().validated(ibis.table(wrong, name="t"))
