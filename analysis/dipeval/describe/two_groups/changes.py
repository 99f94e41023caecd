"""How much a mean changed from one group to another: differences, ratios, ratios of geometric means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import expm1, nan, sqrt

import numpy as np

from dipeval.describe.comparison import NO_CASES, ONE_VALUE, TOO_FEW
from dipeval.describe.mean_comparisons import welch
from dipeval.describe.sums import Sums
from dipeval.results.student import critical_value

Interval = tuple[float, float, float]
UNKNOWN: Interval = (nan, nan, nan)
NO_BASE = ("the mean of the first group is not above zero", "基准组均值不大于零，无法计算变化率")
NO_SPREAD = ("no spread: the interval of the ratio is not defined", "组内无变异，比值区间无定义")
WIDE = (
    "the first mean cannot be told from zero: the interval of the ratio has no bounds",
    "基准组均值与零无法区分，比值的区间无界",
)


@dataclass(frozen=True)
class Change:
    """One way to measure a change.

    Attributes
    ----------
    method : str
    difference : (float, float, float)
        Other group less base, with its limits; NaN where the method has none.
    relative : (float, float, float)
        Ratio less 1, with its limits.
    p_value : float
    reason : (str, str)
        Why a number is missing, in English and Chinese.
    n : int
        Cases behind it, where they are fewer than those with a value; 0 for all.
    """

    method: str
    difference: Interval = UNKNOWN
    relative: Interval = UNKNOWN
    p_value: float = nan
    reason: tuple[str, str] = ("", "")
    n: int = 0


def change_of_means(base: Sums, other: Sums, level: float) -> Change:
    """Welch's interval of the difference and test, and Fieller's interval of the ratio.

    Parameters
    ----------
    base, other : Sums
    level : float

    Notes
    -----
    Fieller (1954, JRSS B 16:175) with unequal variances, and Satterthwaite's degrees of freedom at the
    ratio found (Tamhane & Logan 2004, Biometrics 60:1).
    """
    found = Change("welch", reason=_why_not(base, other))
    if found.reason[0]:
        return found
    test = welch([other, base])
    gap = float(other.exact_mean - base.exact_mean)
    variances = [float(g.deviations / ((g.n - 1) * g.n)) for g in (base, other)]
    reach = float(critical_value(level, test.df)) * sqrt(sum(variances))
    relative, reason = fieller(base, other, level)
    return replace(
        found,
        difference=(gap, gap - reach, gap + reach),
        relative=relative,
        p_value=test.p_value,
        reason=reason,
    )


def fieller(base: Sums, other: Sums, level: float) -> tuple[Interval, tuple[str, str]]:
    """Ratio of two means less 1 with its limits, and why there are none."""
    below, above = float(base.exact_mean), float(other.exact_mean)
    if below <= 0:
        return UNKNOWN, NO_BASE
    v0, v1 = (float(g.deviations / ((g.n - 1) * g.n)) for g in (base, other))
    ratio = above / below
    if v1 + ratio**2 * v0 == 0:
        return (ratio - 1, nan, nan), NO_SPREAD
    df = (v1 + ratio**2 * v0) ** 2 / (v1**2 / (other.n - 1) + ratio**4 * v0**2 / (base.n - 1))
    square = float(critical_value(level, df)) ** 2
    a, b, c = below**2 - square * v0, below * above, above**2 - square * v1
    if a <= 0:
        return (ratio - 1, nan, nan), WIDE
    root = sqrt(max(b * b - a * c, 0.0))
    return (ratio - 1, (b - root) / a - 1, (b + root) / a - 1), ("", "")


def change_of_logarithms(base: Sums, other: Sums, level: float) -> Change:
    """Ratio of geometric means less 1, and Welch's test of logarithms; `base`, `other` are sums of logarithms."""
    found = Change("log_welch", reason=_why_not(base, other))
    if found.reason[0]:
        return found
    made = change_of_means(base, other, level)
    limits = tuple(expm1(x) for x in made.difference)
    return replace(found, relative=limits, p_value=made.p_value, n=base.n + other.n)


def change_of_log_ratio(
    method: str, estimate: float, limits: tuple[float, float], p_value: float, n: int
) -> Change:
    """A log ratio of means with its limits as a relative change."""
    low, high = limits
    return Change(method, relative=tuple(np.expm1([estimate, low, high]).tolist()), p_value=p_value, n=n)


def _why_not(base: Sums, other: Sums) -> tuple[str, str]:
    if not base.n or not other.n:
        return NO_CASES
    if min(base.n, other.n) < 2:
        return TOO_FEW
    return ONE_VALUE if base.deviations + other.deviations == Fraction(0) else ("", "")
