"""Points to clusters: the choice of k, the partition, how firm it stands, and what must be said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.cluster.choice import Choice, choose, silhouettes
from dipeval.cluster.fit import seed_of
from dipeval.cluster.methods import OF_PAIRS, parted, refuse_space
from dipeval.cluster.order import canonical_order
from dipeval.cluster.partition import Partition
from dipeval.cluster.rule import Rule, rule_of
from dipeval.cluster.space import PLAIN, Space
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


RESAMPLES = 20
"""Draws behind the stability of each number of clusters that is tried; the one that is taken gets all draws."""
CHOICE_ROWS, CHOICE_ROWS_OF_PAIRS = 2_000, 500


@dataclass(frozen=True)
class Settings:
    """What a study says of a clustering: k 0 for that of the gap statistic, no rows for the usual ones."""

    k: int
    most: int
    seed: int
    method: str = "k_means"
    reference_draws: int = 50
    stability_draws: int = 100
    choice_rows: int | None = None
    space: Space = PLAIN

    @property
    def rows(self) -> int:
        """Points on which k is chosen, at most."""
        return self.choice_rows or (CHOICE_ROWS_OF_PAIRS if self.method in OF_PAIRS else CHOICE_ROWS)


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
    widths : ndarray, shape (rows,)
        Silhouettes of the same points; empty without a partition.
    of_widths : ndarray of int, shape (rows,)
        Their clusters.
    rows : int
    asked : bool
        Whether the analyst set k.
    settings : Settings
    points : ndarray, shape (n, p)
        All that were fitted.
    """

    choice: Choice
    partition: Partition | None
    stability: Stability | None
    widths: np.ndarray
    of_widths: np.ndarray
    rows: int
    asked: bool
    settings: Settings
    points: np.ndarray

    @property
    def silhouette(self) -> np.ndarray:
        """Mean silhouette by cluster, shape (k,)."""
        k = self.partition.k if self.partition is not None else 0
        return np.array([np.sort(self.widths[self.of_widths == c]).mean() for c in range(k)])

    @property
    def rule(self) -> Rule:
        """How rows that had no part in the fit are put into the clusters."""
        return rule_of(self.partition, self.points, self.settings.space)

    @property
    def kept_by_rule(self) -> float:
        """Part of the fitted points that the rule puts where the method has put them."""
        return float(np.mean(self.rule.labels(self.points) == self.partition.labels))

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
    method, space = settings.method, settings.space
    refuse_space(method, space)
    few = _thinned(points, settings.rows)
    chosen = choose(
        few,
        settings.most,
        settings.seed,
        method,
        settings.reference_draws,
        space=space,
        resamples=min(RESAMPLES, settings.stability_draws),
    )
    k, asked = settings.k or chosen.gap.taken, bool(settings.k)
    if k == 1:
        nothing = np.array([])
        return Fitted(chosen, None, None, nothing, nothing, len(few), asked, settings, points)
    whole = parted(method, points, k, seed_of(settings.seed, k), space=space)
    again = (
        whole if len(few) == len(points) else parted(method, few, k, seed_of(settings.seed, k), space=space)
    )
    if again is not whole:
        again = _numbered_like(again, whole)
    firm = stability(few, again, settings.seed, settings.stability_draws, space=space)
    widths = silhouettes(few, again.labels, space)
    return Fitted(chosen, whole, firm, widths, again.labels, len(few), asked, settings, points)


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
