"""Which values lie beyond: limits by declared rules, within each group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dipeval.describe.cases.quantiles import quantiles

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

NONE, IQR_LOG, PERCENTILES, SPAN = "none", "iqr_log", "percentiles", "span"
RULES = (NONE, IQR_LOG, PERCENTILES, SPAN)
LOG_UNITS = 10**9
Limits = dict[str, tuple[float, float]]


def outlier_limits(
    engine: TableEngine,
    cases: ir.Table,
    by: str,
    value: str,
    rule: str,
    *,
    factor: float = 3.0,
    shares: Sequence[float] = (0.01, 0.99),
    span: Sequence[float] = (),
    unit: int = 1,
) -> Limits:
    """Lowest and highest value that is no outlier, by group, in the unit of `value`.

    Parameters
    ----------
    rule : {"iqr_log", "percentiles", "span"}
        Beyond `factor` interquartile ranges of the logarithms outside their quartiles (Tukey 1977, far out at 3);
        beyond two quantiles; beyond two numbers.
    span : (float, float)
        In major units.
    unit : int
        What one major unit is in `value`.

    Returns
    -------
    dict of str to (float, float)
        Groups without a known value are not there. Values at or below 0 have no logarithm and are judged by the
        limits of the others. Cost: one pass; none for ``span``.
    """
    import ibis

    if rule == SPAN:
        levels = engine.to_frame(cases.select(by).distinct(), [by])[by].astype("str")
        return {level: (span[0] * unit, span[1] * unit) for level in levels}
    if rule == PERCENTILES:
        found = quantiles(engine, cases, by, value, shares, total=False)
        return {level: (low, high) for level, (low, high) in found.items()}
    value_above_zero = ibis.ifelse(cases[value] > 0, cases[value], None)
    # A filter would not do: engines may take logarithms before it.
    logged = cases.mutate(log_=(value_above_zero.ln() * LOG_UNITS).round().cast("int64"))
    found = quantiles(engine, logged, by, "log_", (0.25, 0.75), total=False)
    made = {}
    for level, (low, high) in found.items():
        reach = factor * (high - low)
        made[level] = (math.exp((low - reach) / LOG_UNITS), math.exp((high + reach) / LOG_UNITS))
    return made


def rule_words(rule: str, factor: float, shares: Sequence[float], span: Sequence[float]) -> tuple[str, str]:
    """The rule as a note, English and Chinese."""
    if rule == IQR_LOG:
        english = f"more than {factor:g} interquartile ranges of the logarithms below the first or above the third quartile"
        chinese = f"对数值低于第一四分位数或高于第三四分位数超过{factor:g}倍四分位距"
    elif rule == PERCENTILES:
        english = f"below the {100 * shares[0]:g}th or above the {100 * shares[1]:g}th percentile"
        chinese = f"低于第{100 * shares[0]:g}百分位数或高于第{100 * shares[1]:g}百分位数"
    else:
        english, chinese = f"below {span[0]:g} or above {span[1]:g}", f"低于{span[0]:g}或高于{span[1]:g}"
    return f"Outliers: {english}, within each group.", f"离群值：{chinese}（按各组判定）。"
