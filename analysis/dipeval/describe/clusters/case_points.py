"""Cases as points: the numbers that are clustered, a sample of them for Python, and the nearest centre of every case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import numpy as np

from dipeval.cluster.preparation import Prepared, Variable
from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.measures import plain_name, with_measures
from dipeval.errors import DataError, Problem

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

STAGE = "clusters"
CLUSTER = "cluster"
POINT = "point_"
MICRO = 1_000_000
"""Scaled values are summed as integers of 1e-6: sums of integers do not depend on an order."""


@dataclass(frozen=True)
class CasePoints:
    """Cases with the numbers that are clustered.

    Attributes
    ----------
    cases : ibis table
        Those with every number known, with ``measure_<name>``.
    measures : tuple of CaseVariable
    variables : tuple of Variable
    n, left_out : int
        Cases, and those left out because a number is missing.
    """

    cases: ir.Table
    measures: tuple[CaseVariable, ...]
    variables: tuple[Variable, ...]
    n: int
    left_out: int


def case_points(
    engine: TableEngine, cases: ir.Table, transforms: Mapping[str, str], scale: str, missing: str
) -> CasePoints:
    """Take the numbers that are clustered.

    Parameters
    ----------
    transforms : mapping of str to str
        By column ``none``, ``log`` or ``log_plus_one``.
    scale : str
    missing : {"", "drop"}

    Raises
    ------
    DataError
        If a number is missing and no rule is declared, a column is none of numbers, or no case is there.

    Notes
    -----
    Cost: one pass.
    """
    table, measures = with_measures(cases, list(transforms), flags=True)
    counts = {m.name: table[m.name].count().cast("int64") for m in measures}
    seen = engine.to_frame(table.agg(n=table.count().cast("int64"), **counts)).iloc[0]
    n = int(seen["n"])
    if n == 0:
        raise DataError(STAGE, [Problem("cases", "there are none", "mend `where`")])
    problems = []
    for m in measures:
        lacking = n - int(seen[m.name])
        if lacking and not missing:
            what, todo = f"is missing in {lacking} cases", 'write missing = "drop", or leave the column out'
            problems.append(Problem(plain_name(m), what, todo, (), lacking))
    if problems:
        raise DataError(STAGE, problems)
    known = table.filter(reduce(and_, [table[m.name].notnull() for m in measures]))
    left = engine.count(known)
    variables = [
        Variable(plain_name(m), transforms[plain_name(m)], scale, m.label_en, m.label_zh) for m in measures
    ]
    return CasePoints(known, measures, tuple(variables), left, n - left)


def sampled(engine: TableEngine, points: CasePoints, most: int) -> np.ndarray:
    """Numbers of at most `most` cases: every m-th in the order of the numbers themselves.

    Returns
    -------
    ndarray, shape (rows, p)
        In major units. All cases where they are few enough. The same on every engine and thread count: cases
        that tie in the order have the same numbers. Cost: one sort in the engine.
    """
    import ibis

    names = [m.name for m in points.measures]
    table = points.cases.select(*names)
    step = -(-points.n // most)
    if step > 1:
        window = ibis.window(order_by=[table[name] for name in names])
        placed = table.mutate(place=ibis.row_number().over(window))
        table = placed.filter(placed.place % step == step // 2).select(*names)
    frame = engine.to_frame(table, names)
    scales = [10.0**m.decimals for m in points.measures]
    return np.column_stack([frame[n].to_numpy("float64") / s for n, s in zip(names, scales, strict=True)])


def assigned(points: CasePoints, prepared: Prepared, centres: np.ndarray) -> ir.Table:
    """Give every case the cluster whose centre is nearest, as text in the column ``cluster``, from 1.

    Parameters
    ----------
    points : CasePoints
    prepared : Prepared
        Scales of the sample.
    centres : ndarray, shape (k, p)
        Of prepared points.

    Returns
    -------
    ibis table
        With ``point_<name>``, the scaled values as integers of 1e-6. No pass of its own.

    Raises
    ------
    DataError
        Never here; amounts without a logarithm were refused in the sample, and :func:`refuse_logarithms`
        asks all cases.
    """
    import ibis

    made = {}
    for j, (m, v) in enumerate(zip(points.measures, points.variables, strict=True)):
        value = points.cases[m.name].cast("float64") / float(10**m.decimals)
        moved = {"log": lambda x: x.ln(), "log_plus_one": lambda x: (x + 1.0).ln()}.get(
            v.transform, lambda x: x
        )(value)
        scaled = (moved - float(prepared.centre[j])) / float(prepared.spread[j])
        made[POINT + v.name] = (scaled * float(MICRO)).round().cast("int64")
    table = points.cases.mutate(**made)
    far = {
        f"far_{c}": reduce(
            lambda a, b: a + b,
            [
                (table[POINT + v.name] / float(MICRO) - float(x)) ** 2
                for v, x in zip(points.variables, row, strict=True)
            ],
        )
        for c, row in enumerate(centres)
    }
    table = table.mutate(**far)
    nearest = ibis.least(*[table[name] for name in far]) if len(far) > 1 else table.far_0
    table = table.mutate(nearest=nearest)
    steps = [(table[name] == table.nearest, str(c + 1)) for c, name in enumerate(far)]
    word = ibis.cases(*steps, else_=str(len(far)))
    return table.mutate(**{CLUSTER: word}).drop("nearest", *far)


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
            Problem("levels, logs, logs_plus_one", "name no column", 'write logs = ["total_cost"]')
        )
    if problems:
        raise DataError(STAGE, problems)
