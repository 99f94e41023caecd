"""Hospitals that the design cannot use, each counted in the ledger."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.design.cells import REASONS, imputation_fault
from dipeval.design.table import Table
from dipeval.design.validation import NOBODY, always_treated, first_treated
from dipeval.errors import DesignError, Problem
from dipeval.ledger import Entry, Ledger


def trim(
    table: Table, comparison: str, anticipation: int, assigned: Sequence[str]
) -> tuple[Table, Ledger, tuple[str, ...]]:
    """Leave out always-treated hospitals and, where asked, those treated after the window.

    Parameters
    ----------
    table : Table
        A table without the problems of `dipeval.design.validation.check_table`.
    comparison : str
    anticipation : int
    assigned : sequence of str
        Clustering variables at which the reform was assigned; only for the message.

    Returns
    -------
    table : Table
    ledger : Ledger
    warnings : tuple of str

    Raises
    ------
    DesignError
        Nothing is left to compare with.

    Notes
    -----
    Where hospitals leave, those treated in all their periods stay: they compare with the leaving ones.
    """
    ledger, warnings = table.ledger, []
    start = Entry("design", "", "panel", table.n_rows, table.n_rows, 0, table.n_hospitals, table.n_hospitals)
    ledger = ledger.add(start) if not len(ledger) else ledger
    lost = always_treated(table, anticipation)
    if lost.any() and table.ended is None:
        note = "the hospital is treated in all its periods"
        table, ledger = _drop(table, lost, "no_untreated_period", note, ledger)
        warnings.append(f"{lost.sum()} hospitals without any period before the reform are left out")
    if comparison == "never_treated":
        beyond = np.isfinite(table.cohort) & (table.cohort - anticipation >= table.n_periods)
        if beyond.any():
            note = "first treated after the window, so not a never-treated comparison"
            table, ledger = _drop(table, beyond, "treated_after_window", note, ledger)
    if table.ended is None and comparison != NOBODY:
        _require_comparison(table, comparison, anticipation, assigned)
    warnings += _unseen_periods(table)
    if table.ended is not None:
        leaving = int((table.ended - anticipation <= table.layout.last).sum())
        warnings.append(f"{leaving} hospitals leave the reform; their periods after it are kept")
    return table, ledger, tuple(warnings)


def _unseen_periods(table: Table) -> list[str]:
    """A warning where the calendar has periods without any row: event times count them all the same."""
    layout, seen = table.layout, np.zeros(table.n_periods, bool)
    seen[layout.time if layout.shared is None else layout.shared] = True
    labels = [table.period_labels[k] for k in np.flatnonzero(~seen)]
    if not labels:
        return []
    shown = ", ".join(labels[:5]) + ", …" * (len(labels) > 5)
    return [f"{len(labels)} of {table.n_periods} periods have no row ({shown}); event times count them too"]


def _drop(table: Table, out: np.ndarray, rule: str, note: str, ledger: Ledger) -> tuple[Table, Ledger]:
    kept = table.with_units(~out)
    counts = (table.n_rows, kept.n_rows, 0, table.n_hospitals, kept.n_hospitals)
    return kept, ledger.add(Entry("design", "", rule, *counts, note))


def _require_comparison(table: Table, comparison: str, anticipation: int, assigned: Sequence[str]) -> None:
    where = "comparison"
    place = assigned[0] if assigned else "hospital"
    todo = f"add a {place} without the reform or with a later one, or end the calendar before the last reform"
    if comparison == "never_treated" and np.isfinite(table.cohort).all():
        what = "no never-treated hospital is left"
        raise DesignError("design", [Problem(where, what, todo + ", or compare with not_yet_treated")])
    first = first_treated(table, anticipation)
    if _plainly_compared(table, first):
        return
    layout, level = table.layout, table.level
    treated = layout.time >= layout.spread(first)
    n_levels = int(level.max()) + 1
    fault = imputation_fault(layout.spread(level), layout.time, treated, n_levels, table.n_periods)[treated]
    if fault.all():
        what = f"no treated period has a never- or not-yet-treated comparison: {REASONS[fault[0]]}"
        raise DesignError("design", [Problem(where, what, todo, count=len(fault))])


def _plainly_compared(table: Table, first: np.ndarray) -> bool:
    """Whether the best observed reformed hospital shares periods before and after with the latest one.

    O(N); where it is false, only the whole graph of observations can tell.
    """
    if not table.has_units:
        return False
    layout = table.layout
    reformed = np.flatnonzero((first > layout.first) & (first <= layout.last))
    if not len(reformed):
        return False
    unit = reformed[np.argmax(layout.counts[reformed])]
    latest = np.flatnonzero(first == first.max())
    other = latest[np.argmax(layout.counts[latest])]
    common = np.intersect1d(layout.times_of(unit), layout.times_of(other))
    common = common[common < first[other]]
    return bool((common < first[unit]).any() and (common >= first[unit]).any())
