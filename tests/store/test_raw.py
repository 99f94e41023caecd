"""Reading raw files: rows with their place, and every fault of a file told at once."""

import gzip
import hashlib
from dataclasses import replace

import pytest

from dipeval.errors import DataError
from dipeval.store.raw import read_raw
from dipeval.study.model import RawFile

HEADER = "ORG,XM,BAH,XB,CYSJ,ZFY"
ROW = "H1,虚拟患者,V1,1,2019-03-01,100.00"


def rows_of(engine, raw):
    return engine.to_frame(raw.table, ("source_file", "source_row"))


def problems_of(engine, city, source, files) -> list:
    with pytest.raises(DataError) as error:
        read_raw(engine, city, source, files)
    assert "虚拟患者" not in str(error.value)
    return list(error.value.problems)


def test_rows_keep_file_and_row_and_lose_identifying_columns(engine, city, source, write):
    raw = read_raw(engine, city, source, write([HEADER, ROW, ROW.replace("V1", "007")]))
    frame = rows_of(engine, raw)
    assert frame["source_row"].tolist() == [2, 3]
    assert frame["visit__0"].tolist() == ["V1", "007"]
    assert not any("虚拟患者" in str(cell) for cell in frame.to_numpy().ravel())
    assert raw.files[0].rows == 2 and raw.files[0].path == "small/a.csv"
    assert [(e.rows_before, e.rows_after) for e in raw.ledger] == [(2, 2)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_reads_alike(engine, city, source, write, encoding):
    files = write([HEADER.replace("ORG", "机构代码"), ROW.replace("H1", "医院𠀀")], encoding=encoding)
    declared = replace(source, encoding=encoding.removesuffix("-sig"))
    frame = rows_of(engine, read_raw(engine, city, declared, files))
    assert frame["hospital__0"].tolist() == ["医院𠀀"]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends(engine, city, source, write, line_end):
    frame = rows_of(engine, read_raw(engine, city, source, write(line_end.join([HEADER, ROW, ROW]).encode())))
    assert frame["source_row"].tolist() == [2, 3]
    assert frame["total_cost__0"].tolist() == ["100.00", "100.00"]


def test_rows_are_counted_as_a_spreadsheet_shows_them(engine, city, source, write):
    quoted = 'H1,"two\nlines, and ""quotes""",V1,1,2019-03-01,100.00'
    raw = read_raw(engine, city, source, write([HEADER, quoted, "", ROW, "", "", ROW]))
    assert rows_of(engine, raw)["source_row"].tolist() == [2, 4, 7]
    assert "blank rows passed over: 3" in raw.ledger.entries[0].note


def test_title_rows_and_line_breaks_in_headers(engine, city, source, write):
    lines = ["某市 2019 年出院病人", HEADER.replace("ORG", '"机构\n代 码"').replace("ZFY", "　总费用 "), ROW]
    frame = rows_of(engine, read_raw(engine, city, replace(source, header_row=2), write(lines)))
    assert frame[["hospital__0", "total_cost__0", "source_row"]].values.tolist() == [["H1", "100.00", 3]]


def test_several_files_and_items_that_one_of_them_lacks(engine, city, source, write):
    files = write([HEADER, ROW]) + write([HEADER + ",XYF", ROW + ",5"], "small/b.csv")
    frame = rows_of(engine, read_raw(engine, city, source, files))
    assert frame["source_file"].tolist() == ["small/a.csv", "small/b.csv"]
    assert frame["drug_cost__0"].isna().tolist() == [True, False]
    assert "drug_cost__1" not in frame


def test_gzip(engine, city, source, write):
    files = write(gzip.compress(f"{HEADER}\n{ROW}\n".encode()), "small/a.csv.gz")
    assert len(rows_of(engine, read_raw(engine, city, source, files))) == 1


def test_total_rows_are_marked(engine, city, source, write):
    lines = [HEADER, ROW, ",合 计：,,,,100.00", "总计,,,,,1", "合计医院,x,V2,1,2019-03-01,1"]
    assert rows_of(engine, read_raw(engine, city, source, write(lines)))["is_total_row"].tolist() == [
        False,
        True,
        True,
        False,
    ]


def test_missing_file(engine, city, source, tmp_path):
    (found,) = problems_of(engine, city, source, [("small/a.csv", tmp_path / "nowhere" / "a.csv")])
    assert found.where == "small/a.csv" and "'nowhere/'" in found.what and "write to the office" in found.todo


@pytest.mark.parametrize("content", [b"", (HEADER + "\n").encode(), (HEADER + "\n\n\n").encode(), b"\n"])
def test_empty_file(engine, city, source, write, content):
    (found,) = problems_of(engine, city, source, write(content))
    assert "empty" in found.what or "no rows" in found.what or "header" in found.what


def test_cut_off_gzip(engine, city, source, write):
    whole = gzip.compress(("\n".join([HEADER] + [ROW.replace("V1", f"V{i}") for i in range(500)])).encode())
    (found,) = problems_of(engine, city, source, write(whole[: len(whole) // 2], "small/a.csv.gz"))
    assert "cut off" in found.what


def test_cut_off_text(engine, city, source, write):
    whole = f"{HEADER}\n{ROW}\n{ROW}".encode()
    (found,) = problems_of(engine, city, source, write(whole[:-20]))
    assert "cut off" in found.what and "row 3" in found.where


def test_other_encoding_than_declared(engine, city, source, write):
    lines = [HEADER, ROW.replace("虚拟患者", "x"), ROW]
    (found,) = problems_of(engine, city, source, write(lines, encoding="gb18030"))
    offset = len((HEADER + "\n" + lines[1] + "\nH1,").encode())
    assert f"byte {offset} (row 3)" in found.what and "gb18030" in found.todo


def test_offset_beyond_the_first_chunk(engine, city, source, write):
    many = "\n".join([HEADER] + [ROW] * 150_000).encode()
    files = write(many + b"\nH1,\xff\xfe,V1,1,2019-03-01,1\n")
    (found,) = problems_of(engine, city, source, files)
    assert f"byte {len(many) + 4} (row 150002)" in found.what and "damaged" in found.todo


@pytest.mark.parametrize("declared", ["gb18030", "latin-1"])
def test_utf8_that_is_declared_otherwise(engine, city, source, write, declared):
    (found,) = problems_of(engine, city, replace(source, encoding=declared), write([HEADER, ROW]))
    assert "looks like UTF-8" in found.what


def test_ascii_fits_every_declaration(engine, city, source, write):
    plain = write([HEADER, ROW.replace("虚拟患者", "x")])
    for declared in ("utf-8", "gb18030", "latin-1"):
        assert read_raw(engine, city, replace(source, encoding=declared), plain).files[0].rows == 1


def test_checksum(engine, city, source, write):
    files = write([HEADER, ROW])
    right = hashlib.sha256(files[0][1].read_bytes()).hexdigest()
    declared = replace(city, files=(RawFile("small/a.csv", right.upper()),))
    assert read_raw(engine, declared, source, files).files[0].sha256 == right
    wrong = replace(city, files=(RawFile("small/a.csv", "0" * 64),))
    (found,) = problems_of(engine, wrong, source, files)
    assert "checksum" in found.what


def test_all_faults_of_all_files_at_once(engine, city, source, write):
    files = write([HEADER.replace("ZFY", "ZFX") + ",XB", ROW + ",1"])
    files += write([HEADER, ROW + ",7", ROW, "H1,x", ROW], "small/b.csv")
    files += write(b"", "small/c.csv")
    told = [f"{p.where}: {p.what}" for p in problems_of(engine, city, source, files)]
    assert len(told) == 6
    for part in ("'XB' stands 2 times", "unknown column 'ZFX'", "total_cost is missing", "too few fields"):
        assert sum(part in line for line in told) == 1, part
    assert "small/b.csv: a row has too many fields" in told and told[-1].startswith("small/c.csv")


def test_faulty_rows_are_listed(engine, city, source, write):
    lines = [HEADER] + [ROW if k % 3 else ROW + ",x" for k in range(30)]
    (found,) = problems_of(engine, city, source, write(lines))
    assert found.count == 10 and found.evidence == ("row 2", "row 5", "row 8", "row 11", "row 14")


def test_unclosed_quote(engine, city, source, write):
    (found,) = problems_of(engine, city, source, write([HEADER, ROW, 'H1,"虚拟患者,V1,1,2019-03-01,1', ROW]))
    assert "opened in row 3" in found.what


def test_a_line_beyond_all_measure(engine, city, source, write):
    files = write([HEADER, "H1," + "x" * 6_000_000])
    assert any(
        "longer than" in p.what or "too long" in p.what for p in problems_of(engine, city, source, files)
    )


def test_nothing_stays_behind(city, source, write, tmp_path):
    from dipeval.store.engine import Engine

    place = tmp_path / "spill"
    with Engine(temp_directory=place) as opened:
        read_raw(opened, city, source, write([HEADER, ROW]))
        assert list(place.iterdir())
    assert list(place.iterdir()) == []


def test_undecodable_bytes_are_told_by_column(engine, city, source, write):
    lines = [
        HEADER.encode(),
        *[ROW.encode("gb18030")] * 3,
        b"H1,x\xff,V\xff\xfe,1,2019-03-01,1",
        b"\xff,,,,,",
    ]
    files = write(b"\n".join(lines) + b"\n")
    (found,) = problems_of(engine, city, replace(source, encoding="gb18030"), files)
    assert found.what.endswith("in all 3 cells in 3 columns") and "(row 5)" in found.what
    assert found.evidence == ("column ORG: 1 (row 6)", "column XM: 1 (row 5)", "column BAH: 1 (row 5)")
    assert found.count == 3


@pytest.mark.parametrize(
    ("declared", "mixed", "name"), [("gb18030", "utf-8", "UTF-8"), ("utf-8", "gb18030", "GB18030")]
)
def test_two_encodings_in_one_file(engine, city, source, write, declared, mixed, name):
    row = "三级医院,虚拟患者,V1,1,2019-03-01,100.00"
    rows = [row.encode(mixed if 4 <= k <= 6 or k == 9 else declared) for k in range(2, 30)]
    (found,) = problems_of(
        engine, city, replace(source, encoding=declared), write(b"\n".join([HEADER.encode(), *rows]))
    )
    assert f"rows 4 to 6, 9 look like {name}, the rest is" in found.todo


def test_text_that_was_lost_before_is_counted(engine, city, source, write):
    lines = [
        HEADER,
        ROW.replace("H1", "\ufffd院"),
        ROW.replace("虚拟患者", "\ufffd\ufffd"),
        ROW.replace("H1", "\ufffd"),
    ]
    for encoding in ("utf-8", "gb18030"):
        raw = read_raw(engine, city, replace(source, encoding=encoding), write(lines, encoding=encoding))
        assert raw.files[0].damaged_text == {"ORG": 2, "XM": 1}
        assert "U+FFFD): ORG 2, XM 1" in raw.ledger.entries[0].note


def test_an_identifying_column_is_read_only_where_it_says_total(source, write):
    """One of the first columns may say 合计; names of people in it are never made text for the engine."""
    from dipeval.store.text_file import read_text_file

    ((_, place),) = write([HEADER, ROW, "H1,合　计,V2,1,2019-03-01,1"])
    (part,), _ = read_text_file(source, RawFile("small/a.csv"), place)
    assert part.text.reader().read_all().column("field_1").to_pylist() == [None, "合　计"]
    assert "field_3" in part.text.names and "虚拟患者" not in str(part.text.reader().read_all().to_pylist())


@pytest.mark.slow
def test_a_line_of_two_gigabytes_takes_little_memory(tmp_path):
    """A small stand-in of the limit is in test_delimited; this is the real one, in a process of its own."""
    import subprocess
    import sys

    place = tmp_path / "a.csv"
    with open(place, "wb") as file:
        file.write(b"h1,h2\na,b\na,")
        for _ in range(2048):
            file.write(b"x" * (1 << 20))
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from dipeval.store.blocks import UnreadableRow\n"
        "from dipeval.store.delimited import Delimited, examine\n"
        "try: examine(Delimited(Path(sys.argv[1]), 'utf-8', ',', 2, 2))\n"
        "except UnreadableRow as error: print(error.problem.where)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(place)], capture_output=True, text=True, check=True
    )
    where, megabytes = done.stdout.split("\n")[:2]
    assert where == "row 3" and int(megabytes) < 400
