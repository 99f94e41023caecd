"""Bills → stays: the parts of an episode as the one stay that they were.

What was billed in parts, by interim settlement or by discharging and admitting again, counts once: from
the admission of its first part to the discharge of its last, with the sum of its amounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..ledger import Entry
from ..vocabulary import columns
from .aggregation import MICRO

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

EPISODE, PART = "episode", "episode_part"
LAST = (
    "discharge_date",
    "period",
    "disposition",
    "deaths",
    "planned_readmission",
    "settlement",
    "settlement_end",
    "settlement_date",
)
"""Taken from the last part; what is neither summed nor here is taken from the first."""
AS_BILLED, LINKED = "as_billed", "linked"
SUM, DATES = "sum", "dates"


@dataclass(frozen=True)
class Linking:
    """What linking did.

    Attributes
    ----------
    parts, episodes : int
        Bills that became stays, and these stays.
    incomplete : int
        Episodes of which the cleaning rejected a part before the last: they are short of its amounts.
    """

    parts: int
    episodes: int
    incomplete: int


def linked_stays(stays: ir.Table, days: str = SUM) -> ir.Table:
    """Put one row in the place of the parts of each episode.

    Parameters
    ----------
    stays : ibis table
        Clean discharges of one city.
    days : {"sum", "dates"}
        ``care_days`` of an episode: the sum of its parts' (days at home in between do not count), or
        the days from its first admission to its last discharge, at least 1.

    Returns
    -------
    ibis table
        Lazy, with the columns of `stays`. An amount that one part lacks is missing. Cost: one
        grouping of the parts alone; other stays pass by.
    """
    import ibis

    if EPISODE not in stays.columns:
        return stays
    alone = stays.filter(stays[EPISODE].isnull())
    parts = stays.filter(stays[EPISODE].notnull())
    order = [parts[PART], parts.source_file, parts.source_row]
    forth = ibis.window(group_by=EPISODE, order_by=order)
    back = ibis.window(group_by=EPISODE, order_by=[value.desc() for value in order])
    ranked = parts.mutate(from_first=ibis.row_number().over(forth), from_last=ibis.row_number().over(back))
    first = ranked.filter(ranked.from_first == 0).drop("from_first", "from_last")
    last = ranked.filter(ranked.from_last == 0)
    ends = last.select(EPISODE, **{f"last_{name}": last[name] for name in LAST if name in stays.columns})
    summed = [name for name in stays.columns if _is_summed(name)]
    sums = parts.group_by(EPISODE).agg(**{f"sum_{name}": _sum(parts, name) for name in summed})
    joined = first.left_join(ends, EPISODE).drop(f"{EPISODE}_right")
    joined = joined.left_join(sums, EPISODE).drop(f"{EPISODE}_right")
    made = {name: joined[f"last_{name}"] for name in LAST if name in stays.columns}
    made |= {name: joined[f"sum_{name}"] for name in summed}
    if "admission_date" in stays.columns:
        span = joined.last_discharge_date.delta(joined.admission_date, unit="day").cast("int64")
        made |= {"day_case": (span == 0).cast("int64")} if "day_case" in stays.columns else {}
        made |= {"care_days": ibis.greatest(span, 1)} if "care_days" in made and days == DATES else {}
    return ibis.union(alone, joined.mutate(**made).select(stays.columns))


def linking(engine: TableEngine, stays: ir.Table) -> Linking:
    """Count what `linked_stays` does to a table of discharges."""
    if EPISODE not in stays.columns:
        return Linking(0, 0, 0)
    parts = stays.filter(stays[EPISODE].notnull())
    by_episode = parts.group_by(EPISODE).agg(parts=parts.count(), highest=parts[PART].max())
    short = (by_episode.parts < by_episode.highest).cast("int64")
    told = by_episode.aggregate(parts=by_episode.parts.sum(), episodes=by_episode.count(), short=short.sum())
    counts = engine.to_frame(told).fillna(0).iloc[0]
    return Linking(*(int(counts[name]) for name in ("parts", "episodes", "short")))


def linking_entries(told: Linking, city: str, stays: int, hospitals: int | None = None) -> tuple[Entry, ...]:
    """What the ledger says: bills that are no stays of their own go, by the number of their stays."""
    left = stays - told.parts + told.episodes
    note = f"{told.parts} bills are the parts of {told.episodes} stays and are counted as these"
    entries = [Entry("panel", city, "linked_stays", stays, left, 0, hospitals, hospitals, note)]
    if told.incomplete:
        note = "stays of which cleaning rejected a part: their amounts lack it"
        entries.append(
            Entry(
                "panel", city, "incomplete_episodes", left, left, told.incomplete, hospitals, hospitals, note
            )
        )
    return tuple(entries)


def _is_summed(name: str) -> bool:
    """Amounts and days; a number only where a panel sums it, and an age is no amount of anything."""
    column = columns().get(name)
    if column is None or name == "age":
        return False
    return column.kind in ("money", "days") or (column.kind == "number" and column.sum)


def _sum(parts: ir.Table, name: str) -> ir.Value:
    """The sum over the parts; missing where one part lacks the value."""
    import ibis

    from ..schema.functions import int64_of_sum

    value = parts[name]
    if columns()[name].kind == "number":
        total = int64_of_sum((value * MICRO).round().cast("int64").sum()) / MICRO
    else:
        total = int64_of_sum(value.sum())
    return ibis.ifelse(value.count() == parts.count(), total, None)
