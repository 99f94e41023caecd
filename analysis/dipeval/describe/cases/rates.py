"""The exhibits of rates: tables, heat maps, curves and forest plots of a ratio by one to three dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
import pandas as pd

from dipeval.describe.cases.cells import cell_name, place_sums
from dipeval.describe.cases.grid import (
    COUNT,
    INTERVAL,
    TOTAL,
    Held,
    Word,
    entry,
    rows_of_test,
)
from dipeval.describe.cases.rate_table import RateTable
from dipeval.describe.cases.rate_tests import LABELS
from dipeval.describe.cases.tally import ALL
from dipeval.describe.comparison import Comparison
from dipeval.describe.dimensions import Dimension
from dipeval.results.relations import Derived, Sum

P_COLUMN = Word("p", "P value", "P值")
MOST_BANDS = 4
"""More series than these have no bands around them: bands that overlap cannot be read."""
CASES = Word("cases", "Cases", "例数")


@dataclass(frozen=True)
class RateFrames:
    """One outcome's places, ready to be put into exhibits.

    Attributes
    ----------
    name, where : str
        Of the description, and of its selection (`cells.where_word`).
    table : RateTable
    dimensions : tuple of Dimension
        In the order of ``table.by``.
    """

    name: str
    where: str
    table: RateTable
    dimensions: tuple[Dimension, ...]

    @property
    def part(self) -> str:
        """Which cases of a place stand behind a value: all, those with a known pair, or the numerator's."""
        if self.table.ratio.is_proportion:
            return f"numerator={self.table.ratio.name}"
        return f"known={self.table.ratio.name}" if self.table.missing else ""

    def place(self, levels: Sequence[str]) -> dict[str, str]:
        """Level by dimension."""
        return {d.name: level for d, level in zip(self.dimensions, levels, strict=True)}

    @cached_property
    def rows(self) -> dict[tuple[str, ...], dict[str, object]]:
        """What is known of each place; places without a case are not there."""
        records = self.table.frame.to_dict("records")
        return {tuple(str(r[name]) for name in self.table.by): r for r in records}

    def behind(self, levels: Sequence[str], row: Mapping[str, object] | None) -> Held:
        """Who stands behind the value of a place."""
        cell = cell_name(self.where, self.place(levels), self.part)
        return Held(0.0, np.nan, cell) if row is None else Held(row["count"], row["largest_share"], cell)

    def sums(self, part: str | None = None) -> tuple[Sum, ...]:
        """What adds up among the places shown: all that the levels span."""
        shown = pd.DataFrame([self.place(levels) for levels in self.spanned()])
        return place_sums(shown, self.where, self.part if part is None else part)

    def derived(self) -> tuple[Derived, ...]:
        """A share of cases, beside its numerator, tells how many cases there are."""
        if not self.table.ratio.is_proportion:
            return ()
        places = [self.place(levels) for levels in self.spanned()]
        names = [(cell_name(self.where, p, self.part), cell_name(self.where, p)) for p in places]
        return tuple(Derived(numerator, (cases,)) for numerator, cases in names)

    def spanned(self) -> list[tuple[str, ...]]:
        """Every combination of levels and margins, in order."""
        return list(product(*[(*d.levels, ALL) for d in self.dimensions]))

    def head(self, levels: Sequence[str], dimensions: Sequence[Dimension]) -> Word:
        """Levels as one head."""
        named = [
            TOTAL if level == ALL else Word(level, *d.labels[level])
            for level, d in zip(levels, dimensions, strict=True)
        ]
        kept = [w for w in named if w is not TOTAL] or [TOTAL]
        return Word("/".join(levels), " · ".join(w.en for w in kept), " · ".join(w.zh for w in kept))


def count_entries(frames: RateFrames, head: Word, column: Word, levels: Sequence[str]) -> dict[str, object]:
    """The cell with all cases of a place."""
    row = frames.rows.get(tuple(levels))
    cell = cell_name(frames.where, frames.place(levels))
    behind = Held(0.0, np.nan, cell) if row is None else Held(row["cases"], row["cases_share"], cell)
    return entry(head, column, COUNT, behind.count, behind)


def value_entry(
    frames: RateFrames, head: Word, column: Word, levels: Sequence[str], section: tuple[str, str] = ("", "")
) -> dict[str, object]:
    """The cell with the value of a place and its interval."""
    row = frames.rows.get(tuple(levels))
    unit = frames.table.ratio.outcome.unit
    known = {} if row is None else {"low": float(row["low"]), "high": float(row["high"])}
    value = np.nan if row is None else float(row["value"])
    return entry(
        head, column, INTERVAL, value, frames.behind(levels, row), **known, unit=unit, section=section
    )


def one_way_grid(
    found: Sequence[RateFrames], tests: Mapping[str, Comparison]
) -> tuple[pd.DataFrame, tuple[Sum, ...], tuple[Derived, ...]]:
    """Levels down, cases and outcomes across; tests of the outcomes below."""
    first = found[0]
    rows: list[dict[str, object]] = []
    for levels in first.spanned():
        head = first.head(levels, first.dimensions)
        rows.append(count_entries(first, head, CASES, levels))
        rows += [value_entry(frames, head, _outcome(frames), levels) for frames in found]
    derived = [d for frames in found for d in frames.derived()]
    for frames in found:
        if made := tests.get(frames.table.ratio.name):
            shown = rows_of_test(made, LABELS[made.test], _outcome(frames), _least(frames, ()))
            rows += shown
            parts = _parts(frames, ())
            derived += [Derived(str(row["cell"]), parts) for row in shown]
    sums = {s for frames in found for s in (*frames.sums(), *frames.sums(""))}
    return pd.DataFrame(rows), tuple(sorted(sums, key=lambda s: (s.total, s.parts))), tuple(derived)


def forest(frames: RateFrames) -> tuple[pd.DataFrame, tuple[Sum, ...]]:
    """The frame of a ``forest`` exhibit: a level a row, all of them last."""
    rows = []
    for levels in frames.spanned():
        head = frames.head(levels, frames.dimensions)
        made = value_entry(frames, head, P_COLUMN, levels)
        kept = {name: made[name] for name in ("value", "low", "high", "count", "largest_share", "cell")}
        rows.append({**kept, "label_en": head.en, "label_zh": head.zh})
    return pd.DataFrame(rows), frames.sums()


def many_way_grid(
    frames: RateFrames, tests: Mapping[tuple[str, ...], Comparison], counts: bool = False
) -> tuple[pd.DataFrame, tuple[Sum, ...], tuple[Derived, ...]]:
    """The last dimension across, the others down, the first of three as section; P values at the right.

    Parameters
    ----------
    tests : mapping of tuple to Comparison
        From `rate_tests.rate_tests`.
    counts : bool
        Cases in place of the outcome.
    """
    rows: list[dict[str, object]] = []
    derived: list[Derived] = [] if counts else [*frames.derived()]
    *others, last = frames.dimensions
    for place in product(*[(*d.levels, ALL) for d in others]):
        section = ("", "") if len(others) < 2 else frames.head(place[:1], others[:1])[1:]
        head = frames.head(place[-1:], others[-1:])._replace(key="/".join(place))
        for level in (*last.levels, ALL):
            column = frames.head((level,), (last,))
            at = (*place, level)
            if counts:
                made = count_entries(frames, head, column, at)
                made |= {"section_en": section[0], "section_zh": section[1]}
            else:
                made = value_entry(frames, head, column, at, section)
            rows.append(made)
        if made := tests.get(place):
            behind = _least(frames, place)
            rows.append(entry(head, P_COLUMN, "p", made.p_value, behind, section=section))
            derived.append(Derived(behind.cell, _parts(frames, place)))
    return pd.DataFrame(rows), frames.sums("" if counts else None), tuple(derived)


def matrix(frames: RateFrames) -> tuple[pd.DataFrame, tuple[Sum, ...]]:
    """The frame of a ``matrix`` exhibit: the last dimension across, combinations of the others down."""
    *others, last = frames.dimensions
    rows = []
    for place in product(*[(*d.levels, ALL) for d in others]):
        head = frames.head(place, others)
        for level in (*last.levels, ALL):
            made = value_entry(frames, head, frames.head((level,), (last,)), (*place, level))
            rows.append(
                {
                    k: v
                    for k, v in made.items()
                    if k not in ("form", "unit", "section_en", "section_zh", "low", "high")
                }
            )
    return pd.DataFrame(rows), frames.sums()


def curves(frames: RateFrames, most: int) -> pd.DataFrame:
    """The frame of a ``curves`` exhibit: the last dimension is the period, the others give at most `most` series."""
    *others, last = frames.dimensions
    found = frames.rows
    places = list(product(*[d.levels for d in others]))
    size = {place: float((found.get((*place, ALL)) or {"cases": 0})["cases"]) for place in places}
    largest = sorted(places, key=lambda place: -size[place])[:most]
    rows = []
    banded = len(largest) < MOST_BANDS
    for place in [*[p for p in places if p in largest], (ALL,) * len(others)]:
        head = frames.head(place, others)
        for level in last.levels:
            made = value_entry(frames, head, frames.head((level,), (last,)), (*place, level))
            kept = {n: made[n] for n in ("value", "low", "high", "count", "largest_share", "cell")}
            if not banded:
                kept |= {"low": np.nan, "high": np.nan}
            names = {"series": head.key, "series_en": head.en, "series_zh": head.zh, "x": level}
            rows.append({**kept, **names, "label_en": made["label_en"], "label_zh": made["label_zh"]})
    return pd.DataFrame(rows)


def _outcome(frames: RateFrames) -> Word:
    outcome = frames.table.ratio.outcome
    return Word(outcome.name, outcome.label_en, outcome.label_zh)


def _parts(frames: RateFrames, place: tuple[str, ...]) -> tuple[str, ...]:
    """The cells that are compared at a place."""
    last = frames.dimensions[-1]
    return tuple(
        sorted(cell_name(frames.where, frames.place((*place, level)), frames.part) for level in last.levels)
    )


def _least(frames: RateFrames, place: tuple[str, ...]) -> Held:
    """The smallest group decides whether a comparison may be shown."""
    found = frames.rows
    rows = [found[(*place, level)] for level in frames.dimensions[-1].levels if (*place, level) in found]
    known = [row for row in rows if row["count"]]
    name = f"test of {frames.name}/{frames.table.ratio.name}/{'/'.join(place)}"
    count = min((float(row["count"]) for row in known), default=0.0)
    return Held(count, max((float(row["largest_share"]) for row in known), default=np.nan), name)
