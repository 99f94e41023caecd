"""The check ``placebo_outcome``: outcomes that the reform cannot change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dipeval.check.alternatives.forest import forest, main_effect, reasons
from dipeval.check.alternatives.numbers import effect_words, p_words
from dipeval.check.blaming import blaming_p_values
from dipeval.check.finding import FAILED, PASSED, Alternative, Finding, Words
from dipeval.check.placebos.power import could_find
from dipeval.check.placebos.verdicts import ZERO_RULE, zero_verdict
from dipeval.check.placebos.zero_table import zero_table
from dipeval.check.subject import Subject
from dipeval.errors import DataError, DesignError, Problem, nearest
from dipeval.panel.outcomes import outcome_values
from dipeval.results import Estimate
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome, outcomes

TITLES = "The effect on outcomes that the reform cannot change", "改革不应影响的结局上的效应（结局安慰剂）"
STUB = "Outcome", "结局"
AXIS = "Effect, standard deviations within hospitals", "效应（医院内标准差）"
SCALE = (
    "The figure shows effects in standard deviations of each outcome within hospitals before the reform, so that they can be"
    " compared with the main effect, its first line.",
    "图中效应以各结局改革前医院内标准差为单位，以便与首行的主要效应比较。",
)
METHOD = (
    "As a placebo in outcomes, the same design was estimated on outcomes that the reform cannot change ({});"
    " p-values are adjusted for their number.",
    "结局安慰剂检验：以相同设计估计改革不应影响的结局（{}），p 值按结局个数调整。",
)


def placebo_outcome(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.placebo_outcome`."""
    chosen = _outcomes(subject, tuple(choice.options["outcomes"]))
    fits = [_fit(subject, outcome) for outcome in chosen]
    found = [one for one, _, _ in fits]
    main = _in_spreads(main_effect(subject), spread_within(subject, subject.values))
    scaled = [_in_spreads(one, spread) for one, spread, _ in fits]
    sound = blaming_p_values([fitted for _, _, fitted in fits], subject.design)
    adjusted = sound.adjusted
    able = could_find(scaled, main.value, subject.level)
    verdict = zero_verdict(adjusted, able, 1 - subject.level)
    titles = choice.titles(*TITLES)
    told = [SCALE, ZERO_RULE, sound.rule]
    figure = forest(subject, choice.name, titles, scaled, told, first=main)
    figure = replace(
        figure,
        options={**figure.options, "unit": "", "axis_en": AXIS[0], "axis_zh": AXIS[1], "effect": False},
    )
    table = zero_table(
        f"{choice.name}_table",
        titles,
        STUB,
        found,
        adjusted,
        [outcome.unit for outcome in chosen],
        (),
        [*told[1:], *reasons(found)],
        synthetic=subject.given.synthetic,
        options={"currency": subject.given.currency},
    )
    tried = tuple(one.label for one in found if np.isfinite(one.value))
    sentence = _sentence(subject, verdict, found, adjusted, able)
    return Finding(verdict, sentence, (figure, table), (), METHOD, tried)


def spread_within(subject: Subject, values: np.ndarray) -> float:
    """Standard deviation of an outcome around the means of hospitals, over untreated hospital-periods.

    One degree of freedom a hospital is taken off; NaN where none is left.
    """
    design = subject.design
    outcome = values[design.rows]
    kept = np.isfinite(outcome) & ~design.treated
    unit, y = design.unit[kept], outcome[kept]
    n = np.bincount(unit, minlength=design.n_units)
    mean = np.bincount(unit, y, minlength=design.n_units) / np.maximum(n, 1)
    df = len(y) - int((n > 0).sum())
    return float(np.sqrt(((y - mean[unit]) ** 2).sum() / df)) if df > 0 else np.nan


def _outcomes(subject: Subject, names: Sequence[str]) -> list[Outcome]:
    """Those that were asked for; the main one among them is refused."""
    known = outcomes()
    problems = [
        Problem(f"outcomes {name}", "is no outcome", nearest(name, known))
        for name in names
        if name not in known
    ]
    if subject.outcome.name in names:
        what = "is the outcome whose effect is checked"
        problems.append(Problem(f"outcomes {subject.outcome.name}", what, "name others"))
    if not names:
        problems.append(
            Problem("outcomes", "are empty", "name those that the reform cannot change, like mean_age")
        )
    if problems:
        raise DataError("placebo_outcome", problems)
    return [known[name] for name in dict.fromkeys(names)]


def _fit(subject: Subject, outcome: Outcome) -> tuple[Alternative, float, Estimate | None]:
    """The effect on an outcome, its spread and its estimate; a reason where the panel or the estimator has none."""
    label = outcome.label_en, outcome.label_zh
    try:
        values = outcome_values(subject.given.panel, outcome)[0]
        fitted = subject.fit(values=values)
        found = subject.effect(fitted, label)
    except (DataError, DesignError) as error:
        why = "; ".join(problem.what for problem in error.problems)
        return Alternative(label, reason=(why, why)), np.nan, None
    return found, spread_within(subject, values), fitted


def _in_spreads(one: Alternative, spread: float) -> Alternative:
    if not spread > 0:
        return replace(one, value=np.nan, low=np.nan, high=np.nan)
    return replace(one, value=one.value / spread, low=one.low / spread, high=one.high / spread)


def _sentence(
    subject: Subject, verdict: str, found: Sequence[Alternative], adjusted: np.ndarray, able: int
) -> Words:
    n = int(np.isfinite(adjusted).sum())
    if not n and any(np.isfinite(one.value) for one in found):
        return "No effect on a placebo outcome has a p-value.", "安慰剂结局的效应均无p值。"
    if not n:
        return "No placebo outcome could be estimated.", "所有安慰剂结局均无法估计。"
    smallest = p_words(float(np.nanmin(adjusted)))
    hit = [k for k in np.flatnonzero(np.isfinite(adjusted)) if adjusted[k] <= 1 - subject.level]
    if verdict == FAILED:
        named = ", ".join(found[k].label[0] for k in hit), "、".join(found[k].label[1] for k in hit)
        some = f"Of {n} outcomes" if n > 1 else "The one outcome"
        have = f", {len(hit)} {'has' if len(hit) == 1 else 'have'}" if n > 1 else " has"
        return (
            f"{some} that the reform cannot change{have} an effect ({named[0]}; smallest adjusted {smallest[0]}):"
            " something else changed with the reform.",
            f"改革不应影响的{n}个结局中有{len(hit)}个存在效应（{named[1]}；调整后最小 {smallest[1]}），表明另有因素同时变化。",
        )
    english = f"None of {n} outcomes that the reform cannot change has an effect"
    if n == 1:
        english = "The one outcome that the reform cannot change has no effect"
    english += f" (smallest adjusted {smallest[0]})" if n > 1 else f" ({smallest[0]})"
    chinese = f"改革不应影响的{n}个结局均无效应（调整后最小 {smallest[1]}）"
    if n == 1:
        chinese = f"改革不应影响的1个结局无效应（{smallest[1]}）"
    effect = effect_words(subject, main_effect(subject).value)
    if verdict == PASSED:
        return (
            f"{english}; {able} of {n} would have shown one as large as the main effect of {effect[0]}.",
            f"{chinese}；其中{able}个有足够功效发现与主要效应（{effect[1]}）同样大的效应。",
        )
    return (
        f"{english}, but none would have shown one as large as the main effect of {effect[0]}.",
        f"{chinese}，但功效均不足以发现与主要效应（{effect[1]}）同样大的效应。",
    )
