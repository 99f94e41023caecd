"""What each case is paid at the settlement point value, and the three settlement rates.

A case is paid its score times the published point value, rounded half up to the fen. Hospitals are paid their
share of the pool, so the cases of a hospital and its entitlement differ by fractions of a fen a case: that is
the line `rounding` of `hospital_rounding`, and with it both agree to the fen.

Rates (结算率, 偿付率, 支付率) differ in what they divide by, so each has its name:
``rate_of_accounted_cost`` is what the fund pays over what it accounted, ``rate_of_total_cost`` is what fund
and patients pay over total cost. A city's export shows the first of them at three levels: of the type
(所在病组支付率), of the hospital (所在机构支付率) and of the case (该病例支付率).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .parameters import ParameterSet
from .point_values import PointValue

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

RATE_LEVELS = {"disease_type_payment_rate": "disease_type", "hospital_payment_rate": "hospital"}


def paid(
    engine: TableEngine, cases: ir.Table, values: Mapping[str, PointValue], parameters: ParameterSet
) -> ir.Table:
    """Pay scored cases.

    Returns
    -------
    ibis table
        Lazy: the cases with ``actual_fund``, ``patient_paid``, ``total_payable`` (points in money, with
        what patients pay), ``fund_payable`` and ``profit`` (`fund_payable` - `actual_fund`, which is
        `total_payable` - `total_cost`), int64 minor units, before sharing and assessment. Cost: one join
        with as many rows as there are schemes.
    """
    import pandas as pd

    from ..schema.functions import rounded_share

    some = next(iter(values.values()))
    rows = [(scheme, value.value) for scheme, value in sorted(values.items())]
    frame = pd.DataFrame(rows, columns=["insurance_type", "scaled_point_value"])
    known = cases.join(engine.small_table(frame.astype({"insurance_type": "str"})), "insurance_type")
    unit = 10 ** (some.decimals + some.score_decimals)
    worth = rounded_share(known.score, known.scaled_point_value, unit)
    fund = known[parameters.settlement.actual_fund]
    patients = known.total_cost - fund
    total = worth if parameters.settlement.basis == "total_cost" else worth + patients
    made = known.mutate(actual_fund=fund, patient_paid=patients, total_payable=total)
    made = made.mutate(fund_payable=made.total_payable - made.patient_paid)
    return made.mutate(profit=made.fund_payable - made.actual_fund).drop("scaled_point_value")


def hospital_rounding(engine: TableEngine, paid_cases: ir.Table, hospitals: pd.DataFrame) -> pd.DataFrame:
    """Entitlements of a clearing beside the sums of their cases.

    Returns
    -------
    pandas.DataFrame
        ``scheme``, ``hospital``, ``entitlement``, ``cases_payable``, ``rounding`` (their difference).
    """
    from ..schema.functions import int64_of_sum

    keys = ["scheme", "hospital"]
    named = paid_cases.rename(scheme="insurance_type")
    summed = named.group_by(*keys).agg(cases_payable=int64_of_sum(named.fund_payable.sum()))
    frame = engine.to_frame(summed, order_by=keys)
    made = hospitals[[*keys, "entitlement"]].merge(frame, on=keys, how="left")
    made["cases_payable"] = made["cases_payable"].fillna(0).astype("int64")
    return made.assign(rounding=made["entitlement"] - made["cases_payable"])


def settlement_rates(engine: TableEngine, paid_cases: ir.Table, by: Sequence[str]) -> pd.DataFrame:
    """Both settlement rates and the profit, by any columns of the cases.

    Returns
    -------
    pandas.DataFrame
        `by`, ``cases``, ``fund_payable``, ``actual_fund``, ``total_payable``, ``total_cost``, ``profit``,
        ``loss_cases``, ``rate_of_accounted_cost``, ``rate_of_total_cost``. Cost: one pass.
    """
    from ..schema.functions import int64_of_sum

    names = ("fund_payable", "actual_fund", "total_payable", "total_cost", "profit")
    sums = {name: int64_of_sum(paid_cases[name].sum()) for name in names}
    loss = int64_of_sum((paid_cases.profit < 0).cast("int64").sum())
    summed = paid_cases.group_by(*by).agg(cases=paid_cases.count(), loss_cases=loss, **sums)
    frame = engine.to_frame(summed, order_by=list(by))
    return with_rates(frame)[[*by, "cases", *names, "loss_cases", *RATES]]


RATES = ("rate_of_accounted_cost", "rate_of_total_cost")


def with_rates(frame: pd.DataFrame) -> pd.DataFrame:
    """A table of sums with the two settlement rates; not defined where the divisor is 0."""
    accounted, total = (frame[name].where(frame[name] > 0) for name in ("actual_fund", "total_cost"))
    return frame.assign(
        rate_of_accounted_cost=frame["fund_payable"] / accounted,
        rate_of_total_cost=frame["total_payable"] / total,
    )


def with_payment_rates(engine: TableEngine, paid_cases: ir.Table) -> ir.Table:
    """Cases with the three rates of a city's export: of their type, of their hospital, and their own.

    Returns
    -------
    ibis table
        Lazy: ``disease_type_payment_rate``, ``hospital_payment_rate``, ``case_payment_rate``: what the fund
        pays over what it accounted, NULL where that is 0. Cost: two passes for the sums, two small joins.
    """
    made = paid_cases
    for name, column in RATE_LEVELS.items():
        frame = settlement_rates(engine, paid_cases.filter(paid_cases[column].notnull()), [column])
        rates = frame[[column, "rate_of_accounted_cost"]].rename(columns={"rate_of_accounted_cost": name})
        made = made.left_join(engine.small_table(rates), column).drop(f"{column}_right")
    own = made.fund_payable / made.actual_fund.nullif(0)
    return made.mutate(case_payment_rate=own)
