"""The exhibits of kind ``clusters``: sample, fit, assign, describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dipeval.cluster.order import centres_of
from dipeval.cluster.preparation import prepare
from dipeval.describe.cases.cells import where_word
from dipeval.describe.cases.grid import Held, Word
from dipeval.describe.cases.tally import gathered, tallied
from dipeval.describe.clusters.case_points import (
    CLUSTER,
    MICRO,
    POINT,
    CasePoints,
    assigned,
    case_points,
    refuse_logarithms,
    refuse_named_twice,
    sampled,
)
from dipeval.describe.clusters.case_profile import held_by_cluster, level_lines, number_lines, number_sums
from dipeval.describe.clusters.choice_exhibits import Head, choice_exhibits, stability_exhibit
from dipeval.describe.clusters.fitting import Fitted, Settings, fitted
from dipeval.describe.clusters.profile_exhibits import (
    Counted,
    centres_exhibit,
    map_exhibit,
    profile_exhibit,
    sizes_exhibit,
)
from dipeval.describe.clusters.words import SCALES, cluster_words, refuse_untrue_labels
from dipeval.describe.dimensions import with_dimensions
from dipeval.describe.measures import plain_name, with_measures
from dipeval.describe.selection import selected, told
from dipeval.results.relations import Sum

if TYPE_CHECKING:
    from dipeval.cluster.preparation import Prepared
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice

TITLE = ("Clusters of cases", "病例聚类")
CASES = Word("cases", "Cases", "病例数")
TESTS = (
    "Effect sizes: η² of numbers (part of the variance between clusters), Cramér's V of words. P values: F test of one-way "
    "analysis of variance, Pearson's chi-square.",
    "效应量：数值变量为η²（类间方差占比），分类变量为Cramér V。P值：单因素方差分析F检验、Pearson卡方检验。",
)
WAYS = {"levels": "none", "logs": "log", "logs_plus_one": "log_plus_one"}
AFTER = (
    "Clusters stand on cases from after the reform too: a reform may have moved cases between them, so effects by cluster "
    "would not be effects on the same cases.",
    "聚类使用了改革后的病例：改革可能改变病例归类，按类估计的效应并非针对同一批病例。",
)


def case_clusters(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """See `kinds.clusters.make`."""
    engine, cases = given.stays
    options = choice.options
    groups = [list(options[name] or ()) for name in WAYS]
    refuse_named_twice(groups)
    ways = {name: way for names, way in zip(groups, WAYS.values(), strict=True) for name in names}
    base = selected(cases, choice.where)
    points = case_points(engine, base, ways, str(options["scale"]), str(options["missing"]))
    refuse_logarithms(engine, points)
    prepared = prepare(sampled(engine, points, int(options["sample"])), points.variables)
    settings = Settings(
        int(options["k"]),
        int(options["most"]),
        int(options["seed"]),
        "k_means",
        int(options["reference_draws"]),
        int(options["stability_draws"]),
        int(options["choice_rows"]),
    )
    found = fitted(prepared.points, settings)
    head = _head(given, choice, points, prepared, found)
    whole = gathered(tallied(engine, points.cases, []), []).iloc[0]
    behind = Held(float(whole["count"]), float(whole["largest_share"]))
    shown = choice_exhibits(head, found, behind)
    if found.partition is None:
        cluster_words(1, [])
        return shown
    return [*shown, *_described(given, choice, points, prepared, found, head)]


def _head(
    given: Given, choice: DescriptionChoice, points: CasePoints, prepared: Prepared, found: Fitted
) -> Head:
    said = [told(choice.where)] if choice.where else []
    said += list(found.said)
    if given.design is not None:
        said.append(AFTER)
    said.append(_ways(points, len(prepared.points)))
    if points.left_out:
        english = f"{points.left_out} cases with a missing number are left out."
        said.append((english, f"剔除数值缺失的病例{points.left_out}例。"))
    said += list(prepared.remarks)
    return Head(choice.name, choice.titles(*TITLE), tuple(said), given.synthetic, given.currency)


def _ways(points: CasePoints, rows: int) -> tuple[str, str]:
    """How numbers became points, in words."""
    ways = {
        "none": ("", ""),
        "log": (" (logarithm)", "（取对数）"),
        "log_plus_one": (" (ln(1 + x))", "（ln(1+x)）"),
    }
    scale = SCALES[points.variables[0].scale]
    english = "; ".join(f"{v.label_en}{ways[v.transform][0]}" for v in points.variables)
    chinese = "；".join(f"{v.label_zh}{ways[v.transform][1]}" for v in points.variables)
    every = "all cases" if rows == points.n else f"a sample of {rows} of {points.n} cases"
    part = "全部病例" if rows == points.n else f"{points.n}例中的{rows}例样本"
    return (
        f"K-means on {english}; scaled by {scale[0]}; centres fitted on {every}, and every case put to the nearest centre.",
        f"K均值聚类变量：{chinese}；标准化：{scale[1]}；以{part}拟合中心，每例归入最近的中心。",
    )


def _described(
    given: Given, choice: DescriptionChoice, points: CasePoints, prepared: Prepared, found: Fitted, head: Head
) -> list[Exhibit]:
    engine, _ = given.stays
    options = choice.options
    k = found.partition.k
    centres = centres_of(prepared.points, found.partition.labels)
    table = assigned(points, prepared, centres)
    formed = [v.name for v in points.variables]
    further = [name for name in options["profile"] or () if name not in formed]
    table, added = with_measures(table, further, flags=True)
    table, dimensions = with_dimensions(
        engine, table, list(options["dimensions"] or ()), choice.bins, given.labels
    )
    kept = [*(m.name for m in (*points.measures, *added)), *(POINT + name for name in formed)]
    kept += [CLUSTER, "city", "hospital", *(d.column for d in dimensions.values())]
    table = engine.stage(table.select(*kept))
    where = where_word(choice.where) + (",known=" + "+".join(formed) if points.left_out else "")
    dimension = f"{choice.name}_cluster"
    measures = (*points.measures, *added)
    tally = number_sums(engine, table, measures, [POINT + name for name in formed])
    behind = held_by_cluster(tally, k, where, dimension)
    lines = number_lines(tally, measures, formed, k, where, dimension)
    labels = list(options["labels"] or ())
    refuse_untrue_labels(
        labels, [plain_name(m) for m in measures], np.column_stack([x.means[:k] for x in lines])
    )
    words = cluster_words(k, labels)
    levels, sums = [], {Sum(behind[-1].cell, tuple(sorted(h.cell for h in behind[:-1])))}
    for found_dimension in dimensions.values():
        more, parts = level_lines(engine, table, found_dimension, k, where, dimension)
        levels += more
        sums |= set(parts)
    scaled = _scaled_means(tally, formed, k)
    heads = [Word(v.name, v.label_en, v.label_zh) for v in points.variables]
    ordered = tuple(sorted(sums, key=lambda s: (s.total, s.parts)))
    counted = Counted(CASES, [held.count for held in behind], TESTS)
    return [
        sizes_exhibit(head, words, behind[:-1], counted),
        profile_exhibit(head, words, behind, lines, levels, counted, ordered),
        centres_exhibit(head, words, heads, scaled, behind[:-1]),
        *([map_exhibit(head, words, centres, prepared.points, behind[:-1])] if len(formed) > 1 else []),
        stability_exhibit(head, found, found.stability, words, behind[:-1]),
    ]


def _scaled_means(tally: object, formed: list[str], k: int) -> np.ndarray:
    """Mean scaled value of each cluster over all cases, shape (k, p)."""
    by = gathered(tally, [CLUSTER]).reindex([str(c) for c in range(1, k + 1)])
    return np.column_stack([by[POINT + name].astype("float64") / by["n"] / MICRO for name in formed])
