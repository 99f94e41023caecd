"""The figures of the check ``omitted_variable``: contours of the effect, and extreme variables."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.finding import Words
from dipeval.check.omitted.confounder_exhibits import ON_OUTCOME, ON_TREATMENT, Shown
from dipeval.check.omitted.confounding import adjusted_value, contour
from dipeval.results.exhibit import Exhibit

FRACTIONS = (0.75, 0.5, 0.25)
"""Of the effect: contours between it and zero."""
POINTS = 60
ROOM = 1.35
"""How far axes reach beyond what must be seen."""
NEAR = 0.02
"""Of both axes: points nearer to the origin are told, not drawn."""
ORIGIN = ("Not drawn, since they lie at the origin: {}.", "位于原点、未绘出：{}。")
OUTCOME_SHARES = (1.0, 0.75, 0.5)
ZERO: Words = ("Zero effect", "零效应")
TOUCHES: Words = ("Interval holds zero", "区间包含零")
READ = (
    "Lines join omitted variables that leave the same effect; those beyond the line of zero turn its sign, those beyond "
    "the line of the interval leave one, by cluster, that holds zero. Points are variables as strong as covariates.",
    "同一曲线上的遗漏变量使剩余效应相等；零线以外者改变效应方向，区间线以外者使聚类区间包含零。圆点为与协变量同等强度的变量。",
)
READ_EXTREME = (
    "Each line: the effect that is left by an omitted variable that explains so much of the rest of the outcome.",
    "每条线：遗漏变量解释结果剩余变异的相应份额时的剩余效应。",
)


def contour_figure(shown: Shown, name: str, titles: Words) -> Exhibit:
    """Effects that are left by partial R squared with the reform and with the outcome."""
    regression = shown.regression
    coefficient, bound = regression.coefficient, regression.bound
    right, top = _reach(shown)
    reached = bound.robustness_value()
    levels = []
    for fraction in FRACTIONS:
        effect = fraction * coefficient.value
        levels.append((f"{fraction:g}", effect_words(regression.subject, effect), effect))
    if reached > 0:
        share = reached / np.sqrt(1 - reached) * bound.spread / abs(bound.value)
        levels.append(("interval", TOUCHES, (1 - share) * coefficient.value))
    levels.append(("zero", ZERO, 0.0))
    rows = []
    for key, words, effect in levels:
        size = (coefficient.value - effect) / coefficient.spread
        first = size**2 / (top + size**2)
        if first >= right:
            continue
        x = np.geomspace(first, right, POINTS)
        y = contour(coefficient, effect, x)
        rows += [_point(shown, key, words, *at) for at in zip(x, y, strict=True)]
    near = []
    for one in shown.confounders:
        if one.strength.treatment < NEAR * right and one.strength.outcome < NEAR * top:
            near.append(one.label)
        elif np.isfinite(one.value):
            point = _point(shown, "point", ("", ""), one.strength.treatment, one.strength.outcome)
            rows.append({**point, "point": True, "label_en": one.label[0], "label_zh": one.label[1]})
    named = f"{titles[0]}: contours", f"{titles[1]}：等值线"
    return shown.made(
        name,
        "curves",
        named,
        pd.DataFrame(rows),
        [READ, *_unseen(near)],
        **_axes(ON_OUTCOME.en, ON_OUTCOME.zh),
    )


def extreme_figure(shown: Shown, name: str, titles: Words) -> Exhibit:
    """The effect that is left where an omitted variable explains most of the outcome."""
    regression, rows = shown.regression, []
    right = min(max(_reach(shown)[0], ROOM * regression.coefficient.partial_r2), 0.99)
    x = np.linspace(0, np.sqrt(right), POINTS) ** 2
    for share in OUTCOME_SHARES:
        words = f"{share:.0%} of the outcome", f"结果的{share:.0%}"
        y = adjusted_value(regression.coefficient, share, x)
        rows += [_point(shown, f"{share:g}", words, *at) for at in zip(x, y, strict=True)]
    outcome = regression.subject.outcome
    points = (", log points", "（对数点）") if outcome.unit == "log points" else ("", "")
    axes = _axes("Effect that is left" + points[0], "剩余效应" + points[1])
    unit = "" if outcome.unit == "log points" else outcome.unit
    named = f"{titles[0]}: extreme variables", f"{titles[1]}：极端情形"
    notes = [READ_EXTREME]
    return shown.made(
        name,
        "curves",
        named,
        pd.DataFrame(rows),
        notes,
        **{**axes, "y_unit": unit, "y_line": 0.0, "zero": False},
    )


def _unseen(labels: list[Words]) -> list[Words]:
    """Points that would lie on the origin."""
    if not labels:
        return []
    return [
        (ORIGIN[0].format(", ".join(w[0] for w in labels)), ORIGIN[1].format("、".join(w[1] for w in labels)))
    ]


def _reach(shown: Shown) -> tuple[float, float]:
    """How far both axes go: past the robustness value and past all points."""
    value = shown.needed(interval=False)
    known = [one.strength for one in shown.confounders if np.isfinite(one.value)]
    right = max([value, *(one.treatment for one in known)])
    top = max([value, *(one.outcome for one in known)])
    return min(ROOM * right, 0.99), min(ROOM * top, 1.0)


def _point(shown: Shown, key: str, words: Words, x: float, y: float) -> dict[str, object]:
    count, share = shown.regression.behind
    return {
        "x": float(x),
        "value": float(y),
        "count": count,
        "largest_share": share,
        "label_en": words[0],
        "label_zh": words[1],
        "series": key,
        "series_en": words[0],
        "series_zh": words[1],
        "point": False,
    }


def _axes(english: str, chinese: str) -> dict[str, object]:
    return {
        "x_axis_en": ON_TREATMENT.en,
        "x_axis_zh": ON_TREATMENT.zh,
        "y_axis_en": english,
        "y_axis_zh": chinese,
        "x_unit": "share",
        "y_unit": "share",
        "zero": True,
    }
