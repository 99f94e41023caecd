"""Effects by group of patients: scheme, sex, age, as hospitals by group by period."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.describe.dimensions import MISSING, Dimension, with_dimensions
from dipeval.describe.given import Given
from dipeval.describe.heterogeneity.before_reform import STAGE
from dipeval.describe.heterogeneity.by_group import group_exhibits
from dipeval.describe.heterogeneity.grouping import UNIT, Grouping
from dipeval.describe.selection import selected, told
from dipeval.describe.triple_differences.panels import PLACE, hospital_facts
from dipeval.design import PanelDesign, build_design
from dipeval.errors import DataError, Problem, nearest
from dipeval.estimate.heterogeneity.groups import Groups
from dipeval.estimate.sample import refuse_leaving
from dipeval.panel.extras import extras_of
from dipeval.panel.grouped import GROUP, grouped_panel
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice

UNITS = (
    "Units are the patients of a group in a hospital; the pooled effect is over them, so hospitals count once for each group "
    "that they treat.",
    "分析单位为各医院的各患者组；合并效应以此为单位，医院按其收治的组数计入。",
)
OUTSIDE = ("{count} stays are in no group.", "{count}例住院不属于任何组。")


def by_patients(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A forest and a table for each outcome, as effects by group of hospitals have them.

    Raises
    ------
    DataError
        A study without a design or cases, a column that is lacking, levels that nobody has.
    DesignError
        An estimator or a word that does not fit, no overall effect, hospitals that leave the reform.

    Notes
    -----
    Two passes over the cases; then one estimate a group.
    """
    engine, cases = given.stays
    refuse_leaving(given.designed, f"effects.{choice.name}")
    by = str(choice.options["by"])
    table, found = with_dimensions(engine, selected(cases, choice.where), [by], choice.bins, given.labels)
    dimension = found[by]
    levels = _levels(dimension, tuple(choice.options["levels"]))
    word = table[dimension.column]
    panel = grouped_panel(
        engine,
        table,
        group=word.isin(list(levels)).ifelse(word, None).cast("string"),
        groups=levels,
        frequency=given.frequency,
        extras=extras_of(list(choice.options["outcomes"])),
        in_every_city=False,
    )
    frame = panel.frame.assign(hospital=panel.frame["city"] + "/" + panel.frame["hospital"])
    frame = frame.merge(hospital_facts(given.designed), on=PLACE, how="inner", validate="many_to_one")
    there = given.panel[[UNIT, "period"]].astype("str").rename(columns={UNIT: PLACE})
    frame = frame.merge(there, on=[PLACE, "period"], how="inner", validate="many_to_one")
    frame[UNIT] = frame[PLACE] + "/" + frame[GROUP]
    design = _design(given.designed, frame)
    notes = [UNITS]
    if panel.entry.rows_rejected:
        notes.append(tuple(text.format(count=f"{panel.entry.rows_rejected:,}") for text in OUTSIDE))
    if choice.where:
        notes.append(told(choice.where))
    of_unit = frame.groupby(UNIT)[GROUP].first().reindex(design.units)
    groups = Groups(levels, np.array([levels.index(name) for name in of_unit]))
    labels = {name: dimension.labels[name] for name in levels}
    grouping = Grouping(groups, labels, (dimension.label_en, dimension.label_zh), tuple(notes))
    return group_exhibits(replace(given, panel=frame, design=design), choice, grouping)


def _levels(dimension: Dimension, asked: tuple[str, ...]) -> tuple[str, ...]:
    """The levels that are groups: those asked for, or all that are known."""
    known = [level for level in dimension.levels if level != MISSING]
    strange = [level for level in asked if level not in known]
    if strange:
        what = f"is no level of {dimension.name} that some case has"
        raise DataError(STAGE, [Problem(f"levels: {name}", what, nearest(name, known)) for name in strange])
    levels = asked or tuple(known)
    if len(levels) < 2:
        todo = "name a column of several levels, or fewer restrictions"
        raise DataError(
            STAGE, [Problem(f"by: {dimension.name}", f"has {len(levels)} level among these cases", todo)]
        )
    return levels


def _design(design: PanelDesign, frame: pd.DataFrame) -> PanelDesign:
    """The study's design on hospitals by group."""
    return build_design(
        frame,
        unit=UNIT,
        time="period",
        cohort="cohort",
        clusters=list(dict.fromkeys([*design.unit_clusters, PLACE])),
        periods=list(design.period_labels),
        weights=None if design.weights is None else "discharges",
        n_cases="discharges",
        comparison=design.comparison,
        anticipation=design.anticipation,
        event_window=design.event_window,
        reference=design.reference,
    )
