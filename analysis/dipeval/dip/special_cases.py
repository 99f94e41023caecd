"""Individually reviewed cases (特例单议, 特病单议): the review's coefficient takes the place of the
multiplier.

The share of such cases is capped: up to 5 % of discharges under version 2.0 of the catalogues.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from .parameters import Deviation
from .stays import require

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..store.contract import TableEngine

NEEDED = ("special_case", "special_case_coefficient")


def reviewed(engine: TableEngine, cases: ir.Table, deviation: Deviation) -> ir.Table:
    """Cases whose multiplier is that of their review, rounded half up to `ratio_decimals`, where there was
    one.

    Returns
    -------
    ibis table
        Lazy. Cost: one pass that counts them.

    Raises
    ------
    DataError
        If a column is missing, a reviewed case has no coefficient or one that is not above 0, or there are
        more of them than the limit.
    """
    require(cases, NEEDED, "paying individually reviewed cases")
    is_special = (cases.special_case == 1).fill_null(False)
    coefficient = cases.special_case_coefficient
    lacking = is_special & ~(coefficient > 0).fill_null(False)
    counts = {"cases": cases.count(), "special": _sum(is_special), "lacking": _sum(lacking)}
    told = {name: int(value) for name, value in engine.to_frame(cases.aggregate(**counts)).iloc[0].items()}
    problems = []
    if told["lacking"]:
        what, todo = "is missing or not above 0 for reviewed cases", "bring the coefficients of the review"
        place = "discharges, column special_case_coefficient"
        problems.append(Problem(place, what, todo, count=told["lacking"]))
    if told["special"] > Fraction(deviation.special_case_limit) * told["cases"]:
        limit = f"{deviation.special_case_limit} of {told['cases']} cases"
        todo = "look at the marks, or raise deviation.special_case_limit with its source"
        what = f"marks {told['special']} cases, more than {limit}"
        problems.append(Problem("discharges, column special_case", what, todo, count=told["special"]))
    if problems:
        raise DataError("review special cases", problems)
    # Four decimals times ten thousand: the float is within half a unit of the integer that is meant.
    exact = (coefficient * 10**deviation.ratio_decimals + 0.5).floor().cast("int64")
    return cases.mutate(deviation_multiplier=is_special.ifelse(exact, cases.deviation_multiplier))


def _sum(held: ir.BooleanValue) -> ir.IntegerValue:
    return held.cast("int64").sum().fill_null(0)
