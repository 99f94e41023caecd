"""What if: the same cases and the same budget under another parameter set, and who gains and loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .catalogue import Catalogue
from .parameters import ParameterSet
from .settling import SettledYear, settle_year

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine


@dataclass(frozen=True)
class Scenario:
    """A parameter set and the catalogue that goes with it."""

    name: str
    parameters: ParameterSet
    catalogue: Catalogue


@dataclass(frozen=True)
class WhatIf:
    """Gains and losses of a change.

    Attributes
    ----------
    before, after : str
        Names of the scenarios.
    hospitals, levels, schemes : pandas.DataFrame
        ``payable_before``, ``payable_after``, ``gain`` (minor units), ``gain_share`` (of what was paid
        before) and ``actual_fund``, by scheme, hospital and level; by level; by scheme. Sorted by name.
    settled : (SettledYear, SettledYear)
    """

    before: str
    after: str
    hospitals: pd.DataFrame
    levels: pd.DataFrame
    schemes: pd.DataFrame
    settled: tuple[SettledYear, SettledYear]

    def tidy(self) -> pd.DataFrame:
        """The hospitals' table."""
        return self.hospitals


def what_if(engine: TableEngine, stays: ir.Table, before: Scenario, after: Scenario) -> WhatIf:
    """Settle the same cases under two scenarios, with the budgets of the first held.

    Cost: two settlements.
    """
    held = replace(after.parameters, budgets=before.parameters.budgets, schemes=before.parameters.schemes)
    first = settle_year(engine, stays, before.catalogue, before.parameters)
    second = settle_year(engine, stays, after.catalogue, held)
    keys = ["scheme", "hospital"]
    old = first.clearing.hospitals[[*keys, "payable", "actual_fund"]]
    new = second.clearing.hospitals[[*keys, "payable"]]
    both = old.merge(new, on=keys, how="outer", suffixes=("_before", "_after"))
    # A hospital has the level of most of its cases; a change within the year does not split its row.
    cases = first.account.groupby(["hospital", "level"], as_index=False)["cases"].sum()
    main = cases.sort_values(["hospital", "cases", "level"], ascending=[True, False, True]).drop_duplicates(
        "hospital"
    )
    both = both.merge(main[["hospital", "level"]], on="hospital", how="left")
    return WhatIf(
        before.name,
        after.name,
        _gains(both, [*keys, "level"]),
        _gains(both, ["level"]),
        _gains(both, ["scheme"]),
        (first, second),
    )


def _gains(both: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    sums = both.groupby(list(by), as_index=False, sort=True)[
        ["payable_before", "payable_after", "actual_fund"]
    ].sum()
    gain = sums["payable_after"] - sums["payable_before"]
    paid = sums["payable_before"].where(sums["payable_before"] > 0)
    return sums.assign(gain=gain, gain_share=gain / paid)


def parallel_run(
    engine: TableEngine, paid_cases: ir.Table, by: Sequence[str] = ("hospital",)
) -> pd.DataFrame:
    """Old and new payment on the same cases: what the fund paid, and what it would pay by points.

    Parameters
    ----------
    paid_cases : ibis table
        From `payments.paid`; ``actual_fund`` is the old payment.

    Returns
    -------
    pandas.DataFrame
        `by`, ``cases``, ``paid_old``, ``paid_new``, ``difference``, ``difference_share`` (of the old),
        ``cases_gaining``, ``cases_losing``. Cost: one pass.
    """
    from ..schema.functions import int64_of_sum

    summed = paid_cases.group_by(*by).agg(
        cases=paid_cases.count(),
        paid_old=int64_of_sum(paid_cases.actual_fund.sum()),
        paid_new=int64_of_sum(paid_cases.fund_payable.sum()),
        cases_gaining=int64_of_sum((paid_cases.profit > 0).cast("int64").sum()),
        cases_losing=int64_of_sum((paid_cases.profit < 0).cast("int64").sum()),
    )
    frame = engine.to_frame(summed, order_by=list(by))
    difference = frame["paid_new"] - frame["paid_old"]
    return frame.assign(
        difference=difference, difference_share=difference / frame["paid_old"].where(frame["paid_old"] > 0)
    )
