"""Exact division and rounding of integers as lazy expressions, the same on every engine.

Ibis writes the division of two integers as a division of floats, which is off by one beyond 2^53. A multiple
of the divisor divided by it is exact again after rounding, as long as the quotient stays below 2^51: that is
what all of this stands on. Arguments are never negative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

    Whole = ir.IntegerValue | int


def quotient(number: ir.IntegerValue, divisor: Whole) -> ir.IntegerValue:
    """Whole part of `number` / `divisor`, exact for quotients below 2^51."""
    return ((number - number % divisor) / divisor).round().cast("int64")


def rounded_quotient(number: ir.IntegerValue, divisor: Whole) -> ir.IntegerValue:
    """`number` / `divisor` rounded half up; twice the number must fit an int64."""
    return quotient(number * 2 + divisor, divisor * 2)


def rounded_ratio(number: ir.IntegerValue, divisor: ir.IntegerValue, decimals: int) -> ir.IntegerValue:
    """`number` / `divisor` in units of 10^-`decimals`, rounded half up.

    Long division: `number` may be large, and 2 · 10^`decimals` · `divisor` must fit an int64.
    """
    one = 10**decimals
    return quotient(number, divisor) * one + rounded_quotient((number % divisor) * one, divisor)


def rounded_product(
    number: ir.IntegerValue, number_decimals: int, factor: ir.IntegerValue, factor_decimals: int
) -> ir.IntegerValue:
    """`number` · 10^-a times `factor` · 10^-b, rounded half up to a whole number.

    The product itself may exceed an int64: it is taken apart first, and rounded once. With a = 8 and b = 4,
    `number` up to 10^17 and `factor` up to 10^9 are safe.
    """
    one, unit = 10**number_decimals, 10**factor_decimals
    whole, rest = quotient(number, one), number % one
    large = whole * factor
    small = (large % unit) * one + rest * factor
    return quotient(large, unit) + rounded_quotient(small, one * unit)
