"""Every raw format of the project: consistent in itself, and read from files written as it says."""

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from dipeval.schema.headers import items_by_header
from dipeval.schema.text import normalised_header
from dipeval.store.raw import read_raw
from dipeval.store.typed import read_typed
from dipeval.study import Source, parse_city, parse_source
from dipeval.study.model import Dates
from dipeval.vocabulary import columns

FOLDER = Path(__file__).resolve().parents[2] / "analysis" / "sources"
NAMES = sorted(place.stem for place in FOLDER.glob("*.toml"))
CHINESE = [name for name in NAMES if name not in ("datasus_aih", "swiss_kzp")]
MEANS = re.compile("次均|例均|平均|均次|mean|average|per_case")
CELLS = {"money": "100.00", "count": "3", "days": "3", "number": "1.5", "flag": "1", "text": "A09.900x001"}


def source_of(name: str) -> Source:
    return parse_source((FOLDER / f"{name}.toml").read_text(encoding="utf-8"), f"{name}.toml", name)


def test_every_named_format_is_there():
    assert set(NAMES) == {
        "clearing_export",
        "datasus_aih",
        "front_page",
        "front_page_tcm",
        "hospital_month",
        "settlement_list",
        "settlement_list_long",
        "swiss_kzp",
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_mean_is_never_read_as_a_sum(name):
    for column, rule in source_of(name).columns.items():
        told = [alias for item in rule.items for alias in item if MEANS.search(alias)]
        assert not told, f"{column} reads a mean: {told}"


@pytest.mark.parametrize("name", NAMES)
def test_a_header_means_one_thing_after_normalising(name):
    source = source_of(name)
    shared = {normalised_header(header) for header in source.shared}
    for header, items in items_by_header(source).items():
        read = {item.split("__")[0] for item in items}
        assert len(read) == 1 or header in shared, f"{header} feeds {sorted(read)}"
        assert len(items) == len(read), f"{header} stands twice in {sorted(read)}"
    persons = {normalised_header(header) for header in source.identifiers}
    assert not persons & set(items_by_header(source)), "what identifies is read"
    assert not persons & {normalised_header(header) for header in source.ignored}


@pytest.mark.parametrize("name", NAMES)
def test_identities_and_sub_items_are_of_columns_that_are_read(name):
    source = source_of(name)
    for identity in source.identities:
        assert {identity.total, *identity.parts} <= set(source.columns)
        assert all(columns()[part].component for part in identity.parts)
    for within in source.parts:
        assert {within.parent, *within.parts} <= set(source.columns)


def test_all_fee_items_of_the_front_page_are_there():
    top = (
        "YLFUF ZLCZF HLF QTFY BLZDF SYSZDF YXXZDF LCZDXMF FSSZLXMF SSZLF KFF ZYZLF XYF ZCYF ZCYF1 XF BDBLZPF "
    )
    top += "QDBLZPF NXYZLZPF XBYZLZPF HCYYCLF YYCLF YCXYYCLF QTF"
    within = {"WLZLF", "MAF", "SSF", "KJYWF"}
    source = source_of("front_page")
    (identity,) = source.identities
    added = [alias for part in identity.parts for item in source.columns[part].items for alias in item]
    assert set(top.split()) <= set(added) and not within & set(added)
    assert within <= set(items_by_header(source))
    assert len([item for part in identity.parts for item in source.columns[part].items]) == 24


def test_the_page_of_chinese_medicine_adds_26_items():
    source = source_of("front_page_tcm")
    (identity,) = source.identities
    assert len([item for part in identity.parts for item in source.columns[part].items]) == 26
    inside = {
        "BZLZF",
        "ZYBLZHZF",
        "ZYWZ",
        "ZYGS",
        "ZCYJF",
        "ZYTNZL",
        "ZYGCZL",
        "ZYTSZL",
        "ZYTSTPJG",
        "BZSS",
        "ZYZJF",
    }
    assert inside <= set(source.ignored)


def test_the_clearing_export_has_48_columns():
    source = source_of("clearing_export")
    own = {name: rule for name, rule in source.columns.items() if name != "loss_cause"}
    headers = {item[0] for rule in own.values() for item in rule.items}
    assert len(headers | set(source.ignored) | set(source.identifiers)) == 48


def test_forty_secondary_diagnoses_and_procedures():
    known = items_by_header(source_of("front_page"))
    assert {"JBDM1", "JBDM40", "SSJCZBM1", "SSJCZBM40", "其他诊断编码40"} <= set(known)
    assert "JBDM41" not in known and known["SSJCZBM1"] == ("principal_procedure__0", "procedures__0")


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("醫療付款方式", "医疗付款方式"),
        ("住院總費用", "住院总费用"),
        ("離院方式", "离院方式"),
        ("實際住院\n天數", "实际住院天数"),
        ("手術及操作編碼１", "手术及操作编码1"),
        ("主要診斷 編碼", "主要诊断编码"),
        ("檢查用一次性醫用材料費", "检查用一次性医用材料费"),
        ("臨床診斷項目費", "临床诊断项目费"),
        ("ＺＦＹ", "ZFY"),
    ],
)
def test_headers_as_they_come(written, plain):
    known = items_by_header(source_of("front_page"))
    assert normalised_header(written) == plain and plain in known


def cell(source: Source, column: str) -> str:
    """A plausible cell of a column."""
    kind = columns()[column].kind
    if column in source.codes:
        return next(iter(source.codes[column]))
    if columns()[column].values:
        return columns()[column].values[0]
    if kind in ("date", "period"):
        form = source.columns[column].date_format
        return {"%Y%m%d": "20190301", "%Y-%m-%d": "2019-03-01", "%Y-%m": "2019-03"}.get(form, "2019")
    return CELLS[kind]


def written(source: Source, which: int) -> list[list[str]]:
    """A file with one row: of each item the first (0) or the last (-1) of its headers."""
    found: dict[str, str] = {}
    for name, rule in source.columns.items():
        items = rule.items
        if rule.combine == "join" and columns()[name].kind == "text":
            items = [item for item in items if found.keys() & set(item)] or items[:3]
        for k, item in enumerate(items):
            header = next((alias for alias in item if alias in found), item[which])
            text = cell(source, name)
            if rule.combine == "join" and columns()[name].kind == "period":
                text = text.split("-")[k]
            found.setdefault(header, text)
    for header in (*source.identifiers[:2], *source.ignored[:2]):
        found[header] = "x"
    return [list(found), list(found.values())]


@pytest.mark.parametrize("which", [0, -1])
@pytest.mark.parametrize("name", [name for name in NAMES if name != "settlement_list_long"])
def test_a_file_of_each_format_is_read(engine, city, write, name, which):
    source = replace(source_of(name), delimiter=",", encoding="utf-8")
    target = io.StringIO()
    csv.writer(target).writerows(written(source, which))
    raw = read_raw(engine, replace(city, source=name), source, write(target.getvalue().encode("utf-8")))
    frame = engine.to_frame(read_typed(engine, city, source, raw).table)
    assert set(source.columns) <= set(frame)
    empty = [column for column in source.columns if frame[column].isna().all()]
    assert not empty


def test_one_header_in_two_units_is_refused(engine, city, write):
    source = source_of("front_page")
    target = io.StringIO()
    csv.writer(target).writerows(written(source, 0))
    raw = read_raw(engine, city, replace(source, encoding="utf-8"), write(target.getvalue().encode("utf-8")))
    wrong = replace(city, units={"service_cost": "ten_thousand_yuan"})
    with pytest.raises(Exception, match="service_cost and nursing_cost read the same header"):
        read_typed(engine, wrong, source, raw)


def test_a_city_says_one_unit_of_all_its_money():
    text = """
[city]
name = "a"
label_en = "A"
label_zh = "A"
scheme = "none"
source = "front_page"
obtain = "ask"
[[files]]
path = "a.csv"
[files.units]
money = "fen"
total_cost = "yuan"
[dates]
never = true
source = "invented"
[units]
money = "ten_thousand_yuan"
total_cost = "yuan"
"""
    from dipeval.study import Registries

    city = parse_city(text, "a.toml", Registries({}, {}, {}), ("front_page",), "a")
    assert city.units["nursing_cost"] == "ten_thousand_yuan" and city.units["total_cost"] == "yuan"
    assert city.files[0].units["drug_cost"] == "fen" and "age" not in city.units
    assert city.dates == Dates(never=True, source="invented")
