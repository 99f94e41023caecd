"""Which types the cases of the base years make, and which of them each case is of.

A combination of a four-character diagnosis and a set of procedures with enough cases a year is a core type;
the others are pooled by category (or chapter) and treatment class. While cases are summed a type is a whole
number: core types are numbered from 0 upwards, pools from -1 downwards.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .keys import CLASSES
from .parameters import Grouping
from .texts import Texts, pair

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine


def with_pools(engine: TableEngine, texts: Texts, grouping: Grouping) -> Texts:
    """The texts with ``pool`` and ``pool_number`` (its place among them) of each diagnosis."""
    import ibis

    read = texts.diagnoses
    pool = read.category if grouping.comprehensive_by == "category" else read.chapter
    number = ibis.dense_rank().over(order_by=pool).cast("int64")
    return replace(texts, diagnoses=engine.stage(read.mutate(pool=pool, pool_number=number)))


def core_types(engine: TableEngine, cases: ir.Table, grouping: Grouping, years: list[int]) -> ir.Table:
    """The combinations of diagnosis and procedures with enough cases.

    Parameters
    ----------
    cases : ibis table
        Cases of the base years from `texts.Texts.of`, with ``year``, without those that have a ``reason``.
    years : list of int
        Base years, oldest first.

    Returns
    -------
    ibis table
        ``diagnosis_number``, ``set_number``, their `texts.pair` and ``core_number``. Kept in the engine. Cost:
        one pass.
    """
    import ibis

    last = grouping.threshold_over == "last"
    counted = cases.filter(cases.year == years[-1]) if last else cases
    counts = counted.group_by("diagnosis_number", "set_number").agg(n=counted.count())
    enough = counts.filter(counts.n >= grouping.case_threshold * (1 if last else len(years)))
    paired = enough.mutate(pair=pair(enough, "set_number")).drop("n")
    number = ibis.row_number().over(order_by=paired.pair).cast("int64")
    return engine.stage(paired.mutate(core_number=number))


def with_type_number(cases: ir.Table, core: ir.Table) -> ir.Table:
    """Cases with ``type_number``: of their core type, and else of their pool."""
    keyed = cases.mutate(pair=pair(cases, "set_number"))
    joined = keyed.left_join(core.select("pair", "core_number"), "pair")
    pooled = -1 - (joined.pool_number * len(CLASSES) + joined.class_rank)
    return joined.mutate(type_number=joined.core_number.fill_null(pooled))


def type_names(core: ir.Table, texts: Texts) -> ir.Table:
    """``type_number``, ``disease_type`` and ``kind`` of all types that the cases can have."""
    import ibis

    codes = texts.diagnoses.select("diagnosis", "diagnosis_number").distinct()
    sets = texts.procedures.select("procedure_set", "set_number").distinct()
    named = core.join(codes, "diagnosis_number").join(sets, "set_number")
    procedures = (named.procedure_set == "").ifelse(CLASSES[0], named.procedure_set)
    parts = [
        named.select(
            type_number="core_number",
            disease_type=named.diagnosis + ":" + procedures,
            kind=ibis.literal("core"),
        )
    ]
    pools = texts.diagnoses.select("pool", "pool_number").distinct()
    parts += [
        pools.select(
            type_number=-1 - (pools.pool_number * len(CLASSES) + rank),
            disease_type=pools.pool + "/" + name,
            kind=ibis.literal("comprehensive"),
        )
        for rank, name in enumerate(CLASSES)
    ]
    return ibis.union(*parts)
