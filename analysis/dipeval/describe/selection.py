"""Which cases a description is of: the words of ``where``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from dipeval.describe.given import require_columns
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
    require_columns(cases, _needed(cases, where), "select cases")
    tests = [_test(cases, name, value, where) for name, value in where.items() if name != "any_diagnosis"]
    return cases.filter(reduce(and_, tests).fill_null(False)) if tests else cases


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
    parts = []
    for name, value in where.items():
        words = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        column = columns().get(name)
        parts.append(
            (
                f"{column.label_en if column else name}: {words}",
                f"{column.label_zh if column else name}：{words}",
            )
        )
    if not parts:
        return "", ""
    english, chinese = zip(*parts, strict=True)
    return f"Cases with {'; '.join(english)}.", f"纳入病例：{'；'.join(chinese)}。"
