"""Prepayment, monthly pre-settlement and annual clearing: three steps over one parameter set.

基金预拨付 → 月度预结算 → 年度清算. Each step is a function of small tables; what one step pays, the last one
takes off. Every amount is an integer of minor units, and the clearing refuses to exist unless what the pool
holds is what is paid, line by line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ..errors import DataError, Problem
from .accounts import by_hospital
from .budget import BuiltBudget, built
from .exact import allocate, half_up
from .parameters import ParameterSet
from .point_values import PointValue, point_value, pool_of
from .sharing import shared

if TYPE_CHECKING:
    import pandas as pd

LINES = {
    "for_points": ("Budget divided by points", "按分值分配的预算"),
    "city_overrun_paid": ("Part of the city's overrun that the fund bears", "基金分担的全市超支"),
    "city_surplus_kept": ("Part of the city's surplus that the fund keeps", "基金留存的全市结余"),
    "overruns_paid": ("Hospitals' overruns that the fund bears", "基金分担的机构超支"),
    "surpluses_kept": ("Hospitals' surpluses that the fund keeps", "基金留存的机构结余"),
    "withheld": ("Withheld by assessment", "考核扣减"),
    "gross_up_difference": ("Difference of grossing up by the reimbursement ratio", "按报销比例折算的差额"),
    "residual": ("Not divisible without preferring one hospital", "无法均分的余数"),
    "paid": ("Paid to hospitals", "支付医疗机构"),
}
"""Lines of the reconciliation: what comes in less what stays is what is paid."""
INCOMING = ("for_points", "city_overrun_paid", "overruns_paid")


def budgets_of(parameters: ParameterSet) -> dict[str, BuiltBudget]:
    """The built budget of every scheme.

    Raises
    ------
    DataError
        If a scheme has none.
    """
    missing = [scheme for scheme in parameters.schemes if scheme not in parameters.budgets]
    if missing:
        todo = "add [[budgets]] for it"
        what = f"no budget in {parameters.year}"
        raise DataError("build budgets", [Problem(f"scheme {scheme}", what, todo) for scheme in missing])
    return {scheme: built(parameters.budgets[scheme]) for scheme in parameters.schemes}


def prepayment(
    parameters: ParameterSet, budgets: Mapping[str, BuiltBudget], base: pd.DataFrame
) -> pd.DataFrame:
    """Advance some months of the budget, divided as the fund's spending was last year.

    Parameters
    ----------
    base : pandas.DataFrame
        Accounts of last year (or of this year in a simulation).

    Returns
    -------
    pandas.DataFrame
        ``scheme``, ``hospital``, ``prepaid``; what cannot be divided evenly is not advanced.
    """
    import pandas as pd

    rows = []
    shares = by_hospital(base)
    for scheme in parameters.schemes:
        mine = shares[shares["scheme"] == scheme]
        months = Fraction(parameters.settlement.prepayment_months)
        advance = half_up(budgets[scheme].for_points * months / 12)
        parts = allocate(advance, [int(v) for v in mine["actual_fund"]]).parts
        rows += [(scheme, hospital, part) for hospital, part in zip(mine["hospital"], parts, strict=True)]
    types = {"scheme": "str", "hospital": "str", "prepaid": "int64"}
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def monthly(
    parameters: ParameterSet, account: pd.DataFrame, values: Mapping[str, PointValue]
) -> pd.DataFrame:
    """Pay a declared share of each month's points at the budget point value.

    share × (score × value), less what patients paid where points stand for total cost; rounded half up for
    each hospital and month, and never below zero: the fund collects nothing before the year is cleared.

    Returns
    -------
    pandas.DataFrame
        ``scheme``, ``hospital``, ``month``, ``cases``, ``score``, ``monthly_paid``.
    """
    share = Fraction(parameters.settlement.monthly_share)
    total = parameters.settlement.basis == "total_cost"
    rows = account.groupby(["scheme", "hospital", "month"], as_index=False, sort=True)
    frame = rows[["cases", "score", "patient_paid"]].sum()
    paid = []
    for row in frame.itertuples(index=False):
        worth = values[row.scheme].worth(int(row.score)) - (int(row.patient_paid) if total else 0)
        paid.append(max(half_up(share * worth), 0))
    made = frame.drop(columns="patient_paid").assign(monthly_paid=paid)
    return made.astype({"monthly_paid": "int64"})


@dataclass(frozen=True)
class Clearing:
    """The annual clearing of all schemes.

    Attributes
    ----------
    hospitals : pandas.DataFrame
        One row a scheme and hospital: ``score``, ``actual_fund``, ``total_cost``, ``patient_paid``,
        ``entitlement`` (by points), ``after_sharing``, ``withheld``, ``payable``, ``prepaid``,
        ``monthly_paid``, ``balance`` (still to be paid; negative: to be returned).
    lines : pandas.DataFrame
        The reconciliation: ``scheme``, ``line``, ``label_en``, ``label_zh``, ``amount``, signed, so that all
        lines before ``paid`` sum to it.
    point_values : mapping of str to PointValue
        Settlement point value by scheme.
    notes : tuple of str
        What to read beside the numbers.
    """

    hospitals: pd.DataFrame
    lines: pd.DataFrame
    point_values: Mapping[str, PointValue]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for scheme, lines in self.lines.groupby("scheme"):
            amounts = lines.set_index("line")["amount"]
            mine = self.hospitals[self.hospitals["scheme"] == scheme]
            if amounts.drop("paid").sum() != amounts["paid"] or amounts["paid"] != mine["payable"].sum():
                raise ValueError(f"the clearing of {scheme} does not reconcile")
            earlier = mine["prepaid"] + mine["monthly_paid"]
            if not (mine["payable"] - earlier == mine["balance"]).all():
                raise ValueError(f"the balances of {scheme} do not reconcile")

    def tidy(self) -> pd.DataFrame:
        """The hospitals' table."""
        return self.hospitals


def clearing(
    parameters: ParameterSet,
    budgets: Mapping[str, BuiltBudget],
    account: pd.DataFrame,
    score_decimals: int,
    prepaid: pd.DataFrame | None = None,
    monthly_paid: pd.DataFrame | None = None,
) -> Clearing:
    """Clear the year: sharing at the city, points, sharing at the hospital, assessment, balances.

    Parameters
    ----------
    account : pandas.DataFrame
        From `accounts.accounts`, the whole year with final scores.
    prepaid, monthly_paid : pandas.DataFrame, optional
        From `prepayment` and `monthly`; nothing was paid where they are left out.

    Returns
    -------
    Clearing
        Cost: hospitals only.
    """
    import pandas as pd

    earlier = [paid for paid in (prepaid, monthly_paid) if paid is not None]
    whole = _with_paid(by_hospital(account), earlier)
    tables, lines, values, notes = [], [], {}, []
    for scheme in parameters.schemes:
        mine = whole[whole["scheme"] == scheme].drop(columns=["cases", "grouped_cases"])
        mine = mine.reset_index(drop=True)
        table, amounts, value = _cleared(parameters, budgets[scheme], mine, score_decimals)
        tables.append(table)
        lines += [(scheme, name, *LINES[name], amounts[name]) for name in LINES]
        values[scheme] = value
        extra = amounts["city_overrun_paid"] + amounts["overruns_paid"]
        if extra > budgets[scheme].reserve:
            beyond = extra - budgets[scheme].reserve
            notes.append(f"{scheme}: overruns borne by the fund exceed its reserve by {beyond} minor units")
    hospitals = pd.concat(tables, ignore_index=True)
    for name, paid in (("prepaid", prepaid), ("monthly_paid", monthly_paid)):
        hospitals[name] = _earlier(hospitals, paid, name)
    hospitals["balance"] = hospitals["payable"] - hospitals["prepaid"] - hospitals["monthly_paid"]
    columns = ["scheme", "line", "label_en", "label_zh", "amount"]
    frame = pd.DataFrame(lines, columns=columns).astype({"amount": "int64"})
    return Clearing(hospitals, frame, values, tuple(notes))


def _cleared(
    parameters: ParameterSet, budget: BuiltBudget, mine: pd.DataFrame, score_decimals: int
) -> tuple[pd.DataFrame, dict[str, int], PointValue]:
    """One scheme: its hospitals, its lines, its point value."""
    settlement, sharing = parameters.settlement, parameters.sharing
    actual, patients = int(mine["actual_fund"].sum()), int(mine["patient_paid"].sum())
    fund = shared(budget.for_points, actual, sharing) if sharing.level == "city" else budget.for_points
    pool = pool_of(fund, patients, budget.scheme, settlement)
    allocation = allocate(pool, [int(score) for score in mine["score"]])
    by_points = pd_int(allocation.parts)
    entitlement = by_points - mine["patient_paid"] if settlement.basis == "total_cost" else by_points
    after = entitlement
    if sharing.level == "hospital":
        pairs = zip(entitlement, mine["actual_fund"], strict=True)
        after = pd_int([shared(max(int(f), 0), int(a), sharing) for f, a in pairs])
    shares = [Fraction(settlement.assessment.get(h, 1)) for h in mine["hospital"]]
    payable = pd_int([half_up(int(v) * share) for v, share in zip(after, shares, strict=True)])
    gap = after - entitlement
    amounts = {
        "for_points": budget.for_points,
        "city_overrun_paid": max(fund - budget.for_points, 0),
        "city_surplus_kept": min(fund - budget.for_points, 0),
        "overruns_paid": int(gap.clip(lower=0).sum()),
        "surpluses_kept": int(gap.clip(upper=0).sum()),
        "withheld": int((payable - after).sum()),
        "gross_up_difference": int(entitlement.sum()) + allocation.residual - fund,
        "residual": -allocation.residual,
        "paid": int(payable.sum()),
    }
    table = mine.assign(entitlement=entitlement, after_sharing=after, withheld=after - payable)
    table = table.assign(payable=payable)
    value = point_value(budget.scheme, pool, int(mine["score"].sum()), settlement, score_decimals)
    return table, amounts, value


def pd_int(values) -> pd.Series:
    """Integers as a series, also when there are none."""
    import pandas as pd

    return pd.Series(list(values), dtype="int64")


def _with_paid(whole: pd.DataFrame, earlier: list[pd.DataFrame]) -> pd.DataFrame:
    """Hospitals of the year, and those that were paid in advance and had no case: they return all of it."""
    import pandas as pd

    keys = ["scheme", "hospital"]
    everyone = pd.concat([whole[keys], *(paid[keys] for paid in earlier)]).drop_duplicates()
    joined = everyone.merge(whole, on=keys, how="left").sort_values(keys, ignore_index=True)
    counts = [name for name in whole.columns if name not in keys]
    return joined.fillna(dict.fromkeys(counts, 0)).astype(dict.fromkeys(counts, "int64"))


def _earlier(hospitals: pd.DataFrame, paid: pd.DataFrame | None, name: str) -> pd.Series:
    """What was paid before, by scheme and hospital."""
    if paid is None:
        return pd_int([0] * len(hospitals))
    keys = ["scheme", "hospital"]
    sums = paid.groupby(keys)[name].sum()
    return sums.reindex(hospitals.set_index(keys).index, fill_value=0).astype("int64").reset_index(drop=True)
