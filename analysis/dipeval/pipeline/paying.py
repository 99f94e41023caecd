"""Stage: the clean discharges of one city → the same with what DIP makes of each, as outcomes of the panel.

Weights and groups are those of one constant catalogue in all years, so that a new version is no effect of
the reform. Payments are those of each year's own catalogue and parameters, in the years that the payment file has.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..dip.building import build_catalogue
from ..dip.grouping import grouped
from ..dip.panel_columns import AMOUNTS
from ..dip.parameters import ParameterSet
from ..dip.reading import parse_payment
from ..dip.scoring import scales_of
from ..dip.settling import settle_year
from ..dip.stays import eligible
from ..dip.versions import Version, moved, regrouped
from ..ledger import Ledger
from ..store.atomic import write_bytes
from ..store.contract import TableEngine
from ..store.frames import csv_bytes, ledger_frame
from .dip_catalogue import catalogue_for
from .engines import stage_engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..dip.catalogue import Catalogue
    from .dip_plan import Payment
    from .stages import Workspace

ROW = ["source_file", "source_row"]


def run(workspace: Workspace, out: Path, name: str, payment: Payment) -> None:
    """Write ``discharges.parquet``, ``ledger.csv`` and ``versions.csv`` (who changes type by the catalogue).

    Cost: as `dip_cases` once, and once more a paid year.
    """
    file = parse_payment(payment.text, payment.where, Path(payment.where).stem)
    grouping = payment.parameters().grouping
    with stage_engine(workspace, out) as engine:
        stays = engine.scan_parquet(workspace.folder(f"clean/{name}") / "discharges.parquet")
        constant = Version(catalogue_for(engine, stays, payment), grouping)
        there = {int(y) for y in engine.to_frame(_years(stays))["year"]}
        years = sorted(there & set(file.years))
        own = {year: _own(engine, stays, file.year(year), payment) for year in years}
        settled = [_settled(engine, stays, file.year(year), own[year].catalogue) for year in years]
        known = _weighed(engine, stays, constant)
        table = _with_payments(engine, known, [part for part, _ in settled], years)
        engine.write_parquet(table, out / "discharges.parquet", order_by=ROW)
        shifts = moved(engine, engine.stage(regrouped(engine, stays, own, constant))) if own else None
    ledger = sum((told for _, told in settled), Ledger())
    write_bytes(out / "ledger.csv", csv_bytes(ledger_frame(ledger)))
    if shifts is not None:
        write_bytes(out / "versions.csv", csv_bytes(shifts))


def _years(stays: ir.Table) -> ir.Table:
    return stays.select(year=stays.discharge_date.year()).distinct()


def _own(engine: TableEngine, stays: ir.Table, parameters: ParameterSet, payment: Payment) -> Version:
    """The catalogue by which a year is paid: its own, or the published one."""
    grouping = parameters.grouping
    if payment.published:
        return Version(catalogue_for(engine, stays, payment), grouping)
    return Version(build_catalogue(engine, stays, grouping, parameters.weighting, parameters.year), grouping)


def _weighed(engine: TableEngine, stays: ir.Table, constant: Version) -> ir.Table:
    """All stays with their weight under the constant catalogue."""
    catalogue = constant.catalogue
    cases = engine.stage(grouped(engine, stays, catalogue, constant.grouping))
    unit = float(catalogue.scale * 10**catalogue.decimals)
    told = cases.select(
        *ROW,
        case_weight=cases.relative_weight.cast("float64") / unit,
        grouped_case=cases.disease_type.notnull().cast("int64"),
    )
    return stays.join(told, ROW)


def _settled(
    engine: TableEngine, stays: ir.Table, parameters: ParameterSet, catalogue: Catalogue
) -> tuple[ir.Table, Ledger]:
    """What each case of one paid year is paid by the catalogue and parameters of that year."""
    mine, ledger = eligible(engine, stays, parameters)
    made = settle_year(engine, mine, catalogue, parameters).cases
    one = 10 ** scales_of(catalogue, parameters).auxiliary
    flags = {
        "auxiliary_case": made.auxiliary_coefficient != one,
        "low_ratio_case": made.deviation_class == "low",
        "high_ratio_case": made.deviation_class.isin(["high", "extreme"]),
        "loss_case": made.profit < 0,
    }
    told = {name: flag.fill_null(False).cast("int64") for name, flag in flags.items()}
    amounts = {"settled_fund": made.fund_payable, "accounted_fund": made.actual_fund, "profit": made.profit}
    ratio = made.cost_ratio.cast("float64") / 10 ** scales_of(catalogue, parameters).ratio
    described = {"disease_type": made.disease_type, "deviation_class": made.deviation_class}
    own = {name: value for name, value in described.items() if name not in stays.columns}
    return engine.stage(made.select(*ROW, **told, **amounts, **own, cost_ratio=ratio)), ledger


def _with_payments(engine: TableEngine, known: ir.Table, parts: list[ir.Table], years: list[int]) -> ir.Table:
    """Payments beside all stays; 0 for stays of a paid year that DIP does not pay, missing in other years."""
    import ibis

    if not parts:
        return known
    whole = ibis.union(*parts) if len(parts) > 1 else parts[0]
    joined = known.left_join(whole, ROW).drop(*(f"{column}_right" for column in ROW))
    is_paid_year = joined.discharge_date.year().isin(years)
    filled = {name: ibis.ifelse(is_paid_year, joined[name].fill_null(0), None) for name in AMOUNTS}
    return joined.mutate(**filled)
