"""The kind ``concentration`` against the definitions, all pairs and all leave-outs written out."""

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as some

from dipeval.describe.cases.lorenz import (
    Amounts,
    amounts_of,
    gini,
    gini_error,
    herfindahl,
    lorenz,
    top_share,
)
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError

NEAR = {"rel": 1e-9, "abs": 1e-12}


def by_pairs(x):
    """Gini's coefficient by its definition."""
    x = np.asarray(x, dtype=float)
    return np.abs(x[:, None] - x[None, :]).sum() / (2 * len(x) ** 2 * x.mean())


def by_leaving_out(x):
    left = np.array([by_pairs(np.delete(x, i)) for i in range(len(x))])
    return np.sqrt((len(x) - 1) / len(x) * ((left - left.mean()) ** 2).sum())


@settings(max_examples=40, deadline=None)
@for_all(
    some.lists(some.integers(0, 30), min_size=3, max_size=25).filter(lambda x: sum(v > 0 for v in x) > 1)
)
def test_gini_and_its_error_are_those_of_the_definition(values):
    amounts = amounts_of(np.array(values))
    assert gini(amounts) == pytest.approx(by_pairs(values), **NEAR)
    assert gini_error(amounts) == pytest.approx(by_leaving_out(np.array(values)), rel=1e-7, abs=1e-9)
    x = np.sort(values)
    at = np.arange(len(x) + 1) / len(x)
    assert lorenz(amounts, at) == pytest.approx(np.concatenate([[0], x.cumsum()]) / x.sum(), **NEAR)


def test_extremes():
    assert gini(amounts_of(np.array([5, 5, 5]))) == 0
    assert gini(amounts_of(np.array([0, 0, 0, 8]))) == pytest.approx(0.75)
    assert np.isnan(gini(amounts_of(np.array([0, 0])))) and np.isnan(gini_error(amounts_of(np.array([1, 2]))))
    assert herfindahl(amounts_of(np.array([2, 2, 2, 2]))) == pytest.approx(0.25)
    assert top_share(amounts_of(np.arange(1, 101)), 0.1) == pytest.approx(sum(range(91, 101)) / 5050)
    with pytest.raises(ValueError, match="not be negative"):
        Amounts(np.array([-1, 2]), np.array([1, 1]))


def test_costs_over_cases(make, stays, cell):
    made = make("concentration", amount="total_cost", by="insurance_type")
    table, curve = made["d_table"], made["d"].frame
    for level, part in [*stays.groupby("insurance_type"), ("total", stays)]:
        x = np.sort(part["total_cost"].to_numpy())
        found = cell(table, level, "gini")
        assert found["value"] == pytest.approx(by_pairs(x), **NEAR)
        assert found["low"] < found["value"] < found["high"]
        assert cell(table, level, "cases")["value"] == len(x)
        k = round(len(x) * 0.1, 6)
        top = np.interp(len(x) - k, np.arange(len(x) + 1), np.concatenate([[0], x.cumsum()])) / x.sum()
        assert cell(table, level, "top0.1")["value"] == pytest.approx(1 - top, **NEAR)
        assert len(curve[curve["series"] == level]) == 11
    points = curve[(curve["series"] == "total") & curve["x"].between(0.05, 0.95)]
    assert (points["count"] <= len(stays) / 10).all() and (points["largest_share"] < 0.3).all()


def test_cases_over_hospitals(make, stays, cell):
    table = make("concentration", over="hospital", amount="cases", tops=(0.1, 0.5))["d_table"]
    sizes = stays.groupby(["city", "hospital"]).size().to_numpy()
    assert cell(table, "total", "units")["value"] == len(sizes)
    assert cell(table, "total", "gini")["value"] == pytest.approx(by_pairs(sizes), **NEAR)
    assert cell(table, "total", "herfindahl")["value"] == pytest.approx(
        ((sizes / sizes.sum()) ** 2).sum(), **NEAR
    )
    effective = 1 / ((sizes / sizes.sum()) ** 2).sum()
    assert cell(table, "total", "effective")["value"] == pytest.approx(effective, **NEAR)
    half = np.sort(sizes)[len(sizes) // 2 :]
    top = cell(table, "total", "top0.5")
    assert top["value"] == pytest.approx(half.sum() / sizes.sum(), **NEAR)
    assert (top["count"], top["largest_share"]) == (half.sum(), pytest.approx(half.max() / half.sum()))


def test_money_over_departments_leaves_unknown_amounts_out(make, stays, cell):
    table = make("concentration", over="department", amount="fund_paid")["d_table"]
    sums = (
        stays.dropna(subset=["fund_paid"]).groupby("department")["fund_paid"].sum().astype(float).to_numpy()
    )
    assert cell(table, "total", "gini")["value"] == pytest.approx(by_pairs(sums), **NEAR)
    assert cell(table, "total", "cases")["value"] == stays["fund_paid"].notna().sum()


def test_one_hospitals_tenth_is_held_back(make):
    few = {"city": ("a",), "hospital": ("h0", "h1", "h2", "h3", "h4")}
    made = list(make("concentration", few, over="hospital", amount="total_cost").values())
    (curve, held), _ = gate_together(made)
    frame = curve.exhibit.frame
    assert held and frame["suppressed"].sum() == 9
    assert frame["value"].dropna().tolist() == [0.0, 1.0]


def test_wrong_asks_are_told(make):
    with pytest.raises(DataError, match="below zero"):
        make("concentration", amount="profit")
    with pytest.raises(DataError) as error:
        make("concentration", amount="cases", tops=(0.5, 0.1))
    assert "nothing is unequal" in str(error.value) and "tops" in str(error.value)
    with pytest.raises(DataError, match="drug_cost"):
        make("concentration", amount="drug_cost")
    with pytest.raises(DataError, match="no case"):
        make("concentration", {"level": ("none",)}, amount="total_cost")
    with pytest.raises(DataError, match="curves are drawn at most"):
        make("concentration", amount="total_cost", by="department")
