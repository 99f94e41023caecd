"""Leave one city, cohort, period, level or hospital out: how much each carries of the effect."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dipeval.check.alternatives.forest import main_effect
from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.exclusions.again import cluster_of, without
from dipeval.check.exclusions.exhibits import exhibits_of
from dipeval.check.exclusions.influence import influence_exhibits
from dipeval.check.exclusions.line import Line, verdict_of
from dipeval.check.exclusions.words import sentence_of
from dipeval.check.finding import Alternative, Finding, Words
from dipeval.check.subject import Subject
from dipeval.describe.labels import label_of
from dipeval.errors import DataError, Problem, nearest
from dipeval.study import NEVER
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import columns

HOSPITAL = "hospital"
LISTED = 60
"""More groups than these are shown as a histogram."""
MOST = 2000
WORDS: Mapping[str, Words] = {
    "city": ("city", "城市"),
    "cohort": ("cohort of the reform", "改革批次"),
    "period": ("period", "时期"),
    "arm": ("arm", "组"),
    HOSPITAL: ("hospital", "医院"),
}
TITLES = "The effect without each {}", "逐一剔除{}后的效应"
WITHOUT: Words = ("Without {}", "剔除{}")
NEVER_LABEL: Words = ("the never reformed", "从未改革者")
METHOD = (
    "The effect was estimated again without each {} in turn.",
    "逐一剔除各{}后重新估计效应。",
)


def leave_out(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.leave_out`."""
    by = str(choice.options["by"])
    groups = groups_of(subject.rows, by)
    main, word = main_effect(subject), word_of(by)
    lines = [
        without(subject, _label(subject, by, name), (groups == name).to_numpy())
        for name in sorted(groups.dropna().unique())
    ]
    verdict = verdict_of(main, lines, subject.level)
    titles = choice.titles(TITLES[0].format(word[0]), TITLES[1].format(word[1]))
    notes = [*jackknife_note(subject, main, lines, by), *most_note(subject, main, lines, by)]
    if by == HOSPITAL or len(lines) > LISTED:
        exhibits = influence_exhibits(subject, choice.name, titles, main, lines, word, notes)
    else:
        exhibits = exhibits_of(subject, choice.name, titles, main, lines, notes)
    what = f"Without any one {word[0]}", f"剔除任一{word[1]}"
    sentence = sentence_of(subject, main, lines, verdict, what)
    part = f"{word[0]} ({len(lines)} estimates)", f"{word[1]}（{len(lines)}次估计）"
    return Finding(verdict, sentence, exhibits, extremes(lines, by), METHOD, (part,))


def groups_of(rows: pd.DataFrame, by: str) -> pd.Series:
    """Group of each row (n,) as text, missing where it has none.

    Raises
    ------
    DataError
        A column that the panel lacks or that holds numbers, a single group, or too many.
    """
    problem = None
    words = [str(name) for name in rows.columns if not pd.api.types.is_numeric_dtype(rows[name])]
    if by != HOSPITAL and by not in words:
        what = f"'{by}' is no column of words of the panel"
        problem = Problem("by", what, nearest(by, words))
    if problem is None:
        found = rows["city"] + "/" + rows["hospital"] if by == HOSPITAL else rows[by].astype("str")
        found = found.where(rows["hospital" if by == HOSPITAL else by].notna())
        n = found.nunique()
        if n < 2:
            problem = Problem("by", f"'{by}' has a single value", "name a column that parts the hospitals")
        elif n > MOST:
            problem = Problem("by", f"'{by}' has {n} values", f"name a column with at most {MOST}")
    if problem is not None:
        raise DataError("check", [problem])
    return found


def word_of(by: str) -> Words:
    """What a column's groups are called, within a sentence."""
    if by in WORDS:
        return WORDS[by]
    column = columns().get(by)
    return (column.label_en.lower(), column.label_zh) if column else (by, by)


def jackknife_note(subject: Subject, main: Alternative, lines: list[Line], by: str) -> list[Words]:
    """The jackknife's error, where what is left out is what errors are clustered by: CR3."""
    values = np.array([line.effect.value for line in lines])
    if cluster_of(subject) != by or not np.isfinite(values).all():
        return []
    n = len(values)
    error = float(np.sqrt((n - 1) / n * ((values - main.value) ** 2).sum()))
    told = effect_words(subject, error)
    return [
        (
            f"Together the {n} estimates give the jackknife's standard error, {told[0]} (CR3).",
            f"由这{n}次估计得到刀切法标准误{told[1]}（CR3）。",
        )
    ]


def most_note(subject: Subject, main: Alternative, lines: list[Line], by: str) -> list[Words]:
    """Which group moves the effect most, in standard errors of the main estimate; hospitals are not named."""
    known = [line for line in lines if np.isfinite(line.effect.value)]
    error = _error(subject)
    if not known or not np.isfinite(error):
        return []
    most = max(known, key=lambda line: abs(line.effect.value - main.value))
    moved = (most.effect.value - main.value) / error
    told = effect_words(subject, most.effect.value - main.value)
    english, chinese = word_of(by)
    named = (
        (f" ({most.effect.label[0].lower()})", f"（{most.effect.label[1]}）") if by != HOSPITAL else ("", "")
    )
    return [
        (
            f"The {english} that matters most moves the effect by {told[0]}{named[0]}, {abs(moved):.2f} of its standard error.",
            f"影响最大的{chinese}使效应变动{told[1]}{named[1]}，为标准误的{abs(moved):.2f}倍。",
        )
    ]


def extremes(lines: list[Line], by: str) -> tuple[Alternative, ...]:
    """Smallest and largest effect, for the forest of all checks; hospitals are not named."""
    known = [line.effect for line in lines if np.isfinite(line.effect.value)]
    if not known:
        return ()
    ends = min(known, key=lambda one: one.value), max(known, key=lambda one: one.value)
    english, chinese = word_of(by)
    made = []
    for one, (which_en, which_zh) in zip(ends, (("lowest", "最低"), ("highest", "最高")), strict=True):
        named = (f"{one.label[0]} ({which_en})", f"{one.label[1]}（{which_zh}）")
        plain = (f"Without one {english} ({which_en})", f"剔除某一{chinese}（{which_zh}）")
        label = plain if by == HOSPITAL else named
        made.append(
            Alternative(label, one.value, one.low, one.high, one.p_value, one.count, one.largest_share)
        )
    return tuple(made)


def _error(subject: Subject) -> float:
    """Standard error of the main effect; NaN where it has none."""
    terms = subject.main.terms["kind"].to_numpy() == "overall"
    return float(subject.main.std_errors.to_numpy()[int(np.argmax(terms))]) if terms.any() else np.nan


def _label(subject: Subject, by: str, name: str) -> Words:
    english, chinese = (
        NEVER_LABEL if by == "cohort" and name == NEVER else label_of(name, subject.given.labels)
    )
    if by != "city" and (english, chinese) == (name, name) and by not in ("period", "cohort", HOSPITAL):
        english, chinese = f"{word_of(by)[0]} {name}", f"{word_of(by)[1]}{name}"
    return WITHOUT[0].format(english), WITHOUT[1].format(chinese)
