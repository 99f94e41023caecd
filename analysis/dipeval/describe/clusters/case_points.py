"""Cases as points: the numbers and words that are clustered, and a sample of them for Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import numpy as np

from dipeval.cluster.preparation import Variable
from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.dimensions import MISSING, Dimension
from dipeval.describe.measures import plain_name, with_measures
from dipeval.errors import DataError, Problem

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

STAGE = "clusters"


@dataclass(frozen=True)
class CasePoints:
    """Cases with the numbers that are clustered.

    Attributes
    ----------
    cases : ibis table
        Those with every number known, with ``measure_<name>``.
    measures : tuple of CaseVariable
    variables : tuple of Variable
    words : tuple of Dimension
        Words that are clustered.
    n, left_out : int
        Cases, and those left out because a number or a word is missing.
    """

    cases: ir.Table
    measures: tuple[CaseVariable, ...]
    variables: tuple[Variable, ...]
    words: tuple[Dimension, ...]
    n: int
    left_out: int

    @property
    def names(self) -> list[str]:
        """Columns that are clustered, numbers first."""
        return [v.name for v in self.variables] + [w.name for w in self.words]


def case_points(
    engine: TableEngine,
    cases: ir.Table,
    transforms: Mapping[str, str],
    scale: str,
    missing: str,
    words: Mapping[str, Dimension] | None = None,
) -> CasePoints:
    """Take the numbers and words that are clustered.

    Parameters
    ----------
    transforms : mapping of str to str
        By column ``none``, ``log`` or ``log_plus_one``.
    scale : str
    missing : {"", "drop"}
    words : mapping of str to Dimension, optional
        Whose columns the cases have, from `dimensions.with_dimensions`.

    Raises
    ------
    DataError
        If a number or word is missing and no rule is declared, a column is none of numbers, or no case is there.

    Notes
    -----
    Cost: one pass.
    """
    table, measures = with_measures(cases, list(transforms), flags=True)
    told = tuple((words or {}).values())
    there = {m.name: table[m.name].notnull() for m in measures}
    there |= {w.column: table[w.column] != MISSING for w in told}
    counts = {name: known.sum().cast("int64") for name, known in there.items()}
    seen = engine.to_frame(table.agg(n=table.count().cast("int64"), **counts)).iloc[0]
    n = int(seen["n"])
    if n == 0:
        raise DataError(STAGE, [Problem("cases", "there are none", "mend `where`")])
    problems = []
    called = {m.name: plain_name(m) for m in measures} | {w.column: w.name for w in told}
    for name in there:
        lacking = n - int(seen[name])
        if lacking and not missing:
            what, todo = f"is missing in {lacking} cases", 'write missing = "drop", or leave the column out'
            problems.append(Problem(called[name], what, todo, (), lacking))
    if problems:
        raise DataError(STAGE, problems)
    known = table.filter(reduce(and_, there.values()))
    left = engine.count(known)
    variables = [
        Variable(plain_name(m), transforms[plain_name(m)], scale, m.label_en, m.label_zh) for m in measures
    ]
    words_known = tuple(replace(w, levels=tuple(x for x in w.levels if x != MISSING)) for w in told)
    return CasePoints(known, measures, tuple(variables), words_known, left, n - left)


def sampled(
    engine: TableEngine, points: CasePoints, most: int
) -> tuple[np.ndarray, dict[str, tuple[list[str], tuple[str, ...]]]]:
    """At most `most` cases: every m-th in the order of the numbers and words themselves.

    Returns
    -------
    numbers : ndarray, shape (rows, p)
        In major units. All cases where they are few enough. The same on every engine and thread count: cases
        that tie in the order have the same numbers and words. Cost: one sort in the engine.
    words : dict of str to (list of str, tuple of str)
        By name: the word of each of these cases, and all levels.
    """
    import ibis

    numbers = [m.name for m in points.measures]
    names = [*numbers, *(w.column for w in points.words)]
    table = points.cases.select(*names)
    step = -(-points.n // most)
    if step > 1:
        window = ibis.window(order_by=[table[name] for name in names])
        placed = table.mutate(place=ibis.row_number().over(window))
        table = placed.filter(placed.place % step == step // 2).select(*names)
    frame = engine.to_frame(table, names)
    scales = [10.0**m.decimals for m in points.measures]
    columns = [frame[n].to_numpy("float64") / s for n, s in zip(numbers, scales, strict=True)]
    made = np.column_stack(columns) if columns else np.empty((len(frame), 0))
    return made, {w.name: (frame[w.column].astype("str").tolist(), w.levels) for w in points.words}


def refuse_logarithms(engine: TableEngine, points: CasePoints) -> None:
    """Ask all cases whether every amount has the logarithm that is declared.

    Raises
    ------
    DataError
        With all columns that have amounts without one.
    """
    table = points.cases
    asked = {
        m.name: (table[m.name] <= 0 if v.transform == "log" else table[m.name] < 0).sum().cast("int64")
        for m, v in zip(points.measures, points.variables, strict=True)
        if v.transform != "none"
    }
    if not asked:
        return
    found = engine.to_frame(table.agg(**asked)).iloc[0]
    problems = [
        Problem(
            plain_name(m),
            "has no logarithm in some cases",
            "name it in logs_plus_one or levels, or select cases with `where`",
            (),
            int(found[m.name]),
        )
        for m in points.measures
        if m.name in asked and int(found[m.name])
    ]
    if problems:
        raise DataError(STAGE, problems)


def refuse_named_twice(groups: Sequence[Sequence[str]]) -> None:
    """Refuse a column that is declared in two ways, and fewer than two columns."""
    names = [name for group in groups for name in group]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [Problem(name, "is named twice", "name it once") for name in twice]
    if not names:
        problems.append(
            Problem("levels, logs, logs_plus_one, words", "name no column", 'write logs = ["total_cost"]')
        )
    if problems:
        raise DataError(STAGE, problems)
