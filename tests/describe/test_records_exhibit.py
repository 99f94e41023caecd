"""Ledger, published totals and numbers of the text as exhibits."""

import pytest

from dipeval.describe import PublishedTotal, TextNumber, ledger_exhibit, numbers_exhibit, validation_exhibit
from dipeval.ledger import Entry, Ledger


def test_every_entry_of_the_ledger_is_a_row():
    made = ledger_exhibit(
        Ledger((Entry("read", "a", "r", 10, 8), Entry("read", "a", "s", 8, 8, 3, 4, 4, "why")))
    )
    assert made.frame["value"].tolist() == [2, 0] and made.frame["note"].tolist() == ["", "why"]
    assert made.frame["hospitals_after"].isna().tolist() == [True, False]
    assert made.frame["count"].isna().all()


def test_an_empty_ledger_is_an_empty_table():
    assert len(ledger_exhibit(Ledger()).frame) == 0


def test_published_totals():
    made = validation_exhibit([PublishedTotal("Staff", "人员", "170,928", 170927.84, True, source="office")])
    row = made.frame.iloc[0]
    assert (row["item"], row["published"], row["computed"], bool(row["agrees"])) == (
        "Staff",
        "170,928",
        170927.84,
        True,
    )
    with pytest.raises(ValueError, match="published total"):
        validation_exhibit([])


def test_numbers_keep_what_stands_behind_them():
    made = numbers_exhibit([TextNumber("a", 1.5, ".1f", "note", 12, 0.5), TextNumber("b", 2, "d", "fact")])
    assert made.frame["count"].tolist()[0] == 12 and made.frame["count"].isna().tolist() == [False, True]
