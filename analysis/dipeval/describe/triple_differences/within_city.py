"""Patients whom the reform reaches against those whom it does not, inside the reformed cities alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dipeval.describe.triple_differences.panels import PLACE, UNIT, TwoGroups
from dipeval.design import PanelDesign, build_design
from dipeval.design.validation import NOBODY
from dipeval.estimate import estimate
from dipeval.estimate.sample import refuse_leaving
from dipeval.results import Estimate

OF_GROUPS = {"regression": "twfe", "event_study": "twfe_event_study", "imputation": "imputation"}
ESTIMATORS = ("regression", "imputation")
SPILLOVER = "spillover"
NOT_YET = "not_yet_treated"


def within_design(groups: TwoGroups) -> tuple[PanelDesign, np.ndarray]:
    """Groups of the reformed hospitals as units, the eligible treated from the reform on.

    Returns
    -------
    PanelDesign
        Clustered by the design's variables that have several values here, and by hospital.
    rows : numpy.ndarray, shape (n,), bool
        Which rows of the grouped panel stand in it.
    """
    design = groups.given.designed
    refuse_leaving(design, "groups within cities")
    rows = groups.frame["cohort"].notna().to_numpy()
    frame = groups.frame[rows].assign(cohort=lambda f: f["cohort"].where(groups.eligible[rows], None))
    clusters = [name for name in groups.clusters if name == PLACE or frame[name].nunique() > 1]
    made = build_design(
        frame,
        unit=UNIT,
        time="period",
        cohort="cohort",
        clusters=clusters,
        periods=list(design.period_labels),
        weights=None if design.weights is None else "discharges",
        n_cases="discharges",
        comparison=NOT_YET if design.comparison == NOBODY else design.comparison,
        anticipation=design.anticipation,
        event_window=design.event_window,
        reference=design.reference,
    )
    return made, rows


def within_effects(groups: TwoGroups, outcome: str, estimators: Sequence[str]) -> dict[str, Estimate]:
    """Estimates ``within_<estimator>``, and ``spillover``.

    Parameters
    ----------
    groups : TwoGroups
    outcome : str
    estimators : sequence of {"regression", "imputation"}
        With the regression comes its event study.

    Raises
    ------
    DesignError
        Nothing to compare inside the reformed cities.

    Notes
    -----
    With unit effects of a hospital's group and period effects common to both groups. The spillover is the two-way
    effect on the group that the reform does not reach, against the same group of hospitals without it; none where the
    study compares with nobody.
    """
    values = groups.values(outcome)
    design, rows = within_design(groups)
    asked = [*estimators, *(["event_study"] if "regression" in estimators else [])]
    made = {}
    for name in asked:
        found = estimate(design, values[rows], estimator=OF_GROUPS[name], outcome=outcome)
        whole = found.clusters[PLACE].n  # units are groups of these
        made[f"within_{name}"] = replace(found, estimator=f"within_{name}", n_hospitals=whole)
    if groups.given.designed.comparison == NOBODY:
        return made
    others, mine = groups.side(False)
    found = estimate(others, values[mine], estimator="twfe", outcome=outcome)
    return made | {SPILLOVER: replace(found, estimator=SPILLOVER)}
