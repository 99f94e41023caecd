"""Table 1: a column an arm and moment, then the standardised differences."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.present.layouts.table import Cell, Head, Row, Table, decimals_for, number_cell, number_text
from dipeval.present.words import labels, notes_of, option, phrase, title_of, unit_words
from dipeval.results.exhibit import Exhibit

WHEN = ("before", "after")


def lay_out_table_one(exhibit: Exhibit, language: str, *, stars: bool) -> Table:
    """Lay out an exhibit of kind ``table_one``; stars have no meaning here."""
    frame = exhibit.frame
    arms = [arm for arm in dict.fromkeys(frame["arm"]) if arm]
    names = labels(frame[frame["arm"] != ""].drop_duplicates("arm").set_index("arm"), language, "arm_label")
    differs = len(arms) > 1
    upper = [Head(names[arm], 2) for arm in arms] + (
        [Head(phrase("sd_difference", language), 2)] if differs else []
    )
    lower = [Head(phrase(when, language)) for _ in upper for when in WHEN]
    keys = [(arm, when) for arm in [*arms, *([""] if differs else [])] for when in WHEN]
    rows: list[Row] = []
    section = ""
    for (part, _, level), lines in frame.groupby(["section", "variable", "level"], sort=False):
        cells = _cells(lines, keys, language)
        row = Row(
            _stub(lines, option(exhibit, "currency"), language),
            cells,
            bool(level),
            bool(rows) and part != section,
        )
        rows.append(row)
        section = str(part)
    return Table(
        name=exhibit.name,
        title=title_of(exhibit, language),
        stub_head=phrase("characteristic", language),
        heads=(tuple(upper), tuple(lower)),
        rows=tuple(rows),
        notes=notes_of(exhibit, language),
    )


def _stub(lines: pd.DataFrame, currency: str, language: str) -> str:
    """The label, its unit and what the cells hold."""
    line = lines.iloc[0]
    label = str(line[f"label_{language}"])
    if line["section"] == "size" or line["level"]:
        return label
    if line["section"] == "attribute":
        return f"{label}{'，' if language == 'zh' else ', '}{phrase('n_percent', language)}"
    words = [label, unit_words(str(line["unit"]), currency, language), phrase("mean_sd", language)]
    return ("，" if language == "zh" else ", ").join(word for word in words if word)


def _cells(lines: pd.DataFrame, keys: list[tuple[str, str]], language: str) -> tuple[Cell, ...]:
    found = {(line["arm"], line["when"]): line for _, line in lines.iterrows()}
    return tuple(_cell(found[key], language) if key in found else Cell("") for key in keys)


def _cell(line: pd.Series, language: str) -> Cell:
    if line["suppressed"]:
        return Cell(phrase("withheld", language))
    value, spread, statistic = float(line["value"]), float(line["spread"]), line["statistic"]
    if np.isnan(value):
        return Cell("–")
    if statistic == "count":
        return number_cell(value, 0)
    if statistic == "standardised_difference":
        return number_cell(value, 2)
    if statistic == "n_percent":
        return Cell(f"{number_text(value, 0)} ({number_text(100 * spread, 1)})")
    scale, decimals = (100.0, 1) if line["unit"] == "share" else (1.0, decimals_for(str(line["unit"]), value))
    return Cell(f"{number_text(value * scale, decimals)} ({number_text(spread * scale, decimals) or '–'})")
