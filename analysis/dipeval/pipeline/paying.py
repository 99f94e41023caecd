"""Stage: the clean discharges of one city → the same with what DIP makes of each, as outcomes of the panel.

Weights and groups are those of one constant catalogue in all years, so that a new version is no effect of the
reform. Payments are those of each year's own catalogue and parameters, in the years that the payment file has.
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
from ..ledger import Ledger
from ..store.atomic import remove_folder, write_bytes
from ..store.engine import Engine
from ..store.frames import csv_bytes, ledger_frame
from .dip_catalogue import catalogue_for

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .dip_plan import Payment
    from .stages import Workspace

ROW = ["source_file", "source_row"]


def run(workspace: Workspace, out: Path, name: str, payment: Payment) -> None:
    """Write ``discharges.parquet`` and ``ledger.csv``. Cost: as `dip_cases` once, and once more a paid year."""
    file = parse_payment(payment.text, payment.where, Path(payment.where).stem)
    spill = out / ".spill"
    with Engine(temp_directory=spill) as engine:
        stays = engine.scan_parquet(workspace.folder(f"clean/{name}") / "discharges.parquet")
        known = _weighed(engine, stays, payment)
        there = {int(y) for y in engine.to_frame(_years(stays))["year"]}
        parts, ledger = [], Ledger()
        for year in sorted(there & set(file.years)):
            made, told = _settled(engine, stays, file.year(year), payment)
            parts.append(made)
            ledger = ledger + told
        table = _with_payments(engine, known, parts, sorted(there & set(file.years)))
        engine.write_parquet(table, out / "discharges.parquet", order_by=ROW)
    remove_folder(spill)
    write_bytes(out / "ledger.csv", csv_bytes(ledger_frame(ledger)))


def _years(stays: ir.Table) -> ir.Table:
    return stays.select(year=stays.discharge_date.year()).distinct()


def _weighed(engine: Engine, stays: ir.Table, payment: Payment) -> ir.Table:
    """All stays with their weight under the constant catalogue."""
    parameters = payment.parameters()
    catalogue = catalogue_for(engine, stays, payment)
    cases = engine.stage(grouped(engine, stays, catalogue, parameters.grouping))
    unit = float(catalogue.scale * 10**catalogue.decimals)
    told = cases.select(
        *ROW,
        case_weight=cases.relative_weight.cast("float64") / unit,
        grouped_case=cases.disease_type.notnull().cast("int64"),
    )
    return stays.join(told, ROW)


def _settled(
    engine: Engine, stays: ir.Table, parameters: ParameterSet, payment: Payment
) -> tuple[ir.Table, Ledger]:
    """The cases of one paid year, by the catalogue and parameters of that year."""
    mine, ledger = eligible(engine, stays, parameters)
    if payment.published:
        catalogue = catalogue_for(engine, stays, payment)
    else:
        catalogue = build_catalogue(engine, stays, parameters.grouping, parameters.weighting, parameters.year)
    made = settle_year(engine, mine, catalogue, parameters).cases
    one = 10 ** scales_of(catalogue, parameters).auxiliary
    flags = {
        "auxiliary_case": made.auxiliary_coefficient != one,
        "low_ratio_case": made.deviation_class == "low",
        "high_ratio_case": made.deviation_class.isin(["high", "extreme"]),
    }
    told = {name: flag.fill_null(False).cast("int64") for name, flag in flags.items()}
    amounts = {"settled_fund": made.fund_payable, "accounted_fund": made.actual_fund}
    return engine.stage(made.select(*ROW, **told, **amounts)), ledger


def _with_payments(engine: Engine, known: ir.Table, parts: list[ir.Table], years: list[int]) -> ir.Table:
    """Payments beside all stays; 0 for stays of a paid year that DIP does not pay, missing in other years."""
    import ibis

    if not parts:
        return known
    whole = ibis.union(*parts) if len(parts) > 1 else parts[0]
    joined = known.left_join(whole, ROW).drop(*(f"{column}_right" for column in ROW))
    is_paid_year = joined.discharge_date.year().isin(years)
    filled = {name: ibis.ifelse(is_paid_year, joined[name].fill_null(0), None) for name in AMOUNTS}
    return joined.mutate(**filled)
