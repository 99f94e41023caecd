"""The exhibits of kind ``hospital_clusters``: numbers of hospitals, fit, describe, hold against a declared type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.cluster.agreement import adjusted_rand
from dipeval.cluster.profile import centres_in_spreads, words_apart
from dipeval.describe.cases.grid import COUNT, Held, Word, entry
from dipeval.describe.clusters.choice_exhibits import Head, choice_exhibits, stability_exhibit
from dipeval.describe.clusters.formed_periods import periods_after_reform
from dipeval.describe.clusters.hospital_fit import HospitalsFormed, form_hospitals
from dipeval.describe.clusters.hospital_lines import held_of_hospitals, hospital_line
from dipeval.describe.clusters.hospital_points import hospital_words
from dipeval.describe.clusters.pictures import (
    hospital_map_exhibit,
    is_tree,
    map_exhibit,
    parallel_exhibit,
    silhouette_exhibit,
    tree_exhibit,
)
from dipeval.describe.clusters.profile_exhibits import (
    Counted,
    LevelLine,
    centres_exhibit,
    profile_exhibit,
    sizes_exhibit,
)
from dipeval.describe.clusters.words import (
    GOWER_WORDS,
    METHODS,
    SCALES,
    cluster_words,
    own_note,
    refuse_untrue_labels,
)
from dipeval.describe.dimensions import dimension_label
from dipeval.describe.labels import label_of
from dipeval.errors import DataError, Problem, nearest

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice

TITLE = ("Clusters of hospitals", "医院聚类")
HOSPITALS = Word("hospitals", "Hospitals", "医院数")
MISSING = "missing"
TESTS = (
    "Each hospital counts alike. Effect size: η², part of the variance between clusters. P values: Kruskal–Wallis.",
    "各医院权重相同。效应量：η²（类间方差占比）。P值：Kruskal–Wallis检验。",
)
AFTER = (
    "The clusters were formed on periods after the reform too: a reform may have moved hospitals between clusters.",
    "聚类使用了改革后时期的数据：改革可能改变医院的归类。",
)


def hospital_clusters(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """See `kinds.hospital_clusters.make`."""
    against = str(choice.options["against"])
    if against and against not in given.panel.columns:
        known = [str(c) for c in given.panel.columns]
        problem = Problem(f"against: {against}", "is no column of the panel", nearest(against, known))
        raise DataError("clusters", [problem])
    fit = form_hospitals(given.panel, choice)
    anticipation = 0 if given.design is None else given.design.anticipation
    after = periods_after_reform(given.panel, fit.panel, anticipation)
    given = replace(given, panel=fit.panel)
    head = _head(given, choice, fit, after)
    whole = held_of_hospitals(given.panel, pd.Series("1", index=fit.hospitals))[-1]
    shown = choice_exhibits(head, fit.found, whole)
    return shown if fit.found.partition is None else [*shown, *_described(given, choice, fit, head)]


def _head(given: Given, choice: DescriptionChoice, fit: HospitalsFormed, after: Sequence[str]) -> Head:
    said = list(fit.found.said)
    if choice.options.get("among"):
        said.append(_among(given, choice.options["among"]))
    if after:
        said.append(AFTER)
    variables = fit.prepared.variables
    of_words = [dimension_label(word) for word in fit.mixed.names]
    english = [f"{v.label_en}{' (log-ratio)' if v.transform == 'clr' else ''}" for v in variables]
    chinese = [f"{v.label_zh}{'（对数比）' if v.transform == 'clr' else ''}" for v in variables]
    english += [w[0] for w in of_words]
    chinese += [w[1] for w in of_words]
    settings = fit.found.settings
    method, scale = METHODS[settings.method], SCALES[str(choice.options["scale"])]
    gower = GOWER_WORDS if settings.space.metric == "gower" else ("", "")
    said.append(
        (
            f"{method[0]}{gower[0]} of hospitals by {'; '.join(english)}; scaled by {scale[0]}.",
            f"医院{method[1]}{gower[1]}，聚类变量：{'；'.join(chinese)}；标准化：{scale[1]}。",
        )
    )
    if fit.left_out:
        english_left = f"{fit.left_out} hospitals with a missing word are left out."
        said.append((english_left, f"剔除分类变量缺失的医院{fit.left_out}家。"))
    said += list(fit.prepared.remarks)
    said += own_note(choice.options)
    return Head(choice.name, choice.titles(*TITLE), tuple(said), given.synthetic, given.currency)


def _among(given: Given, among: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """Which hospitals are clustered."""
    english, chinese = [], []
    for name, words in among.items():
        heads, named = [label_of(word, given.labels) for word in words], dimension_label(name)
        english.append(f"{named[0]}: {', '.join(h[0] for h in heads)}")
        chinese.append(f"{named[1]}：{'、'.join(h[1] for h in heads)}")
    return f"Hospitals that are clustered: {'; '.join(english)}.", f"参与聚类的医院：{'；'.join(chinese)}。"


def _described(given: Given, choice: DescriptionChoice, fit: HospitalsFormed, head: Head) -> list[Exhibit]:
    found, values = fit.found, fit.numbers.values
    labels, k = found.partition.labels, found.partition.k
    # Ten clusters and more would not sort as words.
    cluster = pd.Series([f"{c + 1:02d}" for c in labels], index=values.index)
    behind = held_of_hospitals(given.panel, cluster)
    formed = [v.name for v in fit.prepared.variables]
    lines = [
        hospital_line(name, values[name], fit.numbers, labels, behind, name in formed)
        for name in values.columns
    ]
    told = list(choice.options["labels"] or ())
    means = np.column_stack([line.means[:k] for line in lines]) if lines else np.empty((k, 0))
    refuse_untrue_labels(told, list(values.columns), means)
    words = cluster_words(k, told)
    heads = [Word(v.name, v.label_en, v.label_zh) for v in fit.prepared.variables]
    counted = Counted(HOSPITALS, [*map(float, found.partition.sizes), float(len(labels))], TESTS)
    levels = [line for name in fit.mixed.names for line in _level_lines(given, fit, name, cluster)]
    centres = centres_in_spreads(fit.prepared.points, labels)
    each, whole = behind[:-1], behind[-1]
    shown = [
        sizes_exhibit(head, words, each, counted),
        profile_exhibit(head, words, behind, lines, levels, counted, ()),
        *([centres_exhibit(head, words, heads, centres, each)] if heads else []),
        *([parallel_exhibit(head, words, heads, centres, each)] if len(heads) > 1 else []),
        *([map_exhibit(head, words, found, each)] if found.points.shape[1] > 1 else []),
        silhouette_exhibit(head, words, found, each),
        *([tree_exhibit(head, found, whole)] if is_tree(found) else []),
        stability_exhibit(head, found, found.stability, words, each),
    ]
    if choice.options["hospitals"]:
        shown.append(_hospital_map(given, fit, words, head))
    against = str(choice.options["against"])
    return [*shown, _agreement(given, head, against, cluster, words)] if against else shown


def _hospital_map(given: Given, fit: HospitalsFormed, words: Sequence[Word], head: Head) -> Exhibit:
    """Each hospital as a point, called by its code, and by its city where there are several."""
    cities = set(fit.hospitals.get_level_values(0))
    names = []
    for city, hospital in fit.hospitals:
        place = label_of(city, given.labels) if len(cities) > 1 else ("", "")
        names.append((f"{place[0]} {hospital}".strip(), f"{place[1]}{hospital}"))
    place = pd.Series([f"{i:06d}" for i in range(len(fit.hospitals))], index=fit.hospitals)
    return hospital_map_exhibit(head, words, fit.found, names, held_of_hospitals(given.panel, place)[:-1])


def _level_lines(given: Given, fit: HospitalsFormed, name: str, cluster: pd.Series) -> list[LevelLine]:
    """Hospitals of each cluster by level of a word, with Cramér's V at the first level."""
    english, chinese = dimension_label(name)
    section = (f"{english} (formed the clusters)", f"{chinese}（参与聚类）")
    word, order = fit.words[name], sorted(set(cluster))
    levels = sorted(set(word))
    counts = np.array([[int(((word == x) & (cluster == c)).sum()) for x in levels] for c in order])
    apart = words_apart(counts)
    lines = []
    for j, level in enumerate(levels):
        own = cluster.where(word == level).dropna()
        found = dict(zip(sorted(set(own)), held_of_hospitals(given.panel, own), strict=False))
        held = [found.get(c, Held(0.0, np.nan)) for c in order] + [held_of_hospitals(given.panel, own)[-1]]
        each = np.array([*counts[:, j], counts[:, j].sum()])
        labelled = Word(f"{name}={level}", *label_of(level, given.labels))
        lines.append(LevelLine(labelled, each, held, section, apart if j == 0 else None))
    return lines


def _agreement(given: Given, head: Head, against: str, cluster: pd.Series, words: Sequence[Word]) -> Exhibit:
    """Hospitals by declared type and cluster, and the adjusted Rand index."""
    first = hospital_words(given.panel, [against])[against]
    kind = first.fillna(MISSING).reindex(cluster.index).astype("str")
    index = adjusted_rand(pd.factorize(kind, sort=True)[0], pd.factorize(cluster, sort=True)[0])
    both = kind + "\n" + cluster
    counts, held = both.value_counts().sort_index(), held_of_hospitals(given.panel, both)
    rows = []
    for (pair, number), behind in zip(counts.items(), held, strict=False):
        word, c = pair.split("\n")
        label = label_of(word, {MISSING: ("Not recorded", "未记录"), **given.labels})
        rows.append(entry(Word(word, *label), words[int(c) - 1], COUNT, float(number), behind))
    frame = pd.DataFrame(rows).sort_values(["row", "column"], key=lambda x: x.map(_order), kind="stable")
    note = (
        f"Adjusted Rand index of clusters and declared types: {index:.2f} (1: the same groups, 0: as by chance).",
        f"聚类与申报类型的调整兰德指数：{index:.2f}（1为完全一致，0为随机水平）。",
    )
    stub = {"stub_en": "Declared type", "stub_zh": "申报类型"}
    return head.exhibit(
        "agreement", "grid", ("agreement with the declared type", "与申报类型的一致性"), frame, [note], stub
    )


def _order(word: str) -> str:
    """Clusters by number, words by letter."""
    return f"{int(word):02d}" if word.isdigit() else word
