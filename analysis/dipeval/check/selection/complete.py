"""The main effect on hospitals that are there throughout, beside all that the study has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.check.alternatives.agreement import excludes_zero
from dipeval.check.alternatives.forest import MAIN, forest, main_effect
from dipeval.check.alternatives.numbers import UNITS, effect_words, p_words
from dipeval.check.exclusions.leave_out import word_of
from dipeval.check.finding import FAILED, INFORMATIVE, PASSED, Alternative, Finding, Words
from dipeval.check.selection.jackknife import jackknifed
from dipeval.check.selection.overall import overall_of, with_differences
from dipeval.check.selection.presence import Presence, presence
from dipeval.check.subject import Subject, effect_of
from dipeval.describe.cases.grid import COUNT, FACT, INTERVAL, P_VALUE, SHARE, Held, Word, entry
from dipeval.errors import DesignError
from dipeval.infer import infer
from dipeval.infer.adjusted_p import holm
from dipeval.results import Estimate
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.study import NEVER
from dipeval.study.descriptions import DescriptionChoice

TITLES = "Balanced against unbalanced panel", "平衡面板与非平衡面板"
THROUGHOUT, BOTH_SIDES, ALL = "throughout", "both_sides", "all"
LABELS: dict[str, Words] = {
    ALL: ("All hospitals", "全部医院"),
    THROUGHOUT: ("Hospitals there in every period", "各时期均有数据的医院"),
    BOTH_SIDES: ("Hospitals there before and after", "改革前后均有数据的医院"),
}
COLUMNS = {
    "hospitals": Word("hospitals", "Hospitals", "医院数"),
    "cases": Word("cases", "Share of cases", "病例占比"),
    "effect": Word("effect", "Effect", "效应"),
    "difference": Word("difference", "Difference from all", "与全部之差"),
    "p": Word("p", "P value (Holm)", "P值（Holm）"),
}
METHOD = (
    "The effect was estimated again on hospitals with data in every period, and on those with data before and after the "
    "reform; differences from the main estimate have errors from leaving out each {cluster} from both (from their joint "
    "influence with more than 50), p-values after Holm.",
    "分别在各时期均有数据的医院、改革前后均有数据的医院中重新估计效应；与主要估计之差的标准误由两个估计逐一剔除{cluster}的刀切法得到"
    "（聚类多于50个时用联合影响函数），P值经Holm校正。",
)
RULE = (
    "Failed: a difference from the main estimate is significant at 5 % after Holm and at least {margin:.0%} of it, and changes its "
    "sign or whether its interval excludes zero. Passed: none is significant and as large, and the intervals of the differences are "
    "shorter to each side than the main effect, so that one that made up all of it would have been seen. Informative: a difference "
    "that changes no conclusion (effects may differ between hospitals), or intervals wider than that.",
    "判定规则：与主要估计之差经Holm校正后在5%水平显著且不小于主要效应的{margin:.0%}，并改变其方向或是否排除零，为未通过；"
    "无显著且如此大的差异，且差异区间半宽小于主要效应（即足以解释全部效应的差异会被发现），为通过；差异不改变结论（各医院效应可能不同）"
    "或区间更宽，为仅供参考。",
)
EQUAL = (
    "Every hospital has data in every period: the panel is balanced and there is nothing that could differ.",
    "所有医院在各时期均有数据：面板平衡，不存在差异。",
)

SAME = 1e-12


@dataclass(frozen=True)
class Compared:
    """The main effect and others with their differences from it.

    Attributes
    ----------
    fitted : dict of str to Estimate
        By name, `ALL` first, each with the study's inference.
    reasons : dict of str to (str, str)
        Why others could not be estimated.
    differences : Estimate or None
        Terms are the names, with clustered errors.
    """

    fitted: dict[str, Estimate]
    reasons: dict[str, Words]
    differences: Estimate | None


def complete_hospitals(rows: pd.DataFrame, observed: np.ndarray) -> tuple[Presence, dict[str, np.ndarray]]:
    """Rows (P,), bool, of hospitals that are there throughout, and of those there before and after.

    Before and after are those of the hospital's own cohort; of hospitals never treated, of the cohort whose reform comes
    first. Where nobody of a city reports in a period, nobody is missing there.
    """
    found = presence(rows, observed)
    whole = (found.seen | ~found.known).all(axis=1)
    cohort = found.hospitals["cohort"].astype(str).to_numpy()
    starts = sorted(set(cohort[cohort != NEVER]))
    own = np.where(cohort == NEVER, starts[0], cohort)
    before = np.array(found.periods)[None, :] < own[:, None]
    both = (found.seen & before).any(axis=1) & (found.seen & ~before).any(axis=1)
    key = pd.MultiIndex.from_frame(found.hospitals[["city", "hospital"]].astype(str))
    at = key.get_indexer(pd.MultiIndex.from_frame(rows[["city", "hospital"]].astype(str)))
    return found, {
        name: np.where(at >= 0, kept[np.maximum(at, 0)], False)
        for name, kept in ((THROUGHOUT, whole), (BOTH_SIDES, both))
    }


def compared(subject: Subject, kept: dict[str, np.ndarray]) -> Compared:
    """Estimate on parts of the rows, and the differences from the main estimate."""
    fitted, reasons = {ALL: subject.main}, {}
    for name, rows in kept.items():
        try:
            fitted[name] = subject.fit(~rows)
            overall_of(fitted[name])
        except DesignError as error:
            why = "; ".join(problem.what for problem in error.problems)
            reasons[name] = (why, why)
            fitted.pop(name, None)
    others = [name for name in fitted if name != ALL]
    if not others:
        return Compared(fitted, reasons, None)
    terms = [(f"{name} - {ALL}", name, ALL) for name in others]
    estimands = {name: name for name in (*fitted, *(term for term, _, _ in terms))}
    joint = with_differences(fitted, terms, estimands)
    cluster = next(iter(subject.design.unit_clusters))
    differences = infer(joint, "cluster", cluster=cluster, level=subject.level)
    pairs = {term: (one, other) for term, one, other in terms}
    return Compared(fitted, reasons, jackknifed(differences, fitted, pairs, cluster))


def balanced_panel(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.balanced_panel`."""
    observed = np.isfinite(subject.values)
    found, kept = complete_hospitals(subject.rows, observed)
    cluster = next(iter(subject.design.unit_clusters))
    method = METHOD[0].format(cluster=cluster), METHOD[1].format(cluster=word_of(cluster)[1])
    main = main_effect(subject)
    if found.is_complete:
        effects = tuple(
            Alternative(
                LABELS[n], main.value, main.low, main.high, main.p_value, main.count, main.largest_share
            )
            for n in kept
        )
        figure = forest(subject, f"{choice.name}_effects", choice.titles(*TITLES), effects, [EQUAL])
        return Finding(PASSED, EQUAL, (figure,), effects, method)
    made, margin = compared(subject, kept), float(choice.options["margin"])
    rule = RULE[0].format(margin=margin), RULE[1].format(margin=margin)
    effects = tuple(_alternative(made, name, subject.level) for name in kept)
    titles = choice.titles(*TITLES)
    verdict, sentence = _judged(subject, made, main, margin)
    exhibits = (
        _table(subject, choice.name, titles, made, kept, observed, rule),
        forest(subject, f"{choice.name}_effects", titles, effects, [rule]),
    )
    return Finding(verdict, sentence, exhibits, effects, method)


def _alternative(made: Compared, name: str, level: float) -> Alternative:
    if name in made.reasons:
        return Alternative(LABELS[name], reason=made.reasons[name])
    return effect_of(made.fitted[name], LABELS[name], level)


def _differences(made: Compared) -> dict[str, tuple[float, float, float, float]]:
    """Difference, ends of its interval and Holm's p-value by name."""
    if made.differences is None:
        return {}
    names = [name for name in made.fitted if name != ALL]
    terms = [f"{name} - {ALL}" for name in names]
    ends, p = made.differences.conf_int(), holm(made.differences.pvalues[terms].to_numpy())
    return {
        name: (
            float(made.differences.params[term]),
            float(ends.loc[term, "lower"]),
            float(ends.loc[term, "upper"]),
            float(p[k]),
        )
        for k, (name, term) in enumerate(zip(names, terms, strict=True))
    }


def _judged(subject: Subject, made: Compared, main: Alternative, margin: float) -> tuple[str, Words]:
    differences = _differences(made)
    if not differences:
        why = "; ".join(reason[0] for reason in made.reasons.values())
        return INFORMATIVE, (
            f"Hospitals that are there throughout cannot be estimated alone: {why}.",
            f"无法仅以数据完整的医院估计：{why}。",
        )
    known = {name: d for name, d in differences.items() if np.isfinite(d[3])}
    same = all(abs(d[0]) < SAME for d in differences.values())
    moved = any(d[3] < 0.05 and abs(d[0]) >= margin * abs(main.value) for d in known.values())
    sharp = all((d[2] - d[1]) / 2 < abs(main.value) for d in known.values()) and bool(known)
    turned = not all(_agrees(main, _alternative(made, name, subject.level)) for name in known)
    verdict = PASSED if same or sharp else INFORMATIVE
    if moved:
        verdict = FAILED if turned else INFORMATIVE
    parts_en, parts_zh = [], []
    for name, (value, _, _, p) in differences.items():
        words, chance = effect_words(subject, value), p_words(p)
        among = f"{LABELS[name][0][:1].lower()}{LABELS[name][0][1:]}"
        if abs(value) < SAME:
            parts_en.append(f"it is the same among {among}")
            parts_zh.append(f"{LABELS[name][1]}中完全相同")
            continue
        parts_en.append(f"among {among} it differs by {words[0]} ({chance[0]})")
        parts_zh.append(f"{LABELS[name][1]}中相差{words[1]}（{chance[1]}）")
    effect = effect_words(subject, main.value)
    said = {
        PASSED: ("a difference as large as the effect would have been seen", "若差异与效应同样大则会被发现"),
        FAILED: ("the effect depends on who is there", "效应取决于哪些医院有数据"),
        INFORMATIVE: ("they differ without another conclusion", "存在差异但不改变结论")
        if moved
        else ("the differences are too uncertain to tell", "差异的不确定性过大，无法判断"),
    }[verdict]
    return verdict, (
        f"The effect is {effect[0]} on all hospitals; {'; '.join(parts_en)}; {said[0]}.",
        f"全部医院的效应为{effect[1]}；{'；'.join(parts_zh)}；{said[1]}。",
    )


def _agrees(main: Alternative, other: Alternative) -> bool:
    """The same sign, and the same answer to whether the interval excludes zero."""
    same = np.sign(main.value) == np.sign(other.value)
    return bool(same and excludes_zero(main) == excludes_zero(other))


def _table(
    subject: Subject,
    name: str,
    titles: Words,
    made: Compared,
    kept: dict[str, np.ndarray],
    observed: np.ndarray,
    rule: Words,
) -> Exhibit:
    differences, rows = _differences(made), []
    effect_head, difference_head = (_with_unit(COLUMNS[key], subject) for key in ("effect", "difference"))
    unit, panel = subject.outcome.unit, subject.rows
    cases = panel["discharges"].to_numpy(float) if "discharges" in panel.columns else np.ones(len(panel))
    for key in (ALL, *kept):
        word = Word(key, *LABELS[key])
        mine = observed if key == ALL else kept[key] & observed
        hospitals = len(panel.loc[mine, ["city", "hospital"]].drop_duplicates())
        rows.append(entry(word, COLUMNS["hospitals"], COUNT, hospitals, FACT))
        effect = (
            effect_of(subject.main, MAIN, subject.level)
            if key == ALL
            else _alternative(made, key, subject.level)
        )
        behind = Held(effect.count, effect.largest_share)
        rows.append(
            entry(
                word,
                COLUMNS["cases"],
                SHARE,
                cases[mine].sum() / cases[observed].sum(),
                _held(panel, cases, mine, observed),
            )
        )
        told = {"low": effect.low, "high": effect.high, "unit": unit}
        rows.append(entry(word, effect_head, INTERVAL, effect.value, behind, **told))
        if key in differences:
            value, low, high, p = differences[key]
            rows.append(entry(word, difference_head, INTERVAL, value, behind, low=low, high=high, unit=unit))
            rows.append(entry(word, COLUMNS["p"], P_VALUE, p, behind))
    notes = [
        rule,
        *((f"{LABELS[n][0]}: {r[0]}.", f"{LABELS[n][1]}：{r[1]}。") for n, r in made.reasons.items()),
    ]
    return bilingual(
        name, "grid", titles, pd.DataFrame(rows), notes,
        synthetic=subject.given.synthetic, options={"currency": subject.given.currency},
    )  # fmt: skip


def _with_unit(column: Word, subject: Subject) -> Word:
    """The head of a column with the unit of the effect."""
    unit = subject.outcome.unit
    currency = subject.given.currency
    english, chinese = (currency, currency) if unit == "currency" else UNITS.get(unit, (unit, unit, 1, 0))[:2]
    return (
        column
        if not english
        else Word(column.key, f"{column.en}, {english}", f"{column.zh}（{chinese.removeprefix('个')}）")
    )


def _held(panel: pd.DataFrame, cases: np.ndarray, mine: np.ndarray, observed: np.ndarray) -> Held:
    """Who stands behind a share of all cases: the smaller side, since the other one follows from it."""
    sides = [mine] if mine.sum() == observed.sum() else [mine, observed & ~mine]
    found = [_largest(panel, cases, side) for side in sides]
    return Held(min(total for total, _ in found), max(share for _, share in found))


def _largest(panel: pd.DataFrame, cases: np.ndarray, mine: np.ndarray) -> tuple[float, float]:
    """Cases of some rows and the largest hospital's share of them."""
    key = [panel[name].astype(str).to_numpy()[mine] for name in ("city", "hospital")]
    by = pd.Series(cases[mine]).groupby(key).sum()
    total = float(by.sum())
    return total, float(by.max() / total) if total > 0 else 1.0
