"""Distributions of the columns by period, as counts over bins: one small frame for any number of stays."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import numpy as np

from ..schema.periods import label_of
from ..vocabulary import RECORD, columns

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

STEPS = 8
"""Bins in one doubling of an amount: a median comes out within half a step, 4.5 %."""
MISSING, ZERO, NEGATIVE = "missing", "zero", "negative"
NO_LOGARITHM = {ZERO: -100_000, NEGATIVE: -100_001}
"""In place of a step; far below that of any amount."""
WORDS = {str(step): word for word, step in NO_LOGARITHM.items()}
NUMBERS = ("money", "days", "count", "number")
FIRST_LETTERS = {"principal_diagnosis": 1, "principal_procedure": 2}
"""Codes are grouped by their first characters: chapter of ICD-10, chapter of ICD-9-CM-3."""
LEFT_OUT = ("city", "period", "currency", "source_format", "hospital", "hospital_name", "discharge_date")


def binned(engine: TableEngine, discharges: ir.Table, frequency: str) -> pd.DataFrame:
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
    pandas.DataFrame
        ``column``, ``period``, ``bin`` (text), ``rows``. Cost: one grouping for each column, each
        reading two columns.
    """
    import ibis
    import pandas as pd

    day = discharges.discharge_date
    # Groups are formed over small integers; their labels are written on the few rows that come out.
    month = day.year() * 12 + day.month() - 1
    parts = []
    for name in discharges.columns:
        known = columns().get(name)
        if known is None or known.role == RECORD or name in LEFT_OUT:
            continue
        table = discharges.select(month=month, bin=bin_of(discharges[name], name))
        counted = table.group_by("month", "bin").agg(rows=table.count())
        text = counted.bin.cast("string").fill_null(MISSING)
        parts.append(
            counted.select(column=ibis.literal(name), month=counted.month, bin=text, rows=counted.rows)
        )
    if not parts:
        return pd.DataFrame(columns=["column", "period", "bin", "rows"])
    found = engine.to_frame(ibis.union(*parts) if len(parts) > 1 else parts[0])
    labels = {m: label_of(datetime.date(m // 12, m % 12 + 1, 1), frequency) for m in found["month"].unique()}
    found = found.assign(period=found["month"].map(labels), bin=found["bin"].replace(WORDS))
    return found.groupby(["column", "period", "bin"], as_index=False)["rows"].sum()


def bin_of(value: ir.Value, name: str) -> ir.Value:
    """The bin of a value of a column: a small integer for numbers, else a text; NULL where it is missing."""
    import ibis

    known = columns()[name]
    if known.kind in NUMBERS:
        return number_bin(value)
    if name in FIRST_LETTERS:
        return value.substr(0, FIRST_LETTERS[name]).upper()
    return value if known.values or known.kind == "flag" else ibis.ifelse(value.isnull(), None, "there")


def number_bin(value: ir.NumericValue) -> ir.IntegerValue:
    """The number k of the bin from 2^(k/8) to 2^((k+1)/8); `NO_LOGARITHM` says what has none."""
    import ibis

    number = value.cast("float64")
    # No logarithm of what is not above 0: some engines raise an error there.
    step = (ibis.ifelse(number > 0, number, 1.0).log2() * STEPS).floor().cast("int64")
    zero, negative = NO_LOGARITHM[ZERO], NO_LOGARITHM[NEGATIVE]
    return ibis.cases((number > 0, step), (number == 0, zero), (number < 0, negative)).cast("int64")


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
