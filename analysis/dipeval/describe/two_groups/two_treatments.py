"""From the choices of a study to the comparison of two treatments."""

from __future__ import annotations

import numpy as np

from dipeval.describe.cases.cells import where_word
from dipeval.describe.dimensions import with_dimensions
from dipeval.describe.given import Given
from dipeval.describe.measures import with_measures
from dipeval.describe.regressions.cell_errors import HOSPITAL, few_hospitals
from dipeval.describe.regressions.model_cells import model_cells
from dipeval.describe.selection import selected, told
from dipeval.describe.two_groups.balance_exhibits import balance_table, love_plot, overlap_plot
from dipeval.describe.two_groups.effect_exhibits import effect_forest, effect_table
from dipeval.describe.two_groups.grouping import TwoGroups, check_covariates, groups_by_column
from dipeval.describe.two_groups.treatment_comparison import (
    MATCHING,
    Plan,
    TreatmentComparison,
    treatment_comparison,
)
from dipeval.describe.two_groups.treatment_words import WORDS, TreatmentWords
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice

TITLES = ("Two treatments compared", "两种治疗方式比较")
PARTS = {
    "change": ("relative change", "变化率"),
    "balance": ("balance of the groups", "组间均衡性"),
    "love": ("standardised differences", "标准化差异"),
    "overlap": ("propensity scores", "倾向得分分布"),
}


def two_treatments(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """The exhibits of a description of kind ``two_treatments``; see `kinds.two_treatments`."""
    engine, stays = given.stays
    options = choice.options
    treatment, covariates = str(options["treatment"]), tuple(options["covariates"])
    check_covariates(covariates, treatment)
    if not covariates:
        problem = Problem("covariates", "are none", "name at least one, or describe with before_after")
        raise DataError("compare treatments", [problem])
    cases = selected(stays, choice.where)
    groups = groups_by_column(engine, cases, treatment, tuple(options["groups"]), choice.bins, given.labels)
    table, dimensions = with_dimensions(engine, groups.cases, covariates, choice.bins, given.labels)
    table, measures = with_measures(table, tuple(options["outcomes"]), flags=True)
    cells = model_cells(engine, table, [groups.dimension, *dimensions.values()], measures)
    plan = Plan(
        tuple(options["methods"]),
        str(options["matching"]),
        float(options["caliper"]) or np.inf,
        float(options["trim"]),
        str(options["errors"]),
        float(options["level"]),
    )
    found = treatment_comparison(cells, treatment, plan)
    # With further levels the groups are not all cases of the selection, and their cells bear another name.
    where = choice.where if not groups.outside else {**choice.where, treatment: groups.dimension.levels}
    words = TreatmentWords(
        choice.name, where_word(where), groups.dimension, dimensions, measures, given.currency
    )
    return _exhibits(found, words, given, choice, _notes(found, words, groups, choice))


def _exhibits(
    found: TreatmentComparison,
    words: TreatmentWords,
    given: Given,
    choice: DescriptionChoice,
    notes: list[tuple[str, str]],
) -> list[Exhibit]:
    titles = choice.titles(*TITLES)
    base = words.group(False)
    said = {"notes_en": tuple(n[0] for n in notes), "notes_zh": tuple(n[1] for n in notes)}

    def exhibit(part: str, kind: str, frame, sums=(), derived=(), **options: object) -> Exhibit:
        name = f"{choice.name}_{part}" if part else choice.name
        english, chinese = titles
        if part:
            english, chinese = f"{english}: {PARTS[part][0]}", f"{chinese}：{PARTS[part][1]}"
        facts = {"sums": sums, "derived": derived, "options": options, "synthetic": given.synthetic}
        return Exhibit(name, kind, english, chinese, frame, **said, **facts)

    table, sums, effects = effect_table(found, words)
    forest, changes = effect_forest(found, words)
    balances, balance_sums, derived = balance_table(found, words)
    love, love_derived = love_plot(found, words)
    overlap, overlap_sums = overlap_plot(found, words)
    change = {"axis_en": f"Change against: {base.en}", "axis_zh": f"变化率（基准：{base.zh}）"}
    gap = {"axis_en": "Absolute standardised difference", "axis_zh": "标准化差异绝对值"}
    score = {"axis_en": "Propensity score", "axis_zh": "倾向得分"}
    return [
        exhibit("", "grid", table, sums, effects),
        exhibit(
            "change",
            "forest",
            forest,
            (),
            changes,
            unit="share",
            reference=0.0,
            level=found.plan.level,
            **change,
        ),
        exhibit("balance", "grid", balances, balance_sums, derived),
        exhibit("love", "bars", love, (), love_derived, **gap),
        exhibit("overlap", "histogram", overlap, overlap_sums, **score),
    ]


def _notes(
    found: TreatmentComparison, words: TreatmentWords, groups: TwoGroups, choice: DescriptionChoice
) -> list[tuple[str, str]]:
    """Which cases, how the score, weights, matches and errors are made."""
    plan, base = found.plan, words.group(False)
    notes = [told(choice.where)] if choice.where else []
    if groups.outside:
        notes.append(("Cases in neither group are left out.", "不属于两组的病例未纳入。"))
    labels = [(d.label_en, d.label_zh) for d in words.covariates.values()]
    notes.append(
        (
            f"Propensity score: logit on the main effects of {', '.join(a for a, _ in labels)}. Differences and changes "
            f"are against '{base.en}', with {plan.level:.0%} intervals.",
            f"倾向得分：logit模型，纳入{'、'.join(b for _, b in labels)}的主效应。差值与变化率以“{base.zh}”为基准，"
            f"附{plan.level:.0%}区间。",
        )
    )
    if plan.trim:
        notes.append(
            (
                f"Cases with a score below {plan.trim:g} or above {1 - plan.trim:g} are left out, and the score is "
                "fitted again (Crump et al. 2009); unadjusted numbers are of all cases.",
                f"剔除得分低于{plan.trim:g}或高于{1 - plan.trim:g}的病例后重新拟合得分；未调整结果基于全部病例。",
            )
        )
    if MATCHING in plan.methods:
        notes.append(_matching_note(plan))
    if set(plan.methods) - {MATCHING}:
        rule = (
            ("clustered by hospital", "按医院聚类") if plan.errors == HOSPITAL else ("by case", "按病例稳健")
        )
        notes.append(
            (
                "IPW: inverse probability weights, to all cases (ATE) or to the second group (ATT); overlap weights: Li, Morgan "
                f"and Zaslavsky (2018). Weights are normalised within each group; errors ({rule[0]}) take the estimated score into account.",
                "IPW：逆概率加权，目标为全体（ATE）或第二组（ATT）；重叠加权：Li、Morgan与Zaslavsky（2018）。"
                f"权重在组内归一化；标准误（{rule[1]}）已计入得分的估计误差。",
            )
        )
    notes += few_hospitals(plan.errors, found.whole.cells.n_hospitals)
    main = WORDS[plan.methods[0]]
    notes.append(
        (
            f"Standardised differences are in standard deviations of all cases before weighting; drawn: {main[0]}.",
            f"标准化差异以加权前标准差为单位；图中所绘：{main[1]}。",
        )
    )
    return notes


def _matching_note(plan: Plan) -> tuple[str, str]:
    whom = {"att": ("the second group", "第二组"), "ate": ("all cases", "全部病例")}[plan.matching]
    limit = (f"within {plan.caliper:g} standard deviations", f"卡钳{plan.caliper:g}个标准差")
    if np.isinf(plan.caliper):
        limit = ("without caliper", "无卡钳")
    return (
        f"Matching of {whom[0]}: nearest on the logit of the score {limit[0]}, with replacement, ties averaged; variance of "
        "Abadie and Imbens (2006), cases independent.",
        f"匹配（{whom[1]}）：按得分logit最近邻，{limit[1]}，有放回，并列取均值；方差用Abadie–Imbens（2006），病例独立。",
    )
