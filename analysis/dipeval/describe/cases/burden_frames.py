"""The exhibits of a burden: bars, tables and heat maps of diseases, of their number, and of who has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.cases.burden import Burden
from dipeval.describe.cases.cells import cell_name
from dipeval.describe.cases.grid import COUNT, INTERVAL, SHARE, Held, Word, entry, form_of
from dipeval.results.relations import Derived, Sum

CASES = Word("cases", "Cases", "例数")
OF_CASES = Word("share", "Share of cases", "占病例比例")
OF_AMOUNT = Word("amount_share", "Share of the amount", "占金额比例")
PER_CASE = Word("per_case", "Amount per case", "例均金额")


@dataclass(frozen=True)
class Line:
    """One row of a table: some of the cases.

    Attributes
    ----------
    head : Word
    burden : Burden
        That knows them.
    levels : tuple of str
        Where they are in it.
    place : mapping of str to str
        What their cell is called.
    """

    head: Word
    burden: Burden
    levels: tuple[str, ...]
    place: Mapping[str, str]


@dataclass(frozen=True)
class BurdenWords:
    """What the cells of a burden are called.

    Attributes
    ----------
    where : str
    amount : (str, str)
        Label.
    amount_name, unit : str
    with_missing : bool
        Whether the amount of some case is not known.
    """

    where: str
    amount: tuple[str, str]
    amount_name: str
    unit: str
    with_missing: bool

    def cell(self, place: Mapping[str, str]) -> str:
        """All cases of a place."""
        return cell_name(self.where, place)

    def known(self, place: Mapping[str, str]) -> str:
        """Its cases with an amount."""
        return cell_name(self.where, place, f"known={self.amount_name}" if self.with_missing else "")


def burden_grid(
    lines: Sequence[Line], whole: Line, words: BurdenWords
) -> tuple[pd.DataFrame, tuple[Derived, ...]]:
    """The frame of a ``grid`` exhibit: lines down; cases, amounts, shares of `whole`, and ratios across."""
    rows: list[dict[str, object]] = []
    derived: list[Derived] = []
    total = whole.burden.row(whole.levels)
    for line in lines:
        rows += _line(line, total, words)
        derived += _derived(line, whole, words)
    return pd.DataFrame(rows), tuple(derived)


def _line(line: Line, total: Mapping[str, object], words: BurdenWords) -> list[dict[str, object]]:
    row, head = line.burden.row(line.levels), line.head
    amount, added = int(row["amount"]) * line.burden.scale, int(total["amount"])
    behind = Held(float(row["n"]), float(row["largest_share"]), words.cell(line.place))
    known = Held(float(row["known"]), float(row["known_share"]), words.known(line.place))
    of_whole = f"share of the whole {words.cell(line.place)}"
    share = int(row["n"]) / int(total["n"]) if total["n"] else np.nan
    part = int(row["amount"]) / added if added > 0 else np.nan
    mean = amount / int(row["known"]) if row["known"] else np.nan
    form = form_of(words.unit)
    made = [
        entry(head, CASES, COUNT, float(row["n"]), behind),
        entry(head, OF_CASES, SHARE, share, behind._replace(cell=of_whole)),
        entry(head, Word("amount", *words.amount), form, amount, known, unit=words.unit),
        entry(head, OF_AMOUNT, SHARE, part, known._replace(cell=f"amount {of_whole}")),
        entry(head, PER_CASE, form, mean, known, unit=words.unit),
    ]
    return made + [_ratio(line, k, words) for k in range(len(line.burden.rates))]


def _ratio(line: Line, k: int, words: BurdenWords) -> dict[str, object]:
    """A ratio with its interval, over the cases of which both numbers are known."""
    table = line.burden.rates[k]
    outcome = table.ratio.outcome
    frame = table.frame
    for name, level in zip(table.by, line.levels, strict=True):
        frame = frame[frame[name] == level]
    part = (
        f"numerator={outcome.name}"
        if table.ratio.is_proportion
        else f"known={outcome.name}"
        if table.missing
        else ""
    )
    cell = cell_name(words.where, line.place, part)
    column = Word(outcome.name, outcome.label_en, outcome.label_zh)
    if frame.empty:
        return entry(line.head, column, INTERVAL, np.nan, Held(0.0, np.nan, cell), unit=outcome.unit)
    row = frame.iloc[0]
    behind = Held(float(row["count"]), float(row["largest_share"]), cell)
    ends = {"low": float(row["low"]), "high": float(row["high"])}
    return entry(line.head, column, INTERVAL, float(row["value"]), behind, **ends, unit=outcome.unit)


def _derived(line: Line, whole: Line, words: BurdenWords) -> list[Derived]:
    """Shares tell the whole."""
    name = f"share of the whole {words.cell(line.place)}"
    cells = {words.cell(line.place), words.cell(whole.place)}
    amounts = {words.known(line.place), words.known(whole.place)}
    return [Derived(name, tuple(sorted(cells))), Derived(f"amount {name}", tuple(sorted(amounts)))]


def burden_bars(
    lines: Sequence[Line], whole: Line, words: BurdenWords
) -> tuple[pd.DataFrame, tuple[Derived, ...]]:
    """The frame of a ``bars`` exhibit: the amount of each line with its share of the whole, in their order."""
    total = int(whole.burden.row(whole.levels)["amount"])
    rows, derived = [], []
    for line in lines:
        row = line.burden.row(line.levels)
        if not row["n"]:
            continue
        cell = f"bar of {words.known(line.place)}"
        rows.append(
            {
                "value": int(row["amount"]) * line.burden.scale,
                "share": int(row["amount"]) / total if total > 0 else np.nan,
                "count": float(row["known"]),
                "largest_share": float(row["known_share"]),
                "label_en": line.head.en,
                "label_zh": line.head.zh,
                "cell": cell,
            }
        )
        derived.append(Derived(cell, tuple(sorted({words.known(line.place), words.known(whole.place)}))))
    return pd.DataFrame(rows), tuple(derived)


def burden_matrix(
    lines: Sequence[Sequence[Line]], columns: Sequence[Word], words: BurdenWords
) -> pd.DataFrame:
    """The frame of a ``matrix`` exhibit of amounts: each row is a sequence of lines, one a column."""
    rows = []
    for across in lines:
        for line, column in zip(across, columns, strict=True):
            row = line.burden.row(line.levels)
            behind = Held(float(row["known"]), float(row["known_share"]), words.known(line.place))
            value = int(row["amount"]) * line.burden.scale if row["n"] else np.nan
            made = entry(line.head, column, COUNT, value, behind)
            gone = ("form", "unit", "section_en", "section_zh", "low", "high")
            rows.append({k: v for k, v in made.items() if k not in gone})
    return pd.DataFrame(rows)


def line_sums(total: Line, parts: Sequence[Line], words: BurdenWords, *, all_cases: bool = True) -> list[Sum]:
    """The cases of `total` are those of `parts`: those with an amount, and, where they are shown, all of them."""
    names = [(words.known(total.place), [words.known(part.place) for part in parts])]
    if all_cases:
        names.append((words.cell(total.place), [words.cell(part.place) for part in parts]))
    return [Sum(whole, tuple(sorted(inner))) for whole, inner in names]
