"""Judging rows: the first rule that rejects each, the rules that mark it, and the count of it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from ..ledger import Entry, Ledger
from ..vocabulary import columns
from .rule import REJECT, Rule, Setting

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

KEPT = -1


@dataclass(frozen=True)
class Judged:
    """Rows with ``verdict``: the position of the rule that rejects them, or `KEPT`.

    Attributes
    ----------
    table : ibis table
    rules : tuple of Rule
        Those that the format has the columns for, in order.
    marks : mapping of str to ibis boolean
        Which rows the other rules mend or mark.
    off : tuple of Rule
        Rules that the city switched off.
    """

    table: ir.Table
    rules: tuple[Rule, ...]
    marks: dict[str, ir.BooleanValue]
    off: tuple[Rule, ...]


def judge(engine: TableEngine, table: ir.Table, rules: Sequence[Rule], setting: Setting) -> Judged:
    """Apply rules in order, as one lazy expression: no rule costs a pass of its own."""
    import ibis

    off = tuple(rule for rule in rules if not setting.is_on(rule))
    hits = {rule.name: rule.function(table, setting) for rule in rules if rule not in off}
    used = tuple(rule for rule in rules if hits.get(rule.name) is not None or rule in off)
    rejecting = [
        (hits[rule.name], k) for k, rule in enumerate(used) if rule.action == REJECT and rule not in off
    ]
    verdict = ibis.cases(*rejecting, else_=KEPT).cast("int64")
    # Flags are columns of their own, so that conditions are computed before rows are grouped.
    named = {
        f"mark__{rule.name}": hits[rule.name] for rule in used if rule.action != REJECT and rule not in off
    }
    judged = engine.named(table.mutate(verdict=verdict, **named))
    marks = {name.removeprefix("mark__"): judged[name] for name in named}
    return Judged(judged, used, marks, off)


def counts_of(engine: TableEngine, judged: Judged) -> pd.DataFrame:
    """Rows by hospital and verdict, with how many of them each marking rule marks: one pass."""
    import ibis

    table = judged.table
    hospital = ibis.ifelse(table.is_total_row, None, table.hospital)
    marked = {f"mark__{name}": mark.cast("int64").sum() for name, mark in judged.marks.items()}
    counted = table.group_by(counted_hospital=hospital, verdict=table.verdict).agg(
        rows=table.count(), **marked
    )
    return engine.to_frame(counted)


def ledger_of_counts(counts: pd.DataFrame, judged: Judged, part: str) -> Ledger:
    """Write down every rule: rows and hospitals before and after, rows marked.

    A rule marks only rows that no earlier rule rejected. Rows add up by construction, and
    :class:`Ledger` checks it.

    Parameters
    ----------
    counts : pandas.DataFrame
        From `counts_of`.
    part : str
        The city.
    """
    entries = []
    for k, rule in enumerate(judged.rules):
        before = counts[(counts["verdict"] == KEPT) | (counts["verdict"] >= k)]
        after = before[before["verdict"] != k]
        marked = int(after[f"mark__{rule.name}"].sum()) if rule.name in judged.marks else 0
        note = "switched off in the city file" if rule in judged.off else rule.label_en
        entries.append(
            Entry(
                "clean",
                part,
                rule.name,
                int(before["rows"].sum()),
                int(after["rows"].sum()),
                marked,
                int(before["counted_hospital"].nunique()),
                int(after["counted_hospital"].nunique()),
                note,
            )
        )
    return Ledger(tuple(entries))


def rejected(judged: Judged) -> ir.Table:
    """The rejected rows: place, rule and evidence, nothing that identifies a person."""
    import ibis

    table = judged.table.filter(judged.table.verdict != KEPT)
    positions = range(len(judged.rules))
    rule = ibis.cases(*[(table.verdict == k, judged.rules[k].name) for k in positions])
    evidence = ibis.cases(*[(table.verdict == k, _evidence(table, judged.rules[k])) for k in positions])
    return table.select("source_file", "source_row", rule=rule, evidence=evidence)


def _evidence(table: ir.Table, rule: Rule) -> ir.StringValue:
    """``name=value`` of the columns that the rule shows; money in minor units."""
    import ibis

    shown = []
    for name in rule.shows:
        if name in table.columns:
            unit = " minor units" if columns()[name].kind == "money" else ""
            value = table[name].cast("string") + unit
            shown.append(ibis.literal(f"{name}=") + value.fill_null("missing"))
    return reduce(lambda a, b: a + "; " + b, shown) if shown else ibis.literal("")
