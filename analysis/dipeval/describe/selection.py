"""Which cases a description is of: the words of ``where``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from dipeval.describe.given import require_columns
from dipeval.describe.labels import label_of
from dipeval.schema.periods import first_day, last_day
from dipeval.study.descriptions import CODES
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

MINOR = 100
"""Amounts are int64 minor units; a study file has major units."""
NEEDS = {"diagnosis": "principal_diagnosis", "procedure": "procedures", "name": "disease_type_name"}
PROCEDURES = ("procedures", "principal_procedure")
SEPARATOR = ";"
SPANS = {"start": ("discharged from", "出院时间自"), "end": ("discharged to", "出院时间至")}
CODE_LABELS = {
    "diagnosis": ("diagnosis", "诊断"),
    "procedure": ("procedure", "手术及操作"),
    "name": ("disease type named", "病种名称含"),
}


def selected(cases: ir.Table, where: Mapping[str, object]) -> ir.Table:
    """Take the cases that meet every condition.

    Parameters
    ----------
    cases : ibis table
        From `given.cases_of`.
    where : mapping
        As `study.descriptions` reads it. A condition on a value that is missing is not met. Spans hold
        their first number and not their last. Codes are compared by their beginning, without regard to
        case; a list of several codes meets the condition when one of them does.

    Raises
    ------
    DataError
        With all columns that the cases lack.
    """
    return cases.filter(meets(cases, where)) if where else cases


def meets(cases: ir.Table, where: Mapping[str, object]) -> ir.BooleanValue:
    """Whether each case meets every condition; never NULL. Parameters and errors as those of :func:`selected`."""
    import ibis

    require_columns(cases, _needed(cases, where), "select cases")
    tests = [_test(cases, name, value, where) for name, value in where.items() if name != "any_diagnosis"]
    return reduce(and_, tests).fill_null(False) if tests else ibis.literal(True)


def _needed(cases: ir.Table, where: Mapping[str, object]) -> list[str]:
    names = []
    for name in where:
        if name == "procedure":
            names.append(next((c for c in PROCEDURES if c in cases.columns), PROCEDURES[1]))
        elif name in ("start", "end"):
            names.append("discharge_date")
        elif name == "any_diagnosis":
            names.append("secondary_diagnoses")
        else:
            names.append(NEEDS.get(name, name))
    return names


def _test(cases: ir.Table, name: str, value: object, where: Mapping[str, object]) -> ir.BooleanValue:
    if name == "start":
        return cases.discharge_date >= first_day(str(value))
    if name == "end":
        return cases.discharge_date <= last_day(str(value))
    if name in CODES:
        return _coded(cases, name, value, bool(where.get("any_diagnosis")))
    kind = columns()[name].kind
    if kind == "flag":
        return cases[name] == int(bool(value)) if cases[name].type().is_integer() else cases[name] == value
    if kind in ("text", "code"):
        return cases[name].isin(list(value))
    low, high = (float(x) * MINOR if kind == "money" else float(x) for x in value)
    return (cases[name] >= low) & (cases[name] < high)


def _coded(cases: ir.Table, name: str, words: Sequence[str], any_diagnosis: bool) -> ir.BooleanValue:
    if name == "name":
        return reduce(or_, [cases.disease_type_name.contains(word) for word in words])
    if name == "procedure":
        column = next(c for c in PROCEDURES if c in cases.columns)
        return _begins(cases[column], words)
    found = _begins(cases.principal_diagnosis, words)
    return found | _begins(cases.secondary_diagnoses, words).fill_null(False) if any_diagnosis else found


def _begins(codes: ir.StringValue, words: Sequence[str]) -> ir.BooleanValue:
    """Whether one of the codes, joined by semicolons, begins with one of the words."""
    joined = SEPARATOR + codes.upper()
    return reduce(or_, [joined.contains(SEPARATOR + word.upper()) for word in words])


def told(where: Mapping[str, object]) -> tuple[str, str]:
    """The selection in words, for a note; empty where all cases are taken."""
    parts = [_words(name, value) for name, value in where.items() if name != "any_diagnosis"]
    if not parts:
        return "", ""
    english, chinese = zip(*parts, strict=True)
    return f"Cases with {'; '.join(english)}.", f"纳入病例：{'；'.join(chinese)}。"


def _words(name: str, value: object) -> tuple[str, str]:
    """One condition in words."""
    if name in SPANS:
        return f"{SPANS[name][0]} {value}", f"{SPANS[name][1]}{value}"
    column = columns().get(name)
    english, chinese = (column.label_en.lower(), column.label_zh) if column else CODE_LABELS[name]
    if isinstance(value, bool):
        yes = ("yes", "是") if value else ("no", "否")
        return f"{english}: {yes[0]}", f"{chinese}：{yes[1]}"
    if column is not None and column.kind not in ("text", "code"):
        low, high = (f"{x:g}" for x in value)
        return f"{english} from {low} to below {high}", f"{chinese}≥{low}且<{high}"
    words = [label_of(str(word)) for word in value]
    return f"{english}: {', '.join(w[0] for w in words)}", f"{chinese}：{'、'.join(w[1] for w in words)}"
