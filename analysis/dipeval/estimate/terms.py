"""The rows of a result: what each number is about and how much stands behind it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from dipeval.estimate.sample import Sample
from dipeval.results.estimate import TERM_COLUMNS

ESTIMANDS = {
    "overall": "average effect on the treated hospital-periods",
    "event_time": "average effect at this event time",
    "lead": "difference before the reform",
    "cohort": "average effect on this cohort",
    "covariate": "coefficient of a covariate",
    "period": "average effect in this period",
    "cell": "effect on this cohort in this period",
}


def group_facts(sample: Sample, group: np.ndarray, n_groups: int) -> pd.DataFrame:
    """Count what stands behind each group of rows.

    Parameters
    ----------
    sample : Sample
    group : numpy.ndarray, shape (n,), int
        0 … n_groups-1, or -1 for none.
    n_groups : int

    Returns
    -------
    pandas.DataFrame
        n_groups rows: ``n_obs``, ``n_hospitals``, ``n_treated`` (hospitals that are ever treated),
        ``count`` of cases (rows where no cases are known) and the largest hospital's share of them.
        Cost O(n + n_groups N).
        Without hospitals their counts are 0 and the share is NaN: it is not known.
    """
    if not sample.design.has_units:
        return _case_facts(sample, group, n_groups)
    n_units = sample.design.n_units
    keep = group >= 0
    at = group[keep] * n_units + sample.unit[keep]
    rows = np.bincount(at, minlength=n_groups * n_units).reshape(n_groups, n_units)
    cases = rows
    if sample.cases is not None:
        weighted = np.bincount(at, sample.cases[keep], minlength=n_groups * n_units)
        cases = weighted.reshape(n_groups, n_units)
    ever = np.zeros(n_units, bool)
    ever[sample.unit[sample.treated]] = True
    total = cases.sum(1).astype(float)
    share = np.divide(cases.max(1), total, out=np.full(n_groups, np.nan), where=total > 0)
    return pd.DataFrame(
        {
            "n_obs": rows.sum(1),
            "n_hospitals": (rows > 0).sum(1),
            "n_treated": ((rows > 0) & ever).sum(1),
            "count": total,
            "largest_share": share,
        }
    )


def _case_facts(sample: Sample, group: np.ndarray, n_groups: int) -> pd.DataFrame:
    rows = np.bincount(group + 1, minlength=n_groups + 1)[1:]
    count = rows if sample.cases is None else np.bincount(group + 1, sample.cases, n_groups + 1)[1:]
    none = np.zeros(n_groups, np.int64)
    facts = {"n_obs": rows, "n_hospitals": none, "n_treated": none, "count": count.astype(float)}
    return pd.DataFrame({**facts, "largest_share": np.nan})


def term_rows(
    kind: str,
    facts: pd.DataFrame,
    *,
    term: Iterable[str],
    event_time: Iterable[float] | float = np.nan,
    cohort: Iterable[str] | str = "",
    note: Iterable[str] | str = "",
    is_reference: Iterable[bool] | bool = False,
    estimand: str | None = None,
) -> pd.DataFrame:
    """Rows of one kind with the columns of `TERM_COLUMNS`."""
    frame = facts.reset_index(drop=True).copy()
    frame["term"] = list(term)
    frame["kind"], frame["city"] = kind, ""
    frame["estimand"] = estimand or ESTIMANDS[kind]
    for name, value in (
        ("event_time", event_time),
        ("cohort", cohort),
        ("note", note),
        ("is_reference", is_reference),
    ):
        frame[name] = value if np.isscalar(value) else list(value)
    frame["event_time"] = frame["event_time"].astype(float)
    return frame[list(TERM_COLUMNS)]


def event_term(event_time: float) -> str:
    """Name of an event-time term, for example ``event_time=-3``."""
    return f"event_time={int(event_time)}"


def stack(*parts: pd.DataFrame) -> pd.DataFrame:
    """All rows under each other; empty parts add nothing."""
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


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
