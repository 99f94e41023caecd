"""Stage: the cases of a year and its catalogue → the three payment steps, what each case is paid, rates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..dip.payments import hospital_rounding, settlement_rates
from ..dip.point_values import PointValue
from ..dip.settling import SettledYear, settle_year
from ..dip.stays import eligible
from ..store.atomic import write_bytes, write_text
from ..store.frames import csv_bytes, json_text
from .dip_catalogue import catalogue_in
from .dip_supervision import supervision_tables
from .dip_words import clearing_text
from .engines import stage_engine

if TYPE_CHECKING:
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


def run(workspace: Workspace, out: Path, name: str, payment: Payment) -> None:
    """Write accounts, hospitals, lines, point values, rates, indices and ``cases.parquet`` with each payment.

    Cost: one settlement, and one pass for each table of rates and indices.
    """
    parameters = payment.parameters()
    catalogue = catalogue_in(workspace.folder(f"dip_catalogue/{name}/{payment.year}"))
    with stage_engine(workspace, out) as engine:
        stays = engine.scan_parquet(workspace.folder(f"clean/{name}") / "discharges.parquet")
        settled = settle_year(engine, eligible(engine, stays, parameters)[0], catalogue, parameters)
        cases = engine.stage(settled.cases)
        engine.write_parquet(cases, out / "cases.parquet", order_by=("source_file", "source_row"))
        rounding = hospital_rounding(engine, cases, settled.clearing.hospitals)
        rates = {
            key: settlement_rates(engine, cases, by)
            for key, by in RATES_BY.items()
            if set(by) <= set(cases.columns)
        }
        tables = supervision_tables(engine, cases, catalogue, parameters)
    tables |= {"accounts": settled.account, "monthly": settled.months, "rounding": rounding}
    tables |= {"hospitals": settled.clearing.hospitals, "lines": settled.clearing.lines}
    tables |= {f"settlement_rate_{key}": frame for key, frame in rates.items()}
    for file, frame in tables.items():
        write_bytes(out / f"{file}.csv", csv_bytes(frame))
    write_text(out / "point_values.json", json_text(_values(settled)))
    for language in ("en", "zh"):
        write_text(
            out / f"summary.{language}.txt", clearing_text(settled, rates, tables, parameters, language)
        )


def _values(settled: SettledYear) -> dict[str, object]:
    """Point values before and after the year, in units of 10^-`decimals` fen."""
    return {
        "budget": _told(settled.budget_values),
        "settlement": _told(settled.clearing.point_values),
    }


def _told(values: Mapping[str, PointValue]) -> dict[str, dict[str, int]]:
    return {
        scheme: {"value": v.value, "decimals": v.decimals, "amount": v.amount, "score": v.score}
        for scheme, v in sorted(values.items())
    }
