"""Indices by hand: both variants of consumption, homogeneity of types, compositions and bins."""

import pandas as pd
import pytest

from dipeval.dip.description import binned, composition
from dipeval.dip.indices import homogeneity, indices
from dipeval.dip.low_standard import LowStandard, low_standard_rate
from dipeval.dip.scoring import Scales

SCALES = Scales(weight=2, auxiliary=4, hospital=4, ratio=4)


def scored_cases(*rows: tuple) -> pd.DataFrame:
    """(hospital, type, cost, days, weight, auxiliary)"""
    names = [
        "hospital",
        "disease_type",
        "total_cost",
        "care_days",
        "relative_weight",
        "auxiliary_coefficient",
    ]
    frame = pd.DataFrame(rows, columns=names).astype({"hospital": "str", "disease_type": "str"})
    return frame.astype(dict.fromkeys(names[2:], "Int64"))


CASES = scored_cases(
    ("H1", "A", 100, 2, 50, 10_000),
    ("H1", "A", 300, 4, 50, 12_000),
    ("H1", "B", 1000, 10, 200, 10_000),
    ("H1", None, 70, 1, None, None),
    ("H2", "A", 200, 6, 50, 10_000),
    ("H2", "B", 3000, 20, 200, 10_500),
)


def test_indices_by_hand(engine):
    made = indices(engine, engine.small_table(CASES), ["hospital"], SCALES, 1).frame.set_index("hospital")
    # m_A = 200 (days 4), m_B = 2000 (days 15)
    one = made.loc["H1"]
    assert (one.cases, one.grouped_cases, one.grouping_rate) == (4, 3, 0.75)
    assert one.case_mix_index == (0.5 + 0.5 + 2) / 3
    assert one.cost_index_by_type == pytest.approx((2 * (200 / 200) + 1000 / 2000) / 3)
    assert one.cost_index_of_sums == pytest.approx(1400 / (2 * 200 + 2000))
    assert one.time_index_by_type == pytest.approx((2 * (3 / 4) + 10 / 15) / 3)
    assert one.time_index_of_sums == pytest.approx(16 / (2 * 4 + 15))
    assert one.adjusted_share == pytest.approx(1 / 3) and one.mean_cost == 1470 / 4
    # Over all hospitals together the index of sums is 1 by construction.
    city = indices(engine, engine.small_table(CASES.assign(city="c")), ["city"], SCALES, 1).frame.iloc[0]
    assert city.cost_index_of_sums == pytest.approx(1) and city.cost_index_by_type == pytest.approx(1)


def test_a_hospital_without_grouped_cases_has_no_index(engine):
    frame = pd.concat([CASES, scored_cases(("H3", None, 5, 1, None, None))])
    row = (
        indices(engine, engine.small_table(frame), ["hospital"], SCALES, 1)
        .frame.set_index("hospital")
        .loc["H3"]
    )
    assert row.grouping_rate == 0 and pd.isna(row.case_mix_index) and pd.isna(row.cost_index_by_type)


def test_homogeneity_by_hand(engine):
    made = homogeneity(engine, engine.small_table(CASES))
    types = made.types.set_index("disease_type")
    assert types["cv"]["A"] == pytest.approx(100 / 200) and types["cases"]["B"] == 2
    values = [100, 300, 200, 1000, 3000]
    mean = sum(values) / 5
    within = 100**2 + 100**2 + 1000**2 + 1000**2
    assert made.reduction_in_variance == pytest.approx(1 - within / sum((v - mean) ** 2 for v in values))
    alike = homogeneity(engine, engine.small_table(CASES.assign(total_cost=7)))
    assert alike.types["cv"].tolist() == [0.0, 0.0]


def test_composition_is_a_pareto_table(engine):
    made = composition(
        engine, engine.small_table(CASES[CASES["disease_type"].notna()]), ["disease_type"]
    ).frame
    assert made["disease_type"].tolist() == ["A", "B"]
    assert made["share"].tolist() == [0.6, 0.4] and made["cumulative_share"].tolist() == [0.6, 1.0]


def test_bins_hold_their_lower_edge(engine):
    table = engine.small_table(pd.DataFrame({"x": [0.1, 0.5, 0.99, 1.0, 2.0, None]}))
    made = engine.to_frame(table.mutate(bin=binned(table.x, [0.5, 1, 2])))
    labels = made.set_index("x")["bin"]
    assert [labels[x] for x in (0.1, 0.5, 0.99, 1.0, 2.0)] == [
        "< 0.5",
        "0.5 to < 1",
        "0.5 to < 1",
        "1 to < 2",
        "2 and more",
    ]
    assert made[made["x"].isna()]["bin"].isna().all()


def test_the_screen_for_low_standard_admissions(engine):
    frame = CASES.assign(
        procedures=["", "47.01", None, None, "", ""], examination_cost=[60, 200, 900, 70, 90, 2000]
    ).astype({"procedures": "str"})
    table = engine.small_table(frame)
    made = low_standard_rate(engine, table, LowStandard(), 100).set_index("hospital")
    assert made["low_standard"].to_dict() == {"H1": 1, "H2": 0}  # the first case alone: 2 days, 0.5, 60 %
    loose = LowStandard(most_days=6, least_examination=None)
    assert low_standard_rate(engine, table, loose, 100)["low_standard"].tolist() == [1, 1]
