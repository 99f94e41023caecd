"""How much of the variance of log costs lies between hospitals, and how much within them.

With n_h cases of hospital h, their mean m_h, N = Σ n_h and the mean m of all, the variance over cases falls apart:

    Σ (y − m)² / N  =  Σ n_h s_h² / N  +  Σ n_h (m_h − m)² / N            total = within + between

where n_h s_h² are the squared deviations within the hospital. The share of the second is descriptive, and grows with the
number of small hospitals; the intraclass correlation of the analysis of variance does not (Donner 1986, Int Stat Rev 54:67):

    ρ = (B − W) / (B + (n₀ − 1) W),   n₀ = (N − Σ n_h² / N) / (H − 1)

with B and W the mean squares between (H − 1) and within hospitals (N − H).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import fsum

NAN = float("nan")


@dataclass(frozen=True)
class Dispersion:
    """The variance of a group of cases and its parts.

    Attributes
    ----------
    cases, hospitals : int
    largest_share : float
        Of the largest hospital, of the cases.
    mean, total, within, between : float
        Of the values; variances over cases (by N), total = within + between but for rounding. NaN without a case.
    intraclass : float
        ρ; below 0 where hospitals are more alike than chance makes them. NaN with one hospital, with no hospital of
        two cases, and where all values are alike.
    """

    cases: int
    hospitals: int
    largest_share: float
    mean: float
    total: float
    within: float
    between: float
    intraclass: float

    @property
    def between_share(self) -> float:
        """Between over total; NaN where nothing varies."""
        return self.between / self.total if self.total > 0 else NAN


def dispersion(hospitals: Iterable[tuple[int, int, int]], unit: int = 1) -> Dispersion:
    """Take the variance of cases apart.

    Parameters
    ----------
    hospitals : iterable of (int, int, int)
        Cases, sum and sum of squares of each hospital, in whole numbers.
    unit : int
        Of the whole numbers in one of the values.

    Returns
    -------
    Dispersion
        Each hospital's term is an exact fraction, rounded once; the terms are added without loss. O(hospitals).
    """
    rows = [row for row in hospitals if row[0]]
    cases, total = sum(n for n, _, _ in rows), sum(s for _, s, _ in rows)
    if not cases:
        return Dispersion(0, 0, NAN, NAN, NAN, NAN, NAN, NAN)
    mean, squared = Fraction(total, cases), unit * unit
    within = fsum(float(Fraction(q * n - s * s, n * squared)) for n, s, q in rows)
    between = fsum(float(n * (Fraction(s, n) - mean) ** 2 / squared) for n, s, _ in rows)
    whole = float(Fraction(sum(q for _, _, q in rows) * cases - total * total, cases * squared))
    sizes = [n for n, _, _ in rows]
    return Dispersion(
        cases,
        len(rows),
        max(sizes) / cases,
        float(mean / unit),
        whole / cases,
        within / cases,
        between / cases,
        _intraclass(sizes, within, between),
    )


def _intraclass(sizes: list[int], within: float, between: float) -> float:
    """ρ of the sums of squares."""
    cases, hospitals = sum(sizes), len(sizes)
    if hospitals < 2 or cases == hospitals:
        return NAN
    typical = float((cases - Fraction(sum(n * n for n in sizes), cases)) / (hospitals - 1))
    of_between, of_within = between / (hospitals - 1), within / (cases - hospitals)
    whole = of_between + (typical - 1) * of_within
    return (of_between - of_within) / whole if whole > 0 else NAN
