"""What is said below the exhibits of a composition."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.describe.composition.intervals import Errors, Stated, stated
from dipeval.describe.composition.words import (
    ABSENT,
    Words,
    cluster_words,
    part_words,
    route_words,
    rule_words,
)
from dipeval.estimate.composition.analysis import CompositionEffects

UNITS = {
    "month": ("hospital-months", "医院-月"),
    "quarter": ("hospital-quarters", "医院-季度"),
    "year": ("hospital-years", "医院-年"),
}
OFTEN = 0.2
"""A part that is zero in more than this share of the rows: what is written in their place decides its log-ratios."""
COUNTERFACTUAL: Words = (
    "Without the reform: the composition observed after it, minus the effects on shares; it sums to 100 %, and the "
    "effects to zero. What was observed is held fixed.",
    "反事实：改革后观测构成减去对占比的效应；合计为100%，各项效应之和为零。观测构成视为固定。",
)
BRACKETS: Words = (
    "Parentheses and brackets hold simultaneous intervals; p-values are of each number by itself.",
    "圆括号与方括号内均为同时置信区间；p值为单项检验。",
)
LOG_ROUTE: Words = (
    "Log-ratio route: the observed composition perturbed by minus the effects on centred log-ratios. It supposes "
    "parallel trends of log-ratios, the other routes those of shares and of log odds; intervals by the delta method, on "
    "log odds.",
    "对数比途径：以中心对数比效应的负值扰动观测构成；平行趋势假定分别针对对数比、占比与对数优势；区间按delta法在对数优势尺度上构造。",
)
FRACTIONAL = {
    "hospital": (
        "Fractional multinomial logit: quasi-maximum likelihood on untreated hospital-periods with effects of hospitals and "
        "periods, from which the shares without the reform are imputed; influence by cluster.",
        "分数多项Logit：对未受处理的医院时期作准极大似然估计，含医院与时期效应，据此推算无改革时的占比；误差按聚类汇总影响函数。",
    ),
    "cohort": (
        "Fractional multinomial logit: quasi-maximum likelihood on untreated hospital-periods with effects of cohorts and "
        "periods, from which the shares without the reform are imputed; influence by cluster.",
        "分数多项Logit：对未受处理的医院时期作准极大似然估计，含批次与时期效应，据此推算无改革时的占比；误差按聚类汇总影响函数。",
    ),
}
BALANCES: Words = (
    "Centred log-ratios sum to zero; balances are the same effects in an orthonormal basis.",
    "中心对数比之和为零；平衡为同一效应在标准正交基下的表示。",
)
ZEROS: Words = (
    "Effects on centred log-ratios (standard errors). Multiplicative replacement as Martín-Fernández et al. (2003): "
    "ratios among positive parts do not change. Shares, levels and the fractional logit need no rule.",
    "中心对数比效应（标准误）。乘法替换法（Martín-Fernández等，2003）不改变非零项之间的比值；占比、金额与分数Logit无需零值规则。",
)
NO_ZERO: Words = (
    "No part is zero in any of them, so that all rules agree.",
    "各项均无零值，各规则结果相同。",
)


def composition_notes(
    made: CompositionEffects,
    errors: Errors,
    effects: Stated,
    estimator: str,
    frequency: str,
    of_study: Sequence[Words],
) -> dict[str, list[Words]]:
    """Notes by exhibit: ``picture``, ``path`` (without its ``ending``), ``table``, ``routes``, ``log_ratios``, ``zeros``."""
    rule, absent = _rule(made, errors, effects), _absent(made)
    sample, who = _sample(made, errors, frequency), _estimator(estimator)
    zeros = _zeros(made, frequency)
    common = [*of_study, *sample]
    ending = [*absent, *_warnings(effects)]
    fractional = [FRACTIONAL[made.fractional_of]] if made.fractional is not None else []
    if made.why_not:
        fractional = [
            (f"No fractional multinomial logit: {made.why_not}.", f"未估计分数多项Logit：{made.why_not}。")
        ]
    return {
        "picture": [*common, who, COUNTERFACTUAL, rule, *ending],
        "table": [*common, who, COUNTERFACTUAL, rule, BRACKETS, *ending],
        "routes": [*common, LOG_ROUTE, *fractional, *zeros, rule, BRACKETS, *ending],
        "log_ratios": [*common, who, BALANCES, *zeros, rule, BRACKETS, *ending],
        "path": [*common, who],
        "ending": ending,
        "zeros": [*common, who, ZEROS, *([] if made.zeros.any() else [NO_ZERO]), *ending],
    }


def _estimator(estimator: str) -> Words:
    english, chinese = route_words(estimator)["shares"]
    return (
        f"Estimator: {english.partition(', ')[2]}, the same for all parts and on the same sample.",
        f"估计量：{chinese.partition('，')[2]}，各项相同、样本相同。",
    )


def _sample(made: CompositionEffects, errors: Errors, frequency: str) -> list[Words]:
    """Which rows, and which were left out."""
    words = UNITS[frequency]
    before, after = (made.seen.facts[when] for when in ("before", "after"))
    n = made.shares.estimate.n_obs
    notes = [
        (
            f"Means of the shares of {words[0]}: {before[0]:,} before and {after[0]:,} after, of hospitals that are ever "
            f"treated; effects are estimated on {n:,}.",
            f"占比为{words[1]}均值：改革医院改革前{before[0]:,}个、改革后{after[0]:,}个；效应估计样本{n:,}个。",
        )
    ]
    lost = [
        (made.found.unknown, "without all amounts", "缺少部分金额"),
        (made.found.empty, "without any cost", "无任何费用"),
    ]
    notes += [
        (f"{count:,} {words[0]} {english} are left out.", f"{count:,}个{words[1]}{chinese}，未纳入。")
        for count, english, chinese in lost
        if count
    ]
    if made.left_out is not None:
        rest = stated(made.left_out, errors)
        effect, p = f"{100 * rest.value[0]:.2f}".replace("-", "−"), chance(float(rest.p_value[0]))
        notes.append(
            (
                f"Shares are of what is itemised; {made.found.not_itemised:.1%} of the total is not, and the effect on that "
                f"share is {effect} percentage points ({p}).",
                f"占比以已列分项合计为分母；总额中{made.found.not_itemised:.1%}未分项，改革对该比例的效应为{effect}个百分点（{p}）。",
            )
        )
    return notes


def chance(p: float) -> str:
    """A p-value in a sentence."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _rule(made: CompositionEffects, errors: Errors, effects: Stated) -> Words:
    """How the intervals are made."""
    if not effects.rule:
        return ("No interval: errors are not identified.", "无区间：标准误不可识别。")
    english, chinese = cluster_words(errors.cluster)
    facts = made.shares.estimate.clusters[errors.cluster]
    df = effects.estimate.inference.df
    spread = (f"t({df:.0f})", f"t({df:.0f})") if np.isfinite(df) else ("the normal distribution", "正态分布")
    level, critical = f"{errors.level:.0%}", f"{effects.critical_value:.2f}"
    return (
        f"Simultaneous {level} intervals over all parts: multiplier bootstrap by {english} ({facts.n} clusters, "
        f"{errors.n_draws} draws, seed {errors.seed}) with {spread[0]}, {errors.small_sample} errors; critical value of "
        f"the effects on shares {critical}.",
        f"{level}同时置信区间覆盖全部项目：按{chinese}聚类的乘数自助法（{facts.n}个聚类，{errors.n_draws}次抽样，种子{errors.seed}），"
        f"{spread[1]}，{errors.small_sample}标准误；占比效应临界值{critical}。",
    )


def _absent(made: CompositionEffects) -> list[Words]:
    notes = []
    for part, reason in made.found.absent:
        words = part_words(part)
        notes.append((f"{words[0]}: {ABSENT[reason][0]}.", f"{words[1]}：{ABSENT[reason][1]}。"))
    return notes


def _zeros(made: CompositionEffects, frequency: str) -> list[Words]:
    """Which parts are ever zero, and the rule."""
    if not made.zeros.any():
        return []
    told = [(part_words(p), int(n)) for p, n in zip(made.found.parts, made.zeros, strict=True) if n]
    rule, words = rule_words(made.by_rule[0].rule), UNITS[frequency]
    often = [word for word, n in told if n > OFTEN * made.found.known.sum()]
    warned = (
        f" Log-ratios with {', '.join(word[0].lower() for word in often)} say as much of the rule as of the reform."
        if often
        else "",
        f"含{'、'.join(word[1] for word in often)}的对数比主要反映替换规则。" if often else "",
    )
    english = ", ".join(f"{word[0].lower()} in {n:,}" for word, n in told)
    chinese = "、".join(f"{word[1]}{n:,}个" for word, n in told)
    return [
        (
            f"Zeros, before logarithms: {english} {words[0]}. {rule[0]}; other rules stand in a table of their own."
            + warned[0],
            f"取对数前的零值：{chinese}{words[1]}。{rule[1]}；其他规则另表列示。{warned[1]}",
        )
    ]


def _warnings(effects: Stated) -> list[Words]:
    """What estimator and errors warn of; the page has it too."""
    told = effects.estimate.warnings
    if not told:
        return []
    english = " ".join(f"{text[:1].upper()}{text[1:]}." for text in told)
    return [(english, f"共有{len(told)}条警告（见页面），多因聚类数较少：标准误偏小，p值偏低，区间偏短。")]
