"""Classes of an outcome's values, and the cases of each hospital-period in them, counted by the engine.

Each distinct value gets its class from the number of cases below it; the cases then find their class by their value.
Python sees one row a hospital-period and class, whatever the number of cases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.given import require_columns
from dipeval.describe.outcome_models.hospital_sums import KEYS, MINOR
from dipeval.errors import DataError, Problem
from dipeval.estimate.distribution.value_classes import ValueClasses
from dipeval.panel.case_words import square_sum
from dipeval.schema.functions import int64_of_sum
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine


def value_classes(
    engine: TableEngine, cases: ir.Table, frame: pd.DataFrame, name: str, most: int
) -> ValueClasses:
    """Count the cases of hospital-periods by class of one outcome.

    Parameters
    ----------
    cases : ibis table
        With ``city``, ``hospital`` and ``period``.
    frame : pandas.DataFrame, shape (P, …)
        Hospital-periods in the order of the result; cases of others are left out.
    name : str
        A column of amounts, days or counts.
    most : int
        Classes: the distinct values themselves where there are no more, else about equally many cases each.

    Raises
    ------
    DataError
        No case has a value, or one lies below zero.

    Notes
    -----
    One grouping by value, one sort of the distinct values, one join of the cases with them by value and one grouping.
    """
    require_columns(cases, [name], "distribution of effects")
    rows = engine.small_table(
        frame[KEYS].astype("str").reset_index(drop=True).assign(row=np.arange(len(frame)))
    )
    inside = cases.select(*KEYS, v=cases[name].cast("int64")).filter(cases[name].notnull())
    known = inside.inner_join(rows, KEYS).select("row", "v")
    counted = engine.stage(known.group_by("v").agg(n=known.count()))
    classed = engine.stage(_classed(engine, counted, name, most))
    kinds = engine.to_frame(
        classed.group_by("k").agg(
            lower=classed.v.min(), upper=classed.v.max(), n=classed.n.sum(), values=classed.count()
        ),
        ["k"],
    )
    joined = known.inner_join(classed.select("v", "k"), "v").select("row", "k", "v")
    sums = {"n": joined.count(), "s": int64_of_sum(joined.v.sum()), "q": square_sum(joined.v)}
    found = engine.to_frame(joined.group_by(["row", "k"]).agg(**sums), ["row", "k"])
    return _of_frames(name, kinds, found, len(frame))


def _classed(engine: TableEngine, counted: ir.Table, name: str, most: int) -> ir.Table:
    """The distinct values with their class."""
    import ibis

    facts = engine.to_frame(
        counted.agg(n=counted.n.sum().cast("int64"), values=counted.count(), least=counted.v.min())
    ).iloc[0]
    if not facts["values"] or pd.isna(facts["n"]):
        raise DataError(
            "distribution of effects", [Problem(name, "is known of no case", "take another outcome")]
        )
    if facts["values"] == 1:
        todo = "take another outcome or other cases"
        raise DataError("distribution of effects", [Problem(name, "has the same value in all cases", todo)])
    if facts["least"] < 0:
        todo = "correct these amounts, or leave them out by a cleaning rule"
        raise DataError("distribution of effects", [Problem(name, "lies below zero", todo)])
    up_to = ibis.window(order_by="v", preceding=None, following=0)
    if facts["values"] <= most:
        place = counted.n.count().over(up_to) - 1
    else:
        before = counted.n.sum().over(up_to).cast("int64") - counted.n
        place = (before * most / int(facts["n"])).floor()
    return counted.mutate(k=place.cast("int64"))


def _of_frames(name: str, kinds: pd.DataFrame, found: pd.DataFrame, n_rows: int) -> ValueClasses:
    unit = MINOR if columns()[name].kind == "money" else 1
    place = np.searchsorted(kinds["k"].to_numpy(), found["k"].to_numpy())
    cases, total = found["n"].to_numpy(np.int64), found["s"].to_numpy(float) / unit
    n = len(kinds)
    return ValueClasses(
        name,
        kinds["lower"].to_numpy(float) / unit,
        kinds["upper"].to_numpy(float) / unit,
        np.bincount(place, total, n) / np.bincount(place, cases, n),
        bool((kinds["values"] == 1).all()),
        found["row"].to_numpy(np.int64),
        place,
        cases,
        total,
        found["q"].to_numpy(float) / unit**2,
        n_rows,
    )
