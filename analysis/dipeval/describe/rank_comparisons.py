"""Mann–Whitney and Kruskal–Wallis from rank sums and the sizes of ties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from dipeval.describe.comparison import NO_CASES, ONE_VALUE, Comparison, not_made


@dataclass(frozen=True)
class RankSums:
    """Mid-ranks of the pooled known values, summed by group.

    Attributes
    ----------
    n : tuple of int
        Known values by group.
    doubled : tuple of int
        Twice the sum of mid-ranks by group: an integer, whatever the ties.
    ties : mapping of int to int
        How many distinct values are shared by so many cases.
    """

    n: tuple[int, ...]
    doubled: tuple[int, ...]
    ties: Mapping[int, int]

    @property
    def tied(self) -> int:
        """Σ (t³ - t) over distinct values."""
        return sum(times * (t**3 - t) for t, times in self.ties.items())


def mann_whitney(ranks: RankSums, continuity: bool = True) -> Comparison:
    """U of the first group, normal approximation with ties and continuity (Mann & Whitney 1947; Lehmann 1975, 1.3).

    Parameters
    ----------
    ranks : RankSums
        Of two groups.
    continuity : bool
        Move ``|U - mean|`` half a unit towards 0.
    """
    from scipy.special import ndtr

    if len(ranks.n) != 2:
        return not_made("mann_whitney", _wrong_number(len(ranks.n), "two"))
    if 0 in ranks.n:
        return not_made("mann_whitney", NO_CASES)
    n1, n2 = ranks.n
    n = n1 + n2
    u = Fraction(ranks.doubled[0] - n1 * (n1 + 1), 2)
    variance = Fraction(n1 * n2, 12) * (n + 1 - Fraction(ranks.tied, n * (n - 1)))
    if not variance:
        return not_made("mann_whitney", ONE_VALUE)
    gap = abs(u - Fraction(n1 * n2, 2)) - (Fraction(1, 2) if continuity else 0)
    z = float(gap) / sqrt(variance)
    return Comparison("mann_whitney", float(u), min(1.0, float(2 * ndtr(-z))))


def kruskal_wallis(ranks: RankSums) -> Comparison:
    """H corrected for ties, χ² with k - 1 degrees of freedom (Kruskal & Wallis 1952, JASA 47:583)."""
    from scipy.special import chdtrc

    k, n = len(ranks.n), sum(ranks.n)
    if k < 2:
        return not_made("kruskal_wallis", _wrong_number(k, "at least two"))
    if 0 in ranks.n:
        return not_made("kruskal_wallis", NO_CASES)
    left = 1 - Fraction(ranks.tied, n**3 - n)
    if not left:
        return not_made("kruskal_wallis", ONE_VALUE)
    squares = sum(Fraction(r * r, 4 * m) for r, m in zip(ranks.doubled, ranks.n, strict=True))
    h = float((Fraction(12, n * (n + 1)) * squares - 3 * (n + 1)) / left)
    return Comparison("kruskal_wallis", h, float(chdtrc(k - 1, h)), k - 1)


def _wrong_number(found: int, needed: str) -> tuple[str, str]:
    return f"needs {needed} groups, there are {found}", f"组数为{found}，不适用该检验"
