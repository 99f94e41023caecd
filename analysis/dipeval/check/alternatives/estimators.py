"""The main effect by every other estimator of the study."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.check.alternatives.agreement import spread
from dipeval.check.alternatives.forest import forest, main_effect
from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.exclusions.again import again
from dipeval.check.exclusions.line import HOLDS, NO_ERROR, TURNED, Line, state_of, verdict_of
from dipeval.check.finding import FAILED, PASSED, Alternative, Finding, Words
from dipeval.check.subject import Subject
from dipeval.errors import DataError, Problem, nearest
from dipeval.estimate.registry import ESTIMATORS
from dipeval.study.descriptions import DescriptionChoice

TITLES = "The effect by each estimator", "各估计方法下的效应"
SAID: dict[str, Words] = {
    PASSED: ("all have the sign of the main estimate and exclude zero", "均与主要估计同号且排除零"),
    FAILED: (
        "they do not agree on whether there is an effect or on its sign, by more than chance",
        "各方法对效应是否存在或其方向结论不一，且差异超出偶然",
    ),
}
ONE_SAID: dict[str, Words] = {
    PASSED: ("it has the sign of the main estimate and excludes zero", "与主要估计同号且排除零"),
    FAILED: (
        "it does not agree on whether there is an effect or on its sign, by more than chance",
        "对效应是否存在或其方向结论不一，且差异超出偶然",
    ),
}
NO_INTERVAL: Words = (
    "there are no intervals by which to compare them with the main estimate",
    "无置信区间，无法与主要估计比较",
)
NOTHING_TO_LOSE: Words = (
    "the main interval holds zero, so that there is nothing to lose",
    "主要估计的置信区间包含零，无从检验",
)
WITHIN: Words = (
    "they do not all agree with the main estimate on whether there is an effect, but no difference that turns the conclusion "
    "is more than chance",
    "与主要估计对效应是否存在的结论不尽一致，但改变结论的差异均未超出偶然",
)
TOO_FEW: Words = (
    "all have the sign of the main estimate and exclude zero, but the data are too few to tell them from estimates of no effect",
    "均与主要估计同号且排除零，但数据不足以区分其与无效应",
)
RULE: Words = (
    "Failed: an estimator has another conclusion (sign, or whether its interval excludes zero), and its difference from the "
    "main estimate is more than chance by the joint influence of both (Holm over estimators). Passed: the main interval "
    "excludes zero, all estimators agree, and one that gave no effect would have been told from it with a chance of at "
    "least 80%. Informative: all else.",
    "“未通过”：某一方法结论不同（方向，或置信区间是否排除零），且其与主要估计之差按两者的联合影响函数超出偶然（Holm校正）。“通过”：主要"
    "估计的置信区间排除零，各方法结论一致，且若某方法给出零效应，至少有80%的把握与主要估计区分。其余为“仅供参考”。",
)
METHOD = (
    "The effect was estimated again by the other estimators of the study, which weigh cohorts and periods differently.",
    "以研究中的其他估计方法重新估计效应，各方法对批次与时期的加权不同。",
)


def other_estimators(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.other_estimators`."""
    known = {one.name: one for one in subject.others}
    asked = tuple(choice.options["estimators"]) or tuple(n for n in known if n != subject.estimator.name)
    problems = [
        Problem("estimators", f"'{name}' is none of the study's estimators", nearest(name, known))
        for name in asked
        if name not in known
    ]
    if not asked:
        problems = [Problem("estimators", "the study has no other", "name several under [estimate]")]
    if problems:
        raise DataError("check", problems)
    main = main_effect(subject)
    lines = [
        again(subject, _label(name), 0, lambda one=known[name]: subject.fit(estimator=one)) for name in asked
    ]
    found = [line.effect for line in lines]
    verdict = verdict_of(main, [line for line in lines if np.isfinite(line.effect.value)], subject.level)
    sentence = _sentence(subject, main, lines, verdict)
    figure = forest(subject, choice.name, choice.titles(*TITLES), found, [RULE])
    return Finding(verdict, sentence, (figure,), tuple(found), METHOD)


def _label(name: str) -> Words:
    return ESTIMATORS[name].label_en, ESTIMATORS[name].label_zh


def _sentence(subject: Subject, main: Alternative, lines: Sequence[Line], verdict: str) -> Words:
    known = [line for line in lines if np.isfinite(line.effect.value)]
    n = len(known)
    if not known:
        return "No other estimator gives an effect.", "其他估计方法均无法给出效应。"
    low, high = (effect_words(subject, value) for value in spread([line.effect for line in known]))
    said = SAID.get(verdict) or _why_informative(main, known)
    lost = len(lines) - n
    more = (f", {lost} more none", f"，另有{lost}种无法估计") if lost else ("", "")
    if n == 1:
        said = ONE_SAID.get(verdict, said)
        return (
            f"One other estimator gives {low[0]}{more[0]}; {said[0]}.",
            f"另一种估计方法的结果为{low[1]}{more[1]}；{said[1]}。",
        )
    return (
        f"{n} other estimators give {low[0]} to {high[0]}{more[0]}; {said[0]}.",
        f"其他{n}种估计方法的结果为{low[1]}至{high[1]}{more[1]}；{said[1]}。",
    )


def _why_informative(main: Alternative, known: Sequence[Line]) -> Words:
    states = {state_of(main, line) for line in known}
    if NO_ERROR in states:
        return NO_INTERVAL
    if states & set(TURNED):
        return WITHIN
    return TOO_FEW if states == {HOLDS} else NOTHING_TO_LOSE
