"""Periods around the reform left out: those before, in which it may be anticipated, and those on either side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.check.alternatives.agreement import excludes_zero
from dipeval.check.alternatives.forest import main_effect
from dipeval.check.alternatives.numbers import effect_words, p_words
from dipeval.check.exclusions.again import event_times, jackknifed, redesigned
from dipeval.check.exclusions.change import power_of
from dipeval.check.exclusions.exhibits import exhibits_of
from dipeval.check.exclusions.line import ENOUGH, Line, verdict_of
from dipeval.check.exclusions.words import sentence_of, whole_percent
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative, Finding, Words
from dipeval.check.subject import Subject
from dipeval.design.calendar import period_code, period_frequency, period_label
from dipeval.errors import DataError, Problem
from dipeval.infer.adjusted_p import holm
from dipeval.results.student import critical_value
from dipeval.study import NEVER
from dipeval.study.descriptions import DescriptionChoice

DONUT_TITLES: Words = ("The effect without periods around the reform", "剔除改革前后时期的效应")
DONUT: Words = ("Without the {} before and after", "剔除改革前后各{}")
DONUT_METHOD: Words = (
    "The effect was estimated again without the periods next to the reform on either side (a donut).",
    "剔除改革时点前后相邻时期后重新估计效应（“甜甜圈”设计）。",
)
TITLES: Words = ("Anticipation of the reform", "改革的预期效应")
LATER: Words = ("Without the {} before", "剔除改革前{}")
EARLY: Words = ("In the {} before", "改革前{}内")
METHOD: Words = (
    "The periods before the reform were taken out of the comparison, and the change already in them was estimated as the "
    "effect of a reform so much earlier on data from before the actual one.",
    "将改革前若干时期移出比较基期，并以改革前数据、将改革时点提前，估计这些时期内已发生的变化。",
)
NOTE: Words = (
    "Anticipation is a change already before the reform: its mean over the periods, compared with earlier ones. It fails the "
    "check where it is apart from zero (Holm over the lines); it passes only where a change of half the effect would have "
    "been found with a chance of at least 80%. With up to 50 clusters its errors are by the jackknife over clusters (CR3).",
    "预期效应指改革前即已发生的变化：相对更早时期的均值。任一项显著（Holm校正）即为“未通过”；仅当相当于效应一半的变化有至少80%的"
    "把握被发现时，才记为“通过”。聚类不超过50个时，其标准误采用按聚类的刀切法（CR3）。",
)
SECTIONS: tuple[Words, Words] = (
    ("Effect of the reform", "改革效应"),
    ("Change before the reform", "改革前的变化"),
)
CHANGED: Words = ("changed already", "已有变化")
UNCHANGED: Words = ("no change found", "未见变化")
WEAK: Words = (
    "; a change of half the effect would have been found there with a chance of only {}",
    "；相当于效应一半的变化仅有{}的把握被发现",
)
HALF = 0.5
UNITS = {"month": ("month", "个月"), "quarter": ("quarter", "个季度"), "year": ("year", "年")}


def donut(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.donut`."""
    rows = subject.rows
    times = event_times(rows)
    main, lines = main_effect(subject), []
    for k in _periods(choice):
        label = tuple(DONUT[i].format(_spoken(k, subject)[i]) for i in (0, 1))
        inside = (times >= -k) & (times < k)
        lines.append(
            redesigned(subject, label, rows, inside, anticipation=max(k, subject.design.anticipation))
        )
    verdict = verdict_of(main, lines, subject.level)
    what = "Without the periods around the reform", "剔除改革前后时期后"
    return Finding(
        verdict,
        sentence_of(subject, main, lines, verdict, what),
        exhibits_of(subject, choice.name, choice.titles(*DONUT_TITLES), main, lines),
        tuple(line.effect for line in lines),
        DONUT_METHOD,
    )


def anticipation(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.anticipation`."""
    rows = subject.rows
    times = event_times(rows)
    main, later, early = main_effect(subject), [], []
    for k in _periods(choice):
        words = _spoken(k, subject)
        before = (times >= -k) & (times < 0)
        label = tuple(LATER[i].format(words[i]) for i in (0, 1))
        lead = max(k, subject.design.anticipation)
        later.append(redesigned(subject, label, rows, before, anticipation=lead))
        label = tuple(EARLY[i].format(words[i]) for i in (0, 1))
        early.append(jackknifed(subject, label, moved(rows, k), times >= 0, anticipation=0))
    verdict = _verdict(subject, main, later, early)
    found = early_p(early) <= 1 - subject.level
    later = [replace(line, section=SECTIONS[0]) for line in later]
    shown = [*later, *(_shown(line, moved) for line, moved in zip(early, found, strict=True))]
    notes = [NOTE]
    return Finding(
        verdict,
        _sentence(subject, main, later, early, verdict),
        exhibits_of(subject, choice.name, choice.titles(*TITLES), main, shown, notes),
        tuple(line.effect for line in later),
        METHOD,
    )


def _shown(line: Line, changed: bool) -> Line:
    """A line of the change before the reform, which is no version of the main effect."""
    said = None if np.isnan(line.effect.value) else CHANGED if changed else UNCHANGED
    return Line(line.effect, None, line.rows, said, SECTIONS[1])


def moved(rows: pd.DataFrame, periods: int) -> pd.DataFrame:
    """The same rows, each reform so many periods earlier."""
    labels = {
        label: period_label(period_code(label) - periods, period_frequency(label))
        for label in set(rows["cohort"]) - {NEVER}
    }
    return rows.assign(cohort=rows["cohort"].map(labels | {NEVER: NEVER}))


def early_p(early: list[Line]) -> np.ndarray:
    """p-values of anticipation, adjusted for their number."""
    return holm(np.array([line.effect.p_value for line in early]))


def _verdict(subject: Subject, main: Alternative, later: list[Line], early: list[Line]) -> str:
    p = early_p(early)
    found = verdict_of(main, later, subject.level)
    if found == FAILED or (np.isfinite(p) & (p <= 1 - subject.level)).any():
        return FAILED
    if not np.isfinite(p).any() or not excludes_zero(main):
        return INFORMATIVE
    return found if _least_power(subject, main, early) >= ENOUGH else INFORMATIVE


def _least_power(subject: Subject, main: Alternative, early: list[Line]) -> float:
    return min(_power(subject, main, line) for line in early if np.isfinite(line.effect.p_value))


def _power(subject: Subject, main: Alternative, line: Line) -> float:
    """Chance that a change of half the main effect would have been found."""
    df = float(np.nan_to_num(subject.main.inference.df, nan=np.inf))
    error = (line.effect.high - line.effect.low) / 2 / float(critical_value(subject.level, df))
    return power_of(HALF * abs(main.value) / error, df, subject.level) if error > 0 else 0.0


def _sentence(
    subject: Subject, main: Alternative, later: list[Line], early: list[Line], verdict: str
) -> Words:
    what = "Without the periods before the reform", "剔除改革前若干时期后"
    first = sentence_of(subject, main, later, PASSED if verdict == PASSED else FAILED, what)
    p = early_p(early)
    known = np.flatnonzero(np.isfinite(p))
    if not len(known):
        return f"{first[0]} Anticipation itself has no test.", f"{first[1]}预期效应本身无法检验。"
    k = int(known[np.argmin(p[known])])
    told, chance = effect_words(subject, early[k].effect.value), p_words(float(p[k]))
    label = early[k].effect.label
    power = _least_power(subject, main, early)
    weak = verdict == INFORMATIVE and power < ENOUGH
    more = tuple(words.format(whole_percent(power)) if weak else "" for words in WEAK)
    return (
        f"{first[0]} {label[0]} the outcome had moved by {told[0]} ({chance[0]}, adjusted){more[0]}.",
        f"{first[1]}{label[1]}结局已变化{told[1]}（校正后{chance[1]}）{more[1]}。",
    )


def _periods(choice: DescriptionChoice) -> list[int]:
    """The numbers of periods, in order.

    Raises
    ------
    DataError
        None, or some below 1.
    """
    asked = [int(k) for k in choice.options["periods"]]
    if not asked or min(asked) < 1:
        raise DataError(
            "check", [Problem("periods", f"{asked} are no numbers of periods", "write [1, 2, 3]")]
        )
    return sorted(set(asked))


def _spoken(k: int, subject: Subject) -> Words:
    english, chinese = UNITS[subject.given.frequency]
    return f"{k} {english}s" if k > 1 else english, f"{k}{chinese}"
