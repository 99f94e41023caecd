"""Exhibits of exclusions: a forest below the main estimate, and a table with the changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.check.alternatives.forest import forest, reasons
from dipeval.check.exclusions.line import STATES, UNKNOWN, Line, state_of
from dipeval.check.exclusions.words import CHANGES, COLUMNS, RULE
from dipeval.check.finding import Alternative, Words
from dipeval.check.subject import Subject
from dipeval.describe.cases.grid import COUNT, FACT, INTERVAL, NUMBER, P_VALUE, Held, Word, entry
from dipeval.results.exhibit import Exhibit, bilingual


def exhibits_of(
    subject: Subject,
    name: str,
    titles: Words,
    main: Alternative,
    lines: Sequence[Line],
    notes: Sequence[Words] = (),
) -> tuple[Exhibit, ...]:
    """The forest ``<name>`` and the table ``<name>_table``."""
    return _forest(subject, name, titles, main, lines, notes), table(
        subject, f"{name}_table", titles, main, lines, [*notes, CHANGES, RULE]
    )


def _forest(
    subject: Subject,
    name: str,
    titles: Words,
    main: Alternative,
    lines: Sequence[Line],
    notes: Sequence[Words],
) -> Exhibit:
    """As all forests of alternatives, with headings; counts, whose differences are what was left out, serve the gate alone."""
    made = forest(subject, name, titles, [line.effect for line in lines], notes, first=main)
    frame = made.frame
    if any(line.section[0] for line in lines):
        for k, key in enumerate(("panel_en", "panel_zh")):
            frame[key] = ["", *(line.section[k] for line in lines)]
    return replace(made, frame=frame, options={**made.options, "of_estimates": True})


def table(
    subject: Subject,
    name: str,
    titles: Words,
    main: Alternative,
    lines: Sequence[Line],
    notes: Sequence[Words],
) -> Exhibit:
    """Effect, change, its error and p-value, rows left out and what becomes of the conclusion, a row a line."""
    unit = subject.outcome.unit
    cells = [_effect("main", main, unit)]
    for k, line in enumerate(lines):
        cells += _cells(f"line {k}", main, line, unit)
    told = [*notes, *reasons([line.effect for line in lines])]
    facts = {"stub_en": "Alternative", "stub_zh": "设定", "currency": subject.given.currency}
    options = {**facts, "of_estimates": True}
    frame = pd.DataFrame(cells)
    return bilingual(name, "grid", titles, frame, told, synthetic=subject.given.synthetic, options=options)


def _cells(key: str, main: Alternative, line: Line, unit: str) -> list[dict[str, object]]:
    effect, change = line.effect, line.change
    word, state = Word(key, *effect.label), line.said or STATES[state_of(main, line)]
    behind = Held(effect.count, effect.largest_share)
    made = [_effect(key, effect, unit)]
    if change is not None:
        told = {
            "change": (change.value, NUMBER),
            "error": (change.std_error, NUMBER),
            "p": (change.p_value, P_VALUE),
        }
        # An error of zero is no information: nothing was left out that the effect stands on.
        shown = {
            name: cell
            for name, cell in told.items()
            if np.isfinite(cell[0]) and not (name == "error" and cell[0] == 0)
        }
        made += [
            entry(word, COLUMNS[name], form, value, behind, unit="" if form == P_VALUE else unit)
            for name, (value, form) in shown.items()
        ]
    made.append(entry(word, COLUMNS["rows"], COUNT, line.rows, FACT))
    made.append(_text(word, COLUMNS["state"], state))
    return made


def _effect(key: str, effect: Alternative, unit: str) -> dict[str, object]:
    word, column = Word(key, *effect.label), COLUMNS["effect"]
    if not np.isfinite(effect.value):
        return _text(word, column, STATES[UNKNOWN])
    form = INTERVAL if np.isfinite(effect.low + effect.high) else NUMBER
    behind = Held(effect.count, effect.largest_share)
    return entry(word, column, form, effect.value, behind, low=effect.low, high=effect.high, unit=unit)


def _text(word: Word, column: Word, text: Words) -> dict[str, object]:
    return {**entry(word, column, "text", np.nan, FACT), "text_en": text[0], "text_zh": text[1]}
