"""The check ``placebo_time``: the effect at every fake date before the reform."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.check.alternatives.forest import forest, main_effect, reasons
from dipeval.check.alternatives.numbers import effect_words, p_words
from dipeval.check.blaming import blaming_p_values
from dipeval.check.finding import FAILED, PASSED, Alternative, Finding, Words
from dipeval.check.placebos.fake_dates import Backdated, FakeDate, backdated, fake_dates
from dipeval.check.placebos.power import could_find
from dipeval.check.placebos.verdicts import ZERO_RULE, zero_verdict
from dipeval.check.placebos.zero_table import Column, zero_table
from dipeval.check.subject import Subject
from dipeval.describe.labels import period_word
from dipeval.errors import DesignError
from dipeval.results import Estimate
from dipeval.study.descriptions import DescriptionChoice

TITLES = "The effect at fake dates before the reform", "改革前虚构时点的效应（时间安慰剂）"
STUB = "Fake date", "虚构时点"
BEFORE: Column = ("before", ("Periods before", "虚构时点前期数"), "count")
AFTER: Column = ("after", ("Periods after", "虚构时点后期数"), "count")
NO_EFFECT = "gives no effect at this date", "在该时点无法估计效应"
DATA = (
    "All periods from the actual reform on (with those that anticipate it) are left out; the first line is the actual effect.",
    "真实改革（含预期期）以后的各期均剔除；首行为实际效应。",
)
METHOD = (
    "As a placebo in time, the reform was dated {} earlier, each time on the data from before"
    " the actual reform alone (Abadie, Diamond and Hainmueller 2015); p-values are adjusted for the number of fake dates.",
    "时间安慰剂检验：将改革时点依次提前{}，仅使用真实改革之前的数据（Abadie、Diamond 和 Hainmueller"
    " 2015），p 值按虚构时点个数调整。",
)


def placebo_time(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.placebo_time`."""
    asked = choice.options
    dates = fake_dates(
        subject.main,
        periods=int(asked["periods"]),
        earlier=tuple(asked["earlier"]),
        dates=tuple(asked["dates"]),
    )
    main = main_effect(subject)
    made = [backdated(subject.main, date) for date in dates]
    fits = [_inferred(subject, one) for one in made]
    single = len(dates[0].dates) + len(dates[0].left_out) == 1
    found = [_alternative(subject, one, fit, single) for one, fit in zip(made, fits, strict=True)]
    alpha = 1 - subject.level
    sound = blaming_p_values(fits, subject.design)
    adjusted = sound.adjusted
    able = could_find(
        [one for one, p in zip(found, adjusted, strict=True) if np.isfinite(p)], main.value, subject.level
    )
    verdict = zero_verdict(adjusted, able, alpha)
    titles = choice.titles(*TITLES)
    notes = [DATA, *_left_out(subject, dates), ZERO_RULE, sound.rule]
    sides = (BEFORE, [date.before for date in dates]), (AFTER, [date.after for date in dates])
    table = zero_table(
        f"{choice.name}_table",
        titles,
        STUB,
        found,
        adjusted,
        [subject.outcome.unit] * len(found),
        sides,
        [*notes, *reasons(found)],
        synthetic=subject.given.synthetic,
        options={"currency": subject.given.currency},
    )
    figure = forest(subject, choice.name, titles, found, notes)
    word, earlier = _periods(subject, dates[-1].earlier), [date.earlier for date in dates]
    part = f"{_listed(earlier, ', ')} {word[0]}", f"{_listed(earlier, '、')}{word[1]}"
    sentence = _sentence(subject, verdict, found, adjusted, able)
    return Finding(verdict, sentence, (figure, table), (), METHOD, (part,))


def _inferred(subject: Subject, one: Backdated) -> Estimate | None:
    """The estimate at a fake date with the study's errors; None where there is none, or no error."""
    if one.estimate is None:
        return None
    try:
        return subject.errors(one.estimate)
    except DesignError:
        return None


def _alternative(subject: Subject, one: Backdated, fitted: Estimate | None, single: bool) -> Alternative:
    """The effect at a fake date, or why there is none."""
    label = _label(subject, one.date, single)
    if one.estimate is None:
        return Alternative(label, reason=(one.reason, one.reason))
    try:
        found = subject.effect(fitted or subject.errors(one.estimate), label)
    except DesignError as error:
        why = "; ".join(problem.what for problem in error.problems)
        return Alternative(label, reason=(why, why))
    if np.isfinite(found.value) or found.reason[0]:
        return found
    return Alternative(label, reason=NO_EFFECT)


def _label(subject: Subject, date: FakeDate, single: bool) -> Words:
    english, chinese = _periods(subject, date.earlier)
    at = date.dates[0]
    if single:
        return f"{at} ({date.earlier} {english} earlier)", f"{at}（提前{date.earlier}{chinese}）"
    return f"{date.earlier} {english} earlier", f"提前{date.earlier}{chinese}"


def _periods(subject: Subject, n: int) -> Words:
    word, chinese = period_word(subject.design.period_labels[0])
    return (word if n == 1 else f"{word}s"), (f"个{chinese}" if chinese in ("月", "季度") else chinese)


def _left_out(subject: Subject, dates: Sequence[FakeDate]) -> list[Words]:
    """Which cohorts some dates do without; dates that do without the same are told together."""
    together: dict[tuple[float, ...], list[int]] = {}
    for date in dates:
        if date.left_out:
            together.setdefault(date.left_out, []).append(date.earlier)
    notes = []
    for cohorts, earlier in together.items():
        english, chinese = _periods(subject, max(earlier))
        names = [subject.design.cohort_label(cohort) for cohort in cohorts]
        notes.append(
            (
                f"{_listed(earlier, ', ')} {english} earlier: without cohort {', '.join(names)}, which has no data on both sides.",
                f"提前{_listed(earlier, '、')}{chinese}：不含{'、'.join(names)}批次（两侧无足够数据）。",
            )
        )
    return notes


def _listed(numbers: Sequence[int], comma: str) -> str:
    """Whole numbers in order, those that follow each other as a span."""
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{numbers[0]}–{numbers[-1]}"
    return comma.join(str(n) for n in numbers)


def _sentence(
    subject: Subject, verdict: str, found: Sequence[Alternative], adjusted: np.ndarray, able: int
) -> Words:
    known = [one for one in found if np.isfinite(one.value)]
    if not known:
        return "No fake date could be estimated.", "所有虚构时点均无法估计。"
    low, high = (effect_words(subject, f(one.value for one in known)) for f in (min, max))
    n = len(known)
    alike = f"{n} fake dates before the reform give effects from {low[0]} to {high[0]}"
    if n == 1:
        alike = f"The fake date before the reform gives an effect of {low[0]}"
    chinese = f"改革前{n}个虚构时点的效应为{low[1]}至{high[1]}"
    if not np.isfinite(adjusted).any():
        return f"{alike}, without p-values to judge them by.", f"{chinese}，无p值可供判断。"
    smallest = p_words(float(np.nanmin(adjusted)))
    alike += f" ({'' if n == 1 else 'smallest adjusted '}{smallest[0]})"
    chinese += f"（{'' if n == 1 else '调整后最小 '}{smallest[1]}）"
    if verdict == FAILED:
        k = int((adjusted[np.isfinite(adjusted)] <= 1 - subject.level).sum())
        some = f"{k} of them {'is' if k == 1 else 'are'}" if n > 1 else "it is"
        return (
            f"{alike}; {some} told from zero, so trends differed before the reform.",
            f"{chinese}；其中{k}个与零有显著差异，表明改革前趋势已有差别。",
        )
    if verdict == PASSED:
        told = "none is told from zero, and" if n > 1 else "it is not told from zero, and"
        return (
            f"{alike}; {told} {able} of {n} would have found an effect as large as the actual one.",
            f"{chinese}；均与零无显著差异，其中{able}个有足够功效发现与实际效应同样大的效应。",
        )
    return (
        f"{alike}; none is told from zero, but none would have found an effect as large as the actual one.",
        f"{chinese}；均与零无显著差异，但功效均不足以发现与实际效应同样大的效应。",
    )
