"""The check ``oster``: its verdict and its sentence."""

from __future__ import annotations

import numpy as np

from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative, Finding, Words
from dipeval.check.omitted.oster_exhibits import oster_curves, oster_table
from dipeval.check.omitted.regression import regression_of
from dipeval.check.omitted.selection import Selection, selection_of
from dipeval.check.subject import Subject
from dipeval.study.descriptions import DescriptionChoice

MOST = 100.0
"""A larger δ is told as more than this."""
TITLES = "Selection on what is not observed", "不可观测变量选择的敏感性"
METHOD = (
    "Selection on what is not observed was bounded by the movement of the coefficient and of R squared as covariates "
    "enter (Oster 2019).",
    "依据加入协变量后系数与R²的变动，约束不可观测变量的选择偏差（Oster，2019）。",
)
ADJUSTED = (
    "With selection on what is not observed δ = {delta:g} times that on covariates, and Rmax = {multiple:g} R² = "
    "{ceiling:.3f}, the effect is {effect} (with covariates {long}, without {short}). ",
    "若不可观测变量的选择强度为协变量的δ = {delta:g}倍，且Rmax = {multiple:g}R² = {ceiling:.3f}，"
    "则效应为{effect}（含协变量{long}，不含协变量{short}）。",
)
NO_ROOT = (
    "no bias in the direction of the selection fulfils the equation",
    "方程在该选择方向上无解",
)
TAKEN = (
    "Selection would have to be δ {zero} times that on covariates to take the effect to {aim}",
    "选择强度须达到协变量的δ {zero}倍才能使效应变为{aim}",
)
AWAY = (
    "Covariates move the effect away from {aim}, so that selection in their direction would only strengthen it",
    "协变量使效应远离{aim}，同方向的选择只会使效应更强",
)
WHY: Words = ("; less than is supposed here", "，低于此处设定的强度")
NOTHING = (
    "; the interval with covariates holds it already, so that there is nothing to lose",
    "；含协变量的置信区间本已包含该值，无从检验",
)
UNSURE = (
    "; but the interval of the adjusted effect holds that value",
    "；但调整后效应的置信区间包含该值",
)
WEAK = (
    "; but covariates explain {gained:.2%} of the outcome and {taken:.2%} of the reform, too little to tell what is missing",
    "；但协变量仅解释结果的{gained:.2%}与改革的{taken:.2%}，不足以推断遗漏部分",
)


def oster(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.oster`."""
    options = choice.options
    regression = regression_of(subject, options["covariates"], chosen=bool(options["estimator"]))
    asked = selection_of(regression, options)
    titles = choice.titles(*TITLES)
    verdict, why = _verdict(asked)
    exhibits = oster_table(asked, choice.name, titles), oster_curves(asked, f"{choice.name}_effects", titles)
    return Finding(verdict, _sentence(asked, why), exhibits, (_line(asked),), METHOD)


def _line(asked: Selection) -> Alternative:
    """The adjusted effect of the verdict's row, for the forest of all checks."""
    first, method = asked.rows[0], asked.regression.method
    strength = f"δ = {first.found.delta:g}, Rmax = {first.multiple:g} R²"
    label = f"{method[0]}, Oster: {strength}", f"{method[1]}，Oster：{strength.replace(', ', '，')}"
    if not np.isfinite(first.found.effect):
        return Alternative(label, reason=NO_ROOT)
    return asked.regression.alternative(label, first.found.effect, first.error)


def _verdict(asked: Selection) -> tuple[str, Words]:
    """Which side of the asked effect the adjusted one lies on, and why there may be nothing to tell."""
    long, error = asked.movement.long, asked.errors[1]
    if abs(long - asked.effect) <= asked.regression.bound.critical * error:
        return INFORMATIVE, NOTHING
    first, side = asked.rows[0], np.sign(long - asked.effect)
    ahead = side * (first.found.effect - asked.effect)
    if not ahead > 0:
        return FAILED, WHY
    if not asked.telling:
        shares = {"gained": asked.gained, "taken": asked.taken}
        return INFORMATIVE, (WEAK[0].format(**shares), WEAK[1].format(**shares))
    if not ahead > asked.regression.bound.critical * first.error:
        return INFORMATIVE, UNSURE
    return PASSED, ("", "")


def _sentence(asked: Selection, why: Words) -> Words:
    subject, movement, first = asked.regression.subject, asked.movement, asked.rows[0]
    effects = [
        effect_words(subject, e) for e in (first.found.effect, movement.long, movement.short, asked.effect)
    ]
    told = []
    for k, end in enumerate((".", "。")):
        effect, long, short, aim = (words[k] for words in effects)
        aim = ("zero", "零")[k] if asked.effect == 0 else aim
        facts = {
            "delta": first.found.delta,
            "multiple": first.multiple,
            "ceiling": first.found.ceiling,
            "effect": effect,
            "long": long,
            "short": short,
            "zero": f"= {first.zero:.2f}" if first.zero < MOST else f"> {MOST:.0f}",
            "aim": aim,
        }
        reached = TAKEN if np.isfinite(first.zero) else AWAY
        told.append(ADJUSTED[k].format(**facts) + reached[k].format(**facts) + why[k] + end)
    return told[0], told[1]
