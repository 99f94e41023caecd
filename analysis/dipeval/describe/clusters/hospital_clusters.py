"""The exhibits of kind ``hospital_clusters``: numbers of hospitals, fit, describe, hold against a declared type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.cluster.agreement import adjusted_rand
from dipeval.cluster.preparation import Prepared, Variable, prepare
from dipeval.cluster.profile import centres_in_spreads, numbers_apart
from dipeval.describe.cases.grid import COUNT, Held, Word, entry
from dipeval.describe.clusters.choice_exhibits import Head, choice_exhibits, stability_exhibit
from dipeval.describe.clusters.fitting import Fitted, Settings, fitted
from dipeval.describe.clusters.formed_periods import formed_rows, periods_after_reform
from dipeval.describe.clusters.hospital_points import HOSPITAL, HospitalNumbers, hospital_numbers
from dipeval.describe.clusters.profile_exhibits import (
    Counted,
    Line,
    centres_exhibit,
    map_exhibit,
    profile_exhibit,
    sizes_exhibit,
)
from dipeval.describe.clusters.words import METHODS, SCALES, cluster_words, refuse_untrue_labels
from dipeval.describe.contributors import contributors
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


@dataclass(frozen=True)
class HospitalsFormed:
    """Hospitals with their numbers, as points, in clusters.

    Attributes
    ----------
    panel : pandas.DataFrame
        Rows of the periods on which they were formed.
    numbers : HospitalNumbers
    prepared : Prepared
    found : Fitted
    """

    panel: pd.DataFrame
    numbers: HospitalNumbers
    prepared: Prepared
    found: Fitted

    @property
    def cluster(self) -> pd.Series:
        """1 … k by ``city`` and ``hospital``, 0 where there are no clusters."""
        place = self.numbers.values.index[self.prepared.kept]
        made = self.found.partition
        return pd.Series(0 if made is None else made.labels + 1, index=place, dtype="int64")


def form_hospitals(panel: pd.DataFrame, choice: DescriptionChoice) -> HospitalsFormed:
    """Numbers of hospitals over the declared periods, as points, in clusters. Errors: `kinds.hospital_clusters.make`."""
    options = choice.options
    names, parts = list(options["outcomes"] or ()), list(options["shares"] or ())
    _refuse(panel, names, parts, str(options["against"]))
    rows = formed_rows(panel, choice)
    numbers = hospital_numbers(rows, [*names, *_further(choice, names)], parts)
    formed = [*names, *parts]
    scale = str(options["scale"])
    variables = [Variable(n, "clr" if n in parts else "none", scale, *numbers.labels[n]) for n in formed]
    zero_part = options["zero_part"]
    prepared = prepare(
        numbers.values[formed].to_numpy("float64"),
        variables,
        str(options["missing"]),
        None if zero_part is None else float(zero_part),
    )
    settings = Settings(
        int(options["k"]),
        int(options["most"]),
        int(options["seed"]),
        str(options["method"]),
        int(options["reference_draws"]),
        int(options["stability_draws"]),
        len(prepared.points),
    )
    return HospitalsFormed(rows, numbers, prepared, fitted(prepared.points, settings))


def hospital_clusters(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """See `kinds.hospital_clusters.make`."""
    formed = form_hospitals(given.panel, choice)
    numbers, prepared, found = formed.numbers, formed.prepared, formed.found
    anticipation = 0 if given.design is None else given.design.anticipation
    after = periods_after_reform(given.panel, formed.panel, anticipation)
    given = replace(given, panel=formed.panel)
    head = _head(given, choice, prepared, found, after)
    place = numbers.values.index[prepared.kept]
    whole = _held(given.panel, pd.Series("1", index=place))[-1]
    shown = choice_exhibits(head, found, whole)
    return (
        shown
        if found.partition is None
        else [*shown, *_described(given, choice, numbers, prepared, found, head)]
    )


def _further(choice: DescriptionChoice, names: Sequence[str]) -> list[str]:
    return [name for name in choice.options["profile"] or () if name not in names]


def _refuse(panel: pd.DataFrame, names: Sequence[str], parts: Sequence[str], against: str) -> None:
    problems = []
    if not names and not parts:
        todo = 'write outcomes = ["log_length_of_stay"], or shares'
        problems.append(Problem("outcomes, shares", "name no number", todo))
    if against and against not in panel.columns:
        known = [str(c) for c in panel.columns]
        problems.append(Problem(f"against: {against}", "is no column of the panel", nearest(against, known)))
    if problems:
        raise DataError("clusters", problems)


def _head(
    given: Given, choice: DescriptionChoice, prepared: Prepared, found: Fitted, after: Sequence[str]
) -> Head:
    said = list(found.said)
    if after:
        said.append(AFTER)
    english = "; ".join(
        f"{v.label_en}{' (log-ratio)' if v.transform == 'clr' else ''}" for v in prepared.variables
    )
    chinese = "；".join(
        f"{v.label_zh}{'（对数比）' if v.transform == 'clr' else ''}" for v in prepared.variables
    )
    method, scale = METHODS[str(choice.options["method"])], SCALES[str(choice.options["scale"])]
    said.append(
        (
            f"{method[0]} of hospitals by {english}; scaled by {scale[0]}.",
            f"医院{method[1]}，聚类变量：{chinese}；标准化：{scale[1]}。",
        )
    )
    said += list(prepared.remarks)
    return Head(choice.name, choice.titles(*TITLE), tuple(said), given.synthetic, given.currency)


def _held(panel: pd.DataFrame, cluster: pd.Series) -> list[Held]:
    """Discharges behind each cluster and the largest hospital's share, at the end of all; clusters sorted."""
    keys = pd.MultiIndex.from_frame(panel[HOSPITAL].astype("str"))
    label = pd.Series(cluster.reindex(keys).to_numpy(dtype="object"), index=panel.index)
    each = contributors(panel, [label])
    whole = contributors(panel, [label.where(label.isna(), "all")])
    made = [each.loc[word] for word in sorted(each.index)] + [whole.loc["all"]]
    return [Held(float(row["count"]), float(row["largest_share"])) for row in made]


def _described(
    given: Given,
    choice: DescriptionChoice,
    numbers: HospitalNumbers,
    prepared: Prepared,
    found: Fitted,
    head: Head,
) -> list[Exhibit]:
    labels, k = found.partition.labels, found.partition.k
    values = numbers.values[prepared.kept]
    # Ten clusters and more would not sort as words.
    cluster = pd.Series([f"{c + 1:02d}" for c in labels], index=values.index)
    behind = _held(given.panel, cluster)
    formed = [v.name for v in prepared.variables]
    lines = [_line(name, values[name], numbers, labels, behind, name in formed) for name in values.columns]
    told = list(choice.options["labels"] or ())
    refuse_untrue_labels(told, list(values.columns), np.column_stack([line.means[:k] for line in lines]))
    words = cluster_words(k, told)
    heads = [Word(v.name, v.label_en, v.label_zh) for v in prepared.variables]
    counted = Counted(HOSPITALS, [*map(float, found.partition.sizes), float(len(labels))], TESTS)
    shown = [
        sizes_exhibit(head, words, behind[:-1], counted),
        profile_exhibit(head, words, behind, lines, [], counted, ()),
        centres_exhibit(head, words, heads, centres_in_spreads(prepared.points, labels), behind[:-1]),
    ]
    if len(formed) > 1:
        shown.append(map_exhibit(head, words, found.partition.centres, prepared.points, behind[:-1]))
    shown.append(stability_exhibit(head, found, found.stability, words, behind[:-1]))
    against = str(choice.options["against"])
    return [*shown, _agreement(given, head, against, cluster, words)] if against else shown


def _line(
    name: str,
    column: pd.Series,
    numbers: HospitalNumbers,
    labels: np.ndarray,
    behind: Sequence[Held],
    formed: bool,
) -> Line:
    value = column.to_numpy("float64")
    groups = [value[labels == c] for c in range(labels.max() + 1)] + [value]
    known = [np.sort(g[~np.isnan(g)]) for g in groups]
    return Line(
        Word(name, *numbers.labels[name]),
        np.array([g.mean() if g.size else np.nan for g in known]),
        np.array([g.std(ddof=1) if g.size > 1 else np.nan for g in known]),
        behind,
        numbers_apart(value, labels),
        numbers.units[name],
        formed,
    )


def _agreement(given: Given, head: Head, against: str, cluster: pd.Series, words: Sequence[Word]) -> Exhibit:
    """Hospitals by declared type and cluster, and the adjusted Rand index."""
    panel = given.panel.sort_values([*HOSPITAL, "period"])
    keys = [panel[name].astype("str") for name in HOSPITAL]
    first = panel[against].astype("object").where(panel[against].notna(), MISSING).groupby(keys).first()
    kind = first.reindex(cluster.index).astype("str")
    index = adjusted_rand(pd.factorize(kind, sort=True)[0], pd.factorize(cluster, sort=True)[0])
    both = kind + "\n" + cluster
    counts, held = both.value_counts().sort_index(), _held(given.panel, both)
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
