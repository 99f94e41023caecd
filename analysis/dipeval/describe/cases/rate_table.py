"""Ratios of sums (settlement rate, drug share, cost per case …) at every place of a table, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.describe.cases.ratio_interval import (
    FEW_HOSPITALS,
    Ratio,
    ratio_by_case,
    ratio_by_hospital,
)
from dipeval.describe.cases.ratio_outcome import RatioOutcome, pair
from dipeval.describe.cases.tally import ALL, HOLDERS, gathered, tallied, with_margins

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

HOSPITAL, CASE, BY_NUMBER = "hospital", "case", ""
ERRORS = (HOSPITAL, CASE)


@dataclass(frozen=True)
class RateTable:
    """One outcome at every place.

    Attributes
    ----------
    by : tuple of str
        Columns of the dimensions.
    ratio : RatioOutcome
    frame : pandas.DataFrame
        `by` (`ALL` in margins), ``value``, ``std_error``, ``low``, ``high`` (in the outcome's unit), ``cases``
        (all of the place), ``cases_share`` (the largest hospital's share of them), ``known`` (those with a pair),
        ``count`` and ``largest_share`` (of the cases behind the value: of the numerator where it counts cases).
    tally : pandas.DataFrame
        By place and hospital: ``n``, ``above``, ``below``, ``known``.
    clustered : bool
        Whether errors are clustered by hospital.
    missing : int
        Cases without a known pair.
    """

    by: tuple[str, ...]
    ratio: RatioOutcome
    frame: pd.DataFrame
    tally: pd.DataFrame
    clustered: bool
    missing: int


def rate_tables(
    engine: TableEngine,
    cases: ir.Table,
    by: Sequence[str],
    ratios: Sequence[RatioOutcome],
    *,
    level: float = 0.95,
    errors: str = BY_NUMBER,
) -> list[RateTable]:
    """Each outcome by every combination of levels, and in all margins.

    Parameters
    ----------
    engine : TableEngine
    cases : ibis table
        With the columns `by`, ``city``, ``hospital`` and those of the outcomes.
    by : sequence of str
    ratios : sequence of RatioOutcome
    level : float
        Of the intervals.
    errors : {"hospital", "case", ""}
        Whose errors are independent; empty: hospitals, or cases where there are fewer than `FEW_HOSPITALS`
        hospitals.

    Returns
    -------
    list of RateTable
        In the order of `ratios`. Cost: one pass to count hospitals, one for all sums; Python sees a row for each
        place and hospital.
    """
    hospitals = engine.count(cases.select(*HOLDERS).distinct())
    clustered = errors == HOSPITAL or (errors == BY_NUMBER and hospitals >= FEW_HOSPITALS)
    pairs = {f"v{k}": pair(cases, ratio) for k, ratio in enumerate(ratios)}
    made = {f"y{name}": above for name, (above, _) in pairs.items()}
    made |= {f"x{name}": below for name, (_, below) in pairs.items()}
    table = cases.select(*by, *HOLDERS, **made)
    sums, products = {}, {}
    for k, ratio in enumerate(ratios):
        y, x = table[f"yv{k}"], table[f"xv{k}"]
        sums |= {f"above{k}": y, f"below{k}": x, f"known{k}": y.notnull().cast("int64")}
        if not clustered and not ratio.is_proportion:
            products |= {f"yy{k}": (y, y), f"xy{k}": (x, y), f"xx{k}": (x, x)}
    tally = with_margins(tallied(engine, table, by, sums, products), by)
    return [_of(tally, by, ratio, k, level, clustered) for k, ratio in enumerate(ratios)]


def _of(
    tally: pd.DataFrame, by: Sequence[str], ratio: RatioOutcome, k: int, level: float, clustered: bool
) -> RateTable:
    names = {f"{name}{k}": name for name in ("above", "below", "known", "yy", "xy", "xx")}
    mine = tally.rename(columns=names)
    mine = mine[[*by, *HOLDERS, "n", *(c for c in names.values() if c in mine.columns)]]
    places = gathered(mine, by, "above" if ratio.is_proportion else "known")
    places["cases_share"] = gathered(mine, by)["largest_share"]
    found = [_ratio(part, ratio, level, clustered) for _, part in mine.groupby(list(by), sort=True)]
    scale = ratio.scale
    frame = places.reset_index()[list(by)].assign(
        value=[r.value * scale for r in found],
        std_error=[r.std_error * scale for r in found],
        low=[r.low * scale for r in found],
        high=[r.high * scale for r in found],
        cases=places["n"].to_numpy(),
        cases_share=places["cases_share"].to_numpy(),
        known=places["known"].to_numpy(),
        count=places["count"].to_numpy(),
        largest_share=places["largest_share"].to_numpy(),
    )
    whole = places.loc[(ALL,) * len(by) if len(by) > 1 else ALL]
    kept = mine[[*by, *HOLDERS, "n", "above", "below", "known"]]
    return RateTable(tuple(by), ratio, frame, kept, clustered, int(whole["n"] - whole["known"]))


def _ratio(part: pd.DataFrame, ratio: RatioOutcome, level: float, clustered: bool) -> Ratio:
    here = part[part["known"] > 0]
    above, below = here["above"].to_numpy(), here["below"].to_numpy()
    if clustered:
        return ratio_by_hospital(above, below, level, ratio.is_proportion)
    squares = (
        (0, 0, 0) if ratio.is_proportion else tuple(int(here[name].sum()) for name in ("yy", "xy", "xx"))
    )
    return ratio_by_case(
        int(here["known"].sum()), int(above.sum()), int(below.sum()), squares, level, ratio.is_proportion
    )
