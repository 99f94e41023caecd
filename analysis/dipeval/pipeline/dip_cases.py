"""Stage: the catalogue of a year and the city's discharges → grouped and scored cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..dip.grouping import grouped, grouping_rate
from ..dip.scoring import scored
from ..dip.stays import eligible
from ..store.atomic import write_bytes, write_text
from ..store.frames import csv_bytes, ledger_frame
from .dip_catalogue import catalogue_in
from .dip_words import grouping_text
from .engines import stage_engine

if TYPE_CHECKING:
    from .dip_plan import Payment
    from .stages import Workspace

RATES_BY = ("hospital", "level", "period")


def run(workspace: Workspace, out: Path, name: str, payment: Payment) -> None:
    """Write ``cases.parquet``, ``grouping_rate_<by>.csv``, ``ledger.csv`` and the summaries.

    Cost: one pass that finds the distinct codes, one join of the cases with them.
    """
    parameters = payment.parameters()
    catalogue = catalogue_in(workspace.folder(f"dip_catalogue/{name}/{payment.year}"))
    with stage_engine(workspace, out) as engine:
        stays = engine.scan_parquet(workspace.folder(f"clean/{name}") / "discharges.parquet")
        mine, ledger = eligible(engine, stays, parameters)
        cases = grouped(engine, mine, catalogue, parameters.grouping)
        table = engine.stage(scored(engine, cases, catalogue, parameters))
        engine.write_parquet(table, out / "cases.parquet", order_by=("source_file", "source_row"))
        whole = grouping_rate(engine, table).frame
        rates = {by: grouping_rate(engine, table, (by,)).frame for by in RATES_BY}
    for by, frame in rates.items():
        write_bytes(out / f"grouping_rate_{by}.csv", csv_bytes(frame))
    write_bytes(out / "ledger.csv", csv_bytes(ledger_frame(ledger)))
    for language in ("en", "zh"):
        text = grouping_text(whole, rates["level"], ledger, parameters, catalogue.version, language)
        write_text(out / f"summary.{language}.txt", text)
