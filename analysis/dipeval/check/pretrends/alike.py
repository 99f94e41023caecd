"""Finding of the kind ``equivalence``: trends before the reform are alike up to a bound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.check.alternatives.numbers import effect_words, p_words
from dipeval.check.event_vector import EventVector, event_vector
from dipeval.check.event_words import events_words
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Finding, Words
from dipeval.check.pretrends.cells import cell, held_by
from dipeval.check.pretrends.equivalence import Equivalence, largest_lead, largest_lead_jointly, mean_lead
from dipeval.check.pretrends.root_mean_square import root_mean_square_lead
from dipeval.check.pretrends.truncated_normal import MOST
from dipeval.check.pretrends.violation import window_of
from dipeval.check.subject import Subject
from dipeval.errors import DesignError, Problem
from dipeval.results import Estimate
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.study.descriptions import DescriptionChoice

TITLE: Words = ("Are trends before the reform alike?", "改革前趋势是否等价")
METHOD: Words = (
    "Equivalence of trends before the reform was tested after Dette and Schumann (2024): the null is that the largest, "
    "mean or root mean square lead is at least the bound; the smallest bound that is rejected is reported.",
    "参照Dette和Schumann（2024）检验改革前趋势的等价性：原假设为前期系数的最大绝对值、均值或均方根不小于界值，并报告可拒绝的最小界值。",
)
MEASURES: dict[str, Words] = {
    "max": ("Largest lead, each by itself", "最大前期系数（逐一检验）"),
    "max_joint": ("Largest lead, jointly", "最大前期系数（联合分布）"),
    "mean": ("Mean lead", "前期系数均值"),
    "rms": ("Root mean square of leads", "前期系数均方根"),
}
WHY: dict[str, Words] = {
    "max_joint": ("", "前期系数比平行趋势下的偶然波动更接近零，未作检验"),
    "rms": (
        "; the bound of the largest lead holds for it as well",
        "聚类过少，未作检验；最大前期系数的界值对其同样成立",
    ),
}
HEADS: dict[str, Words] = {
    "size": ("Estimate", "估计值"),
    "smallest": ("Smallest bound rejected", "可拒绝的最小界值"),
    "p": ("p-value at the bound", "所设界值的p值"),
}


def equivalence(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.equivalence`."""
    fitted = subject.event_estimate
    events = event_vector(fitted, window_of(choice), whole=False)
    if events.n_pre > MOST:
        todo = f"name a window of at most {MOST} leads"
        raise DesignError("check", [Problem("window", f"holds {events.n_pre} leads", todo)])
    bound, chosen = _bound(subject, choice, events)
    tests = _tests(events, _influence(fitted, events), bound, 1 - subject.level, choice.options["seed"])
    verdict = _verdict(tests[0], bound, 1 - subject.level)
    exhibits = (
        _table(subject, choice, events, tests, bound, chosen),
        _figure(subject, choice, events, tests, bound),
    )
    return Finding(verdict, _sentence(subject, tests, bound, chosen), exhibits, (), METHOD)


def _bound(subject: Subject, choice: DescriptionChoice, events: EventVector) -> tuple[float, Words]:
    """The bound, and whose it is.

    Raises
    ------
    DesignError
        It is not positive.
    """
    asked = choice.options["bound"]
    if asked is None:
        whose = "the size of the estimated effect", "所估计效应的大小"
        return abs(float(events.beta[events.n_pre :].mean())), whose
    if not asked > 0:
        problem = Problem("bound", f"is {asked:g}", "write a positive number, in units of the outcome")
        raise DesignError("check", [problem])
    return float(asked), ("the stated bound", "所设界值")


def _influence(fitted: Estimate, events: EventVector) -> np.ndarray:
    """Influence of each cluster on the leads (G, n_pre)."""
    terms = fitted.terms.reset_index(drop=True)
    timed = terms[terms["kind"].isin(("lead", "event_time"))]
    at = {int(t): row for row, t in timed["event_time"].items()}
    columns = [at[int(t)] for t in events.leads]
    name = fitted.inference.cluster or next(iter(fitted.influence))
    return np.asarray(fitted.influence[name])[:, columns]


def _tests(
    events: EventVector, influence: np.ndarray, bound: float, level: float, seed: int
) -> list[Equivalence]:
    leads, cov = events.beta[: events.n_pre], events.cov[: events.n_pre, : events.n_pre]
    return [
        largest_lead(leads, cov, bound, level, events.degrees),
        largest_lead_jointly(leads, cov, bound, level),
        mean_lead(leads, cov, bound, level, events.degrees),
        root_mean_square_lead(leads, influence, bound, seed, level),
    ]


def _verdict(largest: Equivalence, bound: float, level: float) -> str:
    if largest.p_value <= level:
        return PASSED
    return FAILED if largest.largest_below > bound else INFORMATIVE


def _sentence(subject: Subject, tests: Sequence[Equivalence], bound: float, chosen: Words) -> Words:
    largest = tests[0]
    size, smallest = (effect_words(subject, value) for value in (largest.size, largest.smallest))
    limit, p = effect_words(subject, bound), p_words(largest.p_value)
    return (
        f"The largest lead is {size[0]} in size, and leads of {smallest[0]} or more are excluded; at {chosen[0]}, "
        f"{limit[0]}, {p[0]}.",
        f"前期系数绝对值最大为{size[1]}，可排除{smallest[1]}及以上的差异；以{chosen[1]}（{limit[1]}）为界，{p[1]}。",
    )


def _table(
    subject: Subject,
    choice: DescriptionChoice,
    events: EventVector,
    tests: Sequence[Equivalence],
    bound: float,
    chosen: Words,
) -> Exhibit:
    held, unit, rows = held_by(events), subject.outcome.unit, []
    for one in tests:
        words = MEASURES[one.measure]
        rows += [
            cell(one.measure, words, "size", HEADS["size"], one.size, "number", unit=unit, **held),
            cell(
                one.measure, words, "smallest", HEADS["smallest"], one.smallest, "number", unit=unit, **held
            ),
            cell(one.measure, words, "p", HEADS["p"], one.p_value, "p", **held),
        ]
    limit = effect_words(subject, bound)
    notes = [
        events_words(subject, events, leads_only=True),
        (f"The bound is {chosen[0]}, {limit[0]}.", f"界值为{chosen[1]}，{limit[1]}。"),
        *_remarks(events, tests),
        (
            "Passed: every lead excludes the bound by itself. Failed: some lead exceeds it, at the level of the study "
            "for all leads together. Informative: neither.",
            "“通过”：各前期系数均逐一排除该界值；“未通过”：在整体显著性水平下至少一个前期系数超过该界值；其余为“仅供参考”。",
        ),
    ]
    options = {"stub_en": "", "stub_zh": "", "currency": subject.given.currency}
    return bilingual(
        choice.name,
        "grid",
        choice.titles(*TITLE),
        pd.DataFrame(rows),
        notes,
        synthetic=subject.given.synthetic,
        options=options,
    )


def _remarks(events: EventVector, tests: Sequence[Equivalence]) -> list[Words]:
    """How errors entered, and what could not be tested."""
    told: list[Words] = []
    if np.isfinite(events.degrees):
        told.append(
            (
                f"Errors are estimated: two one-sided t tests with {events.degrees:.4g} degrees of freedom; the joint "
                "distribution of the largest lead takes them as known.",
                f"标准误为估计量：采用自由度为{events.degrees:.4g}的双单侧t检验；最大前期系数的联合分布则视其为已知。",
            )
        )
    without = [one for one in tests if one.note]
    for one in without:
        words, why = MEASURES[one.measure], WHY[one.measure]
        told.append((f"{words[0]}: no test ({one.note}){why[0]}.", f"{words[1]}：{why[1]}。"))
    return told


def _figure(
    subject: Subject,
    choice: DescriptionChoice,
    events: EventVector,
    tests: Sequence[Equivalence],
    bound: float,
) -> Exhibit:
    """Each lead with the interval that its test of equivalence goes by, and the bound on both sides."""
    from scipy.special import stdtrit

    leads, errors = events.beta[: events.n_pre], np.sqrt(np.diag(events.cov)[: events.n_pre])
    reach = errors * stdtrit(min(events.degrees, 1e9), subject.level)
    times = [str(t).replace("-", "\u2212") for t in events.leads]
    frame = pd.DataFrame(
        {
            "label_en": [f"Event time {t}" for t in times],
            "label_zh": [f"事件时间{t}" for t in times],
            "value": leads,
            "low": leads - reach,
            "high": leads + reach,
            "count": events.counts[: events.n_pre],
            "largest_share": events.largest_shares[: events.n_pre],
            "pooled": False,
            "section": "leads",
        }
    )
    smallest, held = tests[0].smallest, held_by(events)
    for words, size in (
        (("Bound", "界值"), bound),
        (("Smallest bound rejected", "可拒绝的最小界值"), smallest),
    ):
        row = {"label_en": words[0], "label_zh": words[1], "value": 0.0, "low": -size, "high": size, **held}
        frame.loc[len(frame)] = {**row, "pooled": True, "section": "bounds"}
    level = 2 * subject.level - 1
    options = {
        "unit": subject.outcome.unit,
        "currency": subject.given.currency,
        "axis_en": subject.outcome.label_en,
        "axis_zh": subject.outcome.label_zh,
        "reference": 0.0,
        "level": level,
        "effect": True,
    }
    note = (
        f"A lead excludes a bound where its {level:.0%} interval lies inside.",
        f"前期系数的{level:.0%}置信区间完全位于界值之内时，即排除该界值。",
    )
    return bilingual(
        f"{choice.name}_leads",
        "forest",
        choice.titles(*TITLE),
        frame,
        [note],
        synthetic=subject.given.synthetic,
        options=options,
    )
