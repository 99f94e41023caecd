"""Streams of text: read anew on each pass by the engine, or as files where an engine reads only files."""

import stat
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dipeval.store import text_table
from dipeval.store.contract import TableEngine
from dipeval.store.text_table import TextTable


@pytest.fixture()
def passes() -> list[int]:
    return []


@pytest.fixture()
def text(passes) -> TextTable:
    def read() -> Iterator[pa.RecordBatch]:
        passes.append(1)
        for k in range(2, 8, 2):
            cells = [pa.array([k, k + 1]), pa.array(["医院", None])]
            yield pa.RecordBatch.from_arrays(cells, ["source_row", "hospital__0"])

    return TextTable(("hospital__0",), read)


ROWS = [[k, "医院" if k % 2 == 0 else None] for k in range(2, 8)]


def rows_of(engine, table) -> list[list]:
    frame = engine.to_frame(table, ("source_row",)).astype(object)
    return frame.where(frame.notna(), None).values.tolist()


def test_each_pass_reads_anew_and_leaves_no_file(engine, text, passes):
    before = set(engine.folder.iterdir())
    table = engine.scan_text(text)
    assert passes == []
    for k in (1, 2):
        assert rows_of(engine, table) == ROWS and len(passes) == k
    assert {p.name.split(".")[0] for p in set(engine.folder.iterdir()) - before} <= {"engine"}


def test_an_engine_that_reads_files_is_given_files(engine, text, monkeypatch):
    monkeypatch.setattr(text_table, "PART_ROWS", 3)
    assert rows_of(engine, TableEngine.scan_text(engine, text)) == ROWS
    (folder,) = (p for p in engine.folder.iterdir() if p.is_dir())
    parts = sorted(folder.iterdir())
    assert [pq.read_metadata(part).num_rows for part in parts] == [4, 2]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(part.stat().st_mode) for part in parts} == {0o600}


def test_no_rows_are_a_table_too(engine):
    none = TextTable(("a",), lambda: iter(()))
    for table in (engine.scan_text(none), TableEngine.scan_text(engine, none)):
        assert engine.count(table) == 0 and table.columns == ("source_row", "a")
