"""Pictures of clusters that show no single row: parallel coordinates, silhouettes, ellipses on two components, trees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from dipeval.cluster.hierarchy import WAYS, tree
from dipeval.cluster.order import canonical_order, one_thread
from dipeval.describe.cases.grid import Held, Word
from dipeval.describe.clusters.choice_exhibits import Head
from dipeval.describe.clusters.fitting import Fitted
from dipeval.results.exhibit import Exhibit

BINS = 20
OUTLINE = 60
HALF = 2 * np.log(2.0)
"""Half of a normal distribution of two variables lies within this squared distance of its mean."""
LEAVES = 12
FEWEST = 4
"""A cluster of fewer points has a centre and no ellipse."""
BY_GROUPS = (
    "Silhouettes of each cluster from the highest to the lowest, as means of up to twenty equal parts of the cluster: no "
    "single row is drawn.",
    "各类轮廓系数由高到低排列，每类分为至多二十等份取均值，不显示单个记录。",
)
ELLIPSES = (
    "Ellipses hold half of a cluster where it is normally distributed; points are the centres.",
    "椭圆在正态分布下包含该类的一半；圆点为中心。",
)
TREE = (
    "The last joins of the tree; each foot is a group of rows, named by its cluster. The line is where the tree is cut.",
    "树状图仅显示最后若干次合并；每个末端为一组记录，标注其所属类；横线为切割高度。",
)


def parallel_exhibit(
    head: Head,
    clusters: Sequence[Word],
    variables: Sequence[Word],
    centres: np.ndarray,
    behind: Sequence[Held],
) -> Exhibit:
    """Parallel coordinates: a line a cluster over all variables.

    Parameters
    ----------
    centres : ndarray, shape (k, p)
        Means in standard deviations of all.
    """
    rows = [
        _point(float(j), float(centres[i, j]), held, (f"{word.en}, {v.en}", f"{word.zh}，{v.zh}"))
        | _series(word)
        | {"x_en": v.en, "x_zh": v.zh}
        for i, (word, held) in enumerate(zip(clusters, behind, strict=True))
        for j, v in enumerate(variables)
    ]
    axes = {"y_axis_en": "Mean, in standard deviations", "y_axis_zh": "标准化均值（标准差）", "y_line": 0.0}
    words = ("parallel coordinates", "平行坐标图")
    return head.exhibit("parallel", "curves", words, pd.DataFrame(rows), [], axes)


def silhouette_exhibit(
    head: Head, clusters: Sequence[Word], found: Fitted, behind: Sequence[Held]
) -> Exhibit:
    """Silhouettes of each cluster in falling order."""
    rows = []
    for c, (word, held) in enumerate(zip(clusters, behind, strict=True)):
        falling = np.sort(found.widths[found.of_widths == c])[::-1]
        parts = np.array_split(falling, min(BINS, len(falling)))
        for i, part in enumerate(parts):
            x = (i + 0.5) / len(parts)
            rows.append(_point(x, float(part.mean()), held, (word.en, word.zh)) | _series(word))
    axes = {
        "x_axis_en": "Part of the cluster",
        "x_axis_zh": "类内占比",
        "x_unit": "share",
        "y_axis_en": "Silhouette",
        "y_axis_zh": "轮廓系数",
        "zero": True,
        "y_line": float(found.widths.mean()),
    }
    mean = float(found.widths.mean())
    said = (f"The line is the mean of all, {mean:.2f}.", f"横线为总平均{mean:.2f}。")
    words = ("silhouettes", "轮廓图")
    return head.exhibit("silhouettes", "curves", words, pd.DataFrame(rows), [BY_GROUPS, said], axes)


def map_exhibit(head: Head, clusters: Sequence[Word], found: Fitted, behind: Sequence[Held]) -> Exhibit:
    """Clusters on the first two components of the points: an ellipse and a centre each."""
    places, options = component_places(found.points)
    rows: list[dict[str, object]] = []
    for c, (word, held) in enumerate(zip(clusters, behind, strict=True)):
        own = places[found.partition.labels == c]
        outline = _ellipse(own) if len(own) >= FEWEST else np.empty((0, 2))
        for x, y in [*outline, *([(np.nan, np.nan)] if len(outline) else []), own.mean(axis=0)]:
            # A break before the centre: the line must not run to it.
            at = float(own[:, 0].mean()) if np.isnan(x) else float(x)
            rows.append(_point(at, float(y), held, (word.en, word.zh)) | _series(word))
    words = ("map of two components", "主成分图")
    return head.exhibit("map", "curves", words, pd.DataFrame(rows), [ELLIPSES], options)


def component_places(points: np.ndarray) -> tuple[np.ndarray, dict[str, object]]:
    """Rows on the two leading components, shape (n, 2), in the canonical order's sums, and what the axes say."""
    axes, parts = leading_axes(points)
    order = canonical_order(points)
    middle = points[order].mean(axis=0)
    options = {
        "x_axis_en": f"First component ({parts[0]:.0%} of the variance)",
        "x_axis_zh": f"第一主成分（方差的{parts[0]:.0%}）",
        "y_axis_en": f"Second component ({parts[1]:.0%})",
        "y_axis_zh": f"第二主成分（{parts[1]:.0%}）",
        "x_line": 0.0,
        "y_line": 0.0,
    }
    return (points - middle) @ axes.T, options


def leading_axes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two directions of most variance, shape (2, p), and their parts of it; each points to its largest loading."""
    rows = points[canonical_order(points)]
    with one_thread():
        _, values, axes = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    top = axes[:2]
    signs = np.sign(top[np.arange(2), np.abs(top).argmax(axis=1)])
    return top * signs[:, None], values[:2] ** 2 / np.sum(values**2)


def _ellipse(own: np.ndarray) -> np.ndarray:
    """Outline that holds half of a normal distribution with the mean and covariance of the rows, shape (OUTLINE + 1, 2)."""
    rows = own[np.lexsort(own.T[::-1])]
    values, axes = np.linalg.eigh(np.cov(rows.T))
    turn = np.linspace(0.0, 2 * np.pi, OUTLINE + 1)
    circle = np.column_stack([np.cos(turn), np.sin(turn)]) * np.sqrt(HALF * np.maximum(values, 0.0))
    # Signs of eigenvectors are free, but the outline is the same set; it begins at its rightmost point.
    outline = (circle @ axes.T)[:-1]
    first = int(outline[:, 0].argmax())
    outline = np.roll(outline, -first, axis=0)
    return np.vstack([outline, outline[:1]]) + rows.mean(axis=0)


def tree_exhibit(head: Head, found: Fitted, behind: Held) -> Exhibit:
    """The top of the tree that hierarchical clusters are cut from.

    Parameters
    ----------
    behind : Held
        Cases behind all points.
    """
    from scipy.cluster.hierarchy import dendrogram, to_tree

    method, k = found.settings.method, found.partition.k
    order = canonical_order(found.points)
    joins = tree(found.points[order], method, found.settings.space)
    many = min(max(LEAVES, k), len(found.points))
    drawn = dendrogram(joins, p=many, truncate_mode="lastp", no_plot=True)
    _, nodes = to_tree(joins, rd=True)
    of_rows = found.partition.labels[order]
    feet = [int(of_rows[nodes[leaf].pre_order()[0]]) + 1 for leaf in drawn["leaves"]]
    rows = []
    label = ("joins", "合并")
    for across, up in zip(drawn["icoord"], drawn["dcoord"], strict=True):
        for x, y in zip([*across, across[-1]], [*up, np.nan], strict=True):
            at = (x - 5) / 10
            named = str(feet[round(at)]) if y == 0.0 else ""
            rows.append(_point(at, float(y), behind, label) | {"x_en": named, "x_zh": named})
    cut = (joins[-k, 2] + joins[-k + 1, 2]) / 2
    axes = {
        "x_axis_en": "Cluster",
        "x_axis_zh": "类",
        "y_axis_en": "Height of the join",
        "y_axis_zh": "合并高度",
        "zero": True,
        "y_line": float(cut),
    }
    words = ("tree", "树状图")
    return head.exhibit("tree", "curves", words, pd.DataFrame(rows), [TREE], axes)


def is_tree(found: Fitted) -> bool:
    """Whether clusters are cut from a tree."""
    return found.settings.method in WAYS and found.partition is not None


def hospital_map_exhibit(
    head: Head,
    clusters: Sequence[Word],
    found: Fitted,
    names: Iterable[tuple[str, str]],
    behind: Sequence[Held],
) -> Exhibit:
    """Hospitals on the first two components, coloured by cluster; the gate holds back what is one hospital's unless
    the study allows it.

    Parameters
    ----------
    names : iterable of (str, str), length n
        In English and Chinese.
    behind : sequence of Held, length n
    """
    places, options = component_places(found.points)
    rows = []
    for (x, y), c, name, held in zip(places, found.partition.labels, names, behind, strict=True):
        made = _point(float(x), float(y), held, name) | _series(clusters[c])
        rows.append(made | {"y": float(y)})
    frame = pd.DataFrame(rows).sort_values(["series", "label_en"], kind="stable", ignore_index=True)
    words = ("hospitals on two components", "医院主成分图")
    return head.exhibit("hospitals", "quadrant", words, frame, [], options)


def _point(x: float, y: float, held: Held, label: tuple[str, str]) -> dict[str, object]:
    made = {"x": x, "value": y, "count": held.count, "largest_share": held.largest_share, "cell": held.cell}
    return made | {"label_en": label[0], "label_zh": label[1]}


def _series(word: Word) -> dict[str, object]:
    return {"series": word.key, "series_en": word.en, "series_zh": word.zh}
