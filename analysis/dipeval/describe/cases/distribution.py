"""The exhibits of a distribution: a histogram by group, and a table of quantiles, moments and outliers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.cases.cells import cell_name, place_sums
from dipeval.describe.cases.grid import COUNT, NUMBER, SHARE, Held, Word, entry
from dipeval.describe.cases.group_places import GroupPlaces
from dipeval.describe.cases.spread import SHARES, Count, GroupSpread, Spread
from dipeval.describe.cases.tally import ALL
from dipeval.describe.dimensions import Dimension
from dipeval.results.relations import Sum

CASES = Word("cases", "Cases", "例数")
MEAN = Word("mean", "Mean (SD)", "均值（SD）")
VARIATION = Word("variation", "CV", "变异系数")
SKEWNESS = Word("skewness", "Skewness", "偏度")
BELOW = Word("below", "Outliers below", "低端离群占比")
ABOVE = Word("above", "Outliers above", "高端离群占比")


@dataclass(frozen=True)
class SpreadWords(GroupPlaces):
    """What the cells of a distribution are called.

    Attributes
    ----------
    description, name, where : str
        Of the description, of the number, and of the selection (`cells.where_word`).
    dimension : Dimension
        With the one level ``""`` where cases are not divided.
    label : (str, str)
    with_outliers : bool
    """

    description: str
    name: str
    where: str
    dimension: Dimension
    label: tuple[str, str]
    with_outliers: bool

    def part(self, found: Spread) -> str:
        """Which cases of a place have a known value: all, or a part of them."""
        whole = found.groups[ALL]
        return "" if whole.known.count == whole.cases.count else f"known={self.name}"

    def known(self, level: str, found: Spread) -> str:
        """The cell of the cases with a known value."""
        return cell_name(self.where, self.place(level), self.part(found))

    def outliers(self, level: str, side: Word) -> str:
        """The cell of the outliers of a group, as this description's rule has them."""
        return cell_name(self.where, self.place(level), f"{self.name} {side.key} of {self.description}")

    def bin(self, level: str, k: int, found: Spread) -> str:
        """The cell of a bin: called after its edges."""
        edges = [-np.inf, *found.edges, np.inf]
        return cell_name(self.where, self.place(level), f"{self.name}={edges[k]:g}..{edges[k + 1]:g}")


def histogram(found: Spread, words: SpreadWords) -> tuple[pd.DataFrame, tuple[Sum, ...]]:
    """The frame of a ``histogram`` exhibit, and its sums: bins add up to their group, groups to all.

    Bins beyond the edges that no group has are left out.
    """
    edges = [-np.inf, *found.edges, np.inf]
    used = [
        k
        for k in range(len(edges) - 1)
        if np.isfinite(edges[k : k + 2]).all() or found.groups[ALL].bins[k].count
    ]
    rows, sums = [], set()
    for level in words.levels:
        head, group = words.head(level), _group(found, level)
        for k in used:
            one = group.bins[k]
            share = one.count / group.known.count if group.known.count else np.nan
            span = _span(edges[k], edges[k + 1])
            rows.append(
                {
                    "group": head.key,
                    "group_en": head.en,
                    "group_zh": head.zh,
                    "left": edges[k],
                    "right": edges[k + 1],
                    "value": share,
                    "count": float(one.count),
                    "largest_share": one.largest_share,
                    "cell": words.bin(level, k, found),
                    "label_en": f"{head.en}: {span[0]}",
                    "label_zh": f"{head.zh}：{span[1]}",
                }
            )
        sums.add(Sum(words.known(level, found), tuple(sorted(words.bin(level, k, found) for k in used))))
    if len(words.levels) > 1:
        for k in used:
            parts = tuple(sorted(words.bin(level, k, found) for level in words.dimension.levels))
            sums.add(Sum(words.bin(ALL, k, found), parts))
    frame = pd.DataFrame(rows)
    return frame, tuple(sorted(sums, key=lambda s: (s.total, s.parts)))


def spread_grid(found: Spread, words: SpreadWords, unit: str) -> tuple[pd.DataFrame, tuple[Sum, ...]]:
    """The frame of a ``grid`` exhibit: groups down, numbers of cases, moments, quantiles and outliers across."""
    rows: list[dict[str, object]] = []
    for level in words.levels:
        head, group = words.head(level), _group(found, level)
        name = words.known(level, found)
        known = Held(group.known.count, group.known.largest_share, name)
        powers = group.powers
        rows.append(entry(head, CASES, COUNT, group.known.count, known))
        rows.append(entry(head, MEAN, "mean_sd", powers.mean, known, unit=unit) | {"spread": powers.sd})
        for share, value in zip(SHARES, group.quantiles, strict=True):
            column = Word(f"q{share:g}", f"P{100 * share:g}", f"P{100 * share:g}")
            rows.append(
                entry(
                    head, column, NUMBER, value, _tail(group.known, share, f"{name}/{words.name}"), unit=unit
                )
            )
        rows.append(entry(head, VARIATION, NUMBER, powers.variation, known))
        rows.append(entry(head, SKEWNESS, NUMBER, powers.skewness, known))
        if words.with_outliers:
            rows += [
                _outliers(head, BELOW, group.below, group.known.count, words.outliers(level, BELOW)),
                _outliers(head, ABOVE, group.above, group.known.count, words.outliers(level, ABOVE)),
            ]
    frame = pd.DataFrame(rows)
    frame["spread"] = frame["spread"].astype("float64")
    if len(words.levels) < 2:
        return frame, ()
    places = pd.DataFrame([words.place(level) for level in words.levels])
    sums = [*place_sums(places, words.where, words.part(found))]
    for side in (BELOW, ABOVE) if words.with_outliers else ():
        parts = tuple(sorted(words.outliers(level, side) for level in words.dimension.levels))
        sums.append(Sum(words.outliers(ALL, side), parts))
    return frame, tuple(sorted(sums, key=lambda s: (s.total, s.parts)))


def _span(left: float, right: float) -> tuple[str, str]:
    """What a bin is called, the cases beyond the edges too."""
    if np.isneginf(left):
        return f"<{right:g}", f"<{right:g}"
    if np.isposinf(right):
        return f"≥{left:g}", f"≥{left:g}"
    return f"{left:g} to {right:g}", f"{left:g}至{right:g}"


def _group(found: Spread, level: str) -> GroupSpread:
    return found.groups[ALL] if level in ("", ALL) else found.groups[level]


def _tail(known: Count, share: float, name: str) -> Held:
    """A quantile stands on the cases beyond it: the 99th percentile of 200 is nearly two people's."""
    beyond = known.count if share == 0.5 else known.count * min(share, 1 - share)
    return Held(
        max(1.0, float(np.floor(beyond + 1e-9))) if known.count else 0.0,
        known.largest_share,
        f"{name} q{share:g}",
    )


def _outliers(head: Word, column: Word, found: Count, n: int, cell: str) -> dict[str, object]:
    share = found.count / n if n else np.nan
    return entry(head, column, SHARE, share, Held(found.count, found.largest_share, cell))
