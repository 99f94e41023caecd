"""Exact quantiles of a whole number by group, through the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dipeval.describe.cases.tally import ALL

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine


def quantiles(
    engine: TableEngine, cases: ir.Table, by: str, value: str, shares: Sequence[float], *, total: bool = True
) -> dict[str, tuple[float, ...]]:
    """Quantiles of the known values by group, between two values by linear interpolation (type 7).

    Hyndman & Fan (1996, Am Stat 50:361); numpy's default. Of integers below 2^50 they are exact to the last bit.

    Parameters
    ----------
    by : str
        Column of the groups.
    value : str
        Column of whole numbers.
    shares : sequence of float
        Each above 0 and below 1.
    total : bool
        Also of all groups together, as `ALL`.

    Returns
    -------
    dict of str to tuple of float
        In the unit of `value`. Cost: one pass, two with the total; the engine holds the values.
    """
    known = cases.filter(cases[value].notnull())
    asked = [float(share) for share in shares]
    found = engine.to_frame(known.group_by(by).agg(q=known[value].quantile(asked)), [by])
    made = {str(row[by]): tuple(float(x) for x in row["q"]) for row in found.to_dict("records")}
    if total and len(found):
        whole = engine.to_frame(known.agg(q=known[value].quantile(asked)))
        made[ALL] = tuple(float(x) for x in whole["q"].iloc[0])
    return made
