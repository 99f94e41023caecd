"""Rows of a table of types: cases and means of the most frequent ones, a level two columns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from dipeval.describe.cases.cells import cell_name, place_sums
from dipeval.describe.cases.grid import COUNT, DAYS, MONEY, TOTAL, Held, Word, entry
from dipeval.describe.standards.standard_frames import CASES, MINOR, StandardFrames, in_section
from dipeval.results.relations import Sum

SEPARATOR = " | "
"""Between the words of a type."""
MEAN = Word("mean", "Mean", "均值")
Behind = dict[tuple[int, int], tuple[float, float, float]]


def type_rows(frames: StandardFrames, most: int) -> tuple[pd.DataFrame, tuple[Sum, ...]]:
    """Cases and mean of each type at each place, and what adds up.

    Parameters
    ----------
    frames : StandardFrames
    most : int
        Types shown: the most frequent of the standard. Where these are all, a line of all types stands below.

    Returns
    -------
    rows : pandas.DataFrame
        For the layout ``grid``.
    sums : tuple of Sum
        Cost O(rows of the cells + places × types shown).
    """
    cells = frames.cells
    size, own = cells.reference_n.sum(axis=0), cells.by_type(cells.n).sum(axis=0)
    kept = sorted(range(len(size)), key=lambda k: (-size[k], -own[k], k))[:most]
    words = [cells.types[k] for k in kept]
    behind, whole = _behind(frames, kept), len(kept) == len(size)
    rows, places, sums = [], [], []
    for section in frames.sections():
        here = [(i, level, head) for i, level, at, head in frames.at() if at == section]
        for k, word in zip(kept, words, strict=True):
            for i, level, head in here:
                place = frames.place(level, section) | _place(frames, word)
                places.append(place)
                n, s, share = behind.get((i, k), (0.0, np.nan, np.nan))
                held = Held(n, share, cell_name(frames.where, place, frames.part))
                rows += _pair(frames, Word(word, *_words(frames, word)), level, head, s, held, section)
        for i, level, head in here if whole else ():
            held = frames.behind(i, level, section)
            total = frames.made.means["crude"].value[i] * held.count
            rows += _pair(frames, TOTAL, level, head, total, held, section)
            sums.append(Sum(held.cell, _parts(frames, level, section, words)))
        if whole:
            places += [frames.place(level, section) for _, level, _ in here]
    shown = pd.DataFrame(places).fillna("")
    return pd.DataFrame(rows), (*_level_sums(frames, shown), *sums)


def _behind(frames: StandardFrames, kept: list[int]) -> Behind:
    """Cases, sum and the largest hospital's share of the cases by place and type."""
    cells = frames.cells
    rows = pd.DataFrame(
        {"i": cells.place, "k": cells.kind, "unit": cells.unit, "n": cells.n, "s": cells.total}
    )
    units = rows[rows["k"].isin(kept)].groupby(["i", "k", "unit"], sort=True).sum()
    sums = units.groupby(["i", "k"]).agg(n=("n", "sum"), s=("s", "sum"), most=("n", "max"))
    return {key: (n, s, largest / n) for key, n, s, largest in sums.itertuples(name=None)}


def _pair(
    frames: StandardFrames, row: Word, level: str, head: Word, total: float, held: Held, section: str | None
) -> Iterator[dict[str, object]]:
    """The two cells of a type at a place."""
    mean = total / held.count / (MINOR if frames.is_money else 1) if held.count else np.nan
    form = MONEY if frames.is_money else DAYS
    over = {"over": level, "over_en": head.en, "over_zh": head.zh}
    for word, how, value in ((CASES, COUNT, held.count), (MEAN, form, mean)):
        column = Word(f"{level}:{word.key}", word.en, word.zh)
        yield {
            **entry(in_section(row, section), column, how, value, held, section=frames.told(section)),
            **over,
        }


def _level_sums(frames: StandardFrames, places: pd.DataFrame) -> tuple[Sum, ...]:
    """Levels of a type add up; places with and without a type are apart."""
    apart = places[[d.name for d in frames.types]].eq("").all(axis=1)
    made = place_sums(places[~apart], frames.where, frames.part, [frames.by.name])
    return (*made, *(frames.sums() if apart.any() else ()))


def _parts(frames: StandardFrames, level: str, section: str | None, words: list[str]) -> tuple[str, ...]:
    places = [frames.place(level, section) | _place(frames, word) for word in words]
    return tuple(cell_name(frames.where, place, frames.part) for place in places)


def _place(frames: StandardFrames, word: str) -> dict[str, str]:
    return dict(zip((d.name for d in frames.types), word.split(SEPARATOR), strict=True))


def _words(frames: StandardFrames, word: str) -> tuple[str, str]:
    """A type's words in English and Chinese."""
    pairs = [d.labels.get(w, (w, w)) for d, w in zip(frames.types, word.split(SEPARATOR), strict=True)]
    return " · ".join(p[0] for p in pairs), " · ".join(p[1] for p in pairs)
