"""Stays are written in parts: together they are the whole, in order, whatever the threads."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dipeval.clean import output_parts
from dipeval.clean.city import clean_city
from dipeval.clean.output_parts import spans_of
from dipeval.store.engine import Engine
from dipeval.store.raw import read_raw

PLACE = ("source_file", "source_row")


@pytest.mark.parametrize(
    ("last_rows", "parts"),
    [
        ({"a": 10}, [[("a", 1, 10)]]),
        ({"a": 11}, [[("a", 1, 10)], [("a", 11, 11)]]),
        ({"b": 4, "a": 3}, [[("a", 1, 3), ("b", 1, 4)]]),
        ({"a": 3, "b": 12, "c": 8}, [[("a", 1, 3)], [("b", 1, 10)], [("b", 11, 12), ("c", 1, 8)]]),
        ({"a": 0}, [[("a", 1, 0)]]),
    ],
)
def test_parts_follow_the_order_of_rows(last_rows, parts):
    assert spans_of(last_rows, 10) == parts


def test_parts_are_the_whole_in_order_and_the_same_bytes(tmp_path, clean, city, source, monkeypatch):
    rows = [{"hospital": f"H{k % 7}", "total": "100" if k % 11 else "7"} for k in range(500)]
    whole = clean(rows).frame
    monkeypatch.setattr(output_parts.spans_of, "__defaults__", (90,))
    written = []
    for threads in (1, 2, 4):
        with Engine(threads=threads) as engine:
            raw = read_raw(engine, city, source, [("a.csv", tmp_path / "data" / "a.csv")])
            made = clean_city(engine, city, source, raw, start="2019-01", end="2019-12", keep={})
            folder = tmp_path / f"{threads}.parquet"
            engine.write_parquet(made.table, folder, PLACE, made.parts)
            assert engine.count(engine.scan_parquet(folder)) == len(whole)
        written.append({part.name: part.read_bytes() for part in sorted(folder.iterdir())})
    assert len(written[0]) == 6 and written[0] == written[1] == written[2]
    together = pa.concat_tables([pq.read_table(part) for part in sorted(folder.iterdir())])
    assert together.column("source_row").to_pylist() == whole["source_row"].tolist()
    assert together.column("hospital").to_pylist() == whole["hospital"].tolist()
