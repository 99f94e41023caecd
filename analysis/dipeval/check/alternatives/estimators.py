"""The main effect by every other estimator of the study."""

from __future__ import annotations

from dipeval.check.alternatives.agreement import agreement, spread
from dipeval.check.alternatives.forest import forest, main_effect
from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative, Finding
from dipeval.check.subject import Subject
from dipeval.errors import DataError, DesignError, Problem, nearest
from dipeval.estimate.registry import ESTIMATORS
from dipeval.study.descriptions import DescriptionChoice

TITLES = "The effect by each estimator", "各估计方法下的效应"
SAID = {
    PASSED: ("all have the sign of the main estimate and exclude zero", "均与主要估计同号且排除零"),
    FAILED: (
        "they do not agree on whether there is an effect, or on its sign",
        "各方法对效应是否存在或其方向结论不一",
    ),
    INFORMATIVE: (
        "the main interval holds zero, so that there is nothing to lose",
        "主要估计的置信区间包含零，无从检验",
    ),
}
METHOD = (
    "The effect was estimated again by the other estimators of the study, which weigh cohorts and periods differently.",
    "以研究中的其他估计方法重新估计效应，各方法对批次与时期的加权不同。",
)


def other_estimators(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.other_estimators`."""
    known = {one.name: one for one in subject.others}
    asked = tuple(choice.options["estimators"]) or tuple(n for n in known if n != subject.estimator.name)
    problems = [
        Problem("estimators", f"'{name}' is none of the study's estimators", nearest(name, known))
        for name in asked
        if name not in known
    ]
    if not asked:
        problems = [Problem("estimators", "the study has no other", "name several under [estimate]")]
    if problems:
        raise DataError("check", problems)
    main, found = main_effect(subject), []
    for name in asked:
        spec = ESTIMATORS[name]
        label = spec.label_en, spec.label_zh
        try:
            found.append(subject.effect(subject.fit(estimator=known[name]), label))
        except DesignError as error:
            why = "; ".join(problem.what for problem in error.problems)
            found.append(Alternative(label, reason=(why, why)))
    verdict = agreement(main, found)
    low, high = (effect_words(subject, value) for value in spread(found))
    sentence = (
        f"{len(found)} other estimators give {low[0]} to {high[0]}; {SAID[verdict][0]}.",
        f"其他{len(found)}种估计方法的结果为{low[1]}至{high[1]}；{SAID[verdict][1]}。",
    )
    titles = choice.titles(*TITLES)
    return Finding(verdict, sentence, (forest(subject, choice.name, titles, found),), tuple(found), METHOD)
