"""The kind ``distribution`` against numpy and scipy on the same values."""

import numpy as np
import pytest
from scipy import stats

from dipeval.describe.cases.bin_edges import MOST_BINS, ratio_edges, step_edges
from dipeval.describe.cases.power_sums import Powers
from dipeval.disclose.gate import gate_together
from dipeval.errors import DataError

NEAR = {"rel": 1e-9}


def test_quantiles_and_moments_are_those_of_numpy(make, stays, cell):
    made = make("distribution", measures=("fund_paid", "profit"), by="level")
    for name, scale in (("fund_paid", 100), ("profit", 100)):
        table = made[f"d_{name}_table"]
        for level in ("tertiary", "total"):
            part = stays if level == "total" else stays[stays["level"] == level]
            x = part[name].dropna().to_numpy(dtype=float) / scale
            assert cell(table, level, "cases")["value"] == len(x)
            mean = cell(table, level, "mean")
            assert (mean["value"], mean["spread"]) == pytest.approx((x.mean(), x.std(ddof=1)), **NEAR)
            for share in (0.05, 0.5, 0.99):
                row = cell(table, level, f"q{share:g}")
                assert row["value"] == pytest.approx(np.quantile(x, share), **NEAR)
                assert row["count"] <= len(x) * min(share, 1 - share) or share == 0.5
            assert cell(table, level, "skewness")["value"] == pytest.approx(stats.skew(x), rel=1e-7)
            if name != "profit":
                assert cell(table, level, "variation")["value"] == pytest.approx(
                    x.std(ddof=1) / x.mean(), **NEAR
                )
    assert any("without a value" in note for note in made["d_fund_paid"].notes_en)


def test_bins_hold_every_case_once(make, stays):
    bars = make("distribution", measures=("total_cost",), by="level")["d_total_cost"].frame
    for level, part in [*stays.groupby("level"), ("total", stays)]:
        here = bars[bars["group"] == level]
        edges = [*here["left"], here["right"].iloc[-1]]
        expected = np.histogram(part["total_cost"] / 100, bins=edges)[0]
        assert list(here["count"]) == list(expected) and here["count"].sum() == len(part)
        assert here["value"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("options", "limits"),
    [
        pytest.param(
            {"outliers": "percentiles"}, lambda x: np.quantile(x, [0.01, 0.99]), marks=pytest.mark.slow
        ),
        ({"outliers": "span", "span": (0.3, 2.0)}, lambda x: (0.3, 2.0)),
        (
            {"outliers": "iqr_log", "factor": 1.0},
            lambda x: np.exp(np.quantile(np.log(x), [0.25, 0.75]) + np.array([-1, 1]) * stats.iqr(np.log(x))),
        ),
    ],
)
def test_outliers_follow_the_declared_rule_within_groups(make, stays, cell, options, limits):
    table = make("distribution", measures=("case_weight",), by="insurance_type", **options)[
        "d_case_weight_table"
    ]
    found = []
    for level, part in stays.groupby("insurance_type"):
        x = part["case_weight"].to_numpy()
        low, high = limits(x)
        found.append(((x < low).sum(), (x > high).sum()))
        assert cell(table, level, "below")["value"] == pytest.approx(found[-1][0] / len(x))
        assert cell(table, level, "above")["count"] == found[-1][1] > 0
    assert cell(table, "total", "above")["count"] == sum(above for _, above in found)


@pytest.mark.slow
def test_days_of_zero_have_no_logarithm_and_stay(make_of, stays, cell):
    zeros = stays.assign(care_days=stays["care_days"] // 8)
    table = make_of(zeros, "distribution", measures=("care_days",), outliers="iqr_log", factor=0.5)[
        "d_care_days_table"
    ]
    x = zeros["care_days"].to_numpy()
    low, high = np.quantile(np.log(x[x > 0]), [0.25, 0.75])
    assert (x == 0).any()
    below = x < np.exp(low - 0.5 * (high - low))
    assert cell(table, "total", "below")["count"] == below.sum()


@pytest.mark.slow
def test_ages_have_bins_of_years(make_of, stays):
    ages = stays.assign(age=20.0 + stays["care_days"] * 2)
    made = make_of(ages, "distribution", measures=("age",))["d_age"]
    assert "log" not in made.options
    widths = {right - left for left, right in zip(made.frame["left"], made.frame["right"], strict=True)} - {
        np.inf
    }
    assert widths == {2.0}


def test_edges_of_ones_own_and_no_groups(make, stays):
    made = make("distribution", measures=("care_days",), edges={"care_days": (5.0, 10.0, 20.0)})
    bars = made["d_care_days"].frame
    assert list(bars["left"]) == [-np.inf, 5, 10, 20] and set(bars["group_en"]) == {"All"}
    assert list(bars["count"]) == list(np.histogram(stays["care_days"], [0, 5, 10, 20, 99])[0])


def test_a_held_bin_is_not_its_groups_rest(make):
    made = list(make("distribution", measures=("total_cost",), by="level").values())
    bars = gate_together(made)[0][0].exhibit.frame
    for _, here in bars.groupby("group"):
        assert here["suppressed"].sum() != 1
    assert bars["suppressed"].any()


def test_held_outliers_are_not_the_rest_of_all(make):
    made = make(
        "distribution", measures=("case_weight",), by="insurance_type", outliers="span", span=(0.3, 2.0)
    )
    shown = made["d_case_weight_table"].frame.query("column == 'above' and row != 'total'")
    judged = gate_together(list(made.values()), minimum_cell=int(shown["count"].min()) + 1)
    frame = next(r.exhibit.frame for r, _ in judged if r.exhibit.kind == "grid")
    assert frame.query("column == 'above'")["suppressed"].sum() >= 2


def test_wrong_rules_are_told_at_once(make):
    with pytest.raises(DataError) as error:
        make("distribution", measures=("total_cost",), outliers="span", span=(2.0,), percentiles=(0.9, 0.1),
             edges={"total_cost": (3.0, 1.0), "care_days": (1.0, 2.0)})  # fmt: skip
    assert all(
        word in str(error.value) for word in ("span", "percentiles", "edges.total_cost", "edges.care_days")
    )
    with pytest.raises(DataError, match="drug_cost"):
        make("distribution", measures=("drug_cost",))
    with pytest.raises(DataError, match="no case"):
        make("distribution", {"level": ("none",)}, measures=("total_cost",), by="level")


def test_edges_are_round_and_reach_around_the_data():
    for low, high in ((3.2, 9800.0), (0.07, 5.1), (1e-3, 1e9), (5.0, 5.0)):
        edges = ratio_edges(low, high)
        assert edges[0] <= low and edges[-1] >= high and len(edges) <= MOST_BINS + 7
        assert list(edges) == sorted(set(edges))
    for low, high, whole in ((1.0, 29.0, True), (0.0, 400.0, True), (-3.0, 0.2, False), (4.0, 4.0, True)):
        edges = step_edges(low, high, whole)
        assert edges[0] <= low and edges[-1] >= high and 2 <= len(edges) <= MOST_BINS + 3


def test_moments_without_spread_are_undefined():
    assert np.isnan(Powers(0, 0, 0, 0).mean) and np.isnan(Powers(1, 3, 9, 27).sd)
    same = Powers(4, 12, 36, 108)
    assert same.sd == 0 and np.isnan(same.skewness)
