"""Student, Welch, analysis of variance and linear trend from counts, sums and sums of squares.

Sums are exact integers, so nothing cancels: numbers become floats at the very end.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import copysign, sqrt

from dipeval.describe.comparison import NO_CASES, ONE_VALUE, TOO_FEW, Comparison, not_made
from dipeval.describe.sums import Sums


def student(groups: Sequence[Sums]) -> Comparison:
    """Two-sample t with equal variances (Student 1908), mean of the first less mean of the second."""
    if why := _why_not(groups, 2, least=3):
        return not_made("t", why)
    first, second = groups
    df = first.n + second.n - 2
    variance = (first.deviations + second.deviations) / df * (Fraction(1, first.n) + Fraction(1, second.n))
    return _of_t("t", float(first.exact_mean - second.exact_mean), variance, df)


def welch(groups: Sequence[Sums]) -> Comparison:
    """Two-sample t with unequal variances and Satterthwaite's degrees of freedom (Welch 1947, Biometrika 34:28)."""
    if why := _why_not(groups, 2, least=4):
        return not_made("welch", why)
    if min(group.n for group in groups) < 2:
        return not_made("welch", TOO_FEW)
    parts = [group.deviations / ((group.n - 1) * group.n) for group in groups]
    variance = sum(parts, Fraction(0))
    if not variance:
        return not_made("welch", ONE_VALUE)
    df = variance**2 / sum(part**2 / (g.n - 1) for part, g in zip(parts, groups, strict=True))
    return _of_t("welch", float(groups[0].exact_mean - groups[1].exact_mean), variance, float(df))


def anova(groups: Sequence[Sums]) -> Comparison:
    """One-way analysis of variance: F with k - 1 and n - k degrees of freedom (Fisher 1925)."""
    from scipy.special import fdtrc

    if why := _why_not(groups, len(groups), least=len(groups) + 1):
        return not_made("anova", why)
    n = sum(group.n for group in groups)
    within = sum((group.deviations for group in groups), Fraction(0))
    if not within:
        return not_made("anova", ONE_VALUE)
    mean = sum((group.exact_mean * group.n for group in groups), Fraction(0)) / n
    between = sum((group.n * (group.exact_mean - mean) ** 2 for group in groups), Fraction(0))
    df, df_within = len(groups) - 1, n - len(groups)
    f = float(between / df / (within / df_within))
    return Comparison("anova", f, float(fdtrc(df, df_within, f)), df, df_within)


def linear_trend(groups: Sequence[Sums], scores: Sequence[int] | None = None) -> Comparison:
    """Least-squares slope of the variable on the score of its group, against 0: t with n - 2.

    Parameters
    ----------
    groups : sequence of Sums
        In their order.
    scores : sequence of int, optional
        By default 0, 1, 2 …
    """
    if why := _why_not(groups, len(groups), least=3):
        return not_made("trend", why)
    score = list(range(len(groups))) if scores is None else list(scores)
    n = sum(group.n for group in groups)
    middle = Fraction(sum(s * g.n for s, g in zip(score, groups, strict=True)), n)
    mean = sum((group.exact_mean * group.n for group in groups), Fraction(0)) / n
    pairs = list(zip(score, groups, strict=True))
    spread = sum(g.n * (s - middle) ** 2 for s, g in pairs)
    joint = sum(g.n * (s - middle) * (g.exact_mean - mean) for s, g in pairs)
    whole = sum(g.deviations + g.n * (g.exact_mean - mean) ** 2 for g in groups)
    if not spread:
        return not_made("trend", TOO_FEW)
    left = whole - joint**2 / spread
    return _of_t("trend", float(joint / spread), left / (n - 2) / spread, n - 2)


def _why_not(groups: Sequence[Sums], asked: int, least: int) -> tuple[str, str] | None:
    if len(groups) < 2 or len(groups) != asked:
        needed = "two" if asked == 2 else "at least two"
        return f"needs {needed} groups, there are {len(groups)}", f"组数为{len(groups)}，不适用该检验"
    if any(group.n == 0 for group in groups):
        return NO_CASES
    return TOO_FEW if sum(group.n for group in groups) < least else None


def _of_t(test: str, gap: float, variance: Fraction, df: float) -> Comparison:
    from scipy.special import stdtr

    if not variance:
        return not_made(test, ONE_VALUE)
    t = copysign(sqrt(Fraction(gap) ** 2 / variance), gap)
    return Comparison(test, t, float(2 * stdtr(df, -abs(t))), float(df))
