"""Amounts as text, and the two kinds of files, on a few cells that can be read by eye."""

import csv
import io
import zipfile
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from dipeval.simulate import csv_file, text
from dipeval.simulate.faults import RATES, full_width, invent_faults, with_commas
from dipeval.simulate.raw import RawColumn
from dipeval.simulate.xlsx_file import xlsx_bytes

SOURCE = SimpleNamespace(delimiter=",", header_row=1, total_words=("合计",))


def column(header, cells, **kind):
    return RawColumn(header, pa.array(cells, pa.string()), **kind)


@pytest.mark.parametrize(
    ("per_unit", "expected"),
    [
        (1, ["0", "5", "1234567"]),
        (100, ["0", "0.05", "12345.67"]),
        (1_000_000, ["0", "0.000005", "1.234567"]),
    ],
)
def test_amounts_are_exact_in_every_unit(per_unit, expected):
    assert text.amounts(np.array([0, 5, 1_234_567]), per_unit, "0").to_pylist() == expected


def test_a_unit_that_has_no_decimals_is_refused():
    with pytest.raises(ValueError, match="decimal"):
        text.amounts(np.array([1]), 60, "0")


def test_dates_and_replacements():
    days = np.array(["2020-02-29", "2019-01-01", "2020-02-29"], dtype="datetime64[D]")
    assert text.dates(days, "%Y%m%d").to_pylist() == ["20200229", "20190101", "20200229"]
    replaced = text.replaced(pa.array(["a", "b", "c"]), np.array([0, 2]), ["x", "y"])
    assert replaced.to_pylist() == ["x", "b", "y"]


def test_two_ways_of_writing_an_amount():
    assert full_width("12.30") == "１２．３０"
    assert with_commas("1234567.80") == "1,234,567.80"
    assert with_commas("1000") == "1,000"


def test_faults_are_disjoint_and_at_their_rates():
    rows = invent_faults(1, "a", 100_000).rows
    together = np.concatenate(list(rows.values()))
    assert len(np.unique(together)) == len(together)
    assert {fault: len(chosen) / 100_000 for fault, chosen in rows.items()} == RATES
    assert all(len(chosen) == 1 for chosen in invent_faults(1, "a", 50).rows.values())


def test_a_delimited_file_quotes_only_what_needs_it():
    columns = [column("名称", ["甲", 'a"b', "c,d"]), column("n", ["1", "2", "3"], number=True)]
    assert csv_file.csv_bytes(columns, SOURCE, "utf-8", bom=True).decode("utf-8") == (
        '\ufeff名称,n\r\n甲,1\r\n"a""b",2\r\n"c,d",3\r\n'
    )
    assert csv_file.csv_bytes(columns, SOURCE, "gb18030", bom=True).startswith(
        "名称,n\r\n甲".encode("gb18030")
    )


def test_a_long_file_is_joined_piece_by_piece(monkeypatch):
    columns = [column("a", [str(k) for k in range(10)]), column("b", list("abcdefghij"))]
    whole = csv_file.csv_bytes(columns, SOURCE, "utf-8", bom=False)
    monkeypatch.setattr(csv_file, "ROWS_AT_ONCE", 3)
    assert csv_file.csv_bytes(columns, SOURCE, "utf-8", bom=False) == whole
    assert list(csv.reader(io.StringIO(whole.decode("utf-8"))))[10] == ["9", "j"]


def test_a_header_below_the_first_row_stands_there():
    lower = SimpleNamespace(delimiter=",", header_row=3, total_words=("合计",))
    lines = csv_file.csv_bytes([column("a", ["1"])], lower, "utf-8", bom=False).decode("utf-8").split("\r\n")
    assert lines[2:] == ["a", "1", ""]
    book = xlsx_bytes([column("a", ["1"])], ("s",), 3, False, lower)
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows][2:] == ["a", "1"]


def test_a_spreadsheet_holds_numbers_as_numbers_and_codes_as_text():
    names = [column(f"h{k}", ["", "&<x>"]) for k in range(26)]
    columns = [
        column("code", ["000123", "47.0100"]),
        *names,
        column("万元", ["0.123456", "１．５"], number=True, total="1.623456"),
    ]
    content = xlsx_bytes(columns, ("结算清单",), 1, True, SOURCE)
    assert content == xlsx_bytes(columns, ("结算清单",), 1, True, SOURCE)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["结算清单"]
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[0] == ["code", *(f"h{k}" for k in range(26)), "万元"]
    assert rows[1] == ["000123", *[""] * 26, 0.123456]
    assert rows[2] == ["47.0100", *["&<x>"] * 26, "１．５"]
    assert rows[3] == ["合计", *[""] * 26, 1.623456]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        for entry in archive.namelist():
            ElementTree.fromstring(archive.read(entry))
