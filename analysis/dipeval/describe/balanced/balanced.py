"""The exhibits of kind ``balanced``: effects, balance, love plot, overlap, and who was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dipeval.describe.balanced.balance_exhibits import balance_table, love_plot, overlap_plot
from dipeval.describe.balanced.covariates import CovariateTable, covariate_table
from dipeval.describe.balanced.effect_exhibits import (
    Line,
    effect_forest,
    effect_table,
    effective_controls,
    sample_table,
    sizes,
)
from dipeval.describe.balanced.event_exhibit import event_exhibits, small
from dipeval.describe.balanced.notes import cluster_of, how_made, what_errors_know
from dipeval.describe.balanced.words import (
    ADJUSTED,
    CHANGES,
    EFFECTIVE,
    EXACT,
    METHODS,
    PARTS,
    SPREADS,
    TITLE,
)
from dipeval.describe.cases.grid import Word
from dipeval.errors import DataError, Problem
from dipeval.estimate import estimate
from dipeval.estimate.balancing.balanced import Balanced, balance
from dipeval.estimate.balancing.balanced_estimate import balanced_estimate
from dipeval.estimate.balancing.matched_estimate import matched_estimate
from dipeval.estimate.balancing.plan import MATCHING, BalancePlan
from dipeval.estimate.balancing.score_weights import CRUDE
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.results.exhibit import Exhibit
from dipeval.vocabulary import outcomes as known_outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.study.descriptions import DescriptionChoice

Words = tuple[str, str]


def balanced(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """See `kinds.balanced.make`."""
    design, table = given.designed, covariate_table(given, choice)
    plans = {method: plan_of(choice, method) for method in choice.options["methods"]}
    every = {method: balance(design, table.frame, plan) for method, plan in plans.items()}
    lines = [
        line
        for outcome in choice.options["outcomes"]
        for line in _lines(given, choice, str(outcome), table, every)
    ]
    return _exhibits(given, choice, table, every, lines)


def plan_of(choice: DescriptionChoice, method: str) -> BalancePlan:
    """What the study declares, for one method."""
    options = choice.options
    return BalancePlan(
        method,
        neighbours=int(options["neighbours"]),
        caliper=float(options["caliper"]) or np.inf,
        replacement=bool(options["replacement"]),
        trim=float(options["trim"]),
        common_support=bool(options["common_support"]),
        moments=int(options["moments"]),
    )


def _lines(
    given: Given,
    choice: DescriptionChoice,
    outcome: str,
    table: CovariateTable,
    every: dict[str, Balanced],
) -> list[Line]:
    """All effects on one outcome: as hospitals are, by each method and estimator, and matched changes."""
    options, level = choice.options, float(choice.options["level"])
    values = outcome_values(given.panel, known_outcomes()[outcome])[0]
    whole = next(iter(every.values())).whole.design
    cluster = cluster_of(given, choice)
    made = []
    for estimator in options["estimators"]:
        words = {"estimator": str(estimator), "outcome": outcome}
        crude = estimate(whole, values, covariates=(), **words)
        if not (crude.terms["kind"] == "overall").any():
            todo = "name one with an overall effect, like imputation, twfe or two_by_two"
            raise DataError(
                "describe", [Problem(f"estimators: {estimator}", "gives no overall effect", todo)]
            )
        inferred = infer(crude, "cluster", cluster=cluster, level=level)
        made.append(Line(outcome, Word(CRUDE, *METHODS[CRUDE]), inferred, *sizes(whole), np.nan))
        for method, found in every.items():
            one = balanced_estimate(given.designed, values, table.frame, found.plan, balanced=found, **words)
            inferred = infer(one, "cluster", cluster=cluster, level=level)
            word = Word(method, *METHODS[method])
            made.append(Line(outcome, word, inferred, *sizes(found.design), effective_controls(found)))
    if MATCHING in every:
        made += _matched(given, choice, outcome, values, table, every[MATCHING])
    return made


def _matched(
    given: Given,
    choice: DescriptionChoice,
    outcome: str,
    values: np.ndarray,
    table: CovariateTable,
    found: Balanced,
) -> list[Line]:
    made = []
    for word, adjust in ((CHANGES, False), (ADJUSTED, True)):
        if adjust and not choice.options["adjust"]:
            continue
        one = matched_estimate(
            given.designed,
            values,
            table.frame,
            found.plan,
            outcome=outcome,
            adjust=adjust,
            level=float(choice.options["level"]),
        )
        made.append(Line(outcome, word, one, *sizes(found.design), effective_controls(found)))
    return made


def _exhibits(
    given: Given,
    choice: DescriptionChoice,
    table: CovariateTable,
    every: dict[str, Balanced],
    lines: Sequence[Line],
) -> list[Exhibit]:
    titles = choice.titles(*TITLE)
    how = how_made(choice, table, every)
    effects, alike = [*how, *what_errors_know(given, choice, every)], [how[0], SPREADS]
    alike += [EXACT] * bool({"entropy", "overlap"} & set(every))

    def exhibit(part: str, kind: str, frame, said: list[Words], **options: object) -> Exhibit:
        english, chinese = PARTS.get(part) or small(part)
        name = f"{choice.name}_{part}" if part else choice.name
        heads = (f"{titles[0]}: {english}", f"{titles[1]}：{chinese}") if english else titles
        notes = {"notes_en": tuple(n[0] for n in said), "notes_zh": tuple(n[1] for n in said)}
        return Exhibit(name, kind, *heads, frame, **notes, synthetic=given.synthetic, options=options)

    gap = {"axis_en": "Absolute standardised difference", "axis_zh": "标准化差异绝对值", "reference": 0.1}
    score = {"axis_en": "Propensity score", "axis_zh": "倾向得分", "of": "hospitals"}
    made = [exhibit("", "grid", effect_table(lines), [*effects, EFFECTIVE], currency=given.currency)]
    for name in choice.options["outcomes"]:
        outcome = known_outcomes()[name]
        axis = {"unit": outcome.unit, "currency": given.currency, "effect": True, "reference": 0.0}
        axis |= {"axis_en": "Effect", "axis_zh": "效应", "level": float(choice.options["level"])}
        forest = effect_forest([line for line in lines if line.outcome == name])
        made.append(exhibit(str(name), "forest", forest, effects, **axis))
        made += event_exhibits(given, choice, str(name), lines, effects)
    overlap, sums = overlap_plot(next(iter(every.values())), given.panel, choice.name)
    return [
        *made,
        exhibit("balance", "grid", balance_table(every, table, given.panel, choice.name), alike),
        exhibit("love", "bars", love_plot(every, table, given.panel), alike, **gap),
        replace(exhibit("overlap", "histogram", overlap, how[:1], **score), sums=sums),
        exhibit("sample", "grid", sample_table(every, given.designed), how),
    ]
