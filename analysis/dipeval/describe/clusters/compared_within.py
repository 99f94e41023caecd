"""Who is compared with whom, by clusters: all with all, within clusters that hold both sides, and cluster by cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import COUNT, INTERVAL, P_VALUE, Held, Word, entry
from dipeval.describe.clusters.carried import Carried, hospital_labels
from dipeval.describe.contributors import contributors
from dipeval.errors import DesignError
from dipeval.estimate.call import estimate
from dipeval.estimate.heterogeneity.groups import Groups
from dipeval.estimate.heterogeneity.within_groups import (
    NOBODY_TO_COMPARE,
    NOBODY_TREATED,
    TOO_FEW,
    kept_groups,
    sides,
    two_sided,
    within_groups,
)
from dipeval.estimate.registry import ESTIMATORS
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import no_cluster
from dipeval.vocabulary import Outcome, outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results import Estimate
    from dipeval.study.descriptions import DescriptionChoice

ALL = Word("all", "All with all", "全部医院间比较")
COMMON = Word("common", "Clusters with both sides, common periods", "共同类医院间比较")
WITHIN = Word("within", "Each cluster within itself", "各类内部比较")
EFFECT = Word("effect", "Effect", "效应")
P = Word("p", "p", "p值")
TREATED = Word("treated", "Treated hospitals", "改革医院数")
COMPARED = Word("compared", "Hospitals to compare with", "可比医院数")
USED = Word("used", "Compared within itself", "类内比较")
REASONS = {
    "": ("yes", "是"),
    NOBODY_TREATED: ("no: nobody is treated", "否：无改革医院"),
    NOBODY_TO_COMPARE: ("no: nobody to compare with", "否：无可比医院"),
    TOO_FEW: ("no: too few hospitals", "否：医院过少"),
}
TITLE = ("Compared within clusters of hospitals", "同类医院内比较")
HOW = (
    "Three comparisons: all hospitals of the design; hospitals of clusters that hold both sides, with common period effects; and "
    "each cluster within itself (cluster-by-period effects), averaged by treated hospital-periods.",
    "三种比较：设计内全部医院；仅同时含改革与对照医院的类，共同时期效应；各类内部比较（类×时期效应），按改革医院·时期数加权平均。",
)
NOTHING = (
    "There is nothing to compare within: {why}. Only the comparison of all with all is shown.",
    "无法进行类内比较：{why}。仅列出全部医院间的比较。",
)
NO_CLUSTERS = ("no clusters were found", "未见聚类结构")
NO_SIDES = ("no cluster holds hospitals of both sides", "没有同时含改革与对照医院的类")


@dataclass(frozen=True)
class Sides:
    """Clusters of the hospitals of a design.

    Attributes
    ----------
    groups : Groups
        Clusters that can be compared within themselves and those that cannot.
    labels : mapping of str to (str, str)
    left_out : mapping of str to str
        Those that cannot, with the reason.
    why : (str, str)
        Why none can; empty where some can.
    """

    groups: Groups
    labels: Mapping[str, tuple[str, str]]
    left_out: Mapping[str, str]
    why: tuple[str, str]


def compared_within(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """See `kinds.cluster_comparison.make`."""
    clustering = hospital_labels(given, str(choice.options["by"]))
    found = _sides(given, clustering, int(choice.options["least"]))
    made = [] if not found.groups.names else [_clusters(given, choice, found, clustering)]
    for name in choice.options["outcomes"]:
        made += _of_outcome(given, choice, found, outcomes()[str(name)])
    return made


def _sides(given: Given, clustering: Carried, least: int) -> Sides:
    design = given.designed
    names = [word.key for word in clustering.clusters]
    place = {name: k for k, name in enumerate(names)}
    # A hospital's word stands in each of its rows: that of its first row is taken.
    word = clustering.on(given.panel).to_numpy()[design.rows][design.layout.starts[: design.n_units]]
    groups = Groups(tuple(names), np.array([place.get(w, -1) for w in word]))
    left_out = two_sided(design, groups, least) if names else {}
    why = ("", "") if len(left_out) < len(names) else NO_SIDES
    return Sides(groups, clustering.labels, left_out, NO_CLUSTERS if not names else why)


def _of_outcome(given: Given, choice: DescriptionChoice, found: Sides, outcome: Outcome) -> list[Exhibit]:
    options, design = choice.options, given.designed
    values = outcome_values(given.panel, outcome)[0]
    estimator = str(options["estimator"])
    told = {"estimator": estimator, "outcome": outcome.name}
    made: list[tuple[Word, Estimate]] = [(ALL, estimate(design, values, **told))]
    said = [HOW, _of_estimator(estimator)]
    if found.why[0]:
        said.append((NOTHING[0].format(why=found.why[0]), NOTHING[1].format(why=found.why[1])))
    else:
        common = kept_groups(design, values, found.groups, found.left_out)
        made.append((COMMON, estimate(design, common, **told)))
        try:
            within = within_groups(design, values, found.groups, least=int(options["least"]), **told)
            made.append((WITHIN, within.estimate))
            gone = [name for name in within.left_out if name not in found.left_out]
            said += [_not_identified(found.labels[name], within.left_out[name]) for name in gone]
        except DesignError as error:
            said.append(_not_identified((WITHIN.en, WITHIN.zh), error.problems[0].what))
    cluster = str(options["cluster"] or next(iter(design.unit_clusters)))
    how = {"cluster": cluster, "small_sample": str(options["small_sample"]), "level": float(options["level"])}
    rows = [(word, _row(infer(one, **how))) for word, one in made]
    said.append(_of_errors(infer(made[0][1], **how)))
    english, chinese = choice.titles(*TITLE)
    title = (
        f"{english}: {outcome.label_en[:1].lower()}{outcome.label_en[1:]}",
        f"{chinese}：{outcome.label_zh}",
    )
    name = f"{choice.name}_{outcome.name}"
    return [
        _exhibit(given, name, "forest", title, _forest(rows), said, _axis(given, outcome, options["level"])),
        _exhibit(given, f"{name}_table", "grid", title, _table(rows, outcome), said, _stub(given)),
    ]


def _row(made: Estimate) -> pd.Series:
    """The overall effect with its interval and what stands behind it."""
    place = int(np.flatnonzero((made.terms["kind"] == "overall").to_numpy())[0])
    facts = made.terms.iloc[place][["count", "largest_share"]]
    return pd.concat([made.tidy().iloc[place], facts])


def _forest(rows: Sequence[tuple[Word, pd.Series]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "label_en": word.en,
                "label_zh": word.zh,
                "value": float(row["estimate"]),
                "low": float(row["conf_low"]),
                "high": float(row["conf_high"]),
                "count": float(row["count"]),
                "largest_share": float(row["largest_share"]),
            }
            for word, row in rows
        ]
    )


def _table(rows: Sequence[tuple[Word, pd.Series]], outcome: Outcome) -> pd.DataFrame:
    cells = []
    for word, row in rows:
        behind = Held(float(row["count"]), float(row["largest_share"]))
        ends = {"low": float(row["conf_low"]), "high": float(row["conf_high"]), "unit": outcome.unit}
        cells.append(entry(word, EFFECT, INTERVAL, float(row["estimate"]), behind, **ends))
        cells.append(entry(word, P, P_VALUE, float(row["p_value"]), behind))
        cells.append(entry(word, TREATED, COUNT, float(row["n_treated"]), behind))
    return pd.DataFrame(cells)


def _clusters(given: Given, choice: DescriptionChoice, found: Sides, clustering: Carried) -> Exhibit:
    """Hospitals of each cluster on both sides, and whether it can be compared within itself."""
    word = clustering.on(given.panel)
    behind = contributors(given.panel, [word.where(word != no_cluster(clustering.name))])
    cells = []
    for name, numbers in zip(found.groups.names, sides(given.designed, found.groups), strict=True):
        row = Word(name, *found.labels[name])
        held = Held(0.0, np.nan)
        if name in behind.index:
            held = Held(float(behind.loc[name, "count"]), float(behind.loc[name, "largest_share"]))
        for column, number in zip((TREATED, COMPARED), numbers, strict=True):
            cells.append(entry(row, column, COUNT, float(number), held))
        english, chinese = REASONS[found.left_out.get(name, "")]
        cells.append(entry(row, USED, "text", np.nan, held) | {"text_en": english, "text_zh": chinese})
    frame = pd.DataFrame(cells)
    frame[["text_en", "text_zh"]] = frame[["text_en", "text_zh"]].fillna("")
    english, chinese = choice.titles(*TITLE)
    stub = {"stub_en": "Cluster", "stub_zh": "类"}
    title = (f"{english}: clusters by side", f"{chinese}：各类医院构成")
    return _exhibit(given, f"{choice.name}_clusters", "grid", title, frame, [], stub)


def _of_estimator(name: str) -> tuple[str, str]:
    spec = ESTIMATORS[name]
    return f"Estimator: {spec.label_en}.", f"估计量：{spec.label_zh}。"


def _of_errors(made: Estimate) -> tuple[str, str]:
    level, rule = made.inference.level, made.inference.rule
    return f"{level:.0%} intervals: {rule}.", f"{level:.0%} 置信区间：{rule}。"


def _not_identified(label: tuple[str, str], why: str) -> tuple[str, str]:
    return f"{label[0]}: {why}.", f"{label[1]}：{why}。"


def _axis(given: Given, outcome: Outcome, level: object) -> dict[str, object]:
    axis = {"axis_en": "Effect of the reform", "axis_zh": "改革效应", "reference": 0.0, "effect": True}
    return axis | {"unit": outcome.unit, "currency": given.currency, "level": float(level)}


def _stub(given: Given) -> dict[str, object]:
    return {"stub_en": "Comparison", "stub_zh": "比较方式", "currency": given.currency}


def _exhibit(
    given: Given,
    name: str,
    kind: str,
    title: tuple[str, str],
    frame: pd.DataFrame,
    said: Sequence[tuple[str, str]],
    options: dict[str, object],
) -> Exhibit:
    return Exhibit(
        name,
        kind,
        *title,
        frame,
        tuple(s[0] for s in said),
        tuple(s[1] for s in said),
        given.synthetic,
        options,
    )
