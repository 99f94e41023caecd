"""A year as a whole: cases grouped, scored, summed and cleared with one parameter set and one catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .accounts import accounts
from .budget import BuiltBudget
from .catalogue import Catalogue
from .grouping import grouped
from .parameters import ParameterSet
from .payments import paid
from .point_values import PointValue, budget_point_values
from .scoring import scored
from .settlement import Clearing, budgets_of, clearing, monthly, prepayment
from .stays import hospital_levels

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine


@dataclass(frozen=True)
class SettledYear:
    """Everything that one year's settlement made.

    Attributes
    ----------
    cases : ibis table
        Lazy: scored and paid cases (`scoring.scored`, `payments.paid`).
    account : pandas.DataFrame
        Scheme × hospital × month, from `accounts.accounts`.
    budgets : mapping of str to BuiltBudget
    budget_values : mapping of str to PointValue
        Point values before the year.
    prepaid, months : pandas.DataFrame
    clearing : Clearing
    """

    cases: ir.Table
    account: pd.DataFrame
    budgets: Mapping[str, BuiltBudget]
    budget_values: Mapping[str, PointValue]
    prepaid: pd.DataFrame
    months: pd.DataFrame
    clearing: Clearing


def settle_year(
    engine: TableEngine,
    stays: ir.Table,
    catalogue: Catalogue,
    parameters: ParameterSet,
    base: pd.DataFrame | None = None,
    classes: Mapping[str, str] | None = None,
) -> SettledYear:
    """Settle one year, in three steps.

    Parameters
    ----------
    stays : ibis table
        From `stays.eligible`: cases of the year that are paid by points.
    base : pandas.DataFrame, optional
        Accounts of last year, for prepayment and budget point value; without them this year's own stand in,
        as in a simulation.

    Returns
    -------
    SettledYear
        Cost: a pass for hospitals, one for distinct texts, one for the accounts.
    """
    hospitals = hospital_levels(engine, stays)
    cases = grouped(engine, stays, catalogue, parameters.grouping, classes)
    cases = engine.named(scored(engine, cases, catalogue, parameters, hospitals))
    account = accounts(engine, cases, parameters)
    before = account if base is None else base
    budgets = budgets_of(parameters)
    values = budget_point_values(parameters, budgets, before, catalogue.decimals)
    advance = prepayment(parameters, budgets, before)
    months = monthly(parameters, account, values)
    cleared = clearing(parameters, budgets, account, catalogue.decimals, advance, months)
    by_case = paid(engine, cases, cleared.point_values, parameters)
    return SettledYear(by_case, account, budgets, values, advance, months, cleared)
