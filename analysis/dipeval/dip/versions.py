"""One constant catalogue for all years: who moves when a panel crosses a new version.

A new catalogue changes the type of a case without any change of the case. A study that crosses one regroups
all years with one catalogue, and says which share of the cases that moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .catalogue import Catalogue
from .grouping import grouped
from .parameters import Grouping

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine


@dataclass(frozen=True)
class Version:
    """A catalogue and the rules by which it groups."""

    catalogue: Catalogue
    grouping: Grouping


def regrouped(
    engine: TableEngine, stays: ir.Table, by_year: Mapping[int, Version], constant: Version
) -> ir.Table:
    """Group all years with one catalogue, beside the type that each case had in its own year.

    Parameters
    ----------
    stays : ibis table
        Cases of the years of `by_year`; others are left out.

    Returns
    -------
    ibis table
        Lazy: as `grouping.grouped` with the constant catalogue, and ``own_disease_type``,
        ``own_relative_weight``, ``own_catalogue_version``. Cost: as grouping each version's years and then
        all of them.
    """
    import ibis

    years: dict[str, list[int]] = {}
    for year, version in sorted(by_year.items()):
        years.setdefault(version.catalogue.version, []).append(year)
    kept = ("disease_type", "relative_weight", "catalogue_version")
    parts = []
    for name in years:
        version = by_year[years[name][0]]
        mine = stays.filter(stays.discharge_date.year().isin(years[name]))
        own = grouped(engine, mine, version.catalogue, version.grouping)
        own = own.rename({f"own_{column}": column for column in kept})
        parts.append(own.drop("disease_type_kind", "ungrouped_reason", "broad_group", "type_number"))
    whole = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return grouped(engine, whole, constant.catalogue, constant.grouping)


def moved(engine: TableEngine, cases: ir.Table, by: Sequence[str] = ()) -> pd.DataFrame:
    """Share of cases whose type under the constant catalogue is not that of their own year.

    Returns
    -------
    pandas.DataFrame
        `by`, ``own_catalogue_version``, ``cases``, ``moved``, ``share_moved``, and the sums of both weights
        over cases that have both (``own_weight``, ``constant_weight``). Cost: one pass.
    """
    from ..schema.functions import int64_of_sum

    same = (cases.disease_type == cases.own_disease_type).fill_null(False)
    neither = cases.disease_type.isnull() & cases.own_disease_type.isnull()
    both = cases.disease_type.notnull() & cases.own_disease_type.notnull()
    keys = [*by, "own_catalogue_version"]
    counted = cases.group_by(*keys).agg(
        cases=cases.count(),
        moved=int64_of_sum((~(same | neither)).cast("int64").sum()),
        own_weight=int64_of_sum(both.ifelse(cases.own_relative_weight, 0).sum()),
        constant_weight=int64_of_sum(both.ifelse(cases.relative_weight, 0).sum()),
    )
    frame = engine.to_frame(counted, order_by=keys)
    return frame.assign(share_moved=frame["moved"] / frame["cases"])
