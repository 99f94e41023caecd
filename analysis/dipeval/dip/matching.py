"""Combinations → disease types of a catalogue.

In this order: the same diagnosis and the same set of procedures; where the payment file says ``subset``, the
type with the longest set of procedures that the case has all of; the comprehensive type of its category, then
of its chapter. A type by four characters goes before one by category. Among sets of equal length the declared
rules decide (the type that holds the principal procedure; the heavier type), and at last the key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .catalogue import Catalogue
from .combinations import RAW, Combinations
from .parameters import Grouping

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

NO_TYPE = "no_type"
"""The reason of a combination whose codes are sound, but for which the catalogue has no type."""
FOUND = ("number", "disease_type", "kind", "relative_weight")


def assigned(engine: TableEngine, found: Combinations, catalogue: Catalogue, grouping: Grouping) -> ir.Table:
    """Give each combination its type.

    Returns
    -------
    ibis table
        `RAW`, ``broad_group`` (category and treatment class), ``type_number`` (position in the catalogue),
        ``disease_type``, ``disease_type_kind``, ``relative_weight`` and ``reason`` (NULL where a type was
        found). Kept in the engine. Cost: some joins of distinct combinations with the catalogue; with
        ``subset``, combinations × types that share a diagnosis and a procedure.
    """
    import ibis

    sets, pools = lookups(catalogue)
    known = found.table.filter(found.table.reason.isnull())
    exact = engine.stage(engine.small_table(sets))
    steps = [_exact(known, exact, "diagnosis"), _exact(known, exact, "category")]
    if grouping.match == "subset":
        wanted = engine.small_table(_by_procedure(sets))
        steps.append(engine.stage(_subset(known, found.items, wanted, grouping)))
    pooled = engine.stage(engine.small_table(pools))
    for column in ("category", "chapter"):
        on = [known[column] == pooled.pool, known.treatment_class == pooled.treatment_class]
        steps.append(known.join(pooled, on).select(*RAW, *FOUND))
    broad = found.table.category + "/" + found.table.treatment_class
    joined = found.table.select(*RAW, "reason", broad_group=found.table.reason.isnull().ifelse(broad, None))
    for k, step in enumerate(steps):
        renamed = step.select(*RAW, **{f"{name}__{k}": step[name] for name in FOUND})
        joined = joined.left_join(renamed, RAW).drop(*[f"{name}_right" for name in RAW])
    best = {name: ibis.coalesce(*[joined[f"{name}__{k}"] for k in range(len(steps))]) for name in FOUND}
    reason = ibis.coalesce(joined.reason, best["number"].isnull().ifelse(NO_TYPE, None))
    return engine.stage(
        joined.select(
            *RAW,
            broad_group=joined.broad_group,
            type_number=best["number"],
            disease_type=best["disease_type"],
            disease_type_kind=best["kind"],
            relative_weight=best["relative_weight"],
            reason=reason,
        )
    )


def lookups(catalogue: Catalogue) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The catalogue as two tables to look up in: by diagnosis and set, and by pool and treatment class.

    A range of categories becomes one row for each category.
    """
    import pandas as pd

    sets, pools = [], []
    columns = ["disease_type", "kind", "relative_weight"]
    rows = catalogue.types[columns].itertuples(index=False)
    for number, (row, key) in enumerate(zip(rows, catalogue.keys(), strict=True)):
        if key.treatment_class:
            pools.append((key.diagnoses[0], key.treatment_class, number, *row))
            continue
        text, size = "+".join(key.procedures), len(key.procedures)
        sets += [(diagnosis, text, size, number, *row) for diagnosis in key.diagnoses]
    texts = dict.fromkeys(("code", "procedure_set", "pool", "treatment_class", "disease_type", "kind"), "str")
    numbers = dict.fromkeys(("size", "number", "relative_weight"), "int64")

    def frame(rows: list[tuple], *first: str) -> pd.DataFrame:
        names = [*first, "number", *columns]
        return pd.DataFrame(rows, columns=names).astype({n: {**texts, **numbers}[n] for n in names})

    return frame(sets, "code", "procedure_set", "size"), frame(pools, "pool", "treatment_class")


def _exact(known: ir.Table, exact: ir.Table, column: str) -> ir.Table:
    on = [known[column] == exact.code, known.procedure_set == exact.procedure_set]
    return known.join(exact, on).select(*RAW, *FOUND)


def _by_procedure(sets: pd.DataFrame) -> pd.DataFrame:
    """The sets that hold a procedure, one row for each of its procedures."""
    rows = sets[sets["size"] > 0].assign(procedure=lambda f: f["procedure_set"].str.split("+"))
    return rows.explode("procedure", ignore_index=True).astype({"procedure": "str"})


def _subset(known: ir.Table, items: ir.Table, wanted: ir.Table, grouping: Grouping) -> ir.Table:
    """For each combination with procedures, the best type whose procedures it all has."""
    import ibis

    had = known.join(items, "procedures_text")
    parts = []
    for column, fineness in (("diagnosis", 1), ("category", 0)):
        if fineness:
            on = [had[column] == wanted.code, had["code"] == wanted.procedure]
        else:
            differs = had.category != had.diagnosis
            on = [had[column] == wanted.code, had["code"] == wanted.procedure, differs]
        pairs = had.join(wanted, on, rname="type_{name}")
        shared = pairs.group_by(*RAW, "first_procedure", *FOUND, "size").agg(
            met=pairs.count(), has_first=(pairs.procedure == pairs.first_procedure).cast("int64").max()
        )
        whole = shared.filter(shared.met == shared["size"])
        parts.append(whole.mutate(fineness=ibis.literal(fineness)))
    both = ibis.union(*parts)
    rules = {"principal_procedure": both.has_first.desc(), "weight": both.relative_weight.desc()}
    order = [both["size"].desc(), both.fineness.desc(), *[rules[name] for name in grouping.ties]]
    place = ibis.row_number().over(group_by=list(RAW), order_by=[*order, both.disease_type])
    ranked = both.mutate(place=place)
    return ranked.filter(ranked.place == 0).select(*RAW, *FOUND)
