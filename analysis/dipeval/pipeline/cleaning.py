"""Stage: the raw files of one city → its clean discharges, its rejected rows, its ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..clean.city import clean_city
from ..clean.identity.persons import readable
from ..schema.safe_cells import safe_cells
from ..store.atomic import write_bytes, write_text
from ..store.frames import csv_bytes, json_text, ledger_frame
from ..store.raw import read_raw
from .comparing import comparisons
from .engines import stage_engine, told_of
from .inputs import inputs_of
from .referring import references_of

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace

PLACE = ("source_file", "source_row")


def run(workspace: Workspace, out: Path, declared: Declared, name: str) -> None:
    """Write ``discharges.parquet``, ``rejects.csv``, ``ledger.csv`` and ``inputs.json`` of one city.

    Beside them what a person should review, where the city declares it: ``hospital_links.csv``,
    ``code_versions.csv``, ``codes_to_review.csv``, ``agreement.csv``.

    Rows stay in the engine; cost is one pass over the raw text and one over the typed rows.
    """
    study, city, key = declared.study, declared.cities[name], workspace.project.key
    source = readable(declared.source(name), key is not None)
    with stage_engine(workspace, out) as engine:
        if key is not None:
            engine.bring_key(key)
        raw = read_raw(engine, city, source, workspace.project.find_raw(city))
        references = references_of(workspace.project, city)
        cleaned = clean_city(
            engine,
            city,
            source,
            raw,
            start=study.start,
            end=study.end,
            keep=study.keep,
            without=study.without_flags,
            frequency=study.frequency,
            references=references,
        )
        engine.write_parquet(cleaned.table, out / "discharges.parquet", PLACE, cleaned.parts)
        engine.write_csv(safe_cells(cleaned.rejects), out / "rejects.csv", PLACE)
        write_bytes(out / "ledger.csv", csv_bytes(ledger_frame(cleaned.ledger)))
        compared = comparisons(engine, workspace.project, declared, city, cleaned, references)
        for file, frame in {**cleaned.reviews, **compared}.items():
            write_bytes(out / file, csv_bytes(frame))
        told = inputs_of(raw, cleaned.warnings, told_of(engine), cleaned.flags)
        write_text(out / "inputs.json", json_text(told))
