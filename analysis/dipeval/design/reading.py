"""From a frame to sorted arrays: the columns of a design before it is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.design.calendar import YEAR, period_code, period_frequency, period_label
from dipeval.design.columns import category_codes, finite_values, period_codes
from dipeval.errors import Problem
from dipeval.ledger import Entry, Ledger

PANEL, CROSS_SECTIONS = "panel", "cross_sections"
SAMPLINGS = (PANEL, CROSS_SECTIONS)


@dataclass(frozen=True)
class Table:
    """Columns as arrays (n,), sorted by unit and time; the meaning of each is in `PanelDesign`."""

    unit: np.ndarray
    time: np.ndarray
    cohort: np.ndarray
    clusters: Mapping[str, np.ndarray]
    weights: np.ndarray | None
    covariates: Mapping[str, np.ndarray]
    n_cases: np.ndarray | None
    unit_names: tuple[str, ...]
    period_labels: tuple[str, ...]
    cluster_names: Mapping[str, tuple[str, ...]]
    rows: np.ndarray
    n_rows_in: int
    ledger: Ledger
    sampling: str = PANEL
    has_units: bool = True

    @property
    def level(self) -> np.ndarray:
        """Codes (n,) of whose level is compared over time: the hospital or, without hospitals, the cohort."""
        return self.unit if self.has_units else np.unique(self.cohort, return_inverse=True)[1]

    @property
    def n_units(self) -> int:
        """Number of hospitals; without hospitals every row is a unit of its own."""
        return len(self.unit_names) if self.has_units else len(self.unit)

    @property
    def n_hospitals(self) -> int | None:
        """Number of hospitals for the ledger; None where they are not known."""
        return self.n_units if self.has_units else None

    @property
    def n_periods(self) -> int:
        """Number of periods of the calendar."""
        return len(self.period_labels)

    def take(self, rows: np.ndarray) -> Table:
        """Keep the given rows (positions, in order) and number units and clusters anew."""
        unit, unit_names = np.arange(len(rows)), ()
        if self.has_units:
            unit, unit_names = _renumber(self.unit[rows], self.unit_names)
        clusters = {k: _renumber(v[rows], self.cluster_names[k]) for k, v in self.clusters.items()}
        return replace(
            self,
            unit=unit,
            unit_names=unit_names,
            time=self.time[rows],
            cohort=self.cohort[rows],
            clusters={name: codes for name, (codes, _) in clusters.items()},
            cluster_names={name: names for name, (_, names) in clusters.items()},
            weights=None if self.weights is None else self.weights[rows],
            n_cases=None if self.n_cases is None else self.n_cases[rows],
            covariates={name: values[rows] for name, values in self.covariates.items()},
            rows=self.rows[rows],
        )


def read_table(
    frame: pd.DataFrame,
    *,
    unit: str | None,
    time: str,
    cohort: str,
    clusters: Sequence[str],
    covariates: Sequence[str],
    weights: str | None,
    n_cases: str | None,
    periods: Sequence[str] | None,
    sampling: str,
) -> tuple[Table | None, list[Problem]]:
    """Read all columns; the table is None when they are too broken to go on.

    Parameters are those of `dipeval.design.panel_design.build_design`.
    """
    problems: list[Problem] = []
    unit_codes, unit_names = np.arange(len(frame)), ()
    if unit is not None:
        unit_codes, unit_names = category_codes(frame[unit], problems)
    cluster_codes = {name: category_codes(frame[name], problems) for name in clusters}
    time_codes, frequency = period_codes(frame[time], problems, never_allowed=False)
    cohort_codes, cohort_frequency = period_codes(frame[cohort], problems, never_allowed=True)
    if cohort_frequency not in (None, frequency) and frequency is not None:
        evidence = (f"{time}: {frequency}", f"{cohort}: {cohort_frequency}")
        todo = "write both in the same frequency"
        problems.append(Problem(f"column {cohort}", "has another frequency than the periods", todo, evidence))
    values = {
        name: finite_values(frame[name], problems, allow_missing=True, positive=False) for name in covariates
    }
    weight = _optional(frame, weights, problems, positive=True)
    cases = _optional(frame, n_cases, problems, positive=False)
    calendar = _calendar(time_codes, frequency, periods, problems)
    if problems or calendar is None:
        return None, problems
    first, last = calendar
    table = Table(
        unit=unit_codes,
        time=(time_codes - first).astype(np.int64),
        cohort=cohort_codes - first,
        clusters={name: codes for name, (codes, _) in cluster_codes.items()},
        weights=weight,
        covariates=values,
        n_cases=cases,
        unit_names=unit_names,
        period_labels=tuple(period_label(code, frequency or YEAR) for code in range(first, last + 1)),
        cluster_names={name: names for name, (_, names) in cluster_codes.items()},
        rows=np.arange(len(frame)),
        n_rows_in=len(frame),
        ledger=Ledger(),
        sampling=sampling,
        has_units=unit is not None,
    )
    return _in_window(table), problems


def _optional(
    frame: pd.DataFrame, name: str | None, problems: list[Problem], *, positive: bool
) -> np.ndarray | None:
    if name is None:
        return None
    return finite_values(frame[name], problems, allow_missing=False, positive=positive)


def _calendar(
    codes: np.ndarray, frequency: str | None, periods: Sequence[str] | None, problems: list[Problem]
) -> tuple[int, int] | None:
    """First and last period code of the calendar."""
    if periods is not None:
        return _declared_calendar(frequency, periods, problems)
    seen = np.unique(codes[np.isfinite(codes)]).astype(np.int64)
    if not len(seen):
        problems.append(Problem("panel", "has no rows with a period", "check the panel"))
        return None
    step = int(np.gcd.reduce(np.diff(seen))) if len(seen) > 1 else 1
    if step > 1:
        todo = "number the periods 1, 2, 3 … (and the cohorts with them)"
        problems.append(Problem("panel", f"all periods are {step} apart", todo, count=len(seen)))
    return int(seen[0]), int(seen[-1])


def _declared_calendar(
    frequency: str | None, periods: Sequence[str], problems: list[Problem]
) -> tuple[int, int] | None:
    try:
        codes = [period_code(str(label)) for label in periods]
        frequencies = {period_frequency(str(label)) for label in periods} | ({frequency} - {None})
    except ValueError as fault:
        problems.append(Problem("periods", str(fault), "write 2019-03, 2019Q1 or 2019"))
        return None
    if not codes or len(frequencies) > 1 or codes != list(range(codes[0], codes[0] + len(codes))):
        evidence = tuple(str(label) for label in periods[:5])
        todo = "list every period once, in order, in the frequency of the panel"
        problems.append(Problem("periods", "are not consecutive periods", todo, evidence, len(periods)))
        return None
    return codes[0], codes[-1]


def _in_window(table: Table) -> Table:
    """Leave out rows outside the calendar, then sort by unit (without units: by cohort) and time."""
    inside = np.flatnonzero((table.time >= 0) & (table.time < table.n_periods))
    key = table.level[inside] * table.n_periods + table.time[inside]
    order = inside if _increasing(key) else inside[np.argsort(key, kind="stable")]
    kept = table.take(order)
    if len(inside) == len(table.unit):
        return kept
    entry = Entry(
        "design",
        "",
        "outside_calendar",
        len(table.unit),
        len(inside),
        hospitals_before=table.n_hospitals,
        hospitals_after=kept.n_hospitals,
        note="the row's period is outside the calendar of the study",
    )
    return replace(kept, ledger=kept.ledger.add(entry))


def _increasing(key: np.ndarray) -> bool:
    return bool(np.all(key[1:] >= key[:-1]))


def _renumber(codes: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Codes 0 … K-1 of the names that still occur, in the order of the names."""
    seen = np.zeros(len(names), bool)
    seen[codes] = True
    if seen.all():
        return codes, names
    return (np.cumsum(seen) - 1)[codes], tuple(name for name, keep in zip(names, seen, strict=True) if keep)
