"""One number a case: its hospital, period, covariates and weight, as lazy expressions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..schema.periods import first_day
from .case_words import CaseOutcome, case_integer, closed_code, closed_levels, open_word, square_sum

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

KEY = "cell"
HOSPITAL, PERIOD, WEIGHT = "hospital", "period", "weight"
_PER_YEAR = {"month": 12, "quarter": 4, "year": 1}


@dataclass(frozen=True)
class Plan:
    """What is asked, and the levels behind the codes; the radix of each code is one more, for missing."""

    outcomes: tuple[CaseOutcome, ...]
    covariates: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    periods: tuple[str, ...]
    frequency: str
    age_limits: tuple[int, ...]
    weights: str
    weight_values: np.ndarray

    def radices(self, hospitals: int) -> dict[str, int]:
        """Sizes of the parts of a key, the first being the slowest."""
        sizes = {HOSPITAL: hospitals, PERIOD: len(self.periods)}
        # the finest covariate last: neighbours then agree in all others (see `equal_runs`)
        by_size = sorted(self.covariates, key=lambda name: len(self.levels[name]))
        sizes |= {name: len(self.levels[name]) + 1 for name in by_size}
        return sizes | ({WEIGHT: len(self.weight_values)} if self.weights else {})


def numbered_cases(engine: TableEngine, table: ir.Table, hospitals: list[str], plan: Plan) -> ir.Table:
    """The number of each case and its outcomes as integers, and nothing else.

    Returns
    -------
    ibis table
        ``cell`` and ``y0``, ``y1`` … in the order of the outcomes.
    """
    made: dict[str, ir.Value] = {f"y{k}": case_integer(table, o) for k, o in enumerate(plan.outcomes)}
    made[PERIOD] = _period_number(table.discharge_date, plan.frequency) - _first_number(plan)
    joins = {HOSPITAL: (table.hospital, hospitals)}
    for name in plan.covariates:
        missing = len(plan.levels[name])
        if closed_levels(name, plan.age_limits):
            made[name] = closed_code(table, name, plan.age_limits).cast("int64").fill_null(missing)
        else:
            joins[name] = (open_word(table, name), list(plan.levels[name]))
    if plan.weights:
        joins[WEIGHT] = (table[plan.weights].cast("float64"), list(plan.weight_values))
    made |= {f"word_{name}": word for name, (word, _) in joins.items()}
    coded = table.select(**made)
    for name, (_, words) in joins.items():
        listed = pd.DataFrame({f"of_{name}": words, name: np.arange(len(words))})
        if name not in (HOSPITAL, WEIGHT):
            listed = listed.astype({f"of_{name}": "str"})
        small = engine.small_table(listed)
        joined = coded.left_join(small, coded[f"word_{name}"] == small[f"of_{name}"])
        filled = joined[name].cast("int64").fill_null(len(words))
        coded = joined.mutate(**{name: filled}).drop(f"word_{name}", f"of_{name}")
    key = coded[HOSPITAL]
    for name, size in list(plan.radices(len(hospitals)).items())[1:]:
        key = key * size + coded[name]
    return coded.select(*(f"y{k}" for k in range(len(plan.outcomes))), **{KEY: key})


def _period_number(day: ir.DateValue, frequency: str) -> ir.IntegerValue:
    year = day.year().cast("int64")
    if frequency == "year":
        return year
    part = day.month() if frequency == "month" else day.quarter()
    return year * _PER_YEAR[frequency] + part.cast("int64") - 1


def _first_number(plan: Plan) -> int:
    day = first_day(plan.periods[0])
    within = {"month": day.month - 1, "quarter": (day.month - 1) // 3, "year": 0}[plan.frequency]
    return day.year * _PER_YEAR[plan.frequency] + within


def sums_of(coded: ir.Table, plan: Plan) -> dict[str, ir.Value]:
    """Count, sum and squares of each outcome: ``n0``, ``s0``, ``q0``, ``n1`` …"""
    made: dict[str, ir.Value] = {}
    for k in range(len(plan.outcomes)):
        value = coded[f"y{k}"]
        made |= {f"n{k}": value.count(), f"s{k}": value.sum().cast("float64"), f"q{k}": square_sum(value)}
    return made
