"""The kind ``sensitivity`` of a study: from the event study to a finding."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, isinf, isnan

from dipeval.check.alternatives.numbers import p_words
from dipeval.check.event_vector import EventVector
from dipeval.check.event_words import events_words
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative, Finding, Words
from dipeval.check.sensitivity.analysis import Analysis, Robust
from dipeval.check.sensitivity.asked import asked, bounds, threshold
from dipeval.check.sensitivity.exhibits import figure, method_note, table, titles
from dipeval.check.sensitivity.leads import Leads
from dipeval.check.sensitivity.restrictions import SMOOTHNESS
from dipeval.check.sensitivity.words import SYMBOL, bound_words, method_words, sentence
from dipeval.check.subject import Subject
from dipeval.errors import DataError, Problem
from dipeval.study.descriptions import DescriptionChoice

RULE = (
    "Passed where the interval excludes zero at {symbol} = {bound}. Failed where it does not, and the leads differ from zero "
    "together, by the study's errors ({p}) and by randomisation (wild bootstrap where it does not apply): trends did part before "
    "the reform. Informative where only precision is lacking, where the interval under parallel trends holds zero, or where the assumed "
    "sign or direction excludes by itself, at every bound, that trends make the effect.",
    "若{symbol}={bound}时区间排除零则通过；若未排除零，且改革前系数按研究自身的标准误（{p}）与随机化检验（不适用时用wild自助法）"
    "均联合显著，即改革前趋势确有差异，则未通过；若仅因精度不足，或平行趋势下的区间已包含零，"
    "或所设符号或方向本身在任何上限下均排除由趋势差异造成该效应，则仅供参考。",
)
UNDECIDED = (
    "With a single lead no bound can be read off the leads: name a threshold to have a verdict.",
    "仅有一个改革前系数，无法据此确定上限；须设定threshold方可得出结论。",
)


def sensitivity(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.sensitivity`."""
    events = subject.events(_window(choice))
    analysis = asked(events, choice, subject.level)
    said = choice.options["threshold"]
    deciding = threshold(analysis, None if said is None else float(said))
    shown, added = bounds(analysis, choice.options["bounds"], deciding)
    found = [analysis.at(bound) for bound in shown]
    decided = next((one for one in found if one.bound == deciding), None)
    leads = Leads(subject, events)
    notes = [
        _rule(subject, analysis, deciding, leads),
        method_note(analysis),
        events_words(subject, events),
        *_added(subject, analysis, added),
    ]
    notes += _without_error(subject, analysis)
    notes += _empty(subject, analysis, found)
    titled = choice.titles(*titles(events, analysis))
    parts = (subject, events, analysis, found)
    exhibits = (
        figure(*parts, choice.name, titled, notes),
        table(*parts, f"{choice.name}_table", titled, notes),
    )
    return Finding(
        verdict(analysis, decided, leads.differ),
        sentence(subject, events, analysis, decided),
        exhibits,
        (_line(subject, events, analysis, decided),) if decided is not None else (),
        method_words(analysis),
    )


def verdict(analysis: Analysis, decided: Robust | None, differ: Callable[[], bool | None]) -> str:
    """By the rule of the kind.

    Parameters
    ----------
    analysis : Analysis
    decided : Robust or None
        The interval at the threshold; None where there is none.
    differ : callable
        Whether the leads differ from zero together; asked only where that decides.

    Notes
    -----
    Where trends are parallel it fails no more often than the tests of the leads reject.
    """
    if decided is None or isnan(decided.low) or not analysis.excludes_zero(*analysis.original):
        return INFORMATIVE
    if analysis.excludes_zero(decided.low, decided.high):
        # Where no bound ever breaks it, the sign or direction that was assumed has decided, and nothing could have failed.
        return INFORMATIVE if isinf(analysis.breakdown) else PASSED
    return FAILED if differ() else INFORMATIVE


def _window(choice: DescriptionChoice) -> tuple[int, int] | None:
    told = tuple(choice.options["window"])
    if not told:
        return None
    if len(told) != 2:
        problem = Problem(
            "window", f"names {len(told)} event times", "write the first and the last, as in [-6, 6]"
        )
        raise DataError("sensitivity", [problem])
    return int(told[0]), int(told[1])


def _rule(subject: Subject, analysis: Analysis, deciding: float, leads: Leads) -> Words:
    if not isfinite(deciding):
        return UNDECIDED
    symbol, words = SYMBOL[analysis.family], bound_words(subject, analysis, deciding)
    english, chinese = (
        RULE[k].format(symbol=symbol, bound=words[k], p=p_words(leads.p_value)[k]) for k in (0, 1)
    )
    if analysis.family == SMOOTHNESS and deciding == threshold(analysis, None):
        english += " That bound is the largest change of slope among the leads, rounded up."
        chinese += "该上限为改革前系数斜率的最大变化（向上取整）。"
    return english, chinese


def _added(subject: Subject, analysis: Analysis, added: tuple[float, ...]) -> list[Words]:
    if not added:
        return []
    words = [bound_words(subject, analysis, bound) for bound in added]
    return [
        (
            f"The bounds asked for end below the breakdown value; {', '.join(w[0] for w in words)} added.",
            f"所列上限未达到失效临界值，已补充{'、'.join(w[1] for w in words)}。",
        )
    ]


def _without_error(subject: Subject, analysis: Analysis) -> list[Words]:
    """The breakdown value that the estimates would have without their errors."""
    broken, symbol = analysis.breakdown_of_set, SYMBOL[analysis.family]
    if not isfinite(broken):
        return []
    words = bound_words(subject, analysis, broken)
    return [
        (
            f"With the estimates taken for the truth the breakdown value would be {symbol} = {words[0]}.",
            f"若将点估计视为真值，失效临界值为{symbol}={words[1]}。",
        )
    ]


def _empty(subject: Subject, analysis: Analysis, found: list[Robust]) -> list[Words]:
    """Bounds that the leads, as estimated, contradict."""
    bare = [bound_words(subject, analysis, one.bound) for one in found if one.possible.empty]
    if not bare:
        return []
    return [
        (
            f"The leads as estimated contradict the restriction at {', '.join(w[0] for w in bare)}; within their errors they "
            "need not.",
            f"在上限为{'、'.join(w[1] for w in bare)}时，改革前系数的点估计与约束不符；考虑抽样误差则未必。",
        )
    ]


def _line(subject: Subject, events: EventVector, analysis: Analysis, decided: Robust) -> Alternative:
    """The robust interval at the threshold as a line of the forest of all checks."""
    symbol, words = SYMBOL[analysis.family], bound_words(subject, analysis, decided.bound)
    used = analysis.n_pre + analysis.weights.nonzero()[0]
    label = f"Trends differ, {symbol} = {words[0]}", f"趋势存在差异，{symbol}={words[1]}"
    counted = float(events.counts[used].sum()), float(events.largest_shares[used].max())
    value = analysis.estimate if isnan(decided.centre) else decided.centre
    if isnan(decided.low):
        why = "the leads contradict the restriction", "改革前系数与该约束相矛盾"
        return Alternative(label, count=counted[0], largest_share=counted[1], reason=why)
    return Alternative(label, value, decided.low, decided.high, float("nan"), *counted)
