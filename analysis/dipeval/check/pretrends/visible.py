"""Finding of the kind ``pretrend_power``: what a test of leads would see, and what passing it does (Roth 2022)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.event_vector import EventVector, event_vector
from dipeval.check.event_words import events_words
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Finding, Words
from dipeval.check.pretrends.after_passing import AfterPassing, after_joint_test, after_significance
from dipeval.check.pretrends.cells import cell, held_by
from dipeval.check.pretrends.drawn_violation import event_plot, power_curves
from dipeval.check.pretrends.power import LeadsTest, bayes_factor, detectable_multiple, likelihood_ratio
from dipeval.check.pretrends.truncated_normal import MOST
from dipeval.check.pretrends.violation import PERIODS, Violation, violation_of, window_of
from dipeval.check.subject import Subject
from dipeval.errors import DesignError, Problem
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.study.descriptions import DescriptionChoice

TARGETS = (0.5, 0.8)
SAYS = 20.0
"""A likelihood ratio from which one side is taken: under the other, one as large has a chance of at most 1/20."""
DEGREES_A_LEAD = 2.0
"""With fewer degrees of freedom for each lead that chance is larger: 12% with 10 leads and 11 degrees, where the
density of Hotelling's vector is as wide as the covariance is uncertain (tests/check/test_pretrend_kinds.py)."""
TITLE: Words = ("What tests of leads could see", "前期系数检验的检验力")
PLOT: Words = ("The event study and a stated violation", "事件研究与所设定的违背")
CURVES: Words = ("Chance of finding a violation, by its size", "发现不同大小违背的概率")
METHOD: Words = (
    "The power of tests of leads against a stated violation of parallel trends, the trends found with 50% and 80% power, "
    "and the bias and coverage of estimates that pass were computed after Roth (2022), by integration over the truncated "
    "normal distribution of the leads.",
    "参照Roth（2022），对前期系数的截断正态分布积分，计算检验对所设定违背的检验力、检验力为50%和80%时可发现的趋势，"
    "以及通过检验的估计值的偏误与区间覆盖率。",
)
TESTS: dict[str, Words] = {
    "some": ("Any lead significant", "任一前期系数显著"),
    "joint": ("Joint test", "联合检验"),
}


@dataclass(frozen=True)
class Seen:
    """What one test sees of a stated violation.

    Attributes
    ----------
    size : float
        Chance of rejecting where trends are parallel.
    multiples : tuple of float
        Of the violation, found with each chance of `TARGETS`; 0 where parallel trends are rejected as often.
    after : AfterPassing
    """

    size: float
    multiples: tuple[float, ...]
    after: AfterPassing


def pretrend_power(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.pretrend_power`."""
    events = event_vector(subject.event_estimate, window_of(choice), whole=False)
    if events.n_pre > MOST:
        todo = f"name a window of at most {MOST} leads"
        raise DesignError("check", [Problem("window", f"holds {events.n_pre} leads", todo)])
    stated = violation_of(subject, choice, events)
    pre = slice(events.n_pre)
    test = LeadsTest(events.cov[pre, pre], events.degrees, 1 - subject.level)
    seen = {"some": _by_significance(test, events, stated), "joint": _by_joint_test(test, events, stated)}
    ratio = likelihood_ratio(events.beta[pre], stated.path[pre], test.cov, events.degrees)
    exhibits = (
        event_plot(subject, choice.name, choice.titles(*PLOT), events, stated, seen["some"].after),
        power_curves(subject, f"{choice.name}_curves", choice.titles(*CURVES), test, events, stated),
        _table(subject, choice, events, stated, seen, ratio),
    )
    return Finding(_verdict(ratio, events), _sentence(subject, stated, seen, ratio), exhibits, (), METHOD)


def _by_significance(test: LeadsTest, events: EventVector, stated: Violation) -> Seen:
    leads = stated.path[: events.n_pre]
    multiples = tuple(detectable_multiple(test, leads, target) for target in TARGETS)
    after = after_significance(test, stated.path, events.cov)
    return Seen(test.significance_power(np.zeros(events.n_pre)), multiples, after)


def _by_joint_test(test: LeadsTest, events: EventVector, stated: Violation) -> Seen:
    leads = stated.path[: events.n_pre]
    multiples = tuple(detectable_multiple(test, leads, target, joint=True) for target in TARGETS)
    return Seen(test.level, multiples, after_joint_test(test, stated.path, events.cov))


def _verdict(ratio: float, events: EventVector) -> str:
    if events.degrees < DEGREES_A_LEAD * events.n_pre:
        return INFORMATIVE
    if ratio >= SAYS:
        return FAILED
    return PASSED if ratio <= 1 / SAYS else INFORMATIVE


def _sentence(subject: Subject, stated: Violation, seen: Mapping[str, Seen], ratio: float) -> Words:
    some, joint = seen["some"], seen["joint"]
    bias = effect_words(subject, float(stated.path[len(some.after.leads) :].mean()))
    known = bool(np.isfinite(some.after.effects).all())
    after = effect_words(subject, float(some.after.effects.mean())) if known else ("", "")
    english = (
        f"{stated.words[0][:1].upper()}{stated.words[0][1:]}{',' if ',' in stated.words[0] else ''} would make some lead significant with a chance of "
        f"{some.after.power:.0%}"
    )
    chinese = f"{stated.words[1]}使任一前期系数显著的概率为{some.after.power:.0%}"
    if np.isfinite(joint.after.power):
        english += f" and be found by the joint test with {joint.after.power:.0%}"
        chinese += f"，被联合检验发现的概率为{joint.after.power:.0%}"
    if stated.is_line:
        slope = effect_words(subject, abs(stated.slope) * some.multiples[1])
        english += f"; trends of {slope[0]} a {subject.given.frequency} have 80%"
        chinese += f"；检验力为80%时可发现的趋势为每{PERIODS[subject.given.frequency]}{slope[1]}"
    english += (
        f". Its mean bias is {bias[0]}, and "
        + (
            f"{after[0]} among studies that pass"
            if known
            else "fewer than one such study in 1,000 would pass"
        )
        + f". The leads are {_times(ratio)[0]} times as likely under it as under parallel trends."
    )
    passing = f"在通过检验的研究中为{after[1]}" if known else "此类研究通过检验的不足千分之一"
    chinese += (
        f"。其平均偏误为{bias[1]}，{passing}。前期系数在该违背下的似然为平行趋势下的{_times(ratio)[1]}倍。"
    )
    return english, chinese


def _times(ratio: float) -> Words:
    if ratio < 0.001:
        return "less than 0.001", "不到0.001"
    if ratio > 1000:
        return "more than 1,000", "超过1,000"
    text = f"{ratio:.3f}" if ratio < 1 else f"{ratio:,.1f}"
    return text, text


def _table(
    subject: Subject,
    choice: DescriptionChoice,
    events: EventVector,
    stated: Violation,
    seen: Mapping[str, Seen],
    ratio: float,
) -> Exhibit:
    unit, held, rows = subject.outcome.unit, held_by(events, leads_only=False), []
    for key, words, form, value in _lines(subject, stated, ratio):
        for column, head in TESTS.items():
            own = unit if form == "effect" else ""
            shown = "number" if form == "effect" else form
            rows.append(cell(key, words, column, head, value(seen[column]), shown, unit=own, **held))
    options = {"stub_en": "", "stub_zh": "", "currency": subject.given.currency}
    return bilingual(
        f"{choice.name}_table",
        "grid",
        choice.titles(*TITLE),
        pd.DataFrame(rows),
        [events_words(subject, events), *_notes(events, stated)],
        synthetic=subject.given.synthetic,
        options=options,
    )


def _lines(subject: Subject, stated: Violation, ratio: float) -> list[tuple]:
    """Name, words, form and value of each line of the table."""
    level = f"{subject.level:.0%}"
    size = abs(stated.slope) if stated.is_line else 1.0
    found: Words = ("Slope", "斜率") if stated.is_line else ("Multiple of the path", "路径的倍数")
    form = "effect" if stated.is_line else "number"
    lines = [
        (
            "power",
            ("Chance of finding the stated violation", "发现所设定违背的概率"),
            "share",
            lambda s: s.after.power,
        ),
        (
            "size",
            ("Chance of rejecting parallel trends", "平行趋势成立时拒绝的概率"),
            "share",
            lambda s: s.size,
        ),
    ]
    for at, target in enumerate(TARGETS):
        words = f"{found[0]} found with {target:.0%}", f"检验力为{target:.0%}时的{found[1]}"
        lines.append((f"found_{at}", words, form, lambda s, at=at: s.multiples[at] * size))
    lines += [
        (
            "bayes",
            ("Chance of passing, against parallel trends", "通过概率与平行趋势下之比"),
            "number",
            lambda s: bayes_factor(s.after.power, s.size),
        ),
        (
            "ratio",
            ("Likelihood of the leads, against parallel trends", "前期系数的似然比"),
            "number",
            lambda s: ratio,
        ),
        ("bias", ("Mean bias of the effects", "效应的平均偏误"), "effect", lambda s: _bias(stated, s)),
        (
            "bias_after",
            ("Mean bias among studies that pass", "通过检验的研究中的平均偏误"),
            "effect",
            lambda s: float(s.after.effects.mean()),
        ),
        (
            "covered",
            (f"Coverage of {level} intervals", f"{level}置信区间的覆盖率"),
            "share",
            lambda s: float(s.after.covered_always.mean()),
        ),
        (
            "covered_after",
            ("Coverage among studies that pass", "通过检验的研究中的覆盖率"),
            "share",
            lambda s: float(s.after.covered.mean()),
        ),
    ]
    return lines


def _bias(stated: Violation, seen: Seen) -> float:
    return float(stated.path[len(seen.after.leads) :].mean())


def _notes(events: EventVector, stated: Violation) -> list[Words]:
    degrees = (
        ("errors are taken as known", "标准误视为已知")
        if np.isinf(events.degrees)
        else (
            f"errors vary as a variance with {events.degrees:.4g} degrees of freedom",
            f"标准误的自由度为{events.degrees:.4g}",
        )
    )
    return [
        (f"Stated violation: {stated.words[0]}.", f"所设定的违背：{stated.words[1]}。"),
        (
            f"{events.n_pre} leads; {degrees[0]}. Bias and coverage are means over the effects, where the true effect is "
            "zero.",
            f"{events.n_pre}个前期系数；{degrees[1]}。偏误与覆盖率为真实效应为零时各期效应的平均。",
        ),
        (
            f"Passed: the leads are at most 1/{SAYS:g} as likely under the violation as under parallel trends. Failed: at "
            f"least {SAYS:g} times. Informative: between, or with fewer than {DEGREES_A_LEAD:g} degrees of freedom a lead, "
            "where the likelihood ratio is too uncertain to decide.",
            f"“通过”：前期系数在该违背下的似然不超过平行趋势下的1/{SAYS:g}；“未通过”：不低于{SAYS:g}倍；其余情形，"
            f"或每个前期系数对应的自由度不足{DEGREES_A_LEAD:g}时，为“仅供参考”。",
        ),
    ]
