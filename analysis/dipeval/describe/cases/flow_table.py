"""Who is treated where: cases and money by place of insurance and place of treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.cases.ratio_outcome import RatioOutcome, pair
from dipeval.describe.cases.tally import ALL, HOLDERS, gathered, tallied, with_margins
from dipeval.describe.dimensions import MISSING
from dipeval.errors import DataError, Problem
from dipeval.panel.aggregation import integer_value
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

STAGE = "flows"
ORIGIN, DESTINATION, CROSSES = "origin_", "destination_", "crosses_"


@dataclass(frozen=True)
class Flow:
    """Some of the cases.

    Attributes
    ----------
    cases, known : int
        All, and those whose amount is known.
    amount : float
        Major units.
    ratio : float
        NaN where it is not asked for or not defined.
    largest_share, known_share, ratio_share : float
        The largest hospital's share of all cases, of those with a known amount, of those with a known pair.
    ratio_cases : int
        Cases with a known numerator and denominator.
    """

    cases: int
    known: int
    amount: float
    ratio: float
    largest_share: float
    known_share: float
    ratio_share: float
    ratio_cases: int


NOBODY = Flow(0, 0, 0.0, np.nan, np.nan, np.nan, np.nan, 0)


@dataclass(frozen=True)
class FlowTable:
    """Cases by place of origin and destination.

    Attributes
    ----------
    tally : pandas.DataFrame
        By `ORIGIN`, `DESTINATION`, `CROSSES` and hospital.
    places : tuple of str
        Places shown by themselves, the most cases first.
    rest : str
        What the others are called together; empty where there are none.
    folded : int
        How many they are.
    has_missing : bool
        Whether some case lacks one of its places.
    scale : float
        Of the amount, to major units.
    """

    tally: pd.DataFrame
    places: tuple[str, ...]
    rest: str
    folded: int
    has_missing: bool
    scale: float
    ratio: RatioOutcome | None

    @property
    def levels(self) -> tuple[str, ...]:
        """All levels of origin and destination."""
        return (*self.places, *([self.rest] if self.rest else []), *([MISSING] if self.has_missing else []))

    @property
    def misses_amounts(self) -> bool:
        """Whether the amount of some case is not known."""
        return int(self.tally["known"].sum()) < int(self.tally["n"].sum())

    @property
    def misses_pairs(self) -> bool:
        """Whether the ratio's numerator or denominator of some case is not known."""
        return self.ratio is not None and int(self.tally["pairs"].sum()) < int(self.tally["n"].sum())

    def flow(self, origin: str = "", destination: str = "", crosses: bool | None = None) -> Flow:
        """The cases from a place, to a place, across places or within one (both known); empty and None for all."""
        key = (origin or ALL, destination or ALL, ALL if crosses is None else str(int(crosses)))
        return self._flows.get(key, NOBODY)

    @cached_property
    def _flows(self) -> dict[tuple[str, str, str], Flow]:
        """Every flow and every margin."""
        by = [ORIGIN, DESTINATION, CROSSES]
        whole = with_margins(self.tally, by)
        counted = {
            name: gathered(whole, by, name) for name in ("n", "known", *(["pairs"] if self.ratio else []))
        }
        shares = {name: made["largest_share"] for name, made in counted.items()}
        return {
            tuple(str(word) for word in key): self._flow(
                row, {name: float(s[key]) for name, s in shares.items()}
            )
            for key, row in counted["n"].iterrows()
        }

    def _flow(self, row: pd.Series, shares: dict[str, float]) -> Flow:
        below = int(row["below"]) if self.ratio else 0
        return Flow(
            cases=int(row["n"]),
            known=int(row["known"]),
            amount=int(row["amount"]) * self.scale,
            ratio=int(row["above"]) / below * self.ratio.scale if self.ratio and below else np.nan,
            largest_share=shares["n"],
            known_share=shares["known"],
            ratio_share=shares.get("pairs", np.nan),
            ratio_cases=int(row["pairs"]) if self.ratio else 0,
        )


def flow_table(
    engine: TableEngine,
    cases: ir.Table,
    origin: str,
    destination: str,
    *,
    amount: str,
    ratio: RatioOutcome | None = None,
    top: int = 0,
    rest: str = "other",
    most: int = 40,
    minor_per_unit: int = 100,
) -> FlowTable:
    """Tally cases by origin and destination.

    Parameters
    ----------
    engine : TableEngine
    cases : ibis table
    origin, destination : str
        Columns of text with the places, in the same words.
    amount : str
        A column of money.
    ratio : RatioOutcome, optional
    top : int
        Places shown by themselves, 0 for all.
    rest : str
        What the others are called together.
    most : int
        More places than this are refused.

    Raises
    ------
    DataError
        Without a case; where no place stands in both columns; with too many places.

    Notes
    -----
    Cost: one pass to count places, one for everything else; Python sees a row for each pair of places and hospital.
    """
    import ibis

    told = {ORIGIN: cases[origin], DESTINATION: cases[destination]}
    words = {name: value.cast("string").strip().nullif("").fill_null(MISSING) for name, value in told.items()}
    table = cases.mutate(**words)
    sizes = _sizes(engine, table)
    _refuse(sizes, origin, destination)
    every = sorted(sizes, key=lambda place: (-sum(sizes[place]), place))
    named = [place for place in every if place != MISSING]
    shown = named[:top] if 0 < top < len(named) - 1 else named
    if len(shown) > most:
        what = f"are {len(shown)}, and {most} are shown at most"
        raise DataError(STAGE, [Problem("places", what, "write top = 20")])
    folded = len(named) - len(shown)
    unknown = (table[ORIGIN] == MISSING) | (table[DESTINATION] == MISSING)
    crosses = ibis.cases((unknown, "-1"), (table[ORIGIN] != table[DESTINATION], "1"), else_="0")
    kept = [*shown, MISSING]
    placed = {name: ibis.ifelse(table[name].isin(kept), table[name], rest) for name in (ORIGIN, DESTINATION)}
    money = integer_value(table, columns()[amount])
    sums = {"amount": money, "known": money.notnull().cast("int64")}
    if ratio is not None:
        above, below = pair(table, ratio)
        sums |= {"above": above, "below": below, "pairs": above.notnull().cast("int64")}
    made = table.select(*HOLDERS, **placed, **{CROSSES: crosses}, **{f"_{n}": v for n, v in sums.items()})
    tally = tallied(engine, made, [ORIGIN, DESTINATION, CROSSES], {name: made[f"_{name}"] for name in sums})
    scale = 1 / minor_per_unit if columns()[amount].kind == "money" else 1.0
    return FlowTable(tally, tuple(shown), rest if folded else "", folded, MISSING in sizes, scale, ratio)


def _sizes(engine: TableEngine, table: ir.Table) -> dict[str, tuple[int, int]]:
    """Cases insured and cases treated at each place."""
    keys = [ORIGIN, DESTINATION]
    frame = engine.to_frame(table.group_by(keys).agg(n=table.count().cast("int64")), keys)
    insured, treated = frame.groupby(ORIGIN)["n"].sum(), frame.groupby(DESTINATION)["n"].sum()
    places = sorted({str(p) for p in insured.index} | {str(p) for p in treated.index})
    return {place: (int(insured.get(place, 0)), int(treated.get(place, 0))) for place in places}


def _refuse(sizes: dict[str, tuple[int, int]], origin: str, destination: str) -> None:
    if not sizes:
        raise DataError(STAGE, [Problem("where", "leaves no case", "mend it, or leave this description out")])
    if not any(insured and treated for place, (insured, treated) in sizes.items() if place != MISSING):
        insured = _some(place for place, size in sizes.items() if size[0] and place != MISSING)
        treated = _some(place for place, size in sizes.items() if size[1] and place != MISSING)
        what = f"share no place: {', '.join(insured)} and {', '.join(treated)}"
        todo = "give both columns the same words, or name other columns"
        raise DataError(STAGE, [Problem(f"{origin} and {destination}", what, todo)])


def _some(places: Sequence[str]) -> list[str]:
    return sorted(places)[:5]
