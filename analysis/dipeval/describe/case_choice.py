"""From the choices of a study to a case-level Table 1: variables and groups in the vocabulary's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dipeval.describe.case_groups import STAGE, case_groups
from dipeval.describe.case_margins import CellWords
from dipeval.describe.case_table import TITLES, case_table
from dipeval.describe.case_variable import CATEGORICAL, CONTINUOUS, CaseVariable
from dipeval.describe.cases.cells import where_word
from dipeval.describe.dimensions import MISSING, Dimension, with_dimensions
from dipeval.describe.given import OUTSIDE, PLACED, Given
from dipeval.describe.measures import NUMBERS, plain_name, with_measures
from dipeval.describe.selection import selected, told
from dipeval.errors import DataError, Problem, nearest
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

HOLDERS = ("city", "hospital")
BY_VARIABLE = ("summaries", "tests", "decimals")


def chosen_table(given: Given, choice: DescriptionChoice) -> Exhibit:
    """The exhibit of a description of kind ``case_table``; see `kinds.case_table`."""
    engine, stays = given.stays
    options = choice.options
    by, within = str(options["by"]), str(options["within"] or "")
    names = tuple(str(name) for name in options["variables"])
    _check(names, by, within, options)
    numbers = [name for name in names if _is_number(name, choice)]
    words = [name for name in (by, within, *names) if name and name not in numbers]
    cases, dimensions = with_dimensions(
        engine, selected(stays, choice.where), words, choice.bins, given.labels
    )
    cases, measures = with_measures(cases, numbers)
    weight = str(options["weight"] or "")
    cases = _needed(cases, names, dimensions, measures, [by, within], weight)
    groups = case_groups(
        engine,
        _only(engine.stage(cases), dimensions[by], options["groups"]),
        dimensions[by].column,
        dimensions[within].column if within else "",
        groups=tuple(options["groups"]) or _levels(dimensions[by]),
        strata=_levels(dimensions[within]) if within else (),
        weight=weight,
        weight_decimals=int(options["weight_decimals"]),
        overall=bool(options["overall"]),
    )
    by_name = {plain_name(measure): measure for measure in measures}
    variables = [_variable(name, options, by_name, dimensions) for name in names]
    labels = {word: label for d in (by, within) if d for word, label in dimensions[d].labels.items()}
    made = case_table(
        engine,
        groups,
        variables,
        labels=labels,
        name=choice.name,
        titles=choice.titles(*TITLES),
        currency=given.currency,
        synthetic=given.synthetic,
        notes=[told(choice.where)] if choice.where else [],
        words=CellWords(
            where_word(choice.where), by, within, f"groups of {choice.name}" if options["groups"] else ""
        ),
    )
    return _in_words(made, dimensions.get(within), labels)


def _check(names: Sequence[str], by: str, within: str, options: Mapping[str, object]) -> None:
    """Refuse variables that are named twice or divide the table, and choices of ones that are not in it."""
    problems = [
        Problem(f"variable {name}", "is named twice", "name it once")
        for name in dict.fromkeys(names)
        if list(names).count(name) > 1
    ]
    for name in dict.fromkeys(n for n in names if n in (by, within)):
        problems.append(Problem(f"variable {name}", "divides the table", "leave it out of the variables"))
    if within and by == within:
        problems.append(Problem("within", f"is '{by}', as `by` is", "leave it out"))
    for key in BY_VARIABLE:
        for name in options[key] or {}:
            if name not in names:
                problems.append(Problem(f"{key}.{name}", "is none of the variables", nearest(name, names)))
    if problems:
        raise DataError(STAGE, problems)


def _is_number(name: str, choice: DescriptionChoice) -> bool:
    return name in columns() and columns()[name].kind in NUMBERS and name not in choice.bins


def _needed(
    cases: ir.Table,
    names: Sequence[str],
    dimensions: Mapping[str, Dimension],
    measures: Sequence[CaseVariable],
    divides: Sequence[str],
    weight: str,
) -> ir.Table:
    """Only what the table needs, variables by their own names.

    What was not recorded, or lies outside the design, is no level: the table counts it apart.
    """
    words = {}
    for name, dimension in dimensions.items():
        word = cases[dimension.column].nullif(MISSING)
        words[name] = word.nullif(OUTSIDE) if name in PLACED else word
    made = {name: cases[name] for name in (*HOLDERS, *([weight] if weight else []))}
    made |= {dimensions[name].column: words[name] for name in divides if name}
    made |= {plain_name(measure): cases[measure.name] for measure in measures}
    made |= {name: word for name, word in words.items() if name in names}
    return cases.select(**made)


def _levels(dimension: Dimension) -> tuple[str, ...]:
    out = (MISSING, OUTSIDE) if dimension.name in PLACED else (MISSING,)
    return tuple(level for level in dimension.levels if level not in out)


def _only(cases: ir.Table, dimension: Dimension, asked: Sequence[str]) -> ir.Table:
    """The cases of the groups that are asked for, each of which must be a level that some case has."""
    if not asked:
        return cases
    problems = [
        Problem(f"groups: {word}", f"is no value of {dimension.name}", nearest(word, _levels(dimension)))
        for word in asked
        if word not in dimension.levels
    ]
    if problems:
        raise DataError(STAGE, problems)
    return cases.filter(cases[dimension.column].isin(list(asked)))


def _variable(
    name: str,
    options: Mapping[str, object],
    measures: Mapping[str, CaseVariable],
    dimensions: Mapping[str, Dimension],
) -> CaseVariable:
    """One line of the table as it was declared, in the vocabulary's words."""
    shown, test = (options["summaries"] or {}).get(name, ()), (options["tests"] or {}).get(name, "")
    if name in measures:
        measure = measures[name]
        unit = "currency" if measure.unit == "money" else columns()[name].unit or measure.unit
        labels = {"label_en": measure.label_en, "label_zh": measure.label_zh, "unit": unit}
        return CaseVariable(name, CONTINUOUS, tuple(shown), test, measure.decimals, **labels)
    found = dimensions[name]
    labels = {"label_en": found.label_en, "label_zh": found.label_zh, "level_labels": found.labels}
    return CaseVariable(name, CATEGORICAL, tuple(shown), test, levels=_levels(found), **labels)


def _in_words(exhibit: Exhibit, within: Dimension | None, labels: Mapping[str, tuple[str, str]]) -> Exhibit:
    """Strata by their names."""
    if within is None:
        return exhibit
    words = exhibit.frame["when"]
    told_en, told_zh = ([labels[word][side] for word in words] for side in (0, 1))
    return exhibit.with_frame(exhibit.frame.assign(when_label_en=told_en, when_label_zh=told_zh))
