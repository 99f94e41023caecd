"""What clusters are called: by number, and by the labels that the analyst gives and the numbers must bear out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dipeval.describe.cases.grid import Word
from dipeval.errors import DataError, Problem, nearest
from dipeval.study.grammar import Key, Tables

LABELS = Tables(
    {
        "cluster": Key("integer", required=True, low=1, doc="the number of the cluster, the largest is 1"),
        "en": Key("text", required=True, doc="what the analyst calls it"),
        "zh": Key("text", required=True, doc="the same in Chinese"),
        "highest": Key("texts", default=(), doc="columns whose mean must be highest in this cluster"),
        "lowest": Key("texts", default=(), doc="… and lowest"),
    },
    doc="labels of clusters; a claim that the data do not bear out stops the run",
)

NOTES = {
    "note_en": Key(
        "text", default="", doc="what readers should know of these variables: stands on every exhibit"
    ),
    "note_zh": Key("text", default="", doc="the same in Chinese"),
}


def own_note(options: Mapping[str, object]) -> list[tuple[str, str]]:
    """The analyst's own sentence, in both languages; the one that is there where one is missing."""
    english, chinese = (str(options.get(key) or "") for key in NOTES)
    return [(english or chinese, chinese or english)] if english or chinese else []


SCALES = {
    "standardise": ("mean and standard deviation", "均值与标准差"),
    "robust": ("median and median absolute deviation", "中位数与绝对中位差"),
    "range": ("lowest value and range", "最小值与极差"),
    "none": ("nothing", "不缩放"),
}
METHODS = {
    "k_means": ("K-means", "K均值"),
    "mini_batch_k_means": ("Mini-batch K-means", "小批量K均值"),
    "k_medoids": ("K-medoids", "K中心点"),
    "gaussian_mixture": ("Gaussian mixture", "高斯混合模型"),
    "ward": ("Ward's hierarchical clustering", "Ward层次聚类"),
    "average_linkage": ("hierarchical clustering by average linkage", "类平均层次聚类"),
}
GOWER_WORDS = (" by Gower's distance", "（Gower距离）")
RULES = {
    "nearest_centre": ("put to the nearest centre", "归入最近的中心"),
    "nearest_medoid": ("put to the nearest medoid", "归入最近的中心点"),
    "most_likely": ("put to the component that it most likely came from", "归入后验概率最大的成分"),
}


def cluster_words(k: int, labels: Sequence[Mapping[str, object]]) -> tuple[Word, ...]:
    """The clusters 1 … k with their labels.

    Raises
    ------
    DataError
        If a label is of no cluster, or a cluster has two.
    """
    told: dict[int, Mapping[str, object]] = {}
    problems = []
    for label in labels:
        number = int(label["cluster"])
        if number > k:
            problems.append(Problem(f"labels: cluster {number}", f"there are {k} clusters", "drop the label"))
        if number in told:
            problems.append(Problem(f"labels: cluster {number}", "is labelled twice", "keep one"))
        told[number] = label
    if problems:
        raise DataError("clusters", problems)
    return tuple(_word(c, told.get(c)) for c in range(1, k + 1))


def _word(number: int, label: Mapping[str, object] | None) -> Word:
    if label is None:
        return Word(str(number), f"Cluster {number}", f"第{number}类")
    return Word(str(number), f"{number} {label['en']}", f"{number} {label['zh']}")


def refuse_untrue_labels(
    labels: Sequence[Mapping[str, object]], names: Sequence[str], means: np.ndarray
) -> None:
    """Hold each label against the means of the clusters.

    Parameters
    ----------
    labels : sequence of mapping
    names : sequence of str, length p
    means : ndarray, shape (k, p)

    Raises
    ------
    DataError
        With every claim that is not so: the clusters changed, and the labels would stand on the wrong ones.
    """
    problems = []
    for label in labels:
        number = int(label["cluster"])
        for word, pick in (("highest", np.nanargmax), ("lowest", np.nanargmin)):
            for name in label[word] or ():
                where = f"labels: cluster {number}, {word}"
                if name not in names:
                    problems.append(Problem(where, f"{name} is not described", nearest(name, list(names))))
                    continue
                true = int(pick(means[:, list(names).index(name)])) + 1
                if true != number:
                    what = f"the {word} mean of {name} is in cluster {true}"
                    problems.append(Problem(where, what, "look at the profile again, and label anew"))
    if problems:
        raise DataError("clusters", problems)
