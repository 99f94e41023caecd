"""Exact sums of one variable over one group, and the mean and deviation that they give."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

NAN = float("nan")


@dataclass(frozen=True)
class Sums:
    """Sufficient statistics of a continuous variable; integers in units of ``10 ** -decimals``.

    Attributes
    ----------
    n, missing : int
        Cases with a known value, and those without.
    total, squares : int
        Sum and sum of squares of the known values.
    decimals : int
    weighted_n : int
        Known values whose weight is above 0; `n` without weights.
    weight, weighted_total, weighted_squares : int
        Sums of w, w·x and w·x², w in its own smallest unit; `n`, `total`, `squares` without weights.
    """

    n: int
    missing: int
    total: int
    squares: int
    decimals: int
    weighted_n: int
    weight: int
    weighted_total: int
    weighted_squares: int

    @classmethod
    def plain(cls, n: int, missing: int, total: int, squares: int, decimals: int = 0) -> Sums:
        """Sums of cases that count once each."""
        return cls(n, missing, total, squares, decimals, n, n, total, squares)

    @property
    def exact_mean(self) -> Fraction:
        """Unweighted mean; at least one case."""
        return Fraction(self.total, self.n * 10**self.decimals)

    @property
    def deviations(self) -> Fraction:
        """Unweighted sum of squared deviations from the mean; at least one case."""
        return Fraction(self.n * self.squares - self.total**2, self.n * 100**self.decimals)

    @property
    def mean(self) -> float:
        """Weighted mean; NaN without a case."""
        if not self.weight:
            return NAN
        return float(Fraction(self.weighted_total, self.weight * 10**self.decimals))

    @property
    def sd(self) -> float:
        """Standard deviation, weights as in `moments.weighted_sd`; NaN with fewer than two cases."""
        n, w = self.weighted_n, self.weight
        if n < 2:
            return NAN
        spread = Fraction(w * self.weighted_squares - self.weighted_total**2, w**2 * 100**self.decimals)
        return sqrt(spread * Fraction(n, n - 1))
