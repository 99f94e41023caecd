"""Effects of groups as a forest with the pooled effect, and as a table with differences and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import COUNT, FACT, INTERVAL, P_VALUE, Held, Word, entry
from dipeval.describe.event_study import ESTIMATORS
from dipeval.describe.heterogeneity.equality import LABELS, Equality
from dipeval.describe.heterogeneity.grouping import Grouping
from dipeval.describe.labels import label_of
from dipeval.estimate.heterogeneity.group_effects import COMMON, term_of
from dipeval.results import Estimate
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.vocabulary import Outcome

POOLED = ("All treated hospitals", "全部改革医院")
EFFECT = Word("effect", "Effect", "效应")
DIFFERENCE = Word("difference", "Difference from {first}", "与{first}之差")
HOSPITALS = Word("hospitals", "Treated hospitals", "改革医院数")
TREATED = Word("treated", "Treated {cluster}", "改革{cluster}数")
COMPARED = Word("compared", "Comparison {cluster}", "对照{cluster}数")
P = Word("p", "p", "p值")
EQUAL = ("Are the effects equal?", "效应是否相等？")
NOTHING = {"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan}
CITY = {"city": ("cities", "城市"), "hospital": ("hospitals", "医院")}
TRENDS = {
    True: (
        "All groups are compared with the same untreated hospital-periods; the covariance between groups is kept.",
        "各组与相同的未处理医院·时期比较；保留组间协方差。",
    ),
    False: (
        "Each group is compared with untreated hospital-periods of its own hospitals; the covariance between groups is "
        "kept.",
        "各组仅与本组未处理的医院·时期比较；保留组间协方差。",
    ),
}


@dataclass(frozen=True)
class Shown:
    """What both exhibits need.

    Attributes
    ----------
    estimate : Estimate
        Of groups, with an inference.
    differences : mapping of str to pandas.Series
        Tidy rows by group, against the first that has an effect; empty with fewer than two.
    first : str
        That group.
    treated : int
        Treated hospitals of all groups together.
    """

    estimate: Estimate
    differences: Mapping[str, pd.Series]
    first: str
    grouping: Grouping
    outcome: Outcome
    equality: Sequence[Equality]
    trends: str
    cities: tuple[Sequence[int], Sequence[int]]
    cluster: str
    currency: str
    synthetic: bool
    treated: int

    def rows(self) -> pd.DataFrame:
        """Terms with what stands behind them."""
        facts = self.estimate.terms[["kind", "count", "largest_share"]].reset_index(drop=True)
        return pd.concat([self.estimate.tidy().reset_index(drop=True), facts], axis=1).set_index("term")

    def notes(self) -> list[tuple[str, str]]:
        """Estimator, counterfactual, groups, intervals, tests, and groups without an effect."""
        english, chinese = label_of(self.estimate.estimator, ESTIMATORS)
        level, rule = self.estimate.inference.level, self.estimate.inference.rule
        said = [
            (
                f"Estimator: {english}. {TRENDS[self.trends == COMMON][0]}",
                f"估计量：{chinese}。{TRENDS[self.trends == COMMON][1]}",
            ),
            *self.grouping.notes,
            (f"{level:.0%} intervals: {rule}.", f"{level:.0%} 置信区间：{rule}。"),
            *(test.words for test in self.equality),
        ]
        rows = self.rows()
        for name in self.grouping.groups.names:
            note = str(rows.loc[term_of(name), "note"])
            if note:
                label = self.grouping.labels[name]
                said.append((f"{label[0]}: {note}.", f"{label[1]}：{note}。"))
        return said


def group_forest(shown: Shown, name: str, title: tuple[str, str]) -> Exhibit:
    """Forest of the groups, the pooled effect as a diamond."""
    table = shown.rows()
    order = [(term_of(g), *shown.grouping.labels[g]) for g in shown.grouping.groups.names]
    order.append((str(table.index[0]), *POOLED))
    rows = [
        {
            "label_en": english,
            "label_zh": chinese,
            "value": table.loc[term, "estimate"],
            "low": table.loc[term, "conf_low"],
            "high": table.loc[term, "conf_high"],
            "count": float(table.loc[term, "count"]),
            "largest_share": table.loc[term, "largest_share"],
            "section": "pooled" if place == len(order) - 1 else "groups",
            "pooled": place == len(order) - 1,
        }
        for place, (term, english, chinese) in enumerate(order)
    ]
    notes = shown.notes()
    options = {
        "unit": shown.outcome.unit,
        "currency": shown.currency,
        "reference": 0.0,
        "effect": True,
        "pooled_line": True,
    }
    options |= {"axis_en": "Effect of the reform", "axis_zh": "改革效应"}
    return bilingual(
        name=name,
        kind="forest",
        titles=title,
        frame=pd.DataFrame(rows),
        notes=notes,
        synthetic=shown.synthetic,
        options={**options, "level": shown.estimate.inference.level},
    )


def group_table(shown: Shown, name: str, title: tuple[str, str]) -> Exhibit:
    """Effects, differences from the first group, sizes, and tests of equality."""
    table, unit = shown.rows(), shown.outcome.unit
    first = shown.grouping.labels.get(shown.first, ("", ""))
    difference = Word(
        DIFFERENCE.key, DIFFERENCE.en.format(first=first[0]), DIFFERENCE.zh.format(first=first[1])
    )
    plural = CITY.get(shown.cluster, (shown.cluster, shown.cluster))
    counts = [
        Word(word.key, word.en.format(cluster=plural[0]), word.zh.format(cluster=plural[1]))
        for word in (TREATED, COMPARED)
    ]
    cells = []
    for k, group in enumerate(shown.grouping.groups.names):
        row = Word(group, *shown.grouping.labels[group])
        cells += _line(row, table.loc[term_of(group)], unit)
        behind = _held(table.loc[term_of(group)])
        apart = shown.differences.get(group, NOTHING)
        if shown.differences:
            ends = {"low": float(apart["conf_low"]), "high": float(apart["conf_high"]), "unit": unit}
            cells.append(entry(row, difference, INTERVAL, float(apart["estimate"]), behind, **ends))
        for word, number in zip(counts, shown.cities, strict=True):
            cells.append(entry(row, word, COUNT, float(number[k]), FACT))
    # the pooled row stands last, the tests below it; a hospital that brings several groups counts once
    pooled = pd.Series({**table.iloc[0], "n_treated": shown.treated})
    cells += _line(Word("pooled", *POOLED), pooled, unit)
    whole = _held(table.iloc[0])
    for test in shown.equality:
        p = np.nan if test.found is None else test.found.p_value
        if np.isfinite(p):
            cells.append(
                entry(Word(test.name, *LABELS[test.name]), P, P_VALUE, float(p), whole, section=EQUAL)
            )
    notes = shown.notes()
    return bilingual(
        name=name,
        kind="grid",
        titles=title,
        frame=pd.DataFrame(cells),
        notes=notes,
        synthetic=shown.synthetic,
        options={
            "currency": shown.currency,
            "stub_en": shown.grouping.title[0],
            "stub_zh": shown.grouping.title[1],
        },
    )


def _held(row: pd.Series) -> Held:
    return Held(float(row["count"]), float(row["largest_share"]))


def _line(row: Word, found: pd.Series, unit: str) -> list[dict[str, object]]:
    """An effect and the hospitals behind it."""
    ends = {"low": float(found["conf_low"]), "high": float(found["conf_high"]), "unit": unit}
    behind = _held(found)
    return [
        entry(row, EFFECT, INTERVAL, float(found["estimate"]), behind, **ends),
        entry(row, HOSPITALS, COUNT, float(found["n_treated"]), behind),
    ]
