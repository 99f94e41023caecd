"""What columns become before they are clustered, and what is refused or said of them."""

import numpy as np
import pytest

from dipeval.cluster.preparation import Variable, centred_log_ratios, prepare
from dipeval.errors import DataError

COST, DAYS = Variable("total_cost", "log"), Variable("care_days")


def test_logs_and_scales():
    values = np.array([[1.0, 2.0], [np.e, 4.0], [np.e**2, 6.0]])
    found = prepare(values, [COST, DAYS])
    root = np.sqrt(2 / 3)
    np.testing.assert_allclose(found.points[:, 0], [-1 / root, 0, 1 / root])
    np.testing.assert_allclose(found.centre, [1, 4])
    robust = prepare(values, [Variable("a", scale="none"), Variable("b", scale="robust")])
    np.testing.assert_allclose(robust.points[:, 0], values[:, 0])
    np.testing.assert_allclose(robust.points[:, 1] * 1.4826, [-1, 0, 1])
    assert found.remarks == ()


def test_shares_become_log_ratios():
    parts = np.array([[1.0, 1.0, 2.0], [3.0, 3.0, 3.0], [0.2, 0.5, 0.3]])
    found = centred_log_ratios(parts)
    np.testing.assert_allclose(found.sum(axis=1), 0, atol=1e-15)
    np.testing.assert_allclose(found[0], np.log([1, 1, 2]) - np.log(2) / 3)
    variables = [Variable(n, "clr", "none") for n in "abc"]
    np.testing.assert_allclose(prepare(parts * 7, variables).points, found)


def test_zero_parts_need_a_word():
    parts = np.array([[0.0, 1.0, 3.0], [1.0, 1.0, 2.0]])
    with pytest.raises(DataError, match="are 0 and have no logarithm"):
        centred_log_ratios(parts)
    found = centred_log_ratios(parts, 0.01)
    shares = np.exp(found[0]) / np.exp(found[0]).sum()
    np.testing.assert_allclose(shares, [0.01, 0.99 / 4, 0.99 * 3 / 4])


def test_missing_values_need_a_rule():
    values = np.array([[1.0, 2.0], [2.0, np.nan], [3.0, 5.0], [9.0, 8.0]])
    with pytest.raises(DataError, match="care_days: is missing in 1 rows"):
        prepare(values, [COST, DAYS])
    dropped = prepare(values, [COST, DAYS], "drop")
    assert dropped.kept.tolist() == [True, False, True, True]
    assert len(dropped.points) == 3
    assert dropped.remarks[0][0] == "1 row with a missing value is left out."
    filled = prepare(values, [COST, DAYS], "median")
    assert filled.points[1, 1] == pytest.approx(filled.points[2, 1]) and "median" in filled.remarks[0][0]


def test_all_problems_come_in_one_message():
    values = np.array([[0.0, np.inf, -1.0], [1.0, 2.0, 3.0], [2.0, np.nan, 4.0]])
    with pytest.raises(DataError) as told:
        prepare(values, [COST, DAYS, Variable("drug_cost", "log_plus_one")])
    assert {p.where for p in told.value.problems} == {"total_cost", "care_days", "drug_cost"}
    assert len(told.value.problems) == 4


@pytest.mark.parametrize(
    ("column", "variable", "said"),
    [
        ([3.0, 3.0, 3.0], DAYS, "constant"),
        ([1.0, 1.0, 1.0, 5.0], Variable("x", scale="robust"), "median deviation is 0"),
        ([1.0, 2.0], Variable("x", "sqrt"), "'sqrt' is not known"),
        ([1.0, 2.0], Variable("x", "clr"), "no composition"),
    ],
)
def test_columns_that_part_nothing_are_refused(column, variable, said):
    with pytest.raises(DataError, match=said):
        prepare(np.array(column)[:, None], [variable])


def test_one_row_that_dominates_is_said():
    draw = np.random.default_rng(1)
    values = np.column_stack([draw.lognormal(8, 0.5, 200), draw.normal(9, 2, 200)])
    values[7, 0] = 5e7
    (english, chinese), *rest = prepare(values, [Variable("total_cost"), DAYS]).remarks
    assert not rest and "total_cost" in english and "单个记录" in chinese
    assert prepare(values[8:], [Variable("total_cost"), DAYS]).remarks == ()
