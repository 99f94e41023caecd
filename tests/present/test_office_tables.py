"""Tables for Word and for spreadsheets: what they hold, their three rules, and that nothing runs or changes."""

import io
import zipfile
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from dipeval.disclose import gate
from dipeval.present import tabulate
from dipeval.present.layouts.table import Cell, Head, Row, Table
from dipeval.present.writers.markup import table_document, table_within
from dipeval.present.writers.word import table_word
from dipeval.present.writers.workbook import number_in, place, table_workbook

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NAMES = ["table_one", "regression", "validation", "ledger"]


@pytest.fixture(scope="module")
def made(exhibits):
    return {
        (name, language): tabulate(gate(exhibits[name])[0], language)
        for name in NAMES
        for language in ("en", "zh")
    }


def part(package: bytes, path: str):
    with zipfile.ZipFile(io.BytesIO(package)) as found:
        return ElementTree.fromstring(found.read(path))


def words(element) -> str:
    return "".join(text.text or "" for text in element.iter(f"{W}t"))


def small() -> Table:
    heads = ((Head("Before", 2), Head("")), (Head("n"), Head("=cmd()"), Head("Test")))
    rows = (
        Row("Costs"),
        Row("=1+1", (Cell("1,234"), Cell("−0.50"), Cell("@sum(A1)")), indent=True),
        Row("Share\x07", (Cell("12.3%"), Cell("12 (3.4)"), Cell("007")), ruled=True),
        Row("None", (Cell("–ᵃ"), Cell("withheld"), Cell("<0.001"))),
    )
    return Table("t/1", "A & B", "Item", heads, rows, ("ᵃ why.",), frozenset({2}))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_word_and_spreadsheet_hold_the_cells_of_the_web_table(made, name, language):
    one = made[name, language]
    table = ElementTree.fromstring(table_within(one["html"].decode()).replace("&nbsp;", " "))
    body = [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]
    body = [row for row in body if len(row) > 1]
    document = part(one["docx"], "word/document.xml")
    rows = [[words(cell) for cell in row.iter(f"{W}tc")] for row in document.iter(f"{W}tr")]
    bare = [[text for text in row if text] for row in rows]
    assert bare == [[text for text in row if text] for row in body]
    grid = len(list(document.iter(f"{W}gridCol")))
    for row in document.iter(f"{W}tr"):
        spans = [span.get(f"{W}val") for span in row.iter(f"{W}gridSpan")]
        assert len(list(row.iter(f"{W}tc"))) - len(spans) + sum(map(int, spans)) == grid
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(one["xlsx"])).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet[1 : 1 + len(body)]] == [row[0] for row in body]


def test_word_has_three_rules_a_repeated_head_and_fonts_for_both_scripts(made):
    document = part(made["table_one", "zh"]["docx"], "word/document.xml")
    rows = list(document.iter(f"{W}tr"))
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows].count(True) == 2

    def rules(row, edge):
        found = [cell.find(f"{W}tcPr/{W}tcBorders/{W}{edge}") for cell in row.iter(f"{W}tc")]
        return {int(rule.get(f"{W}sz")) for rule in found if rule is not None}

    assert (
        rules(rows[0], "top") == {12}
        and rules(rows[1], "bottom") == {6}
        and rules(rows[-1], "bottom") == {12}
    )
    assert all(not rules(row, edge) for row in rows[2:-1] for edge in ("top", "bottom"))
    styles = part(made["table_one", "zh"]["docx"], "word/styles.xml")
    fonts = next(styles.iter(f"{W}rFonts"))
    assert fonts.get(f"{W}eastAsia") == "SimSun" and fonts.get(f"{W}ascii") == "Times New Roman"
    paragraphs = [words(p) for p in document.findall(f"{W}body/{W}p")]
    assert paragraphs[0] and "合成数据。" in paragraphs[-1]
    named = {style.get(f"{W}styleId") for style in styles.iter(f"{W}style")}
    assert {p.get(f"{W}val") for p in document.iter(f"{W}pStyle")} <= named


def test_wide_tables_turn_the_page(made):
    def turned(name):
        size = next(part(made[name, "en"]["docx"], "word/document.xml").iter(f"{W}pgSz"))
        return size.get(f"{W}orient") == "landscape" and int(size.get(f"{W}w")) > int(size.get(f"{W}h"))

    assert turned("regression") and not turned("validation")


@pytest.mark.parametrize("form", ["docx", "xlsx"])
def test_same_bytes_again_and_no_clock(exhibits, made, form):
    again = tabulate(gate(exhibits["table_one"])[0], "zh")[form]
    assert again == made["table_one", "zh"][form]
    with zipfile.ZipFile(io.BytesIO(again)) as package:
        assert package.testzip() is None and package.namelist()[0] == "[Content_Types].xml"
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        everything = b"".join(package.read(name) for name in package.namelist())
    assert b"created" not in everything and b"modified" not in everything and b"creator" not in everything


def test_no_cell_of_a_spreadsheet_is_a_formula():
    package = table_workbook(small(), "en")
    sheet = part(package, "xl/worksheets/sheet1.xml")
    space = sheet.tag.partition("}")[0] + "}"
    cells = list(sheet.iter(f"{space}c"))
    assert not list(sheet.iter(f"{space}f")) and {c.get("t") for c in cells} <= {None, "inlineStr"}
    rows = CalamineWorkbook.from_filelike(io.BytesIO(package)).get_sheet_by_index(0).to_python()
    assert rows[4][:4] == ["=1+1", 1234, -0.5, "@sum(A1)"]
    assert rows[5][:4] == ["Share", 0.123, "12 (3.4)", "007"]
    assert rows[6][:4] == ["None", "–ᵃ", "withheld", "<0.001"]
    styles = part(package, "xl/styles.xml")
    looks = list(styles.find(f"{space}cellXfs"))
    text = next(c for c in cells if c.find(f"{space}is") is not None and "=1+1" in "".join(c.itertext()))
    assert looks[int(text.get("s"))].get("quotePrefix") == "1"


def test_letters_of_remarks_are_raised_and_sections_slanted():
    document = part(table_word(small(), "en"), "word/document.xml")
    raised = [run for run in document.iter(f"{W}r") if run.find(f"{W}rPr/{W}vertAlign") is not None]
    assert [words(run) for run in raised] == ["a"]
    styles = [p.get(f"{W}val") for p in document.iter(f"{W}pStyle")]
    assert styles.count("TableSection") == 1 and words(document).startswith("A & B")


def test_the_web_table_stands_by_itself():
    page = table_document(small(), "zh")
    assert page.startswith("<!DOCTYPE html>") and '<meta charset="utf-8">' in page and 'lang="zh-CN"' in page
    assert "border-top: 2px solid #000; border-bottom: 2px solid #000" in page and "http" not in page
    assert table_within(page).startswith("<table") and table_within("none") == ""


@pytest.mark.parametrize(
    ("text", "number", "form"),
    [
        ("1,234", "1234", "#,##0"),
        ("2019", "2019", "0"),
        ("−0.50", "-0.50", "#,##0.00"),
        ("0.5%", "0.005", "#,##0.0%"),
        ("12.3%", "0.123", "#,##0.0%"),
        ("007", None, ""),
        ("1.2 (0.3)", None, ""),
        ("", None, ""),
    ],
)
def test_printed_numbers_are_numbers(text, number, form):
    assert number_in(text) == (number, form)


def test_names_of_cells():
    assert [place(c, 3) for c in (0, 25, 26, 701, 702)] == ["A3", "Z3", "AA3", "ZZ3", "AAA3"]
