"""The effect without windows of time: those of the epidemic, or others that a study names."""

from __future__ import annotations

import numpy as np

from dipeval.check.alternatives.forest import main_effect
from dipeval.check.exclusions.again import without
from dipeval.check.exclusions.exhibits import exhibits_of
from dipeval.check.exclusions.line import verdict_of
from dipeval.check.exclusions.windows import Window, chosen_windows
from dipeval.check.exclusions.words import sentence_of
from dipeval.check.finding import Finding, Words
from dipeval.check.subject import Subject
from dipeval.describe.labels import label_of
from dipeval.study.descriptions import DescriptionChoice

TITLES: Words = ("The effect without special periods", "剔除特殊时期后的效应")
ALL: Words = ("Without all of these windows", "剔除上述全部时段")
METHOD: Words = (
    "The effect was estimated again without these periods: {}.",
    "剔除下列时期后重新估计效应：{}。",
)


def exclude_periods(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.exclude_periods`."""
    rows, labels = subject.rows, subject.given.labels
    windows = chosen_windows(choice.options["windows"], rows, labels)
    masks = [window.covers(rows) for window in windows]
    lines = [without(subject, _label(window), mask) for window, mask in zip(windows, masks, strict=True)]
    if len(windows) > 1:
        lines.append(without(subject, ALL, np.logical_or.reduce(masks)))
    main = main_effect(subject)
    verdict = verdict_of(main, lines, subject.level)
    notes = [_told(window, subject) for window in windows]
    sentence = sentence_of(subject, main, lines, verdict, ("Without these windows", "剔除这些时段后"))
    return Finding(
        verdict,
        sentence,
        exhibits_of(subject, choice.name, choice.titles(*TITLES), main, lines, notes),
        tuple(line.effect for line in lines),
        METHOD,
        tuple(_dated(window) for window in windows),
    )


def _dated(window: Window) -> Words:
    english, chinese = window.label
    return f"{english} ({window.start} to {window.end})", f"{chinese}（{window.start}至{window.end}）"


def _label(window: Window) -> Words:
    english, chinese = _dated(window)
    return f"Without: {english}", f"剔除：{chinese}"


def _told(window: Window, subject: Subject) -> Words:
    """Dates, places and source of a window."""
    places = [label_of(name, subject.given.labels) for name in window.cities]
    english = f" in {', '.join(place[0] for place in places)}" if places else ""
    chinese = f"，{'、'.join(place[1] for place in places)}" if places else ""
    return (
        f"{window.label[0]}{english}: periods with some day from {window.start} to {window.end}. Source: "
        f"{window.source[0]}.",
        f"{window.label[1]}{chinese}：{window.start}至{window.end}之间有任何一天的时期。来源：{window.source[1]}。",
    )
