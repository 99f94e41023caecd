"""`new city` on every kind of file that is read, and on those that are not."""

import csv
import io
import tomllib
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from dipeval.errors import DataError
from dipeval.pipeline.new_city import new_city

PAGE = "synthetic_anlan/discharges.csv"
ROWS = 300


@pytest.fixture
def rows(small_project) -> list[list[str]]:
    """Header and some rows of a front page."""
    text = (small_project / "given" / PAGE).read_bytes().decode("gb18030")
    return list(csv.reader(io.StringIO(text)))[: ROWS + 1]


@pytest.fixture
def draft(small_project):
    """Draft a city from one file and give its first file's table and what was said."""

    def make(place: Path) -> tuple[dict, str]:
        told = new_city("demo", [place], root=small_project)
        text = (small_project / "analysis/cities/demo.toml").read_text(encoding="utf-8")
        return tomllib.loads(text)["files"][0], told

    return make


def as_csv(rows: list[list[str]], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("gb18030")


def test_a_packed_table_of_tabs(tmp_path, rows, draft):
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.tsv", as_csv(rows, "\t"))
    file, told = draft(place)
    assert file["path"] == "demo/a.zip" and file["delimiter"] == "\t"
    assert f"rows of data        {ROWS}" in told


def test_two_header_rows(tmp_path, rows, draft):
    money = rows[0].index("ZFY")
    upper = [cell if k < money else "费用" if k == money else "" for k, cell in enumerate(rows[0])]
    lower = ["" if k < money else cell for k, cell in enumerate(rows[0])]
    place = tmp_path / "a.csv"
    place.write_bytes(as_csv([["某市", *[""] * 5], upper, lower, *rows[1:]]))
    file, told = draft(place)
    assert (file["header_row"], file["header_rows"]) == (2, 2)
    assert "row 2 and the next" in told and f"rows of data        {ROWS}" in told


def test_sheets_that_are_no_data_are_left_out(tmp_path, rows, draft):
    place = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(place)
    for name, table in (
        ("说明", [["填表说明"]]),
        ("一月", rows[:100]),
        ("二月", [["题"], rows[0], *rows[100:]]),
    ):
        sheet = book.add_worksheet(name)
        for k, row in enumerate(table):
            sheet.write_row(k, 0, row)
    book.close()
    file, told = draft(place)
    assert file["sheets"] == ["一月", "二月"] and "header_row" not in file
    assert "sheets left out" in told and "说明" in told
    assert f"rows of data        {ROWS}" in told


def test_a_parquet_file(tmp_path, rows, draft):
    place = tmp_path / "a.parquet"
    pd.DataFrame(rows[1:], columns=rows[0]).to_parquet(place)
    file, told = draft(place)
    assert set(file) == {"path", "sha256"}
    assert f"rows of data        {ROWS}" in told and "kind                parquet" in told


def two_members(place: Path) -> None:
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("a.csv", "1")
        archive.writestr("b.csv", "2")


def zeros(place: Path) -> None:
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * (1 << 27))


def words(place: Path) -> None:
    place.write_bytes(b"no table at all")


@pytest.mark.parametrize(
    ("name", "write", "said"),
    [
        ("a.zip", two_members, "an archive of 2 files"),
        ("a.zip", zeros, "expand without end"),
        ("a.docx", words, "'.docx' is no kind of file that is read"),
        ("a", words, "has no suffix"),
        ("a.xls", words, "no readable workbook"),
        ("a.parquet", words, "no readable Parquet file"),
    ],
)
def test_files_that_cannot_be_looked_into(small_project, tmp_path, name, write, said):
    place = tmp_path / name
    write(place)
    with pytest.raises(DataError, match=said):
        new_city("demo", [place], root=small_project)
    assert not (small_project / "analysis/cities/demo.toml").exists()
