"""Cities beside each other: raw and drawn together, as a forest and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import COUNT, INTERVAL, P_VALUE, SHARE, Held, Word, entry
from dipeval.describe.event_study import ESTIMATORS
from dipeval.describe.heterogeneity.grouping import Grouping
from dipeval.describe.labels import label_of
from dipeval.estimate.heterogeneity.group_effects import term_of
from dipeval.infer.partial_pooling import AT_LEAST_ONE, PartialPooling
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.vocabulary import Outcome

ALONE = Word("alone", "Alone", "单独估计")
SHRUNKEN = Word("shrunken", "Partially pooled", "部分合并")
WEIGHT = Word("weight", "Weight in the mean", "均值中的权重")
HOSPITALS = Word("hospitals", "Treated hospitals", "改革医院数")
VALUE = Word("value", "All", "合计")
POOLED = Word("pooled", "Pooled effect", "合并效应")
MEAN = Word("mean", "Mean effect of the cities", "城市平均效应")
ANOTHER = Word("another", "Effect in another city (prediction)", "另一城市（预测区间）")
BETWEEN = Word("between", "Standard deviation between cities", "城市间标准差")
I2 = Word("i2", "Share of the variance between cities (I²)", "城市间方差占比（I²）")
EQUAL = Word("equal", "Equal effects (Cochran's Q)", "效应相等（Cochran Q）")
TOGETHER = ("All cities together", "所有城市合计")
METHODS: Mapping[str, tuple[str, str]] = {
    "reml": ("restricted maximum likelihood", "限制性极大似然"),
    "paule_mandel": ("Paule and Mandel", "Paule–Mandel法"),
    "dersimonian_laird": ("DerSimonian and Laird", "DerSimonian–Laird法"),
}
SHOCKS = (
    "Errors of cities are by hospital, so the variance between cities holds both effects that differ and whatever else "
    "befell a whole city: one reform a city cannot tell them apart. Cities share their comparison; its error is part of "
    "the covariance.",
    "各城市误差按医院聚类，城市间方差既包含效应差异，也包含同期发生在整个城市的其他变化；每城仅一次改革，二者无法区分。"
    "各城市共用对照，其误差计入协方差。",
)


@dataclass(frozen=True)
class CityEffects:
    """What both exhibits need.

    Attributes
    ----------
    rows : pandas.DataFrame
        Tidy rows by term with errors by hospital, ``count`` and ``largest_share``.
    whole : pandas.Series
        The pooled effect by the study's rule, which `rule` says.
    pooling : PartialPooling or None
    used : tuple of str
        Cities that are pooled, in its order.
    left_out : mapping of str to str
    """

    rows: pd.DataFrame
    whole: pd.Series
    rule: str
    pooling: PartialPooling | None
    used: tuple[str, ...]
    left_out: Mapping[str, str]
    grouping: Grouping
    outcome: Outcome
    estimator: str
    between: str
    adjustment: str
    currency: str
    synthetic: bool

    def behind(self, name: str) -> Held:
        """Who stands behind a city."""
        row = self.rows.loc[term_of(name)]
        return Held(float(row["count"]), float(row["largest_share"]))

    @property
    def all(self) -> Held:
        """Who stands behind all cities together."""
        return Held(float(self.whole["count"]), float(self.whole["largest_share"]))

    def notes(self) -> list[tuple[str, str]]:
        """Estimator, what is pooled how, the study's rule, cities left out."""
        english, chinese = label_of(self.estimator, ESTIMATORS)
        said = [(f"Estimator: {english}.", f"估计量：{chinese}。"), *self.grouping.notes, SHOCKS]
        said.append(
            (f"{POOLED.en}: {self.rule}.", f"{POOLED.zh}：{self.rule}。"),
        )
        if self.pooling is None:
            n = len(self.used)
            said.append(
                (
                    f"Nothing is pooled: {n} of the treated has an effect with an error, and one alone does not say how "
                    "effects vary.",
                    f"未作合并：仅{n}个改革单元有带误差的效应，无法得知效应的差异。",
                )
            )
        else:
            said.append(_how(self.pooling, self.between, self.adjustment))
        for name, why in self.left_out.items():
            label = self.grouping.labels[name]
            said.append((f"{label[0]} is not pooled: {why}.", f"{label[1]}未参与合并：{why}。"))
        return said


def _how(found: PartialPooling, between: str, adjustment: str) -> tuple[str, str]:
    english, chinese = METHODS[between]
    factor = ("no smaller than one", "不小于1") if adjustment == AT_LEAST_ONE else ("as it is", "不设下限")
    k = len(found.shrunken)
    return (
        f"Partial pooling of {k} effects: variance between by {english}, intervals by Hartung and Knapp (factor "
        f"{factor[0]}), t({k - 1}); partially pooled effects take that variance as known.",
        f"{k}个效应的部分合并：城市间方差采用{chinese}，区间采用Hartung–Knapp法（因子{factor[1]}），t({k - 1})；"
        "部分合并效应将该方差视为已知。",
    )


def city_forest(shown: CityEffects, name: str, title: tuple[str, str]) -> Exhibit:
    """Each city alone and, below it, partially pooled; then all together."""
    rows = []
    place = {city: k for k, city in enumerate(shown.used)}
    for city in shown.grouping.groups.names:
        found, behind = shown.rows.loc[term_of(city)], shown.behind(city)
        ends = (found["estimate"], found["conf_low"], found["conf_high"])
        rows.append(_row(*shown.grouping.labels[city], *ends, behind, city))
        if shown.pooling is not None and city in place:
            k, p = place[city], shown.pooling
            ends = (p.shrunken[k], p.shrunken_low[k], p.shrunken_high[k])
            rows.append(_row(SHRUNKEN.en.lower(), SHRUNKEN.zh, *ends, behind, city, beside=True))
    whole = (shown.whole["estimate"], shown.whole["conf_low"], shown.whole["conf_high"])
    rows.append(_row(POOLED.en, POOLED.zh, *whole, shown.all, "together", pooled=True))
    if shown.pooling is not None:
        p = shown.pooling
        rows.append(
            _row(MEAN.en, MEAN.zh, p.mean, p.conf_low, p.conf_high, shown.all, "together", pooled=True)
        )
        if np.isfinite(p.prediction_low):
            ends = (p.mean, p.prediction_low, p.prediction_high)
            rows.append(_row(ANOTHER.en, ANOTHER.zh, *ends, shown.all, "together"))
    options = {"unit": shown.outcome.unit, "currency": shown.currency, "reference": 0.0, "effect": True}
    options |= {"axis_en": "Effect of the reform", "axis_zh": "改革效应", "pooled_line": True}
    options["level"] = float(shown.whole["conf_level"])
    return _exhibit(shown, name, "forest", title, pd.DataFrame(rows), options)


def _row(
    english: str,
    chinese: str,
    value: float,
    low: float,
    high: float,
    behind: Held,
    section: str,
    *,
    pooled: bool = False,
    beside: bool = False,
) -> dict[str, object]:
    return {
        "label_en": english,
        "label_zh": chinese,
        "value": float(value),
        "low": float(low),
        "high": float(high),
        "count": behind.count,
        "largest_share": behind.largest_share,
        "section": section,
        "pooled": pooled,
        "beside": beside,
    }


def city_table(shown: CityEffects, name: str, title: tuple[str, str]) -> Exhibit:
    """A line a city, then what all say together."""
    unit, cells = shown.outcome.unit, []
    place = {city: k for k, city in enumerate(shown.used)}
    for city in shown.grouping.groups.names:
        found, behind = shown.rows.loc[term_of(city)], shown.behind(city)
        row = Word(city, *shown.grouping.labels[city])
        ends = {"low": float(found["conf_low"]), "high": float(found["conf_high"]), "unit": unit}
        cells.append(entry(row, ALONE, INTERVAL, float(found["estimate"]), behind, **ends))
        k, p = place.get(city, -1), shown.pooling
        if p is not None and k >= 0:
            ends = {"low": float(p.shrunken_low[k]), "high": float(p.shrunken_high[k]), "unit": unit}
            cells.append(entry(row, SHRUNKEN, INTERVAL, float(p.shrunken[k]), behind, **ends))
            cells.append(entry(row, WEIGHT, SHARE, float(p.weight[k]), behind))
        cells.append(entry(row, HOSPITALS, COUNT, float(found["n_treated"]), behind))
    cells += _together(shown)
    options = {
        "currency": shown.currency,
        "stub_en": shown.grouping.title[0],
        "stub_zh": shown.grouping.title[1],
    }
    return _exhibit(shown, name, "grid", title, pd.DataFrame(cells), options)


def _together(shown: CityEffects) -> list[dict[str, object]]:
    """Pooled effect, mean, prediction, variance between, test of equality."""
    unit, behind, whole, p = shown.outcome.unit, shown.all, shown.whole, shown.pooling
    ends = {"low": float(whole["conf_low"]), "high": float(whole["conf_high"]), "unit": unit}
    place = {"section": TOGETHER}
    cells = [entry(POOLED, VALUE, INTERVAL, float(whole["estimate"]), behind, **ends, **place)]
    if p is None:
        return cells
    ends = {"low": p.conf_low, "high": p.conf_high, "unit": unit}
    cells.append(entry(MEAN, VALUE, INTERVAL, p.mean, behind, **ends, **place))
    if np.isfinite(p.prediction_low):
        ends = {"low": p.prediction_low, "high": p.prediction_high, "unit": unit}
        cells.append(entry(ANOTHER, VALUE, INTERVAL, p.mean, behind, **ends, **place))
    roots = [float(np.sqrt(x)) for x in (p.tau2, p.tau2_low, p.tau2_high)]
    ends = {"low": roots[1], "high": roots[2], "unit": unit}
    cells.append(entry(BETWEEN, VALUE, INTERVAL, roots[0], behind, **ends, **place))
    cells.append(entry(I2, VALUE, SHARE, p.i2, behind, **place))
    cells.append(entry(EQUAL, VALUE, P_VALUE, p.q_p_value, behind, **place))
    return cells


def _exhibit(
    shown: CityEffects,
    name: str,
    kind: str,
    title: tuple[str, str],
    frame: pd.DataFrame,
    options: dict[str, object],
) -> Exhibit:
    notes = shown.notes()
    return bilingual(
        name=name,
        kind=kind,
        titles=title,
        frame=frame,
        notes=notes,
        synthetic=shown.synthetic,
        options=options,
    )
