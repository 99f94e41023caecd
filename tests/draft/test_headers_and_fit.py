"""Headers are taken when they are the same after normalising, and only proposed when they are near."""

from pathlib import Path

import pytest

from dipeval.draft.fit import fit_of, ranked
from dipeval.draft.headers import IDENTIFIER, found_headers, unit_in
from dipeval.draft.likeness import most_alike
from dipeval.study import parse_source

SOURCES = Path(__file__).resolve().parents[2] / "analysis" / "sources"
KNOWN = [parse_source(p.read_text(encoding="utf-8"), p.name, p.stem) for p in sorted(SOURCES.glob("*.toml"))]
PAGE = next(source for source in KNOWN if source.name == "front_page")


def headers(*cells: str):
    return {header.text: header for header in found_headers(cells, PAGE)}


def test_confidence_of_a_header():
    found = headers("ZFY", "住 院\n总费用", "医疗总费用金额合并", "", "QQQQ9999")
    assert found["ZFY"].confidence == "exact" and found["ZFY"].columns == ("total_cost",)
    assert found["住 院\n总费用"].confidence == "normalised"
    assert found["住 院\n总费用"].alias == "住院总费用" and found["住 院\n总费用"].is_matched
    near = found["医疗总费用金额合并"]
    assert near.confidence == "nearest" and not near.is_matched and 0.5 <= near.similarity < 1
    assert found["QQQQ9999"].confidence == "unknown" and found["QQQQ9999"].columns == ()
    assert len(found) == 4


def test_a_header_near_an_identifying_one_may_be_personal():
    found = headers("患者姓名", "Patient name", "XM", "ZFY")
    assert found["患者姓名"].may_be_personal and found["Patient name"].may_be_personal
    assert found["XM"].columns == (IDENTIFIER,)
    assert not found["ZFY"].may_be_personal


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("总费用（万元）", "ten_thousand_yuan"),
        ("总费用(元)", "yuan"),
        ("总费用_分", "fen"),
        ("总费用 单位：万元", "ten_thousand_yuan"),
        ("总费用", ""),
        ("总费用万元", "ten_thousand_yuan"),
        ("评分", ""),
    ],
)
def test_a_unit_in_a_header(header, unit):
    assert unit_in(header) == unit


def test_the_unit_does_not_count_when_headers_are_compared():
    assert headers("总费用（万元）")["总费用（万元）"].alias == "总费用"


def test_the_header_is_found_below_titles():
    rows = [["某市2019年出院病人"], [], ["ZZJGDM", "CYSJ", "ZFY"], ["H1", "2019-01-01", "5"]]
    fit = fit_of(rows, PAGE)
    assert fit.header_row == 3 and fit.matched == 3 and fit.share == 1
    assert "hospital" not in fit.missing and "care_days" in fit.missing and not fit.fits


@pytest.mark.parametrize("source", KNOWN, ids=lambda s: s.name)
def test_each_format_knows_its_own_headers_best(source):
    rows = [[item[0] for rule in source.columns.values() for item in rule.items]]
    best = ranked(rows, KNOWN)[0]
    assert best.missing == () and best.share == 1
    assert fit_of(rows, source).missing == ()


def test_rows_of_data_are_no_header():
    fit = fit_of([["甲", "2019-01-01", "5"]], PAGE)
    assert fit.header_row == 0 and fit.headers == () and not fit.fits


def test_a_row_that_happens_to_hold_one_header_is_not_sure():
    fit = fit_of([["性别", "王", "李", "张", "赵"]], PAGE)
    assert fit.header_row == 1 and not fit.is_sure


def test_likeness_has_an_order():
    assert most_alike("ZFX", ["ZFY", "ZFJE"])[0] == "ZFY"
    assert most_alike("x", []) == ("", 0.0)
