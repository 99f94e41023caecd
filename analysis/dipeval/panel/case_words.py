"""What a case-level model asks of a stay: its outcome as an integer, its covariates as codes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..vocabulary import Outcome, columns, outcomes, patient_words
from .aggregation import MICRO, integer_value

if TYPE_CHECKING:
    import ibis.expr.types as ir

LOG_UNITS = 100_000_000_000
"""Logarithms of cases are integers of 1e-11: finer than those of the panel, since a cluster adds up many."""
HALF_BITS = 20
"""Squares are summed of the upper and the lower half of a number apart: each sum is an exact int64, for
numbers below 2^40 up to 8 million cases a cell; the engine stops at more."""
CATEGORY = 3
DEATHS = "deaths"


@dataclass(frozen=True)
class CaseOutcome:
    """An outcome of the vocabulary for one case: ``integer × scale + shift``, NaN where the case has none."""

    name: str
    column: str
    is_log: bool
    scale: float
    shift: float = 0.0


def why_not_of_cases(name: str) -> str:
    """Why an outcome is no mean over cases; empty when it is one."""
    found = outcomes().get(name)
    if found is None:
        return "is no outcome"
    if found.kind == "mean_log" or _is_mean(found):
        return ""
    return f"is a {found.kind.replace('_', ' ')} of sums over a hospital-period and no mean over cases"


def _is_mean(outcome: Outcome) -> bool:
    return outcome.kind == "ratio" and outcome.denominator in ("discharges", f"n_{outcome.numerator}")


def case_outcome(name: str, minor_per_unit: int = 100) -> CaseOutcome:
    """The outcome `name` for one case; its mean over a hospital-period is that of `outcome_values`.

    Raises
    ------
    ValueError
        If it is no mean over cases.
    """
    why = why_not_of_cases(name)
    if why:
        raise ValueError(f"'{name}' {why}")
    column = outcomes()[name].numerator
    if outcomes()[name].kind == "mean_log":
        return CaseOutcome(name, column, True, 1 / LOG_UNITS, -math.log(minor_per_unit))
    scales = {"money": 1 / minor_per_unit, "number": 1 / MICRO}
    return CaseOutcome(name, column, False, scales.get(columns()[column].kind, 1.0))


def case_integer(stays: ir.Table, outcome: CaseOutcome) -> ir.IntegerValue:
    """The outcome of each stay as an integer; NULL where it has none (no logarithm of zero)."""
    value = integer_value(stays, columns()[outcome.column])
    if not outcome.is_log:
        return value
    return (value.nullif(0).ln() * LOG_UNITS).round().cast("int64")


def square_sum(value: ir.IntegerValue) -> ir.FloatingValue:
    """Sum of squares of an integer below 2^40: exact integers, made one float at the very end."""
    high, low = value >> HALF_BITS, value & (2**HALF_BITS - 1)
    parts = [part.sum().cast("float64") for part in (high * high, high * low, low * low)]
    return parts[0] * 4.0**HALF_BITS + parts[1] * 2.0 ** (HALF_BITS + 1) + parts[2]


def needed_column(name: str) -> str:
    """The column of the stays that a covariate is made of."""
    made = patient_words().get(name)
    return name if made is None else made.needs


def closed_levels(name: str, age_limits: Sequence[int] = ()) -> tuple[str, ...]:
    """Levels of a covariate that are known beforehand; empty for one whose words are in the data."""
    made = patient_words().get(name)
    if made is None:
        column = columns()[name]
        return ("no", "yes") if column.kind == "flag" else column.values
    if name == "surgery":
        return ("no", "yes")
    limits = _limits(name, age_limits)
    lows = (0, *limits)
    spans = [
        f"{low}-{high - 1}" if high - 1 > low else f"{low}" for low, high in zip(lows, limits, strict=False)
    ]
    return (*spans, f"{limits[-1]}+") if limits else ()


def closed_code(stays: ir.Table, name: str, age_limits: Sequence[int] = ()) -> ir.IntegerValue:
    """Position of each stay's level in `closed_levels`; NULL where it is missing."""
    import ibis

    made = patient_words().get(name)
    value = stays[needed_column(name)]
    if made is None and columns()[name].kind == "flag":
        return value.cast("int64")
    if made is None:
        return value.cases(*((word, k) for k, word in enumerate(columns()[name].values)))
    if name == "surgery":
        return value.notnull().cast("int64")
    number = _counted(value) if name == "comorbidity" else value
    limits = _limits(name, age_limits)
    steps = [(number < limit, k) for k, limit in enumerate(limits)]
    return ibis.cases((number.isnull(), None), *steps, else_=len(limits))


def open_word(stays: ir.Table, name: str) -> ir.StringValue:
    """The word of each stay for a covariate whose levels are in the data."""
    value = stays[needed_column(name)].cast("string")
    return value.substr(0, CATEGORY).upper() if name == "diagnosis_category" else value


def _counted(codes: ir.StringValue) -> ir.IntegerValue:
    """Codes joined by semicolons; none where the cell is empty."""
    import ibis

    given = codes.fill_null("")
    return ibis.ifelse(given == "", 0, given.length() - given.replace(";", "").length() + 1)


def _limits(name: str, age_limits: Sequence[int]) -> tuple[int, ...]:
    return tuple(age_limits) if name == "age_group" and age_limits else patient_words()[name].limits
