"""A family of hypotheses: an effect a row, its p-value and what is left of it beside the others."""

from __future__ import annotations

from dipeval.present.layouts.table import Cell, Head, Row, Table, chance_cell, number_cell
from dipeval.present.words import notes_of, phrase, title_of
from dipeval.results.exhibit import Exhibit

WORDS = ("effect_on", "p_value", "romano_wolf", "holm", "q_value")
DECIMALS = 3


def lay_out_family(exhibit: Exhibit, language: str, *, stars: bool) -> Table:
    """Lay out an exhibit of kind ``family``; stars have no meaning here."""
    rows: list[Row] = []
    for who, part in exhibit.frame.groupby(f"estimator_label_{language}", sort=False):
        rows.append(Row(str(who), ruled=bool(rows)))
        for _, line in part.iterrows():
            names = ("value", *WORDS[1:])
            effect = number_cell(float(line["value"]), DECIMALS, absent="–")
            chances = (chance_cell(float(line[name]), DECIMALS, absent="–") for name in WORDS[1:])
            cells = (effect, *chances)
            if line["suppressed"]:
                cells = (Cell(phrase("withheld", language)), *(Cell("") for _ in names[1:]))
            rows.append(Row(str(line[f"label_{language}"]), cells, indent=True))
    return Table(
        name=exhibit.name,
        title=title_of(exhibit, language),
        stub_head="",
        heads=(tuple(Head(phrase(word, language)) for word in WORDS),),
        rows=tuple(rows),
        notes=notes_of(exhibit, language),
    )
