"""From the choices of a study to regressions of an outcome and of a rate on categories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dipeval.describe.case_variable import CONTINUOUS, CaseVariable
from dipeval.describe.dimensions import Dimension, with_dimensions
from dipeval.describe.given import Given, require_columns
from dipeval.describe.measures import MEASURE, with_measures
from dipeval.describe.regressions.cell_errors import RULES, few_hospitals
from dipeval.describe.regressions.cell_model import LINEAR, LOGIT
from dipeval.describe.regressions.determinant_exhibits import determinant_forest, determinant_table
from dipeval.describe.regressions.determinant_words import DeterminantWords
from dipeval.describe.regressions.level_rows import LevelTable, level_table
from dipeval.describe.regressions.model_cells import ModelCells, model_cells
from dipeval.describe.selection import selected, told
from dipeval.errors import DataError, Problem, nearest
from dipeval.panel.aggregation import MICRO
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import columns, outcomes

if TYPE_CHECKING:
    import ibis.expr.types as ir

STAGE = "regress cases"
MICRO_DECIMALS = 6
TITLES = ("Determinants", "影响因素")
RATE_SUFFIX = "rate"


def determinants(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """The exhibits of a description of kind ``determinants``; see `kinds.determinants`."""
    engine, stays = given.stays
    options = choice.options
    outcome, rate = str(options["outcome"] or ""), str(options["rate"] or "")
    covariates = tuple(options["covariates"])
    _check(outcome, rate, covariates, dict(options["references"]))
    cases, measures = _with_outcomes(selected(stays, choice.where), outcome, rate)
    table, dimensions = with_dimensions(engine, cases, covariates, choice.bins, given.labels)
    references = _references(dimensions, dict(options["references"]))
    cells = model_cells(engine, table, list(dimensions.values()), measures)
    made = []
    for measure in measures:
        is_binary = measure.decimals == 0
        part = "" if is_binary or not outcome else RATE_SUFFIX
        name = f"{choice.name}_{part}" if part else choice.name
        words = DeterminantWords(
            name,
            measure.name,
            measure.name.removeprefix(MEASURE),
            measure.labels,
            dimensions,
            choice.where,
            is_binary,
        )
        family = LOGIT if is_binary else LINEAR
        level, errors = float(options["level"]), str(options["errors"])
        found = level_table(cells, measure.name, family, errors, level, references)
        made += _exhibits(found, cells, words, given, choice)
    return made


def _check(outcome: str, rate: str, covariates: tuple[str, ...], references: Mapping[str, str]) -> None:
    problems = []
    flags = [name for name, column in columns().items() if column.kind == "flag"]
    if not outcome and not rate:
        problems.append(Problem("outcome", "is missing, and so is `rate`", 'write outcome = "loss_case"'))
    if outcome and outcome not in flags:
        problems.append(Problem(f"outcome {outcome}", "is no yes-or-no column", nearest(outcome, flags)))
    if rate and rate not in case_rates():
        what = "is no ratio of two amounts of a case"
        problems.append(Problem(f"rate {rate}", what, nearest(rate, case_rates())))
    for name in dict.fromkeys(n for n in covariates if covariates.count(n) > 1):
        problems.append(Problem(f"covariate {name}", "is named twice", "name it once"))
    if outcome in covariates:
        problems.append(Problem(f"covariate {outcome}", "is the outcome itself", "leave it out"))
    if not covariates:
        problems.append(Problem("covariates", "are none", "name at least one"))
    for name in references:
        if name not in covariates:
            problems.append(Problem(f"references.{name}", "is no covariate here", nearest(name, covariates)))
    if problems:
        raise DataError(STAGE, problems)


def case_rates() -> tuple[str, ...]:
    """Outcomes of the vocabulary that are a ratio of two amounts which a case has."""
    known = columns()
    return tuple(
        name
        for name, o in outcomes().items()
        if o.kind == "ratio"
        and all(word in known and known[word].kind == "money" for word in (o.numerator, o.denominator))
    )


def _with_outcomes(cases: ir.Table, outcome: str, rate: str) -> tuple[ir.Table, tuple[CaseVariable, ...]]:
    """The flag as 0 and 1, the rate in millionths; none where it is not known, or its denominator is 0."""
    from dipeval.schema.functions import rounded_share

    table, measures = with_measures(cases, [outcome] if outcome else [], flags=True)
    if not rate:
        return table, measures
    found = outcomes()[rate]
    require_columns(cases, [found.numerator, found.denominator], STAGE)
    below, above = (cases[name].cast("int64") for name in (found.denominator, found.numerator))
    ratio = rounded_share(above, MICRO, below.nullif(0)).cast("int64")
    label = {"label_en": found.label_en, "label_zh": found.label_zh}
    regressed = CaseVariable(MEASURE + rate, CONTINUOUS, decimals=MICRO_DECIMALS, **label)
    return table.mutate(**{regressed.name: ratio}), (*measures, regressed)


def _references(dimensions: Mapping[str, Dimension], declared: Mapping[str, str]) -> dict[str, str]:
    """Declared references, which must be levels that cases have."""
    problems = [
        Problem(
            f"references.{name}",
            f"'{word}' is no level that cases have",
            nearest(word, dimensions[name].levels),
        )
        for name, word in declared.items()
        if word not in dimensions[name].levels
    ]
    if problems:
        raise DataError(STAGE, problems)
    return dict(declared)


def _exhibits(
    found: LevelTable, cells: ModelCells, words: DeterminantWords, given: Given, choice: DescriptionChoice
) -> list[Exhibit]:
    """Table and forest of one regression."""
    titles = _titles(words, choice)
    notes = _notes(found, words, choice)
    said = {"notes_en": tuple(n[0] for n in notes), "notes_zh": tuple(n[1] for n in notes)}
    table, derived = determinant_table(found, cells, words)
    forest, forest_derived = determinant_forest(found, cells, words)
    if words.is_binary:
        axis = {"axis_en": "Odds ratio", "axis_zh": "优势比（OR）", "log": True, "reference": 1.0}
    else:
        axis = {"unit": "share", "effect": True, "reference": 0.0, "axis_en": "Difference", "axis_zh": "差值"}
    common = {"synthetic": given.synthetic, **said}
    sums = words.sums(cells)
    return [
        Exhibit(words.name, "grid", *titles, table, **common, sums=sums, derived=derived),
        Exhibit(
            f"{words.name}_forest",
            "forest",
            *titles,
            forest,
            **common,
            derived=forest_derived,
            options={**axis, "level": float(choice.options["level"])},
        ),
    ]


def _titles(words: DeterminantWords, choice: DescriptionChoice) -> tuple[str, str]:
    """The study's own, with what is regressed where that is one of two or nothing else says it."""
    own = choice.titles(*TITLES)
    alone = not (choice.options["outcome"] and choice.options["rate"])
    english = own[0] if alone and choice.title_en else f"{own[0]}: {words.label[0]}"
    return english, own[1] if alone and choice.title_zh else f"{own[1]}：{words.label[1]}"


def _notes(found: LevelTable, words: DeterminantWords, choice: DescriptionChoice) -> list[tuple[str, str]]:
    notes = [told(choice.where)] if choice.where else []
    level = f"{float(choice.options['level']):.0%}"
    if words.is_binary:
        notes.append(
            (
                f"Logit on all covariates of the table together; crude: each by itself; {level} intervals. Marginal effect: "
                "mean change of the probability when a case has this level and not the reference (delta method).",
                f"logit模型纳入表中全部协变量；粗OR为单变量模型；附{level}区间。边际效应：由参照改为该水平时概率的平均变化（delta法）。",
            )
        )
    else:
        notes.append(
            (
                f"Least squares of the rate of each case on all covariates of the table together; crude: each by itself; {level} "
                "intervals. Differences are percentage points. Every case counts alike, so means are not ratios of sums.",
                f"以每例比率对表中全部协变量作最小二乘回归；粗差值为单变量模型；附{level}区间，单位为百分点。每例权重相同，均值不等于合计之比。",
            )
        )
    rule = RULES[str(choice.options["errors"])]
    notes.append((f"{rule[0]}.", f"{rule[1]}。"))
    reasons = {reason for term, reason in found.model.reasons.items() if term[0]}
    if reasons:
        notes.append(
            (
                "A dash marks what is not estimated, and why is said below the table.",
                "“–”表示未能估计，原因见表下说明。",
            )
        )
    return [*notes, *few_hospitals(str(choice.options["errors"]), found.model.uncertainty.n_clusters)]
