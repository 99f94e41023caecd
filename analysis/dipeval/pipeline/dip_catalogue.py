"""Stage: the clean discharges of a city → the catalogue of one year."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..dip.building import build_catalogue
from ..dip.catalogue import Catalogue, catalogue_files, catalogue_of
from ..dip.grouping import grouped
from ..dip.published import published_catalogue, with_references
from ..store.atomic import read_text, write_bytes, write_text
from ..store.contract import TableEngine
from .dip_words import catalogue_text
from .engines import stage_engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .dip_plan import Payment
    from .stages import Workspace


def run(workspace: Workspace, out: Path, name: str, payment: Payment) -> None:
    """Write ``types.csv``, ``references.csv``, ``catalogue.json`` and the summaries.

    Cost: one pass over the discharges of the base years, two where costs are trimmed.
    """
    parameters = payment.parameters()
    with stage_engine(workspace, out) as engine:
        stays = engine.scan_parquet(workspace.folder(f"clean/{name}") / "discharges.parquet")
        catalogue = catalogue_for(engine, stays, payment)
    for file, content in catalogue_files(catalogue).items():
        write_bytes(out / file, content)
    for language in ("en", "zh"):
        write_text(out / f"summary.{language}.txt", catalogue_text(catalogue, parameters, language))


def catalogue_for(engine: TableEngine, stays: ir.Table, payment: Payment) -> Catalogue:
    """Build the catalogue of a payment file's year, or load the published one that the file names."""
    parameters = payment.parameters()
    if not payment.published:
        return build_catalogue(engine, stays, parameters.grouping, parameters.weighting, payment.year)
    version = parameters.grouping.version
    found = published_catalogue(payment.published, payment.published_where, version, parameters.weighting)
    last_year = stays.filter(stays.discharge_date.year() == payment.year - 1)
    return with_references(
        engine, engine.stage(grouped(engine, last_year, found, parameters.grouping)), found
    )


def catalogue_in(folder: Path) -> Catalogue:
    """The catalogue that the stage wrote into a folder."""
    files = {name: read_text(folder / name) for name in ("types.csv", "references.csv", "catalogue.json")}
    return catalogue_of(files, folder.name)
