"""The header is where it is declared, or is found by its aliases; what is found is told."""

from dataclasses import replace

import pytest

from dipeval.errors import DataError
from dipeval.store.raw import read_raw
from dipeval.study.model import RawFile

HEADER = "ORG,XM,BAH,XB,CYSJ,ZFY"
ROW = "H1,虚拟患者,V1,1,2019-03-01,100.00"
TITLES = ["某市 2019 年出院病人,,,,,", "单位：元,,,,,"]


@pytest.fixture()
def problems_of(engine, city, source):
    def told(raw, **declared) -> list:
        with pytest.raises(DataError) as error:
            read_raw(engine, replace(city, **declared), source, raw)
        assert "虚拟患者" not in str(error.value)
        return list(error.value.problems)

    return told


def test_header_in_row_three(engine, city, source, write):
    raw = read_raw(engine, city, source, write([*TITLES, HEADER, ROW]))
    frame = engine.to_frame(raw.table)
    assert frame[["visit__0", "source_row"]].values.tolist() == [["V1", 4]]
    assert raw.files[0].notes == ("header found in row 3 (declared: 1)",)
    assert "header found in row 3" in raw.ledger.entries[0].note


def test_a_row_of_data_above_the_header_is_no_title(write, problems_of):
    (found,) = problems_of(write([ROW, HEADER, ROW]))
    assert "row 1 above it is filled like data" in found.what and "header_row = 2" in found.todo


def test_the_city_says_where_the_header_is(engine, city, source, write):
    files = write([ROW, HEADER, ROW])
    declared = replace(city, files=(RawFile("small/a.csv", header_row=2),))
    raw = read_raw(engine, declared, source, files)
    assert raw.files[0].rows == 1 and raw.files[0].notes == ()


@pytest.mark.parametrize("lines", [[HEADER, HEADER, ROW], [*TITLES, HEADER, ROW, HEADER, ROW]])
def test_the_same_header_twice(write, problems_of, lines):
    found = problems_of(write(lines))
    assert len(found) == 1 and "the header stands in the rows" in found[0].what


def test_no_header_at_all(write, problems_of):
    (found,) = problems_of(write([ROW, ROW]))
    assert "none of the headers" in found.what and "header_row" in found.todo


def test_faults_are_told_of_the_row_that_looks_most_like_the_header(write, problems_of):
    (unknown, missing) = problems_of(write([*TITLES, HEADER.replace("ZFY", "次均费用"), ROW]))
    assert unknown.where == "small/a.csv, row 3" and "unknown column '次均费用'" in unknown.what
    assert "total_cost is missing" in missing.what


GROUPS = "机构,基本信息,,,费用,"
BELOW = "ORG,XM,BAH,XB,CYSJ,ZFY"
MERGED = ["机构代码,基本信息,,,出院时间,费用", ",XM,BAH,XB,,ZFY"]


def test_two_header_rows_are_asked_for(write, problems_of):
    found = problems_of(write([*MERGED, ROW]))
    assert any("rows 1 and 2" in p.what and "header_rows = 2" in p.todo for p in found)


@pytest.mark.parametrize("lines", [[GROUPS, BELOW], MERGED, [*TITLES, *MERGED]])
def test_two_header_rows(engine, city, source, write, lines):
    declared = replace(city, files=(RawFile("small/a.csv", header_rows=2),))
    raw = read_raw(engine, declared, source, write([*lines, ROW]))
    frame = engine.to_frame(raw.table)
    assert frame[["hospital__0", "total_cost__0", "source_row"]].values.tolist() == [
        ["H1", "100.00", len(lines) + 1]
    ]


def test_a_group_and_its_item_are_one_name_where_an_alias_says_so(engine, city, source, write):
    rules = dict(source.columns)
    rules["drug_cost"] = replace(rules["drug_cost"], items=(("药品/西药费",), ("药品/中成药费",)))
    grouped = replace(source, columns=rules, header_rows=2, ignored=(*source.ignored, "自费/西药费"))
    lines = [HEADER + ",药品,,自费", ",,,,,,西药费,中成药费,西药费", ROW + ",60,5,1"]
    frame = engine.to_frame(read_raw(engine, city, grouped, write(lines)).table)
    assert frame[["drug_cost__0", "drug_cost__1"]].values.tolist() == [["60", "5"]]


def test_an_item_in_two_groups_is_a_doubled_column(write, problems_of, city):
    lines = [HEADER + ",甲,乙", ",,,,,,XYF,XYF", ROW + ",60,5"]
    (found,) = problems_of(write(lines), files=(RawFile("small/a.csv", header_rows=2),))
    assert "'XYF' stands 2 times" in found.what


def test_another_encoding_and_delimiter_than_declared_are_found(write, problems_of):
    lines = [line.replace(",", "\t") for line in [HEADER.replace("ORG", "机构代码"), ROW]]
    (found,) = problems_of(
        write(lines, encoding="utf-16"), files=(RawFile("small/a.csv", encoding="latin-1"),)
    )
    assert 'encoding = "utf-16"' in found.todo and 'delimiter = "\\t"' in found.todo


def test_tabs_by_suffix(engine, city, source, write):
    files = write([line.replace(",", "\t") for line in [HEADER, ROW]], "small/a.tsv")
    assert read_raw(engine, city, source, files).files[0].rows == 1


def test_traditional_characters_in_a_header(engine, city, source, write):
    lines = [HEADER.replace("ORG", "機構 代碼").replace("ZFY", "總費用").replace("CYSJ", "出院時間"), ROW]
    frame = engine.to_frame(read_raw(engine, city, source, write(lines)).table)
    assert frame[["hospital__0", "discharge_date__0", "total_cost__0"]].values.tolist() == [
        ["H1", "2019-03-01", "100.00"]
    ]
