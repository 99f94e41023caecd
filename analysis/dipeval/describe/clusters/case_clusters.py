"""The exhibits of kind ``clusters``: sample, fit, assign, describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dipeval.describe.cases.cells import where_word
from dipeval.describe.cases.grid import Held, Word
from dipeval.describe.cases.tally import gathered, tallied
from dipeval.describe.clusters.case_assignment import CLUSTER, POINT
from dipeval.describe.clusters.case_carried import formed_after_reform, formed_cases, formed_on
from dipeval.describe.clusters.case_fit import CaseFit, case_fit
from dipeval.describe.clusters.case_profile import (
    held_by_cluster,
    level_lines,
    number_lines,
    number_sums,
    quartiles_by_cluster,
    scaled_means,
)
from dipeval.describe.clusters.choice_exhibits import Head, choice_exhibits, stability_exhibit
from dipeval.describe.clusters.pictures import (
    is_tree,
    map_exhibit,
    parallel_exhibit,
    silhouette_exhibit,
    tree_exhibit,
)
from dipeval.describe.clusters.profile_exhibits import (
    Counted,
    centres_exhibit,
    profile_exhibit,
    sizes_exhibit,
)
from dipeval.describe.clusters.words import (
    GOWER_WORDS,
    METHODS,
    RULES,
    SCALES,
    cluster_words,
    own_note,
    refuse_untrue_labels,
)
from dipeval.describe.dimensions import with_dimensions
from dipeval.describe.measures import plain_name, with_measures
from dipeval.describe.selection import told
from dipeval.results.relations import Sum

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.describe.case_variable import CaseVariable
    from dipeval.describe.dimensions import Dimension
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice

    Measures = tuple[CaseVariable, ...]
    Dimensions = dict[str, Dimension]

TITLE = ("Clusters of cases", "病例聚类")
CASES = Word("cases", "Cases", "病例数")
TESTS = (
    "Effect sizes: η² of numbers (part of the variance between clusters), Cramér's V of words. P values: F test of one-way "
    "analysis of variance, Pearson's chi-square.",
    "效应量：数值变量为η²（类间方差占比），分类变量为Cramér V。P值：单因素方差分析F检验、Pearson卡方检验。",
)
AFTER = (
    "Clusters stand on cases from after the reform too: a reform may have moved cases between them, so effects by cluster "
    "would not be effects on the same cases.",
    "聚类使用了改革后的病例：改革可能改变病例归类，按类估计的效应并非针对同一批病例。",
)


def case_clusters(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """See `kinds.clusters.make`."""
    engine, cases = given.stays
    mine = formed_cases(engine, cases, choice)
    fit = given.fits.get(choice.name) or case_fit(engine, mine, choice.options, given.labels)
    reformed = formed_after_reform(given, mine)
    head = _head(given, choice, fit, reformed)
    whole = gathered(tallied(engine, fit.points.cases, []), []).iloc[0]
    behind = Held(float(whole["count"]), float(whole["largest_share"]))
    shown = choice_exhibits(head, fit.found, behind)
    if fit.found.partition is None:
        cluster_words(1, [])
        return shown
    return [*shown, *_described(given, choice, fit, head)]


def _head(given: Given, choice: DescriptionChoice, fit: CaseFit, reformed: tuple[str, ...]) -> Head:
    points = fit.points
    said = [told(choice.where)] if choice.where else []
    said += list(fit.found.said)
    if reformed:
        said.append(AFTER)
    if choice.options.get("formed"):
        said.append(formed_on(*choice.options["formed"]))
    said.append(_ways(fit))
    if points.left_out:
        what = "number" if not points.words else "number or word"
        english = f"{points.left_out} cases with a missing {what} are left out."
        said.append((english, f"剔除变量缺失的病例{points.left_out}例。"))
    said += list(fit.prepared.remarks)
    said += own_note(choice.options)
    return Head(choice.name, choice.titles(*TITLE), tuple(said), given.synthetic, given.currency)


def _ways(fit: CaseFit) -> tuple[str, str]:
    """How numbers and words became points, and cases members of clusters, in words."""
    ways = {
        "none": ("", ""),
        "log": (" (logarithm)", "（取对数）"),
        "log_plus_one": (" (ln(1 + x))", "（ln(1+x)）"),
    }
    points, rows, settings = fit.points, len(fit.mixed.points), fit.found.settings
    english = [f"{v.label_en}{ways[v.transform][0]}" for v in points.variables]
    chinese = [f"{v.label_zh}{ways[v.transform][1]}" for v in points.variables]
    english += [w.label_en for w in points.words]
    chinese += [w.label_zh for w in points.words]
    method = METHODS[settings.method]
    gower = GOWER_WORDS if settings.space.words or settings.space.metric == "gower" else ("", "")
    scale = SCALES[points.variables[0].scale] if points.variables else ("", "")
    scaled = (f"; scaled by {scale[0]}", f"；标准化：{scale[1]}") if scale[0] else ("", "")
    in_english = f"{method[0]}{gower[0]} on {'; '.join(english)}{scaled[0]}"
    in_chinese = f"{method[1]}{gower[1]}聚类变量：{'；'.join(chinese)}{scaled[1]}"
    every = "all cases" if rows == points.n else f"a sample of {rows} of {points.n} cases"
    part = "全部病例" if rows == points.n else f"{points.n}例中的{rows}例样本"
    if fit.found.partition is None:
        return f"{in_english}; tried on {every}.", f"{in_chinese}；基于{part}。"
    rule = RULES[fit.found.rule.way]
    kept = fit.found.kept_by_rule
    often = ("", "")
    if kept < 1.0:
        often = (
            f", which puts {kept:.1%} of those where the fit has put them",
            f"（与拟合归类一致者占{kept:.1%}）",
        )
    return (
        f"{in_english}; fitted on {every}, and every case {rule[0]}{often[0]}.",
        f"{in_chinese}；以{part}拟合，每例{rule[1]}{often[1]}。",
    )


def _staged(given: Given, choice: DescriptionChoice, fit: CaseFit) -> tuple[ir.Table, Measures, Dimensions]:
    """All cases with their clusters and what is described of them, put down once; numbers and words of it."""
    engine, _ = given.stays
    formed = [v.name for v in fit.points.variables]
    further = [name for name in choice.options["profile"] or () if name not in formed]
    table, added = with_measures(fit.cases(), further, flags=True)
    words = [w.name for w in fit.points.words]
    named = [*words, *(name for name in choice.options["dimensions"] or () if name not in words)]
    table, dimensions = with_dimensions(engine, table, named, choice.bins, given.labels)
    measures = (*fit.points.measures, *added)
    kept = [*(m.name for m in measures), *(POINT + name for name in formed)]
    kept += [CLUSTER, "city", "hospital", *(d.column for d in dimensions.values())]
    return engine.stage(table.select(*kept)), measures, dimensions


def _described(given: Given, choice: DescriptionChoice, fit: CaseFit, head: Head) -> list[Exhibit]:
    engine, _ = given.stays
    options, points, found = choice.options, fit.points, fit.found
    k, words = found.partition.k, [w.name for w in points.words]
    formed = [v.name for v in points.variables]
    table, measures, dimensions = _staged(given, choice, fit)
    where = where_word(choice.where) + (",known=" + "+".join(points.names) if points.left_out else "")
    dimension = f"{choice.name}_cluster"
    tally = number_sums(engine, table, measures, [POINT + name for name in formed])
    behind = held_by_cluster(tally, k, where, dimension)
    middles = quartiles_by_cluster(engine, table, measures, k)
    lines = number_lines(tally, measures, middles, formed, k, where, dimension)
    labels = list(options["labels"] or ())
    means = np.column_stack([x.means[:k] for x in lines]) if lines else np.empty((k, 0))
    refuse_untrue_labels(labels, [plain_name(m) for m in measures], means)
    called = cluster_words(k, labels)
    levels, sums = [], {Sum(behind[-1].cell, tuple(sorted(h.cell for h in behind[:-1])))}
    for name, found_dimension in dimensions.items():
        more, parts = level_lines(engine, table, found_dimension, k, where, dimension, name in words)
        levels += more
        sums |= set(parts)
    heads = [Word(v.name, v.label_en, v.label_zh) for v in points.variables]
    counted = Counted(CASES, [held.count for held in behind], TESTS)
    ordered = tuple(sorted(sums, key=lambda s: (s.total, s.parts)))
    centres = scaled_means(tally, [POINT + name for name in formed], k)
    ruler = np.sort(fit.prepared.points, axis=0)
    centres = (centres - ruler.mean(axis=0)) / ruler.std(axis=0)
    each, whole = behind[:-1], behind[-1]
    return [
        sizes_exhibit(head, called, each, counted),
        profile_exhibit(head, called, behind, lines, levels, counted, ordered),
        *([centres_exhibit(head, called, heads, centres, each)] if heads else []),
        *([parallel_exhibit(head, called, heads, centres, each)] if len(heads) > 1 else []),
        *([map_exhibit(head, called, found, each)] if found.points.shape[1] > 1 else []),
        silhouette_exhibit(head, called, found, each),
        *([tree_exhibit(head, found, whole)] if is_tree(found) else []),
        stability_exhibit(head, found, found.stability, called, each),
    ]
