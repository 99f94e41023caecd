"""Of what a set of cases consists: loss-making, low-ratio or any other, by any dimension.

Descriptions of one hospital's cases print such shares: loss-making cases by ratio class, scheme, department and
cause; low-ratio cases by disease type, weight and cost, with the settlement rate beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .payments import with_rates

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

SUMS = ("fund_payable", "actual_fund", "total_payable", "total_cost", "profit")
MISSING = "missing"


def loss_making(paid_cases: ir.Table) -> ir.Table:
    """Cases that are paid less than they cost (亏损病例)."""
    return paid_cases.filter(paid_cases.profit < 0)


def low_ratio(cases: ir.Table) -> ir.Table:
    """Cases of low ratio (低倍率病例)."""
    return cases.filter(cases.deviation_class == "low")


def banded(value: ir.NumericValue, cuts: Sequence[int], labels: Sequence[str]) -> ir.StringValue:
    """Words for ranges of a number: the first label below the first cut, the last from the last cut on.

    Parameters
    ----------
    cuts : sequence of int
        Ascending, in the units of `value`.
    labels : sequence of str
        One more than `cuts`.
    """
    import ibis

    if len(labels) != len(cuts) + 1:
        raise ValueError("one label more than cuts is needed")
    return ibis.cases(
        *[(value < cut, label) for cut, label in zip(cuts, labels, strict=False)], else_=labels[-1]
    )


def profile(engine: TableEngine, paid_cases: ir.Table, dimensions: Mapping[str, ir.Value]) -> pd.DataFrame:
    """Count cases along each dimension.

    Parameters
    ----------
    paid_cases : ibis table
        From `payments.paid`, filtered to the set that is described.
    dimensions : mapping of str to ibis expression
        Name and value of each dimension, over `paid_cases`.

    Returns
    -------
    pandas.DataFrame
        ``dimension``, ``value``, ``cases``, ``share`` of all cases of the set, ``cumulative_share`` (within
        a dimension, largest first: Pareto), the sums of `SUMS` and both settlement rates. Cost: one pass a
        dimension.
    """
    import pandas as pd

    from ..schema.functions import int64_of_sum

    frames = []
    for name, value in dimensions.items():
        known = paid_cases.mutate(value=value.cast("string").fill_null(MISSING))
        sums = {column: int64_of_sum(known[column].sum()) for column in SUMS}
        counted = known.group_by("value").agg(cases=known.count(), **sums)
        frame = engine.to_frame(counted, order_by=["value"]).assign(dimension=name)
        frame = frame.sort_values(["cases", "value"], ascending=[False, True], ignore_index=True)
        frames.append(frame.assign(share=frame["cases"] / max(frame["cases"].sum(), 1)))
    whole = pd.concat(frames, ignore_index=True)
    whole["cumulative_share"] = whole.groupby("dimension")["share"].cumsum()
    head = ["dimension", "value", "cases", "share", "cumulative_share"]
    return with_rates(whole)[[*head, *SUMS, "rate_of_accounted_cost", "rate_of_total_cost"]]
