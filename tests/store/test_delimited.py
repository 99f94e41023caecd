"""Delimited text read in blocks and threads: what is read never depends on where blocks end."""

import csv
import io
import random
from pathlib import Path

import pytest

from dipeval.store.blocks import UnreadableRow
from dipeval.store.damage import Tally
from dipeval.store.delimited import Delimited, examine, leading_rows, text_of
from dipeval.store.fields import UnevenRows

CELLS = ("", "a", "1,5", "x;y", "二级", "堃", "𠀀", 'say "so"', "two\nlines", "\n", " ", "-", "玥玥")


def quoted(cell: str, always: bool) -> str:
    return '"' + cell.replace('"', '""') + '"' if always or set(cell) & set(',"\n') else cell


def invented(draw: random.Random, fields: int = 4) -> tuple[str, list[tuple[int, list[str]]]]:
    """A table as text, and its rows with their numbers as a spreadsheet shows them."""
    lines, rows, number = ["h1,h2,h3,h4"], [], 1
    for _ in range(draw.randrange(40)):
        number += 1
        if draw.random() < 0.15:
            lines.append("")
            continue
        cells = [draw.choice(CELLS) for _ in range(fields)]
        lines.append(",".join(quoted(cell, draw.random() < 0.2) for cell in cells))
        rows.append((number, cells))
    return "\n".join(lines) + draw.choice(("", "\n")), rows


def read(path: Path, encoding: str, **options) -> list[tuple[int, list[str]]]:
    file = Delimited(path, encoding, ",", 2, 4, **options)
    table = text_of(file, range(4)).reader().read_all()
    columns = [table.column(name).to_pylist() for name in table.column_names]
    return [(number, [cell or "" for cell in cells]) for number, *cells in zip(*columns, strict=True)]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_rows_and_numbers_wherever_blocks_end(tmp_path, encoding, line_end):
    draw = random.Random(f"{encoding}{line_end!r}")
    for k in range(10):
        text, rows = invented(draw)
        path = tmp_path / f"{k}.csv"
        path.write_bytes(text.replace("\n", line_end).encode(encoding))
        expected = [(n, [cell.replace("\r\n", "\n") for cell in cells]) for n, cells in rows]
        for size in (1 << 20, 64, 5):
            options = {"size": size, "longest": 1 << 10, "workers": 1 + size % 2}
            assert read(path, encoding, **options) == expected
            found = examine(Delimited(path, encoding, ",", 2, 4, **options))
            assert found.rows == len(rows) and found.faults == {}
            assert not found.damage.is_undecodable and not found.damage.stretches


def count_fields(line: str) -> int:
    return len(next(csv.reader(io.StringIO(line, newline=""))))


def test_faulty_rows_are_found_wherever_blocks_end(tmp_path):
    draw = random.Random(3)
    for k in range(12):
        lines, expected = ["h1,h2,h3,h4"], {}
        for number in range(2, 40):
            kind = draw.choice(("", "", "", "too_few", "too_many", "quote_out_of_place"))
            lines.append(
                {
                    "": draw.choice(('a,"b,\nb",c,d', "a,b,c,d", '"a""a",b,,', 'a,5" pipe 6",c,d')),
                    "too_few": draw.choice(("a,b,c", '"a,b",c,d', "a")),
                    "too_many": draw.choice(("a,b,c,d,e", 'a,b,c,d,"e\n,f"')),
                    "quote_out_of_place": draw.choice(('"a"x,b,c,d', '"a" ,b,c,d', '"a""",""x,c,d')),
                }[kind]
            )
            if kind:
                expected.setdefault(kind, []).append(number)
        path = tmp_path / f"{k}.csv"
        path.write_bytes("\n".join(lines).encode())
        for size in (1 << 20, 50, 7):
            file = Delimited(path, "utf-8", ",", 2, 4, size=size, longest=1 << 10, workers=1 + size % 2)
            found = {kind: (tally.count, tally.rows) for kind, tally in examine(file).faults.items()}
            assert found == {kind: (len(rows), rows[:5]) for kind, rows in expected.items()}


def test_a_quote_that_draws_a_line_into_its_row(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'h1,h2\na,5" pipe\nb,6" pipe\nc,d\n')
    assert examine(Delimited(path, "utf-8", ",", 2, 2)).faults == {"quote_out_of_place": Tally(1, [2])}


@pytest.mark.parametrize("content", [b"h1,h2\n", b"h1,h2", b"h1,h2\n\n\n", b"h1,h2\r\n\r\n"])
def test_a_file_without_rows(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    file = Delimited(path, "utf-8", ",", 2, 2)
    assert examine(file).rows == 0
    assert text_of(file, [0]).reader().read_all().num_rows == 0


@pytest.mark.parametrize("size", [1 << 20, 64])
def test_a_row_beyond_all_measure(tmp_path, size):
    path = tmp_path / "a.csv"
    path.write_bytes(b"h1,h2\na,b\na," + b"x" * 500 + b"\na,b\n")
    for longest, fails in ((502, False), (501, True)):
        file = Delimited(path, "utf-8", ",", 2, 2, size=size, longest=longest)
        if not fails:
            assert examine(file).rows == 3
            continue
        with pytest.raises(UnreadableRow) as error:
            examine(file)
        assert error.value.problem.where == "row 3" and "longer than 501 bytes" in error.value.problem.what


@pytest.mark.parametrize("size", [1 << 20, 64])
def test_a_quote_that_is_never_closed(tmp_path, size):
    path = tmp_path / "a.csv"
    path.write_bytes(b'h1,h2\n"a\n",b\na,"b\n' + b"a,b\n" * 30)
    with pytest.raises(UnreadableRow) as error:
        examine(Delimited(path, "utf-8", ",", 2, 2, size=size))
    assert error.value.problem.what == 'a quote (") is opened in row 3 and never closed'
    with pytest.raises(UnreadableRow) as error:
        examine(Delimited(path, "utf-8", ",", 2, 2, size=size, longest=60))
    assert "row 3 is longer than 60 bytes: a quote" in error.value.problem.what


def test_damaged_text_is_counted_by_column(tmp_path):
    rows = (
        [b"H1,\xc4\xd0,x"] * 3
        + [b"H1,\xc4,x"]
        + [b"H1,\xff\xfe,\xc4\xd0"]
        + [b"H\x84\x31\xa4\x37,a,\x84\x31\xa4\x37"]
    )
    path = tmp_path / "a.csv"
    path.write_bytes(b"h1,h2,h3\n" + b"\n".join(rows) + b"\n")
    for size in (1 << 20, 20):
        damage = examine(Delimited(path, "gb18030", ",", 2, 3, size=size)).damage
        assert damage.is_undecodable
        assert {k: (t.count, t.rows) for k, t in damage.undecodable.items()} == {1: (2, [5, 6])}
        assert {k: (t.count, t.rows) for k, t in damage.replaced.items()} == {0: (1, [7]), 2: (1, [7])}


@pytest.mark.parametrize(("declared", "mixed"), [("gb18030", "utf-8"), ("utf-8", "gb18030")])
@pytest.mark.parametrize("size", [1 << 20, 100])
def test_rows_in_another_encoding(tmp_path, declared, mixed, size):
    """Most rows of UTF-8 decode as GB18030 without any error, into characters that nobody meant."""
    rows = ["三级医院,内科,甲".encode(mixed if 10 <= k < 15 or k == 30 else declared) for k in range(2, 40)]
    path = tmp_path / "a.csv"
    path.write_bytes(b"h1,h2,h3\n" + b"\n".join(rows) + b"\n")
    damage = examine(Delimited(path, declared, ",", 2, 3, size=size)).damage
    assert damage.stretches == [[10, 14], [30, 30]]


def every_character() -> str:
    return "".join(chr(p) for p in range(0x80, 0x11000) if not 0xD800 <= p < 0xE000 and p != 0xFFFD)


def test_every_character_of_gb18030_is_text(tmp_path):
    path = tmp_path / "a.csv"
    characters = every_character()
    path.write_bytes(("h1,h2\n" + "".join(f"{c},医{c}x\n" for c in characters)).encode("gb18030"))
    file = Delimited(path, "gb18030", ",", 2, 2)
    found = examine(file)
    assert found.rows == len(characters) and found.damage.replaced == {}
    assert not found.damage.is_undecodable and found.damage.stretches == []
    table = text_of(file, [0, 1]).reader().read_all()
    assert table.column("field_0").to_pylist() == list(characters)
    assert table.column("field_1").to_pylist() == [f"医{c}x" for c in characters]


def test_leading_rows(tmp_path):
    path = tmp_path / "a.csv"
    for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
        path.write_bytes('标题\r\n"机构\n名",b\r\n\r\nc,"d"\r\n'.encode(encoding))
        got = leading_rows(path, encoding.removesuffix("-sig"), ",", 9)
        assert got == [["标题"], ["机构\n名", "b"], [], ["c", "d"]]
        assert leading_rows(path, encoding.removesuffix("-sig"), ",", 1) == [["标题"]]


def test_what_passes_the_examination_can_be_read(tmp_path):
    """Whatever the bytes: no faults and no open quote mean that every row is read."""
    draw = random.Random(8)
    path, passed = tmp_path / "a.csv", 0
    for _ in range(1500):
        body = "".join(draw.choices(['"', ",", "\n", "\r\n", "a", ',"', '",', "医"], k=draw.randrange(24)))
        path.write_bytes(f"h1,h2\n{body}".encode("gb18030"))
        file = Delimited(path, "gb18030", ",", 2, 2, workers=1)
        try:
            found = examine(file)
        except UnreadableRow:
            continue
        if not found.faults:
            passed += 1
            assert text_of(file, [0, 1]).reader().read_all().num_rows == found.rows, body
    assert passed > 100


def test_no_cell_of_a_faulty_row_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("h1,h2\n虚拟患者\n".encode("gb18030"))
    file = Delimited(path, "gb18030", ",", 2, 2)
    assert examine(file).faults == {"too_few": Tally(1, [2])}
    with pytest.raises(UnevenRows) as error:
        text_of(file, [0]).reader().read_all()
    assert "虚拟" not in str(error.value) and error.value.__cause__ is None
