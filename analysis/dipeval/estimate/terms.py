"""The rows of a result: what each number is about and how much stands behind it.

Rows are plain columns until an estimate is made of them: loops over thousands of estimates would spend most of
their time on small frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from dipeval.estimate.sample import Sample
from dipeval.results.estimate import TERM_COLUMNS

Facts = dict[str, np.ndarray]
"""Columns ``n_obs``, ``n_hospitals``, ``n_treated``, ``count``, ``largest_share`` of some groups."""
Rows = dict[str, list | np.ndarray]
"""The columns `TERM_COLUMNS` of some terms: texts as lists, numbers as arrays."""
BLOCK_CELLS = 1_000_000
ESTIMANDS = {
    "overall": "average effect on the treated hospital-periods",
    "event_time": "average effect at this event time",
    "lead": "difference before the reform",
    "cohort": "average effect on this cohort",
    "covariate": "coefficient of a covariate",
    "period": "average effect in this period",
    "cell": "effect on this cohort in this period",
    "comparison": "difference in differences of two cohorts",
}


def group_facts(sample: Sample, group: np.ndarray, n_groups: int) -> Facts:
    """Count what stands behind each group of rows.

    Parameters
    ----------
    sample : Sample
    group : numpy.ndarray, shape (n,), int
        0 … n_groups-1, or -1 for none.
    n_groups : int

    Returns
    -------
    Facts
        Of n_groups: ``n_obs``, ``n_hospitals``, ``n_treated`` (hospitals that are ever treated),
        ``count`` of cases (rows where no cases are known) and the largest hospital's share of them.
        Cost O(n + n_groups N) time, in blocks.
        Without hospitals their counts are 0 and the share is NaN: it is not known.
    """
    if not sample.design.has_units:
        return _case_facts(sample, group, n_groups)
    layout, width = sample.layout, n_groups + 1
    ever = layout.last >= sample.first_treated
    n_obs, n_hospitals, n_treated = np.zeros((3, n_groups), np.int64)
    total, largest = np.zeros((2, n_groups))
    step = max(1, BLOCK_CELLS // width)
    for first in range(0, layout.n_units, step):
        last = min(first + step, layout.n_units)
        inside = slice(layout.starts[first], layout.starts[last])
        at = np.repeat(np.arange(last - first) * width + 1, layout.counts[first:last]) + group[inside]
        rows = np.bincount(at, minlength=(last - first) * width).reshape(-1, width)[:, 1:]
        cases = rows
        if sample.cases is not None:
            weighted = np.bincount(at, sample.cases[inside], minlength=(last - first) * width)
            cases = weighted.reshape(-1, width)[:, 1:]
        n_obs += rows.sum(0)
        n_hospitals += (rows > 0).sum(0)
        n_treated += (rows[ever[first:last]] > 0).sum(0)
        total += cases.sum(0)
        largest = np.maximum(largest, cases.max(0))
    return _facts(n_obs, n_hospitals, n_treated, total, largest)


def cell_facts(sample: Sample, unit_cohort: np.ndarray, at: np.ndarray, n_groups: int) -> Facts:
    """`group_facts` for groups of cohort × period cells.

    Parameters
    ----------
    sample : Sample
    unit_cohort : numpy.ndarray, shape (m,), int
        Cohort of each hospital, 0 … C-1.
    at : numpy.ndarray, shape (C, T), int
        Group of each cell, or -1 for none.
    n_groups : int

    Notes
    -----
    O(m) where all hospitals share their periods and no cases are known, else as `group_facts`.
    """
    layout = sample.layout
    if layout.shared is None or sample.cases is not None or not sample.design.has_units:
        group = at.ravel()[layout.spread(unit_cohort * at.shape[1]) + layout.time]
        return group_facts(sample, group, n_groups)
    n_cohorts, width = len(at), n_groups + 1
    group = np.arange(n_cohorts)[:, None] * width + 1 + at[:, layout.shared]
    rows = np.bincount(group.ravel(), minlength=n_cohorts * width).reshape(n_cohorts, width)[:, 1:]
    hospitals = np.bincount(unit_cohort, minlength=n_cohorts)
    treated = np.bincount(unit_cohort[layout.last >= sample.first_treated], minlength=n_cohorts)
    largest = rows[hospitals > 0].max(0, initial=0)
    n_obs = hospitals @ rows
    return _facts(n_obs, hospitals @ (rows > 0), treated @ (rows > 0), n_obs.astype(float), largest)


def _facts(
    n_obs: np.ndarray,
    n_hospitals: np.ndarray,
    n_treated: np.ndarray,
    total: np.ndarray,
    largest: np.ndarray,
) -> Facts:
    share = np.divide(largest, total, out=np.full(len(total), np.nan), where=total > 0)
    columns = {"n_obs": n_obs, "n_hospitals": n_hospitals, "n_treated": n_treated, "count": total}
    return {**columns, "largest_share": share}


def _case_facts(sample: Sample, group: np.ndarray, n_groups: int) -> Facts:
    rows = np.bincount(group + 1, minlength=n_groups + 1)[1:]
    count = rows if sample.cases is None else np.bincount(group + 1, sample.cases, n_groups + 1)[1:]
    none = np.zeros(n_groups, np.int64)
    facts = {"n_obs": rows, "n_hospitals": none, "n_treated": none, "count": count.astype(float)}
    return {**facts, "largest_share": np.full(n_groups, np.nan)}


def repeated(facts: Facts, n: int) -> Facts:
    """The facts of one group for each of n terms."""
    return {name: np.repeat(values, n) for name, values in facts.items()}


def of_whole_sample(facts: Facts, sample: Sample) -> Facts:
    """Facts with all rows and hospitals of a sample behind each group."""
    size = len(facts["n_obs"])
    return {
        **facts,
        "n_obs": np.full(size, sample.n_obs),
        "n_hospitals": np.full(size, sample.n_hospitals),
    }


def term_rows(
    kind: Iterable[str] | str,
    facts: Facts,
    *,
    term: Iterable[str],
    event_time: Iterable[float] | float = np.nan,
    cohort: Iterable[str] | str = "",
    note: Iterable[str] | str = "",
    is_reference: Iterable[bool] | bool = False,
    estimand: str | None = None,
) -> Rows:
    """Rows of one kind, or of the kind that each has, with the columns of `TERM_COLUMNS`."""
    given = {
        "term": term,
        "city": "",
        "cohort": cohort,
        "event_time": event_time,
        "note": note,
        "is_reference": is_reference,
    }
    n = len(facts["n_obs"])
    kinds = [kind] * n if isinstance(kind, str) else list(kind)
    given |= {"kind": kinds, "estimand": estimand or [ESTIMANDS[word] for word in kinds]}
    columns = {name: [value] * n if np.isscalar(value) else list(value) for name, value in given.items()}
    columns |= facts
    columns["event_time"] = np.asarray(columns["event_time"], float)
    columns["is_reference"] = np.asarray(columns["is_reference"], bool)
    return {name: columns[name] for name in TERM_COLUMNS}


def with_kinds(rows: Rows, kinds: Sequence[str]) -> Rows:
    """The same rows, each of a kind of its own."""
    return {**rows, "kind": list(kinds), "estimand": [ESTIMANDS[kind] for kind in kinds]}


def part_of(rows: Rows, which: slice) -> Rows:
    """Some of the rows."""
    return {name: column[which] for name, column in rows.items()}


def frame_of(rows: Rows) -> pd.DataFrame:
    """The terms of an estimate; one frame at once, since columns put in one by one cost as much as an estimate."""
    return pd.DataFrame(rows)


def event_term(event_time: float) -> str:
    """Name of an event-time term, for example ``event_time=-3``."""
    return f"event_time={int(event_time)}"


def stack(*parts: dict[str, list | np.ndarray]) -> dict[str, list | np.ndarray]:
    """All rows, or the facts of all groups, under each other."""
    if len(parts) == 1:
        return parts[0]
    return {name: _joined([part[name] for part in parts]) for name in parts[0]}


def _joined(columns: Sequence[list | np.ndarray]) -> list | np.ndarray:
    if isinstance(columns[0], list):
        return [value for column in columns for value in column]
    return np.concatenate(columns)


def in_words(event_times: Iterable[float]) -> str:
    """Event times as ranges: ``-9 to -4, -1``."""
    values = sorted({int(e) for e in event_times})
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ", ".join(str(a) if a == b else f"{a} to {b}" for a, b in runs)
