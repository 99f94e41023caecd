"""The value of a point, before the year (预算点值) and after it (结算点值), by scheme.

Values are integers in units of 10^-`point_value_decimals` of a minor unit for one whole point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from .budget import BuiltBudget
from .exact import half_up, scaled
from .parameters import ParameterSet, Settlement

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PointValue:
    """One scheme's point value.

    Attributes
    ----------
    scheme : str
    amount : int
        Minor units that are divided: of the fund, or of total cost.
    score : int
        Score units (10^-`score_decimals` points) that they are divided by.
    value : int
        `amount` for one point, in units of 10^-`decimals` minor units, rounded half up; 0 where there is no
        score.
    """

    scheme: str
    amount: int
    score: int
    value: int
    decimals: int
    score_decimals: int

    @property
    def yuan(self) -> Fraction:
        """The value of one point in yuan, as published."""
        return Fraction(self.value, 100 * 10**self.decimals)

    def worth(self, score: int) -> Fraction:
        """What a score is worth at the published value, in minor units, unrounded."""
        return Fraction(score * self.value, 10 ** (self.decimals + self.score_decimals))


def point_value(
    scheme: str, amount: int, score: int, settlement: Settlement, score_decimals: int
) -> PointValue:
    """Divide an amount by a score; see `PointValue`."""
    exact = Fraction(amount * 10**score_decimals, score) if score else Fraction(0)
    value = scaled(exact, settlement.point_value_decimals)
    return PointValue(scheme, amount, score, value, settlement.point_value_decimals, score_decimals)


def budget_point_values(
    parameters: ParameterSet, budgets: Mapping[str, BuiltBudget], base: pd.DataFrame, score_decimals: int
) -> dict[str, PointValue]:
    """Point values before the year, from accounts of the base cases scored by this year's catalogue.

    On the fund's basis the budget over the base score; on total cost the base cases' total cost over their
    score (PV_b = annual total cost / Σ RW_g n_g).

    Parameters
    ----------
    base : pandas.DataFrame
        From `accounts.accounts`: last year's cases, or this year's where the run is a simulation.

    Raises
    ------
    DataError
        If a scheme has a budget and no score.
    """
    made, problems = {}, []
    sums = base.groupby("scheme")[["score", "total_cost"]].sum()
    for scheme in parameters.schemes:
        score = int(sums["score"].get(scheme, 0))
        if score == 0:
            what = f"the scheme {scheme} has a budget, but no score to divide it by"
            problems.append(Problem("accounts", what, "look at its cases: are they grouped?"))
            continue
        fund = parameters.settlement.basis == "fund"
        amount = budgets[scheme].for_points if fund else int(sums["total_cost"][scheme])
        made[scheme] = point_value(scheme, amount, score, parameters.settlement, score_decimals)
    if problems:
        raise DataError("find budget point values", problems)
    return made


def pool_of(fund: int, patient_paid: int, scheme: str, settlement: Settlement) -> int:
    """What the points divide: the fund, or the fund grossed up to total cost.

    On total cost the fund and what patients paid together (``patient_share``), or the fund over the declared
    reimbursement ratio, rounded half up (``reimbursement_ratio``; PV_s = (fund / ratio) / Σ RW_g n_g).
    """
    if settlement.basis == "fund":
        return fund
    if settlement.gross_up == "patient_share":
        return fund + patient_paid
    return half_up(Fraction(fund) / Fraction(settlement.reimbursement_ratio[scheme]))
