"""An outcome of groups of hospitals over time, from the panel's integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.contributors import contributors
from dipeval.describe.labels import Labels, label_of
from dipeval.errors import DataError, Problem, nearest
from dipeval.panel.extras import QUARTILES
from dipeval.panel.outcomes import ONE, outcome_values
from dipeval.panel.spreads import SPREADS
from dipeval.vocabulary import Outcome, columns

ALL = "all"
ALL_LABEL = ("All", "全部")
MISSING = "missing"
MISSING_LABEL = ("Not recorded", "未记录")
MOST_GROUPS = 60


@dataclass(frozen=True)
class Series:
    """One outcome of one group.

    Attributes
    ----------
    group : str
    labels : (str, str)
    periods : tuple of str
        The whole calendar.
    values : numpy.ndarray, shape (periods,)
        NaN in a gap: no hospital of the group has the outcome then.
    counts, shares : numpy.ndarray, shape (periods,)
        Discharges behind the values and the largest hospital's share of them.
    whole : numpy.ndarray of bool, shape (periods,)
        Whether these are all discharges of the group.
    """

    group: str
    labels: tuple[str, str]
    periods: tuple[str, ...]
    values: np.ndarray
    counts: np.ndarray
    shares: np.ndarray
    whole: np.ndarray

    @property
    def gaps(self) -> tuple[str, ...]:
        """Periods without a value between the first and the last that have one."""
        known = np.flatnonzero(np.isfinite(self.values))
        if not len(known):
            return self.periods
        inside = range(known[0], known[-1] + 1)
        return tuple(self.periods[i] for i in inside if not np.isfinite(self.values[i]))


def series_of(
    frame: pd.DataFrame,
    outcome: Outcome,
    by: str,
    periods: Sequence[str],
    *,
    overall: bool = False,
    labels: Labels | None = None,
) -> list[Series]:
    """The outcome of whole groups: sums over their hospitals, then the outcome of the sums.

    Cost per case of a group is its cost over its cases, not a mean over hospitals.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Rows of a panel; ``period`` may be made coarser by the caller.
    outcome : Outcome
    by : str
        A column of words; empty for all hospitals together.
    periods : sequence of str
        The calendar; a period without rows is a gap.
    overall : bool
        Whether all hospitals together stand before the groups.
    labels : mapping of str to (str, str), optional

    Returns
    -------
    list of Series
        In the vocabulary's order of the groups, else sorted; rows of no group are ``missing``. Cost O(n).

    Raises
    ------
    DataError
        If the panel has no such column, or more than `MOST_GROUPS` groups.
    """
    group = _groups(frame, by)
    found = []
    if overall or not by:
        found.append(_one(frame, outcome, periods, ALL, ALL_LABEL))
    own = {MISSING: MISSING_LABEL, **(labels or {})}
    for word in _ordered(group, by) if by else ():
        found.append(
            _one(frame[(group == word).to_numpy()], outcome, periods, word, _label(frame, by, word, own))
        )
    return found


def attributes(frame: pd.DataFrame) -> list[str]:
    """Columns of words by which a panel may be grouped."""
    words = [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]
    return sorted(str(c) for c in words if c not in ("period", "source_format", "currency"))


def _groups(frame: pd.DataFrame, by: str) -> pd.Series:
    if not by:
        return pd.Series(ALL, index=frame.index)
    if by not in attributes(frame):
        what = "is no column of words of the panel"
        raise DataError("describe over time", [Problem(f"by: {by}", what, nearest(by, attributes(frame)))])
    column = frame[by].astype("object")
    words = column.where(frame[by].notna(), MISSING).astype("str")
    many = words.nunique()
    if many > MOST_GROUPS:
        what = f"has {many} values, more than {MOST_GROUPS}"
        raise DataError("describe over time", [Problem(f"by: {by}", what, "take a coarser one")])
    return words


def _ordered(group: pd.Series, by: str) -> list[str]:
    declared = columns()[by].values if by in columns() else ()
    there = set(group)
    first = [word for word in declared if word in there]
    last = [word for word in (MISSING,) if word in there]
    return first + sorted(there - set(first) - set(last)) + last


def _label(frame: pd.DataFrame, by: str, word: str, labels: Labels) -> tuple[str, str]:
    """What a group is called; a hospital by its name, where the panel has it."""
    if by == "hospital" and "hospital_name" in frame.columns:
        named = frame.loc[frame["hospital"].astype("str") == word, "hospital_name"].dropna()
        if len(named):
            return (str(named.iloc[-1]),) * 2
    return label_of(word, labels)


def _one(
    part: pd.DataFrame, outcome: Outcome, periods: Sequence[str], group: str, labels: tuple[str, str]
) -> Series:
    kept = part[_has(part, outcome)]
    if outcome.kind in QUARTILES and kept["period"].duplicated().any():
        what = "has quartiles, which of several hospitals together do not follow from those of each"
        todo = 'write by = "hospital", or take the kind distribution'
        raise DataError("describe over time", [Problem(f"outcome: {outcome.name}", what, todo)])
    numbers = kept.select_dtypes("number").columns
    sums = kept.groupby(kept["period"].astype("str"))[list(numbers)].sum(min_count=1)
    values = pd.Series(np.nan, index=list(periods))
    if len(sums):
        made, _ = outcome_values(sums.reset_index(), outcome)
        values = pd.Series(made, index=sums.index).reindex(periods)
    behind = contributors(kept, [kept["period"].astype("str")]).reindex(periods)
    every = part.groupby(part["period"].astype("str"))["discharges"].sum().reindex(periods)
    counts = behind["count"].fillna(0).to_numpy(dtype="float64")
    return Series(
        group,
        labels,
        tuple(periods),
        values.to_numpy(dtype="float64"),
        counts,
        behind["largest_share"].to_numpy(dtype="float64"),
        counts == every.fillna(0).to_numpy(dtype="float64"),
    )


def _has(part: pd.DataFrame, outcome: Outcome) -> np.ndarray:
    """Rows that have all that the outcome is made of."""
    if outcome.kind in SPREADS:
        return np.isfinite(outcome_values(part, outcome)[0])
    counted = [f"n_{outcome.needs[0]}"] if outcome.denominator == "discharges" else []
    names = [name for name in (*outcome.needs, *counted) if name != ONE and name in part.columns]
    outcome_values(part.iloc[:0], outcome)  # says which column the panel lacks
    return part[names].notna().all(axis=1).to_numpy()
