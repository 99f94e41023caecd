"""Distinct (principal diagnosis, procedures) of the cases, with what grouping needs to know of each.

Codes are read here and nowhere else: once for each distinct text, not once for each case. Ten million cases
have some hundred thousand combinations, so the reading of codes costs little, and cases are met again by one
join on the two texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from .code_lists import chapter_expression, procedure_classes, with_class_rank
from .codes import category_expression, diagnosis_expression, procedure_expression
from .keys import CLASSES
from .parameters import Grouping

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

RAW = ("diagnosis_text", "procedures_text")
REASONS = (
    "no_diagnosis",
    "unparsable_diagnosis",
    "ungroupable_diagnosis",
    "unparsable_procedure",
    "ungroupable_procedure",
)
"""Why a combination leads to no type before any type is looked at, in this order."""


def procedures_text(stays: ir.Table) -> ir.StringValue:
    """All procedures of a stay as they were written, or the principal one where only that is known."""
    import ibis

    listed = [name for name in ("procedures", "principal_procedure") if name in stays.columns]
    return ibis.coalesce(*[stays[name].nullif("") for name in listed], "")


def with_texts(stays: ir.Table) -> ir.Table:
    """Stays with their two texts, never NULL: an empty text says that nothing is coded."""
    return stays.mutate(
        diagnosis_text=stays.principal_diagnosis.fill_null(""), procedures_text=procedures_text(stays)
    )


@dataclass(frozen=True)
class Combinations:
    """Distinct combinations, kept in the engine.

    Attributes
    ----------
    table : ibis table
        ``diagnosis_text``, ``procedures_text``; ``diagnosis`` (four characters), ``category``, ``chapter``,
        ``procedure_set`` (comparable codes in order, joined by ``+``), ``first_procedure``,
        ``treatment_class`` and ``reason`` (one of `REASONS`, or NULL).
    items : ibis table
        ``procedures_text`` and ``code``, one row for each comparable procedure that counts.
    """

    table: ir.Table
    items: ir.Table


def combinations(
    engine: TableEngine,
    texts: ir.Table,
    grouping: Grouping,
    classes: Mapping[str, str] | None = None,
) -> Combinations:
    """Read the codes of all distinct combinations.

    Parameters
    ----------
    texts : ibis table
        With the columns of `RAW`, repeated or not.
    classes : mapping of str to str, optional
        Treatment class by the beginning of a procedure; by default the list of the package.

    Returns
    -------
    Combinations
        Cost: one pass over the texts, then work on distinct texts only.
    """
    import ibis

    pairs = engine.stage(texts.select(*RAW).distinct())
    codes = engine.named(_codes(engine, pairs, grouping, classes or procedure_classes()))
    counted = codes.filter(codes.counts)
    items = counted.select("procedures_text", "code").distinct()
    sets = counted.group_by("procedures_text").agg(
        procedure_set=counted.code.collect(distinct=True).sort().join("+"), rank=counted.rank.max()
    )
    first = counted.filter(counted.position == 0).select("procedures_text", first_procedure="code")
    faults = codes.group_by("procedures_text").agg(
        bad=codes.bad.cast("int64").max(), refused=codes.refused.cast("int64").max()
    )
    joined = pairs
    for part in (sets, first, faults):
        joined = joined.left_join(part, "procedures_text").drop("procedures_text_right")
    table = engine.named(
        joined.left_join(_diagnoses(engine, pairs), "diagnosis_text").drop("diagnosis_text_right")
    )
    rank = table.rank.fill_null(0)
    reason = _reason(table, grouping)
    treatment_class = ibis.cases(*[(rank == k, name) for k, name in enumerate(CLASSES)])
    filled = {name: table[name].fill_null("") for name in ("procedure_set", "first_procedure")}
    known = table.mutate(**filled, treatment_class=treatment_class, reason=reason)
    return Combinations(engine.stage(known.drop("rank", "bad", "refused")), engine.stage(items))


def _diagnoses(engine: TableEngine, pairs: ir.Table) -> ir.Table:
    """What each distinct text of a diagnosis says."""
    texts = pairs.select("diagnosis_text").distinct()
    read = texts.mutate(
        diagnosis=diagnosis_expression(texts.diagnosis_text),
        category=category_expression(texts.diagnosis_text),
    )
    return engine.stage(read.mutate(chapter=chapter_expression(read.category)))


def _codes(engine: TableEngine, pairs: ir.Table, grouping: Grouping, classes: Mapping[str, str]) -> ir.Table:
    """Each procedure of each text: its comparable code, its place, and whether it counts."""
    lists = pairs.select("procedures_text").distinct()
    parts = lists.mutate(written=lists.procedures_text.split(";"))
    if grouping.procedures == "principal":
        parts = parts.mutate(written=parts.written[:1])
    unnested = parts.unnest("written", offset="position", keep_empty=False)
    items = engine.stage(
        unnested.filter(unnested.written.strip() != "").mutate(position=unnested.position.cast("int64"))
    )
    return items.join(
        engine.stage(_read(engine, items.select("written").distinct(), grouping, classes)), "written"
    )


def _read(engine: TableEngine, codes: ir.Table, grouping: Grouping, classes: Mapping[str, str]) -> ir.Table:
    """What each distinct procedure, as it was written, says."""
    read = engine.named(codes.mutate(code=procedure_expression(codes.written)))
    ranked = with_class_rank(engine, read, classes)
    bad = (ranked.code == "") | ranked.rank.isnull()
    return ranked.mutate(
        bad=bad,
        refused=starts_with_any(ranked.code, grouping.ungroupable_procedures),
        counts=~bad & ~starts_with_any(ranked.code, grouping.ignored_procedures),
    )


def starts_with_any(text: ir.StringValue, beginnings: tuple[str, ...]) -> ir.BooleanValue:
    """Whether a text starts with one of `beginnings`."""
    import ibis

    return reduce(lambda a, b: a | b, [text.startswith(word) for word in beginnings], ibis.literal(False))


def _reason(table: ir.Table, grouping: Grouping) -> ir.StringValue:
    import ibis

    held = (
        table.diagnosis_text.strip() == "",
        (table.diagnosis == "") | table.chapter.isnull(),
        starts_with_any(table.diagnosis, grouping.ungroupable_diagnoses),
        table.bad.fill_null(0) == 1,
        table.refused.fill_null(0) == 1,
    )
    return ibis.cases(*zip(held, REASONS, strict=True), else_=None)
