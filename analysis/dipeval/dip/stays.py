"""What the mechanism asks of discharges before it looks at a single case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from ..ledger import Entry, Ledger
from .parameters import ParameterSet

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

COMPUTED = (
    "disease_type",
    "disease_type_kind",
    "relative_weight",
    "auxiliary_coefficient",
    "hospital_coefficient",
    "cost_ratio",
    "deviation_class",
    "deviation_multiplier",
    "score",
)
"""Columns that grouping and scoring add. Where a city's export has one, it stays as ``published_<name>``."""
FOR_GROUPING = ("hospital", "level", "principal_diagnosis", "discharge_date", "total_cost")


def require(stays: ir.Table, names: Sequence[str], what_for: str) -> None:
    """Stop where a column is missing.

    Raises
    ------
    DataError
        With every missing column.
    """
    missing = [name for name in names if name not in stays.columns]
    if missing:
        todo = "let the city's source read it, or change the payment file"
        what = f"{what_for} needs it"
        raise DataError("read discharges", [Problem(f"discharges, column {m}", what, todo) for m in missing])


def hospital_levels(engine: TableEngine, stays: ir.Table) -> pd.DataFrame:
    """Hospitals and the levels that their cases have: references and coefficients are those of a level.

    Returns
    -------
    pandas.DataFrame
        ``hospital``, ``level``, sorted. Cost: one pass over two columns.

    Raises
    ------
    DataError
        If a hospital has cases without a level.
    """
    counted = stays.group_by("hospital", "level").agg(rows=stays.count())
    found = engine.to_frame(counted, order_by=["hospital", "level"])[["hospital", "level"]]
    lacking = found[found["level"].isna()]
    if len(lacking):
        shown = tuple(str(h) for h in lacking["hospital"][:5])
        what = f"{len(lacking)} hospitals have cases without a level"
        todo = "give the level in the hospital table"
        problem = Problem("discharges, column level", what, todo, shown, len(lacking))
        raise DataError("read discharges", [problem])
    return found


def prepared(stays: ir.Table) -> ir.Table:
    """Stays with what the city itself computed put aside under ``published_<name>``."""
    there = [name for name in COMPUTED if name in stays.columns]
    return stays.rename({f"published_{name}": name for name in there})


def eligible(engine: TableEngine, stays: ir.Table, parameters: ParameterSet) -> tuple[ir.Table, Ledger]:
    """Cases of the year that are paid by points: of a scheme with a budget, not paid by another method.

    Returns
    -------
    ibis table, Ledger
        Lazy; every row that leaves is in the ledger. Cost: one pass for the counts.
    """
    require(stays, ("insurance_type", parameters.settlement.year_by), "settling by scheme and year")
    rules = {
        "dip_year": (stays[parameters.settlement.year_by].year() == parameters.year).fill_null(False),
        "dip_scheme": stays.insurance_type.isin(parameters.schemes).fill_null(False),
    }
    if "payment_method" in stays.columns:
        rules["dip_payment_method"] = stays.payment_method.fill_null("dip") == "dip"
    kept, left, steps = None, [stays.count().name("rows")], list(rules)
    for name in steps:
        kept = rules[name] if kept is None else kept & rules[name]
        left.append(kept.cast("int64").sum().fill_null(0).name(name))
    counts = engine.to_frame(stays.aggregate(left)).iloc[0]
    order = ["rows", *steps]
    entries = [
        Entry("dip", parameters.name, name, int(counts[before]), int(counts[name]), note=str(parameters.year))
        for before, name in zip(order, steps, strict=False)
    ]
    return stays.filter(kept), Ledger(tuple(entries))
