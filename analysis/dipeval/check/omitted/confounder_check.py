"""The check ``omitted_variable``: its verdict and its sentence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative, Finding, Words
from dipeval.check.omitted.benchmarks import Confounder, benchmarks_of, confounder_of
from dipeval.check.omitted.confounder_exhibits import Shown, benchmark_table, statistics_table
from dipeval.check.omitted.contour_exhibits import contour_figure, extreme_figure
from dipeval.check.omitted.regression import Regression, regression_of
from dipeval.check.subject import Subject
from dipeval.errors import DataError, Problem
from dipeval.study.descriptions import DescriptionChoice

TITLES = "Sensitivity to an omitted variable", "对遗漏变量的敏感性"
METHOD = (
    "How strong an omitted variable would have to be was stated as partial R squared with the reform and with the "
    "outcome, beside those of covariates (Cinelli and Hazlett 2020); errors of the bounds by cluster (Chernozhukov et al. "
    "2022).",
    "以遗漏变量与改革、与结果的偏R²表示推翻结论所需的强度，并以已观测协变量为参照（Cinelli与Hazlett，2020）；"
    "偏差界的标准误按聚类计算（Chernozhukov等，2022）。",
)
NEEDED = (
    "An omitted variable would have to explain {value:.2%} of what is left of both the reform and the outcome to take {aim} "
    "away, and {interval:.2%} until its interval, by {cluster}, holds zero",
    "遗漏变量须同时解释改革与结果剩余变异的{value:.2%}才能消除{aim}；达到{interval:.2%}时，按{cluster}聚类的置信区间即包含零",
)
WORST = (
    ". One {described} explains at most {treatment:.2%} of the reform and {outcome:.2%} of the outcome and leaves {effect} "
    "({low} to {high}).",
    "。{described}的遗漏变量至多解释改革的{treatment:.2%}与结果的{outcome:.2%}，效应为{effect}（{low}至{high}）。",
)
NO_COVARIATES = (
    "; without covariates nothing says what is strong.",
    "；未设协变量，无从比较何为“强”。",
)
WEAK = (
    " But covariates explain too little of the reform or of the outcome to say what is strong.",
    "但协变量对改革或结果的解释过少，不足以说明何为“强”。",
)
IMPOSSIBLE = (
    ". None can be {described}, which explains too much of the reform.",
    "。不存在{described}的遗漏变量：其对改革的解释份额过大。",
)
NO_SUCH: Words = ("no confounder can be so strong", "不存在如此强的遗漏变量")
EFFECT = ("the effect", "该效应")
PART = ("{:.0%} of the effect", "效应的{:.0%}")


def omitted_variable(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.omitted_variable`."""
    options = choice.options
    times = tuple(float(k) for k in options["times"])
    if not times or min(times) <= 0:
        raise DataError("check", [Problem("times", "is empty or not above zero", "write [1, 2, 3]")])
    regression = regression_of(subject, options["covariates"], chosen=bool(options["estimator"]))
    benchmarks = benchmarks_of(regression, options["benchmarks"])
    found = tuple(confounder_of(regression, one, k) for one in benchmarks for k in times)
    shown = Shown(regression, benchmarks, found, float(options["share"]))
    first = [one for one in found if one.times == times[0]]
    titles = choice.titles(*TITLES)
    exhibits = [statistics_table(shown, choice.name, titles)]
    if found:
        exhibits.append(benchmark_table(shown, f"{choice.name}_benchmarks", titles))
    exhibits.append(contour_figure(shown, f"{choice.name}_contours", titles))
    exhibits.append(extreme_figure(shown, f"{choice.name}_extreme", titles))
    worst = _worst(first)
    lines = () if worst is None else (_line(regression, worst),)
    return Finding(_verdict(regression, first), _sentence(shown, worst), tuple(exhibits), lines, METHOD)


def _worst(found: Sequence[Confounder]) -> Confounder | None:
    """The one that moves the effect most; one that cannot be goes before all others."""
    impossible = [one for one in found if np.isnan(one.value)]
    return max(impossible or found, key=lambda one: _strength(one), default=None)


def _strength(one: Confounder) -> float:
    moved = one.strength.outcome * one.strength.treatment / (1 - one.strength.treatment)
    return moved if np.isfinite(moved) else np.inf


def _line(regression: Regression, worst: Confounder) -> Alternative:
    """What the strongest confounder leaves, for the forest of all checks."""
    label = (
        f"{regression.method[0]}, omitted variable {worst.described[0]}",
        f"{regression.method[1]}，{worst.described[1]}的遗漏变量",
    )
    if not np.isfinite(worst.value):
        return Alternative(label, reason=NO_SUCH)
    return regression.alternative(label, worst.value, worst.error)


def _verdict(regression: Regression, first: Sequence[Confounder]) -> str:
    bound = regression.bound
    low, high = bound.interval(0.0)
    if low <= 0 <= high or not first:
        return INFORMATIVE
    sign, critical = np.sign(bound.value), bound.critical
    if not all(sign * one.value - critical * one.error > 0 for one in first):
        return FAILED
    return PASSED if any(one.benchmark.telling for one in first) else INFORMATIVE


def _sentence(shown: Shown, worst: Confounder | None) -> Words:
    regression, told = shown.regression, []
    for k in (0, 1):
        facts = {
            "value": shown.needed(interval=False),
            "interval": regression.bound.robustness_value(),
            "cluster": regression.clustering[k],
            "aim": EFFECT[k] if shown.share == 1 else PART[k].format(shown.share),
        }
        told.append(NEEDED[k].format(**facts) + _end(shown, worst, k))
    return told[0], told[1]


def _end(shown: Shown, worst: Confounder | None, k: int) -> str:
    """What the strongest benchmark says, in one language."""
    if worst is None:
        return NO_COVARIATES[k]
    regression, described = shown.regression, worst.described[k]
    if not np.isfinite(worst.value):
        return IMPOSSIBLE[k].format(described=described)
    reach = regression.bound.critical * worst.error
    numbers = (worst.value, worst.value - reach, worst.value + reach)
    effect, low, high = (effect_words(regression.subject, number)[k] for number in numbers)
    where = {"treatment": worst.strength.treatment, "outcome": worst.strength.outcome}
    told = WORST[k].format(described=described, effect=effect, low=low, high=high, **where)
    return told if any(one.telling for one in shown.benchmarks) else told + WEAK[k]
