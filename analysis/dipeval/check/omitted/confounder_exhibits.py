"""The tables of the check ``omitted_variable``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.check.finding import Words
from dipeval.check.omitted.benchmarks import Benchmark, Confounder
from dipeval.check.omitted.confounding import equal_strength, robustness_value
from dipeval.check.omitted.regression import WITHIN, Regression
from dipeval.describe.cases.grid import INTERVAL, SHARE, Held, Word, entry
from dipeval.results.exhibit import Exhibit, bilingual

VALUE = Word("value", "Value", "数值")
ON_TREATMENT = Word("treatment", "Partial R² with the reform", "与改革的偏R²")
ON_OUTCOME = Word("outcome", "Partial R² with the outcome", "与结果的偏R²")
LEFT = Word("effect", "Effect that is left", "剩余效应")
KNOWN = ("Covariates", "协变量")
SUPPOSED = ("Omitted variable, at most", "遗漏变量（上限）")
ROBUSTNESS = (
    "The robustness value is the share that an omitted variable must explain, of what is left of the reform and of the "
    "outcome alike; one of which both shares are smaller cannot do it.",
    "稳健性值：遗漏变量须同时解释的改革与结果剩余变异的份额；两项份额均低于该值的变量不足以推翻结论。",
)
ALIKE = (
    "For independent errors, as published, the interval shrinks as the omitted variable explains more of the outcome; by "
    "cluster it does not, and the error of the bound itself is counted. Hospitals of a city share its reform, so take the "
    "latter.",
    "按独立误差（文献原式），遗漏变量解释的结果变异越多区间越窄；按聚类时不收窄，并计入偏差界本身的误差。"
    "同城医院同时改革，应以后者为准。",
)
EXTREME = (
    "The partial R² of the reform with the outcome is what a variable that explains all of the rest of the outcome must "
    "explain of the reform to take the whole effect away.",
    "改革与结果的偏R²：若某遗漏变量解释结果的全部剩余变异，其至少须解释改革这一份额才能完全消除效应。",
)
BOUNDED = (
    "An omitted variable is taken to be orthogonal to the covariates, and some times as strong as those named, in both "
    "partial R²; the bias is taken to weaken the effect.",
    "假定遗漏变量与协变量正交，其两项偏R²为所列协变量的若干倍；偏差方向取为削弱效应。",
)
CAPPED = (
    "{}: more than all of the outcome; taken for all of it.",
    "{}：超过结果的全部变异，按100%计。",
)
NONE_SUCH = ("{}: no variable can explain so much of the reform.", "{}：任何变量都不可能解释改革的如此份额。")
VERDICT = (
    "Passed: as strong as each benchmark (the first multiple), an omitted variable leaves an interval that excludes zero. "
    ""
    "Informative: the interval of the effect itself holds zero, or no benchmark explains 1 % of the outcome and 0.1 % of the "
    "reform above what noise would.",
    "通过：强度等于每一参照（首个倍数）时，剩余效应的区间仍排除零。仅供参考：效应本身的区间包含零，或没有参照协变量在扣除偶然后解释结果的1%与改革的0.1%。",
)


@dataclass(frozen=True)
class Shown:
    """What the exhibits need.

    Attributes
    ----------
    regression : Regression
    benchmarks : tuple of Benchmark
    confounders : tuple of Confounder
    share : float
        Of the effect that is to be taken away.
    """

    regression: Regression
    benchmarks: tuple[Benchmark, ...]
    confounders: tuple[Confounder, ...]
    share: float

    def needed(self, *, interval: bool) -> float:
        """Robustness value for `share` of the effect: of the value, or of its interval under independent errors."""
        if not interval:
            bound = self.regression.bound
            return equal_strength(self.share * abs(bound.value) / bound.spread)
        level = self.regression.subject.level
        return robustness_value(self.regression.coefficient, self.share, level)

    @property
    def options(self) -> dict[str, object]:
        """Drawing facts that all exhibits share."""
        return {"currency": self.regression.subject.given.currency}

    def made(
        self,
        name: str,
        kind: str,
        titles: Words,
        frame: pd.DataFrame,
        notes: list[Words],
        **options: object,
    ) -> Exhibit:
        """An exhibit with the notes of the regression before its own."""
        said = [*self.regression.notes(), WITHIN, *notes]
        synthetic = self.regression.subject.given.synthetic
        return bilingual(
            name, kind, titles, frame, said, synthetic=synthetic, options={**self.options, **options}
        )


def statistics_table(shown: Shown, name: str, titles: Words) -> Exhibit:
    """The effect, its partial R squared and its robustness values, a row each."""
    regression, behind = shown.regression, Held(*shown.regression.behind)
    bound, outcome = regression.bound, regression.subject.outcome
    level, by = f"{regression.subject.level:.0%}", regression.clustering
    low, high = bound.interval(0.0)
    part = ("", "") if shown.share == 1 else (f" ({shown.share:.0%} of it)", f"（{shown.share:.0%}）")
    rows = [
        entry(
            Word("effect", "Effect", "效应"),
            VALUE,
            INTERVAL,
            bound.value,
            behind,
            low=low,
            high=high,
            unit=outcome.unit,
        ),
        _share(
            Word("partial_r2", "Partial R² of the reform with the outcome", "改革与结果的偏R²"),
            regression.coefficient.partial_r2,
            behind,
        ),
        _share(
            Word("rv", f"Robustness value: effect to zero{part[0]}", f"稳健性值：效应降为零{part[1]}"),
            shown.needed(interval=False),
            behind,
        ),
        _share(
            Word(
                "rv_cluster",
                f"Robustness value: {level} interval by {by[0]} to zero",
                f"稳健性值：按{by[1]}聚类的{level}区间触及零",
            ),
            bound.robustness_value(),
            behind,
        ),
        _share(
            Word(
                "rv_alike",
                f"Robustness value: {level} interval for independent errors",
                f"稳健性值：独立误差下的{level}区间",
            ),
            shown.needed(interval=True),
            behind,
        ),
        entry(
            Word("degrees", "Degrees of freedom", "自由度"),
            VALUE,
            "count",
            regression.coefficient.degrees,
            behind,
        ),
    ]
    frame = pd.DataFrame(rows)
    stub = {"stub_en": outcome.label_en, "stub_zh": outcome.label_zh}
    return shown.made(name, "grid", titles, frame, [ROBUSTNESS, EXTREME, ALIKE, VERDICT], **stub)


def _share(row: Word, value: float, behind: Held) -> dict[str, object]:
    return entry(row, VALUE, SHARE, value, behind)


def benchmark_table(shown: Shown, name: str, titles: Words) -> Exhibit:
    """What covariates explain, then what omitted variables as strong would do."""
    regression, behind = shown.regression, Held(*shown.regression.behind)
    outcome, critical, rows = regression.subject.outcome, regression.bound.critical, []
    for one in shown.benchmarks:
        head = Word(one.key, *one.label)
        rows.append(entry(head, ON_TREATMENT, SHARE, one.treatment, behind, section=KNOWN))
        rows.append(entry(head, ON_OUTCOME, SHARE, one.outcome, behind, section=KNOWN))
    for one in shown.confounders:
        head = Word(f"{one.times:g} × {one.benchmark.key}", *one.label)
        rows.append(entry(head, ON_TREATMENT, SHARE, one.strength.treatment, behind, section=SUPPOSED))
        rows.append(entry(head, ON_OUTCOME, SHARE, one.strength.outcome, behind, section=SUPPOSED))
        reach = critical * one.error
        ends = {"low": one.value - reach, "high": one.value + reach, "unit": outcome.unit}
        rows.append(entry(head, LEFT, INTERVAL, one.value, behind, section=SUPPOSED, **ends))
    notes = [BOUNDED, *_remarks(shown), VERDICT]
    named = f"{titles[0]}: benchmarks", f"{titles[1]}：参照协变量"
    stub = {"stub_en": outcome.label_en, "stub_zh": outcome.label_zh}
    return shown.made(name, "grid", named, pd.DataFrame(rows), notes, **stub)


def _remarks(shown: Shown) -> list[Words]:
    """Multiples that cannot be, or that reach all of the outcome."""
    said = []
    for one in shown.confounders:
        text = NONE_SUCH if np.isnan(one.value) else CAPPED if one.strength.capped else None
        if text is not None:
            said.append((text[0].format(one.label[0]), text[1].format(one.label[1])))
    return said
