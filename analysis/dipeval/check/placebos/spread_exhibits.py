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
    effects = found.effects[np.isfinite(found.effects)]
    unit, behind = subject.outcome.unit, {"count": whole[0], "largest_share": whole[1]}
    own = {"count": main.count, "largest_share": main.largest_share}
    fact = {"count": np.nan, "largest_share": np.nan}
    lines: list[tuple[Words, str, float, str, dict[str, float]]] = [
        (ACTUAL, "number", main.value, unit, own),
        (("Its p-value in the study", "研究中的 p 值"), "p", main.p_value, "", own),
        (("Placebos", "安慰剂个数"), "count", found.n, "", fact),
        (
            ("Placebos that could have been", "可能的安慰剂总数"),
            "count",
            float(found.calendars.possible),
            "",
            fact,
        ),
    ]
    if len(effects) > 1:
        lines += [
            (("Mean of placebos", "安慰剂均值"), "number", float(effects.mean()), unit, behind),
            (
                ("Their standard deviation", "安慰剂标准差"),
                "number",
                float(effects.std(ddof=1)),
                unit,
                behind,
            ),
        ]
    if len(effects) >= LEAST_TAILS:
        low, high = np.quantile(effects, [0.025, 0.975])
        lines += [
            (("2.5th percentile", "第 2.5 百分位数"), "number", float(low), unit, behind),
            (("97.5th percentile", "第 97.5 百分位数"), "number", float(high), unit, behind),
        ]
    lines += [
        (
            ("Share as large as the actual effect", "不小于实际效应的比例（p）"),
            "p",
            found.p_value(),
            "",
            fact,
        ),
        (
            ("Share as large, by t statistic", "按 t 统计量不小于实际值的比例（p）"),
            "p",
            found.p_value("t"),
            "",
            fact,
        ),
        (
            ("Placebos rejected at 5 %", "按 5% 水平被拒绝的安慰剂比例"),
            "share",
            found.rejected(),
            "share",
            fact,
        ),
    ]
    cells = [
        {
            "row": words[0],
            "row_en": words[0],
            "row_zh": words[1],
            "label_en": words[0],
            "label_zh": words[1],
            "column": "value",
            "column_en": subject.outcome.label_en,
            "column_zh": subject.outcome.label_zh,
            "form": form,
            "value": value,
            "unit": of,
            **stands,
        }
        for words, form, value, of, stands in lines
    ]
    options = {"stub_en": "", "stub_zh": "", "currency": subject.given.currency, "of_estimates": True}
    synthetic = subject.given.synthetic
    return bilingual(name, "grid", titles, pd.DataFrame(cells), notes, synthetic=synthetic, options=options)


def _rows(
    part: str, words: Words, x: object, value: object, count: object, largest_share: object
) -> pd.DataFrame:
    frame = pd.DataFrame({"x": np.asarray(x, float), "value": np.asarray(value, float)})
    return frame.assign(
        part=part, count=count, largest_share=largest_share, label_en=words[0], label_zh=words[1]
    )
