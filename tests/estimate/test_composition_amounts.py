"""Amounts of a composition: what adds up, what is absent, what is refused; zeros and log-ratios by hand."""

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DataError, StudyError
from dipeval.estimate.composition.amounts import ALL_ZERO, NOT_SENT, REST, read_composition
from dipeval.estimate.composition.log_ratios import (
    among,
    basis_of,
    centred_log_ratios,
    composition_of,
    perturbed,
    pivot_balances,
)
from dipeval.estimate.composition.zeros import LEAVE_OUT, ZeroRule, without_zeros, zero_counts

ABC = ("a", "b", "c")


def frame(**columns) -> pd.DataFrame:
    made = {"city": "x", "period": "2020", **columns}
    return pd.DataFrame(made).astype({k: "Int64" for k in columns})


def test_shares_by_hand():
    found = read_composition(
        frame(a=[1, 0, None, 0], b=[3, 5, 1, 0], c=[4, 5, 1, 0], total=[8, 10, 2, 0]), ABC, total="total"
    )
    assert found.parts == ABC and found.absent == ()
    assert np.array_equal(found.shares[:2], [[0.125, 0.375, 0.5], [0, 0.5, 0.5]])
    assert np.isnan(found.shares[2:]).all() and found.known.tolist() == [True, True, False, False]
    assert (found.unknown, found.empty, found.not_itemised) == (1, 1, 0.0)


def test_a_part_that_a_format_lacks_is_absent_by_name():
    found = read_composition(frame(a=[1, 2], b=[3, 2], c=[0, 0], d=[None, None]), (*ABC, "d", "e"))
    assert found.parts == ("a", "b")
    assert found.absent == (("d", NOT_SENT), ("e", NOT_SENT), ("c", ALL_ZERO))


def test_all_negative_amounts_are_told_at_once():
    with pytest.raises(DataError) as told:
        read_composition(frame(a=[-1, 1, -3], b=[3, -2, 2]), ("a", "b"))
    assert [(p.where, p.count) for p in told.value.problems] == [
        ("panel, column a", 2),
        ("panel, column b", 1),
    ]
    assert told.value.problems[0].evidence == ("row 1, x, 2020", "row 3, x, 2020")


def test_parts_that_do_not_sum_are_refused_with_rows_and_their_number():
    given = frame(a=[50, 50, 50], b=[50, 40, 60], total=[100, 100, 100])
    with pytest.raises(DataError) as told:
        read_composition(given, ("a", "b"), total="total")
    more, less = told.value.problems
    assert "more than total, by 10.0%" in more.what and more.evidence == ("row 3, x, 2020",)
    assert "10.0% is missing" in less.what and less.evidence == ("row 2, x, 2020",)
    assert read_composition(given, ("a", "b"), total="total", tolerance=0.1).known.all()


def test_the_rest_is_a_part_of_its_own_or_no_matter():
    given = frame(a=[50, 50], b=[50, 40], total=[100, 100])
    own = read_composition(given, ("a", "b"), total="total", rest="part")
    assert own.parts == ("a", "b", REST) and np.array_equal(own.shares[1], [0.5, 0.4, 0.1])
    out = read_composition(given, ("a", "b"), total="total", rest="left_out")
    assert np.allclose(out.shares[1], [5 / 9, 4 / 9], rtol=0, atol=1e-15) and out.not_itemised == 0.05
    assert np.allclose(out.left_out, [0, 0.1], rtol=0, atol=1e-15)
    with pytest.raises(DataError, match="more than total"):
        read_composition(frame(a=[60], b=[60], total=[100]), ("a", "b"), total="total", rest="part")


def test_one_part_is_no_composition():
    with pytest.raises(DataError, match="fewer than two parts hold any amount: a"):
        read_composition(frame(a=[1, 2], b=[0, 0]), ("a", "b"))


def test_multiplicative_replacement_keeps_the_ratios_of_the_others():
    shares = np.array([[0.0, 0.4, 0.6], [0.1, 0.3, 0.6], [0.0, 0.0, 1.0], [np.nan] * 3])
    made = without_zeros(shares, ZeroRule())
    # Martín-Fernández et al. (2003), eq. 6, with δ = 0.65 × 0.1 and 0.65 × 0.3
    assert np.allclose(made[0], [0.065, 0.4 * 0.935, 0.6 * 0.935], rtol=0, atol=1e-15)
    assert np.allclose(made[2], [0.065, 0.195, 0.74], rtol=0, atol=1e-15)
    assert np.array_equal(made[1], shares[1]) and np.isnan(made[3]).all()
    assert np.allclose(made[:3].sum(1), 1, rtol=0, atol=1e-15)
    left = without_zeros(shares, ZeroRule(LEAVE_OUT))
    assert np.isnan(left[[0, 2, 3]]).all() and np.array_equal(left[1], shares[1])
    assert zero_counts(shares).tolist() == [2, 1, 0]


def test_centred_log_ratios_by_hand_and_back():
    x = np.array([0.5, 0.25, 0.25])
    assert np.allclose(centred_log_ratios(x), np.log(2) * np.array([2, -1, -1]) / 3, rtol=0, atol=1e-15)
    assert np.allclose(composition_of(centred_log_ratios(x) + 7), x, rtol=0, atol=1e-15)
    assert np.allclose(perturbed(x, np.log([1, 2, 1])), [0.4, 0.4, 0.2], rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    "balances",
    [
        pivot_balances(("a", "b", "c", "d")),
        {"x": (("a", "c"), ("b", "d")), "y": (("a",), ("c",)), "z": (("d",), ("b",))},
    ],
)
def test_balances_are_an_orthonormal_basis(balances):
    parts = ("a", "b", "c", "d")
    basis = basis_of(balances, parts)
    assert np.allclose(basis.T @ basis, np.eye(3), rtol=0, atol=1e-15) and np.allclose(
        basis.sum(0), 0, atol=1e-15
    )
    centred = centred_log_ratios(np.random.default_rng(1).dirichlet(np.ones(4), 50))
    assert np.allclose(centred @ basis @ basis.T, centred, rtol=0, atol=1e-14)


def test_a_pivot_balance_by_hand():
    basis = basis_of(pivot_balances(ABC), ABC)
    x = np.array([0.5, 0.3, 0.2])
    by_hand = [np.sqrt(2 / 3) * np.log(0.5 / np.sqrt(0.06)), np.sqrt(1 / 2) * np.log(1.5)]
    assert np.allclose(centred_log_ratios(x) @ basis, by_hand, rtol=0, atol=1e-15)


def test_balances_without_the_parts_that_a_format_lacks():
    balances = {"x": (("a", "c"), ("b", "d")), "y": (("a",), ("c",)), "z": (("d",), ("b",))}
    kept = among(balances, ("a", "b", "d"))
    assert kept == {"x": (("a",), ("b", "d")), "z": (("d",), ("b",))}
    assert basis_of(kept, ("a", "b", "d")).shape == (3, 2)


@pytest.mark.parametrize(
    ("balances", "what"),
    [
        ({"x": (("a",), ("b",))}, "no sequential binary partition"),
        ({"x": (("a",), ("b", "c")), "y": (("a",), ("b",))}, "no sequential binary partition"),
        ({"x": (("a",), ("a", "c"))}, "no balance of two groups"),
        ({"x": (("a",), ("d",))}, "'d' is no part"),
    ],
)
def test_balances_that_are_no_partition_are_refused(balances, what):
    with pytest.raises(StudyError, match=what):
        basis_of(balances, ABC)
