"""Stage: raw files that are hospital-period panels already → the panel, with hospitals linked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..ledger import COLUMNS
from ..panel.direct import panel_from_report
from ..store.atomic import remove_folder, write_bytes
from ..store.engine import Engine
from ..store.frames import csv_bytes
from ..store.raw import read_raw
from .inputs import inputs_of
from .paneling import write_panel

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write what `paneling.run` writes, and ``links.csv``: the links made and those refused."""
    import pandas as pd

    study = declared.study
    (name,) = study.cities
    city, source = declared.cities[name], declared.source(name)
    spill = out / ".spill"
    with Engine(temp_directory=spill) as engine:
        raw = read_raw(engine, city, source, workspace.project.find_raw(city))
        made = panel_from_report(
            engine,
            city,
            source,
            raw,
            frequency=study.frequency,
            start=study.start,
            end=study.end,
            keep=study.keep,
        )
    remove_folder(spill)
    write_bytes(out / "links.csv", csv_bytes(made.links))
    told = inputs_of(raw, made.warnings)
    write_panel(
        out,
        declared,
        made.panel,
        made.whole,
        pd.DataFrame(columns=list(COLUMNS)),
        told["files"],
        told["warnings"],
    )
