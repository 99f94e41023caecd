"""What planned evaluations can and cannot show, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.check.power.city_tests import RANDOMISATION
from dipeval.check.power.drawing import MODEL
from dipeval.check.power.plan import Plan, Planned
from dipeval.check.power.simulated import Power
from dipeval.estimate.registry import ESTIMATORS

Pair = tuple[str, str]
HONEST = 1.5
"""A test whose false alarms are more than so many times its level, beyond chance, is not to be trusted."""
NEVER_FOUND = 0.005
"""A test that hardly ever finds the largest effect that was tried has no p-value small enough."""
PERIODS = {"month": ("months", "个月"), "quarter": ("quarters", "个季度"), "year": ("years", "年")}


PLACES = {
    "city": ("cities", "个城市", "城市"),
    "hospital": ("hospitals", "家医院", "医院"),
    "canton": ("cantons", "个州", "州"),
    "municipality": ("municipalities", "个市镇", "市镇"),
}
"""What is reformed whole: so many of them, and each of them."""


@dataclass(frozen=True)
class Facts:
    """How sizes, places and periods are called.

    Attributes
    ----------
    cluster : str
        What is reformed whole: ``city``, or another clustering of the study.
    unit, currency, frequency : str
        Of the outcome, and of the panel.
    effects : tuple of float
        Effects whose power is told.
    """

    cluster: str
    unit: str
    currency: str
    frequency: str
    effects: tuple[float, ...]

    @property
    def places(self) -> tuple[str, str, str]:
        """What is reformed whole: in English, in Chinese with its measure word, and without."""
        return PLACES.get(self.cluster, (f"places ({self.cluster})", "个单元", "单元"))

    def several(self, count: int) -> Pair:
        """So many of them."""
        return f"{count} {self.places[0]}", f"{count}{self.places[1]}"

    def size(self, value: float) -> Pair:
        """An effect of a size, up or down."""
        if not np.isfinite(value):
            return "beyond what was tried", "超出模拟范围"
        value = abs(value)
        if self.unit == "log points":
            per_cent = f"{100 * np.expm1(value):.1f}"
            return f"{value:.3f} log points ({per_cent} %)", f"{value:.3f}个对数点（{per_cent}%）"
        if self.unit == "share":
            return f"{100 * value:.2f} percentage points", f"{100 * value:.2f}个百分点"
        words = {"days": ("days", "天"), "years": ("years", "岁"), "currency": (self.currency,) * 2}
        unit = words.get(self.unit, ("", ""))
        return f"{value:.3g} {unit[0]}".strip(), f"{value:.3g}{unit[1]}"

    def short(self, value: float) -> Pair:
        """The same, where many stand in one sentence."""
        if self.unit == "log points":
            per_cent = f"{100 * np.expm1(abs(value)):.1f}"
            return f"{per_cent} %", f"{per_cent}%"
        return self.size(value)

    def periods(self, count: int) -> Pair:
        """So many months, quarters or years."""
        english, chinese = PERIODS[self.frequency]
        return f"{count} {english if count != 1 else english[:-1]}", f"{count}{chinese}"


def learned(plan: Plan, facts: Facts) -> list[Pair]:
    """What the errors were like before the reform, and why periods are not worth what they seem."""
    model = plan.model
    before = plan.grid.before[0]
    covariance = model.mean_covariance(before)
    worth = float(np.trace(covariance) / covariance.mean()) / before if covariance.mean() > 0 else np.nan
    periods = facts.periods(before)
    made = [_errors(plan, facts)]
    if plan.uneven:
        few, all_of = plan.uneven
        made.append(
            (
                f"{few} of {all_of} {facts.places[0]} hold half of the variance: look at them first; formulas go by the mean "
                "variance and are cautious for most draws",
                f"{all_of}{facts.places[1]}中{few}{facts.places[1][:1]}占误差方差的一半：请先核查；公式按平均方差计算，对多数抽样偏保守",
            )
        )
    if np.isfinite(worth):
        made.append(
            (
                f"{periods[0]} tell as much of a mean as {worth:.1f} would if they were independent",
                f"就均值而言，{periods[1]}的信息量约相当于{worth:.1f}个相互独立的时期",
            )
        )
    return made


def _errors(plan: Plan, facts: Facts) -> Pair:
    """How large errors are: of whole cities, of their hospitals, and of the cases of a hospital."""
    model = plan.model
    spread = {
        (f"of whole {facts.places[0]}", f"{facts.places[2]}整体"): model.city + model.city_passing,
        ("of hospitals within them", "其内医院"): model.hospital + model.hospital_passing,
        ("by chance among a hospital's cases", "医院内病例的偶然波动"): model.case
        * float((model.thin / model.inverse).mean()),
    }
    if facts.cluster == "hospital":
        del spread["of hospitals within them", "其内医院"]
    parts = [(name, facts.size(float(np.sqrt(variance)))) for name, variance in spread.items()]
    english = ", ".join(f"{name[0]} {size[0]}" for name, size in parts)
    chinese = "、".join(f"{name[1]}{size[1]}" for name, size in parts)
    return f"errors from one {facts.frequency} to another: {english}", f"各期误差的标准差：{chinese}"


def in_short(plan: Plan, cities: int, facts: Facts) -> Pair:
    """What so many cities can and cannot show at best: by a test that keeps its level, under the calendar that helps most."""
    honest = [
        (power.detectable(plan.power), one, power)
        for one in plan.plans
        for power in one.powers
        if one.scenario.cities == cities and power.power[0] <= HONEST * (1 - plan.level)
    ]
    needed, one, power = min(honest, key=lambda found: found[0], default=(np.inf, None, None))
    if not np.isfinite(needed):
        return (
            "no test that keeps its level finds any effect that was tried often enough",
            "任何保持名义水平的检验都不能以所要求的效能检出所尝试的效应",
        )
    small = [facts.short(effect) for effect in facts.effects if abs(effect) < needed]
    size, test = facts.size(needed), _called(plan, power)
    calendar = one.scenario.calendar
    beyond = (
        f"; beyond them: {', '.join(w[0] for w in small)}",
        f"；不能显示：{'、'.join(w[1] for w in small)}",
    )
    told = beyond if small else ("", "")
    return (
        f"at best they show {size[0]} or more ({calendar.label_en}; {test[0]}){told[0]}",
        f"至多能显示{size[1]}及以上的效应（{calendar.label_zh}；{test[1]}）{told[1]}",
    )


def told_of(plan: Plan, one: Planned, facts: Facts) -> list[Pair]:
    """What one plan can and cannot show: the smallest effect, the effects asked for, and false alarms."""
    s = one.scenario
    needed, share = facts.size(one.detectable), f"{100 * plan.power:g}"
    before, after, several = facts.periods(s.before), facts.periods(s.after), facts.several(s.cities)
    said = [
        (
            f"{several[0]}, {s.treated} reformed ({s.calendar.label_en}), {before[0]} before and {after[0]} after: "
            f"by formula an effect must be {needed[0]} or more to be found in {share} of 100 such studies",
            f"{several[1]}，其中{s.treated}{facts.places[1][:1]}改革（{s.calendar.label_zh}），改革前{before[1]}、改革后{after[1]}："
            f"按公式计算，效应须达到{needed[1]}及以上，方可在100项此类研究中有{share}项被检出",
        )
    ]
    for power in one.powers:
        said.append(_test_told(plan, one, power, facts))
    if one.source == MODEL:
        periods = facts.periods(s.periods)
        said.append(
            (
                f"no real paths of {periods[0]} before the reform: panels were drawn from the fitted errors",
                f"改革前没有长达{periods[1]}的真实序列：面板由拟合的误差模型抽取",
            )
        )
    return said


def _test_told(plan: Plan, one: Planned, power: Power, facts: Facts) -> Pair:
    english, chinese = _called(plan, power)
    alpha = 1 - plan.level
    if power.method == RANDOMISATION and power.power.max() < NEVER_FOUND:
        return (
            f"{english}: {one.calendars} calendars (mirror images tell the same): no p-value can be small enough to "
            f"reject at {100 * alpha:g} %, whatever the effect",
            f"{chinese}：仅有{one.calendars}种时间表（互为镜像者等价）：无论效应多大，p值均不足以在{100 * alpha:g}%水平上拒绝",
        )
    asked = [(facts.short(e), power.at(e)) for e in facts.effects]
    found = [(f"{w[0]} in {_hundred(p)}", f"{w[1]}：{_hundred(p, zh=True)}") for w, p in asked]
    warned = ("", "")
    if too_many(power, plan.level):
        warned = (": it rejects too often to be trusted here", "：该检验过度拒绝，此处不可信")
    false = f"{100 * power.power[0]:.0f}"
    return (
        f"{english}: finds {', '.join(f[0] for f in found)} of 100 studies, false alarms in {false}{warned[0]}",
        f"{chinese}：100项研究中检出 {'、'.join(f[1] for f in found)}；虚警{false}项{warned[1]}",
    )


def _called(plan: Plan, power: Power) -> Pair:
    """A test, with its estimator where it is not the main one."""
    if power.estimator == plan.estimator:
        return power.label_en, power.label_zh
    name = estimator_words(power.estimator)
    return f"{name[0]}, {power.label_en}", f"{name[1]}，{power.label_zh}"


def estimator_words(name: str) -> Pair:
    """What an estimator is called."""
    spec = ESTIMATORS[name]
    return spec.label_en, spec.label_zh


def too_many(power: Power, level: float) -> bool:
    """Whether a test rejects true nulls too often, beyond twice the Monte Carlo error."""
    return bool(power.power[0] - 2 * np.nan_to_num(power.error[0]) > HONEST * (1 - level))


def _hundred(power: float, zh: bool = False) -> str:
    if np.isnan(power):
        return "接近100项" if zh else "nearly all"
    return f"{100 * power:.0f}{'项' if zh else ''}"
