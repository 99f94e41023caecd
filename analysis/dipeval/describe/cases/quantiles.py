"""Exact quantiles of a whole number by group, through the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dipeval.describe.cases.tally import ALL

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

QUARTILES = (0.25, 0.5, 0.75)
AT_ONCE = 5
"""Columns whose values the engine holds at the same time."""


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


def quantiles_of(
    engine: TableEngine, cases: ir.Table, by: str, values: Sequence[str], shares: Sequence[float]
) -> dict[str, dict[str, tuple[float, ...]]]:
    """:func:`quantiles` of several columns, by their names; of all groups together as `ALL`.

    Cost: two passes for `AT_ONCE` columns, whose values the engine holds.
    """
    asked = [float(share) for share in shares]
    made: dict[str, dict[str, tuple[float, ...]]] = {name: {} for name in values}
    for first in range(0, len(values), AT_ONCE):
        some = values[first : first + AT_ONCE]
        found = {f"q{k}": cases[name].quantile(asked) for k, name in enumerate(some)}
        for table in (cases.group_by(by).agg(**found), cases.agg(**found)):
            for row in engine.to_frame(table).to_dict("records"):
                for k, name in enumerate(some):
                    three = row[f"q{k}"]
                    if three is not None and not isinstance(three, float) and three[0] is not None:
                        made[name][str(row.get(by, ALL))] = tuple(float(x) for x in three)
    return made
