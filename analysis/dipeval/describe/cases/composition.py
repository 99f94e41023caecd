"""The exhibits of a composition: a Pareto figure and a table of a subset of cases by one dimension."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dipeval.describe.cases.cells import cell_name, place_sums
from dipeval.describe.cases.grid import (
    COUNT,
    SHARE,
    TOTAL,
    Held,
    Word,
    entry,
    form_of,
    rows_of_test,
)
from dipeval.describe.cases.subset import OTHER, SubsetTable
from dipeval.describe.cases.tally import ALL
from dipeval.describe.comparison import Comparison
from dipeval.results.relations import Derived, Sum

CASES = Word("cases", "Cases", "例数")
OF_CASES = Word("share", "Share", "构成比")
CUMULATIVE = Word("cumulative", "Cumulative share", "累计构成比")
ALL_CASES = Word("all_cases", "All cases", "全部病例")
RATE = Word("rate", "Share of all cases", "占全部病例比例")
AMOUNT_SHARE = Word("amount_share", "Share of the amount", "金额构成比")
AMOUNT_CUMULATIVE = Word("amount_cumulative", "Cumulative share of the amount", "金额累计构成比")


@dataclass(frozen=True)
class CompositionWords:
    """What the cells of one composition are called.

    Attributes
    ----------
    name : str
        Of the description.
    dimension : str
    subset, base : str
        Words of both selections, from `cells.where_word`.
    labels : mapping of str to (str, str)
        Of the levels.
    amount : (str, str)
        Label of the amount; empty without one.
    unit : str
        Of the amount.
    with_rate : bool
        Whether the base is larger than the subset.
    """

    name: str
    dimension: str
    subset: str
    base: str
    labels: Mapping[str, tuple[str, str]]
    amount: tuple[str, str] = ("", "")
    unit: str = "currency"
    with_rate: bool = True

    def place(self, level: str) -> dict[str, str]:
        """A level's place; what was put together is called after this description."""
        return {self.dimension: f"{OTHER} of {self.name}" if level == OTHER else level}


def pareto(table: SubsetTable, words: CompositionWords) -> tuple[pd.DataFrame, tuple[Derived, ...]]:
    """The frame of a ``bars`` exhibit: cases by level with the cumulative share, and what it is computed from.

    A bar tells its level, and its line all levels before it: it is held back with any of them. Levels without a
    case of the subset have no bar.
    """
    cells = _Cells(table, words)
    rows, derived = [], []
    for k, row in enumerate(table.frame.to_dict("records")):
        if not row["cases"]:
            continue
        english, chinese = _level(row["level"], table, words)
        cell = f"bar of {words.name}/{words.dimension}={row['level']}"
        rows.append(
            {
                "value": float(row["cases"]),
                "share": row["share"],
                "cumulative": row["cumulative"],
                "count": float(row["cases"]),
                "largest_share": row["largest_share"],
                "label_en": english,
                "label_zh": chinese,
                "cell": cell,
            }
        )
        derived.append(Derived(cell, cells.upto(k)))
    return pd.DataFrame(rows), tuple(derived)


def composition_grid(
    table: SubsetTable, words: CompositionWords, tests: list[tuple[Comparison, tuple[str, str], Word]]
) -> tuple[pd.DataFrame, tuple[Sum, ...], tuple[Derived, ...]]:
    """The frame of a ``grid`` exhibit, what adds up in it, and what is computed from what.

    Parameters
    ----------
    tests : list of (Comparison, (str, str), Word)
        Each with its name and the column that it is about.
    """
    cells = _Cells(table, words)
    rows: list[dict[str, object]] = []
    derived: list[Derived] = []
    for k, row in enumerate(table.frame.to_dict("records")):
        head = Word(row["level"], *_level(row["level"], table, words))
        rows += _line(head, row, cells, row["level"])
        derived += cells.derived(row["level"], k)
    rows += _line(TOTAL, table.total.to_dict(), cells, "")
    derived += cells.derived("", len(table.frame) - 1)
    for made, name, column in tests:
        least = table.compared["cases"].min()
        cell = f"test of {words.name}/{words.dimension}/{column.key}"
        shown = rows_of_test(made, name, column, Held(least, float(table.frame["largest_share"].max()), cell))
        rows += shown
        derived += [Derived(str(row["cell"]), cells.upto(len(table.frame) - 1)) for row in shown]
    return pd.DataFrame(rows), _sums(table, words, cells), tuple(derived)


def _line(head: Word, row: Mapping[str, object], cells: _Cells, level: str) -> list[dict[str, object]]:
    """All cells of one level, or of the total."""
    words, whole = cells.words, not level
    behind = (row["cases"], row["largest_share"])
    upto = Held(row["cumulative_cases"], row["cumulative_share"], cells.named("cumulative", level))
    made = [
        entry(head, CASES, COUNT, row["cases"], Held(*behind, cells.part(level))),
        entry(head, OF_CASES, SHARE, row["share"], Held(*behind, cells.named("share", level))),
    ]
    if not whole:
        made.append(entry(head, CUMULATIVE, SHARE, row["cumulative"], upto))
    if words.with_rate:
        every = Held(row["all_cases"], row["all_share"], cells.base(level))
        made += [
            entry(head, ALL_CASES, COUNT, row["all_cases"], every),
            entry(head, RATE, SHARE, row["rate"], Held(*behind, cells.named("rate", level))),
        ]
    if words.amount[0]:
        money = (row["amount_cases"], row["amount_largest"])
        made += [
            entry(
                head,
                Word("amount", *words.amount),
                form_of(words.unit),
                row["amount"],
                Held(*money, cells.known(level)),
                unit=words.unit,
            ),
            entry(
                head,
                AMOUNT_SHARE,
                SHARE,
                row["amount_share"],
                Held(*money, cells.named("amount_share", level)),
            ),
        ]
        if not whole and not cells.table.amount_missing:
            made.append(entry(head, AMOUNT_CUMULATIVE, SHARE, row["amount_cumulative"], upto))
    return made


def _level(level: str, table: SubsetTable, words: CompositionWords) -> tuple[str, str]:
    if level != OTHER:
        return tuple(words.labels.get(level, (level, level)))
    many = len(table.folded)
    return f"Other ({many} levels)", f"其他（{many}类）"


@dataclass(frozen=True)
class _Cells:
    """Names of the cells of a composition; the level ``""`` is all of them."""

    table: SubsetTable
    words: CompositionWords

    def part(self, level: str) -> str:
        """Cases of the subset at a level."""
        return cell_name(self.words.subset, self.words.place(level) if level else {})

    def base(self, level: str) -> str:
        """All cases of a level."""
        return cell_name(self.words.base, self.words.place(level) if level else {})

    def known(self, level: str) -> str:
        """Cases of the subset whose amount is known."""
        return self.part(level) + ("/known=amount" if self.table.amount_missing else "")

    def named(self, what: str, level: str) -> str:
        """A number that is computed from several cells."""
        return f"{what} of {self.words.name}/{self.words.dimension}={level}"

    def upto(self, k: int) -> tuple[str, ...]:
        """What the cumulative numbers of the k-th level are computed from."""
        levels = [str(level) for level in self.table.frame["level"].iloc[: k + 1]]
        return tuple(sorted({*(self.part(level) for level in levels), self.part("")}))

    def derived(self, level: str, k: int) -> list[Derived]:
        """Shares tell their total, rates tell all cases of their level."""
        made = [Derived(self.named("share", level), tuple(sorted({self.part(level), self.part("")})))]
        if level:
            made.append(Derived(self.named("cumulative", level), self.upto(k)))
        if self.words.with_rate:
            made.append(Derived(self.named("rate", level), (self.part(level), self.base(level))))
        if self.words.amount[0]:
            made.append(
                Derived(self.named("amount_share", level), tuple(sorted({self.known(level), self.known("")})))
            )
        return made


def _sums(table: SubsetTable, words: CompositionWords, cells: _Cells) -> tuple[Sum, ...]:
    """Levels add up to the total: of the subset, of all cases, of those whose amount is known."""
    levels = [str(level) for level in table.frame["level"]]
    places = pd.DataFrame([*(words.place(level) for level in levels), {words.dimension: ALL}])
    sums = [*place_sums(places, words.subset)]
    if words.with_rate:
        sums += place_sums(places, words.base)
    if words.amount[0] and table.amount_missing:
        sums.append(Sum(cells.known(""), tuple(sorted(cells.known(level) for level in levels))))
    return tuple(sorted(set(sums), key=lambda s: (s.total, s.parts)))
