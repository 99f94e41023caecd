"""Counts, sums, squares and category counts of all variables by group, in one pass over the cases.

The engine sums integers by group and hospital, so nothing depends on threads or on the order of rows;
Python sees one row a hospital and group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.case_groups import GROUP, OVERALL, STAGE, STRATUM, CaseGroups
from dipeval.describe.case_variable import CATEGORICAL, CONTINUOUS, CaseVariable
from dipeval.describe.group_counts import category_problems, group_counts
from dipeval.describe.sums import Sums
from dipeval.errors import DataError, Problem

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

Key = tuple[str, str]
HALF_BITS = 20
"""Squares are summed in halves of so many bits: a value may have 40 bits before a 64-bit sum could overflow."""
MOST_VALUE = 2 ** (2 * HALF_BITS) - 1
MOST_WEIGHT = 2**HALF_BITS - 1
ROUNDING = 1e-3
WEIGHT, BEYOND = "weight_", "beyond_"


@dataclass(frozen=True)
class Held:
    """How many cases stand behind a number, and the largest hospital's share of them."""

    count: int
    largest_share: float


@dataclass(frozen=True)
class Counts:
    """Cases of one group by category; `weights` are the sums of their weights (counts without weights)."""

    counts: tuple[int, ...]
    weights: tuple[int, ...]
    missing: int


@dataclass(frozen=True)
class GroupMoments:
    """All sums of a table, by (variable, stratum, group).

    Attributes
    ----------
    cases : mapping of (stratum, group) to Held
    sums : mapping of (name, (stratum, group)) to Sums
    counts : mapping of (name, (stratum, group)) to Counts
    held : mapping of (name, level, (stratum, group)) to Held
        Level ``""`` stands for all known values and None for the missing ones.
    levels : mapping of str to tuple of str
    outside : int
        Cases without a group or stratum.
    """

    cases: Mapping[Key, Held]
    sums: Mapping[tuple[str, Key], Sums]
    counts: Mapping[tuple[str, Key], Counts]
    held: Mapping[tuple[str, str | None, Key], Held]
    levels: Mapping[str, tuple[str, ...]]
    outside: int


def group_moments(engine: TableEngine, groups: CaseGroups, variables: Sequence[CaseVariable]) -> GroupMoments:
    """Sum every variable by group.

    Returns
    -------
    GroupMoments
        Exact integers.

    Raises
    ------
    DataError
        With all problems: values with more decimal places than declared or beyond 40 bits, categories
        that nobody declared, weights that are missing or negative, or beyond 20 bits.

    Notes
    -----
    Cost: one pass for everything continuous and one grouping a categorical variable; memory of the engine
    and of Python O(hospitals × groups × columns).
    """
    made: dict[str, ir.Value] = {}
    cases = engine.named(_numbered(groups, variables))
    made["n_"] = cases.count()
    if groups.weight:
        made |= _weight_checks(groups, cases)
    for k, variable in enumerate(variables):
        if variable.kind == CONTINUOUS:
            made |= _continuous(groups, cases, variable, k)
        else:
            made[f"n{k}"] = cases[f"v{k}"].count()
    frame = engine.to_frame(cases.group_by([STRATUM, GROUP, *groups.holders]).aggregate(**made))
    counted = group_counts(engine, groups, cases, variables, WEIGHT if groups.weight else "")
    _refuse(groups, variables, frame, category_problems(variables, counted))
    inside = frame[STRATUM].notna() & frame[GROUP].notna()
    outside = int(frame.loc[~inside, "n_"].sum())
    return _collected(groups, variables, frame[inside], counted, outside)


def scaled(cases: ir.Table, variable: CaseVariable) -> ir.IntegerValue:
    """A continuous variable as an integer in its smallest unit; NaN, and what is beyond `MOST_VALUE`, is NULL."""
    return _whole(cases[variable.name], variable.decimals, MOST_VALUE)[0]


def weight_of(groups: CaseGroups) -> ir.IntegerValue:
    """The weight of each case as an integer in its smallest unit."""
    return _whole(groups.cases[groups.weight], groups.weight_decimals, MOST_WEIGHT)[0]


def times(condition: ir.BooleanValue) -> ir.IntegerValue:
    """How many cases meet a condition: a sum, which takes a quarter of the time of a filtered count."""
    import ibis

    return ibis.ifelse(condition, 1, 0).sum().cast("int64")


def _whole(
    column: ir.NumericValue, decimals: int, most: int
) -> tuple[ir.IntegerValue, ir.BooleanValue, ir.BooleanValue | None]:
    """The integers, whether a value is beyond `most`, and whether it has further decimal places."""
    import ibis

    if column.type().is_integer():
        beyond = (column > most) | (column < -most)
        return ibis.ifelse(beyond, None, column).cast("int64"), beyond, None
    exact = column.cast("float64") * 10**decimals
    exact = ibis.ifelse(exact.isnan(), None, exact)
    beyond = exact.abs() > most
    inside = ibis.ifelse(beyond, None, exact)
    return inside.round().cast("int64"), beyond, (inside - inside.round()).abs() > ROUNDING


def _numbered(groups: CaseGroups, variables: Sequence[CaseVariable]) -> ir.Table:
    """Only what is needed: group, hospital, integers ``v0``, ``v1`` … and categories as text."""
    cases = groups.cases
    made: dict[str, ir.Value] = {name: cases[name] for name in (STRATUM, GROUP, *groups.holders)}
    for k, variable in enumerate(variables):
        if variable.kind == CONTINUOUS:
            value, beyond, rounded = _whole(cases[variable.name], variable.decimals, MOST_VALUE)
            made |= {f"v{k}": value, f"b{k}": beyond}
            if rounded is not None:
                made[f"e{k}"] = rounded
        else:
            made[f"v{k}"] = cases[variable.name].cast("string")
    if groups.weight:
        weight, beyond, rounded = _whole(cases[groups.weight], groups.weight_decimals, MOST_WEIGHT)
        made |= {WEIGHT: weight, BEYOND: beyond if rounded is None else beyond | rounded}
    return cases.select(**made)


def _weight_checks(groups: CaseGroups, cases: ir.Table) -> dict[str, ir.Value]:
    weight = cases[WEIGHT]
    return {"bad_weights": times(weight.isnull() | (weight < 0) | cases[BEYOND])}


def _continuous(groups: CaseGroups, cases: ir.Table, variable: CaseVariable, k: int) -> dict[str, ir.Value]:
    """``n``, sum ``s``, halves of squares ``hh hl ll``, faults; the same with weights."""
    value = cases[f"v{k}"]
    made = {f"n{k}": value.count(), f"beyond{k}": times(cases[f"b{k}"])}
    made |= _power_sums(value, k, "")
    if f"e{k}" in cases.columns:
        made[f"rounded{k}"] = times(cases[f"e{k}"])
    if groups.weight:
        weight = cases[WEIGHT]
        known = value.notnull()
        made[f"wn{k}"] = times(known & (weight > 0))
        made[f"w{k}"] = weight.sum(where=known).cast("string")
        made |= _power_sums(value, k, "w", weight)
    return made


def _power_sums(
    value: ir.IntegerValue, k: int, mark: str, weight: ir.IntegerValue | None = None
) -> dict[str, ir.Value]:
    """Sums as text: an engine's widest integer would come to Python as a float."""
    high, low = value >> HALF_BITS, value & (2**HALF_BITS - 1)
    parts = {"s": value, "hh": high * high, "hl": high * low, "ll": low * low}
    times = {name: part if weight is None else part * weight for name, part in parts.items()}
    return {f"{mark}{name}{k}": part.sum().cast("string") for name, part in times.items()}


def _refuse(
    groups: CaseGroups, variables: Sequence[CaseVariable], frame: pd.DataFrame, problems: list[Problem]
) -> None:
    for k, variable in enumerate(variables):
        where = f"variable {variable.name}"
        if variable.kind == CATEGORICAL:
            continue
        if f"rounded{k}" in frame and (many := int(frame[f"rounded{k}"].sum())):
            what = f"has values with more than {variable.decimals} decimal places"
            problems.append(Problem(where, what, "declare more decimals, or round it first", count=many))
        if many := int(frame[f"beyond{k}"].sum()):
            what = f"has values beyond {MOST_VALUE:,} smallest units"
            problems.append(Problem(where, what, "mend them, or declare fewer decimals", count=many))
    if groups.weight and (many := int(frame["bad_weights"].sum())):
        what = f"has weights that are missing, negative, beyond {MOST_WEIGHT:,} or not of {groups.weight_decimals} places"
        todo = "leave those cases out, round the weights, or declare their decimal places"
        problems.append(Problem(f"column {groups.weight}", what, todo, count=many))
    if problems:
        raise DataError(STAGE, problems)


def _collected(
    groups: CaseGroups,
    variables: Sequence[CaseVariable],
    frame: pd.DataFrame,
    counted: pd.DataFrame,
    outside: int,
) -> GroupMoments:
    """Hospitals of each group put together, and the largest of them remembered."""
    cases, sums, counts, held = {}, {}, {}, {}
    levels = {
        v.name: v.levels or tuple(sorted(set(counted.loc[counted["k"] == k, "level"].dropna())))
        for k, v in enumerate(variables)
        if v.kind == CATEGORICAL
    }
    of_levels = {
        (variables[row.k].name, row.level, (row.stratum, row.group)): row
        for row in counted[counted["level"].notna()].itertuples()
    }
    for key in groups.columns:
        inside = frame[STRATUM] == key[0]
        part = frame[inside] if key[1] == OVERALL else frame[inside & (frame[GROUP] == key[1])]
        owner = part.groupby(list(groups.holders), sort=False, dropna=False).ngroup().to_numpy()
        cases[key] = _held(part["n_"], owner)
        for k, variable in enumerate(variables):
            name = variable.name
            held[name, "", key] = _held(part[f"n{k}"], owner)
            held[name, None, key] = _held(part["n_"] - part[f"n{k}"], owner)
            if variable.kind == CONTINUOUS:
                sums[name, key] = _sums(part, k, variable.decimals, bool(groups.weight))
                continue
            weights = []
            for level in levels[name]:
                row = of_levels.get((name, level, key))
                held[name, level, key] = (
                    Held(0, np.nan) if row is None else Held(int(row.n), row.most / row.n)
                )
                weights.append(0 if row is None else int(row.w))
            plain = tuple(held[name, level, key].count for level in levels[name])
            counts[name, key] = Counts(plain, tuple(weights), held[name, None, key].count)
    return GroupMoments(cases, sums, counts, held, levels, outside)


def _held(cases: pd.Series, owner: np.ndarray) -> Held:
    """Cases of a cell, and the largest hospital's share; `owner` numbers the hospital of each part."""
    total = int(cases.sum())
    if not total:
        return Held(0, np.nan)
    return Held(total, float(np.bincount(owner, cases.to_numpy(dtype="float64")).max() / total))


def _sums(part: pd.DataFrame, k: int, decimals: int, weighted: bool) -> Sums:
    n, missing = int(part[f"n{k}"].sum()), int((part["n_"] - part[f"n{k}"]).sum())
    plain = Sums.plain(n, missing, _added(part[f"s{k}"]), _squares(part, k, ""), decimals)
    if not weighted:
        return plain
    return Sums(
        n,
        missing,
        plain.total,
        plain.squares,
        decimals,
        int(part[f"wn{k}"].sum()),
        _added(part[f"w{k}"]),
        _added(part[f"ws{k}"]),
        _squares(part, k, "w"),
    )


def _squares(part: pd.DataFrame, k: int, mark: str) -> int:
    hh, hl, ll = (_added(part[f"{mark}{name}{k}"]) for name in ("hh", "hl", "ll"))
    return (hh << 2 * HALF_BITS) + (hl << HALF_BITS + 1) + ll


def _added(texts: pd.Series) -> int:
    """Sum of whole numbers written as text; a hospital without a known value adds nothing."""
    return sum(int(text) for text in texts.dropna())
