"""Coefficients of the auxiliary catalogue, of hospitals and of reviews, on a few cases each."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import pandas as pd
import pytest
from payment_texts import SMALL

from dipeval.dip.auxiliary import with_auxiliary
from dipeval.dip.comorbidity import comorbidity_index, conditions, index_of
from dipeval.dip.deviation import deviated, multiplier, reference_frame
from dipeval.dip.hospital_coefficients import coefficient_frame
from dipeval.dip.parameters import Band, Bonus
from dipeval.dip.reading import national_defaults, parse_payment
from dipeval.dip.special_cases import reviewed
from dipeval.errors import DataError

PLAIN = national_defaults()["auxiliary"][0]
DEVIATION = national_defaults()["deviation"][0]
HOSPITALS = parse_payment(SMALL, "small.toml").year(2021).hospital_coefficients
NO_CATALOGUE = type("Empty", (), {"overall": Fraction(0), "level_means": {}})()


def band(start, end, coefficient) -> Band:
    return Band(Decimal(start), None if end is None else Decimal(end), Decimal(coefficient))


def adjusted(engine, auxiliary, **columns) -> list[int]:
    texts = {n: "str" for n in columns if n.endswith(("grade", "diagnoses", "diagnosis"))}
    table = engine.small_table(pd.DataFrame(columns).astype(texts).reset_index(names="k"))
    made = with_auxiliary(engine, table, auxiliary)
    return engine.to_frame(made, order_by=["k"])["auxiliary_coefficient"].tolist()


def test_bands_hold_their_start_and_not_their_end(engine):
    auxiliary = replace(PLAIN, ages=(band("0", "6", "1.2"), band("65", None, "1.055")))
    assert adjusted(engine, auxiliary, age=[0.0, 5.9, 6.0, 64.9, 65.0, 110.0, None]) == [
        12_000,
        12_000,
        10_000,
        10_000,
        10_550,
        10_550,
        10_000,
    ]


def test_products_are_rounded_once_and_the_highest_may_count_alone(engine):
    auxiliary = replace(
        PLAIN, ages=(band("65", None, "1.055"),), severity={"1": Decimal("1.013"), "2": Decimal("0.9")}
    )
    columns = {"age": [70, 70, 70, 1, 1], "severity_grade": ["1", "2", None, "2", None]}
    # 1.055 · 1.013 = 1.068715; 1.055 · 0.9 = 0.9495
    assert adjusted(engine, auxiliary, **columns) == [10_687, 9_495, 10_550, 9_000, 10_000]
    highest = replace(auxiliary, combine="highest")
    assert adjusted(engine, highest, **columns) == [10_550, 10_550, 10_550, 9_000, 10_000]


def test_a_grade_without_a_coefficient_stops(engine):
    auxiliary = replace(PLAIN, severity={"mild": Decimal("1.1")})
    with pytest.raises(DataError, match="severity_grade: has grades without a coefficient\n.*seen: milt"):
        adjusted(engine, auxiliary, severity_grade=["mild", "milt", None])
    with pytest.raises(DataError, match="column severity_grade: the auxiliary catalogue needs it"):
        adjusted(engine, auxiliary, age=[1])


def test_the_metastasis_rule(engine):
    auxiliary = replace(PLAIN, tumour={"metastasis": Decimal("1.3")}, tumour_by="metastasis_rule")
    made = adjusted(
        engine,
        auxiliary,
        principal_diagnosis=["C50.9", "C50.9", "C78.0", "C78.0", "C50.9", "C50.9", "I10"],
        secondary_diagnoses=["I10; C78.000", "C78.0", "C78.1", "C78.1;C79.5", None, "C76.0;D48", "c80.x"],
        care_days=[4, 3, 9, 9, 9, 9, 9],
    )
    assert made == [13_000, 10_000, 10_000, 13_000, 10_000, 10_000, 13_000]


def test_the_comorbidity_index_by_hand(engine):
    known = {
        "I21.000": 1,
        "I50.900;I50.1": 1,  # heart failure counts once
        "E11.900": 1,
        "E11.200": 2,
        "E11.900;E11.200": 2,  # the severe form alone
        "C50.900": 2,
        "C50.9;C78.0": 6,
        "K70.300;K72.9": 3,
        "B24.x00": 6,
        "I10;Z51.1": 0,
        "I21;I50;I70;I60;F00;J44;M05;K25;B18;E10.0": 10,
        " g81.9 ; n18.0": 4,
    }
    frame = pd.DataFrame({"secondary_diagnoses": [*known, None, ""]}).astype("str")
    frame.loc[len(known), "secondary_diagnoses"] = None
    made = engine.to_frame(comorbidity_index(engine, engine.small_table(frame)))
    found = made.set_index("secondary_diagnoses")["comorbidity_index"].to_dict()
    assert {text: found.get(text, 0) for text in known} == known
    assert {text: index_of(text) for text in known} == known


def test_the_weights_of_the_index_are_the_classic_ones():
    weights = {}
    for condition in conditions():
        weights.setdefault(condition.weight, []).append(condition.name)
    assert {w: len(names) for w, names in weights.items()} == {1: 10, 2: 4, 3: 1, 6: 2}
    assert all(c.below in ("", *(d.name for d in conditions())) for c in conditions())


def coefficients(there, declared, catalogue=NO_CATALOGUE):
    frame = pd.DataFrame(there, columns=["hospital", "level"]).astype("str")
    return coefficient_frame(frame, declared, catalogue)["hospital_coefficient"].tolist()


def test_bonuses_are_added_or_multiplied():
    bonuses = tuple(Bonus("H1", Decimal(b), "x", "s") for b in ("0.02", "0.03"))
    declared = replace(HOSPITALS, bonuses=bonuses)
    there = [("H1", "tertiary"), ("H2", "primary")]
    assert coefficients(there, declared) == [11_500, 8_500]
    assert coefficients(there, replace(declared, combine="multiply")) == [11_557, 8_500]  # 1.1·1.02·1.03
    own = replace(declared, hospitals={"H2": Decimal("0.975")})
    assert coefficients(there, own)[1] == 9_750


def test_the_base_by_level_means():
    means = {"tertiary": Fraction(1500), "primary": Fraction(400)}
    catalogue = type("Means", (), {"overall": Fraction(900), "level_means": means})()
    declared = replace(HOSPITALS, base="level_mean", levels={})
    assert coefficients([("H1", "tertiary"), ("H2", "primary")], declared, catalogue) == [16_667, 4_444]


def test_hospitals_that_have_no_coefficient_or_a_bonus_for_nobody():
    declared = replace(HOSPITALS, bonuses=(Bonus("H9", Decimal("0.1"), "x", "s"),))
    with pytest.raises(DataError) as caught:
        coefficients([("H1", "unrated")], declared)
    assert "hospital H1: no coefficient for the level unrated" in str(caught.value)
    assert "hospital H9: has a bonus, but no case" in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "beyond"), [("as_high", 60_000), ("as_normal", 10_000), ("as_incurred", 70_000)]
)
def test_classes_and_multipliers_at_their_edges(engine, rule, beyond):
    deviation = replace(DEVIATION, extreme_rule=rule)
    costs = [0, 49, 50, 200, 201, 500, 501, 700]
    frame = pd.DataFrame({"total_cost": costs, "reference_sum": 300, "reference_count": 3})
    frame = frame.assign(low_below=50, high_above=200, extreme_above=500)
    made = engine.to_frame(deviated(engine.small_table(frame), deviation), order_by=["total_cost"])
    assert made["deviation_class"].tolist() == ["low"] * 2 + ["normal"] * 2 + ["high"] * 2 + ["extreme"] * 2
    assert made["cost_ratio"].tolist() == [cost * 100 for cost in costs]
    assert made["deviation_multiplier"].tolist()[:6] == [0, 4_900, 10_000, 10_000, 10_100, 40_000]
    assert made["deviation_multiplier"].tolist()[7] == beyond
    exact = [multiplier(Fraction(cost, 100), deviation) * 10_000 for cost in costs]
    assert made["deviation_multiplier"].tolist() == exact


@pytest.mark.parametrize("low", ["0.5", "0.123456789012345"])
def test_references_and_their_limits_are_exact(low):
    """Fractions beside integers, also where thresholds have too many digits for 64 bits."""
    deviation = replace(DEVIATION, low=Decimal(low), reference_minimum=3)
    rows = [
        ("A", "tertiary", 900_000_007, 6),
        ("A", "all_levels", 900_000_010, 7),
        ("A", "secondary", 3, 1),
        ("B", "all_years", 12, 4),
        ("C", "all_years", 0, 2),
    ]
    references = pd.DataFrame(rows, columns=["disease_type", "level", "sum", "count"])
    types = pd.DataFrame({"disease_type": ["A", "B", "C"]})
    catalogue = type("Known", (), {"types": types, "references": references})()
    made = reference_frame(catalogue, deviation, ["secondary", "tertiary"])
    assert made["type_number"].tolist() == [0, 0, 1, 1]
    assert made["level"].tolist() == ["secondary", "tertiary"] * 2
    assert made["reference_basis"].tolist() == ["all_levels", "level", "all_years", "all_years"]
    for row in made.itertuples():
        mean = Fraction(row.reference_sum, row.reference_count)
        assert row.low_below == ceil(Fraction(low) * mean)
        assert row.high_above == floor(2 * mean) and row.extreme_above == floor(5 * mean)
    assert made[["reference_sum", "reference_count"]].iloc[[1, 2]].values.tolist() == [
        [900_000_007, 6],
        [3, 1],
    ]


def test_reviewed_cases_have_the_coefficient_of_their_review(engine):
    deviation = replace(DEVIATION, special_cases="coefficient", special_case_limit=Decimal("0.5"))
    frame = pd.DataFrame(
        {
            "deviation_multiplier": [60_000, 10_000, 10_000, 4_000],
            "special_case": [1, 0, None, 1],
            "special_case_coefficient": [2.3456, 9.0, None, 0.1],
        }
    ).astype({"special_case": "Int64"})
    made = engine.to_frame(reviewed(engine, engine.small_table(frame), deviation))
    assert made["deviation_multiplier"].tolist() == [23_456, 10_000, 10_000, 1_000]
    with pytest.raises(DataError, match="marks 2 cases, more than 0.05 of 4 cases"):
        reviewed(engine, engine.small_table(frame), replace(deviation, special_case_limit=Decimal("0.05")))
    frame.loc[0, "special_case_coefficient"] = None
    with pytest.raises(DataError, match="special_case_coefficient: is missing or not above 0"):
        reviewed(engine, engine.small_table(frame), deviation)
