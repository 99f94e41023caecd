"""The study's own estimates by city, beside the comparison of its cities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from ..describe.cities.effects import effects_by_start
from ..results.exhibit import Exhibit
from ..study import NEVER
from ..vocabulary import columns
from .estimate_files import read_estimates

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace

Words = tuple[str, str]


def effects_of(
    workspace: Workspace, declared: Declared, panel: pd.DataFrame, labels: Mapping[str, Words]
) -> tuple[Exhibit | None, Words | None]:
    """Effects by start, where treatment goes by what is compared; else why there are none."""
    study = declared.study
    if not study.estimators:
        return None, ("the study estimates nothing", "本研究未作估计")
    by = study.compare.by
    if study.treatment.by != by:
        treated, compared = columns()[study.treatment.by], columns()[by]
        return None, (
            f"treatment goes by {treated.label_en.lower()}, not by {compared.label_en.lower()}: "
            "no effect belongs to one of them",
            f"改革按{treated.label_zh}而非{compared.label_zh}实施，无对应的单独效应",
        )
    first = study.treatment.clusters[0]
    every = read_estimates(workspace.folder("estimate"))
    mine = [e for e in every if e.fact("estimator") == study.main and e.fact("cluster_shown") == first]
    made = effects_by_start(mine, _starts(panel), labels, synthetic=study.synthetic)
    if made is None:
        return None, (
            f"the estimator {study.main} gives one effect for all",
            f"估计量 {study.main} 只给出总体效应",
        )
    return made, None


def _starts(panel: pd.DataFrame) -> dict[str, list[str]]:
    """By first treated period: the places that began then."""
    pairs = panel[["cohort", "arm"]].drop_duplicates().astype("str")
    treated = pairs[pairs["cohort"] != NEVER].sort_values(["cohort", "arm"])
    return {str(start): list(part["arm"]) for start, part in treated.groupby("cohort", sort=True)}
