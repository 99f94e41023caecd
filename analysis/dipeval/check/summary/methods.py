"""What the checks were and what they found, as paragraphs of an appendix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from dipeval.check.alternatives.forest import main_effect
from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.exclusions.leave_out import word_of
from dipeval.check.finding import VERDICTS, Words
from dipeval.check.subject import Subject
from dipeval.check.summary.checked import Checked, names_of
from dipeval.estimate import ESTIMATORS
from dipeval.infer.registry import INFERENCES

PARAGRAPH = "\n\n"
"""Between the methods and the findings."""
ABOUT: Words = (
    "The main estimate is the effect of the reform on “{outcome}” by the estimator “{estimator}”: {effect}{interval}.",
    "主要估计为改革对“{outcome}”的效应（估计方法：{estimator}）：{effect}{interval}。",
)
ALSO: Words = ("Some checks ask of other estimates: {estimates}.", "部分检验针对其他估计：{estimates}。")
ONE_ALSO: Words = (
    "“{outcome}” by “{estimator}”, {effect}{interval}",
    "“{outcome}”（估计方法：{estimator}）{effect}{interval}",
)
INTERVAL: Words = (
    " ({level:.0%} interval {low} to {high}; errors: {inference})",
    "（{level:.0%}置信区间{low}至{high}；推断方法：{inference}）",
)
BY: Words = ", by {cluster}", "（按{cluster}）"
RULE: Words = (
    "A check passes where it could have failed and did not, fails where it found what threatens the design, and is informative "
    "where it gives no yes or no or where the data have too little power.",
    "“通过”指检验有可能失败而未失败，“未通过”指发现威胁识别的证据，“仅供参考”指无是非结论或检验力不足。",
)


def methods_paragraph(checked: Sequence[Checked]) -> Words:
    """Text for an appendix: a paragraph on what was done, and what each check found, a line each.

    Parameters
    ----------
    checked : sequence of Checked
        In the order of the study.

    Returns
    -------
    (str, str)
        In English and in Chinese; paragraphs are a blank line apart. Checks that were made alike share a sentence.
    """
    methods = [*_about(checked), _counted(checked), RULE, *_methods(checked)]
    found = []
    for one, name in zip(checked, names_of(checked), strict=True):
        verdict, sentence = VERDICTS[one.finding.verdict], one.finding.sentence
        found.append(
            (f"{name[0]} ({verdict[0].lower()}): {sentence[0]}", f"{name[1]}（{verdict[1]}）：{sentence[1]}")
        )
    english = " ".join(text for text, _ in methods), "\n".join(text for text, _ in found)
    chinese = "".join(text for _, text in methods), "\n".join(text for _, text in found)
    return PARAGRAPH.join(english), PARAGRAPH.join(chinese)


def _counted(checked: Sequence[Checked]) -> Words:
    verdicts = Counter(one.finding.verdict for one in checked)
    counted = [(verdicts[name], words) for name, words in VERDICTS.items() if verdicts[name]]
    english = ", ".join(f"{n} {words[0].lower()}" for n, words in counted)
    chinese = "，".join(f"{n}项{words[1]}" for n, words in counted)
    n = len(checked)
    return (
        f"{n} {'check was' if n == 1 else 'checks were'} made ({english}).",
        f"共进行{n}项稳健性检验（{chinese}）。",
    )


def _about(checked: Sequence[Checked]) -> list[Words]:
    """The estimates that are checked, the first as the main one."""
    subjects: dict[tuple[str, str], Subject] = {}
    for one in checked:
        subjects.setdefault((one.subject.outcome.name, one.subject.estimator.name), one.subject)
    main, *others = subjects.values()
    told = [_filled(ABOUT, main)]
    if others:
        more = [_filled(ONE_ALSO, subject) for subject in others]
        listed = "; ".join(one for one, _ in more), "；".join(one for _, one in more)
        told.append((ALSO[0].format(estimates=listed[0]), ALSO[1].format(estimates=listed[1])))
    return told


def _filled(form: Words, subject: Subject) -> Words:
    """What an estimate is of, and by what, with its interval."""
    main, known, spec = main_effect(subject), subject.main.inference, ESTIMATORS[subject.estimator.name]
    ends = [effect_words(subject, end) for end in (main.low, main.high)]
    how = INFERENCES.get(known.method) if known is not None else None
    filled = []
    for k, name in enumerate(("label_en", "label_zh")):
        interval = ""
        if how is not None and np.isfinite(main.low + main.high):
            by = str(known.cluster) if str(known.cluster) in subject.design.unit_clusters else ""
            said = _lower(getattr(how, name)) + (BY[k].format(cluster=word_of(by)[k]) if by else "")
            facts = {"low": ends[0][k], "high": ends[1][k], "inference": said}
            interval = INTERVAL[k].format(level=subject.level, **facts)
        filled.append(
            form[k].format(
                outcome=getattr(subject.outcome, name),
                estimator=getattr(spec, name),
                effect=effect_words(subject, main.value)[k],
                interval=interval,
            )
        )
    return filled[0], filled[1]


def _lower(label: str) -> str:
    """A label within a sentence; abbreviations stay as they are."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _methods(checked: Sequence[Checked]) -> list[Words]:
    """What was done, a sentence a method; its parts are those of all checks that were made so."""
    parts: dict[Words, list[Words]] = {}
    for one in checked:
        if one.finding.method[0]:
            parts.setdefault(one.finding.method, []).extend(one.finding.parts)
    made = []
    for (english, chinese), found in parts.items():
        each = list(dict.fromkeys(found))
        if "{}" in english and not each:
            continue
        english = english.replace("{}", _listed([text for text, _ in each]))
        made.append((english, chinese.replace("{}", "、".join(text for _, text in each))))
    return made


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(texts[:-1]), *texts[-1:]) if part)
