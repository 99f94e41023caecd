"""The table and the figure of the check ``oster``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.finding import Words
from dipeval.check.omitted.controls import control_label
from dipeval.check.omitted.movement import adjusted_effect
from dipeval.check.omitted.regression import WITHIN
from dipeval.check.omitted.selection import Selection
from dipeval.describe.cases.grid import INTERVAL, NUMBER, Held, Word, entry
from dipeval.results.exhibit import Exhibit, bilingual

R_SQUARED = Word("r_squared", "R squared, or Rmax", "R²或Rmax")
EFFECT = Word("effect", "Effect", "效应")
ZERO = Word("zero", "{} at δ", "效应为{}时的δ")
OTHERS = Word("others", "Other roots", "其他实根")
PROPORTIONAL = Word("proportional", "Approximation", "近似值")
REGRESSIONS = "Regressions", "回归"
SELECTION = "Selection on what is not observed", "不可观测变量的选择"
RULE = (
    "δ is selection on what is not observed over that on covariates, Rmax the R squared with both, 1 at most. Of "
    "several roots of Oster's equation the one counts that moves the effect on as covariates did, the nearest; other "
    "real roots are listed.",
    "δ为不可观测变量与协变量选择强度之比；Rmax为两者均纳入时的R²，上限为1。方程有多个实根时，"
    "取与协变量移动方向一致且最近者；其余实根一并列出。",
)
NEAR = (
    "The approximation, effect less δ times the coefficient's movement times the share of R squared still missing over "
    "that gained, is exact only where covariates weigh alike for the reform and the outcome.",
    "近似值为：效应减去δ×系数变动×（尚缺R²/已增R²），仅当各协变量对改革与结果的相对贡献一致时精确。",
)
WITH_EFFECTS = ("Here R squared counts what fixed effects explain.", "此处R²包含固定效应所解释的部分。")
BOTH = ("In both regressions: {}.", "同时纳入两个回归：{}。")
VERDICT = (
    "Failed: in the first row of selection the effect is not on its side of {}. Passed: its interval is. Informative: between "
    "the two; the interval with covariates holds {}; or covariates explain less than 1 % of the outcome or 0.1 % of the reform "
    "above what noise would.",
    "未通过：按选择设定的首行，效应不在{}的同侧；通过：其置信区间整体位于同侧；仅供参考：介于两者之间，或含协变量的置信区间已包含{}，"
    "或协变量扣除偶然后解释的份额低于结果的1%或改革的0.1%。",
)
SPAN = np.linspace(0, 2, 81)


def oster_table(asked: Selection, name: str, titles: Words) -> Exhibit:
    """Both regressions, then a row for each ceiling and δ."""
    subject, movement = asked.regression.subject, asked.movement
    behind, critical = Held(*asked.regression.behind), asked.regression.bound.critical
    unit, aim = subject.outcome.unit, _aim(asked)
    zero = Word(ZERO.key, ZERO.en.format(aim[0]), ZERO.zh.format(aim[1]))
    cells: list[dict[str, object]] = []

    def line(row: Word, r2: float, value: float, error: float, section: Words) -> None:
        cells.append(entry(row, R_SQUARED, NUMBER, r2, behind, section=section))
        ends = {"low": value - critical * error, "high": value + critical * error, "unit": unit}
        cells.append(entry(row, EFFECT, INTERVAL, value, behind, section=section, **ends))

    first = Word("short", "Without covariates", "不含协变量")
    line(first, movement.short_r2, movement.short, asked.errors[0], REGRESSIONS)
    second = Word("long", "With covariates", "含协变量")
    line(second, movement.long_r2, movement.long, asked.errors[1], REGRESSIONS)
    for row in asked.rows:
        said = f"δ = {row.found.delta:g}, Rmax = {row.multiple:g} R²"
        head = Word(said, said, said.replace(", ", "，"))
        line(head, row.found.ceiling, row.found.effect, row.error, SELECTION)
        cells.append(entry(head, zero, NUMBER, row.zero, behind, section=SELECTION))
        near = entry(head, PROPORTIONAL, NUMBER, row.proportional, behind, section=SELECTION, unit=unit)
        others = [effect_words(subject, value) for value in row.found.others]
        texts = {
            "text_en": "; ".join(w[0] for w in others) or "none",
            "text_zh": "；".join(w[1] for w in others) or "无",
        }
        cells += [near, {**entry(head, OTHERS, "text", np.nan, behind, section=SELECTION), **texts}]
    options = {"currency": subject.given.currency, "stub_en": subject.outcome.label_en}
    options |= {"stub_zh": subject.outcome.label_zh}
    frame = pd.DataFrame(cells).fillna({"text_en": "", "text_zh": ""})
    notes = [*_notes(asked), RULE, NEAR, (VERDICT[0].format(*2 * [aim[0]]), VERDICT[1].format(*2 * [aim[1]]))]
    return _made(asked, name, "grid", titles, frame, notes, options)


def oster_curves(asked: Selection, name: str, titles: Words) -> Exhibit:
    """The adjusted effect against δ, a line for each ceiling."""
    subject, movement = asked.regression.subject, asked.movement
    count, share = asked.regression.behind
    multiples = list(dict.fromkeys(row.multiple for row in asked.rows))
    rows = []
    for multiple in multiples:
        ceiling = movement.ceiling(multiple)
        for delta in SPAN:
            rows.append(
                {
                    "x": float(delta),
                    "value": adjusted_effect(movement, float(delta), ceiling).effect,
                    "count": count,
                    "largest_share": share,
                    "label_en": f"δ = {delta:g}",
                    "label_zh": f"δ = {delta:g}",
                    "series": f"{multiple:g}",
                    "series_en": f"Rmax = {multiple:g} R²",
                    "series_zh": f"Rmax = {multiple:g}R²",
                }
            )
    unit = "" if subject.outcome.unit == "log points" else subject.outcome.unit
    points = (", log points", "（对数点）") if subject.outcome.unit == "log points" else ("", "")
    options = {
        "x_axis_en": "Selection on what is not observed over that on covariates (δ)",
        "x_axis_zh": "不可观测变量与协变量的选择强度之比（δ）",
        "y_axis_en": "Adjusted effect" + points[0],
        "y_axis_zh": "调整后的效应" + points[1],
        "y_unit": unit,
        "currency": subject.given.currency,
        "y_line": asked.effect,
        "x_line": 1.0,
    }
    notes = [*_notes(asked), RULE]
    named = f"{titles[0]}: effects", f"{titles[1]}：效应"
    return _made(asked, name, "curves", named, pd.DataFrame(rows), notes, options)


def _aim(asked: Selection) -> Words:
    return ("zero", "零") if asked.effect == 0 else effect_words(asked.regression.subject, asked.effect)


def _notes(asked: Selection) -> list[Words]:
    """The regression, and what R squared counts."""
    said = asked.regression.notes()
    if asked.unrelated:
        labels = [control_label(asked.regression.subject, name) for name in asked.unrelated]
        said.append(
            (
                BOTH[0].format(", ".join(one[0] for one in labels)),
                BOTH[1].format("、".join(one[1] for one in labels)),
            )
        )
    return [*said, WITH_EFFECTS if asked.whole else WITHIN]


def _made(
    asked: Selection,
    name: str,
    kind: str,
    titles: Words,
    frame: pd.DataFrame,
    notes: list[Words],
    options: dict[str, object],
) -> Exhibit:
    synthetic = asked.regression.subject.given.synthetic
    return bilingual(name, kind, titles, frame, notes, synthetic=synthetic, options=options)
