"""Exhibits of what clusters are: sizes, a profile and standardised centres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.cluster.profile import Apart
from dipeval.describe.cases.grid import COUNT, NUMBER, P_VALUE, TOTAL, Held, Word, entry
from dipeval.describe.clusters.choice_exhibits import Head
from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import Sum

EFFECT = Word("effect", "Effect size", "效应量")
P = Word("p", "P value", "P值")
PROVES_NOTHING = (
    "A test on a variable that formed the clusters proves nothing: clustering makes them differ, also where there are no "
    "clusters.",
    "对参与聚类的变量做检验不能说明任何问题：聚类本身即使其产生差异，无聚类结构时亦然。",
)
FORMED = ("Formed the clusters", "参与聚类")
BESIDE = ("Not among them", "未参与聚类")


@dataclass(frozen=True)
class Line:
    """One number by cluster.

    Attributes
    ----------
    word : Word
    means, spreads : ndarray, shape (k + 1,)
        The last is of all clusters together.
    behind : sequence of Held, length k + 1
    apart : Apart
    unit : str
        As exhibits have it: ``currency``, ``days`` or empty.
    formed : bool
        Whether the clusters were formed on it.
    quartiles : ndarray, shape (k + 1, 3)
        Lower quartile, median, upper quartile; NaN where not known.
    """

    word: Word
    means: np.ndarray
    spreads: np.ndarray
    behind: Sequence[Held]
    apart: Apart
    unit: str
    formed: bool
    quartiles: np.ndarray


@dataclass(frozen=True)
class LevelLine:
    """How many cases of each cluster have a level of a word."""

    word: Word
    counts: np.ndarray
    behind: Sequence[Held]
    section: tuple[str, str]
    apart: Apart | None = None


@dataclass(frozen=True)
class Counted:
    """What is in the clusters.

    Attributes
    ----------
    word : Word
        Cases, or hospitals.
    numbers : sequence of float, length k + 1
        How many, the last of all clusters together.
    tests : (str, str)
        Effect sizes and tests of the profile, in words.
    """

    word: Word
    numbers: Sequence[float]
    tests: tuple[str, str]


def sizes_exhibit(head: Head, clusters: Sequence[Word], behind: Sequence[Held], counted: Counted) -> Exhibit:
    """A bar a cluster; `behind` may hold all clusters together at the end, which have no bar."""
    rows = [
        {
            "value": float(number),
            "share": float(number / counted.numbers[-1]),
            "count": held.count,
            "largest_share": held.largest_share,
            "cell": held.cell,
            "label_en": word.en,
            "label_zh": word.zh,
        }
        for word, held, number in zip(clusters, behind, counted.numbers, strict=False)
    ]
    axes = {"axis_en": counted.word.en, "axis_zh": counted.word.zh}
    return head.exhibit("sizes", "bars", ("sizes", "各类规模"), pd.DataFrame(rows), [], axes)


def profile_exhibit(
    head: Head,
    clusters: Sequence[Word],
    behind: Sequence[Held],
    lines: Sequence[Line],
    levels: Sequence[LevelLine],
    counted: Counted,
    sums: tuple[Sum, ...],
) -> Exhibit:
    """The table of what clusters are.

    Parameters
    ----------
    behind : sequence of Held, length k + 1
        The last is of all clusters.
    counted : Counted
        Stands in the first row.
    """
    columns = [*clusters, TOTAL]
    rows = [
        entry(counted.word, column, COUNT, number, held) | {"spread": np.nan}
        for column, held, number in zip(columns, behind, counted.numbers, strict=True)
    ]
    for line in lines:
        section = FORMED if line.formed else BESIDE
        for column, mean, spread, held in zip(columns, line.means, line.spreads, line.behind, strict=True):
            made = entry(line.word, column, "mean_sd", mean, held, unit=line.unit, section=section)
            rows.append(made | {"spread": float(spread)})
        rows += _apart(line.word, line.apart, line.behind, section)
        rows += _middles(line, columns, section)
    for level in levels:
        for column, count, total, held in zip(
            columns, level.counts, counted.numbers, level.behind, strict=True
        ):
            made = entry(level.word, column, "n_percent", float(count), held, section=level.section)
            rows.append(made | {"spread": float(count / total) if total else np.nan})
        if level.apart is not None:
            rows += _apart(level.word, level.apart, behind, level.section)
    stub = {
        "stub_en": f"Mean (SD), median [quartiles], or {counted.word.en.lower()} (%)",
        "stub_zh": f"均值（标准差）、中位数［四分位数］或{counted.word.zh}（%）",
        "currency": head.currency,
    }
    words = ("profile", "特征")
    return head.exhibit(
        "profile", "grid", words, pd.DataFrame(rows), [counted.tests, PROVES_NOTHING], stub, sums
    )


def _middles(line: Line, columns: Sequence[Word], section: tuple[str, str]) -> list[dict[str, object]]:
    """Median and quartiles, in a row below the means."""
    word = Word(f"{line.word.key}:median", f"{line.word.en}, median", f"{line.word.zh}，中位数")
    made = []
    for column, (low, middle, high), held in zip(columns, line.quartiles, line.behind, strict=True):
        ends = {"low": low, "high": high, "unit": line.unit, "section": section}
        made.append(entry(word, column, "median_iqr", middle, held, **ends) | {"spread": np.nan})
    return made


def _apart(
    word: Word, apart: Apart, behind: Sequence[Held], section: tuple[str, str]
) -> list[dict[str, object]]:
    least = min(behind[:-1], key=lambda held: held.count)
    held = Held(least.count, max(h.largest_share for h in behind), f"{least.cell}:apart")
    made = [
        entry(word, EFFECT, NUMBER, apart.effect, held, section=section),
        entry(word, P, P_VALUE, apart.p_value, held, section=section),
    ]
    return [row | {"spread": np.nan} for row in made if not np.isnan(row["value"])]


def centres_exhibit(
    head: Head,
    clusters: Sequence[Word],
    variables: Sequence[Word],
    centres: np.ndarray,
    behind: Sequence[Held],
) -> Exhibit:
    """The heat map: mean of each cluster in spreads of all, clusters by variables."""
    rows = [
        {
            "row": v.key,
            "row_en": v.en,
            "row_zh": v.zh,
            "column": c.key,
            "column_en": c.en,
            "column_zh": c.zh,
            "value": float(centres[i, j]),
            "count": held.count,
            "largest_share": held.largest_share,
            "cell": held.cell,
            "label_en": f"{v.en}: {c.en}",
            "label_zh": f"{v.zh}：{c.zh}",
        }
        for j, v in enumerate(variables)
        for i, (c, held) in enumerate(zip(clusters, behind, strict=True))
    ]
    axes = {"axis_en": "Centre, in standard deviations", "axis_zh": "标准化中心（标准差）", "centre": 0.0}
    return head.exhibit(
        "centres", "matrix", ("standardised centres", "标准化中心"), pd.DataFrame(rows), [], axes
    )


def unit_of(kind: str) -> str:
    """Unit of a column as exhibits have it."""
    return {"money": "currency", "days": "days"}.get(kind, "")


def words_of(variables: Sequence[object], labels: Mapping[str, tuple[str, str]]) -> list[Word]:
    """Names with their labels, as heads of rows."""
    return [Word(str(name), *labels[str(name)]) for name in variables]
