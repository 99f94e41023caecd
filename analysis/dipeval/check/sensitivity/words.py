"""What a sensitivity analysis says, in English and Chinese."""

from __future__ import annotations

import re
from math import floor, isinf, isnan, log10

import numpy as np

from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.event_vector import EventVector
from dipeval.check.finding import Words
from dipeval.check.sensitivity.analysis import FIXED_LENGTH, Analysis, Robust
from dipeval.check.sensitivity.restrictions import RELATIVE_MAGNITUDES, RELATIVE_SMOOTHNESS, SMOOTHNESS
from dipeval.check.sensitivity.robust_interval import CONDITIONAL, FIXED_LENGTH_HYBRID, LEAST_FAVOURABLE
from dipeval.check.subject import Subject

NUMBER = re.compile(r"[\u2212\d.,]+")
SYMBOL = {SMOOTHNESS: "M", RELATIVE_MAGNITUDES: "M\u0304", RELATIVE_SMOOTHNESS: "M\u0304"}
METHODS: dict[str, Words] = {
    FIXED_LENGTH: ("optimal fixed-length intervals", "最优固定长度区间"),
    FIXED_LENGTH_HYBRID: ("conditional intervals, hybrid with a fixed-length one", "条件—固定长度混合区间"),
    LEAST_FAVOURABLE: ("conditional intervals, hybrid with a least-favourable one", "条件—最不利混合区间"),
    CONDITIONAL: ("conditional intervals", "条件区间"),
}
BIAS: dict[str | None, Words] = {
    None: ("", ""),
    "positive": (", and the bias is not negative", "，且偏差非负"),
    "negative": (", and the bias is not positive", "，且偏差非正"),
}
TREND: dict[str | None, Words] = {
    None: ("", ""),
    "increasing": (", and the difference does not fall", "，且该差异不下降"),
    "decreasing": (", and the difference does not rise", "，且该差异不上升"),
}


def average_words(events: EventVector, weights: np.ndarray) -> Words:
    """Which average of the effects is looked at."""
    used = np.flatnonzero(weights)
    times = [int(events.effects[i]) for i in used]
    if len(used) == 1 and weights[used[0]] == 1:
        return f"The effect at event time {times[0]}", f"事件时间{times[0]}的效应"
    span = (f"{times[0]} to {times[-1]}", f"{times[0]}至{times[-1]}")
    if np.allclose(weights, 1 / len(weights)):
        return f"The mean effect over event times {span[0]}", f"事件时间{span[1]}的平均效应"
    return f"The weighted effect over event times {span[0]}", f"事件时间{span[1]}的加权效应"


def bound_words(subject: Subject, analysis: Analysis, bound: float) -> Words:
    """A bound with its unit: a number of times, or effects per period and period."""
    if analysis.family != SMOOTHNESS:
        text = f"{bound:.3g}"
        return text, text
    zero, one = (effect_words(subject, value) for value in (0.0, 1.0))
    digits = _digits(bound * float(_number(one[0]).replace(",", "")))
    return zero[0].replace(_number(zero[0]), digits, 1), zero[1].replace(_number(zero[1]), digits, 1)


def restriction_words(subject: Subject, analysis: Analysis, bound: float) -> Words:
    """The restriction at a bound, as a clause that follows "if"."""
    english, chinese = bound_words(subject, analysis, bound)
    said = {
        RELATIVE_MAGNITUDES: (
            f"trends after the reform part from one period to the next by at most {english} times the largest such step "
            "before it",
            f"改革后相邻两期的趋势差异变动不超过改革前最大变动的{chinese}倍",
        ),
        SMOOTHNESS: (
            f"the slope of the difference in trends changes by at most {english} from one period to the next",
            f"趋势差异的斜率在相邻两期间的变化不超过{chinese}",
        ),
        RELATIVE_SMOOTHNESS: (
            f"the slope of the difference in trends changes after the reform by at most {english} times its largest change "
            "before it",
            f"改革后趋势差异斜率的变化不超过改革前最大变化的{chinese}倍",
        ),
    }[analysis.family]
    bias, trend = BIAS[analysis.bias], TREND[analysis.trend]
    return said[0] + bias[0] + trend[0], said[1] + bias[1] + trend[1]


def _number(words: str) -> str:
    """The number at the head of an effect in words."""
    return NUMBER.match(words).group()


def _digits(value: float) -> str:
    """Three digits, without an exponent."""
    places = 0 if value == 0 else max(2 - floor(log10(abs(value))), 0)
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ends_words(subject: Subject, low: float, high: float) -> Words:
    """An interval, its unit once; open where it has no end."""
    if isnan(low):
        return "empty", "空集"
    first = "\u2212∞" if isinf(low) else _number(effect_words(subject, low)[0])
    last = ("∞", "∞") if isinf(high) else effect_words(subject, high)
    return f"{first} to {last[0]}", f"{first}至{last[1]}"


def breakdown_words(subject: Subject, analysis: Analysis) -> Words:
    """Up to which bound the effect is told from zero, as a sentence."""
    side = ("above", "高于") if analysis.estimate > 0 else ("below", "低于")
    broken = analysis.breakdown
    if isnan(broken):
        return (
            f"Its robust interval lies {side[0]} zero at no bound on differing trends, not even 0",
            f"无论对趋势差异设何种上限（包括0），稳健区间均未能{side[1]}零",
        )
    if isinf(broken):
        because = ("", "")
        if analysis.bias or analysis.trend:
            because = (
                ", since the assumed direction of the difference excludes by itself that it makes the effect",
                "，因所设差异方向本身已排除由其造成该效应",
            )
        return (
            f"Its robust interval stays {side[0]} zero at every bound that was looked at{because[0]}",
            f"在所考察的所有上限下，稳健区间均{side[1]}零{because[1]}",
        )
    clause, symbol = restriction_words(subject, analysis, broken), SYMBOL[analysis.family]
    text = bound_words(subject, analysis, broken)
    return (
        f"Its robust interval stays {side[0]} zero as long as {clause[0]} (breakdown value {symbol} = {text[0]})",
        f"只要{clause[1]}，稳健区间即{side[1]}零（失效临界值{symbol}={text[1]}）",
    )


def sentence(subject: Subject, events: EventVector, analysis: Analysis, deciding: Robust | None) -> Words:
    """The result for a reader."""
    what, level = average_words(events, analysis.weights), f"{analysis.level:.0%}"
    value = effect_words(subject, analysis.estimate)
    ends = ends_words(subject, *analysis.original)
    english = f"{what[0]} is {value[0]} ({level} interval {ends[0]}) under parallel trends. "
    chinese = f"在平行趋势下，{what[1]}为{value[1]}（{level}置信区间{ends[1]}）。"
    if not analysis.excludes_zero(*analysis.original):
        english += "This holds zero already, so that there is nothing to break"
        chinese += "该区间已包含零，无从检验其稳健性"
    else:
        told = breakdown_words(subject, analysis)
        english, chinese = english + told[0], chinese + told[1]
    if deciding is not None:
        symbol, text = SYMBOL[analysis.family], bound_words(subject, analysis, deciding.bound)
        found = ends_words(subject, deciding.low, deciding.high)
        empty = isnan(deciding.low)
        english += f"; at {symbol} = {text[0]} it is {found[0]}"
        chinese += f"；在{symbol}={text[1]}时为{found[1]}"
        if empty:
            english += ", which says that the leads contradict the restriction"
            chinese += "，即改革前系数与该约束相矛盾"
    return english + ".", chinese + "。"


def method_words(analysis: Analysis) -> Words:
    """A sentence of a methods section."""
    what = {
        RELATIVE_MAGNITUDES: (
            "steps of the difference in trends relative to the largest before the reform",
            "相对于改革前最大变动的趋势差异变动",
        ),
        SMOOTHNESS: ("changes of the slope of the difference in trends", "趋势差异斜率的变化"),
        RELATIVE_SMOOTHNESS: (
            "changes of the slope of the difference in trends relative to the largest before the reform",
            "相对于改革前最大变化的趋势差异斜率变化",
        ),
    }[analysis.family]
    made = METHODS[analysis.method]
    bias, trend = BIAS[analysis.bias], TREND[analysis.trend]
    return (
        f"Departures from parallel trends were allowed for by bounding {what[0]}{bias[0]}{trend[0]}, with {made[0]} "
        "(Rambachan and Roth 2023).",
        f"通过限定{what[1]}{bias[1]}{trend[1]}来放宽平行趋势假设，并采用{made[1]}（Rambachan和Roth，2023）。",
    )
