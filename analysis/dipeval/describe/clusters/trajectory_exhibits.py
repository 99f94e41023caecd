"""The exhibits of kind ``trajectory_clusters``: curves of the clusters, what they are, and how level and shape agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.cluster.agreement import adjusted_rand
from dipeval.describe.cases.grid import COUNT, Held, Word, entry
from dipeval.describe.clusters.choice_exhibits import Head, choice_exhibits, stability_exhibit
from dipeval.describe.clusters.formed_periods import periods_after_reform
from dipeval.describe.clusters.hospital_lines import held_of_hospitals, hospital_line
from dipeval.describe.clusters.hospital_points import HospitalNumbers
from dipeval.describe.clusters.paths import paths_of
from dipeval.describe.clusters.pictures import is_tree, map_exhibit, silhouette_exhibit, tree_exhibit
from dipeval.describe.clusters.profile_exhibits import Counted, profile_exhibit, sizes_exhibit
from dipeval.describe.clusters.trajectories import (
    GROWTH,
    LEVEL,
    LOGARITHMS,
    SHAPE,
    Trajectories,
    dominating,
    form_trajectories,
)
from dipeval.describe.clusters.trajectory_words import (
    AFTER,
    ASPECT_WORDS,
    BAND,
    CHANGE,
    TITLES,
    UNIT_TESTS,
    UNIT_WORDS,
    how_compared,
)
from dipeval.describe.clusters.words import cluster_words, refuse_untrue_labels
from dipeval.describe.contributors import contributors

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice


def trajectory_exhibits(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """See `kinds.trajectory_clusters.make`."""
    formed = form_trajectories(given.panel, choice)
    anticipation = 0 if given.design is None else given.design.anticipation
    after = periods_after_reform(given.panel, formed.panel, anticipation)
    given = replace(given, panel=formed.panel)
    head = _head(given, choice, formed, after)
    whole = held_of_hospitals(given.panel, formed.by_hospital(["1"] * len(formed.units)))[-1]
    shown = choice_exhibits(head, formed.found, whole)
    return shown if formed.found.partition is None else [*shown, *_described(given, choice, formed, head)]


def _head(given: Given, choice: DescriptionChoice, formed: Trajectories, after: Sequence[str]) -> Head:
    said = [*formed.found.said, *([AFTER] if after else []), how_compared(choice, formed)]
    if formed.found.partition is not None and formed.beside.partition is None:
        beside = ASPECT_WORDS[f"{SHAPE if choice.options['compare'] == LEVEL else LEVEL}:name"]
        said.append(
            (
                f"By {beside[0].lower()} there are no clusters, so no table holds both against each other.",
                f"按{beside[1]}未见聚类结构，故不列对照表。",
            )
        )
    part = dominating(formed.points)
    if part:
        english = f"One unit makes {part:.0%} of how far all lie apart: clusters follow it. Look at its path."
        said.append((english, f"单个单元占全部差异的{part:.0%}，聚类受其支配；请核查其轨迹。"))
    return Head(
        choice.name, choice.titles(*TITLES[formed.unit]), tuple(said), given.synthetic, given.currency
    )


def _described(given: Given, choice: DescriptionChoice, formed: Trajectories, head: Head) -> list[Exhibit]:
    found, labels = formed.found, formed.found.partition.labels
    k = found.partition.k
    # Ten clusters and more would not sort as words.
    cluster = formed.by_hospital([f"{c + 1:02d}" for c in labels])
    behind = held_of_hospitals(given.panel, cluster)
    numbers = _numbers(choice, formed)
    own = {p.outcome.name for p in formed.paths} if choice.options["compare"] == LEVEL else set()
    lines = [
        hospital_line(name, numbers.values[name], numbers, labels, behind, name in own)
        for name in numbers.values.columns
    ]
    told = list(choice.options["labels"] or ())
    refuse_untrue_labels(told, list(numbers.values.columns), np.column_stack([x.means[:k] for x in lines]))
    words, each = cluster_words(k, told), behind[:-1]
    counted = Counted(
        Word(formed.unit, *UNIT_WORDS[formed.unit]),
        [*map(float, found.partition.sizes), float(len(labels))],
        UNIT_TESTS,
    )
    return [
        sizes_exhibit(head, words, each, counted),
        *(_curves(given, choice, formed, head, place, words, cluster) for place in range(len(formed.paths))),
        profile_exhibit(head, words, behind, lines, [], counted, ()),
        *([map_exhibit(head, words, found, each)] if found.points.shape[1] > 1 else []),
        silhouette_exhibit(head, words, found, each),
        *([tree_exhibit(head, found, behind[-1])] if is_tree(found) else []),
        stability_exhibit(head, found, found.stability, words, each),
        *([_agreement(given, choice, formed, head, words)] if formed.beside.partition is not None else []),
    ]


def _numbers(choice: DescriptionChoice, formed: Trajectories) -> HospitalNumbers:
    """Mean and change of each outcome that is compared, and the mean of further ones, by unit."""
    made, labels, units = {}, {}, {}
    for path in formed.paths:
        outcome, values = path.outcome, path.values
        change = f"{outcome.name}:change"
        made[outcome.name], made[change] = values.mean(axis=1), values.iloc[:, -1] - values.iloc[:, 0]
        labels[outcome.name] = (outcome.label_en, outcome.label_zh)
        labels[change] = (f"{outcome.label_en}, {CHANGE[0]}", f"{outcome.label_zh}，{CHANGE[1]}")
        units[outcome.name] = units[change] = outcome.unit
    for name in choice.options["profile"] or ():
        if name in made:
            continue
        path = paths_of(formed.panel, str(name), formed.unit)
        made[name] = path.values.mean(axis=1).reindex(formed.units)
        labels[name] = (path.outcome.label_en, path.outcome.label_zh)
        units[name] = path.outcome.unit
    return HospitalNumbers(pd.DataFrame(made, index=formed.units), labels, units)


def _curves(
    given: Given,
    choice: DescriptionChoice,
    formed: Trajectories,
    head: Head,
    place: int,
    words: Sequence[Word],
    cluster: pd.Series,
) -> Exhibit:
    """Mean path of each cluster, with one standard deviation of its units on either side."""
    outcome, aspect = formed.paths[place].outcome, str(choice.options["compare"])
    drawn = formed.paths[place].values if aspect == LEVEL else formed.moved[place]
    keys = pd.MultiIndex.from_frame(given.panel[["city", "hospital"]].astype("str"))
    label = pd.Series(cluster.reindex(keys).to_numpy(dtype="object"), index=given.panel.index)
    behind = contributors(given.panel, [label, given.panel["period"].astype("str")])
    rows = []
    for c, word in enumerate(words):
        block = np.sort(drawn.to_numpy("float64")[formed.found.partition.labels == c], axis=0)
        means, spreads = block.mean(axis=0), block.std(axis=0)
        for period, mean, spread in zip(drawn.columns, means, spreads, strict=True):
            key = (f"{c + 1:02d}", period)
            held = behind.loc[key] if key in behind.index else {"count": 0.0, "largest_share": np.nan}
            rows.append(
                {
                    "panel": word.key,
                    "panel_en": word.en,
                    "panel_zh": word.zh,
                    "x": period,
                    "value": float(mean),
                    "low": float(mean - spread),
                    "high": float(mean + spread),
                    "count": float(held["count"]),
                    "largest_share": float(held["largest_share"]),
                    "label_en": f"{word.en}, {period}",
                    "label_zh": f"{word.zh}，{period}",
                }
            )
    spread_taken = bool(choice.options["unit_spread"]) and aspect == SHAPE
    told = ASPECT_WORDS["unit_spread" if spread_taken else aspect]
    unit = "" if spread_taken else LOGARITHMS if aspect == GROWTH else outcome.unit
    options = {"periods": True, "y_unit": unit, "currency": head.currency}
    options |= {"y_axis_en": told[0], "y_axis_zh": told[1]}
    if aspect != LEVEL:
        options["y_line"] = 0.0
    title = (f"paths of {outcome.label_en[:1].lower()}{outcome.label_en[1:]}", f"{outcome.label_zh}的轨迹")
    return head.exhibit(
        outcome.name, "small_multiples", title, pd.DataFrame(rows), [BAND[formed.unit]], options
    )


def _agreement(
    given: Given, choice: DescriptionChoice, formed: Trajectories, head: Head, words: Sequence[Word]
) -> Exhibit:
    """Units by cluster of level and of shape, and the adjusted Rand index."""
    mine, other = formed.found.partition.labels, formed.beside.partition.labels
    aspect = str(choice.options["compare"])
    beside = SHAPE if aspect == LEVEL else LEVEL
    index = adjusted_rand(mine, other)
    both = [f"{o + 1:02d}\n{m + 1:02d}" for o, m in zip(other, mine, strict=True)]
    counts = pd.Series(both).value_counts().sort_index()
    held: list[Held] = held_of_hospitals(given.panel, formed.by_hospital(both))
    english, chinese = ASPECT_WORDS[f"{beside}:name"]
    rows = []
    for (pair, number), behind in zip(counts.items(), held, strict=False):
        o, m = map(int, pair.split("\n"))
        row = Word(f"{o:02d}", f"{english} {o}", f"{chinese}{o}")
        rows.append(entry(row, words[m - 1], COUNT, float(number), behind))
    own = ASPECT_WORDS[f"{aspect}:name"]
    note = (
        f"Clusters by {own[0].lower()} and by {english.lower()}: adjusted Rand index {index:.2f} (1: the same groups, 0: as by "
        "chance).",
        f"按{own[1]}与按{chinese}聚类的调整兰德指数：{index:.2f}（1为完全一致，0为随机水平）。",
    )
    stub = {"stub_en": f"{english} cluster", "stub_zh": f"{chinese}类"}
    title = ("clusters of level and of shape", "水平与形状聚类的对照")
    return head.exhibit("agreement", "grid", title, pd.DataFrame(rows), [note], stub)
