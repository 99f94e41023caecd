"""Which cells of a case-level Table 1 add up to which, and which numbers are computed from others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from dipeval.describe.case_groups import OVERALL
from dipeval.describe.cases.cells import cell_name
from dipeval.describe.dimensions import MISSING
from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import Derived, Sum

PLACE = ["arm", "when"]


@dataclass(frozen=True)
class CellWords:
    """What the cases of a table are called, so that other tables of the same cases call them so too.

    Attributes
    ----------
    where : str
        The selection, from `cases.cells.where_word`.
    by, within : str
        What divides the table.
    apart : str
        How the cases of the overall column are called where some belong to no group; empty where all do.
    """

    where: str
    by: str = "group"
    within: str = "stratum"
    apart: str = ""

    def name(self, group: str, stratum: str, variable: str = "", level: str = "") -> str:
        """A group, the cases of which a variable is known, or those of one category."""
        place = {self.by: group} if group != OVERALL else {}
        place |= {self.within: stratum} if stratum else {}
        place |= {variable: level} if level else {}
        words = [self.apart] if group == OVERALL and self.apart else []
        words += [f"known={variable}"] if variable and not level else []
        return cell_name(self.where, place, " ".join(words))


def with_case_margins(exhibit: Exhibit, words: CellWords) -> Exhibit:
    """Name the cells of a Table 1 of cases and declare its sums.

    Groups add up to the overall column, in every line; the categories of a variable add up to the cases of
    which it is known. The line of what was not recorded tells, beside the group, how many these are, and so
    does the percentage of each category: they go with that cell. A difference and a test are computed from all
    cells of their variable.

    Parameters
    ----------
    exhibit : Exhibit
        Of kind ``case_table``, with ``section``, ``variable``, ``level``, ``statistic``, ``arm``, ``when`` and
        ``count``.
    words : CellWords

    Returns
    -------
    Exhibit
        With the column ``cell``, `sums` and `derived`. Cost O(rows).
    """
    frame = exhibit.frame
    size = frame[frame["section"] == "size"].set_index(PLACE)["count"]
    frame = frame.assign(cell=[_name(exhibit.name, words, row, size) for row in frame.to_dict("records")])
    grouped = frame[frame["arm"] != ""]
    known = grouped[grouped["statistic"] == "missing"].set_index(["variable", *PLACE])["cell"]
    sums = {*_over_groups(grouped), *_over_levels(grouped, known)}
    derived = {*_of_known(grouped, known, words), *_across(frame, grouped)}
    return replace(
        exhibit,
        frame=frame,
        sums=tuple(sorted(sums, key=lambda s: (s.total, s.parts))),
        derived=tuple(sorted(derived, key=lambda d: (d.cell, d.of))),
    )


def _name(table: str, words: CellWords, row: dict[str, object], size: pd.Series) -> str:
    """The cell of a row: the group's, that of the known cases where these are fewer, or a category's."""
    group, stratum, variable = str(row["arm"]), str(row["when"]), str(row["variable"])
    if not group:
        return f"{table}/across={variable}/{stratum}"
    if row["statistic"] == "n_percent":
        return words.name(group, stratum, variable, str(row["level"]))
    whole = row["section"] == "size" or row["count"] == size[group, stratum]
    return words.name(group, stratum) if whole else words.name(group, stratum, variable)


def _over_groups(grouped: pd.DataFrame) -> Iterator[Sum]:
    """The overall column of every line."""
    lines = ["variable", "level", "statistic", "when"]
    for _, part in grouped.groupby(lines, sort=False):
        total = part.loc[part["arm"] == OVERALL, "cell"]
        if len(total):
            yield Sum(str(total.iloc[0]), tuple(sorted(part.loc[part["arm"] != OVERALL, "cell"])))


def _over_levels(grouped: pd.DataFrame, known: pd.Series) -> Iterator[Sum]:
    """The categories of every variable and group."""
    counted = grouped[grouped["statistic"] == "n_percent"]
    for place, part in counted.groupby(["variable", *PLACE], sort=False):
        yield Sum(str(known[place]), tuple(sorted(part["cell"])))


def _of_known(grouped: pd.DataFrame, known: pd.Series, words: CellWords) -> Iterator[Derived]:
    """Percentages tell how many are known; how many are not tells, with these, the size of the group.

    Where another exhibit holds back those without a value as a category of their own, so does this one.
    """
    for row in grouped.itertuples():
        of = known.get((row.variable, row.arm, row.when))
        group = words.name(row.arm, row.when)
        if row.statistic == "n_percent":
            yield Derived(row.cell, (str(of),))
        elif row.statistic == "missing" and row.cell != group:
            places = ((row.arm, row.when), (OVERALL, row.when), (OVERALL, ""))
            lacking = {words.name(*place, row.variable, MISSING) for place in places}
            yield Derived(row.cell, (group, *sorted(lacking)))


def _across(frame: pd.DataFrame, grouped: pd.DataFrame) -> Iterator[Derived]:
    """Differences and tests of a variable, from its cells in all groups of the stratum."""
    lines = grouped[grouped["arm"] != OVERALL]
    cells = lines.groupby(["variable", "when"], sort=False)["cell"].agg(lambda c: tuple(sorted(set(c))))
    for row in frame[frame["arm"] == ""].drop_duplicates("cell").itertuples():
        yield Derived(row.cell, cells[row.variable, row.when])
