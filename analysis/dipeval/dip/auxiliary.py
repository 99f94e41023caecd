"""Coefficients of the auxiliary catalogue (辅助目录): age, severity, tumour, comorbidity.

What holds of a case is found as a lazy expression, one small number a dimension; the product of its
coefficients is computed once for each combination of them, exactly, and rounded half up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from ..errors import DataError, Problem, nearest
from .codes import diagnosis_expression
from .comorbidity import comorbidity_index
from .exact import scaled
from .parameters import Auxiliary, Band
from .stays import require

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

METASTASIS = "metastasis"
"""The grade that the metastasis rule gives: a secondary diagnosis of a secondary tumour (C77-C80) of another
category than the principal one, and more than three days of stay."""
SECONDARY_TUMOUR = r"(^|;)\s*(C7[789]|C80)"


@dataclass(frozen=True)
class Dimension:
    """One dimension: its coefficients, 1 first for cases that none of them fits, and each case's position."""

    coefficients: tuple[Fraction, ...]
    position: ir.IntegerValue


def with_auxiliary(engine: TableEngine, cases: ir.Table, auxiliary: Auxiliary) -> ir.Table:
    """Cases with ``auxiliary_coefficient``, in units of 10^-`auxiliary.decimals`.

    Raises
    ------
    DataError
        If a column is missing that a declared coefficient needs, or a grade has no coefficient.
    """
    import ibis

    one = 10**auxiliary.decimals
    if not auxiliary.adjusts:
        return cases.mutate(auxiliary_coefficient=ibis.literal(one, "int64"))
    needed = {
        "age": auxiliary.ages,
        "secondary_diagnoses": auxiliary.comorbidity,
        "severity_grade": auxiliary.severity,
        "tumour_grade": auxiliary.tumour if auxiliary.tumour_by == "column" else (),
    }
    require(cases, [name for name, declared in needed.items() if declared], "the auxiliary catalogue")
    _check_grades(engine, cases, auxiliary)
    if auxiliary.comorbidity:
        index = comorbidity_index(engine, cases)
        joined = cases.left_join(index, "secondary_diagnoses").drop("secondary_diagnoses_right")
        cases = joined.mutate(comorbidity_index=joined.comorbidity_index.fill_null(0))
    dimensions = _dimensions(cases, auxiliary)
    code = ibis.literal(0, "int64")
    for dimension in dimensions:
        code = code * len(dimension.coefficients) + dimension.position
    coded = cases.mutate(auxiliary_code=code)
    joined = coded.join(engine.small_table(_products(dimensions, auxiliary)), "auxiliary_code")
    return joined.drop("auxiliary_code")


def _dimensions(cases: ir.Table, auxiliary: Auxiliary) -> list[Dimension]:
    made = []
    if auxiliary.ages:
        made.append(_banded(cases.age, auxiliary.ages))
    if auxiliary.comorbidity:
        made.append(_banded(cases.comorbidity_index, auxiliary.comorbidity))
    if auxiliary.severity:
        made.append(_graded(cases.severity_grade, auxiliary.severity))
    if auxiliary.tumour:
        by_column = auxiliary.tumour_by == "column"
        made.append(_graded(cases.tumour_grade if by_column else metastasis_grade(cases), auxiliary.tumour))
    return made


def _banded(value: ir.NumericValue, bands: Sequence[Band]) -> Dimension:
    import ibis

    held = []
    for k, band in enumerate(bands, 1):
        inside = value >= float(band.start)
        held.append((inside & (value < float(band.end)) if band.end is not None else inside, k))
    position = ibis.cases(*held, else_=0).cast("int64")
    return Dimension((Fraction(1), *(Fraction(band.coefficient) for band in bands)), position)


def _graded(value: ir.StringValue, grades: dict[str, Decimal]) -> Dimension:
    import ibis

    position = ibis.cases(*[(value == grade, k) for k, grade in enumerate(grades, 1)], else_=0)
    return Dimension((Fraction(1), *map(Fraction, grades.values())), position.cast("int64"))


def metastasis_grade(cases: ir.Table) -> ir.StringValue:
    """`METASTASIS` where the rule of a public implementation of the specification holds, else NULL."""
    require(cases, ("secondary_diagnoses", "care_days"), "the metastasis rule")
    category = diagnosis_expression(cases.principal_diagnosis.fill_null("")).substr(0, 3)
    other = cases.secondary_diagnoses.fill_null("").upper().replace(" ", "")
    # The principal category itself is taken out first: what is left is of another category.
    secondary = (
        (";" + other).replace(";" + (category == "").ifelse("?", category), ";").re_search(SECONDARY_TUMOUR)
    )
    return (secondary & (cases.care_days > 3)).fill_null(False).ifelse(METASTASIS, None)


def _products(dimensions: Sequence[Dimension], auxiliary: Auxiliary):
    """Every combination of coefficients with its product (or its largest), rounded half up."""
    import pandas as pd

    rows = []
    for code, chosen in enumerate(product(*(d.coefficients for d in dimensions))):
        value = Fraction(1)
        for coefficient in chosen:
            value *= coefficient
        if auxiliary.combine == "highest":
            adjusted = [c for c in chosen if c != 1]
            value = max(adjusted) if adjusted else Fraction(1)
        rows.append((code, scaled(value, auxiliary.decimals)))
    return pd.DataFrame(rows, columns=["auxiliary_code", "auxiliary_coefficient"], dtype="int64")


def _check_grades(engine: TableEngine, cases: ir.Table, auxiliary: Auxiliary) -> None:
    """A grade without a coefficient is not read as 1: it stops the run."""
    problems = []
    columns = {"severity_grade": auxiliary.severity}
    if auxiliary.tumour_by == "column":
        columns["tumour_grade"] = auxiliary.tumour
    for name, grades in columns.items():
        if not grades:
            continue
        counted = cases.filter(cases[name].notnull()).group_by(name).agg(rows=lambda t: t.count())
        found = engine.to_frame(counted, order_by=[name])
        unknown = found[~found[name].isin(list(grades))]
        if len(unknown):
            kind = name.removesuffix("_grade")
            near = nearest(str(unknown[name].iloc[0]), grades)
            todo = f"give each a coefficient in [auxiliary.{kind}]; {near}"
            shown = tuple(str(g) for g in unknown[name][:5])
            what = "has grades without a coefficient"
            problems.append(
                Problem(f"discharges, column {name}", what, todo, shown, int(unknown["rows"].sum()))
            )
    if problems:
        raise DataError("adjust by the auxiliary catalogue", problems)
