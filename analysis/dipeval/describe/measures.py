"""Numbers of a case (costs, days) as whole numbers, ready to be summed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dipeval.describe.case_variable import CONTINUOUS, CaseVariable
from dipeval.errors import DataError, Problem, nearest
from dipeval.panel.aggregation import integer_value
from dipeval.panel.case_words import DEATHS
from dipeval.vocabulary import NANO, columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

MEASURE, LOGARITHM = "measure_", "log_"
DECIMALS = {"money": 2, "number": 6}
NUMBERS = ("money", "days", "count", "number")
LOG_DECIMALS = 9


def with_measures(
    cases: ir.Table, names: Sequence[str], flags: bool = False
) -> tuple[ir.Table, tuple[CaseVariable, ...]]:
    """Add each named column as an integer in its smallest unit, ``measure_<name>``.

    Parameters
    ----------
    cases : ibis table
    names : sequence of str
        Numeric columns of the vocabulary: amounts, days, counts, numbers.
    flags : bool
        Whether yes-or-no columns may be among them, as 0 and 1 with the unit ``flag``; `deaths` is made of
        the disposition where no column says it.

    Returns
    -------
    cases : ibis table
    measures : tuple of CaseVariable
        Continuous, with labels and unit (``money``, ``days`` …); `name` is the new column. No pass.

    Raises
    ------
    DataError
        With all problems: names that the cases lack, or that are no numbers, or named twice.
    """
    kinds = (*NUMBERS, "flag") if flags else NUMBERS
    problems = [p for name in dict.fromkeys(names) for p in _problems(cases, name, kinds)]
    for name in dict.fromkeys(n for n in names if list(names).count(n) > 1):
        problems.append(Problem(f"outcome {name}", "is named twice", "name it once"))
    if problems:
        raise DataError("describe cases", problems)
    made, measures = {}, []
    for name in names:
        column = columns()[name]
        made[MEASURE + name] = integer_value(cases, column)
        places = DECIMALS.get(column.kind, 0)
        labels = {"label_en": column.label_en, "label_zh": column.label_zh, "unit": column.kind}
        measures.append(CaseVariable(MEASURE + name, CONTINUOUS, decimals=places, **labels))
    return cases.mutate(**made), tuple(measures)


def with_logarithms(
    cases: ir.Table, measures: Sequence[CaseVariable]
) -> tuple[ir.Table, tuple[CaseVariable, ...]]:
    """Add the natural logarithm of each measure in major units, as an integer of 1e-9; none of 0 or below."""
    import ibis

    made, logs = {}, []
    for measure in measures:
        value = cases[measure.name]
        positive = ibis.ifelse(value > 0, value, None).cast("float64") / float(10**measure.decimals)
        made[LOGARITHM + measure.name] = (positive.ln() * NANO).round().cast("int64")
        logs.append(CaseVariable(LOGARITHM + measure.name, CONTINUOUS, decimals=LOG_DECIMALS))
    return cases.mutate(**made), tuple(logs)


def plain_name(measure: CaseVariable) -> str:
    """The column that a measure is of."""
    return measure.name.removeprefix(MEASURE)


def _problems(cases: ir.Table, name: str, kinds: Sequence[str]) -> list[Problem]:
    present = {*cases.columns, *([DEATHS] if "disposition" in cases.columns else [])}
    known = [n for n, c in columns().items() if c.kind in kinds and n in present]
    if name not in columns() or name not in present:
        what = "is no column that all cities of the study have"
        return [Problem(f"outcome {name}", what, nearest(name, known))]
    if columns()[name].kind not in kinds:
        what = (
            f"holds {columns()[name].kind}, not {'numbers or yes and no' if 'flag' in kinds else 'numbers'}"
        )
        return [Problem(f"outcome {name}", what, nearest(name, known))]
    return []
