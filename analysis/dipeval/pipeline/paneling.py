"""Stage: the clean discharges of all cities → the hospital-period panel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..clean.identity.interim import INTERIM_SETTLEMENT
from ..clean.identity.split import SPLIT_STAY
from ..panel.build import counted_stays, hospital_panel
from ..panel.episodes import LINKED
from ..panel.expected_without import expected_without
from ..panel.extras import extras_of
from ..panel.hospital_panel import HospitalPanel
from ..panel.published import require_published
from ..store.atomic import write_bytes, write_text
from ..store.frames import (
    csv_bytes,
    frame_bytes,
    json_text,
    ledger_frame,
    ledger_of,
    read_csv,
    read_frame,
    read_json,
)
from .engines import stage_engine, told_of

if TYPE_CHECKING:
    from ..store.contract import TableEngine
    from ..study import Study
    from .plan import Declared
    from .stages import Workspace

WITHOUT = "expected_without.parquet"


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write ``panel.parquet``, ``ledger.csv``, ``facts.json`` and, where declared, ``validation.csv``
    and what would be expected without each city."""
    study = declared.study
    folders = {name: workspace.folder(f"clean/{name}") for name in study.cities}
    with stage_engine(workspace, out) as engine:
        panel = hospital_panel(
            engine,
            {name: clean_stays(workspace, study, name) for name in study.cities},
            declared.cities,
            frequency=study.frequency,
            start=study.start,
            end=study.end,
            level=study.level,
            stays=study.stays,
            linked_days=study.linked_days,
            standardise=study.standard,
            extras=extras_of((*study.outcomes, *study.table_one)),
        )
        if study.standard is not None:
            write_bytes(out / WITHOUT, frame_bytes(_without(engine, workspace, study)))
        engines = [told_of(engine)]
    before = pd.concat([read_csv(folder / "ledger.csv") for folder in folders.values()], ignore_index=True)
    files, warnings = [], []
    for folder in folders.values():
        told = read_json(folder / "inputs.json")
        files += told["files"]
        warnings += told["warnings"]
        engines.append(told["engine"])
    warnings += _not_linked(study, before)
    write_panel(out, declared, panel, panel, before, files, warnings, engines)


def _without(engine: TableEngine, workspace: Workspace, study: Study) -> pd.DataFrame:
    """What would be expected without each city, for the errors of standardised outcomes."""
    window = (study.stays, study.linked_days, study.start, study.end)
    paths = {name: clean_stays(workspace, study, name) for name in study.cities}
    tables = {name: counted_stays(engine, path, *window) for name, path in paths.items()}
    return expected_without(engine, tables, study.standard, study.frequency)


def clean_stays(workspace: Workspace, study: Study, city: str) -> Path:
    """The clean stays of a city, with what DIP pays for each where the study asks for it."""
    stage = f"clean/{city}" if study.payment is None else f"payment/{city}"
    return workspace.folder(stage) / "discharges.parquet"


def _not_linked(study: Study, before: pd.DataFrame) -> list[str]:
    """Cities whose bills are not linked although the study counts stays: who they are of is not known."""
    if study.stays != LINKED:
        return []
    told = []
    for city in study.cities:
        judged = set(before.loc[before["part"] == city, "rule"])
        told += [
            f"{city}: {what} are not linked: the files lack their columns{how}"
            for rule, what, how in (
                (INTERIM_SETTLEMENT.name, "interim settlements", ""),
                (SPLIT_STAY.name, "split stays", ", or no key was given for the numbers of persons"),
            )
            if rule not in judged
        ]
    return told


def write_panel(
    out: Path,
    declared: Declared,
    panel: HospitalPanel,
    whole: HospitalPanel,
    before: pd.DataFrame,
    files: list[dict],
    warnings: list[str],
    engines: list[str],
) -> None:
    """Write a panel with its ledger, after its published totals were found to agree.

    Parameters
    ----------
    whole : HospitalPanel
        The panel before any hospital was left out; published totals are computed on it.
    before : pandas.DataFrame
        Ledger rows of the stages before.
    engines : list of str
        Name and version of each engine that had a part in it; the numbers do not depend on it.

    Raises
    ------
    DataError
        When a published total does not agree.
    """
    if declared.study.published:
        write_bytes(out / "validation.csv", csv_bytes(require_published(whole, declared.study.published)))
    ledger = pd.concat([before, ledger_frame(panel.ledger)], ignore_index=True)
    write_bytes(out / "ledger.csv", csv_bytes(ledger))
    write_bytes(out / "panel.parquet", frame_bytes(panel.frame))
    facts = {
        "frequency": panel.frequency,
        "currency": panel.currency,
        "source": panel.source,
        "files": files,
        "warnings": warnings,
        "engines": sorted(set(engines)),
    }
    write_text(out / "facts.json", json_text(facts))


def read_panel(folder: Path) -> HospitalPanel:
    """Read back what `write_panel` wrote."""
    facts = read_json(folder / "facts.json")
    return HospitalPanel(
        read_frame(folder / "panel.parquet"),
        facts["frequency"],
        facts["currency"],
        facts["source"],
        ledger_of(read_csv(folder / "ledger.csv")),
    )
