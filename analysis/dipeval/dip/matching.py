"""Diagnoses and procedures of the cases → disease types of a catalogue.

In this order: the same diagnosis and the same set of procedures; where the payment file says ``subset``, the
type with the longest set of procedures that the case has all of; the comprehensive type of its category, then
of its chapter. A type by four characters goes before one by category. Among sets of equal length the declared
rules decide (the type that holds the principal procedure; the heavier type), and at last the key.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .catalogue import Catalogue
from .keys import CLASSES
from .parameters import Grouping
from .texts import RAW, Texts, pair

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

NO_TYPE = "no_type"
"""The reason of a case whose codes are sound, but for which the catalogue has no type."""
UNGROUPED = -1
"""Number of the type of cases that have none, while types are looked up."""
POOLS = tuple(f"pool_{k}" for k in range(len(CLASSES)))
"""Comprehensive types of a diagnosis, by treatment class."""


def assigned(
    engine: TableEngine, cases: ir.Table, texts: Texts, catalogue: Catalogue, grouping: Grouping
) -> ir.Table:
    """Give each case its type.

    Parameters
    ----------
    cases : ibis table
        From `texts.with_texts`.

    Returns
    -------
    ibis table
        Lazy: the cases without their texts, with ``broad_group`` (category and treatment class),
        ``type_number`` (position in the catalogue), ``disease_type``, ``disease_type_kind``,
        ``relative_weight`` and ``ungrouped_reason`` (NULL where a type was found). Cost: four joins with
        tables of distinct texts and of types; with ``subset``, a pass that finds the combinations without a
        type of their own, and combinations × types that share a diagnosis and a procedure.
    """
    import ibis

    sets, pools = lookups(catalogue)
    wanted = engine.small_table(sets)
    with_pools = replace(texts, diagnoses=engine.stage(_pooled(texts, engine.small_table(_wide(pools)))))
    known = engine.named(
        _numbered(with_pools.of(cases), _exact(engine, texts, wanted), "set_number", "exact")
    )
    steps = ["exact"]
    if grouping.match == "subset":
        best = _subset(engine, known, texts, sets, grouping)
        known = _numbered(known, best, "list_number", "subset")
        steps.append("subset")
    pool = ibis.cases(*[(known.class_rank == k, known[name]) for k, name in enumerate(POOLS)])
    number = ibis.coalesce(*[known[step] for step in steps], pool)
    number = known.reason.isnull().ifelse(ibis.coalesce(number, UNGROUPED), UNGROUPED)
    types = engine.small_table(_attributes(catalogue))
    joined = known.mutate(number=number).join(types, "number")
    treatment = ibis.cases(*[(joined.class_rank == k, name) for k, name in enumerate(CLASSES)])
    no_type = (joined.number == UNGROUPED).ifelse(NO_TYPE, None)
    kept = [name for name in cases.columns if name not in RAW]
    return engine.named(
        joined.select(
            *(*kept, "disease_type", "relative_weight", "disease_type_kind"),
            type_number=joined.number.nullif(UNGROUPED),
            broad_group=joined.reason.isnull().ifelse(joined.category + "/" + treatment, None),
            ungrouped_reason=ibis.coalesce(joined.reason, no_type),
        )
    )


def lookups(catalogue: Catalogue) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The catalogue as two tables to look up in: by diagnosis and set, and by pool and treatment class.

    A range of categories becomes one row for each category.
    """
    import pandas as pd

    sets, pools = [], []
    names, weights = (catalogue.types[name].tolist() for name in ("disease_type", "relative_weight"))
    for number, (name, weight, key) in enumerate(zip(names, weights, catalogue.keys(), strict=True)):
        if key.treatment_class:
            pools.append((key.diagnoses[0], key.treatment_class, number, weight))
            continue
        text, size = "+".join(key.procedures), len(key.procedures)
        sets += [(diagnosis, text, size, name, number, weight) for diagnosis in key.diagnoses]
    whole = {"number": "int64", "relative_weight": "int64"}
    of_sets = {"code": "str", "procedure_set": "str", "size": "int64", "disease_type": "str", **whole}
    of_pools = {"pool": "str", "treatment_class": "str", **whole}
    return (
        pd.DataFrame(sets, columns=list(of_sets)).astype(of_sets),
        pd.DataFrame(pools, columns=list(of_pools)).astype(of_pools),
    )


def _attributes(catalogue: Catalogue) -> pd.DataFrame:
    """What cases get of their type, by its number, with a row for those that have none.

    A join in which every number is found lets an engine look up by position.
    """
    import pandas as pd

    own = catalogue.types[["disease_type", "kind", "relative_weight"]]
    none = pd.DataFrame({"disease_type": [None], "kind": ["ungrouped"], "relative_weight": [None]})
    types = {"disease_type": "str", "kind": "str", "relative_weight": "Int64"}
    both = pd.concat([none.astype(types), own.astype(types)], ignore_index=True)
    numbers = range(UNGROUPED, len(own))
    return (
        both.rename(columns={"kind": "disease_type_kind"}).assign(number=numbers).astype({"number": "int64"})
    )


def _wide(pools: pd.DataFrame) -> pd.DataFrame:
    """One row a pool, with the type of each treatment class, or NULL."""
    wide = pools.pivot(index="pool", columns="treatment_class", values="number").reindex(
        columns=list(CLASSES)
    )
    return wide.set_axis(list(POOLS), axis=1).astype("Int64").reset_index().astype({"pool": "str"})


def _pooled(texts: Texts, pools: ir.Table) -> ir.Table:
    """Distinct diagnoses with their comprehensive types: of the category, and else of the chapter."""
    import ibis

    joined = texts.diagnoses
    for column in ("category", "chapter"):
        renamed = pools.rename({f"{column}_{name}": name for name in pools.columns})
        joined = joined.left_join(renamed, joined[column] == renamed[f"{column}_pool"])
    best = {name: ibis.coalesce(joined[f"category_{name}"], joined[f"chapter_{name}"]) for name in POOLS}
    return joined.select(*texts.diagnoses.columns, **best)


def _numbered(cases: ir.Table, found: ir.Table, by: str, name: str) -> ir.Table:
    """Cases with the type (`name`, or NULL) that `found` has for their diagnosis and the number `by`."""
    paired = cases.mutate(pair=pair(cases, by))
    return paired.left_join(found.rename({name: "number"}), "pair").drop("pair", "pair_right")


def _exact(engine: TableEngine, texts: Texts, wanted: ir.Table) -> ir.Table:
    """Types of the same diagnosis, or else category, and the same set: ``pair`` and ``number``."""
    import ibis

    codes = texts.diagnoses.select("diagnosis", "diagnosis_number", "category").distinct()
    numbers = texts.procedures.select("procedure_set", "set_number").distinct()
    there = engine.named(wanted.join(numbers, "procedure_set"))
    found = []
    for column in ("diagnosis", "category"):
        met = there.join(codes, there.code == codes[column])
        found.append(engine.named(met.select("number", pair=pair(met, "set_number"))))
    fine, coarse = found
    return engine.stage(ibis.union(fine, coarse.anti_join(fine, "pair")))


def _by_procedure(sets: pd.DataFrame) -> pd.DataFrame:
    """The sets that hold a procedure, one row for each of its procedures."""
    rows = sets[sets["size"] > 0].assign(procedure=lambda f: f["procedure_set"].str.split("+"))
    return rows.explode("procedure", ignore_index=True).astype({"procedure": "str"})


def _subset(
    engine: TableEngine, known: ir.Table, texts: Texts, sets: pd.DataFrame, grouping: Grouping
) -> ir.Table:
    """The best type whose procedures a case all has, for cases with procedures and without an exact type."""
    import ibis

    open_ = known.filter(known.reason.isnull() & known.exact.isnull() & (known.procedure_set != ""))
    columns = ["diagnosis_number", "list_number", "diagnosis", "category", "first_procedure"]
    had = engine.stage(open_.select(*columns).distinct()).join(texts.items, "list_number")
    wanted = engine.small_table(_by_procedure(sets))
    parts = []
    for column, fineness in (("diagnosis", 1), ("category", 0)):
        on = [had[column] == wanted.code, had["code"] == wanted.procedure]
        if not fineness:
            on.append(had.category != had.diagnosis)
        pairs = had.join(wanted, on, rname="type_{name}")
        keys = ("diagnosis_number", "list_number", "number", "disease_type", "relative_weight", "size")
        shared = pairs.group_by(*keys).agg(
            met=pairs.count(), has_first=(pairs.procedure == pairs.first_procedure).cast("int64").max()
        )
        whole = shared.filter(shared.met == shared["size"])
        parts.append(whole.mutate(fineness=ibis.literal(fineness)))
    both = ibis.union(*parts)
    rules = {"principal_procedure": both.has_first.desc(), "weight": both.relative_weight.desc()}
    order = [both["size"].desc(), both.fineness.desc(), *[rules[name] for name in grouping.ties]]
    place = ibis.row_number().over(
        group_by=["diagnosis_number", "list_number"], order_by=[*order, both.disease_type]
    )
    ranked = both.select("number", pair=pair(both, "list_number"), place=place)
    return engine.stage(ranked.filter(ranked.place == 0).drop("place"))
