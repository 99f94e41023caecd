"""Distinct principal diagnoses and lists of procedures of the cases, with what grouping needs to know of each.

Codes are read here and nowhere else: once for each distinct text, not once for each case. Ten million cases
have some thousand texts of diagnoses and some ten thousand lists of procedures; cases meet each of the two
small tables by one join, so that no table of their far more numerous combinations is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from .code_lists import chapter_expression, procedure_classes, with_class_rank
from .codes import category_expression, diagnosis_expression, procedure_expression
from .parameters import Grouping

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

RAW = ("diagnosis_text", "procedures_text")
STRIDE = 2**31
"""More than there are distinct texts: so two numbers are one, and cases meet by whole numbers."""
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
    if len(listed) == 1:
        return stays[listed[0]].fill_null("")
    return ibis.coalesce(*[stays[name].nullif("") for name in listed], "")


def with_texts(stays: ir.Table) -> ir.Table:
    """Stays with their two texts, never NULL: an empty text says that nothing is coded."""
    return stays.mutate(
        diagnosis_text=stays.principal_diagnosis.fill_null(""), procedures_text=procedures_text(stays)
    )


def pair(cases: ir.Table, by: str) -> ir.IntegerValue:
    """The diagnosis and another number of a text as one whole number."""
    return cases.diagnosis_number * STRIDE + cases[by]


@dataclass(frozen=True)
class Texts:
    """Distinct texts, kept in the engine.

    Attributes
    ----------
    diagnoses : ibis table
        ``diagnosis_text``; ``diagnosis`` (four characters), ``diagnosis_number`` (its place among them),
        ``category``, ``chapter`` and ``diagnosis_reason`` (one of `REASONS`, or NULL).
    procedures : ibis table
        ``procedures_text``, ``list_number`` (its place among them); ``procedure_set`` (comparable codes in
        order, joined by ``+``), ``set_number`` (its place among the sets), ``first_procedure``,
        ``class_rank`` (of the treatment class in `keys.CLASSES`) and ``procedures_reason``.
    items : ibis table
        ``list_number`` and ``code``, one row for each comparable procedure that counts.
    """

    diagnoses: ir.Table
    procedures: ir.Table
    items: ir.Table

    def of(self, cases: ir.Table) -> ir.Table:
        """Cases from `with_texts` with what their texts say, and ``reason``, why they lead to no type."""
        import ibis

        joined = cases.join(self.diagnoses, RAW[0]).join(self.procedures, RAW[1])
        reason = ibis.coalesce(joined.diagnosis_reason, joined.procedures_reason)
        return joined.mutate(reason=reason).drop("diagnosis_reason", "procedures_reason")


def read_texts(
    engine: TableEngine,
    cases: ir.Table,
    grouping: Grouping,
    classes: Mapping[str, str] | None = None,
) -> Texts:
    """Read the codes of all distinct texts.

    Parameters
    ----------
    cases : ibis table
        From `with_texts`.
    classes : mapping of str to str, optional
        Treatment class by the beginning of a procedure; by default the list of the package.

    Returns
    -------
    Texts
        Cost: one pass over each of the two texts, then work on distinct texts only.
    """
    procedures, items = _procedures(engine, cases, grouping, classes or procedure_classes())
    return Texts(_diagnoses(engine, cases, grouping), procedures, items)


def _diagnoses(engine: TableEngine, cases: ir.Table, grouping: Grouping) -> ir.Table:
    """What each distinct text of a diagnosis says."""
    import ibis

    texts = engine.stage(cases.select("diagnosis_text").distinct())
    read = texts.mutate(
        diagnosis=diagnosis_expression(texts.diagnosis_text),
        category=category_expression(texts.diagnosis_text),
    )
    read = engine.named(read.mutate(chapter=chapter_expression(read.category)))
    held = (
        read.diagnosis_text.strip() == "",
        (read.diagnosis == "") | read.chapter.isnull(),
        starts_with_any(read.diagnosis, grouping.ungroupable_diagnoses),
    )
    reason = ibis.cases(*zip(held, REASONS, strict=False), else_=None)
    number = ibis.dense_rank().over(order_by=read.diagnosis)
    return engine.stage(read.mutate(diagnosis_reason=reason, diagnosis_number=number.cast("int64")))


def _procedures(
    engine: TableEngine, cases: ir.Table, grouping: Grouping, classes: Mapping[str, str]
) -> tuple[ir.Table, ir.Table]:
    """What each distinct list of procedures says, and its procedures that count."""
    import ibis

    texts = cases.select("procedures_text").distinct()
    place = ibis.row_number().over(order_by=texts.procedures_text).cast("int64")
    lists = engine.stage(texts.mutate(list_number=place))
    codes = engine.named(_codes(engine, lists, grouping, classes))
    first = codes.counts & (codes.written == codes["first"])
    said = engine.named(
        codes.group_by("list_number").agg(
            procedure_set=codes.code.collect(where=codes.counts, distinct=True).sort().join("+"),
            class_rank=codes.rank.max(where=codes.counts),
            first_procedure=codes.code.max(where=first),
            bad=codes.bad.cast("int64").max(),
            refused=codes.refused.cast("int64").max(),
        )
    )
    joined = lists.left_join(said, "list_number").drop("list_number_right")
    held = (joined.bad == 1, joined.refused == 1)
    read = engine.named(
        joined.select(
            *("procedures_text", "list_number"),
            procedure_set=joined.procedure_set.fill_null(""),
            first_procedure=joined.first_procedure.fill_null(""),
            class_rank=joined.class_rank.fill_null(0),
            procedures_reason=ibis.cases(*zip(held, REASONS[3:], strict=True), else_=None),
        )
    )
    number = ibis.dense_rank().over(order_by=read.procedure_set).cast("int64")
    items = codes.filter(codes.counts).select("list_number", "code").distinct()
    return engine.stage(read.mutate(set_number=number)), engine.named(items)


def _codes(engine: TableEngine, lists: ir.Table, grouping: Grouping, classes: Mapping[str, str]) -> ir.Table:
    """Each procedure of each list: its comparable code, whether it is the first, and whether it counts."""
    written = lists.procedures_text.split(";")
    kept = written[:1] if grouping.procedures == "principal" else written
    # Places would be found by a join of each list with its own numbers; the first text is all that is asked.
    parts = lists.select("list_number", first=written[0], written=kept.unnest())
    items = engine.stage(parts.filter(parts.written.strip() != ""))
    read = engine.stage(_read(engine, items.select("written").distinct(), grouping, classes))
    return items.join(read, "written")


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
