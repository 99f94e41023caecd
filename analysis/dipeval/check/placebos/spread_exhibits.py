"""An effect among its placebos: the figure of their density, and what they are in numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.check.finding import Alternative, Words
from dipeval.check.placebos.density import kernel_density
from dipeval.check.placebos.drawing import Placebos
from dipeval.check.subject import Subject
from dipeval.results.exhibit import Exhibit, bilingual

Line = tuple[Words, str, float, tuple[float, float]]
"""Label, form, value, and what stands behind it; a fact about the design has NaN."""
FACT = (np.nan, np.nan)
LEAST_CURVE = 20
"""Fewer placebos than this make no curve."""
LEAST_TAILS = 40
"""Fewer placebos than this have no percentiles that are not single placebos."""
CURVE: Words = ("Density", "核密度")
PLACEBO: Words = ("Placebo", "安慰剂估计")
ACTUAL: Words = ("Actual effect", "实际效应")
COMMON_P = 0.1
"""The level at which the literature draws its line."""
FEW = (
    f"Fewer than {LEAST_CURVE} placebos: no density is drawn.",
    f"安慰剂不足 {LEAST_CURVE} 个，不绘制核密度。",
)
P_VALUES = (
    "P-values of placebos are by errors clustered by {cluster} (CR1).",
    "各安慰剂的 p 值基于按{cluster}聚类的标准误（CR1）。",
)


def density_figure(
    subject: Subject,
    name: str,
    titles: Words,
    found: Placebos,
    main: Alternative,
    whole: tuple[float, float],
    notes: Sequence[Words],
) -> Exhibit:
    """Kind ``placebo_density``: the curve, a point a placebo, and the actual effect.

    Parameters
    ----------
    subject : Subject
    name : str
    titles : (str, str)
    found : Placebos
    main : Alternative
    whole : (float, float)
        Cases behind all placebos together, and the largest hospital's share: what the curve stands on.
    notes : sequence of (str, str)
    """
    known = np.isfinite(found.effects)
    x, density = kernel_density(found.effects) if known.sum() >= LEAST_CURVE else (np.empty(0), np.empty(0))
    curve = _rows("density", CURVE, x, density, *whole)
    p_values = found.p_values[known]
    points = _rows(
        "placebo", PLACEBO, found.effects[known], p_values, found.counts[known], found.shares[known]
    )
    actual = _rows("actual", ACTUAL, [main.value], [main.value], main.count, main.largest_share)
    told = [*notes, *([] if len(x) else [FEW])]
    return bilingual(
        name,
        "placebo_density",
        titles,
        pd.concat([curve, points, actual], ignore_index=True),
        told,
        synthetic=subject.given.synthetic,
        options={
            "unit": subject.outcome.unit,
            "currency": subject.given.currency,
            "axis_en": subject.outcome.label_en,
            "axis_zh": subject.outcome.label_zh,
            "p_line": COMMON_P,
            "of_estimates": True,
        },
    )


def spread_table(
    subject: Subject,
    name: str,
    titles: Words,
    found: Placebos,
    main: Alternative,
    whole: tuple[float, float],
    notes: Sequence[Words],
) -> Exhibit:
    """Kind ``grid``: one column of numbers about the placebos; see `density_figure`."""
    column = {
        "column": "value",
        "column_en": subject.outcome.label_en,
        "column_zh": subject.outcome.label_zh,
    }
    cells = []
    for (english, chinese), form, value, behind in (*_own(main), *_spread(found, whole), *_ranks(found)):
        named = {"row": english, "row_en": english, "row_zh": chinese}
        named |= {"label_en": english, "label_zh": chinese, **column}
        unit = {"number": subject.outcome.unit, "share": "share"}.get(form, "")
        stands = {"count": behind[0], "largest_share": behind[1]}
        cells.append({**named, "form": form, "value": float(value), "unit": unit, **stands})
    options = {"stub_en": "", "stub_zh": "", "currency": subject.given.currency, "of_estimates": True}
    synthetic = subject.given.synthetic
    return bilingual(name, "grid", titles, pd.DataFrame(cells), notes, synthetic=synthetic, options=options)


def _own(main: Alternative) -> list[Line]:
    behind = main.count, main.largest_share
    return [
        (ACTUAL, "number", main.value, behind),
        (("Its p-value in the study", "研究中的 p 值"), "p", main.p_value, behind),
    ]


def _spread(found: Placebos, whole: tuple[float, float]) -> list[Line]:
    """How many placebos there are, and where they lie."""
    effects, possible = found.effects[np.isfinite(found.effects)], found.calendars.possible
    lines: list[Line] = [
        (("Placebos", "安慰剂个数"), "count", found.n, FACT),
        (("Placebos that could have been", "可能的安慰剂总数"), "count", possible, FACT),
    ]
    if len(effects) > 1:
        lines += [
            (("Mean of placebos", "安慰剂均值"), "number", effects.mean(), whole),
            (("Their standard deviation", "安慰剂标准差"), "number", effects.std(ddof=1), whole),
        ]
    if len(effects) >= LEAST_TAILS:
        low, high = np.quantile(effects, [0.025, 0.975])
        lines += [
            (("2.5th percentile", "第 2.5 百分位数"), "number", low, whole),
            (("97.5th percentile", "第 97.5 百分位数"), "number", high, whole),
        ]
    return lines


def _ranks(found: Placebos) -> list[Line]:
    """Where the actual effect stands among them, and how often clustered errors reject them."""
    by_t = "Share as large, by t statistic", "按 t 统计量不小于实际值的比例（p）"
    return [
        (("Share as large as the actual effect", "不小于实际效应的比例（p）"), "p", found.p_value(), FACT),
        (by_t, "p", found.p_value("t"), FACT),
        (("Placebos rejected at 5 %", "按 5% 水平被拒绝的安慰剂比例"), "share", found.rejected(), FACT),
    ]


def _rows(
    part: str, words: Words, x: object, value: object, count: object, largest_share: object
) -> pd.DataFrame:
    frame = pd.DataFrame({"x": np.asarray(x, float), "value": np.asarray(value, float)})
    return frame.assign(
        part=part, count=count, largest_share=largest_share, label_en=words[0], label_zh=words[1]
    )
