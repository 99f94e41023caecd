"""How a cost, a weight or a length of stay is spread within groups: bins, quantiles, moments, outliers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.cases.bin_edges import ratio_edges, step_edges
from dipeval.describe.cases.outliers import NONE, Limits, outlier_limits
from dipeval.describe.cases.power_sums import Powers, power_parts, powers_of
from dipeval.describe.cases.quantiles import quantiles
from dipeval.describe.cases.tally import ALL, HOLDERS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BIN, BELOW, ABOVE, KNOWN = "bin", "below", "above", "known"


@dataclass(frozen=True)
class OutlierRule:
    """Which values lie beyond; see `outliers.outlier_limits`."""

    rule: str = NONE
    factor: float = 3.0
    shares: tuple[float, float] = (0.01, 0.99)
    span: tuple[float, ...] = ()


@dataclass(frozen=True)
class Count:
    """Cases and the largest hospital's share of them."""

    count: int
    largest_share: float


@dataclass(frozen=True)
class GroupSpread:
    """One group, or all.

    Attributes
    ----------
    cases, known : Count
        All, and those with a known value.
    powers : Powers
    quantiles : tuple of float
        At `SHARES`, major units; NaN without a known value.
    bins : tuple of Count
        Below the first edge, between edges, from the last edge on.
    below, above : Count
        Outliers.
    """

    cases: Count
    known: Count
    powers: Powers
    quantiles: tuple[float, ...]
    bins: tuple[Count, ...]
    below: Count
    above: Count


@dataclass(frozen=True)
class Spread:
    """All groups by level, and `ALL`.

    Attributes
    ----------
    edges : tuple of float
        Major units.
    log : bool
        Whether bins have equal ratios.
    groups : mapping of str to GroupSpread
    """

    edges: tuple[float, ...]
    log: bool
    groups: Mapping[str, GroupSpread]


def spread(
    engine: TableEngine,
    cases: ir.Table,
    by: str,
    variable: CaseVariable,
    outliers: OutlierRule,
    edges: Sequence[float] = (),
    *,
    log: bool = False,
    whole: bool = False,
) -> Spread:
    """Describe one variable by group.

    Parameters
    ----------
    by : str
        Column of the groups, without missing values.
    variable : CaseVariable
        From `measures.with_measures`: whole numbers in units of ``10 ** -decimals``.
    edges : sequence of float
        Of the bins, major units; by default round numbers from the 1st to the 99th percentile of all cases.
    log : bool
        Whether bins have equal ratios, where values are above 0 (costs, weights).
    whole : bool
        Whether the widths of other bins are whole numbers (days, years).

    Notes
    -----
    Cost: two passes for quantiles, at most one for outlier limits, one for everything else; Python sees a row for
    each group, bin and hospital.
    """
    import ibis

    unit = 10**variable.decimals
    own = cases.select(by, *HOLDERS, v=cases[variable.name])
    found = quantiles(engine, own, by, "v", SHARES)
    chosen, log = _edges([q / unit for q in found.get(ALL, ())], edges, log, whole)
    limits = {} if outliers.rule == NONE else _limits(engine, own, by, outliers, unit)
    frame = pd.DataFrame([(k, *v) for k, v in sorted(limits.items())], columns=[by, "low", "high"])
    types = {by: "str", "low": "float64", "high": "float64"}
    joined = own.left_join(engine.small_table(frame.astype(types)), by)
    value = joined.v
    steps = [(value < edge * unit, k) for k, edge in enumerate(chosen)]
    placed = joined.mutate(**{BIN: ibis.cases((value.isnull(), -1), *steps, else_=len(chosen)).cast("int64")})
    made = {
        "n": placed.count().cast("int64"),
        KNOWN: placed.v.count().cast("int64"),
        BELOW: _times(placed.v < placed.low),
        ABOVE: _times(placed.v > placed.high),
        **power_parts(placed.v),
    }
    keys = [by, BIN, *HOLDERS]
    tally = engine.to_frame(placed.group_by(keys).agg(**made), keys)
    levels = [str(level) for level in dict.fromkeys(tally[by])]
    parts = {level: tally[tally[by] == level] for level in levels} | {ALL: tally}
    size = len(chosen) + 1
    nothing = (np.nan,) * len(SHARES)
    return Spread(
        chosen,
        log,
        {
            level: _group(part, tuple(q / unit for q in found.get(level, nothing)), size, variable.decimals)
            for level, part in parts.items()
        },
    )


def _times(condition: ir.BooleanValue) -> ir.IntegerValue:
    import ibis

    return ibis.ifelse(condition.fill_null(False), 1, 0).sum().cast("int64")


def _limits(engine: TableEngine, own: ir.Table, by: str, outliers: OutlierRule, unit: int) -> Limits:
    return outlier_limits(
        engine,
        own,
        by,
        "v",
        outliers.rule,
        factor=outliers.factor,
        shares=outliers.shares,
        span=outliers.span,
        unit=unit,
    )


def _edges(
    found: Sequence[float], declared: Sequence[float], log: bool, whole: bool
) -> tuple[tuple[float, ...], bool]:
    """The edges, and whether they have equal ratios."""
    if declared:
        return tuple(float(edge) for edge in declared), log and declared[0] > 0
    if not found:
        return (0.0, 1.0), False
    low, high = found[0], found[-1]
    if log and low > 0:
        return ratio_edges(low, high), True
    return step_edges(low, high, whole), False


def _group(part: pd.DataFrame, found: tuple[float, ...], size: int, decimals: int) -> GroupSpread:
    return GroupSpread(
        cases=_count(part, "n"),
        known=_count(part, KNOWN),
        powers=powers_of(part, KNOWN, decimals),
        quantiles=found,
        bins=tuple(_count(part[part[BIN] == k], KNOWN) for k in range(size)),
        below=_count(part, BELOW),
        above=_count(part, ABOVE),
    )


def _count(part: pd.DataFrame, counted: str) -> Count:
    by_hospital = part.groupby(list(HOLDERS))[counted].sum()
    total = int(by_hospital.sum())
    return Count(total, float(by_hospital.max() / total) if total else np.nan)
