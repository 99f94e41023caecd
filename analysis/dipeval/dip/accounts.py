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
    # Whole months are dates while cases are summed: texts would be written, hashed and compared case by case.
    dated = cases.mutate(month=cases[parameters.settlement.year_by].truncate("M"))
    known = dated.rename(scheme="insurance_type")
    fund = known[actual]
    wrong = {
        "is missing": fund.isnull(),
        "is negative": (fund < 0).fill_null(False),
        "is above the total cost": (fund > known.total_cost).fill_null(False),
    }
    summed = known.group_by(*KEYS).agg(
        cases=known.count(),
        grouped_cases=known.relative_weight.count(),
        score=int64_of_sum(known.score.sum()),
        total_cost=int64_of_sum(known.total_cost.sum()),
        actual_fund=int64_of_sum(fund.sum()),
        **{what: int64_of_sum(held.cast("int64").sum()) for what, held in wrong.items()},
    )
    labelled = summed.mutate(month=period_label(summed.month, "month"))
    frame = engine.to_frame(labelled, order_by=KEYS)
    _check(frame, actual, list(wrong), list(parameters.budgets))
    frame["patient_paid"] = frame["total_cost"] - frame["actual_fund"]
    return frame.astype(dict.fromkeys(AMOUNTS, "int64"))[[*KEYS, *AMOUNTS]]


def _check(frame: pd.DataFrame, column: str, wrong: list[str], schemes: list[str]) -> None:
    """Stop where the fund's payment of a case cannot be, or its scheme has no budget."""
    counts = {what: int(frame[what].sum()) for what in wrong}
    outside = frame[~frame["scheme"].isin(schemes)]
    problems = []
    for what, number in counts.items():
        if number:
            todo = "mend it in the city's file, or name another column as settlement.actual_fund"
            problems.append(Problem(f"discharges, column {column}", what, todo, count=number))
    if len(outside):
        shown = tuple(sorted({str(scheme) for scheme in outside["scheme"]}))
        todo = "leave its cases out (stays.eligible), or give it a budget"
        what = "has cases of schemes without a budget"
        number = int(outside["cases"].sum())
        problems.append(Problem("discharges, column insurance_type", what, todo, shown, number))
    if problems:
        raise DataError("sum accounts", problems)


def by_hospital(account: pd.DataFrame) -> pd.DataFrame:
    """Accounts of the whole year: one row a scheme and hospital, sorted."""
    return account.groupby(["scheme", "hospital"], as_index=False, sort=True)[list(AMOUNTS)].sum()
