"""Lorenz curve, Gini coefficient, top shares and Herfindahl index of amounts with multiplicities.

Amounts are distinct values in rising order, and how many units have each: ties need no ranks, and ten million
cases are as many numbers as they have different costs. Units with nothing count; amounts below zero have no
Lorenz curve and are refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NAN = float("nan")


@dataclass(frozen=True)
class Amounts:
    """Distinct amounts and their multiplicities.

    Attributes
    ----------
    values : numpy.ndarray of int64, shape (k,)
        Rising, not negative.
    times : numpy.ndarray of int64, shape (k,)
        How many units have each, at least 1.
    """

    values: np.ndarray
    times: np.ndarray

    def __post_init__(self) -> None:
        if len(self.values) and (
            self.values[0] < 0 or (np.diff(self.values) <= 0).any() or (self.times < 1).any()
        ):
            raise ValueError("amounts must rise, not be negative, and belong to units")

    @property
    def n(self) -> int:
        """Units."""
        return int(self.times.sum())

    @property
    def total(self) -> int:
        """Sum of all amounts; 64 bits hold it for ten million cases of nine million in major units."""
        return int((self.values * self.times).sum())

    @property
    def sums(self) -> np.ndarray:
        """Amounts of each distinct value, shape (k,)."""
        return self.values * self.times


def amounts_of(values: np.ndarray) -> Amounts:
    """Amounts of single units, in any order."""
    distinct, times = np.unique(np.asarray(values, dtype="int64"), return_counts=True)
    return Amounts(distinct, times)


def lorenz(amounts: Amounts, shares: np.ndarray) -> np.ndarray:
    """Share of the total that the lowest `shares` of the units have (Lorenz 1905), linear within a unit.

    Parameters
    ----------
    shares : numpy.ndarray, shape (m,)
        From 0 to 1.

    Returns
    -------
    numpy.ndarray, shape (m,)
        NaN where the total is 0.
    """
    if not amounts.total:
        return np.full(len(shares), NAN)
    at = np.concatenate([[0], np.cumsum(amounts.times)]) / amounts.n
    reached = np.concatenate([[0], np.cumsum(amounts.sums)]) / amounts.total
    return np.interp(shares, at, reached)


def gini(amounts: Amounts) -> float:
    """``Σ Σ |x - y| / (2 n² mean)`` over all pairs of units, of a unit with itself too (Gini 1914).

    From 0 (all alike) to (n - 1) / n (one has all); NaN where the total is 0. Cost O(k).
    """
    return _ratio(_gaps(amounts), amounts.n, amounts.total)


def gini_error(amounts: Amounts) -> float:
    """Standard error by the jackknife: each unit left out once (Yitzhaki 1991, J Bus Econ Stat 9:235).

    Units that have one value give one leave-out, so the cost is O(k). NaN with fewer than three units.
    """
    n, total = amounts.n, amounts.total
    if n < 3 or not total:
        return NAN
    values = amounts.values.astype("float64")
    times, sums = amounts.times.astype("float64"), amounts.sums.astype("float64")
    below_n, below_sum = np.cumsum(times) - times, np.cumsum(sums) - sums
    above_n, above_sum = n - below_n - times, total - below_sum - sums
    own_gaps = values * below_n - below_sum + above_sum - values * above_n
    left_total = total - values
    rest = np.where(left_total > 0, left_total, NAN)
    left_out = (_gaps(amounts) - own_gaps) / ((n - 1) * rest)
    if np.isnan(left_out).any():
        return NAN
    mean = np.average(left_out, weights=times)
    return float(np.sqrt((n - 1) / n * (times * (left_out - mean) ** 2).sum()))


def _gaps(amounts: Amounts) -> float:
    """Σ |x - y| over pairs of different units, each once."""
    before = np.cumsum(amounts.times) - amounts.times
    # A value stands above `before` units and below the rest: it is added so often as the first are more.
    places = 2 * before + amounts.times - amounts.n
    return float(np.sum(amounts.sums.astype("longdouble") * places.astype("longdouble")))


def _ratio(gaps: float, n: int, total: int) -> float:
    return gaps / (n * total) if n and total else NAN


def top_share(amounts: Amounts, share: float) -> float:
    """Share of the total that the highest `share` of the units have; a fraction of a unit counts as such."""
    return float(1 - lorenz(amounts, np.array([1 - share]))[0])


def herfindahl(amounts: Amounts) -> float:
    """Sum of the squared shares of the total (Herfindahl 1950): 1 / n where all are alike, 1 where one has all."""
    if not amounts.total:
        return NAN
    part = amounts.values.astype("float64") / amounts.total
    return float((amounts.times * part**2).sum())
