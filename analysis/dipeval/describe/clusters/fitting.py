"""Points to clusters: the choice of k, the partition, how firm it stands, and what must be said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.cluster.choice import Choice, choose, silhouettes
from dipeval.cluster.fit import METHODS, seed_of
from dipeval.cluster.order import canonical_order
from dipeval.cluster.partition import Partition
from dipeval.cluster.stability import Stability, stability

NO_CLUSTERS = (
    "The data are said to have no clusters: the gap statistic prefers one group to two, and to any number.",
    "数据未见聚类结构：间隙统计量支持不分组（k=1）。",
)
FALLS = (
    "The gap statistic falls from one group to two and rises later, as with nested groups or variables that go together: its "
    "rule is applied from two groups on.",
    "间隙统计量由一组到两组下降、其后上升（如类嵌套或变量相关），故自两组起应用其规则。",
)
WEAK = (
    "Clusters overlap: the mean silhouette is 0.5 or less (Kaufman and Rousseeuw call that weak).",
    "各类有重叠：平均轮廓系数不超过0.5（Kaufman与Rousseeuw称为弱结构）。",
)
ASKED = (
    "The number of clusters was set by the analyst; the table of k shows what each criterion would take.",
    "类数由分析者设定；各准则建议的类数见类数选择表。",
)


@dataclass(frozen=True)
class Settings:
    """What a study says of a clustering: k 0 for that of the gap statistic."""

    k: int
    most: int
    seed: int
    method: str = "k_means"
    reference_draws: int = 50
    stability_draws: int = 100
    choice_rows: int = 2_000


@dataclass(frozen=True)
class Fitted:
    """Clusters of points.

    Attributes
    ----------
    choice : Choice
        On `rows` points.
    partition : Partition or None
        Of all points; None where no number of clusters was asked for and there are none.
    stability : Stability or None
        Of the partition of the points that the choice stands on.
    silhouette : ndarray, shape (k,)
        Mean by cluster, on the same points.
    rows : int
    asked : bool
        Whether the analyst set k.
    """

    choice: Choice
    partition: Partition | None
    stability: Stability | None
    silhouette: np.ndarray
    rows: int
    asked: bool

    @property
    def said(self) -> list[tuple[str, str]]:
        """Sentences that stand on every exhibit, in English and Chinese."""
        words = {"none": [NO_CLUSTERS], "weak": [WEAK]}.get(self.choice.verdict, [])
        if self.choice.gap.taken != self.choice.gap.first:
            words = [*words, FALLS]
        if self.asked:
            words = [*words, ASKED]
        if self.stability is not None:
            loose = [str(c + 1) for c, w in enumerate(self.stability.words) if w == "not_stable"]
            if loose:
                english = f"Not stable under resampling (mean Jaccard below 0.6): cluster {', '.join(loose)}."
                words = [*words, (english, f"重抽样下不稳定（平均Jaccard低于0.6）：第{'、'.join(loose)}类。")]
        return words


def fitted(points: np.ndarray, settings: Settings) -> Fitted:
    """Choose k, part the points and try how firm the clusters stand.

    Parameters
    ----------
    points : ndarray, shape (n, p)
    settings : Settings

    Raises
    ------
    DataError
        If k or the highest k cannot be.

    Notes
    -----
    The choice and the stability stand on at most `choice_rows` points, every m-th in the canonical order: both cost
    hundreds of fits, and silhouettes the square of the points.
    """
    few = _thinned(points, settings.choice_rows)
    chosen = choose(few, settings.most, settings.seed, settings.method, settings.reference_draws)
    k = settings.k or chosen.gap.taken
    if k == 1:
        return Fitted(chosen, None, None, np.array([]), len(few), bool(settings.k))
    make = METHODS[settings.method]
    whole = make(points, k, seed_of(settings.seed, k))
    again = whole if len(few) == len(points) else make(few, k, seed_of(settings.seed, k))
    if again is not whole:
        again = _numbered_like(again, whole)
    firm = stability(few, again, settings.seed, settings.stability_draws)
    widths = silhouettes(few, again.labels)
    mean = np.array([np.sort(widths[again.labels == c]).mean() for c in range(k)])
    return Fitted(chosen, whole, firm, mean, len(few), bool(settings.k))


def _thinned(points: np.ndarray, most: int) -> np.ndarray:
    step = -(-len(points) // most)
    return points[np.sort(canonical_order(points)[step // 2 :: step])] if step > 1 else points


def _numbered_like(few: Partition, whole: Partition) -> Partition:
    """The clusters of the fewer points, numbered as those of all points whose centres are nearest on the whole."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    mine, theirs = linear_sum_assignment(cdist(few.centres, whole.centres, "sqeuclidean"))
    number = np.empty(few.k, dtype=np.int64)
    number[mine] = theirs
    return Partition(few.method, number[few.labels], few.centres[np.argsort(number)], few.within)
