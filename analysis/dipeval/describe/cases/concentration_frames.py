"""The exhibits of a concentration: Lorenz curves at the deciles, and a table of coefficients and top shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.cases.cells import cell_name, place_sums
from dipeval.describe.cases.concentration import Concentration, Span
from dipeval.describe.cases.grid import COUNT, INTERVAL, NUMBER, SHARE, Held, Word, entry
from dipeval.describe.cases.group_places import GroupPlaces
from dipeval.describe.cases.lorenz import gini, gini_error, herfindahl, lorenz, top_share
from dipeval.describe.cases.tally import ALL
from dipeval.describe.dimensions import Dimension
from dipeval.results.relations import Sum

DECILES = tuple(k / 10 for k in range(11))
GINI = Word("gini", "Gini coefficient", "基尼系数")
HERFINDAHL = Word("herfindahl", "Herfindahl index", "赫芬达尔指数（HHI）")
EFFECTIVE = Word("effective", "Effective number", "有效单位数")
CASES = Word("cases", "Cases", "例数")


@dataclass(frozen=True)
class ConcentrationWords(GroupPlaces):
    """What the cells of a concentration are called.

    Attributes
    ----------
    name, where : str
        Of the description, and of its selection.
    part : str
        Which cases of a place are in it, where not all are.
    dimension : Dimension
        With the one level ``""`` where cases are not divided.
    units : (str, str)
        What the units are called; empty where they are the cases.
    level : float
        Of the interval.
    """

    name: str
    where: str
    part: str
    dimension: Dimension
    units: tuple[str, str]
    level: float


def parts_of(tops: Sequence[float]) -> list[Span]:
    """The parts of the units that are shown: tenths, and the highest."""
    return [*zip(DECILES, DECILES[1:], strict=False), *((1 - top, 1.0) for top in tops)]


def lorenz_frame(found: Mapping[str, Concentration], words: ConcentrationWords) -> pd.DataFrame:
    """The frame of a ``curves`` exhibit: deciles only, so that no unit can be read off."""
    rows = []
    for level in words.levels:
        head, one = words.head(level), found.get(level or ALL)
        if one is None:
            continue
        reached = lorenz(one.amounts, np.array(DECILES))
        for k, (x, y) in enumerate(zip(DECILES, reached, strict=True)):
            inner = 0 < k < len(DECILES) - 1
            # A point divides the tenth below it from the tenth above: the smaller of both stands behind it.
            near = [one.spans[DECILES[j], DECILES[j + 1]] for j in (k - 1, k)] if inner else []
            rows.append(
                {
                    "series": head.key,
                    "series_en": head.en,
                    "series_zh": head.zh,
                    "x": x,
                    "value": float(y),
                    "count": min((c for c, _ in near), default=np.nan),
                    "largest_share": max((s for _, s in near), default=np.nan),
                    "label_en": f"{head.en}: lowest {x:.0%}",
                    "label_zh": f"{head.zh}：最低{x:.0%}",
                }
            )
    return pd.DataFrame(rows)


def concentration_grid(
    found: Mapping[str, Concentration], words: ConcentrationWords, tops: Sequence[float]
) -> tuple[pd.DataFrame, tuple[Sum, ...]]:
    """The frame of a ``grid`` exhibit: groups down; cases, units, Gini coefficient, top shares, index across."""
    rows = []
    for level in words.levels:
        if (one := found.get(level or ALL)) is not None:
            rows += _line(words.head(level), one, words, tops, words.place(level))
    places = pd.DataFrame([words.place(level) for level in words.levels])
    sums = place_sums(places, words.where, words.part) if len(words.levels) > 1 else ()
    return pd.DataFrame(rows), sums


def _line(
    head: Word,
    one: Concentration,
    words: ConcentrationWords,
    tops: Sequence[float],
    place: Mapping[str, str],
) -> list[dict[str, object]]:
    whole = Held(one.cases, one.largest_share, cell_name(words.where, place, words.part))
    made = [entry(head, CASES, COUNT, one.cases, whole)]
    if words.units[0]:
        made.append(entry(head, Word("units", *words.units), COUNT, one.amounts.n, whole))
    low, high = _interval(one, words.level)
    made.append(entry(head, GINI, INTERVAL, gini(one.amounts), whole, low=low, high=high))
    for top in tops:
        column = Word(f"top{top:g}", f"Top {100 * top:g}%", f"最高{100 * top:g}%")
        made.append(entry(head, column, SHARE, top_share(one.amounts, top), Held(*one.spans[1 - top, 1.0])))
    if words.units[0]:
        index = herfindahl(one.amounts)
        made.append(entry(head, HERFINDAHL, NUMBER, index, whole, unit="index"))
        made.append(entry(head, EFFECTIVE, NUMBER, 1 / index if index > 0 else np.nan, whole))
    return made


def _interval(one: Concentration, level: float) -> tuple[float, float]:
    """Student's t about the coefficient with the jackknife's error, within 0 and 1."""
    from scipy.special import stdtrit

    middle, error = gini(one.amounts), gini_error(one.amounts)
    if np.isnan(error):
        return np.nan, np.nan
    reach = float(stdtrit(one.amounts.n - 1, (1 + level) / 2)) * error
    return max(0.0, middle - reach), min(1.0, middle + reach)
