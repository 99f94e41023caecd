"""The checks ``placebo_space`` and ``placebo_calendar``: the effect among those of reforms that never were."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dipeval.check.alternatives.forest import main_effect
from dipeval.check.alternatives.numbers import effect_words, p_words
from dipeval.check.finding import FAILED, PASSED, Alternative, Finding, Words
from dipeval.check.placebos.calendars import Calendars, among_untreated, dealt_anew
from dipeval.check.placebos.drawing import Placebos, behind, placebos
from dipeval.check.placebos.level import FINER, STAGE, Level, assignment_level
from dipeval.check.placebos.spread_exhibits import P_VALUES, density_figure, spread_table
from dipeval.check.placebos.verdicts import RANK_RULE, rank_verdict
from dipeval.check.subject import Subject
from dipeval.errors import DesignError, Problem, nearest
from dipeval.study.descriptions import DescriptionChoice

MANY = 100
"""Fewer placebos than this do not tell how often clustered errors reject."""
SPACE = "The effect among those of fake pilot {cluster}", "虚构试点{cluster}的效应分布（空间安慰剂）"
CALENDAR = "The effect among those of calendars dealt anew", "随机改革时间表下的效应分布（安慰剂检验）"
SPACE_METHOD = (
    "As a placebo in space, the dates of the treated were given to {}, the treated left out, and the effect was ranked"
    " among those found (Abadie, Diamond and Hainmueller 2010).",
    "空间安慰剂检验：剔除处理组，将其改革时点赋予{}，并比较实际效应在其中的位置（Abadie、Diamond 和 Hainmueller 2010）。",
)
SPACE_PART = (
    "{number} of {donors} untreated {cluster} at a time ({draws})",
    "{donors}个未改革{cluster}中的{number}个（{draws}）",
)
CALENDAR_PART = "all {donors} {cluster} ({draws})", "{donors}个{cluster}（{draws}）"
CALENDAR_METHOD = (
    "As a permutation test, {what} among {}, and the effect was ranked among those found"
    " (Chetty, Looney and Kroft 2009; La Ferrara, Chong and Duryea 2012).",
    "置换检验：在{}之间{what}，并比较实际效应在其中的位置（Chetty、Looney 和 Kroft 2009；La Ferrara、Chong 和 Duryea 2012）。",
)
DEALT = "the adoption dates were dealt anew", "重新随机分配改革时点"
DRAWN = (
    "adoption dates were drawn at random and dealt",
    "随机抽取改革时点并随机分配",
)
CONTAMINATED = (
    "The treated are among those dealt to, with the effect that they had: it widens the placebos, so the share is, if"
    " anything, too large.",
    "处理组的真实效应包含在数据中，会使安慰剂分布变宽，因此该比例偏于保守。",
)
UNEQUAL = (
    "Placebos have {fake} fake {cluster} where {actual} were treated, so they vary more than the actual effect.",
    "安慰剂中虚构试点为 {fake} 个，而实际处理单位为 {actual} 个：其波动大于实际效应。",
)
NOT_ESTIMATED = (
    "{n} of {total} placebos could not be estimated and count as large as any.",
    "{total} 个安慰剂中有 {n} 个无法估计，按不小于实际效应计。",
)


def placebo_space(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.placebo_space`."""
    asked = choice.options
    level = assignment_level(subject, str(asked["cluster"]))
    words = {"draws": int(asked["draws"]), "seed": int(asked["seed"])}
    calendars = among_untreated(level.estimate, level.cluster, number=asked["number"], **words)
    actual = level.estimate.origin.design.n_treated_clusters(level.cluster)
    notes = []
    if calendars.n_fake < actual:
        notes = [_said(UNEQUAL, fake=calendars.n_fake, actual=actual, cluster=level.words)]
    titles = choice.titles(*_said(SPACE, cluster=level.words))
    return _finding(subject, choice, level, calendars, titles, notes, (SPACE_METHOD, SPACE_PART))


def placebo_calendar(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.placebo_calendar`."""
    asked = choice.options
    level = assignment_level(subject, str(asked["cluster"]))
    drawn = asked["dates"] == "drawn"
    calendars = dealt_anew(
        level.estimate,
        level.cluster,
        draws=int(asked["draws"]),
        seed=int(asked["seed"]),
        within=_strata(subject, level, str(asked["within"])),
        random_dates=drawn,
    )
    what = DRAWN if drawn else DEALT
    method = CALENDAR_METHOD[0].replace("{what}", what[0]), CALENDAR_METHOD[1].replace("{what}", what[1])
    return _finding(
        subject, choice, level, calendars, choice.titles(*CALENDAR), [CONTAMINATED], (method, CALENDAR_PART)
    )


def _finding(
    subject: Subject,
    choice: DescriptionChoice,
    level: Level,
    calendars: Calendars,
    titles: Words,
    notes: list[Words],
    told_as: tuple[Words, Words],
) -> Finding:
    main, alpha = main_effect(subject), 1 - subject.level
    found = placebos(level.estimate, level.cluster, calendars)
    p_value = found.p_value(str(choice.options["statistic"]))
    verdict = rank_verdict(p_value, found.least, main.p_value, alpha)
    told = [*notes, *([_said(FINER, cluster=level.words)] if level.finer else [])]
    told.append(_said(P_VALUES, cluster=(level.cluster, level.words[1])))
    if found.failed:
        told.append(_said(NOT_ESTIMATED, n=found.failed, total=found.n))
    told.append(_said(RANK_RULE, alpha=alpha, twice=2 * alpha))
    parts = (titles, found, main, _whole(level, calendars), told)
    figure = density_figure(subject, choice.name, *parts)
    table = spread_table(subject, f"{choice.name}_table", *parts)
    sentence = _sentence(subject, verdict, found, main, p_value, level)
    facts = {"number": calendars.n_fake, "donors": calendars.n_donors, "draws": _draws(calendars, choice)}
    method, part = told_as
    return Finding(
        verdict, sentence, (figure, table), (), method, (_said(part, cluster=level.words, **facts),)
    )


def _said(words: Words, **told: object) -> Words:
    """A text filled in; what is told in a pair has a word in each language."""
    filled = [
        {name: one[k] if isinstance(one, tuple) else one for name, one in told.items()} for k in range(2)
    ]
    return words[0].format(**filled[0]), words[1].format(**filled[1])


def _draws(calendars: Calendars, choice: DescriptionChoice) -> Words:
    n = len(calendars.dates)
    if calendars.exact:
        return f"all {n}", f"全部 {n} 种"
    seed = int(choice.options["seed"])
    return f"{n} at random, seed {seed}", f"随机 {n} 次，种子 {seed}"


def _whole(level: Level, calendars: Calendars) -> tuple[float, float]:
    """Cases of all hospital-periods that some placebo may treat, and the largest hospital's share."""
    from_first = np.where(np.isnan(calendars.dates[0]), np.nan, -np.inf)
    origin = level.estimate.origin
    count, share = behind(origin.design, origin.values, level.cluster, from_first[None])
    return float(count[0]), float(share[0])


def _sentence(
    subject: Subject, verdict: str, found: Placebos, main: Alternative, p_value: float, level: Level
) -> Words:
    effect, p = effect_words(subject, main.value), p_words(p_value)
    n, as_large = found.n, round(p_value * (found.n if found.calendars.with_own else found.n + 1))
    as_large -= 0 if found.calendars.with_own else 1
    english = f"{as_large} of {n} placebos are as large as the actual effect of {effect[0]} ({p[0]})"
    chinese = f"{n}个安慰剂中有{as_large}个不小于实际效应{effect[1]}（{p[1]}）"
    if found.failed:
        english += f", {found.failed} of them because they could not be estimated"
        chinese += f"，其中{found.failed}个无法估计而计入"
    if verdict == PASSED:
        english += ": chance alone seldom makes one like it"
        chinese += "，实际效应难以由偶然因素产生"
    elif verdict == FAILED:
        english += (
            f", although the study's own test gives {p_words(main.p_value)[0]}: chance makes effects like it"
        )
        chinese += f"，而研究自身检验为 {p_words(main.p_value)[1]}：偶然因素即可产生类似效应"
    elif found.least > 1 - subject.level:
        english += f"; with so few, no p-value can be below {found.least:.3g}"
        chinese += f"；安慰剂过少，p 值不可能低于 {found.least:.3g}"
    else:
        english += ": it is not told from what chance makes"
        chinese += "，与偶然因素无法区分"
    rejected = found.rejected()
    if n >= MANY and np.isfinite(rejected):
        english += f"; errors clustered by {level.cluster} reject {rejected:.1%} of the placebos at 5 %"
        chinese += f"；按{level.words[1]}聚类的标准误在5%水平下拒绝了{rejected:.1%}的安慰剂"
    return f"{english}.", f"{chinese}。"


def _strata(subject: Subject, level: Level, column: str) -> Mapping[str, str] | None:
    """Stratum of each cluster by a column of the panel; None without one.

    Raises
    ------
    DesignError
        The panel lacks the column, or it differs within clusters.
    """
    if not column:
        return None
    design, rows, cluster = level.estimate.origin.design, subject.rows, level.cluster
    if column not in rows.columns:
        hint = nearest(column, [str(name) for name in rows.columns])
        raise DesignError(STAGE, [Problem(f"within {column}", "is no column of the panel", hint)])
    words = rows[column].astype(str).to_numpy()[design.rows]
    names = np.array(design.cluster_names[cluster], dtype=object)[design.clusters[cluster]]
    found = dict(zip(names, words, strict=True))
    mixed = sorted({name for name, word in zip(names, words, strict=True) if found[name] != word})
    if mixed:
        problem = Problem(
            f"within {column}",
            f"differs within a {cluster}",
            "name a column that does not",
            tuple(mixed[:5]),
            len(mixed),
        )
        raise DesignError(STAGE, [problem])
    return found
