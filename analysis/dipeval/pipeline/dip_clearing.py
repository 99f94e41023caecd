"""Stage: scored cases of a year → accounts, the three payment steps, what each case is paid, rates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..dip.accounts import accounts
from ..dip.budget import BuiltBudget
from ..dip.payments import hospital_rounding, paid, settlement_rates
from ..dip.point_values import PointValue, budget_point_values
from ..dip.settlement import Clearing, budgets_of, clearing, monthly, prepayment
from ..store.atomic import remove_folder, write_bytes, write_text
from ..store.engine import Engine
from ..store.frames import csv_bytes, json_text
from .dip_catalogue import catalogue_in
from .dip_words import clearing_text

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..dip.parameters import ParameterSet
    from .dip_plan import Payment
    from .stages import Workspace

RATES_BY = {
    "hospital": ("hospital",),
    "level": ("level",),
    "scheme": ("insurance_type",),
    "disease_type": ("disease_type",),
    "department": ("department",),
    "month": ("period",),
    "department_month": ("department", "period"),
}


@dataclass(frozen=True)
class Settled:
    """A year settled.

    Attributes
    ----------
    account, advance, months : pandas.DataFrame
    budgets : dict of str to BuiltBudget
    budget_values : dict of str to PointValue
    cleared : Clearing
    """

    account: pd.DataFrame
    advance: pd.DataFrame
    months: pd.DataFrame
    budgets: dict[str, BuiltBudget]
    budget_values: dict[str, PointValue]
    cleared: Clearing


def settle(engine: Engine, cases: ir.Table, parameters: ParameterSet, decimals: int) -> Settled:
    """Prepayment, monthly payment and annual clearing of scored cases. Cost: one pass over the cases."""
    budgets = dict(budgets_of(parameters))
    account = accounts(engine, cases, parameters)
    values = budget_point_values(parameters, budgets, account, decimals)
    advance = prepayment(parameters, budgets, account)
    months = monthly(parameters, account, values)
    cleared = clearing(parameters, budgets, account, decimals, advance, months)
    return Settled(account, advance, months, budgets, values, cleared)


def run(workspace: Workspace, out: Path, name: str, payment: Payment) -> None:
    """Write accounts, hospitals, lines, point values, rates and ``cases.parquet`` with what each is paid."""
    parameters = payment.parameters()
    decimals = catalogue_in(workspace.folder(f"dip_catalogue/{name}/{payment.year}")).decimals
    folder = workspace.folder(f"dip_group/{name}/{payment.year}")
    spill = out / ".spill"
    with Engine(temp_directory=spill) as engine:
        cases = engine.scan_parquet(folder / "cases.parquet")
        settled = settle(engine, cases, parameters, decimals)
        by_case = engine.stage(paid(engine, cases, settled.cleared.point_values, parameters))
        engine.write_parquet(by_case, out / "cases.parquet", order_by=("source_file", "source_row"))
        rounding = hospital_rounding(engine, by_case, settled.cleared.hospitals)
        rates = {
            key: settlement_rates(engine, by_case, by)
            for key, by in RATES_BY.items()
            if set(by) <= set(by_case.columns)
        }
    remove_folder(spill)
    tables = {"accounts": settled.account, "monthly": settled.months, "rounding": rounding}
    tables |= {"hospitals": settled.cleared.hospitals, "lines": settled.cleared.lines}
    tables |= {f"settlement_rate_{key}": frame for key, frame in rates.items()}
    for file, frame in tables.items():
        write_bytes(out / f"{file}.csv", csv_bytes(frame))
    write_text(out / "point_values.json", json_text(_values(settled)))
    for language in ("en", "zh"):
        write_text(out / f"summary.{language}.txt", clearing_text(settled, rates, parameters, language))


def _values(settled: Settled) -> dict[str, object]:
    """Point values before and after the year, in fen, exact."""
    return {
        kind: {
            scheme: {
                "value": value.value,
                "decimals": value.decimals,
                "amount": value.amount,
                "score": value.score,
            }
            for scheme, value in sorted(values.items())
        }
        for kind, values in (
            ("budget", settled.budget_values),
            ("settlement", settled.cleared.point_values),
        )
    }
