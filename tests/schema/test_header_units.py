"""Units of money that stand in a header: told from the word, and held against what is declared."""

import pytest

from dipeval.schema.header_units import split_unit
from dipeval.schema.headers import match_headers
from dipeval.study import Source, parse_source

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
items = [["ORG"]]
[columns.sex]
items = [["XB"]]
[columns.total_cost]
items = [["ZFY", "总费用"]]
unit = "yuan"
[columns.drug_cost]
items = [["XYF", "西药费"]]
unit = "yuan"
[headers]
ignored = ["麻醉费"]
"""


@pytest.fixture()
def source() -> Source:
    return parse_source(FORMAT, "sources/small.toml")


@pytest.mark.parametrize(
    ("header", "base", "unit"),
    [
        ("总费用", "总费用", ""),
        ("总费用（万元）", "总费用", "ten_thousand_yuan"),
        ("总费用 (元)", "总费用", "yuan"),
        ("总费用\n（单位：万元）", "总费用", "ten_thousand_yuan"),
        ("总费用：元", "总费用", "yuan"),
        ("总费用万元", "总费用", "ten_thousand_yuan"),
        ("总费用[分]", "总费用", "fen"),
        ("ZFY_yuan", "ZFY", "yuan"),
        ("评分", "评分", ""),
        ("单元", "单元", ""),
        ("（元）", "(元)", ""),
        ("", "", ""),
    ],
)
def test_a_unit_behind_a_word(header, base, unit):
    assert split_unit(header) == (base, unit)


def test_an_alias_matches_with_a_unit_behind_it(source):
    header = ["ORG", "XB", "总费用（元）", "西药费(万元)", "麻醉费（元）"]
    found = match_headers(header, source, "a.csv", 1)
    assert found.problems == ()
    assert found.positions == {"hospital__0": 0, "sex__0": 1, "total_cost__0": 2, "drug_cost__0": 3}
    assert found.headers["total_cost__0"] == "总费用（元）"
    assert found.units == {"total_cost__0": "yuan", "drug_cost__0": "ten_thousand_yuan"}


def test_only_amounts_of_money_have_units(source):
    found = match_headers(["ORG", "XB(分)", "ZFY", "XYF"], source, "a.csv", 1)
    said = "\n".join(str(problem) for problem in found.problems)
    assert "unknown column 'XB(分)'" in said and "sex is missing" in said


def test_one_amount_under_two_units_is_doubled(source):
    found = match_headers(["ORG", "XB", "总费用(元)", "总费用(万元)", "XYF"], source, "a.csv", 1)
    assert any("stands 2 times" in problem.what for problem in found.problems)
