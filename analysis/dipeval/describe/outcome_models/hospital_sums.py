"""Sums of an outcome by hospital and period, in the engine: all that the models of means need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.given import require_columns
from dipeval.estimate.response.outcome_sums import OutcomeSums, of_rows
from dipeval.panel.case_words import square_sum
from dipeval.schema.functions import int64_of_sum
from dipeval.vocabulary import NANO, columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

KEYS = ["city", "hospital", "period"]
VOLUME = "discharges"
MINOR = 100
COUNTED = ("days", "count")
MODELLED = ("money", *COUNTED)


def modelled_columns() -> tuple[str, ...]:
    """Outcomes that a model can be asked for: the volume, and amounts, days and counts of cases."""
    return (
        VOLUME,
        *(n for n, c in columns().items() if c.kind in MODELLED and c.role != "record" and n != VOLUME),
    )


def hospital_sums(engine: TableEngine, cases: ir.Table, frame: pd.DataFrame, name: str) -> OutcomeSums:
    """Sum one outcome of the cases by hospital and period.

    Parameters
    ----------
    cases : ibis table
        With ``city``, ``hospital`` and ``period``.
    frame : pandas.DataFrame, shape (P, …)
        Hospital-periods in the order of the result; cases of others do not count.
    name : str
        Of `modelled_columns`; the volume is the number of cases of each hospital-period.

    Returns
    -------
    OutcomeSums
        Money in major units. One grouping, and for days and counts a second one by value; sums are of integers.
    """
    if name == VOLUME:
        counted = engine.to_frame(cases.group_by(KEYS).agg(cases=cases.count()), KEYS)
        return of_rows(name, _placed(frame, counted)["cases"].fillna(0).to_numpy(float))
    require_columns(cases, [name], "outcome models")
    value = cases[name].cast("int64")
    known = cases.select(*KEYS, v=value).filter(value.notnull())
    found = engine.to_frame(known.group_by(KEYS).agg(**_sums(known.v)), KEYS)
    placed = _placed(frame, found).fillna(0.0)
    unit = MINOR if columns()[name].kind == "money" else 1
    sums = {column: placed[column].to_numpy(float) for column in found.columns if column not in KEYS}
    triplets = _values(engine, known, frame) if columns()[name].kind in COUNTED else (None, None, None)
    return OutcomeSums(
        name,
        sums["cases"],
        sums["total"] / unit,
        int(sums["negative"].sum()),
        sums["positive"],
        sums["logs"] / NANO - sums["positive"] * np.log(unit),
        sums["squares"] / unit**2,
        *triplets,
    )


def _sums(value: ir.IntegerValue) -> dict[str, ir.Value]:
    import ibis

    above = ibis.cases((value > 0, value), else_=None)
    return {
        "cases": value.count(),
        "total": int64_of_sum(value.sum()),
        "negative": (value < 0).cast("int64").sum(),
        "positive": above.count(),
        "logs": int64_of_sum((above.ln() * NANO).round().cast("int64").sum()),
        "squares": square_sum(value),
    }


def _placed(frame: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The rows of a frame with what was found about them, in its order."""
    return frame[KEYS].astype("str").merge(found.astype(dict.fromkeys(KEYS, "str")), on=KEYS, how="left")


def _values(
    engine: TableEngine, known: ir.Table, frame: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Row, value and number of cases of each distinct value of each hospital-period."""
    found = engine.to_frame(known.group_by([*KEYS, "v"]).agg(cases=known.count()), [*KEYS, "v"])
    rows = frame[KEYS].astype("str").reset_index(drop=True).assign(row=np.arange(len(frame)))
    joined = found.astype(dict.fromkeys(KEYS, "str")).merge(rows, on=KEYS, how="inner")
    return tuple(joined[column].to_numpy(np.int64) for column in ("row", "v", "cases"))
