"""Ratios of sums with intervals and tests, by linearisation.

The ratio of two sums is ``R = Σy / Σx``; its influence of a unit is ``(y - R x) / Σx`` (Cochran 1977, Sampling
Techniques, ch. 6; Woodruff 1971). Units are hospitals, whose cases are alike, or cases. The variance is
``G / (G - 1) Σ u²`` over G units, as of a regression through the origin with errors clustered by unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dipeval.describe.comparison import NAN, Comparison, not_made

FEW_HOSPITALS = 10
"""With fewer hospitals than so many, errors between them say nothing: cases are taken as independent."""
TEST = "wald"
TOO_FEW = ("too few hospitals to compare so many groups", "医院过少，无法比较这么多组")
ONE_GROUP = ("there is one group, and nothing to compare it with", "仅有一组，无法比较")
NO_SPREAD = ("the groups do not vary", "各组无变异")


@dataclass(frozen=True)
class Ratio:
    """A ratio of sums and how sure it is.

    Attributes
    ----------
    value, std_error, low, high : float
        NaN where undefined: no case, a denominator of 0, one unit; no interval where units do not vary.
    units : int
        Hospitals, or cases.
    """

    value: float
    std_error: float = NAN
    low: float = NAN
    high: float = NAN
    units: int = 0


def ratio_by_hospital(above: np.ndarray, below: np.ndarray, level: float, proportion: bool = False) -> Ratio:
    """The ratio over hospitals, errors clustered by them, interval of Student's t with G - 1.

    Parameters
    ----------
    above, below : numpy.ndarray of int, shape (hospitals,)
        Sums of the numerator and of the denominator by hospital; hospitals without a case left out.
    level : float
    proportion : bool
        The interval of a share is made on the logit scale, so that it stays within 0 and 1 (Korn and
        Graubard 1999, Analysis of Health Surveys, p. 64).
    """
    value, influence = influence_of(above, below)
    units = len(above)
    if np.isnan(value) or units < 2:
        return Ratio(value, units=units)
    error = float(np.sqrt(units / (units - 1) * (influence**2).sum()))
    return _with_interval(value, error, units, level, proportion)


def ratio_by_case(
    n: int, above: int, below: int, squares: tuple[int, int, int], level: float, proportion: bool = False
) -> Ratio:
    """The ratio over n independent cases, from exact integers.

    Parameters
    ----------
    n : int
        Cases with a known pair.
    above, below : int
        Σy and Σx.
    squares : (int, int, int)
        Σy², Σxy and Σx².
    level : float
    proportion : bool
        Σy counts cases among n: Wilson's interval (Wilson 1927), which needs no squares.
    """
    if not n or not below:
        return Ratio(NAN, units=n)
    ratio = Fraction(above, below)
    if proportion:
        return _wilson(n, float(ratio), level)
    yy, xy, xx = squares
    left = yy - 2 * ratio * xy + ratio**2 * xx
    if n < 2:
        return Ratio(float(ratio), units=n)
    error = float(np.sqrt(float(Fraction(n, n - 1) * left / below**2)))
    return _with_interval(float(ratio), error, n, level, False)


def influence_of(above: np.ndarray, below: np.ndarray) -> tuple[float, np.ndarray]:
    """The ratio, and the influence of each unit on it; NaN where the denominator adds up to 0."""
    total = sum(below.tolist())
    if total == 0:
        return NAN, np.full(len(above), NAN)
    ratio = sum(above.tolist()) / total
    return ratio, (above.astype("float64") - ratio * below.astype("float64")) / total


def _with_interval(value: float, error: float, units: int, level: float, proportion: bool) -> Ratio:
    from scipy.special import stdtrit

    if not error:
        return Ratio(value, error, units=units)
    reach = float(stdtrit(units - 1, (1 + level) / 2)) * error
    if not proportion or not 0 < value < 1:
        return Ratio(value, error, value - reach, value + reach, units)
    middle, reach = np.log(value / (1 - value)), reach / (value * (1 - value))
    low, high = (float(1 / (1 + np.exp(-(middle + side)))) for side in (-reach, reach))
    return Ratio(value, error, low, high, units)


def _wilson(n: int, share: float, level: float) -> Ratio:
    from scipy.special import ndtri

    z2 = float(ndtri((1 + level) / 2)) ** 2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = np.sqrt(z2 * share * (1 - share) / n + z2**2 / (4 * n**2)) / (1 + z2 / n)
    error = float(np.sqrt(share * (1 - share) / n))
    return Ratio(share, error, float(max(0.0, middle - reach)), float(min(1.0, middle + reach)), n)


def equal_by_hospital(above: np.ndarray, below: np.ndarray) -> Comparison:
    """Whether the ratios of k groups are equal: Wald's test, F with k - 1 and G - 1.

    A hospital may have cases in several groups; the covariance of the ratios is taken from it.

    Parameters
    ----------
    above, below : numpy.ndarray of int, shape (hospitals, k)
        0 where a hospital has no case of a group.
    """
    from scipy.special import fdtrc

    units, k = above.shape
    if k < 2:
        return not_made(TEST, ONE_GROUP)
    if units <= k:
        return not_made(TEST, TOO_FEW)
    found = [influence_of(above[:, j], below[:, j]) for j in range(k)]
    values = np.array([value for value, _ in found])
    influence = np.column_stack([u for _, u in found])
    gaps = values[1:] - values[0]
    apart = influence[:, 1:] - influence[:, :1]
    covariance = units / (units - 1) * apart.T @ apart
    if np.isnan(gaps).any() or np.linalg.matrix_rank(covariance) < k - 1:
        return not_made(TEST, NO_SPREAD)
    statistic = float(gaps @ np.linalg.solve(covariance, gaps)) / (k - 1)
    return Comparison(TEST, statistic, float(fdtrc(k - 1, units - 1, statistic)), k - 1, units - 1)


def equal_by_case(ratios: list[Ratio]) -> Comparison:
    """Whether the ratios of k independent groups are equal: ``Σ (R - R̄)² / s²``, χ² with k - 1.

    R̄ is the mean with the weights 1 / s² (Cochran 1954, Biometrics 10:101).
    """
    from scipy.special import chdtrc

    if len(ratios) < 2:
        return not_made(TEST, ONE_GROUP)
    values = np.array([r.value for r in ratios])
    errors = np.array([r.std_error for r in ratios])
    if np.isnan(errors).any() or not (errors > 0).all():
        return not_made(TEST, NO_SPREAD)
    weights = 1 / errors**2
    middle = np.average(values, weights=weights)
    statistic = float((weights * (values - middle) ** 2).sum())
    return Comparison(TEST, statistic, float(chdtrc(len(ratios) - 1, statistic)), len(ratios) - 1)
