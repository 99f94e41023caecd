"""Stays of two groups of patients → the panels and designs that a triple difference is estimated on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.given import Given
from dipeval.design import PanelDesign, build_design
from dipeval.design.gaps import WEIGHT, hospital_gaps
from dipeval.design.partition import Partition, partition_of
from dipeval.errors import DataError, Problem
from dipeval.estimate.sample import refuse_leaving
from dipeval.panel.extras import extras_of
from dipeval.panel.grouped import group_of_words, grouped_panel
from dipeval.panel.outcomes import outcome_values
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import outcomes

ELIGIBLE, COMPARISON = "eligible", "comparison"
UNIT, PLACE = "unit", "hospital"


@dataclass(frozen=True)
class TwoGroups:
    """Hospitals by group and period, inside the design.

    Attributes
    ----------
    frame : pandas.DataFrame
        Grouped panel with ``cohort``, ``hospital`` (city/hospital), ``unit`` (with the group) and the
        clustering variables of the design.
    given : Given
    absent : int
        Hospital-periods in which one of the groups has no stay.
    outside : int
        Stays that are in neither group.
    """

    frame: pd.DataFrame
    given: Given
    absent: int
    outside: int

    @property
    def eligible(self) -> np.ndarray:
        """Rows of the eligible group, (n,)."""
        return (self.frame["group"] == ELIGIBLE).to_numpy()

    @property
    def clusters(self) -> list[str]:
        """Clustering variables of the design, and the hospital."""
        return list(dict.fromkeys([*self.given.designed.unit_clusters, PLACE]))

    def values(self, outcome: str) -> np.ndarray:
        """An outcome by row (n,); NaN where it is undefined."""
        return outcome_values(self.frame, outcomes()[outcome])[0]

    def partition(self) -> Partition:
        """Groups of hospitals as units, with the side of each."""
        design = self._design(self.frame, UNIT, self._weights("discharges"))
        return partition_of(design, self.eligible, PLACE)

    def side(self, eligible: bool) -> tuple[PanelDesign, np.ndarray]:
        """The hospitals of one group alone, and which rows (n,) they are."""
        rows = self.eligible == eligible
        return self._design(self.frame[rows], PLACE, self._weights("discharges")), rows

    def gaps(self, values: np.ndarray) -> tuple[PanelDesign, pd.Series]:
        """Eligible less comparison within hospital and period, with its design."""
        weights = self._weights("discharges")
        carried = [name for name in ("cohort", *self.clusters) if name != PLACE]
        made = hospital_gaps(
            self.frame,
            values,
            self.eligible,
            hospital=PLACE,
            weights=weights,
            cases="discharges",
            carried=carried,
        )
        if made.empty:
            todo = "name groups that are treated in the same hospitals"
            problem = Problem("groups", "have no outcome in the same hospital and period", todo)
            raise DataError("triple difference", [problem])
        return self._design(made, PLACE, weights and WEIGHT), made["gap"]

    def _weights(self, name: str) -> str | None:
        return None if self.given.designed.weights is None else name

    def _design(self, frame: pd.DataFrame, unit: str, weights: str | None) -> PanelDesign:
        design = self.given.designed
        refuse_leaving(design, "triple difference")
        return build_design(
            frame,
            unit=unit,
            time="period",
            cohort="cohort",
            clusters=self.clusters,
            periods=list(design.period_labels),
            weights=weights,
            n_cases="discharges",
            comparison=design.comparison,
            anticipation=design.anticipation,
            event_window=design.event_window,
            reference=design.reference,
        )


def two_groups(given: Given, choice: DescriptionChoice, names: Sequence[str]) -> TwoGroups:
    """Sum the stays of both groups by hospital and period.

    Parameters
    ----------
    given : Given
        With a design and cases.
    choice : DescriptionChoice
        With ``within``, ``eligible`` and ``comparison``, and which cases.
    names : sequence of str
        Outcomes that are wanted.

    Raises
    ------
    DataError
        Cases or columns that are lacking, groups that overlap, or that a city lacks.

    Notes
    -----
    One pass over the cases.
    """
    from dipeval.describe.selection import selected

    engine, cases = given.stays
    design = given.designed
    mine = selected(cases, choice.where)
    groups = {ELIGIBLE: choice.options["eligible"], COMPARISON: choice.options["comparison"]}
    made = grouped_panel(
        engine,
        mine,
        group=group_of_words(mine, str(choice.options["within"]), groups),
        groups=tuple(groups),
        frequency=given.frequency,
        extras=extras_of(list(names)),
    )
    frame = made.frame.assign(hospital=made.frame["city"] + "/" + made.frame["hospital"])
    frame = frame.merge(hospital_facts(design), on=PLACE, how="inner", validate="many_to_one")
    frame[UNIT] = frame[PLACE] + "/" + frame["group"]
    absent = int(frame.groupby(["hospital", "period"]).size().eq(1).sum())
    return TwoGroups(frame, given, absent, made.entry.rows_rejected)


def hospital_facts(design: PanelDesign) -> pd.DataFrame:
    """Cohort and clusters of each hospital of the design."""
    cohorts = [design.cohort_label(c) if np.isfinite(c) else None for c in design.unit_cohort]
    made = {PLACE: design.units.astype(str), "cohort": cohorts}
    for name, codes in design.unit_clusters.items():
        if name not in (PLACE, "city"):
            made[name] = np.array(design.cluster_names[name], object)[codes]
    return pd.DataFrame(made)
