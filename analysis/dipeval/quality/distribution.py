"""Distributions of the columns by period, as counts over bins: one small frame for any number of stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..schema.periods import period_label
from ..vocabulary import RECORD, columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

STEPS = 8
"""Bins in one doubling of an amount: a median comes out within half a step, 4.5 %."""
MISSING, ZERO, NEGATIVE = "missing", "zero", "negative"
NUMBERS = ("money", "days", "count", "number")
FIRST_LETTERS = {"principal_diagnosis": 1, "principal_procedure": 2}
"""Codes are grouped by their first characters: chapter of ICD-10, chapter of ICD-9-CM-3."""
LEFT_OUT = ("city", "period", "currency", "source_format", "hospital", "hospital_name", "discharge_date")


def binned(discharges: ir.Table, frequency: str) -> ir.Table | None:
    """Count the stays of every column by period and bin.

    Amounts and other numbers fall into bins of an eighth of a doubling, coded columns into their words,
    diagnoses and procedures into their chapters; other texts and dates are there or missing.

    Parameters
    ----------
    discharges : ibis table
        As `schema.tables.discharges` declares.
    frequency : {"month", "quarter", "year"}

    Returns
    -------
    ibis table or None
        Lazy: ``column``, ``period``, ``bin``, ``rows``; None when there is nothing to count. Cost: one
        grouping for each column, each reading two columns.
    """
    import ibis

    period = period_label(discharges.discharge_date, frequency)
    parts = []
    for name in discharges.columns:
        known = columns().get(name)
        if known is None or known.role == RECORD or name in LEFT_OUT:
            continue
        table = discharges.select(period=period, bin=bin_of(discharges[name], name))
        counted = table.group_by("period", "bin").agg(rows=table.count())
        parts.append(counted.mutate(column=ibis.literal(name))[["column", "period", "bin", "rows"]])
    return ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else None


def bin_of(value: ir.Value, name: str) -> ir.StringValue:
    """The bin of a value of a column."""
    import ibis

    known = columns()[name]
    if known.kind in NUMBERS:
        return number_bin(value)
    if name in FIRST_LETTERS:
        text = value.substr(0, FIRST_LETTERS[name]).upper()
    elif known.values or known.kind == "flag":
        text = value.cast("string")
    else:
        text = ibis.ifelse(value.isnull(), None, "there")
    return text.fill_null(MISSING)


def number_bin(value: ir.NumericValue) -> ir.StringValue:
    """``zero``, ``negative``, ``missing``, or the number k of the bin from 2^(k/8) to 2^((k+1)/8)."""
    import ibis

    number = value.cast("float64")
    # No logarithm of what is not above 0: some engines raise an error there.
    step = (ibis.ifelse(number > 0, number, 1.0).log2() * STEPS).floor().cast("int64").cast("string")
    return ibis.cases((value.isnull(), MISSING), (number == 0, ZERO), (number < 0, NEGATIVE), else_=step)


def quantile(bins: list[str], rows: list[int], share: float) -> float:
    """A quantile of the values above 0, from the counts of their bins; NaN where there are none.

    Within a bin values are taken as spread evenly over its logarithm, so the error is below one step.
    """
    counts = {int(label): n for label, n in zip(bins, rows, strict=True) if _is_number(label) and n}
    total = sum(counts.values())
    if not total:
        return float("nan")
    wanted, seen = share * total, 0.0
    for step in sorted(counts):
        if seen + counts[step] >= wanted:
            inside = (wanted - seen) / counts[step]
            return float(2 ** ((step + inside) / STEPS))
        seen += counts[step]
    return float(2 ** ((max(counts) + 1) / STEPS))


def _is_number(label: str) -> bool:
    return label.lstrip("-").isdigit()


def coarse(bins: list[str], rows: np.ndarray, groups: int = 10) -> list[str]:
    """A coarser bin for each: neighbouring numbers joined into groups of about equal size.

    Parameters
    ----------
    rows : numpy.ndarray, shape (bins,)
        Rows over all periods.
    """
    order = sorted((int(label), k) for k, label in enumerate(bins) if _is_number(label))
    total = float(sum(rows[k] for _, k in order)) or 1.0
    names, seen = list(bins), 0.0
    for _, k in order:
        middle = seen + rows[k] / 2
        names[k] = f"group {min(int(groups * middle / total), groups - 1)}"
        seen += rows[k]
    return names
