"""From a frame to sorted arrays, with everything that is wrong in them.

What must be constant within a hospital is checked by row and then kept by hospital; columns of finite
floats are not copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.design.calendar import YEAR, period_label
from dipeval.design.columns import category_codes, finite_values, period_codes
from dipeval.design.layout import Layout
from dipeval.design.ordering import Ordered, declared_calendar, order_rows, seen_calendar
from dipeval.design.table import PANEL, Table, renumber
from dipeval.errors import Problem
from dipeval.ledger import Entry, Ledger


@dataclass(frozen=True)
class Columns:
    """Which column of the frame is what; as in `dipeval.design.panel_design.build_design`."""

    unit: str | None
    time: str
    cohort: str
    clusters: tuple[str, ...]
    covariates: tuple[str, ...]
    weights: str | None
    n_cases: str | None
    ended: str | None = None

    @property
    def used(self) -> tuple[str, ...]:
        """All columns that are named."""
        optional = (n for n in (self.unit, self.weights, self.n_cases, self.ended) if n is not None)
        return (self.time, self.cohort, *self.clusters, *self.covariates, *optional)


def read_table(
    frame: pd.DataFrame, columns: Columns, periods: Sequence[str] | None, sampling: str
) -> tuple[Table | None, list[Problem]]:
    """Read all columns; the table is None when they are too broken to go on.

    Returns
    -------
    table : Table or None
    problems : list of Problem
        First those of single columns; only without any, those between the rows of a hospital.
    """
    problems: list[Problem] = []
    times, frequency = period_codes(frame[columns.time], problems, never_allowed=False)
    values = _values(frame, columns, problems)
    window = declared_calendar(frequency, periods, problems)
    ordered = (
        None if problems else _order(frame, columns, times.astype(np.int64, copy=False), window, problems)
    )
    if ordered is None:
        _report_the_rest(frame, columns, frequency, problems)
        return None, list(dict.fromkeys(problems))
    faults = _duplicates(ordered, frequency or YEAR) if sampling == PANEL else []
    cohort = _date(frame[columns.cohort], "cohort", columns, ordered, frequency, problems, faults)
    ended = None
    if columns.ended is not None:
        ended = _date(frame[columns.ended], "ended", columns, ordered, frequency, problems, faults)
    clusters = {name: _cluster(frame[name], ordered, problems, faults) for name in columns.clusters}
    first, last = window or seen_calendar(ordered.layout, problems)
    if problems or faults:
        return None, problems or faults
    values = {name: ordered.sort(array) for name, array in values.items()}
    table = Table(
        layout=ordered.layout.since(first),
        cohort=cohort - first,
        clusters={name: codes for name, (codes, _) in clusters.items()},
        weights=values.get(columns.weights),
        covariates={name: values[name] for name in columns.covariates},
        n_cases=values.get(columns.n_cases),
        units=ordered.units,
        period_labels=tuple(period_label(code, frequency or YEAR) for code in range(first, last + 1)),
        cluster_names={name: names for name, (_, names) in clusters.items()},
        order=ordered.order,
        n_rows_in=len(frame),
        ledger=_outside_calendar(frame, columns.unit, ordered),
        sampling=sampling,
        has_units=columns.unit is not None,
        held=tuple(frame[name] for name in columns.used),
        ended=None if ended is None else ended - first,
    )
    return table, []


def _values(frame: pd.DataFrame, columns: Columns, problems: list[Problem]) -> dict[str, np.ndarray]:
    """Columns of numbers by row (n,), in the order of the frame."""
    values = {}
    for name in columns.covariates:
        values[name] = finite_values(frame[name], problems, allow_missing=True, positive=False)
    for name, positive in ((columns.n_cases, False), (columns.weights, True)):
        if name is not None:
            values[name] = finite_values(frame[name], problems, allow_missing=False, positive=positive)
    return values


def _order(
    frame: pd.DataFrame,
    columns: Columns,
    times: np.ndarray,
    window: tuple[int, int] | None,
    problems: list[Problem],
) -> Ordered | None:
    """Rows by hospital and period; without hospitals by cohort and period, each row a unit of its own."""
    if not len(frame):
        problems.append(Problem("panel", "has no rows with a period", "check the panel"))
        return None
    if columns.unit is not None:
        return order_rows(frame[columns.unit], times, window, problems)
    cohorts = _parse_cohort(frame[columns.cohort], problems)[0]
    if problems:
        return None
    ordered = order_rows(pd.Series(cohorts, name=columns.cohort), times, window, problems)
    if ordered is None:
        return None
    n = ordered.layout.n_rows
    return Ordered(Layout(np.arange(n + 1), None, ordered.layout.time), pd.RangeIndex(n), ordered.order)


def _parse_cohort(column: pd.Series, problems: list[Problem]) -> tuple[np.ndarray, str | None]:
    codes, frequency = period_codes(column, problems, never_allowed=True)
    return codes.astype(float, copy=False), frequency


def _date(
    column: pd.Series,
    what: str,
    columns: Columns,
    ordered: Ordered,
    frequency: str | None,
    problems: list[Problem],
    faults: list[Problem],
) -> np.ndarray:
    """Time code of a date that each hospital has once (N,), inf where it has none."""
    values, own, changed = ordered.by_unit(column, _parse_cohort, problems)
    problems += _other_frequency(columns, str(column.name), own, frequency)
    if len(changed):
        todo = (
            "give each hospital one date; a treatment that switches off has its end in the column `ended`, "
            "and one that comes back must be cut before it does"
        )
        evidence = tuple(str(name) for name in ordered.units[changed[:5]])
        faults.append(Problem(what, "changes within a hospital", todo, evidence, len(changed)))
    return values


def _cluster(
    column: pd.Series, ordered: Ordered, problems: list[Problem], faults: list[Problem]
) -> tuple[np.ndarray, tuple[str, ...]]:
    codes, names, changed = ordered.by_unit(column, category_codes, problems)
    if len(changed):
        todo = "give each hospital one cluster (its first, or split the hospital)"
        evidence = tuple(str(name) for name in ordered.units[changed[:5]])
        what = "a hospital is in two clusters"
        faults.append(Problem(f"cluster {column.name}", what, todo, evidence, len(changed)))
    if problems or faults:
        return codes, ()
    return renumber(codes, tuple(str(name) for name in names))


def _other_frequency(columns: Columns, name: str, own: object, frequency: str | None) -> list[Problem]:
    if own in (None, frequency) or frequency is None:
        return []
    evidence = (f"{columns.time}: {frequency}", f"{name}: {own}")
    todo = "write both in the same frequency"
    where = f"column {name}"
    return [Problem(where, "has another frequency than the periods", todo, evidence)]


def _duplicates(ordered: Ordered, frequency: str) -> list[Problem]:
    layout = ordered.layout
    if layout.shared is not None:
        return []
    again = layout.own[1:] == layout.own[:-1]
    again[layout.starts[1:-1] - 1] = False
    twice = np.flatnonzero(again)
    if not len(twice):
        return []
    evidence = tuple(
        f"{ordered.units[layout.unit[i]]} in {period_label(int(layout.own[i]), frequency)}" for i in twice[:5]
    )
    todo = (
        "sum the rows of one hospital and period before the design, "
        'or say sampling="cross_sections" if rows are cases'
    )
    return [Problem("panel", "holds hospital-periods twice", todo, evidence, len(twice))]


def _report_the_rest(
    frame: pd.DataFrame, columns: Columns, frequency: str | None, problems: list[Problem]
) -> None:
    """Problems of the columns that were not reached, so that one message names all faults."""
    if not len(frame):
        return
    own = _parse_cohort(frame[columns.cohort], problems)[1]
    problems += _other_frequency(columns, columns.cohort, own, frequency)
    for name in (columns.unit, *columns.clusters):
        if name is not None:
            category_codes(frame[name], problems)


def _outside_calendar(frame: pd.DataFrame, unit: str | None, ordered: Ordered) -> Ledger:
    before, after = len(frame), ordered.layout.n_rows
    if before == after:
        return Ledger()
    hospitals = (None, None) if unit is None else (int(frame[unit].nunique()), len(ordered.units))
    note = "the row's period is outside the calendar of the study"
    return Ledger((Entry("design", "", "outside_calendar", before, after, 0, *hospitals, note),))
