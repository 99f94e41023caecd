"""Stays → one row a hospital, group of patients and period: what compares groups within hospitals.

Insured against uninsured, employees against residents, residents of the city against patients who come from
elsewhere: the same sums as the hospital panel, by one key more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..errors import DataError, Problem, nearest
from ..ledger import Entry
from ..schema.periods import label_of
from .aggregation import aggregated, completed
from .extras import Extras, with_flags
from .quartiles import with_quartiles

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

GROUP = "group"
KEY = ("city", "hospital", "group", "period")


@dataclass(frozen=True)
class GroupedPanel:
    """Hospitals by groups of patients by periods.

    Attributes
    ----------
    frame : pandas.DataFrame, shape (hospital-group-periods, columns)
        Sorted by `KEY`, each once; sums as those of `HospitalPanel`, so that `outcome_values` reads them. A
        group without a stay in a hospital-period has no row.
    groups : tuple of str
        In the order in which they were named.
    entry : Entry
        The stays that are in no group.
    """

    frame: pd.DataFrame
    groups: tuple[str, ...]
    entry: Entry

    def gaps(self) -> pd.DataFrame:
        """Hospital-periods in which some group has no stay: the key, and ``absent``, the groups, in words."""
        size = self.frame.pivot_table(
            index=["city", "hospital", "period"], columns=GROUP, values="discharges", aggfunc="sum"
        ).reindex(columns=list(self.groups))
        lacking = size.isna()
        some = lacking[lacking.any(axis=1)]
        words = [", ".join(np.array(self.groups)[row]) for row in some.to_numpy()]
        return some.index.to_frame(index=False).assign(absent=words)


def group_of_words(stays: ir.Table, column: str, groups: Mapping[str, Sequence[str]]) -> ir.StringValue:
    """The group of each stay by a column of words; NULL for a word of none.

    Parameters
    ----------
    stays : ibis table
    column : str
        For example ``insurance_type``.
    groups : mapping of str to sequence of str
        Words by group.

    Raises
    ------
    DataError
        With all problems: a column that the stays lack, a group without words, a word in two groups.
    """
    import ibis

    problems = _problems_of_words(list(stays.columns), column, groups)
    if problems:
        raise DataError("group stays", problems)
    tests = [(stays[column].isin(list(words)), name) for name, words in groups.items()]
    return ibis.cases(*tests, else_=ibis.null("string"))


def grouped_panel(
    engine: TableEngine,
    stays: ir.Table,
    *,
    group: ir.StringValue,
    groups: Sequence[str],
    frequency: str,
    extras: Extras | None = None,
    in_every_city: bool = True,
) -> GroupedPanel:
    """Sum and count the stays of every hospital, group and period.

    Parameters
    ----------
    stays : ibis table
        Clean stays of the window with ``city``, ``hospital`` and ``discharge_date``.
    group : ibis text
        The group of each stay, of the same table (see `group_of_words`); NULL for stays that do not count.
    groups : sequence of str
        All groups.
    frequency : {"month", "quarter", "year"}
    extras : Extras, optional
        Further sums, as outcomes ask for them (`extras.extras_of`).
    in_every_city : bool
        Whether each city must have stays of each group.

    Raises
    ------
    DataError
        With all groups that have no stay, or none in some city: nothing is compared there within hospitals.

    Notes
    -----
    One pass of the engine for the sums and one for the count; Python sees hospital-group-periods only.
    """
    more = extras or Extras()
    marked = with_flags(stays.mutate(**{GROUP: group}), more.flags)
    kept = marked.filter(marked[GROUP].notnull())
    before = engine.count(stays)
    sums = engine.to_frame(aggregated(kept, ["city", "hospital", GROUP], frequency, more.powers))
    after = int(sums["discharges"].sum()) if len(sums) else 0
    problems = _without_group(sums, groups, in_every_city)
    if problems:
        raise DataError("group stays", problems)
    labels = {day: label_of(day, frequency) for day in sums["first_day"].unique()}
    frame = sums.assign(period=sums["first_day"].map(labels)).drop(columns="first_day")
    frame = completed(frame, list(marked.columns))
    if more.quartiles:
        frame = _with_quartiles(engine, kept, frame, more.quartiles, frequency)
    rest = [name for name in frame.columns if name not in KEY]
    frame = frame[[*KEY, *rest]].sort_values(list(KEY), kind="stable").reset_index(drop=True)
    note = f"stays of the groups {', '.join(groups)}"
    hospitals = int(frame.groupby(["city", "hospital"]).ngroups)
    return GroupedPanel(
        frame, tuple(groups), Entry("panel", "", "in_a_group", before, after, 0, None, hospitals, note)
    )


def _with_quartiles(
    engine: TableEngine, kept: ir.Table, frame: pd.DataFrame, names: Sequence[str], frequency: str
) -> pd.DataFrame:
    """Quartiles are of one hospital column, so each city and group is asked for by itself."""
    parts = []
    for (city, group), part in frame.groupby(["city", GROUP], sort=True):
        mine = kept.filter((kept.city == city) & (kept[GROUP] == group))
        parts.append(with_quartiles(engine, mine, part.reset_index(drop=True), names, frequency))
    return pd.concat(parts, ignore_index=True)


def _problems_of_words(
    present: Sequence[str], column: str, groups: Mapping[str, Sequence[str]]
) -> list[Problem]:
    problems = []
    if column not in present:
        what = "is no column that all cities of the study have"
        problems.append(Problem(column, what, nearest(column, present)))
    problems += [
        Problem(f"group {name}", "names no word", f"name the words of {column} that are in it")
        for name, words in groups.items()
        if not words
    ]
    every = [word for words in groups.values() for word in words]
    twice = sorted({word for word in every if every.count(word) > 1})
    if twice:
        todo = "put each word into one group"
        problems.append(Problem("groups", "overlap", todo, tuple(twice[:5]), len(twice)))
    return problems


def _without_group(sums: pd.DataFrame, groups: Sequence[str], in_every_city: bool) -> list[Problem]:
    """Groups that nobody is in, and cities where one is lacking."""
    problems = []
    cities = sorted(sums["city"].unique()) if len(sums) else []
    for name in groups:
        have = set(sums.loc[sums[GROUP] == name, "city"]) if len(sums) else set()
        lacking = [city for city in cities if city not in have]
        if not have:
            todo = "check its words against those of the cases"
            problems.append(Problem(f"group {name}", "has no stay in the window", todo))
        elif lacking and in_every_city:
            todo = "leave the city out, or name the words that it uses"
            what = "has no stay in some cities"
            problems.append(Problem(f"group {name}", what, todo, tuple(lacking[:5]), len(lacking)))
    return problems
