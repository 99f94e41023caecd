"""The ledger refuses what does not add up."""

import pytest

from dipeval.ledger import COLUMNS, Entry, Ledger
from dipeval.store.frames import csv_bytes, ledger_frame, ledger_of, read_csv


def entry(rule: str, before: int, after: int, stage: str = "clean", part: str = "a", **more) -> Entry:
    return Entry(stage, part, rule, before, after, **more)


def test_rows_before_are_rows_after_and_rejected():
    ledger = Ledger().add(entry("x", 10, 7), entry("y", 7, 7, rows_flagged=2))
    assert [r["rows_rejected"] for r in ledger.rows()] == [3, 0]
    assert list(ledger.rows()[0]) == list(COLUMNS)


@pytest.mark.parametrize(("before", "after"), [(5, 6), (5, -1)])
def test_more_rows_than_before_is_refused(before, after):
    with pytest.raises(ValueError, match="does not add up"):
        Ledger((entry("x", before, after),))


def test_a_rule_starts_with_what_the_one_before_left():
    with pytest.raises(ValueError, match="breaks between"):
        Ledger((entry("x", 10, 7), entry("y", 8, 8)))


def test_parts_and_stages_are_chains_of_their_own():
    one = Ledger((entry("x", 10, 7), entry("x", 4, 4, part="b"), entry("x", 7, 7, stage="panel")))
    assert len(one + Ledger((entry("y", 7, 1),))) == 4


def test_it_survives_a_file(tmp_path):
    ledger = Ledger((entry("x", 10, 7, hospitals_before=3, hospitals_after=2, note="=1+1"), entry("y", 7, 7)))
    path = tmp_path / "ledger.csv"
    path.write_bytes(csv_bytes(ledger_frame(ledger)))
    back = ledger_of(read_csv(path))
    assert [e.rows_after for e in back] == [7, 7]
    assert back.entries[0].hospitals_after == 2 and back.entries[1].hospitals_before is None
    assert back.entries[1].note == ""
    assert b"'=1+1" in path.read_bytes(), "a cell that a spreadsheet would run is disarmed"
