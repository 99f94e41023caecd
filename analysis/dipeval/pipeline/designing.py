"""From the panel and the study's treatment to a design: who is treated when, against whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ..design.leaving import DROP
from ..design.panel_design import PanelDesign, build_design
from ..design.policies import exposure_of_rows
from ..errors import DesignError, Problem
from ..ledger import Entry, Ledger
from ..panel.hospital_panel import HospitalPanel
from ..study import NEVER
from ..study.model import Dates

if TYPE_CHECKING:
    from .plan import Declared

UNIT = "unit"


@dataclass(frozen=True)
class Designed:
    """A panel that the design has been built from.

    Attributes
    ----------
    frame : pandas.DataFrame
        Rows of the panel inside the window and the design, with ``unit``, ``cohort`` (period label
        or ``never``), ``arm`` (what treatment is declared by) and ``after`` (bool).
    design : PanelDesign
    ledger : Ledger
        What the exclusions of the study took away.
    """

    frame: pd.DataFrame
    design: PanelDesign
    ledger: Ledger


def placed_frame(declared: Declared, panel: HospitalPanel) -> tuple[pd.DataFrame, list[Entry]]:
    """Rows of the panel inside the window that the study does not exclude, with who is treated when.

    Returns
    -------
    frame : pandas.DataFrame
        With ``unit``, ``arm``, ``cohort`` and ``after`` as `Designed.frame` has them, and ``ended`` (first period
        no longer treated, or ``never``); its index is the panel's.
    entries : list of Entry
        What the exclusions took away.

    Raises
    ------
    DesignError
        When the study says of some attribute not when it is treated.
    """
    study, treatment = declared.study, declared.study.treatment
    frame = panel.frame
    frame = frame[(frame["period"] >= study.start) & (frame["period"] <= study.end)].copy()
    frame[UNIT] = frame["city"] + "/" + frame["hospital"]
    entries = []
    if treatment.by == "city":
        frame["arm"] = frame["city"]
        starts = {name: _start(city.dates, study.frequency) for name, city in declared.cities.items()}
    else:
        frame["arm"] = _baseline(frame, treatment.by, entries)
        starts = {word: _at_frequency(start, study.frequency) for word, start in treatment.starts.items()}
    frame = _exclude(frame, treatment.excluded, entries)
    frame["cohort"] = frame["arm"].map(starts)
    if frame["cohort"].isna().any():
        words = sorted(frame.loc[frame["cohort"].isna(), "arm"].astype(str).unique())
        todo = "give each a start or never under [design.starts], or exclude it"
        problem = Problem(
            "panel", f"no start is declared for {treatment.by}", todo, tuple(words[:5]), len(words)
        )
        raise DesignError("design", [problem])
    frame["after"] = (frame["cohort"] != NEVER) & (frame["period"] >= frame["cohort"])
    ends = ends_of(declared)
    frame["ended"] = frame["arm"].map({arm: ends.get(arm, NEVER) for arm in frame["arm"].unique()})
    if treatment.after_leaving == DROP:
        frame = _until_leaving(frame, entries)
    return frame, entries


def design_study(declared: Declared, panel: HospitalPanel) -> Designed:
    """Build the design of a study.

    Raises
    ------
    DesignError
        When nobody is treated or nothing is left to compare with, when a policy to adjust for came with the
        reform in every city, and for all that `build_design` checks.
    """
    treatment = declared.study.treatment
    frame, entries = placed_frame(declared, panel)
    controls = [policy for policy in declared.study.policies if policy.name in treatment.policies]
    in_force = exposure_of_rows(controls, frame) if controls else {}
    design = build_design(
        # A hospital's code is its own within a city only, so the design knows it by both.
        frame.assign(
            cohort=frame["cohort"].where(frame["cohort"] != NEVER, None), hospital=frame[UNIT], **in_force
        ),
        unit="hospital",
        time="period",
        cohort="cohort",
        clusters=list(treatment.clusters),
        covariates=list(in_force),
        weights=None if treatment.weights == "none" else treatment.weights,
        n_cases="discharges",
        comparison=treatment.comparison,
        anticipation=treatment.anticipation,
        event_window=tuple(treatment.event_window),
        reference=treatment.reference,
        ended="ended" if (frame["ended"] != NEVER).any() else None,
    )
    if in_force:
        from ..estimate.policies.measures import refuse_same_dates

        refuse_same_dates(design, in_force)
    return Designed(frame.drop(columns="ended").reset_index(drop=True), design, Ledger(tuple(entries)))


def ends_of(declared: Declared) -> dict[str, str]:
    """First period after leaving the reform, by what treatment is declared by; those that stay are not in it."""
    study, treatment = declared.study, declared.study.treatment
    ends = treatment.ends
    if treatment.by == "city":
        ends = {name: city.dates.ended for name, city in declared.cities.items() if city.dates.ended}
    return {arm: _at_frequency(end, study.frequency) for arm, end in ends.items()}


def _start(dates: Dates, frequency: str) -> str:
    """Only actual payment counts as the start; a document's date never does."""
    return NEVER if dates.never else _at_frequency(dates.payment, frequency)


def _at_frequency(label: str, frequency: str) -> str:
    """The period of a date: a year or quarter in which payment starts counts as treated, one in which it ends not."""
    if label == NEVER or frequency == "month" or len(label) == 4:
        return label
    if frequency == "year":
        return label[:4]
    return label if "Q" in label else f"{label[:4]}Q{(int(label[5:7]) + 2) // 3}"


def _baseline(frame: pd.DataFrame, by: str, entries: list[Entry]) -> pd.Series:
    """The attribute in a hospital's first period; hospitals that change it later are counted."""
    first = (
        frame.sort_values("period", kind="stable").groupby(UNIT)[by].transform("first").reindex(frame.index)
    )
    changed = (frame[by] != first) & frame[by].notna()
    hospitals = frame[UNIT].nunique()
    note = f"{frame.loc[changed, UNIT].nunique()} hospitals change it; the first value counts"
    entries.append(
        Entry(
            "design",
            by,
            "attribute_at_baseline",
            len(frame),
            len(frame),
            int(changed.sum()),
            hospitals,
            hospitals,
            note,
        )
    )
    return first


def _until_leaving(frame: pd.DataFrame, entries: list[Entry]) -> pd.DataFrame:
    """Leave out the periods after a hospital left the reform: it is neither treated nor a clean comparison."""
    out = (frame["ended"] != NEVER) & (frame["period"] >= frame["ended"])
    kept = frame[~out].assign(ended=NEVER)
    if out.any():
        hospitals = (frame[UNIT].nunique(), kept[UNIT].nunique())
        note = "the hospital has left the reform"
        part = entries[-1].part if entries else "arm"
        entries.append(Entry("design", part, "after_leaving", len(frame), len(kept), 0, *hospitals, note))
    return kept


def _exclude(frame: pd.DataFrame, words: tuple[str, ...], entries: list[Entry]) -> pd.DataFrame:
    for word in words:
        kept = frame[frame["arm"] != word]
        note = f"excluded by the study: {word}"
        before, after = frame[UNIT].nunique(), kept[UNIT].nunique()
        part = entries[-1].part if entries else "arm"
        entries.append(Entry("design", part, "excluded", len(frame), len(kept), 0, before, after, note))
        frame = kept
    return frame
