"""Stays → sums and counts of integers by hospital and period: the one query of the panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..vocabulary import NANO, Column, columns
from .extras import power_sums

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

MICRO = 1_000_000
"""Numbers with decimals (ages of newborns) are summed as integers of 1e-6."""
TRUNCATION = {"month": "M", "quarter": "Q", "year": "Y"}


def summed_columns(present: list[str]) -> list[Column]:
    """Columns of the vocabulary that a panel sums, as far as the stays have them."""
    have = set(present) | ({"deaths"} if "disposition" in present else set())
    return [c for name, c in columns().items() if c.sum and name in have and name != "discharges"]


def aggregated(
    stays: ir.Table, keys: list[str], frequency: str, powers: Sequence[tuple[str, str]] = ()
) -> ir.Table:
    """Sum and count stays by `keys` and period, in integers only.

    Sums of integers do not depend on the order of rows, so not on the number of threads either.

    Parameters
    ----------
    stays : ibis table
        Clean discharges.
    keys : list of str
        Hospital and its attributes.
    powers : sequence of (str, str)
        As `extras.Extras` has them.

    Returns
    -------
    ibis table
        `keys`, ``first_day`` of the period, ``discharges``, and for each summed column its sum and
        ``n_<column>``, the stays that have a value; for columns with logarithms also
        ``log_<column>`` (1e-9) and ``n_log_<column>``, the stays above zero.
    """
    from ..schema.functions import int64_of_sum

    made: dict[str, ir.Value] = {"discharges": stays.count()}
    for column in summed_columns(list(stays.columns)):
        value = integer_value(stays, column)
        made[column.name] = int64_of_sum(value.sum())
        made[f"n_{column.name}"] = value.count()
        if column.log_sum:
            positive = value.nullif(0)
            logarithm = (positive.ln() * NANO).round().cast("int64")
            made[f"log_{column.name}"] = int64_of_sum(logarithm.sum())
            made[f"n_log_{column.name}"] = positive.count()
    made |= power_sums(stays, powers)
    first_day = stays.discharge_date.truncate(TRUNCATION[frequency]).cast("date")
    return stays.group_by(*keys, first_day=first_day).agg(**made)


def integer_value(stays: ir.Table, column: Column) -> ir.IntegerValue:
    """A stay's value as an integer; a death is a disposition where no column says it."""
    if column.name == "deaths" and "deaths" not in stays.columns:
        return (stays.disposition == "death").cast("int64")
    value = stays[column.name]
    return (value * MICRO).round().cast("int64") if column.kind == "number" else value.cast("int64")


def completed(counts: pd.DataFrame, present: list[str]) -> pd.DataFrame:
    """Turn summed integers into panel columns: what is not known of all stays is not a sum.

    Parameters
    ----------
    counts : pandas.DataFrame
        One row a hospital-period, with the columns of `aggregated`.
    present : list of str
        Columns of the stays.

    Returns
    -------
    pandas.DataFrame
        Whole columns as nullable Int64: money and days missing where one stay lacks them. Numbers and
        flags (age, deaths) sum what is known, and ``n_<column>`` says of how many stays.
    """
    # Nullable from the start: a city whose format lacks a column is joined to these rows later.
    made = counts.astype({name: "Int64" for name in counts.columns if name.startswith("n_")})
    for column in summed_columns(present):
        name, known = column.name, made[f"n_{column.name}"]
        if column.kind == "number":
            made[name] = (made[name].astype("float64") / MICRO).where(known > 0)
            continue
        complete = known > 0 if column.kind == "flag" else known == made["discharges"]
        made[name] = made[name].astype("Int64").where(complete)
        if column.kind != "flag":
            made = made.drop(columns=f"n_{name}")
        if column.log_sum:
            # No stay above zero: the sum of no logarithms is 0, and so is their count.
            made[f"log_{name}"] = made[f"log_{name}"].astype("Int64").fillna(0)
    return made
