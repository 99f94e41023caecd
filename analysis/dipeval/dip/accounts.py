"""Scored cases → the small table that settlement works on: scheme × hospital × month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from ..schema.periods import period_label
from .parameters import ParameterSet
from .stays import require

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

AMOUNTS = ("cases", "grouped_cases", "score", "total_cost", "actual_fund", "patient_paid")
"""Counts, score units and minor units that an account sums."""
KEYS = ("scheme", "hospital", "level", "month")


def accounts(engine: TableEngine, cases: ir.Table, parameters: ParameterSet) -> pd.DataFrame:
    """Sum scored cases by scheme, hospital and month.

    Parameters
    ----------
    cases : ibis table
        From `scoring.scored`; only schemes of the payment file.

    Returns
    -------
    pandas.DataFrame
        The columns `KEYS` and `AMOUNTS`, sorted; int64. Cost: one pass.

    Raises
    ------
    DataError
        If what the fund paid is missing, negative or above the total cost, or a scheme has no budget.
    """
    from ..schema.functions import int64_of_sum

    actual = parameters.settlement.actual_fund
    require(cases, ("insurance_type", actual, parameters.settlement.year_by), "settlement")
    known = cases.mutate(
        month=period_label(cases[parameters.settlement.year_by], "month"), fund=cases[actual]
    ).rename(scheme="insurance_type")
    check_fund(engine, known, actual, list(parameters.budgets))
    summed = known.group_by(*KEYS).agg(
        cases=known.count(),
        grouped_cases=known.disease_type.count(),
        score=int64_of_sum(known.score.sum()),
        total_cost=int64_of_sum(known.total_cost.sum()),
        actual_fund=int64_of_sum(known.fund.sum()),
    )
    frame = engine.to_frame(summed, order_by=KEYS)
    frame["patient_paid"] = frame["total_cost"] - frame["actual_fund"]
    return frame.astype(dict.fromkeys(AMOUNTS, "int64"))[[*KEYS, *AMOUNTS]]


def check_fund(engine: TableEngine, cases: ir.Table, column: str, schemes: list[str]) -> None:
    """Stop where the fund's payment of a case cannot be, or its scheme has no budget."""
    wrong = {
        "is missing": cases.fund.isnull(),
        "is negative": cases.fund < 0,
        "is above the total cost": cases.fund > cases.total_cost,
        "belongs to a scheme without a budget": ~cases.scheme.isin(schemes).fill_null(False),
    }
    counts = engine.to_frame(
        cases.aggregate(**{f"n{k}": held.cast("int64").sum() for k, held in enumerate(wrong.values())})
    )
    problems = []
    for what, number in zip(wrong, counts.iloc[0].fillna(0), strict=True):
        if number:
            todo = "mend it in the city's file, or name another column as settlement.actual_fund"
            problems.append(Problem(f"discharges, column {column}", what, todo, count=int(number)))
    if problems:
        raise DataError("sum accounts", problems)


def by_hospital(account: pd.DataFrame) -> pd.DataFrame:
    """Accounts of the whole year: one row a scheme and hospital, sorted."""
    return account.groupby(["scheme", "hospital"], as_index=False, sort=True)[list(AMOUNTS)].sum()
