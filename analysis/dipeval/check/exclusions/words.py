"""Words of exclusions, in English and Chinese."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.exclusions.line import (
    APPEARS,
    HOLDS,
    NO_ERROR,
    NONE_STILL,
    TURNED,
    TURNS,
    UNKNOWN,
    WEAKER,
    Line,
    beyond_chance,
    least_power,
    state_of,
)
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative, Words
from dipeval.check.subject import Subject
from dipeval.describe.cases.grid import Word

COLUMNS = {
    "effect": Word("effect", "Effect (interval)", "效应（置信区间）"),
    "change": Word("change", "Change", "变化"),
    "error": Word("error", "Error of the change", "变化的标准误"),
    "p": Word("p", "P value of the change", "变化的P值"),
    "rows": Word("rows", "Hospital-periods left out", "剔除的医院·时期数"),
    "state": Word("state", "Conclusion", "结论"),
}
RULE: Words = (
    "A conclusion is the sign of the effect and whether its interval excludes zero. Failed: leaving out turns it, and the "
    "change is more than chance (p-value adjusted for the number of lines by Holm, or, where the change has no error, less "
    "than half of the effect is left). Passed: the effect excludes zero, every line can be estimated, none turns it, and one "
    "that took the effect away would have been found with a chance of at least 80%. Informative: all else.",
    "结论指效应的方向及其置信区间是否排除零。“未通过”：剔除后结论改变，且变化超出偶然（P值按Holm法校正；变化无标准误时，以剩余"
    "效应不足一半为准）。“通过”：主要效应排除零，各设定均可估计且未改变结论，且若效应因剔除而消失，至少有80%的把握发现。"
    "其余为“仅供参考”。",
)
CHANGES: Words = (
    "Errors of changes come from the difference of both influences, summed by cluster; a change has none where fewer than ten "
    "clusters are left out whole.",
    "变化的标准误由两次估计的影响函数之差按聚类求和得到；整体剔除的聚类不足十个时不给出。",
)
SAID: dict[str, Words] = {
    HOLDS: ("{n} keep sign and significance", "{n}项方向与显著性不变"),
    WEAKER: ("{n} are no longer apart from zero", "{n}项不再显著"),
    TURNS: ("{n} turn the sign", "{n}项方向相反"),
    APPEARS: ("{n} are only now apart from zero", "{n}项转为显著"),
    NONE_STILL: ("{n} stay not apart from zero", "{n}项仍不显著"),
    NO_ERROR: ("{n} have no intervals to compare", "{n}项无置信区间可比"),
    UNKNOWN: ("{n} cannot be estimated", "{n}项无法估计"),
}
SAID_OF_SOME: dict[str, Words] = {
    HOLDS: ("{n} of the same sign and significance", "{n}项方向与显著性不变"),
    WEAKER: ("{n} no longer apart from zero", "{n}项不再显著"),
    TURNS: ("{n} of the other sign", "{n}项方向相反"),
    APPEARS: ("{n} only now apart from zero", "{n}项转为显著"),
    NONE_STILL: ("{n} still not apart from zero", "{n}项仍不显著"),
    NO_ERROR: ("{n} without intervals to compare", "{n}项无置信区间可比"),
    UNKNOWN: ("{n} without an estimate", "{n}项无法估计"),
}
SAID_OF_ONE: dict[str, Words] = {
    HOLDS: ("it keeps sign and significance", "方向与显著性不变"),
    WEAKER: ("it is no longer apart from zero", "不再显著"),
    TURNS: ("it has the other sign", "方向相反"),
    APPEARS: ("it is only now apart from zero", "转为显著"),
    NONE_STILL: ("it stays not apart from zero", "仍不显著"),
    NO_ERROR: ("there are no intervals to compare", "无置信区间可比"),
    UNKNOWN: ("it cannot be estimated", "无法估计"),
}
WITHIN: Words = (
    "but no change that turns the conclusion is more than chance",
    "但改变结论的变化均未超出偶然",
)
FEW: Words = (
    "the data are too few to tell whether the effect rests on what is left out (power {0})",
    "数据不足以判断效应是否依赖于被剔除部分（检验力{1}）",
)
FOUND: Words = (
    "had the effect rested on what is left out, this would have been found with a power of {0}",
    "若效应依赖于被剔除部分，发现的检验力为{1}",
)
SURE = 0.99


def sentence_of(
    subject: Subject, main: Alternative, lines: Sequence[Line], verdict: str, what: Words
) -> Words:
    """The result of a check in a sentence.

    Parameters
    ----------
    subject : Subject
    main : Alternative
    lines : sequence of Line
    verdict : str
    what : (str, str)
        What was left out, as the beginning of the sentence: ``Without any one city``.
    """
    known = [line.effect.value for line in lines if np.isfinite(line.effect.value)]
    own = effect_words(subject, main.value)
    states = [state_of(main, line) for line in lines]
    told = _counted(states)
    after = _more(main, lines, states, verdict, subject.level)
    if not known:
        return (
            f"{what[0]} the effect cannot be estimated.",
            f"{what[1]}，效应无法估计。",
        )
    low, high = effect_words(subject, min(known)), effect_words(subject, max(known))
    one = low[0] == high[0]
    english = f"is {low[0]}" if one else f"lies between {low[0]} and {high[0]}"
    chinese = f"为{low[1]}" if one else f"介于{low[1]}与{high[1]}之间"
    return (
        f"{what[0]} the effect {english} (main estimate {own[0]}); {told[0]}{after[0]}.",
        f"{what[1]}，效应{chinese}（主要估计{own[1]}）：{told[1]}{after[1]}。",
    )


def _counted(states: Sequence[str]) -> Words:
    """How many lines came to what."""
    there = [state for state in SAID if state in states]
    if len(states) == 1:
        return SAID_OF_ONE[states[0]]
    if len(there) == 1:
        n = ("both", "两") if len(states) == 2 else (f"all {len(states)}", f"全部{len(states)}")
        return SAID[there[0]][0].format(n=n[0]), SAID[there[0]][1].format(n=n[1])
    english = ", ".join(SAID_OF_SOME[state][0].format(n=states.count(state)) for state in there)
    chinese = "，".join(SAID_OF_SOME[state][1].format(n=states.count(state)) for state in there)
    return f"of {len(states)} estimates, {english}", f"{len(states)}次估计中，{chinese}"


def _more(
    main: Alternative, lines: Sequence[Line], states: Sequence[str], verdict: str, level: float
) -> Words:
    """What the reader must know of the verdict."""
    power = least_power(lines)
    turned = [state in TURNED for state in states]
    if verdict == INFORMATIVE and any(turned) and not (beyond_chance(main, lines, level) & turned).any():
        return "; " + WITHIN[0], "；" + WITHIN[1]
    if np.isnan(power) or verdict == FAILED or any(state != HOLDS for state in states):
        return "", ""
    words = FOUND if verdict == PASSED else FEW
    least = (whole_percent(power),) * 2 if power <= SURE else ("more than 99%", "99%以上")
    return "; " + words[0].format(*least), "；" + words[1].format(*least)


def whole_percent(power: float) -> str:
    """Rounded down, so that what is below a bound is not told as the bound."""
    return f"{np.floor(power * 100) / 100:.0%}"
