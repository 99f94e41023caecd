"""Secondary suppression over all exhibits that are released together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.disclose.attack import feasible_interval, sum_matrix
from dipeval.disclose.released import Rules
from dipeval.disclose.rows import PASSES
from dipeval.disclose.secondary import connected, secondary
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import Derived, Sum

WHERE = "disclosure gate"


def with_margins(
    exhibits: Sequence[Exhibit], found: Sequence[np.ndarray], rules: Rules, unshown: int = 0
) -> list[np.ndarray]:
    """Add the rows that would give away a row that is held back.

    Parameters
    ----------
    exhibits : sequence of Exhibit
        Released together; rows that name the same ``cell`` are about the same cases.
    found : sequence of numpy.ndarray of str
        The rule that holds back each row of each exhibit by itself, from `rows.primary_rules`.
    rules : Rules
    unshown : int
        How many of the exhibits, the last ones, nobody will see: shown cells are sums of theirs.

    Returns
    -------
    list of numpy.ndarray of str
        With ``secondary`` and ``derived`` where they were empty and must be held back. Exhibits that name
        no cells come back as they are. Cost: see `secondary.secondary`.

    Raises
    ------
    DataError
        If cells of a name have different counts, cells of sums are missing or do not add up, or a cell
        stays known whatever is held back.
    """
    rows = _rows(exhibits, found)
    if len(rows):
        rows["unshown"] = rows["exhibit"] >= len(exhibits) - unshown
    sums = tuple(sorted({s for e in exhibits for s in e.sums}, key=lambda s: (s.total, s.parts)))
    derived = tuple(sorted({d for e in exhibits for d in e.derived}, key=lambda d: (d.cell, d.of)))
    if not len(rows):
        return [rule.copy() for rule in found]
    cells = _cells(rows, sums)
    cells["further"] = _further(cells, sums, rules)
    back = cells.index[cells["held"] | cells["further"]]
    given = {name: "secondary" for name in back} | {name: "derived" for name in _derived(derived, set(back))}
    extended = [rule.copy() for rule in found]
    for row in rows.itertuples():
        if not row.rule and row.cell in given:
            extended[row.exhibit][row.position] = given[row.cell]
    return extended


def _rows(exhibits: Sequence[Exhibit], found: Sequence[np.ndarray]) -> pd.DataFrame:
    """Every row that names a cell, of all exhibits."""
    parts = [
        pd.DataFrame(
            {
                "exhibit": number,
                "position": range(len(exhibit.frame)),
                "cell": exhibit.frame["cell"].astype("object").fillna("").to_numpy(),
                "count": exhibit.frame["count"].to_numpy(dtype="float64", na_value=np.nan),
                "rule": rule,
            }
        )
        for number, (exhibit, rule) in enumerate(zip(exhibits, found, strict=True))
        if "cell" in exhibit.frame.columns
    ]
    if not parts:
        return pd.DataFrame()
    rows = pd.concat(parts, ignore_index=True)
    return rows[rows["cell"] != ""]


def _cells(rows: pd.DataFrame, sums: Sequence[Sum]) -> pd.DataFrame:
    """One row a cell, in the order of first appearance, those of sums checked."""
    grouped = rows.assign(held=rows["rule"] != PASSES).groupby("cell", sort=False)
    cells = pd.DataFrame(
        {
            "count": grouped["count"].first(),
            "most": grouped["count"].max(),
            "least": grouped["count"].min(),
            "held": grouped["held"].any(),
            "unshown": grouped["unshown"].all(),
        }
    )
    named = {name for s in sums for name in (s.total, *s.parts)}
    missing = sorted(named - set(cells.index))
    inside = cells[cells.index.isin(named)]
    wrong = [
        (missing, "cells of declared sums are in no exhibit", "show them, or do not declare the sum"),
        (
            sorted(inside.index[inside["count"].isna()]),
            "cells of declared sums have no count",
            "give the number of cases behind the row",
        ),
        (
            sorted(
                inside.index[inside["most"] != inside["least"]].difference(
                    inside.index[inside["count"].isna()]
                )
            ),
            "rows of one cell have different counts",
            "give the same cases one name, and different cases different names",
        ),
    ]
    _refuse(wrong)
    count = cells["count"].to_dict()
    unequal = [s.total for s in sums if abs(count[s.total] - sum(count[part] for part in s.parts)) > 1e-6]
    _refuse([(unequal, "the parts do not add up to the total", "declare only sums that hold")])
    return cells


def _further(cells: pd.DataFrame, sums: Sequence[Sum], rules: Rules) -> np.ndarray:
    """Cells to hold back beside those that are held back already."""
    named = {name for s in sums for name in (s.total, *s.parts)}
    inside = cells.index.isin(named)
    further = np.zeros(len(cells), dtype=bool)
    if not (inside & cells["held"].to_numpy()).any():
        return further
    names = cells.index[inside]
    counts = cells["count"].to_numpy()[inside]
    primary = cells["held"].to_numpy()[inside]
    matrix = sum_matrix(names, sums)
    unshown = cells["unshown"].to_numpy()[inside]
    width = 1.0 - rules.dominance
    further[inside], narrow = secondary(matrix, counts, primary, rules.minimum_cell, width, unshown)
    held = primary | further[inside] | (unshown & (counts > 0))
    known = [str(names[i]) for i in _known(matrix, counts, held, narrow, rules)]
    _refuse([(known, "cells that the totals give away, whatever is held back", "merge them with others")])
    return further


def _known(
    matrix: np.ndarray, counts: np.ndarray, held: np.ndarray, narrow: np.ndarray, rules: Rules
) -> list[int]:
    """Narrow cells that can have one number of cases only; released cells part the held ones into small groups."""
    where = np.flatnonzero(held)
    of_held = matrix[:, where]
    found = []
    for cells in connected(of_held):
        inner = of_held[:, cells]
        inner, cases = inner[np.abs(inner).sum(axis=1) > 0], counts[where[cells]]
        every = np.ones(len(cells), dtype=bool)
        for position in np.flatnonzero(narrow[where[cells]]):
            low, high = feasible_interval(inner, cases, every, position, rules.minimum_cell)
            if high - low < 1 - 1e-6:
                found.append(int(where[cells[position]]))
    return sorted(found)


def _derived(derived: Sequence[Derived], back: set[str]) -> set[str]:
    """Cells computed from held ones, also by way of others."""
    found: set[str] = set()
    while True:
        more = {d.cell for d in derived if (back | found) & set(d.of)} - found
        if not more:
            return found
        found |= more


def _refuse(wrong: Sequence[tuple[list[str], str, str]]) -> None:
    problems = [
        Problem(WHERE, what, todo, tuple(names[:5]), len(names)) for names, what, todo in wrong if names
    ]
    if problems:
        raise DataError(WHERE, problems)
