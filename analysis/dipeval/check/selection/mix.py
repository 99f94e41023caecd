"""Do the traits of cases move with the reform? Each is an outcome of the study's own design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.check.blaming import blaming_p_values
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative, Finding, Words
from dipeval.check.selection.case_traits import case_traits, expected_trait, share_traits
from dipeval.check.selection.mix_exhibits import mix_exhibits
from dipeval.check.selection.traits import AT_CONSTANT_MIX, SECTIONS, Trait, panel_traits
from dipeval.check.subject import Subject, effect_of
from dipeval.describe.selection import selected
from dipeval.errors import DataError, DesignError, Problem
from dipeval.panel.case_words import case_outcome, why_not_of_cases
from dipeval.panel.outcomes import outcome_values
from dipeval.results import Estimate
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import outcomes

TITLES = "Case mix and coding as outcomes", "病例组合与编码作为结果变量"
PATIENTS_TITLES = "Patients and coding as outcomes", "患者特征与编码作为结果变量"
METHOD = (
    "Traits of the cases (patients, coding, volume) were outcomes of the same design; effects are also stated in standard "
    "deviations between hospital-periods without the reform; p-values are adjusted for their number.",
    "以病例特征（患者、编码、服务量）为结果变量按同一设计估计改革效应，并以未改革医院时期间标准差为单位表示；P值按检验个数校正。",
)
RULE = (
    "Failed: a trait moves with the reform at 5 %, adjusted for their number. Passed: none does, and the interval of each lies within "
    "±{tolerance:g} standard deviations between hospital-periods without the reform. Informative: wider intervals than that. "
    "A move of patients is selection; one of coding alone may be an answer to the reform; both make effects on cost per case "
    "a mixture.",
    "判定规则：任一特征经多重检验校正后在5%水平显著变动为未通过；均不显著且各区间均在未改革医院时期间标准差的±{tolerance:g}倍以内为通过；"
    "区间更宽为仅供参考。患者特征变动属选择问题；仅编码变动可能是对改革的反应；两者均使例均费用效应成为混合效应。",
)
EXPECTED_FORM = "Expected by diagnosis: {}", "按诊断的期望值：{}"
WITHOUT_MIX = "Beyond what the mix of diagnoses explains", "扣除诊断构成后的效应"
CONSTANT = "Cost over expected cost of its case types", "实际费用与病例类型期望费用之比"


@dataclass(frozen=True)
class Moved:
    """The reform's effect on one trait.

    Attributes
    ----------
    trait : Trait
    effect : Alternative
        In units of the trait.
    mean, deviation : float
        Over hospital-periods without the reform.
    adjusted : float
        P-value, adjusted for the number of traits (`dealing`).
    """

    trait: Trait
    effect: Alternative
    mean: float
    deviation: float
    adjusted: float = np.nan

    @property
    def standardised(self) -> Alternative:
        """The effect in standard deviations."""
        scale = 1 / self.deviation if self.deviation > 0 else np.nan
        one = self.effect
        return replace(one, value=one.value * scale, low=one.low * scale, high=one.high * scale)


def moved_traits(subject: Subject, traits: Sequence[Trait]) -> tuple[list[Moved], Words]:
    """Estimate the effect on each trait, with how the adjusted p-values came about; what cannot be estimated says why.

    Notes
    -----
    One estimate a trait, and those of `dealing.blaming_p_values`.
    """
    found: list[Moved] = []
    fits: list[Estimate | None] = []
    untreated = _untreated(subject)
    for trait in traits:
        known = trait.values[untreated & np.isfinite(trait.values)]
        mean, deviation = (float(known.mean()), float(known.std())) if len(known) else (np.nan, np.nan)
        try:
            fits.append(subject.fit(values=trait.values))
            effect = effect_of(fits[-1], trait.label, subject.level)
        except DesignError as error:
            fits.append(None)
            why = "; ".join(problem.what for problem in error.problems)
            effect = Alternative(trait.label, reason=(why, why))
        found.append(Moved(trait, effect, mean, deviation))
    sound = blaming_p_values(fits, subject.design)
    made = [replace(one, adjusted=float(p)) for one, p in zip(found, sound.adjusted, strict=True)]
    return made, sound.rule


def case_mix(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.case_mix`."""
    traits = panel_traits(subject.given.panel, tuple(choice.options["outcomes"]))
    others = [trait for trait in traits if trait.name != subject.outcome.name]
    return finding_on(subject, choice, others or traits, _at_constant_mix(subject))


def patient_mix(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.patient_mix`."""
    engine, cases = subject.given.stays
    rows, mine = subject.rows, selected(cases, choice.where)
    traits = case_traits(engine, mine, rows, tuple(choice.options["traits"]))
    shares = tuple(choice.options["shares"])
    traits += share_traits(engine, mine, rows, shares, choice.bins, subject.given.labels)
    effects: tuple[Alternative, ...] = ()
    if choice.options["diagnoses"] and not why_not_of_cases(subject.outcome.name):
        expected = expected_trait(
            engine,
            mine,
            rows,
            _untreated(subject),
            case_outcome(subject.outcome.name),
            tuple(form.format(label) for form, label in zip(EXPECTED_FORM, _labels(subject), strict=True)),
            subject.outcome.unit,
        )
        if expected is not None:
            traits.append(expected)
            effects = _beside(subject, subject.values - expected.values, WITHOUT_MIX)
    if not traits:
        todo = "name shares = [...], columns that the cases have"
        raise DataError("case mix", [Problem("cases", "have no column that tells of patients", todo)])
    return finding_on(subject, choice, traits, effects, PATIENTS_TITLES)


def _labels(subject: Subject) -> Words:
    label = subject.outcome.label_en
    return label[:1].lower() + label[1:], subject.outcome.label_zh


def finding_on(
    subject: Subject,
    choice: DescriptionChoice,
    traits: Sequence[Trait],
    effects: tuple[Alternative, ...] = (),
    titles: Words = TITLES,
) -> Finding:
    """Judge traits together, and show them."""
    ordered = sorted(traits, key=lambda one: list(SECTIONS).index(one.section))
    (found, how), tolerance = moved_traits(subject, ordered), float(choice.options["tolerance"])
    verdict = verdict_on(found, tolerance)
    rule = RULE[0].format(tolerance=tolerance), RULE[1].format(tolerance=tolerance)
    exhibits = mix_exhibits(subject, choice.name, choice.titles(*titles), found, [rule, how])
    return Finding(verdict, _sentence(found, verdict, tolerance), tuple(exhibits), effects, METHOD)


def verdict_on(found: Sequence[Moved], tolerance: float) -> str:
    """See `RULE`."""
    if any(one.adjusted < 0.05 for one in found):
        return FAILED
    ends = [abs(end) for one in found for end in (one.standardised.low, one.standardised.high)]
    return PASSED if np.isfinite(ends).all() and max(ends) <= tolerance else INFORMATIVE


def _at_constant_mix(subject: Subject) -> tuple[Alternative, ...]:
    """The main effect without what the mix of types does to it, where the panel knows expected costs."""
    name = AT_CONSTANT_MIX.get(subject.outcome.name)
    if name is None:
        return ()
    try:
        values = outcome_values(subject.given.panel, outcomes()[name])[0]
    except DataError:
        return ()
    return _beside(subject, values, CONSTANT)


def _beside(subject: Subject, values: np.ndarray, label: Words) -> tuple[Alternative, ...]:
    """The effect on another outcome, a line of the forest; none where it cannot be estimated."""
    try:
        return (effect_of(subject.fit(values=values), label, subject.level),)
    except DesignError:
        return ()


def _untreated(subject: Subject) -> np.ndarray:
    """Rows of the study (P,), bool, without the reform."""
    found = np.zeros(subject.design.n_rows_in, bool)
    found[subject.design.rows] = ~subject.design.treated
    return found


def _sentence(found: Sequence[Moved], verdict: str, tolerance: float) -> Words:
    known = [one for one in found if np.isfinite(one.adjusted)]
    if not known:
        return "No trait of the cases could be tested.", "无可检验的病例特征。"
    if verdict == FAILED:
        moved = [one for one in known if one.adjusted < 0.05]
        english = "; ".join(f"{_small(one)} by {_deviations(one)[0]}" for one in moved)
        chinese = "；".join(f"{one.trait.label[1]}变动{_deviations(one)[1]}" for one in moved)
        kinds = list(dict.fromkeys(one.trait.section for one in moved))
        where = ", ".join(SECTIONS[k][0].lower() for k in kinds), "、".join(SECTIONS[k][1] for k in kinds)
        return (
            f"{len(moved)} of {len(known)} traits of the cases move with the reform ({where[0]}): {english}.",
            f"{len(known)}项病例特征中有{len(moved)}项随改革变动（{where[1]}）：{chinese}。",
        )
    largest = max(known, key=lambda one: abs(one.standardised.value))
    least = min(one.adjusted for one in known)
    end = {
        PASSED: (
            f"changes of more than {tolerance:g} are excluded",
            f"可排除超过{tolerance:g}个标准差的变动",
        ),
        INFORMATIVE: ("too uncertain to exclude changes that matter", "不确定性过大，无法排除重要变动"),
    }[verdict]
    return (
        f"None of {len(known)} traits of the cases moves with the reform (smallest adjusted p {least:.2f}); the largest "
        f"change is {_small(largest)}, {_deviations(largest)[0]}; {end[0]}.",
        f"{len(known)}项病例特征均未随改革显著变动（校正后最小P值{least:.2f}）；变动最大的是{largest.trait.label[1]}，"
        f"{_deviations(largest)[1]}；{end[1]}。",
    )


def _small(one: Moved) -> str:
    label = one.trait.label[0]
    return label[:1].lower() + label[1:]


def _deviations(one: Moved) -> Words:
    value = f"{one.standardised.value:+.2f}".replace("-", "\u2212")
    return f"{value} standard deviations", f"{value}个标准差"
