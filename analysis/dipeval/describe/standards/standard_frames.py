"""Rows of tables and figures of standardised means: a place each, with who stands behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.cases.cells import cell_name, place_sums
from dipeval.describe.cases.grid import COUNT, INTERVAL, SHARE, TOTAL, Held, Word, entry
from dipeval.describe.cases.tally import ALL
from dipeval.describe.dimensions import Dimension
from dipeval.describe.standards.standardised import CRUDE, DIRECT, INDIRECT, RATIO, Standardised
from dipeval.describe.standards.type_cells import TypeCells
from dipeval.results.relations import Derived, Sum
from dipeval.vocabulary import Column

MINOR = 100
CASES = Word("cases", "Cases", "病例数")
WEIGHT = Word("weight", "Standard's weight of types present", "现有类型占标准权重")
COVERED = Word("covered", "Cases of types in the standard", "标准所含类型的病例占比")
HEADS = {
    CRUDE: Word(CRUDE, "Crude mean", "粗均值"),
    DIRECT: Word(DIRECT, "Directly standardised mean", "直接标化均值"),
    RATIO: Word(RATIO, "Observed over expected", "实际与期望之比"),
    INDIRECT: Word(INDIRECT, "Indirectly standardised mean", "间接标化均值"),
}
THIN = {
    DIRECT: (
        "Undefined: too many types of the standard have no case here.",
        "无定义：标准中过多类型在此无病例。",
    ),
    RATIO: (
        "Undefined: too many cases are of types that the standard lacks.",
        "无定义：过多病例的类型不在标准之中。",
    ),
}
THIN[INDIRECT] = THIN[RATIO]


@dataclass(frozen=True)
class StandardFrames:
    """One measure of one description.

    Attributes
    ----------
    measure : Column
    cells : TypeCells
    made : Standardised
    by : Dimension
    over : Dimension or None
    types : tuple of Dimension
    where : str
        The selection as a word.
    part : str
        Which cases have a known value, where not all do.
    """

    measure: Column
    cells: TypeCells
    made: Standardised
    by: Dimension
    over: Dimension | None
    types: tuple[Dimension, ...]
    where: str
    part: str = ""

    @property
    def is_money(self) -> bool:
        """Whether the measure is an amount."""
        return self.measure.kind == "money"

    @property
    def unit(self) -> str:
        """As the vocabulary has it."""
        return "currency" if self.is_money else "days"

    def sections(self) -> list[str | None]:
        """Levels of the second dimension, or one without a name."""
        return list(self.over.levels) if self.over is not None else [None]

    def told(self, section: str | None) -> tuple[str, str]:
        """The heading of a section."""
        return self.over.labels[section] if self.over is not None and section is not None else ("", "")

    def place(self, level: str, section: str | None) -> dict[str, str]:
        """Level by dimension."""
        return {self.by.name: level} | ({self.over.name: section} if self.over is not None else {})

    def at(self) -> Iterator[tuple[int, str, str | None, Word]]:
        """Places in the order of a table: index, level, section and head of the row."""
        index = {levels: i for i, levels in enumerate(self.cells.places)}
        for section in self.sections():
            for level in (*self.by.levels, ALL):
                key = (level,) if section is None else (level, section)
                head = TOTAL if level == ALL else Word(level, *self.by.labels[level])
                if key in index:
                    yield index[key], level, section, head

    def behind(self, i: int, level: str, section: str | None) -> Held:
        """Who stands behind a place."""
        cell = cell_name(self.where, self.place(level, section), self.part)
        return Held(self.made.cases[i], self.made.largest_share[i], cell)

    def coverage(self, i: int) -> Iterator[tuple[Word, float, float]]:
        """Both coverages of a place; its cases times what is not covered are a count, which the gate judges."""
        whole = self.cells.reference_n.sum()
        for word, share, size in (
            (WEIGHT, self.made.weight_covered[i], whole),
            (COVERED, self.made.cases_covered[i], self.made.cases[i]),
        ):
            lacking = float(round((1 - share) * size))
            yield word, share, min(lacking, size - lacking)

    def derived(self) -> tuple[Derived, ...]:
        """Who knows a coverage, beside other numbers of the place, knows its cases."""
        places = [self.behind(i, level, section).cell for i, level, section, _ in self.at()]
        return tuple(
            Derived(f"{place}/{word.key}", (place,)) for place in places for word in (WEIGHT, COVERED)
        )

    def sums(self) -> tuple[Sum, ...]:
        """The levels of each section add up to its total."""
        shown = pd.DataFrame([self.place(level, section) for _, level, section, _ in self.at()])
        return place_sums(shown, self.where, self.part, [self.by.name])


def in_section(word: Word, section: str | None) -> Word:
    """A row's head, whose key says its section too."""
    return word if section is None else word._replace(key=f"{section}/{word.key}")


def mean_rows(frames: StandardFrames) -> pd.DataFrame:
    """Cases, means and coverage, a row a place."""
    made = frames.made
    scale = MINOR if frames.is_money else 1
    rows = []
    for i, level, section, head in frames.at():
        behind, heading, head = (
            frames.behind(i, level, section),
            frames.told(section),
            in_section(head, section),
        )
        cells = {CASES.key: entry(head, CASES, COUNT, behind.count, behind, section=heading)}
        for word, value, lacking in frames.coverage(i):
            held = behind._replace(count=lacking or behind.count, cell=f"{behind.cell}/{word.key}")
            cells[word.key] = entry(head, word, SHARE, value, held, section=heading)
        for name, word in HEADS.items():
            mean = made.means[name]
            by = 1 if name == RATIO else scale
            ends = {"low": mean.low[i] / by, "high": mean.high[i] / by}
            unit = "" if name == RATIO else frames.unit
            cell = entry(head, word, INTERVAL, mean.value[i] / by, behind, **ends, unit=unit, section=heading)
            note = THIN.get(name, ("", "")) if np.isnan(mean.value[i]) else ("", "")
            cells[name] = {**cell, "note_en": note[0], "note_zh": note[1]}
        order = (CASES.key, CRUDE, DIRECT, WEIGHT.key, INDIRECT, RATIO, COVERED.key)
        rows += [{"note_en": "", "note_zh": "", **cells[key]} for key in order]
    return pd.DataFrame(rows)


def ratio_rows(frames: StandardFrames) -> pd.DataFrame:
    """Observed over expected with its interval, a row a place, for a forest plot."""
    ratio = frames.made.means[RATIO]
    rows = []
    for i, level, section, head in frames.at():
        behind, heading = frames.behind(i, level, section), frames.told(section)
        rows.append(
            {
                "label_en": head.en,
                "label_zh": head.zh,
                "panel_en": heading[0],
                "panel_zh": heading[1],
                "value": ratio.value[i],
                "low": ratio.low[i],
                "high": ratio.high[i],
                "count": behind.count,
                "largest_share": behind.largest_share,
                "cell": behind.cell,
                "pooled": level == ALL,
            }
        )
    return pd.DataFrame(rows)
