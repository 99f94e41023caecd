"""Stage: raw files that are hospital-period panels already → the panel, with hospitals linked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..ledger import COLUMNS
from ..panel.direct import panel_from_report
from ..store.atomic import write_bytes
from ..store.frames import csv_bytes
from ..store.raw import read_raw
from .engines import stage_engine, told_of
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
    with stage_engine(workspace, out) as engine:
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
        used = told_of(engine)
    write_bytes(out / "links.csv", csv_bytes(made.links))
    told = inputs_of(raw, made.warnings, used)
    write_panel(
        out,
        declared,
        made.panel,
        made.whole,
        pd.DataFrame(columns=list(COLUMNS)),
        told["files"],
        told["warnings"],
        [used],
    )
