"""Stage: the panel → the clusters of hospitals that a study carries on, before anything is designed by them.

A stage of its own, since the design may be restricted by clusters and descriptions be grouped by them: what comes after
holds the checksum of the labels in its key, and so runs again when a hospital moved, and only then.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..describe.cases.grid import Word
from ..describe.clusters.carried import HOSPITAL, Carried, carried, refuse_after_reform
from ..describe.clusters.formers import FORMERS
from ..describe.registry import KINDS
from ..errors import DataError, Problem
from ..store.atomic import write_bytes, write_text
from ..store.frames import frame_bytes, json_text, read_frame, read_json
from .carrying import STAGE, carried_names, declared_clusterings, uses_of
from .designing import placed_frame
from .paneling import read_panel

if TYPE_CHECKING:
    from ..study.descriptions import DescriptionChoice
    from .plan import Declared
    from .stages import Workspace

FACTS = "clusterings.json"
TELLS = ("title", "clusters", "first", "last", "after_reform", "allowed", "said")


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write ``<clustering>.parquet``, a row a hospital, and ``clusterings.json``.

    Raises
    ------
    DataError
        What the clustering itself refuses, with its place in the study; clusterings of periods at or after the reform
        that an effect is to be measured by.
    """
    study = declared.study
    frame = panel_of(workspace, declared)
    anticipation = study.treatment.anticipation if study.treatment is not None else 0
    facts = {}
    for name in carried_names(study):
        workspace.say(f"cluster: {name}")
        made = _formed(study.name, frame, declared_clusterings(study)[name], anticipation)
        for key, used, effect in uses_of(study):
            if used == name and effect:
                refuse_after_reform(made, f"analysis/studies/{study.name}.toml, key {key}")
        write_bytes(out / f"{name}.parquet", frame_bytes(made.frame))
        facts[name] = {tell: getattr(made, tell) for tell in TELLS}
    write_text(out / FACTS, json_text(facts))


def panel_of(workspace: Workspace, declared: Declared) -> pd.DataFrame:
    """Rows of the panel inside the window; with a design, who is treated when, before anything is built of it."""
    study = declared.study
    panel = read_panel(workspace.folder("panel"))
    if study.treatment is not None:
        return placed_frame(declared, panel)[0].reset_index(drop=True)
    return panel.frame[panel.frame["period"].between(study.start, study.end)].reset_index(drop=True)


def _formed(study: str, frame: pd.DataFrame, choice: DescriptionChoice, anticipation: int) -> Carried:
    kind = KINDS[choice.kind]
    try:
        cluster, found = FORMERS[choice.kind](frame, choice)
        return carried(frame, choice, cluster, found, anticipation, (kind.label_en, kind.label_zh))
    except DataError as error:
        where = f"analysis/studies/{study}.toml, key {choice.heading}.{choice.name}"
        told = [Problem(f"{where}: {p.where}", p.what, p.todo, p.evidence, p.count) for p in error.problems]
        raise DataError("cluster", told) from None


def read_clusterings(workspace: Workspace, declared: Declared) -> Mapping[str, Carried]:
    """What the stage wrote, by name; empty for a study that carries no clustering on."""
    if not carried_names(declared.study):
        return {}
    return clusterings_in(workspace.folder(STAGE))


def clusterings_in(folder: Path) -> dict[str, Carried]:
    """The clusterings of a folder that `run` wrote."""
    found = {}
    for name, told in read_json(folder / FACTS).items():
        found[name] = Carried(
            name,
            tuple(told["title"]),
            read_frame(folder / f"{name}.parquet"),
            tuple(Word(*word) for word in told["clusters"]),
            told["first"],
            told["last"],
            tuple(told["after_reform"]),
            told["allowed"],
            tuple((english, chinese) for english, chinese in told["said"]),
        )
    return found


def with_clusters(rows: pd.DataFrame, clusterings: Mapping[str, Carried]) -> pd.DataFrame:
    """Rows of a panel with a column ``cluster:<name>`` for each clustering."""
    return rows.assign(**{one.column: one.on(rows) for one in clusterings.values()}) if clusterings else rows


def hospital_words(clusterings: Mapping[str, Carried]) -> pd.DataFrame:
    """``city``, ``hospital`` and a column ``cluster:<name>`` for each clustering; hospitals sorted."""
    every = pd.concat([one.frame[HOSPITAL] for one in clusterings.values()]).drop_duplicates()
    return with_clusters(every.sort_values(HOSPITAL, ignore_index=True), clusterings)
