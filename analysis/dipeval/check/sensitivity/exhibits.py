"""Intervals by bound as the usual figure, with the original interval beside them, and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, isinf

import numpy as np
import pandas as pd

from dipeval.check.event_vector import EventVector
from dipeval.check.finding import Words
from dipeval.check.sensitivity.analysis import FIXED_LENGTH, Analysis, Robust
from dipeval.check.sensitivity.restrictions import RELATIVE_MAGNITUDES, RELATIVE_SMOOTHNESS, SMOOTHNESS
from dipeval.check.sensitivity.robust_interval import FIXED_LENGTH_HYBRID
from dipeval.check.sensitivity.words import METHODS, SYMBOL, average_words, bound_words
from dipeval.check.subject import Subject
from dipeval.results.exhibit import Exhibit, bilingual

ORIGINAL: Words = ("Parallel trends", "平行趋势")
ROBUST: Words = ("Robust interval", "稳健区间")
POSSIBLE: Words = ("Possible without sampling error", "无抽样误差时的可能范围")
TITLE: Words = ("Effect if trends differ: {average}", "趋势存在差异时的效应：{average}")
LOWER: Words = ("Lower", "下限")
UPPER: Words = ("Upper", "上限")
AXIS: dict[str, Words] = {
    SMOOTHNESS: ("Largest change of slope, {symbol}", "斜率最大变化{symbol}"),
    RELATIVE_MAGNITUDES: (
        "Steps relative to the largest before the reform, {symbol}",
        "相对于改革前最大变动的倍数{symbol}",
    ),
    RELATIVE_SMOOTHNESS: (
        "Changes of slope relative to the largest before the reform, {symbol}",
        "相对于改革前最大斜率变化的倍数{symbol}",
    ),
}


def titles(events: EventVector, analysis: Analysis) -> Words:
    """Of the figure and the table."""
    english, chinese = average_words(events, analysis.weights)
    return TITLE[0].format(average=english[0].lower() + english[1:]), TITLE[1].format(average=chinese)


def figure(
    subject: Subject,
    events: EventVector,
    analysis: Analysis,
    found: Sequence[Robust],
    name: str,
    titled: Words,
    notes: Sequence[Words],
) -> Exhibit:
    """An exhibit of kind ``sensitivity``."""
    counted = _counted(events, analysis)
    low, high = analysis.original
    rows = [
        {
            "series": "original",
            "x": np.nan,
            "value": analysis.estimate,
            "low": low,
            "high": high,
            **_named(ORIGINAL),
        }
    ]
    for one in found:
        rows.append(
            {
                "series": "robust",
                "x": one.bound,
                "value": one.centre,
                "low": one.low,
                "high": one.high,
                "band_low": one.possible.low,
                "band_high": one.possible.high,
                **_named(_at(subject, analysis, one.bound)),
            }
        )
    frame = pd.DataFrame(rows).assign(**counted)
    axis, broken = AXIS[analysis.family], analysis.breakdown
    options = {
        "unit": subject.outcome.unit,
        "currency": subject.given.currency,
        "axis_en": subject.outcome.label_en,
        "axis_zh": subject.outcome.label_zh,
        "x_axis_en": axis[0].format(symbol=SYMBOL[analysis.family]),
        "x_axis_zh": axis[1].format(symbol=SYMBOL[analysis.family]),
        "x_unit": subject.outcome.unit if analysis.family == SMOOTHNESS else "",
        "breakdown": repr(broken) if isfinite(broken) else "",
        "original_en": ORIGINAL[0],
        "original_zh": ORIGINAL[1],
        "robust_en": ROBUST[0],
        "robust_zh": ROBUST[1],
        "possible_en": POSSIBLE[0],
        "possible_zh": POSSIBLE[1],
    }
    return bilingual(
        name, "sensitivity", titled, frame, notes, synthetic=subject.given.synthetic, options=options
    )


def table(
    subject: Subject,
    events: EventVector,
    analysis: Analysis,
    found: Sequence[Robust],
    name: str,
    titled: Words,
    notes: Sequence[Words],
) -> Exhibit:
    """An exhibit of kind ``grid``: a line a bound."""
    over = f"{analysis.level:.0%} interval", f"{analysis.level:.0%}置信区间"
    low, high = analysis.original
    lines = [("original", ORIGINAL, (low, high), (np.nan, np.nan))]
    lines += [
        (
            repr(one.bound),
            _at(subject, analysis, one.bound),
            (one.low, one.high),
            (one.possible.low, one.possible.high),
        )
        for one in found
    ]
    rows = []
    for key, label, ends, possible in lines:
        said = (
            ("low", LOWER, over, _end(ends[0])),
            ("high", UPPER, over, _end(ends[1])),
            ("zero", ("Excludes zero", "排除零"), ("", ""), _words(_yes(analysis, *ends))),
            ("possible_low", LOWER, POSSIBLE, _end(possible[0])),
            ("possible_high", UPPER, POSSIBLE, _end(possible[1])),
        )
        for column, head, above, cell in said:
            names = {
                "row": key,
                "row_en": label[0],
                "row_zh": label[1],
                "column": column,
                "column_en": head[0],
                "column_zh": head[1],
                "over": above[0],
                "over_en": above[0],
                "over_zh": above[1],
                **_named((f"{label[0]}: {head[0]}", f"{label[1]}：{head[1]}")),
            }
            rows.append({"value": np.nan, "unit": subject.outcome.unit, **names, **cell})
    frame = pd.DataFrame(rows).assign(**_counted(events, analysis))
    options = {"stub_en": "Bound", "stub_zh": "上限", "currency": subject.given.currency}
    return bilingual(name, "grid", titled, frame, notes, synthetic=subject.given.synthetic, options=options)


def method_note(analysis: Analysis) -> Words:
    """How the intervals were made."""
    english, chinese = METHODS[analysis.method]
    english, chinese = (
        f"Robust: {english}, {analysis.level:.0%}.",
        f"稳健区间：{chinese}，{analysis.level:.0%}。",
    )
    if analysis.enlarged > 1 + 1e-9:
        english += (
            f" Standard errors are enlarged by {analysis.enlarged:.2f}, the ratio of the t ({analysis.degrees:.0f} degrees of "
            "freedom) to the normal critical value."
        )
        chinese += f"标准误按t分布（自由度{analysis.degrees:.0f}）与正态分布临界值之比放大{analysis.enlarged:.2f}倍。"
        if analysis.method in (FIXED_LENGTH, FIXED_LENGTH_HYBRID):
            english += " That the weights of the leads were chosen with so few is allowed for as well."
            chinese += "前期系数权重由同样有限的自由度确定，区间亦已计入。"
    return english, chinese


def _at(subject: Subject, analysis: Analysis, bound: float) -> Words:
    english, chinese = bound_words(subject, analysis, bound)
    symbol = SYMBOL[analysis.family]
    return f"{symbol} = {english}", f"{symbol}={chinese}"


def _counted(events: EventVector, analysis: Analysis) -> dict[str, float]:
    """Cases behind the effects that have a weight, and the largest share in any of them."""
    used = analysis.n_pre + np.flatnonzero(analysis.weights)
    return {
        "count": float(events.counts[used].sum()),
        "largest_share": float(events.largest_shares[used].max()),
    }


def _named(words: Words) -> dict[str, str]:
    return {"label_en": words[0], "label_zh": words[1]}


def _words(words: Words) -> dict[str, object]:
    return {"form": "text", "text_en": words[0], "text_zh": words[1]}


def _yes(analysis: Analysis, low: float, high: float) -> Words:
    if np.isnan(low):
        return "refuted", "与数据矛盾"
    return ("yes", "是") if analysis.excludes_zero(low, high) else ("no", "否")


def _end(end: float) -> dict[str, object]:
    """A cell with one end of an interval; a word where it is open or none."""
    if np.isnan(end):
        return _words(("–", "–"))
    if isinf(end):
        return _words(("\u2212∞", "\u2212∞") if end < 0 else ("∞", "∞"))
    return {"form": "number", "value": end}
