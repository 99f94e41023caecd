"""Spreadsheets: sheets, exact cells, and what a spreadsheet program has destroyed."""

import datetime
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
import xlwt

from dipeval.errors import DataError
from dipeval.store.raw import read_raw
from dipeval.store.workbook import read_workbook
from dipeval.study.model import ColumnRule, RawFile

HEADER = "ORG,XM,BAH,XB,CYSJ,ZFY".split(",")
ROW = ["H1", "虚拟患者", "V1", "1", "2019-03-01", "100.00"]


def rows_of(engine, raw):
    return engine.to_frame(raw.table, ("source_file", "source_row"))


def problems_of(engine, city, source, files) -> list:
    with pytest.raises(DataError) as error:
        read_raw(engine, city, source, files)
    assert "虚拟患者" not in str(error.value)
    return list(error.value.problems)


@pytest.fixture()
def book(tmp_path: Path):
    """Write sheets of rows as small/a.xlsx, or as a legacy small/a.xls."""

    def put(sheets: dict[str, list[list]], name: str = "small/a.xlsx", hidden: tuple[str, ...] = ()):
        place = tmp_path / name.replace("/", "_")
        if place.suffix == ".xls":
            legacy = xlwt.Workbook(encoding="utf-8")
            for title, rows in sheets.items():
                sheet = legacy.add_sheet(title)
                for k, row in enumerate(rows):
                    for m, cell in enumerate(row):
                        sheet.write(k, m, cell)
            legacy.save(str(place))
            return [(name, place)]
        with xlsxwriter.Workbook(place, {"default_date_format": "yyyy-mm-dd"}) as made:
            for title, rows in sheets.items():
                sheet = made.add_worksheet(title)
                for k, row in enumerate(rows):
                    sheet.write_row(k, 0, row)
                if title in hidden:
                    sheet.hide()
        return [(name, place)]

    return put


@pytest.mark.parametrize("name", ["small/a.xlsx", "small/a.xls"])
def test_workbook(engine, city, source, book, name):
    rows = [
        ["机构\n代码", *HEADER[1:]],
        ["047.0100", "虚拟患者", 15.0, 1, "2019-03-01", 0.1234],
        [],
        ["合计", "", "", "", "", 0.1 + 0.2],
    ]
    frame = rows_of(engine, read_raw(engine, city, source, book({"页": rows}, name)))
    assert frame["source_row"].tolist() == [2, 4]
    assert frame["hospital__0"].tolist() == ["047.0100", "合计"]
    assert frame["visit__0"].tolist()[0] == "15"
    assert frame["total_cost__0"].tolist() == ["0.1234", "0.3"]
    assert frame["is_total_row"].tolist() == [False, True]


def test_no_identifying_cell_of_a_workbook_is_copied(engine, city, source, book):
    header = [name for name in HEADER if name != "XM"] + ["XM"]
    files = book({"页": [header, ["H1", "V1", 1, "2019-03-01", 1, "虚拟患者"]]})
    raw = read_raw(engine, city, source, files)
    assert rows_of(engine, raw)["hospital__0"].tolist() == ["H1"]
    (part,), _ = read_workbook(source, RawFile(files[0][0]), files[0][1])
    kept = part.text.reader().read_all()
    assert kept.num_rows == 1 and "虚拟患者" not in str(kept.to_pylist())


def test_title_rows_above_the_header(engine, city, source, book):
    raw = read_raw(engine, city, source, book({"页": [["某市出院病人"], [], HEADER, ROW]}))
    assert rows_of(engine, raw)["source_row"].tolist() == [4]
    assert raw.files[0].notes == ("header found in row 3 (declared: 1)",)


def test_all_data_sheets_are_read_and_the_others_are_told(engine, city, source, book):
    files = book({"2019": [HEADER, ROW], "2020": [HEADER, ROW, ROW], "说明": [["文字"]], "汇总": [["ORG"]]})
    raw = read_raw(engine, city, source, files)
    assert (
        sorted(rows_of(engine, raw)["source_file"]) == ["small/a.xlsx [2019]"] + ["small/a.xlsx [2020]"] * 2
    )
    assert raw.files[0].rows == 3
    assert "sheets passed over: 说明, 汇总" in raw.files[0].notes


def test_named_sheets_alone_are_read(engine, city, source, book):
    files = book({"2019": [HEADER, ROW], "2020": [HEADER, ROW]})
    declared = replace(city, files=(RawFile("small/a.xlsx", sheets=("2020",)),))
    assert rows_of(engine, read_raw(engine, declared, source, files))["source_file"].tolist() == [
        "small/a.xlsx"
    ]


def test_a_renamed_sheet(engine, city, source, book):
    files = book({"出院病人2019": [HEADER, ROW]})
    declared = replace(city, files=(RawFile("small/a.xlsx", sheets=("出院病人",)),))
    (found,) = problems_of(engine, declared, source, files)
    assert "no sheet '出院病人'" in found.what and "出院病人2019" in found.todo


def test_a_hidden_sheet_with_data_must_be_named(engine, city, source, book):
    files = book({"页": [HEADER, ROW], "页 (2)": [HEADER, ROW]}, hidden=("页 (2)",))
    (found,) = problems_of(engine, city, source, files)
    assert "'页 (2)' is hidden" in found.what


def test_a_data_sheet_without_a_needed_column(engine, city, source, book):
    short = [name for name in HEADER if name != "ZFY"]
    files = book({"2019": [HEADER, ROW], "2020": [short, ROW[:-1]]})
    (found,) = problems_of(engine, city, source, files)
    assert "total_cost is missing" in found.what and found.where == "small/a.xlsx [2020], row 1"


@pytest.fixture()
def coded(source):
    """The format with a column of procedure codes."""
    rule = ColumnRule("principal_procedure", (("SSBM", "手术编码"),), required=False)
    return replace(source, columns={**source.columns, "principal_procedure": rule})


def test_codes_that_became_numbers_or_dates(engine, city, coded, book):
    rows = [[*HEADER, "SSBM"]]
    rows += [[*ROW, "47.0100"], [*ROW, 47.01], [*ROW, ""], [*ROW, 99.28], [*ROW, datetime.date(2019, 1, 2)]]
    numbers, dates = sorted(problems_of(engine, city, coded, book({"页": rows})), key=lambda p: -p.count)
    assert numbers.where == "small/a.xlsx, column SSBM" and "zeros" in numbers.what
    assert numbers.evidence == ("row 3", "row 5") and numbers.count == 2
    assert "dates" in dates.what and dates.evidence == ("row 6",)


def test_text_codes_keep_their_zeros(engine, city, coded, book):
    raw = read_raw(engine, city, coded, book({"页": [[*HEADER, "SSBM"], [*ROW, "47.0100"]]}))
    assert rows_of(engine, raw)["principal_procedure__0"].tolist() == ["47.0100"]


def test_long_numbers_that_lost_their_last_digits(engine, city, source, book):
    (found,) = problems_of(
        engine, city, source, book({"页": [HEADER, ["H1", "x", 123456789012345678.0, *ROW[3:]]]})
    )
    assert found.where.endswith("column BAH") and "lost their last digits" in found.what
    assert "123456" not in str(found)


def test_broken_workbook(engine, city, source, book):
    files = book({"页": [HEADER, ROW]})
    whole = files[0][1].read_bytes()
    files[0][1].write_bytes(whole[: len(whole) // 2])
    (found,) = problems_of(engine, city, source, files)
    assert "no readable spreadsheet" in found.what


def test_a_workbook_that_expands_without_end(engine, city, source, book):
    files = book({"页": [HEADER, ROW]})
    with zipfile.ZipFile(files[0][1], "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", bytes(80 << 20))
    (found,) = problems_of(engine, city, source, files)
    assert "expand without end" in found.what
