"""Every case to its cluster, in the engine."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from dipeval.cluster.preparation import Prepared
from dipeval.cluster.rule import Rule
from dipeval.cluster.space import GOWER
from dipeval.describe.clusters.case_points import CasePoints

if TYPE_CHECKING:
    import ibis.expr.types as ir

CLUSTER = "cluster"
POINT = "point_"
MICRO = 1_000_000
"""Scaled values are summed as integers of 1e-6: sums of integers do not depend on an order."""


def assigned(points: CasePoints, prepared: Prepared, rule: Rule) -> ir.Table:
    """Give every case its cluster by a rule, as text in the column ``cluster``, from 1.

    Parameters
    ----------
    points : CasePoints
        Amounts without a logarithm are refused before: :func:`case_points.refuse_logarithms` asks all cases.
    prepared : Prepared
        Scales of the sample.
    rule : Rule
        Of points of the sample.

    Returns
    -------
    ibis table
        With ``point_<name>``, the scaled values as integers of 1e-6. No pass of its own.
    """
    import ibis

    made = {}
    for j, (m, v) in enumerate(zip(points.measures, points.variables, strict=True)):
        value = points.cases[m.name].cast("float64") / float(10**m.decimals)
        ways = {"log": lambda x: x.ln(), "log_plus_one": lambda x: (x + 1.0).ln()}
        moved = ways.get(v.transform, lambda x: x)(value)
        scaled = (moved - float(prepared.centre[j])) / float(prepared.spread[j])
        made[POINT + v.name] = (scaled * float(MICRO)).round().cast("int64")
    table = points.cases.mutate(**made)
    far = {f"far_{c}": _far(table, points, rule, c) for c in range(len(rule.centres))}
    table = table.mutate(**far)
    nearest = ibis.least(*[table[name] for name in far]) if len(far) > 1 else table.far_0
    table = table.mutate(nearest=nearest)
    steps = [(table[name] == table.nearest, str(c + 1)) for c, name in enumerate(far)]
    word = ibis.cases(*steps, else_=str(len(far)))
    return table.mutate(**{CLUSTER: word}).drop("nearest", *far)


def _far(table: ir.Table, points: CasePoints, rule: Rule, c: int) -> ir.FloatingValue:
    """`Rule.far` of one cluster, as an expression."""
    centre = rule.centres[c]
    values = [table[POINT + v.name] / float(MICRO) for v in points.variables]
    if rule.space.metric == GOWER:
        return _gower_far(table, points, rule, values, centre)
    apart = [value - float(x) for value, x in zip(values, centre, strict=True)]
    if rule.roots is None:
        return reduce(add, [x**2 for x in apart])
    root = rule.roots[c]
    turned = [
        reduce(add, [x * float(w) for x, w in zip(apart, column, strict=True) if w != 0.0])
        for column in root.T
    ]
    return reduce(add, [x**2 for x in turned]) + float(rule.offsets[c])


def _gower_far(
    table: ir.Table, points: CasePoints, rule: Rule, values: list[ir.FloatingValue], centre: np.ndarray
) -> ir.FloatingValue:
    import ibis

    count = len(values) + len(points.words)
    parts = [(value / float(count) - float(x)).abs() for value, x in zip(values, centre, strict=False)]
    first = len(values)
    for word, many in zip(points.words, rule.space.words, strict=True):
        level = word.levels[int(np.argmax(centre[first : first + many]))]
        parts.append(ibis.ifelse(table[word.column] == level, 0.0, 1.0 / count))
        first += many
    return reduce(add, parts)
