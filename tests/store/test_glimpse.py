"""The first look at a file: its encoding by strict trial, never by a codec that fits anything."""

import gzip

import pytest

from dipeval.store.atomic import copy_file
from dipeval.store.glimpse import find_encoding, first_rows, first_sheet_rows, parquet_columns

CHINESE = "机构代码,出院时间,总费用\n甲医院,2019-03-01,100.00\n" * 3
WESTERN = "hôpital,sortie,coût\nGenève,2019-03-01,100\nZürich,2019-03-02,120\nMünsterlingen,2019-03-02,7\n"


@pytest.mark.parametrize(
    ("content", "name", "how"),
    [
        (CHINESE.encode("utf-8"), "utf-8", "strict decoding"),
        (CHINESE.encode("utf-8-sig"), "utf-8", "byte order mark"),
        (CHINESE.encode("utf-16"), "utf-16", "byte order mark"),
        (b"\xfe\xff" + CHINESE.encode("utf-16-be"), "utf-16", "byte order mark"),
        (CHINESE.encode("gb18030"), "gb18030", "it is not UTF-8"),
        (b"a,b\n1,2\n", "utf-8", "ASCII only"),
        (WESTERN.encode("latin-1"), "", "latin-1"),
        (CHINESE.encode("utf-16-le"), "", "without a byte order mark"),
        (CHINESE.encode("utf-8") + CHINESE.encode("gb18030"), "", ""),
        (CHINESE.encode("utf-8-sig") + b"\xff\xff\n", "", "says utf-8, but byte"),
    ],
    ids=["utf8", "bom", "utf16", "utf16be", "gb", "ascii", "latin", "utf16-bare", "mixed", "damaged"],
)
def test_an_encoding_is_found_by_strict_trial(tmp_path, content, name, how):
    place = tmp_path / "a.csv"
    place.write_bytes(content)
    found = find_encoding(place)
    assert found.name == name, found
    assert how in found.how


def test_a_packed_text_and_one_that_is_cut_off(tmp_path):
    packed = gzip.compress((CHINESE * 50).encode("gb18030"))
    (tmp_path / "a.csv.gz").write_bytes(packed)
    (tmp_path / "b.csv.gz").write_bytes(packed[:-9])
    assert find_encoding(tmp_path / "a.csv.gz").name == "gb18030"
    assert "end in the middle" in find_encoding(tmp_path / "b.csv.gz").how


def test_mixed_texts_are_told_with_their_place(tmp_path):
    place = tmp_path / "a.csv"
    place.write_bytes("机构\n甲\n".encode() + "乙\n".encode("gb18030") + b"\x81\n")
    found = find_encoding(place)
    assert found.name == "" and "row 3" in found.how and "mixed, damaged" in found.how


def test_first_rows_keep_quoted_breaks_together(tmp_path):
    place = tmp_path / "a.csv"
    place.write_bytes(b'title\r\n"a\nb";c\r\n1;2\r\n3;4\r\n')
    assert first_rows(place, "utf-8", ";", 3) == [["title"], ["a\nb", "c"], ["1", "2"]]


def test_a_workbook_and_a_parquet_file_that_are_none(tmp_path):
    place = tmp_path / "a.xlsx"
    place.write_bytes(b"PK no workbook")
    assert first_sheet_rows(place, 5) == {}
    assert parquet_columns(place) == []


def test_a_copy_never_replaces_another_file(tmp_path):
    from dipeval.errors import DataError

    source, target = tmp_path / "a.csv", tmp_path / "in/a.csv"
    source.write_bytes(b"1")
    copy_file(source, target)
    copy_file(source, target)
    assert target.read_bytes() == b"1"
    target.write_bytes(b"2")
    with pytest.raises(DataError, match="other contents"):
        copy_file(source, target)
    assert target.read_bytes() == b"2"
