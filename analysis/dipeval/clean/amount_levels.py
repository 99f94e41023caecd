"""How large amounts typically are, by hospital and year, and which of them lie a unit away from the rest.

The level of an amount is the mean of its common logarithm over the stays that have it, so that a
step of 1 is a factor of ten. Unlike a median it needs one pass and no memory that grows with the
rows, and it moves when only some stays of a year came in another unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

LARGE_PARTS = ("drug_cost", "consumables_cost", "examination_cost", "treatment_cost", "service_cost")
"""Parts that are a fair share of nearly any stay; small ones vary too much to say anything of units."""
TOTAL, DAY = "total_cost", "cost_a_day"
MICRO = 1_000_000
"""Logarithms are summed as integers of 1e-6, so that the order of rows does not matter."""
MOST_SHARE, LEAST_SHARE = 0.5, -3.0
"""Levels of a large part against the total: above 3 times, or below a thousandth, in the whole city."""


@dataclass(frozen=True)
class Alarm:
    """Amounts of one hospital and year that lie `apart` powers of ten from `usual` (a level)."""

    column: str
    hospital: str
    year: int
    stays: int
    level: float
    usual: float

    @property
    def apart(self) -> float:
        return self.level - self.usual


@dataclass(frozen=True)
class Level:
    """The level of one amount in one hospital and year, over `stays` stays that have it."""

    hospital: str
    year: int
    stays: int
    level: float


def summed_levels(table: ir.Table) -> ir.Table:
    """Stays and sums of logarithms by hospital and year, for the total and its large parts.

    Parameters
    ----------
    table : ibis table
        Typed rows with ``care_days``, where the format has it, mended.

    Returns
    -------
    ibis table
        ``hospital``, ``year``, and ``n__<amount>`` and ``log__<amount>`` (1e-6 of natural logarithms).
        Cost: one pass; one logarithm an amount and stay.
    """
    from ..schema.functions import int64_of_sum

    stays = table.filter(~table.is_total_row & table.hospital.notnull() & table.discharge_date.notnull())
    measured = {name: _logarithm(stays[name]) for name in (TOTAL, *LARGE_PARTS) if name in stays.columns}
    if "care_days" in stays.columns:
        measured[DAY] = measured[TOTAL] - _logarithm(stays.care_days)
    made: dict[str, ir.Value] = {}
    for name, value in measured.items():
        made[f"n__{name}"] = value.count()
        made[f"log__{name}"] = int64_of_sum(value.sum())
    return stays.group_by("hospital", year=stays.discharge_date.year().cast("int64")).agg(**made)


def _logarithm(amount: ir.IntegerValue) -> ir.IntegerValue:
    import ibis

    positive = ibis.ifelse(amount > 0, amount, None)
    # Rounded down by name: engines differ in how a plain cast rounds.
    return (positive.ln() * MICRO).floor().cast("int64")


def levels_of(sums: pd.DataFrame, fewest: int) -> dict[str, list[Level]]:
    """Levels by amount, of hospital-years with at least `fewest` stays that have it."""
    found: dict[str, list[Level]] = {}
    for name in (DAY, TOTAL, *LARGE_PARTS):
        if f"n__{name}" not in sums.columns:
            continue
        rows = zip(sums["hospital"], sums["year"], sums[f"n__{name}"], sums[f"log__{name}"], strict=True)
        levels = [
            Level(str(h), int(y), int(n), float(s) / int(n) / MICRO / math.log(10))
            for h, y, n, s in rows
            if n >= fewest
        ]
        found[name] = sorted(levels, key=lambda one: (one.hospital, one.year))
    return found


def alarms(
    levels: Mapping[str, list[Level]], span: tuple[float, float] | None, decades: float
) -> list[Alarm]:
    """Find amounts that lie powers of ten away from the plausible, the city's usual or their own.

    Parameters
    ----------
    levels : mapping of str to list of Level
        From `levels_of`.
    span : (float, float) or None
        Least and most plausible level of the cost of a day; None for a currency of which nothing is known.
    decades : float
        From how many powers of ten on amounts are apart.

    Returns
    -------
    list of Alarm
        In order of column, hospital, year. Parts are compared as shares of the total, and not at all
        where the total itself is apart. Cost: O(hospitals · years²).
    """
    name = DAY if DAY in levels else TOTAL
    found = _apart(TOTAL, levels[name], span if name == DAY else None, decades)
    broken = {(alarm.hospital, alarm.year) for alarm in found}
    totals = {(one.hospital, one.year): one.level for one in levels[TOTAL]}
    for part in LARGE_PARTS:
        shares = [
            Level(one.hospital, one.year, one.stays, one.level - totals[one.hospital, one.year])
            for one in levels.get(part, ())
            if (one.hospital, one.year) in totals and (one.hospital, one.year) not in broken
        ]
        found += _shares_apart(part, shares, decades)
    return found


def _apart(column: str, levels: list[Level], span: tuple[float, float] | None, decades: float) -> list[Alarm]:
    """Levels outside the span, or far from the usual one: the median of those that are plausible."""
    inside = [one.level for one in levels if span is None or span[0] <= one.level <= span[1]]
    usual = median(inside) if inside else sum(span) / 2 if span else None
    if usual is None:
        return []
    found = []
    for one, own in _with_own(levels):
        outside = span is not None and not span[0] <= one.level <= span[1]
        # Of two years that differ, the one farther from what is usual in the city is the odd one.
        odd = (
            own is not None and abs(one.level - own) >= decades and abs(one.level - usual) > abs(own - usual)
        )
        if outside or odd or abs(one.level - usual) >= decades:
            # The hospital's own other years say best how far it is off, unless they are off themselves.
            ordinary = own is not None and abs(own - usual) < decades
            found.append(
                Alarm(column, one.hospital, one.year, one.stays, one.level, own if ordinary else usual)
            )
    return found


def _shares_apart(column: str, shares: list[Level], decades: float) -> list[Alarm]:
    """A part whose share is impossible in the whole city, or far from the hospital's other years."""
    if not shares:
        return []
    usual = median(one.level for one in shares)
    if not LEAST_SHARE <= usual <= MOST_SHARE:
        return [Alarm(column, s.hospital, s.year, s.stays, s.level, -1.0) for s in shares]
    found = []
    for one, own in _with_own(shares):
        if own is None or abs(one.level - own) < decades or abs(one.level - usual) < abs(own - usual):
            continue
        found.append(Alarm(column, one.hospital, one.year, one.stays, one.level, own))
    return found


def _with_own(levels: list[Level]) -> Iterator[tuple[Level, float | None]]:
    """Each level with what is usual in its hospital's other years; None where there is only one year."""
    years: dict[str, list[Level]] = {}
    for one in levels:
        years.setdefault(one.hospital, []).append(one)
    for one in levels:
        others = [other.level for other in years[one.hospital] if other.year != one.year]
        yield one, median(others) if others else None
