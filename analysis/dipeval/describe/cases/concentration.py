"""Amounts of cases or of units (hospitals, disease types, departments) as distributions, and who is in each part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.cases.lorenz import Amounts, amounts_of
from dipeval.describe.cases.tally import ALL, HOLDERS
from dipeval.errors import DataError, Problem

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

STAGE = "concentration"
CASES, HOSPITALS = "cases", "hospital"
VALUE, UNIT = "value_", "unit_"
Span = tuple[float, float]
"""From one share of the units to another, the lowest first."""


@dataclass(frozen=True)
class Concentration:
    """One group, or all.

    Attributes
    ----------
    amounts : Amounts
        Of the units.
    cases : int
    largest_share : float
        The largest hospital's share of the cases.
    spans : mapping of (float, float) to (float, float)
        Cases in each asked part of the units, and the largest hospital's share of them; a unit that lies in it with
        a part counts whole.
    """

    amounts: Amounts
    cases: int
    largest_share: float
    spans: Mapping[Span, tuple[float, float]]


def concentrations(
    engine: TableEngine, cases: ir.Table, by: str, over: str, amount: str, spans: Sequence[Span]
) -> dict[str, Concentration]:
    """Amounts of units by group, and of all.

    Parameters
    ----------
    engine : TableEngine
    cases : ibis table
        With `by`, ``city``, ``hospital``, `VALUE` (whole numbers, known) and, where units are no cases, `UNIT`.
    by : str
    over : str
        `CASES`, or anything else for units.
    amount : str
        What is added up, for what is said of negative values.
    spans : sequence of (float, float)

    Returns
    -------
    dict of str to Concentration
        By level, and `ALL`.

    Raises
    ------
    DataError
        If amounts are negative, or there is no case.

    Notes
    -----
    Cost: of cases two passes, and Python sees the distinct amounts of each group; of units one pass, and Python
    sees a row for each unit and hospital.
    """
    made = _of_cases if over == CASES else _of_units
    found = made(engine, cases, by, amount, spans)
    if not found:
        raise DataError(STAGE, [Problem("where", "leaves no case with a known amount", "mend it")])
    return found


def _refuse_negative(values: pd.Series, times: pd.Series, amount: str) -> None:
    below = int(times[values < 0].sum())
    if below:
        todo = "describe an amount that is not negative, or leave these out with `where`"
        raise DataError(STAGE, [Problem(amount, "is below zero: it has no Lorenz curve", todo, count=below)])


def _of_cases(
    engine: TableEngine, cases: ir.Table, by: str, amount: str, spans: Sequence[Span]
) -> dict[str, Concentration]:
    counted = cases.group_by(by, VALUE).agg(times=cases.count().cast("int64"))
    frame = engine.to_frame(counted, [by, VALUE])
    _refuse_negative(frame[VALUE], frame["times"], amount)
    groups = {str(level): _amounts(part) for level, part in frame.groupby(by, sort=True)}
    if not groups:
        return {}
    whole = frame.groupby(VALUE, sort=True)["times"].sum().reset_index()
    groups[ALL] = _amounts(whole)
    behind = _behind(engine, cases, by, groups, spans)
    return {level: Concentration(groups[level], *behind[level]) for level in groups}


def _amounts(frame: pd.DataFrame) -> Amounts:
    return Amounts(frame[VALUE].to_numpy(dtype="int64"), frame["times"].to_numpy(dtype="int64"))


def _behind(
    engine: TableEngine,
    cases: ir.Table,
    by: str,
    groups: Mapping[str, Amounts],
    spans: Sequence[Span],
) -> dict[str, tuple[int, float, dict[Span, tuple[float, float]]]]:
    """Who is in each part: cases are counted between the amounts at its ends, by hospital."""
    limits = {level: [_at(amounts, span) for span in spans] for level, amounts in groups.items()}
    named = [f"s{k}_{end}" for k in range(len(spans)) for end in ("low", "high")]
    rows = [(level, *(x for pair in limits[level] for x in pair)) for level in sorted(groups)]
    small = pd.DataFrame(rows, columns=[by, *named]).astype({by: "str"} | dict.fromkeys(named, "int64"))
    tallies = []
    own = cases.select(by, VALUE, *HOLDERS)
    for part, keys in (
        (own, small[small[by] != ALL]),
        (own.mutate(**{by: _literal(ALL)}), small[small[by] == ALL]),
    ):
        joined = part.join(engine.small_table(keys), by)
        value = joined[VALUE]
        made = {
            f"s{k}": _times(value.between(joined[f"s{k}_low"], joined[f"s{k}_high"]))
            for k in range(len(spans))
        }
        grouped = joined.group_by([by, *HOLDERS]).agg(n=joined.count().cast("int64"), **made)
        tallies.append(engine.to_frame(grouped, [by, *HOLDERS]))
    tally = pd.concat(tallies, ignore_index=True)
    return {
        str(level): _shares(part, spans, groups[str(level)].n) for level, part in tally.groupby(by, sort=True)
    }


def _literal(word: str) -> ir.StringValue:
    import ibis

    return ibis.literal(word)


def _times(condition: ir.BooleanValue) -> ir.IntegerValue:
    import ibis

    return ibis.ifelse(condition, 1, 0).sum().cast("int64")


def _at(amounts: Amounts, span: Span) -> tuple[int, int]:
    """The lowest and highest amount of the units in a part."""
    upto = np.cumsum(amounts.times)
    first = int(np.searchsorted(upto, np.floor(span[0] * amounts.n + 1e-9), side="right"))
    last = int(np.searchsorted(upto, np.ceil(span[1] * amounts.n - 1e-9), side="left"))
    top = len(amounts.values) - 1
    return int(amounts.values[min(first, top)]), int(amounts.values[min(last, top)])


def _shares(
    part: pd.DataFrame, spans: Sequence[Span], n: int
) -> tuple[int, float, dict[Span, tuple[float, float]]]:
    found = {}
    for k, span in enumerate(spans):
        inside = int(part[f"s{k}"].sum())
        # Equal amounts at the ends lie in both parts: a part is never said to hold more than its share.
        count = max(1.0, float(np.floor((span[1] - span[0]) * n + 1e-9)))
        found[span] = (min(count, float(inside)), float(part[f"s{k}"].max() / inside) if inside else np.nan)
    total = int(part["n"].sum())
    return total, float(part["n"].max() / total), found


def _of_units(
    engine: TableEngine, cases: ir.Table, by: str, amount: str, spans: Sequence[Span]
) -> dict[str, Concentration]:
    from dipeval.schema.functions import int64_of_sum

    keys = [by, UNIT, *HOLDERS]
    made = {"n": cases.count().cast("int64"), VALUE: int64_of_sum(cases[VALUE].sum())}
    frame = engine.to_frame(cases.group_by(keys).agg(**made), keys)
    if not len(frame):
        return {}
    groups = {str(level): part for level, part in frame.groupby(by, sort=True)} | {ALL: frame}
    return {level: _of_one(part, amount, spans) for level, part in groups.items()}


def _of_one(part: pd.DataFrame, amount: str, spans: Sequence[Span]) -> Concentration:
    units = part.groupby(UNIT, sort=True)[VALUE].sum().sort_values(kind="stable")
    _refuse_negative(units, pd.Series(1, index=units.index), amount)
    by_hospital = part.groupby([UNIT, *HOLDERS], sort=True)["n"].sum()
    n = len(units)
    found = {}
    for span in spans:
        first, last = int(np.floor(span[0] * n + 1e-9)), max(int(np.ceil(span[1] * n - 1e-9)), 1)
        inside = by_hospital[by_hospital.index.get_level_values(UNIT).isin(units.index[first:last])]
        held = inside.groupby(level=list(HOLDERS)).sum()
        total = float(held.sum())
        found[span] = (total, float(held.max() / total) if total else np.nan)
    holders = part.groupby(list(HOLDERS))["n"].sum()
    total = int(holders.sum())
    return Concentration(amounts_of(units.to_numpy()), total, float(holders.max() / total), found)
