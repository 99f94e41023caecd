"""A design among hospitals of clusters that hold both sides: who has nobody like it on the other side leaves.

``[design] common_clusters = "cluster:<name>"``. The hospitals leave the panel on which everything of the design stands, with an
entry of the ledger; the clusters themselves were formed on all hospitals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..describe.clusters.carried import HOSPITAL, Carried
from ..errors import DesignError, Problem
from ..ledger import Entry
from ..panel.hospital_panel import HospitalPanel
from ..results.exhibit import Exhibit
from ..study import NEVER
from ..study.descriptions import CLUSTER, no_cluster
from .clustering import clusterings_in, read_clusterings
from .designing import UNIT, placed_frame
from .paneling import read_panel

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace

RULE = "common_clusters"


def design_panel(workspace: Workspace, declared: Declared) -> HospitalPanel:
    """The panel that the design of a study stands on: all of it, or the hospitals of common clusters.

    Raises
    ------
    DesignError
        As `restricted`.
    """
    panel = read_panel(workspace.folder("panel"))
    return restricted(panel, declared, read_clusterings(workspace, declared)) if _of(declared) else panel


def design_panel_in(folder: Path, declared: Declared) -> HospitalPanel:
    """As `design_panel`, of the folder that holds what a run has published."""
    panel = read_panel(folder / "panel")
    return restricted(panel, declared, clusterings_in(folder / "clusters")) if _of(declared) else panel


def restricted(panel: HospitalPanel, declared: Declared, clusterings: Mapping[str, Carried]) -> HospitalPanel:
    """Leave out hospitals whose cluster holds no treated hospital, or nobody to compare with, and those in no cluster.

    Parameters
    ----------
    panel : HospitalPanel
    declared : Declared
        Its design names the clustering.
    clusterings : mapping of str to Carried

    Returns
    -------
    HospitalPanel
        With an entry of the ledger. A cluster needs a hospital that is treated in the window and one that never is or, in
        a design that compares with hospitals not yet treated, is so later. Cost O(rows).

    Raises
    ------
    DesignError
        The clustering has found no clusters, or no cluster holds both sides.
    """
    study = declared.study
    clustering = clusterings[_of(declared)]
    frame = placed_frame(declared, panel)[0]
    units = frame.drop_duplicates(UNIT)
    word = clustering.on(units)
    late = study.treatment.comparison != "never_treated"
    kept = [w for w, mine in units.groupby(word.to_numpy()) if _has_both(mine["cohort"], study.end, late)]
    kept = [w for w in kept if w != no_cluster(clustering.name)]
    if not kept:
        what = "has found no clusters" if not clustering.clusters else "has no cluster that holds both sides"
        todo = "compare all hospitals (leave the key out), or form other clusters"
        where = f"analysis/studies/{study.name}.toml, key design.{RULE}"
        raise DesignError("design", [Problem(where, f"{clustering.column} {what}", todo)])
    gone = units.loc[~word.isin(kept), HOSPITAL]
    keys = pd.MultiIndex.from_frame(panel.frame[HOSPITAL].astype("str"))
    inside = ~keys.isin(pd.MultiIndex.from_frame(gone.astype("str")))
    left = panel.frame[inside].reset_index(drop=True)
    counts = [len(f[HOSPITAL].drop_duplicates()) for f in (panel.frame, left)]
    note = f"in no cluster of {clustering.name} that holds treated hospitals and others to compare with"
    entry = Entry("design", clustering.column, RULE, len(panel.frame), len(left), 0, *counts, note)
    return replace(panel, frame=left, ledger=panel.ledger.add(entry))


def _has_both(cohort: pd.Series, end: str, late: bool) -> bool:
    treated = cohort[(cohort != NEVER) & (cohort <= end)]
    if treated.empty:
        return False
    return bool((cohort == NEVER).any() or (late and (cohort > treated.min()).any()))


def _of(declared: Declared) -> str:
    treatment = declared.study.treatment
    return treatment.common_clusters.removeprefix(CLUSTER) if treatment is not None else ""


def told_of(exhibit: Exhibit, clusterings: Mapping[str, Carried], declared: Declared) -> Exhibit:
    """The exhibit, which says that its hospitals are those of common clusters, and how these were formed."""
    if not _of(declared):
        return exhibit
    clustering = clusterings[_of(declared)]
    said = [
        (
            f"The design holds hospitals of those clusters of {clustering.title[0]} alone that have both sides.",
            f"设计仅纳入{clustering.title[1]}中同时含改革与对照医院的类别。",
        ),
        *clustering.said,
    ]
    said = [pair for pair in said if pair[0] not in exhibit.notes_en]
    english, chinese = (tuple(pair[i] for pair in said) for i in (0, 1))
    return replace(exhibit, notes_en=(*exhibit.notes_en, *english), notes_zh=(*exhibit.notes_zh, *chinese))
