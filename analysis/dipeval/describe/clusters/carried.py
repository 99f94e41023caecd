"""Clusters of hospitals carried on: each hospital's label, on which periods it was formed, and what must be said of it.

Every use of a clustering beside its own exhibits goes through here: as groups of a description, as subgroups of an effect,
as a restriction of who is compared. In a study file it is called ``cluster:<name of the clustering>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.describe.cases.grid import COUNT, FACT, TOTAL, Word, entry
from dipeval.describe.clusters.formed_periods import ALLOW, formed_rows, periods_after_reform
from dipeval.describe.clusters.words import cluster_words
from dipeval.errors import DataError, Problem, nearest
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import CLUSTER, no_cluster

if TYPE_CHECKING:
    from dipeval.describe.clusters.fitting import Fitted
    from dipeval.describe.given import Given
    from dipeval.study.descriptions import DescriptionChoice

HOSPITAL = ["city", "hospital"]
NOT_CLUSTERED = ("In no cluster", "未归类")
NONE_FOUND = ("No clusters found", "未见聚类结构")


@dataclass(frozen=True)
class Carried:
    """A clustering as others use it.

    Attributes
    ----------
    name : str
        As the study calls it.
    title : (str, str)
    frame : pandas.DataFrame, one row a hospital
        ``city``, ``hospital`` (sorted by both), ``number`` (1 … k, 0 for a hospital in no cluster), ``word`` (the level
        of `column`), ``label_en``, ``label_zh``.
    clusters : tuple of Word
        Keys are the levels of `column`; empty where there are no clusters.
    first, last : str
        Periods on which it was formed.
    after_reform : tuple of str
        Those of them at or after the reform of some hospital.
    allowed : bool
        Whether the study allows it to be carried into an effect all the same.
    said : tuple of (str, str)
        Sentences for every exhibit that uses it.
    """

    name: str
    title: tuple[str, str]
    frame: pd.DataFrame
    clusters: tuple[Word, ...]
    first: str
    last: str
    after_reform: tuple[str, ...]
    allowed: bool
    said: tuple[tuple[str, str], ...]

    @property
    def column(self) -> str:
        """The column of panel and cases that holds the words: ``cluster:<name>``."""
        return CLUSTER + self.name

    @property
    def labels(self) -> dict[str, tuple[str, str]]:
        """English and Chinese of each word, in the order of the clusters, and of the column itself."""
        told = {word.key: (word.en, word.zh) for word in self.clusters}
        rest = NOT_CLUSTERED if self.clusters else NONE_FOUND
        return {**told, no_cluster(self.name): rest, self.column: self.title}

    def on(self, rows: pd.DataFrame) -> pd.Series:
        """The word of each row's hospital, that of no cluster for hospitals that it does not know; shape (n,)."""
        word = self.frame.set_index(HOSPITAL)["word"]
        keys = pd.MultiIndex.from_frame(rows[HOSPITAL].astype("str"))
        found = word.reindex(keys).fillna(no_cluster(self.name))
        return pd.Series(found.to_numpy(dtype="object"), index=rows.index, name=self.column)


def carried(
    panel: pd.DataFrame,
    choice: DescriptionChoice,
    cluster: pd.Series,
    found: Fitted,
    anticipation: int = 0,
    title: tuple[str, str] = ("", ""),
) -> Carried:
    """Put the clusters of hospitals into the form in which others use them.

    Parameters
    ----------
    panel : pandas.DataFrame
        All rows, as the clustering was given them before its periods were taken.
    choice : DescriptionChoice
        The declared clustering.
    cluster : pandas.Series of int
        By ``city`` and ``hospital``: 1 … k; hospitals that are not in it, or 0, are in no cluster.
    found : Fitted
        Its choice of k; where it has no partition there are no clusters.
    anticipation : int
    title : (str, str)

    Raises
    ------
    DataError
        If the study's labels do not fit the clusters.
    """
    formed = formed_rows(panel, choice)
    periods = sorted(set(formed["period"].astype("str")))
    after = periods_after_reform(panel, formed, anticipation)
    k = found.partition.k if found.partition is not None else 0
    words = numbered_words(choice, k)
    hospitals = panel[HOSPITAL].astype("str").drop_duplicates().sort_values(HOSPITAL, ignore_index=True)
    number = cluster.reindex(pd.MultiIndex.from_frame(hospitals)).fillna(0).astype("int64").to_numpy()
    if not k:
        number = 0 * number
    rest = NOT_CLUSTERED if k else NONE_FOUND
    all_words = [Word(no_cluster(choice.name), *rest), *words]
    frame = hospitals.assign(
        number=number,
        word=[all_words[c].key for c in number],
        label_en=[all_words[c].en for c in number],
        label_zh=[all_words[c].zh for c in number],
    )
    said = [_formed_on(choice.titles(*title), periods), *found.said]
    if after:
        said.append(_warning(after))
    lost = int((number == 0).sum())
    if lost and k:
        said.append(_lost(lost, len(number)))
    return Carried(
        choice.name,
        choice.titles(*title),
        frame,
        words,
        periods[0],
        periods[-1],
        after,
        choice.options.get("after_reform") == ALLOW,
        tuple(said),
    )


def numbered_words(choice: DescriptionChoice, k: int) -> tuple[Word, ...]:
    """The clusters 1 … k as levels of ``cluster:<name>``, whose keys sort as numbers do."""
    told = cluster_words(k, list(choice.options.get("labels") or ())) if k else ()
    width = len(str(k))
    return tuple(Word(f"{choice.name}:{int(w.key):0{width}d}", w.en, w.zh) for w in told)


def _formed_on(title: tuple[str, str], periods: list[str]) -> tuple[str, str]:
    return (
        f"Clusters of hospitals ({title[0]}) were formed on {periods[0]} to {periods[-1]} and are held fixed.",
        f"医院类别（{title[1]}）依据{periods[0]}至{periods[-1]}的数据形成，此后固定不变。",
    )


def _warning(after: tuple[str, ...]) -> tuple[str, str]:
    return (
        f"Warning: the clusters were formed on periods at or after the reform (from {after[0]}). The reform may have moved "
        "hospitals between them, so what differs between clusters may be its consequence.",
        f"警告：类别的形成使用了改革起始及之后的时期（自{after[0]}起）。改革可能改变医院归类，类间差异可能本身就是改革的结果。",
    )


def _lost(lost: int, every: int) -> tuple[str, str]:
    return (
        f"{lost} of {every} hospitals are in no cluster: they lack a number, or a row in these periods.",
        f"{every}家医院中有{lost}家未归类：缺少所需指标或在上述时期无数据。",
    )


def refuse_after_reform(clustering: Carried, use: str) -> None:
    """Refuse to carry a clustering into an effect that was formed when some hospital was treated.

    Parameters
    ----------
    use : str
        Where the study says so.

    Raises
    ------
    DataError
        Unless the study allows it; then its sentences carry the warning.
    """
    if not clustering.after_reform or clustering.allowed:
        return
    after = clustering.after_reform
    what = (
        f"{clustering.column} was formed on {clustering.first} to {clustering.last}, with {len(after)} periods at or after "
        "the reform: the reform itself may have made the clusters"
    )
    todo = (
        f'write formed = ["{clustering.first}", "…"] with a last period before {after[0]}, or after_reform = "allow" for '
        "effects with a warning"
    )
    raise DataError("carry clusters", [Problem(use, what, todo, after[:5], len(after))])


def hospital_labels(given: Given, by: str, *, effect: bool = True) -> Carried:
    """The clustering that ``by = "cluster:<name>"`` names.

    Parameters
    ----------
    given : Given
    by : str
        ``cluster:<name>``, or the name alone.
    effect : bool
        Whether an effect of the reform is measured by it.

    Returns
    -------
    Carried
        `Carried.on` gives the word of each row of a panel, `Carried.labels` what the words are called; where
        `Carried.clusters` is empty there are no clusters, which an exhibit then says instead of a number.

    Raises
    ------
    DataError
        If no such clustering is declared; with `effect`, if it was formed on periods at or after the reform.
    """
    return clustering_of(given.clusterings, by, effect=effect)


def clustering_of(clusterings: Mapping[str, Carried], by: str, *, effect: bool) -> Carried:
    """As :func:`hospital_labels`, of clusterings by name."""
    name = by.removeprefix(CLUSTER)
    if name not in clusterings:
        todo = nearest(name, clusterings) if clusterings else "declare [describe.<name>] hospital_clusters"
        raise DataError("carry clusters", [Problem(by, "is no clustering of hospitals of the study", todo)])
    if effect:
        refuse_after_reform(clusterings[name], by)
    return clusterings[name]


def nothing_found(choice: DescriptionChoice, clustering: Carried, synthetic: bool) -> Exhibit:
    """What stands in the place of an effect by clusters where there are none: that there are none.

    Parameters
    ----------
    choice : DescriptionChoice
        The effect; its titles are taken.
    clustering : Carried
        Without clusters.
    """
    rows = [entry(Word("clusters", "Clusters found", "聚类数"), TOTAL, COUNT, 0.0, FACT)]
    told = [
        (
            f"No effect is estimated by clusters: {clustering.title[0]} has found none.",
            f"未按类估计效应：{clustering.title[1]}未见聚类结构。",
        ),
        *clustering.said,
    ]
    return Exhibit(
        choice.name,
        "grid",
        *choice.titles("Effects by clusters", "按类别的效应"),
        pd.DataFrame(rows),
        tuple(t[0] for t in told),
        tuple(t[1] for t in told),
        synthetic,
        {"stub_en": clustering.title[0], "stub_zh": clustering.title[1]},
    )
