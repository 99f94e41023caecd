"""Exhibits of the choice of k: a table of the criteria, their curves, and the stability of the clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.cluster.stability import Stability
from dipeval.describe.cases.grid import COUNT, NUMBER, Held, Word, entry
from dipeval.describe.clusters.fitting import Fitted
from dipeval.results.exhibit import Exhibit

CRITERIA = {
    "silhouette": ("Silhouette", "轮廓系数"),
    "gap": ("Gap statistic", "间隙统计量"),
    "error": ("Error of the gap", "间隙统计量标准误"),
    "within": ("Squares within", "组内平方和"),
    "calinski_harabasz": ("Calinski–Harabasz", "CH指数"),
    "bic": ("BIC of a mixture", "混合模型BIC"),
    "stability": ("Stability (adjusted Rand)", "稳定性（调整兰德指数）"),
}
SUGGESTED = {
    "silhouette": "silhouette",
    "stability": "stability",
    "gap": "gap",
    "elbow": "within",
    "calinski_harabasz": "calinski_harabasz",
    "bic": "bic",
}
STABLE_WORDS = {
    "stable": ("stable", "稳定"),
    "pattern": ("a pattern, not firm", "有迹象但不稳固"),
    "not_stable": ("not stable", "不稳定"),
}
HOW = (
    "Taken by each criterion: the highest silhouette, Calinski–Harabasz index and stability (mean adjusted Rand index with "
    "clusters of bootstrap draws), the lowest BIC, the bend of the squares within (elbow), and the smallest k whose gap is at "
    "least the next one less its error (Tibshirani, Walther and Hastie 2001). All but the gap and the BIC name a number of "
    "clusters also where there are none.",
    "各准则取值：轮廓系数、CH指数与稳定性（与自助样本聚类的平均调整兰德指数）最大、BIC最小、组内平方和拐点（肘部法），"
    "以及间隙统计量1倍标准误规则（Tibshirani等，2001）。除间隙统计量与BIC外，其余准则在无聚类结构时也会给出类数。",
)
DRAWN = ("within", "silhouette", "gap", "bic", "calinski_harabasz", "stability")
RESAMPLED = (
    "Stability: rows drawn anew (bootstrap) and clustered again; mean Jaccard coefficient with the most alike cluster "
    "(Hennig 2007): 0.75 or more stable, below 0.6 not stable.",
    "稳定性：自助法重抽样后重新聚类，与最相似类的平均Jaccard系数（Hennig 2007）：≥0.75为稳定，<0.6为不稳定。",
)


@dataclass(frozen=True)
class Head:
    """What all exhibits of one description share."""

    name: str
    title: tuple[str, str]
    said: tuple[tuple[str, str], ...]
    synthetic: bool
    currency: str = ""

    def exhibit(
        self,
        part: str,
        kind: str,
        words: tuple[str, str],
        frame: pd.DataFrame,
        notes: Sequence[tuple[str, str]] = (),
        options: dict[str, object] | None = None,
        sums: tuple = (),
    ) -> Exhibit:
        """An exhibit ``<name>_<part>`` with the title ``<title>: <words>``."""
        told = [*self.said, *notes]
        return Exhibit(
            f"{self.name}_{part}",
            kind,
            f"{self.title[0]}: {words[0]}",
            f"{self.title[1]}：{words[1]}",
            frame,
            tuple(n[0] for n in told),
            tuple(n[1] for n in told),
            self.synthetic,
            options or {},
            sums,
        )


def choice_exhibits(head: Head, found: Fitted, behind: Held) -> list[Exhibit]:
    """The table of the criteria by k, and their curves.

    Parameters
    ----------
    behind : Held
        Cases behind the points, and the largest hospital's share of them.
    """
    counted = (
        f"Measured on {found.rows} rows. Verdict: {found.choice.verdict}.",
        f"基于{found.rows}条记录；结论：{_verdict(found.choice.verdict)}。",
    )
    stub = {"stub_en": "Criterion, by number of clusters", "stub_zh": "准则（按类数）"}
    words = ("the number of clusters", "类数的选择")
    return [
        head.exhibit("choice", "grid", words, pd.DataFrame(_criteria(found, behind)), [counted, HOW], stub),
        _curves(head, found, behind),
    ]


def _verdict(word: str) -> str:
    return {"none": "无聚类结构", "weak": "弱结构", "clear": "结构清楚"}[word]


def _criteria(found: Fitted, behind: Held) -> list[dict[str, object]]:
    c, series = found.choice, _values(found)
    rows = [
        entry(Word(name, *CRITERIA[name]), Word(str(k), str(k), str(k)), NUMBER, values[k - 1], behind)
        for name, values in series.items()
        for k in range(1, len(c.partitions) + 1)
        if not np.isnan(values[k - 1])
    ]
    taken = Word("suggested", "Taken", "建议类数")
    rows += [
        entry(Word(column, *CRITERIA[column]), taken, COUNT, c.suggested[name], behind)
        for name, column in SUGGESTED.items()
        if name in c.suggested
    ]
    return rows


def _values(found: Fitted) -> dict[str, np.ndarray]:
    """Each criterion by k, shape (m,)."""
    c = found.choice
    return {
        "gap": c.gap.gap,
        "error": c.gap.error,
        "within": c.within,
        "silhouette": c.silhouette,
        "calinski_harabasz": c.calinski_harabasz,
        "bic": c.bic,
        "stability": c.firmness,
    }


def _curves(head: Head, found: Fitted, behind: Held) -> Exhibit:
    """All criteria side by side, a panel each; the line stands at the number that is described."""
    values, error = _values(found), found.choice.gap.error
    rows = []
    for name in DRAWN:
        for k, value in enumerate(values[name], start=1):
            if np.isnan(value):
                continue
            row = {"x": float(k), "value": float(value)}
            row |= {"count": behind.count, "largest_share": behind.largest_share}
            row |= {"label_en": f"{k} clusters", "label_zh": f"{k}类"}
            row |= {"panel": name, "panel_en": CRITERIA[name][0], "panel_zh": CRITERIA[name][1]}
            if name == "gap":
                row |= {"low": float(value - error[k - 1]), "high": float(value + error[k - 1])}
            rows.append(row)
    taken = found.choice.gap.taken if found.partition is None else found.partition.k
    axes = {"x_axis_en": "Number of clusters", "x_axis_zh": "类数", "free": True, "x_line": float(taken)}
    words = ("criteria by the number of clusters", "各准则随类数的变化")
    return head.exhibit("criteria", "small_multiples", words, pd.DataFrame(rows), [], axes)


def stability_exhibit(
    head: Head, found: Fitted, firm: Stability, clusters: Sequence[Word], behind: Sequence[Held]
) -> Exhibit:
    """Mean Jaccard coefficient and silhouette of each cluster, and what they mean."""
    rows = []
    columns = [
        Word("jaccard", "Jaccard", "Jaccard系数"),
        Word("silhouette", "Silhouette", "轮廓系数"),
        Word("word", "Stability", "稳定性"),
    ]
    for c, (word, held) in enumerate(zip(clusters, behind, strict=True)):
        rows.append(entry(word, columns[0], NUMBER, firm.jaccard[c], held))
        rows.append(entry(word, columns[1], NUMBER, found.silhouette[c], held))
        told = entry(word, columns[2], "text", np.nan, held)
        english, chinese = STABLE_WORDS[firm.words[c]]
        rows.append(told | {"text_en": english, "text_zh": chinese})
    rand = (
        f"Adjusted Rand index with the clusters of the draws, mean of {firm.draws}: {firm.adjusted_rand:.2f}.",
        f"与重抽样聚类的调整兰德指数均值（{firm.draws}次）：{firm.adjusted_rand:.2f}。",
    )
    stub = {"stub_en": "Cluster", "stub_zh": "类"}
    frame = pd.DataFrame(rows)
    frame[["text_en", "text_zh"]] = frame[["text_en", "text_zh"]].fillna("")
    return head.exhibit("stability", "grid", ("stability", "稳定性"), frame, [rand, RESAMPLED], stub)
