"""Rounding half up, and the division of a pool to the fen."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from dipeval.dip.exact import allocate, decimal_of, half_up, is_whole, scaled


def test_halves_go_up():
    assert [half_up(Fraction(n, 2)) for n in (-3, -1, 0, 1, 3)] == [-2, -1, 0, 1, 2]
    assert (half_up(Decimal("0.49999")), half_up(Fraction(1, 3)), half_up(Fraction(2, 3))) == (0, 0, 1)


def test_decimals_are_those_of_the_file():
    assert decimal_of(0.1) == Decimal("0.1") and scaled(decimal_of(1.00005), 4) == 10001
    assert is_whole(Decimal("1.25"), 2) and not is_whole(Decimal("1.255"), 2)


def test_the_largest_remainders_get_the_last_units():
    # 10 × 1/6, 2/6, 3/6 = 1.67, 3.33, 5.00
    assert allocate(10, [1, 2, 3]).parts == (2, 3, 5)


def test_equal_claims_are_paid_equally_and_the_rest_stays():
    made = allocate(10, [1, 1, 1])
    assert (made.parts, made.residual) == ((3, 3, 3), 1)
    made = allocate(11, [1, 1, 2, 2])
    assert (made.parts, made.residual) == ((2, 2, 3, 3), 1)


def test_no_shares_leave_the_pool_whole():
    assert allocate(7, [0, 0]) == allocate(7, [0, 0]) and allocate(7, [0, 0]).residual == 7
    assert allocate(7, []).residual == 7


def test_a_zero_share_gets_nothing():
    assert allocate(100, [0, 1, 2]).parts[0] == 0


@pytest.mark.parametrize("seed", range(20))
def test_parts_and_residual_are_the_pool_whatever_the_order(seed):
    draw = np.random.default_rng(seed)
    shares = [int(s) for s in draw.integers(0, 9, draw.integers(1, 30))]
    pool = int(draw.integers(0, 1000))
    made = allocate(pool, shares)
    assert sum(made.parts) + made.residual == pool and 0 <= made.residual
    order = [int(k) for k in draw.permutation(len(shares))]
    again = allocate(pool, [shares[k] for k in order])
    assert again.parts == tuple(made.parts[k] for k in order) and again.residual == made.residual
    if sum(shares):
        assert all(
            abs(p - Fraction(pool * s, sum(shares))) < 1 for p, s in zip(made.parts, shares, strict=True)
        )
