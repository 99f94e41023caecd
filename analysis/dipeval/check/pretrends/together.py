"""Finding of the kind ``pretrends``: all leads together, by every method, with the power that the test has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.check.alternatives.numbers import p_words
from dipeval.check.event_vector import EventVector, event_vector
from dipeval.check.event_words import errors_replaced, events_words
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Finding, Words
from dipeval.check.pretrends.cells import cell, held_by
from dipeval.check.pretrends.joint_tests import USUAL, NamedTest, joint_tests, judgement
from dipeval.check.pretrends.power import LeadsTest
from dipeval.check.pretrends.violation import Violation, violation_of, window_of
from dipeval.check.subject import Subject
from dipeval.errors import DesignError, Problem, nearest
from dipeval.infer.joint import joint_test
from dipeval.infer.registry import INFERENCES
from dipeval.results import Estimate
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.study.descriptions import DescriptionChoice

ENOUGH = 0.8
MANY = 40
PRESUMING = ("cluster", "two_way", "multiplier")
TITLE: Words = ("Joint tests of leads", "前期系数的联合检验")
METHOD: Words = (
    "All leads of the event study were tested together by each inference method that the estimator bears; the power of "
    "the test against a stated trend follows from the noncentral F distribution (Roth 2022).",
    "对事件研究的全部前期系数，以该估计方法适用的各种推断方法做联合检验；对所设定趋势的检验力由非中心F分布计算（Roth 2022）。",
)
RULES: tuple[Words, ...] = (
    (
        "Failed: the study's method rejects, and so does randomisation (wild bootstrap where it does not apply) if it "
        "could reject at all. Passed: neither rejects, and the stated trend would have been found with a chance of 80% or "
        "more. Informative: the two disagree, or the power is less.",
        "“未通过”：研究所用方法拒绝原假设，且随机化检验（不适用时为野聚类自助法）在可能拒绝时也拒绝；“通过”：两者均未拒绝，"
        "且发现所设定趋势的概率不低于80%；“仅供参考”：两者不一致，或检验力不足。",
    ),
)


def pretrends(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.pretrends`."""
    fitted = subject.event_estimate
    events = event_vector(fitted, window_of(choice), whole=False)
    stated, level = violation_of(subject, choice, events), 1 - subject.level
    test = LeadsTest(events.cov[: events.n_pre, : events.n_pre], events.degrees, level)
    power = test.joint_power(stated.path[: events.n_pre])
    names, own = _names(fitted, events), _own(subject, fitted)
    if np.isnan(joint_test(own, names, words="leads").p_value):
        own = fitted
    tests = joint_tests(fitted, names, _methods(choice), _options(subject, choice, own), own)
    tests[0] = replace(tests[0], own=own is not fitted or not errors_replaced(subject))
    verdict = _verdict(judgement(tests, level), power)
    exhibits = (
        _table(subject, choice, events, tests),
        _bars(subject, choice, events, tests, level),
    )
    return Finding(verdict, _sentence(events, tests, stated, power), exhibits, (), METHOD)


def _own(subject: Subject, fitted: Estimate) -> Estimate:
    """The event study with the study's inference, also where that has no covariance."""
    stated = subject.given.inference
    if stated is None or stated.of(fitted.estimator).method == fitted.inference.method:
        return fitted
    try:
        return subject.fit(estimator=subject.event_study)
    except DesignError:
        # The study's method does not apply to this estimator: the errors of the event study take its place.
        return fitted


def _names(fitted: Estimate, events: EventVector) -> list[str]:
    """Terms of the leads."""
    terms = fitted.terms[fitted.terms["kind"].isin(("lead", "event_time"))]
    named = dict(zip(terms["event_time"].astype(int), terms["term"], strict=True))
    return [named[int(t)] for t in events.leads]


def _methods(choice: DescriptionChoice) -> tuple[str, ...]:
    asked = tuple(choice.options["inferences"])
    problems = [
        Problem("inferences", f"'{name}' is no inference method", nearest(name, INFERENCES))
        for name in asked
        if name not in INFERENCES
    ]
    if problems:
        raise DesignError("check", problems)
    return asked or USUAL


def _options(subject: Subject, choice: DescriptionChoice, own: Estimate) -> dict[str, object]:
    cluster = own.inference.cluster or next(iter(subject.design.unit_clusters))
    drawn = {name: choice.options[name] for name in ("seed", "n_draws")}
    return {"cluster": cluster, "level": subject.level, **drawn}


def _verdict(differ: bool | None, power: float) -> str:
    if differ:
        return FAILED
    return PASSED if differ is False and power >= ENOUGH else INFORMATIVE


def _sentence(events: EventVector, tests: Sequence[NamedTest], stated: Violation, power: float) -> Words:
    own, k = tests[0], events.n_pre
    p = p_words(own.p_value)
    others = sorted(one.p_value for one in tests[1:] if np.isfinite(one.p_value))
    english = f"The joint test of {k} lead{'s' * (k > 1)} gives {p[0]} ({own.label[0]})"
    chinese = f"{k}个前期系数的联合检验（{own.label[1]}）{p[1]}"
    if others:
        same = f"{others[0]:.3f}" == f"{others[-1]:.3f}"
        spread = (f"{others[0]:.3f}",) if same else (f"{others[0]:.3f}", f"{others[-1]:.3f}")
        english += f", {len(others)} other method{'s' * (len(others) > 1)} {' to '.join(spread)}"
        chinese += f"，其他{len(others)}种方法的p值为{'至'.join(spread)}"
    if np.isfinite(power):
        comma = "," if "," in stated.words[0] else ""
        english += f"; it would have found {stated.words[0]}{comma} with a chance of {power:.0%}"
        chinese += f"；该检验发现{stated.words[1]}的概率为{power:.0%}"
    return f"{english}.", f"{chinese}。"


HEADS: dict[str, Words] = {
    "statistic": ("Statistic", "统计量"),
    "kind": ("Kind", "类型"),
    "p": ("p-value", "p值"),
}
KINDS: dict[str, Words] = {
    "F": ("Hotelling's F", "Hotelling F"),
    "Wald": ("Wald", "Wald"),
    "max |t|": ("Largest |t|", "最大|t|"),
}


def _table(
    subject: Subject, choice: DescriptionChoice, events: EventVector, tests: Sequence[NamedTest]
) -> Exhibit:
    held, rows = held_by(events), []
    for one in tests:
        if not np.isfinite(one.p_value):
            continue
        words = _label(one)
        rows += [
            cell(one.method, words, "statistic", HEADS["statistic"], one.statistic, "number", **held),
            cell(one.method, words, "kind", HEADS["kind"], KINDS[one.kind], "text", **held),
            cell(one.method, words, "p", HEADS["p"], one.p_value, "p", **held),
        ]
    if not rows:
        one = tests[0]
        why = one.reason or "no test", "无法检验"
        rows = [cell(one.method, _label(one), "p", HEADS["p"], why, "text", **held)]
    options = {"stub_en": "Inference", "stub_zh": "推断方法"}
    return bilingual(
        choice.name,
        "grid",
        choice.titles(*TITLE),
        pd.DataFrame(rows),
        [events_words(subject, events, leads_only=True), *_few(events, tests), *_without(tests), *RULES],
        synthetic=subject.given.synthetic,
        options=options,
    )


def _bars(
    subject: Subject,
    choice: DescriptionChoice,
    events: EventVector,
    tests: Sequence[NamedTest],
    level: float,
) -> Exhibit:
    known = [one for one in tests if np.isfinite(one.p_value)]
    frame = pd.DataFrame(
        {
            "value": [one.p_value for one in known],
            "label_en": [_label(one)[0] for one in known],
            "label_zh": [_label(one)[1] for one in known],
            "count": held_by(events)["count"],
            "largest_share": held_by(events)["largest_share"],
        }
    )
    options = {"unit": "", "axis_en": "p-value", "axis_zh": "p值", "reference": level}
    return bilingual(
        f"{choice.name}_p_values",
        "bars",
        choice.titles(*TITLE),
        frame,
        [
            events_words(subject, events, leads_only=True),
            (f"The broken line is at {level:.2f}.", f"虚线位于{level:.2f}。"),
        ],
        synthetic=subject.given.synthetic,
        options=options,
    )


def _label(one: NamedTest) -> Words:
    if not one.own:
        return one.label
    return f"{one.label[0]} (the study's)", f"{one.label[1]}（研究所用）"


def _few(events: EventVector, tests: Sequence[NamedTest]) -> list[Words]:
    """That some methods presume many clusters."""
    if events.n_clusters >= MANY or not any(one.method in PRESUMING for one in tests):
        return []
    return [
        (
            f"Clustered errors and multiplier draws presume many clusters; {events.n_clusters} are few, and both reject "
            "true nulls too often.",
            f"聚类稳健误差与乘数自助法以聚类数量充足为前提；此处仅{events.n_clusters}个聚类，两者会过度拒绝。",
        )
    ]


def _without(tests: Sequence[NamedTest]) -> list[Words]:
    """Methods that give no test here."""
    none = [one for one in tests if not np.isfinite(one.p_value)]
    if not none:
        return []
    told = "; ".join(f"{one.label[0]} ({one.reason})" for one in none)
    return [(f"No test by: {told}.", f"以下方法不适用：{'、'.join(one.label[1] for one in none)}。")]
