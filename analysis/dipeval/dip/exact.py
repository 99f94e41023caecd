"""Exact numbers: decimals as written in a file, half-up rounding, and division of a pool to the fen.

Nothing here is a float. Weights, coefficients and amounts are integers with a declared number of decimals;
whatever lies between is a fraction, rounded once, half up (away from zero): 0.5 becomes 1, -0.5 becomes -1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


def decimal_of(value: int | float | str | Decimal) -> Decimal:
    """A number of a TOML file as the decimal that was written: 0.1 is one tenth.

    A float of at most 15 digits has one shortest decimal, and that is what the file says.
    """
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def half_up(value: Fraction | Decimal | int) -> int:
    """The nearest integer; halves go away from zero."""
    exact = value if isinstance(value, Fraction) else Fraction(value)
    return half_up_ratio(exact.numerator, exact.denominator)


def half_up_ratio(numerator: int, denominator: int) -> int:
    """`half_up` of a ratio that need not be in lowest terms; the denominator is above 0."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator >= 0 else -size


def scaled(value: Fraction | Decimal | int, decimals: int) -> int:
    """`value` in units of 10^-`decimals`, rounded half up."""
    return half_up(Fraction(value) * 10**decimals)


def is_whole(value: Fraction | Decimal | int, decimals: int) -> bool:
    """Whether `value` is a whole number of 10^-`decimals`."""
    return (Fraction(value) * 10**decimals).denominator == 1


@dataclass(frozen=True)
class Allocation:
    """A pool divided by shares.

    Attributes
    ----------
    parts : tuple of int
        In the order of the shares; they sum to the pool less `residual`.
    residual : int
        What could not be given without preferring one of several equal claims; at most one unit for each
        claim.
    """

    parts: tuple[int, ...]
    residual: int


def allocate(pool: int, shares: Sequence[int]) -> Allocation:
    """Divide a pool by the largest remainder, without looking at names or order.

    Each claim gets the whole units of its exact share. Units left over go to the largest remainders; where
    claims with equal remainders are more than the units left, none of them gets one and the units stay as
    `residual`. So equal claims are paid equally, whatever they are called and wherever they stand.

    Parameters
    ----------
    pool : int
        Minor units, 0 or more.
    shares : sequence of int
        0 or more each; in proportion to them the pool is divided. If all are 0 the pool stays whole.

    Returns
    -------
    Allocation
        Cost: O(n log n).

    Raises
    ------
    ValueError
        If the pool or a share is negative: a mistake of the code, inputs are checked before.
    """
    if pool < 0 or any(share < 0 for share in shares):
        raise ValueError("a pool and its shares are never negative")
    whole = sum(shares)
    if whole == 0:
        return Allocation((0,) * len(shares), pool)
    parts = [pool * share // whole for share in shares]
    remainders = [pool * share % whole for share in shares]
    left = pool - sum(parts)
    for remainder in sorted(set(remainders), reverse=True):
        tied = [k for k, found in enumerate(remainders) if found == remainder]
        if remainder == 0 or len(tied) > left:
            break
        for k in tied:
            parts[k] += 1
        left -= len(tied)
    return Allocation(tuple(parts), left)
