"""From the choices of a study to the comparison of two groups."""

from __future__ import annotations

from dataclasses import replace

from dipeval.describe.case_groups import case_groups
from dipeval.describe.dimensions import with_dimensions
from dipeval.describe.given import Given
from dipeval.describe.group_moments import group_moments
from dipeval.describe.measures import with_logarithms, with_measures
from dipeval.describe.regressions.cell_errors import RULES, few_hospitals
from dipeval.describe.regressions.model_cells import HOLDERS, ModelCells, model_cells
from dipeval.describe.selection import selected, told
from dipeval.describe.two_groups.change_exhibits import change_exhibits
from dipeval.describe.two_groups.grouping import (
    TwoGroups,
    check_covariates,
    groups_by_column,
    groups_by_day,
)
from dipeval.describe.two_groups.outcome_changes import Drawing, outcome_changes, regression_changes
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice

TITLES = ("Two groups of cases compared", "两组病例比较")


def before_after(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """The exhibits of a description of kind ``before_after``; see `kinds.before_after`."""
    engine, _ = given.stays
    options = choice.options
    covariates = tuple(options["covariates"])
    check_covariates(covariates, str(options["by"] or ""))
    groups = _groups(given, choice)
    table, dimensions = with_dimensions(engine, groups.cases, covariates, choice.bins, given.labels)
    table, measures = with_measures(table, tuple(options["outcomes"]))
    table, logs = with_logarithms(table, measures)
    table = engine.stage(table.select(*_needed(groups, dimensions, measures, logs)))
    ways = [groups.dimension, *dimensions.values()]
    cells = model_cells(engine, table, ways, measures)
    sides = case_groups(engine, table, groups.dimension.column, groups=groups.dimension.levels)
    moments = group_moments(engine, sides, [*measures, *logs])
    level, drawing = float(options["level"]), Drawing(int(options["draws"]), int(options["seed"]))
    found = []
    for place, (measure, log) in enumerate(zip(measures, logs, strict=True)):
        plain = outcome_changes(engine, sides, moments, measure, log, level, drawing, place)
        fitted = regression_changes(cells, measure.name, groups.dimension.name, str(options["errors"]), level)
        found.append(replace(plain, changes=(*plain.changes, *fitted)))
    labels = [(d.label_en, d.label_zh) for d in dimensions.values()]
    return change_exhibits(
        choice.name,
        choice.titles(*TITLES),
        found,
        groups.dimension,
        currency=given.currency,
        level=level,
        synthetic=given.synthetic,
        notes=_notes(choice, groups, labels, cells, level, drawing),
    )


def _groups(given: Given, choice: DescriptionChoice) -> TwoGroups:
    engine, stays = given.stays
    start, by = str(choice.options["from"] or ""), str(choice.options["by"] or "")
    if bool(start) == bool(by):
        what = "says neither `from` nor `by`" if not by else "says both `from` and `by`"
        raise DataError(
            "compare two groups", [Problem("groups", what, 'write from = "2021-07", or by = "…"')]
        )
    cases = selected(stays, choice.where)
    if start:
        return groups_by_day(engine, cases, start)
    return groups_by_column(engine, cases, by, tuple(choice.options["groups"]), choice.bins, given.labels)


def _needed(groups: TwoGroups, dimensions, measures, logs) -> list[str]:
    """Only the columns that are summed or grouped by."""
    named = [groups.dimension.column, *(d.column for d in dimensions.values()), *HOLDERS]
    return list(dict.fromkeys([*named, *(v.name for v in (*measures, *logs))]))


def _notes(
    choice: DescriptionChoice,
    groups: TwoGroups,
    labels: list[tuple[str, str]],
    cells: ModelCells,
    level: float,
    drawing: Drawing,
) -> list[tuple[str, str]]:
    """Which cases, how the numbers are made, what is held constant."""
    errors = str(choice.options["errors"])
    base = groups.dimension.labels[groups.base]
    notes = [told(choice.where)] if choice.where else []
    notes.append(
        (
            f"Differences and changes are against '{base[0]}', with {level:.0%} intervals; tests are two-sided and "
            "not adjusted for their number.",
            f"差值与变化率以“{base[1]}”为基准，附{level:.0%}区间；检验均为双侧，未作多重比较校正。",
        )
    )
    notes.append(
        (
            "Welch, Mann–Whitney and the bootstrap take cases as independent. Geometric means are of values above zero.",
            "Welch、Mann–Whitney与自助法均视病例为独立；几何均值仅用大于零的取值。",
        )
    )
    if drawing.draws:
        notes.append(
            (
                f"Bootstrap: {drawing.draws:,} draws of the cases of each group, seed {drawing.seed}.",
                f"自助法：各组有放回抽样{drawing.draws:,}次，种子{drawing.seed}。",
            )
        )
    adjusted = f"; adjusted for {', '.join(a for a, _ in labels)}" if labels else ""
    chinese = f"；调整变量：{'、'.join(b for _, b in labels)}" if labels else ""
    rule = RULES[errors]
    notes.append(
        (
            f"Gamma regression with log link{adjusted}. {rule[0]}.",
            f"Gamma回归（对数连接）{chinese}。{rule[1]}。",
        )
    )
    if groups.outside:  # How many would tell a small group by difference.
        notes.append(("Cases in neither group are left out.", "不属于两组的病例未纳入。"))
    return [*notes, *few_hospitals(errors, cells.n_hospitals)]
