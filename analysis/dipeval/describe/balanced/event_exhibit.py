"""Paths of an effect by event time, as hospitals are and among comparable ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from dipeval.describe.balanced.effect_exhibits import Line
from dipeval.describe.balanced.words import EVENTS, METHODS, TITLE
from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.describe.event_study import event_study_exhibit
from dipeval.estimate.balancing.score_weights import CRUDE
from dipeval.estimate.registry import ESTIMATORS
from dipeval.results.exhibit import Exhibit
from dipeval.vocabulary import outcomes as known_outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.study.descriptions import DescriptionChoice

Words = tuple[str, str]
TIMED = ("event_time", "lead")


def event_exhibits(
    given: Given, choice: DescriptionChoice, outcome: str, lines: Sequence[Line], notes: Sequence[Words]
) -> list[Exhibit]:
    """Paths as hospitals are and by the first method, of the first estimator with event times."""
    drawn = (CRUDE, str(choice.options["methods"][0]))
    timed: dict[str, list[Line]] = {}
    for line in lines:
        fits = line.outcome == outcome and line.word.key in drawn
        if fits and line.estimate.terms["kind"].isin(TIMED).any():
            timed.setdefault(line.estimate.estimator, []).append(line)
    if not timed:
        return []
    estimator, chosen = next(iter(timed.items()))
    made = event_study_exhibit(
        [EstimateFrames.of(replace(line.estimate, estimator=line.word.key)) for line in chosen],
        known_outcomes()[outcome],
        frequency=given.frequency,
        labels=METHODS,
        currency=given.currency,
        name=f"{choice.name}_{outcome}_events",
        synthetic=given.synthetic,
    )
    titles, word, spec = choice.titles(*TITLE), small(outcome), ESTIMATORS[estimator]
    by = (f"Estimator: {spec.label_en}.", f"估计方法：{spec.label_zh}。")
    return [
        replace(
            made,
            title_en=f"{titles[0]}: {word[0]}, {EVENTS[0]}",
            title_zh=f"{titles[1]}：{word[1]}，{EVENTS[1]}",
            notes_en=(by[0], *(en for en, _ in notes), *made.notes_en),
            notes_zh=(by[1], *(zh for _, zh in notes), *made.notes_zh),
        )
    ]


def small(outcome: str) -> Words:
    """An outcome inside a title; nothing where there is none."""
    if not outcome:
        return "", ""
    known = known_outcomes()[outcome]
    return known.label_en[:1].lower() + known.label_en[1:], known.label_zh
