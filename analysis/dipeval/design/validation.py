"""What makes a design impossible, each said with its place and its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from dipeval.design.table import PANEL, SAMPLINGS, Table
from dipeval.errors import Problem, nearest

NOBODY = "none"
"""Of a design that compares with nobody: series of the reformed alone, groups of their own patients."""
COMPARISONS = ("not_yet_treated", "never_treated", NOBODY)


def check_options(
    columns: Iterable[str],
    used: Sequence[str],
    clusters: Sequence[str],
    comparison: str,
    anticipation: int,
    event_window: tuple[int, int],
    reference: int,
) -> list[Problem]:
    """Problems of the choices themselves, before any row is read."""
    known = list(columns)
    problems = [
        Problem(f"column {name}", "is not in the panel", nearest(name, map(str, known)))
        for name in dict.fromkeys(used)
        if name not in known
    ]
    if not clusters:
        problems.append(
            Problem("clusters", "names no column", "name the level at which the reform was assigned")
        )
    if comparison not in COMPARISONS:
        problems.append(Problem("comparison", f"{comparison!r} is unknown", nearest(comparison, COMPARISONS)))
    first, last = event_window
    if not all(isinstance(x, (int, np.integer)) for x in (first, last, anticipation, reference)):
        todo = "write whole numbers of periods"
        problems.append(Problem("event_window, anticipation, reference", "are not all whole numbers", todo))
        return problems
    if anticipation < 0:
        problems.append(
            Problem("anticipation", "is negative", "give the periods before the reform, 0 for none")
        )
    if not first < 0 <= last:
        problems.append(
            Problem("event_window", f"{first}, {last} does not span the reform", "write [-12, 12]")
        )
    if not first <= reference < -anticipation:
        todo = f"choose it from {first} to {-anticipation - 1}"
        what = "is not an untreated event time inside the event window"
        problems.append(Problem("reference", what, todo, (str(reference),)))
    return problems


def check_sampling(sampling: str, unit: str | None) -> list[Problem]:
    """Problems of how rows were sampled; only cross-sections can do without a hospital."""
    if sampling not in SAMPLINGS:
        return [Problem("sampling", f"{sampling!r} is unknown", nearest(sampling, SAMPLINGS))]
    if sampling == PANEL and unit is None:
        todo = 'name the hospital, or say sampling="cross_sections" if rows are drawn anew in each period'
        return [Problem("unit", "names no column", todo)]
    return []


def check_table(table: Table, anticipation: int, comparison: str) -> list[Problem]:
    """Problems of the panel that no rule can mend; one city alone is none where nobody is compared with."""
    problems = (
        []
        if comparison == NOBODY
        else [
            Problem(f"cluster {name}", "has a single cluster", "cluster at a level with at least two")
            for name, names in table.cluster_names.items()
            if len(names) < 2
        ]
    )
    treated = table.layout.last >= first_treated(table, anticipation)
    if not treated.any():
        todo = "check the reform dates and the calendar"
        return [*problems, Problem("cohort", "no hospital is treated inside the calendar", todo)]
    if table.ended is not None:
        return problems  # hospitals treated in all their periods compare with those that leave
    return problems + _no_data_before(table, treated, always_treated(table, anticipation))


def first_treated(table: Table, anticipation: int) -> np.ndarray:
    """First period (N,) that counts as treated, inf for never."""
    return table.cohort - anticipation


def always_treated(table: Table, anticipation: int) -> np.ndarray:
    """Units (N,), bool, without any untreated row (in cross-sections: in a cohort without any)."""
    first = first_treated(table, anticipation)
    if table.sampling == PANEL:
        return table.layout.first >= first
    level = np.unique(table.cohort, return_inverse=True)[1]
    earliest = np.full(int(level.max(initial=0)) + 1, np.inf)
    np.minimum.at(earliest, level, table.layout.first)
    return earliest[level] >= first


def coarse_clusters(table: Table) -> tuple[str, ...]:
    """Clustering variables above the hospital at which the reform was assigned.

    The cohort is one and the same within each of their clusters, as it is within a city; a canton
    whose hospitals were reformed at different times is not one.
    """
    found = []
    for name, codes in table.clusters.items():
        n = len(table.cluster_names[name])
        earliest, latest = np.full(n, np.inf), np.full(n, -np.inf)
        np.minimum.at(earliest, codes, table.cohort)
        np.maximum.at(latest, codes, table.cohort)
        if n < table.n_units and np.array_equal(earliest, latest):
            found.append(name)
    return tuple(found)


def _no_data_before(table: Table, treated: np.ndarray, lost: np.ndarray) -> list[Problem]:
    """Whole cohorts and treated clusters that have no untreated row of a reformed hospital."""
    todo = "add data from before the reform, or leave it out of the study"
    what = "has no data before its reform"
    ever = np.isfinite(table.cohort)
    first = np.setdiff1d(table.cohort[treated], table.cohort[~lost])
    problems = []
    if len(first):
        in_window = [table.period_labels[int(c)] for c in first if 0 <= c < table.n_periods]
        evidence = tuple(in_window) or ("before the first period",)
        problems.append(Problem("cohort", what, todo, evidence[:5], len(first)))
    for name in coarse_clusters(table):
        codes = table.clusters[name]
        bad = np.setdiff1d(codes[ever & lost], codes[~lost])
        if len(bad):
            evidence = tuple(table.cluster_names[name][code] for code in bad[:5])
            problems.append(Problem(f"cluster {name}", "a treated cluster " + what, todo, evidence, len(bad)))
    return problems
