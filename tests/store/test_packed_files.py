"""Packed files: one table each, whole, and never without end."""

import gzip
import io
import zipfile

import pytest

from dipeval.errors import DataError
from dipeval.store import compressed
from dipeval.store.compressed import Bounded, CannotUnpack
from dipeval.store.raw import read_raw

HEADER = "ORG,XM,BAH,XB,CYSJ,ZFY"
ROW = "H1,虚拟患者,V1,1,2019-03-01,100.00"
TABLE = f"{HEADER}\n{ROW}\n".encode()


def packed(**members: bytes) -> bytes:
    """A zip archive; `__` in a name stands for a folder, `_` for a point."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return target.getvalue()


def told(engine, city, source, files) -> str:
    with pytest.raises(DataError) as error:
        read_raw(engine, city, source, files)
    (found,) = error.value.problems
    assert found.where.startswith("small/a.")
    return found.what


def test_a_zip_with_one_table(engine, city, source, write):
    raw = read_raw(engine, city, source, write(packed(x__b_csv=TABLE), "small/a.zip"))
    assert engine.to_frame(raw.table)["visit__0"].tolist() == ["V1"]


def test_what_packing_programs_add_is_passed_over(engine, city, source, write):
    target = io.BytesIO(packed(b_csv=TABLE))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("__MACOSX/._b.csv", b"\0")
        archive.mkdir("empty")
    assert read_raw(engine, city, source, write(target.getvalue(), "small/a.zip")).files[0].rows == 1


def test_a_zip_of_tabs(engine, city, source, write):
    files = write(packed(b_tsv=TABLE.replace(b",", b"\t")), "small/a.zip")
    assert read_raw(engine, city, source, files).files[0].rows == 1


def test_a_zip_of_several_files(engine, city, source, write):
    files = write(packed(a_csv=TABLE, b_csv=TABLE), "small/a.zip")
    assert "archive of 2 files" in told(engine, city, source, files)


def test_a_zip_of_a_workbook(engine, city, source, write):
    assert "'.xlsx'" in told(engine, city, source, write(packed(b_xlsx=b"PK"), "small/a.zip"))


def test_a_locked_zip(engine, city, source, write):
    whole = bytearray(packed(b_csv=TABLE))
    whole[6] |= 1
    whole[whole.find(b"PK\x01\x02") + 8] |= 1
    assert "password" in told(engine, city, source, write(bytes(whole), "small/a.zip"))


@pytest.mark.parametrize(
    "spoil", [lambda b: b[: len(b) // 2], lambda b: b"no archive", lambda b: b[:60] + b"x" + b[61:]]
)
def test_a_damaged_zip(engine, city, source, write, spoil):
    lines = "".join(f"H{i},x,V{i},1,2019-03-01,{i}\n" for i in range(500)).encode()
    files = write(spoil(packed(b_csv=HEADER.encode() + b"\n" + lines)), "small/a.zip")
    assert "damaged" in told(engine, city, source, files)


@pytest.mark.parametrize("name", ["small/a.zip", "small/a.csv.gz"])
def test_an_archive_that_expands_without_end(engine, city, source, write, name, monkeypatch):
    monkeypatch.setattr(compressed, "FREE", 1 << 16)
    content = TABLE + f"{ROW}\n".encode() * 30_000
    files = write(packed(b_csv=content) if name.endswith("zip") else gzip.compress(content), name)
    assert "expand without end" in told(engine, city, source, files)


def test_the_bound_is_checked_while_reading():
    given = Bounded(io.BytesIO(bytes(10_000)), packed=10, free=100, most_ratio=100)
    assert len(given.read(1000)) == 1000
    with pytest.raises(CannotUnpack):
        given.read(1)
    whole = Bounded(io.BytesIO(bytes(1000)), packed=10, free=100, most_ratio=100)
    assert len(whole.readall()) == 1000
