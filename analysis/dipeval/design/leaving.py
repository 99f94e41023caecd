"""Hospitals that leave the reform: what is done with the periods after they did.

Such a hospital is no clean comparison: what the reform did to it may last, and it left for something else.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dipeval.design.table import Table
from dipeval.errors import Problem
from dipeval.ledger import Entry

KEEP, DROP = "keep", "drop"
AFTER_LEAVING = (KEEP, DROP)


def check_ends(table: Table) -> list[Problem]:
    """Problems of dates of leaving: one without a start, or one that does not follow the start."""
    if table.ended is None:
        return []
    ends = np.isfinite(table.ended)
    lone, early = ends & np.isinf(table.cohort), ends & (table.ended <= table.cohort)
    told = (
        (lone, "is given to hospitals that never started", "give their start too, or no end"),
        (early & ~lone, "does not lie after the start", "mend one of the two dates"),
    )
    return [
        Problem("ended", what, todo, tuple(str(name) for name in table.units[out][:5]), int(out.sum()))
        for out, what, todo in told
        if out.any()
    ]


def settle_ends(table: Table, after_leaving: str, anticipation: int) -> Table:
    """Leave out what comes after leaving, or keep it for estimators that know of it.

    Parameters
    ----------
    table : Table
    after_leaving : {"keep", "drop"}
        ``drop``: periods from leaving (and its anticipation) on are left out, and nobody leaves any more.
    anticipation : int

    Returns
    -------
    Table
        Under ``keep`` without hospitals that had left before their first row; `ended` is None where nobody
        leaves within his rows.
    """
    if table.ended is None:
        return table
    off = table.ended - anticipation
    if after_leaving == DROP:
        out = table.layout.time >= table.layout.spread(off)
        kept = _without(table, out, "after_leaving", "the hospital has left the reform")
        return replace(kept, ended=None)
    gone = off <= table.layout.first
    out = table.layout.spread(gone)
    kept = _without(table, out, "left_before", "the hospital had left the reform before its first period")
    leaves = kept.ended - anticipation <= kept.layout.last
    return kept if leaves.any() else replace(kept, ended=None)


def _without(table: Table, out: np.ndarray, rule: str, note: str) -> Table:
    if not out.any():
        return table
    ledger, n, hospitals = table.ledger, table.n_rows, table.n_hospitals
    if not len(ledger):
        ledger = ledger.add(Entry("design", "", "panel", n, n, 0, hospitals, hospitals))
    kept = table.with_rows(~out)
    counts = (n, kept.n_rows, 0, hospitals, kept.n_hospitals)
    return replace(kept, ledger=ledger.add(Entry("design", "", rule, *counts, note)))
