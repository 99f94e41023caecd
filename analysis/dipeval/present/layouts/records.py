"""Ledger, published totals and numbers of the text as tables."""

from __future__ import annotations

import pandas as pd

from dipeval.ledger import COUNTS
from dipeval.present.layouts.table import Cell, Head, Row, Table, number_cell
from dipeval.present.words import notes_of, phrase, title_of
from dipeval.results.exhibit import Exhibit


def lay_out_ledger(exhibit: Exhibit, language: str, *, stars: bool) -> Table:
    """Lay out an exhibit of kind ``ledger``; stars have no meaning here."""
    words = ["part", "rule", *COUNTS, "reason"]
    rows, stage = [], ""
    for _, line in exhibit.frame.iterrows():
        numbers = tuple(number_cell(float(line[name]), 0) for name in COUNTS)
        cells = (Cell(str(line["part"])), Cell(str(line["rule"])), *numbers, Cell(str(line["note"])))
        new = line["stage"] != stage
        rows.append(
            Row(str(line["stage"]) if new else "", cells, ruled=new and bool(rows), note=str(line["stage"]))
        )
        stage = line["stage"]
    return Table(
        name=exhibit.name,
        title=title_of(exhibit, language),
        stub_head=phrase("stage", language),
        heads=(tuple(Head(phrase(word, language)) for word in words),),
        rows=tuple(rows),
        notes=notes_of(exhibit, language),
        text_columns=frozenset({0, 1, len(words) - 1}),
    )


def lay_out_validation(exhibit: Exhibit, language: str, *, stars: bool) -> Table:
    """Lay out an exhibit of kind ``validation``; stars have no meaning here."""
    words = ("published", "computed", "agrees", "source")
    rows = [_total(line, language) for _, line in exhibit.frame.iterrows()]
    return Table(
        name=exhibit.name,
        title=title_of(exhibit, language),
        stub_head=phrase("item", language),
        heads=(tuple(Head(phrase(word, language)) for word in words),),
        rows=tuple(rows),
        notes=notes_of(exhibit, language),
        text_columns=frozenset({3}),
    )


def _total(line: pd.Series, language: str) -> Row:
    """The computed total with two more decimals than were published, so that rounding can be seen."""
    published = str(line["published"])
    decimals = len(published.partition(".")[2])
    computed = number_cell(float(line["value"]), decimals + 2 if decimals else 0)
    agrees = phrase("yes" if line["agrees"] else "no", language)
    item, unit = str(line[f"label_{language}"]), str(line[f"unit_{language}"])
    stub = f"{item}{'，' if language == 'zh' else ', '}{unit}" if unit else item
    return Row(stub, (Cell(published), computed, Cell(agrees), Cell(str(line["source"]))))
