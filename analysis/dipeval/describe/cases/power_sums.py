"""Sums of a whole number, its squares and its cubes, exactly, and the moments that they give."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING

import pandas as pd

from dipeval.describe.cases.tally import HALF_BITS

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAN = float("nan")
PARTS = ("p1", "hh", "hl", "ll", "hhh", "hhl", "hll", "lll")
WIDE = "decimal(20, 0)"


def power_parts(value: ir.IntegerValue) -> dict[str, ir.Value]:
    """Sums of the halves of a number below 2^40 in size, from which :func:`powers_of` puts its powers together.

    As text: an engine's widest integer would come to Python as a float. Products of three halves fill an int64,
    so they are widened before they are added up.
    """
    high, low = value >> HALF_BITS, value & (2**HALF_BITS - 1)
    two = {"p1": value, "hh": high * high, "hl": high * low, "ll": low * low}
    three = {
        "hhh": high * high * high,
        "hhl": high * high * low,
        "hll": high * low * low,
        "lll": low * low * low,
    }
    made = {name: part.sum().cast("string") for name, part in two.items()}
    return made | {name: part.cast(WIDE).sum().cast("string") for name, part in three.items()}


@dataclass(frozen=True)
class Powers:
    """Σ1, Σx, Σx² and Σx³ of whole numbers in units of ``10 ** -decimals``.

    Attributes
    ----------
    n, first, second, third : int
    decimals : int
    """

    n: int
    first: int
    second: int
    third: int
    decimals: int = 0

    @property
    def mean(self) -> float:
        """NaN without a case."""
        return float(Fraction(self.first, self.n * 10**self.decimals)) if self.n else NAN

    @property
    def _second_moment(self) -> Fraction:
        mean = Fraction(self.first, self.n)
        return Fraction(self.second, self.n) - mean**2

    @property
    def sd(self) -> float:
        """Sample standard deviation; NaN with fewer than two cases."""
        if self.n < 2:
            return NAN
        return sqrt(self._second_moment * self.n / (self.n - 1)) / 10**self.decimals

    @property
    def variation(self) -> float:
        """Coefficient of variation: standard deviation over mean; NaN where the mean is not above 0."""
        return self.sd / self.mean if self.n > 1 and self.mean > 0 else NAN

    @property
    def skewness(self) -> float:
        """``m3 / m2^1.5`` of the central moments (g1 of Joanes and Gill 1998); NaN where all values are equal."""
        if self.n < 3 or not (square := self._second_moment):
            return NAN
        mean = Fraction(self.first, self.n)
        third = Fraction(self.third, self.n) - 3 * mean * Fraction(self.second, self.n) + 2 * mean**3
        return float(third) / float(square) ** 1.5


def powers_of(frame: pd.DataFrame, n: str, decimals: int) -> Powers:
    """Add up the rows of a frame with the parts and the numbers of cases.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (k, …)
        With `PARTS` as text, missing where a row has no known value.
    n : str
        The column that counts known values.
    """
    total = {name: sum(int(text) for text in frame[name] if not pd.isna(text)) for name in PARTS}
    one, two, three = HALF_BITS, 2 * HALF_BITS, 3 * HALF_BITS
    square = (total["hh"] << two) + (total["hl"] << one + 1) + total["ll"]
    cube = (total["hhh"] << three) + 3 * (total["hhl"] << two) + 3 * (total["hll"] << one) + total["lll"]
    return Powers(int(frame[n].sum()), total["p1"], square, cube, decimals)
