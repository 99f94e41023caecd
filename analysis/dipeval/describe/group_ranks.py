"""Exact quantiles and rank sums by group, through the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.describe.case_groups import GROUP, OVERALL, STRATUM, CaseGroups
from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.group_moments import Key, scaled, weight_of
from dipeval.describe.rank_comparisons import RankSums

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

QUARTILES = (0.25, 0.5, 0.75)
AT_ONCE = 5
"""Variables whose values the engine holds at the same time."""
Quartiles = dict[Key, tuple[float, float, float]]


def group_quartiles(engine: TableEngine, groups: CaseGroups, variable: CaseVariable) -> Quartiles:
    """Exact quartiles of the known values by group; see `quartiles_of`."""
    return quartiles_of(engine, groups, [variable])[variable.name]


def quartiles_of(
    engine: TableEngine, groups: CaseGroups, variables: Sequence[CaseVariable]
) -> dict[str, Quartiles]:
    """Exact quartiles of the known values by group, between two values by linear interpolation (type 7).

    Hyndman & Fan (1996, Am Stat 50:361); numpy's default. Of integers below 2^50 they are exact to the
    last bit. Cost: one pass for `AT_ONCE` variables, and one more with an overall column; the engine holds
    their values.
    """
    found: dict[str, Quartiles] = {variable.name: {} for variable in variables}
    for first in range(0, len(variables), AT_ONCE):
        some = variables[first : first + AT_ONCE]
        cases = groups.cases.select(
            **{GROUP: groups.cases[GROUP], STRATUM: groups.cases[STRATUM]},
            **{f"v{k}": scaled(groups.cases, variable) for k, variable in enumerate(some)},
        )
        inside = cases.filter(cases[GROUP].notnull(), cases[STRATUM].notnull())
        made = {f"q{k}": inside[f"v{k}"].quantile(list(QUARTILES)) for k in range(len(some))}
        for keys in ([STRATUM, GROUP], *([[STRATUM]] if groups.overall else [])):
            for row in engine.to_frame(inside.group_by(keys).aggregate(**made)).to_dict("records"):
                for k, variable in enumerate(some):
                    if (three := _three(row[f"q{k}"], variable)) is not None:
                        found[variable.name][row[STRATUM], row.get(GROUP, OVERALL)] = three
    return found


def _three(values: object, variable: CaseVariable) -> tuple[float, float, float] | None:
    """Quartiles in the variable's unit; None where the group has no known value."""
    if values is None or isinstance(values, float) or any(pd.isna(v) for v in values):
        return None
    low, middle, high = (float(v) / 10**variable.decimals for v in values)
    return low, middle, high


def group_ranks(engine: TableEngine, groups: CaseGroups, variable: CaseVariable) -> dict[str, RankSums]:
    """Rank sums of the groups and the sizes of ties, by stratum; see `group_values`."""
    return group_values(engine, groups, variable, {}).ranks


@dataclass(frozen=True)
class GroupValues:
    """What one grouping by value gives: rank sums by stratum, and quartiles where sizes were handed over."""

    ranks: dict[str, RankSums]
    quartiles: Quartiles


def group_values(
    engine: TableEngine, groups: CaseGroups, variable: CaseVariable, sizes: Mapping[Key, int]
) -> GroupValues:
    """Rank sums, sizes of ties, and quartiles of one variable.

    The engine counts each distinct value by group; a running count over the distinct values gives every
    mid-rank. Rank sums are added by size of tie, so Python sees one row a stratum and size: O(√n).

    Parameters
    ----------
    sizes : mapping of (stratum, group) to int
        Known values of each column whose quartiles are asked for; with weights, the sum of the weights of the
        known values.

    Returns
    -------
    GroupValues
        Quartiles without weights as `quartiles_of` has them. Weighted ones invert the weighted distribution
        function: the first value at which the weights reach a quarter, a half, three quarters of their sum,
        and the mean of it and the next one where they reach it exactly.

    Notes
    -----
    Cost: one grouping and one sort of the distinct values by stratum. Twice a rank sum is an integer
    below n², so 64 bits hold it for up to 3e9 cases.
    """
    values = _by_value(groups, variable)
    names = [f"n{k}" for k in range(len(groups.groups))]
    asked = [key for key in groups.columns if sizes.get(key)]
    placed = values.mutate(**_running(groups, values, bool(asked)))
    made = {f"r{k}": (placed[name] * placed.doubled).sum().cast("string") for k, name in enumerate(names)}
    made |= {name: placed[name].sum().cast("int64") for name in names}
    made |= _marks(groups, placed, asked, sizes)
    found = engine.to_frame(placed.group_by(["s", "t"]).aggregate(times=placed.count(), **made))
    by_stratum = {stratum: found[found["s"] == j] for j, stratum in enumerate(groups.strata)}
    quartiles = {
        key: _quartiles(groups, by_stratum[key[0]], key, sizes[key], variable.decimals) for key in asked
    }
    return GroupValues({s: _ranks(part, len(names)) for s, part in by_stratum.items()}, quartiles)


def _by_value(groups: CaseGroups, variable: CaseVariable) -> ir.Table:
    """One row a stratum ``s`` and distinct value ``v``: cases ``t``, ``n0`` … by group, weights ``w0`` … ."""
    import ibis

    cases = groups.cases
    # Numbers instead of words: grouping and sorting take half the time.
    group = ibis.cases(*[(cases[GROUP] == g, k) for k, g in enumerate(groups.groups)], else_=None)
    stratum = ibis.literal(0)
    if groups.strata != ("",):
        stratum = ibis.cases(*[(cases[STRATUM] == s, k) for k, s in enumerate(groups.strata)], else_=None)
    columns = {"g": group.cast("int8"), "s": stratum.cast("int8"), "v": scaled(cases, variable)}
    if groups.weight:
        columns["w"] = weight_of(groups)
    numbered = cases.select(**columns)
    known = numbered.filter(numbered.v.notnull(), numbered.g.notnull(), numbered.s.notnull())
    here = [ibis.ifelse(known.g == k, 1, 0) for k in range(len(groups.groups))]
    made = {f"n{k}": one.sum().cast("int64") for k, one in enumerate(here)}
    if groups.weight:
        made |= {f"w{k}": (one * known.w).sum().cast("int64") for k, one in enumerate(here)}
    return known.group_by(["s", "v"]).aggregate(t=known.count(), **made)


def _running(groups: CaseGroups, values: ir.Table, with_groups: bool) -> dict[str, ir.Value]:
    """Twice the mid-rank of each value; where quartiles are asked for, cases (or weights) up to it by group."""
    import ibis

    up_to = ibis.window(group_by="s", order_by="v", preceding=None, following=0)
    made = {"doubled": 2 * values.t.sum().over(up_to).cast("int64") - values.t + 1}
    if not with_groups:
        return made
    mark = "w" if groups.weight else "n"
    parts = [values[f"{mark}{k}"] for k in range(len(groups.groups))]
    made |= {f"c{k}": part.sum().over(up_to).cast("int64") for k, part in enumerate(parts)}
    if groups.overall:
        whole = parts[0]
        for part in parts[1:]:
            whole = whole + part
        made[f"c{len(parts)}"] = whole.sum().over(up_to).cast("int64")
    return made


def _place(groups: CaseGroups, key: Key) -> tuple[int, int]:
    """Numbers of a stratum and of a group; the overall column comes after the groups."""
    group = len(groups.groups) if key[1] == OVERALL else groups.groups.index(key[1])
    return groups.strata.index(key[0]), group


def _marks(
    groups: CaseGroups, placed: ir.Table, asked: Sequence[Key], sizes: Mapping[Key, int]
) -> dict[str, ir.Value]:
    """The least value at which a running count passes what each quartile needs: two values a quartile."""
    import ibis

    made = {}
    for key in asked:
        stratum, group = _place(groups, key)
        running = placed[f"c{group}"]
        for i in (1, 2, 3):
            if groups.weight:
                first, second = 4 * running >= i * sizes[key], 4 * running > i * sizes[key]
            else:
                below = i * (sizes[key] - 1) // 4
                first, second = running > below, running > min(below + 1, sizes[key] - 1)
            for end, met in (("a", first), ("b", second)):
                value = ibis.ifelse((placed.s == stratum) & met, placed.v, None)
                made[f"{end}{i}_{stratum}_{group}"] = value.min()
    return made


def _quartiles(
    groups: CaseGroups, found: pd.DataFrame, key: Key, size: int, decimals: int
) -> tuple[float, float, float]:
    stratum, group = _place(groups, key)
    three = []
    for i in (1, 2, 3):
        low, high = (int(found[f"{end}{i}_{stratum}_{group}"].min()) for end in ("a", "b"))
        way = 2 if groups.weight else i * (size - 1) % 4
        three.append((low + (high - low) * way / 4) / 10**decimals)
    return three[0], three[1], three[2]


def _ranks(here: pd.DataFrame, k: int) -> RankSums:
    sizes = {int(t): int(many) for t, many in zip(here["t"], here["times"], strict=True) if t > 1}
    return RankSums(
        tuple(int(here[f"n{j}"].sum()) for j in range(k)),
        tuple(sum(int(text) for text in here[f"r{j}"]) for j in range(k)),
        dict(sorted(sizes.items())),
    )
