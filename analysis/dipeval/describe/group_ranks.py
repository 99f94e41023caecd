"""Exact quantiles and rank sums by group, through the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dipeval.describe.case_groups import GROUP, STRATUM, CaseGroups
from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.group_moments import Key, scaled
from dipeval.describe.rank_comparisons import RankSums

if TYPE_CHECKING:
    from dipeval.store.contract import TableEngine

QUARTILES = (0.25, 0.5, 0.75)


def group_quartiles(
    engine: TableEngine, groups: CaseGroups, variable: CaseVariable
) -> dict[Key, tuple[float, float, float]]:
    """Exact quartiles of the known values by group, between two values by linear interpolation (type 7).

    Hyndman & Fan (1996, Am Stat 50:361); numpy's default. Of integers below 2^50 they are exact to the
    last bit. Cost: one pass; the engine holds the values of one variable.
    """
    cases = groups.cases.select(
        **{GROUP: groups.cases[GROUP], STRATUM: groups.cases[STRATUM]}, v=scaled(groups.cases, variable)
    )
    known = cases.filter(cases.v.notnull(), cases[GROUP].notnull(), cases[STRATUM].notnull())
    found = engine.to_frame(known.group_by([STRATUM, GROUP]).aggregate(q=known.v.quantile(list(QUARTILES))))
    unit = 10**variable.decimals
    return {
        (row[STRATUM], row[GROUP]): tuple(float(value) / unit for value in row["q"])
        for row in found.to_dict("records")
    }


def group_ranks(engine: TableEngine, groups: CaseGroups, variable: CaseVariable) -> dict[str, RankSums]:
    """Rank sums of the groups and the sizes of ties, by stratum.

    The engine counts each distinct value by group, once; a running count over the distinct values gives
    every mid-rank. Python sees one row a stratum and one a size of tie: O(√n).

    Notes
    -----
    Cost: one grouping and one sort of the distinct values by stratum. Twice a rank sum is an integer
    below n², so 64 bits hold it for up to 3e9 cases.
    """
    import ibis

    cases = groups.cases.select(
        **{GROUP: groups.cases[GROUP], STRATUM: groups.cases[STRATUM]}, v=scaled(groups.cases, variable)
    )
    known = cases.filter(cases.v.notnull(), cases[GROUP].notnull(), cases[STRATUM].notnull())
    names = [f"n{k}" for k in range(len(groups.groups))]
    counts = {
        name: known.count(where=known[GROUP] == g) for name, g in zip(names, groups.groups, strict=True)
    }
    values = engine.stage(known.group_by([STRATUM, "v"]).aggregate(t=known.count(), **counts))
    before = ibis.window(group_by=STRATUM, order_by="v", preceding=None, following=0)
    placed = values.mutate(doubled=2 * values.t.sum().over(before).cast("int64") - values.t + 1)
    made = {f"r{k}": (placed[name] * placed.doubled).sum().cast("string") for k, name in enumerate(names)}
    made |= {name: placed[name].sum().cast("int64") for name in names}
    ranks = engine.to_frame(placed.group_by(STRATUM).aggregate(**made)).set_index(STRATUM)
    tied = values.filter(values.t > 1)
    ties = engine.to_frame(tied.group_by([STRATUM, "t"]).aggregate(times=tied.count()))
    return {stratum: _of(stratum, ranks, ties, len(names)) for stratum in groups.strata}


def _of(stratum: str, ranks: pd.DataFrame, ties: pd.DataFrame, k: int) -> RankSums:
    if stratum not in ranks.index:
        return RankSums((0,) * k, (0,) * k, {})
    row, here = ranks.loc[stratum], ties[ties[STRATUM] == stratum]
    sizes = {int(t): int(times) for t, times in zip(here["t"], here["times"], strict=True)}
    return RankSums(
        tuple(int(row[f"n{j}"]) for j in range(k)), tuple(int(row[f"r{j}"]) for j in range(k)), sizes
    )
