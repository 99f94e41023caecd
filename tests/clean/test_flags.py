"""Marked stays can be found in the clean table and left out by a study, with every row in the ledger."""

from dataclasses import replace

import pytest

from dipeval.clean.flags import FIRST_OF_A_FORMAT, flag_bits
from dipeval.clean.registry import marking_rules, rules

ROWS = [
    {},
    {"days": "7"},
    {"payer": "rural_cooperative", "days": "9"},
    {"payer": "self_pay"},
    {"drug": "", "other": "100"},
]


def marked(got) -> list[set[str]]:
    """Names of the rules that mark each kept row, read from the bits."""
    return [{name for name, bit in got.flags.items() if value & bit} for value in got.frame["flags"]]


def test_the_bits_say_which_rules_mark_a_stay(clean):
    got = clean(ROWS)
    assert got.frame["flags"].dtype == "int64"
    assert marked(got) == [
        set(),
        {"stay_identity"},
        {"stay_identity", "insurance_relabelled"},
        {"outside_payment"},
        {"blank_amount", "other_cost_is_total"},
    ]
    for name, bit in got.flags.items():
        assert got.entry(name).rows_flagged == int(((got.frame["flags"] & bit) > 0).sum())


def test_the_package_s_rules_have_one_bit_in_all_cities(clean, source):
    (identity,) = source.identities
    flagging = replace(source, identities=(replace(identity, action="flag"),))
    one, two = clean(ROWS).flags, clean([*ROWS, {"drug": "50"}], source=flagging)
    assert {name: two.flags[name] for name in one if name in two.flags} == {
        name: bit for name, bit in one.items() if name in two.flags
    }
    assert two.flags[identity.name] == 1 << FIRST_OF_A_FORMAT
    assert identity.name in marked(two)[-1]
    assert len(set(flag_bits(rules().values()).values())) == len(marking_rules()) <= FIRST_OF_A_FORMAT


def test_a_study_leaves_marked_stays_out(clean):
    got = clean(ROWS, leave_out=("outside_payment", "stay_identity"))
    assert got.rejected == {
        3: "without_stay_identity",
        4: "without_stay_identity",
        5: "without_outside_payment",
    }
    assert got.rows == [2, 6]
    assert got.entry("without_stay_identity").rows_rejected == 2
    # The mark is counted where the rule stands, before the stay is left out.
    assert got.entry("stay_identity").rows_flagged == 2


def test_a_rule_that_is_off_leaves_nothing_out_and_says_so(clean):
    got = clean(ROWS, leave_out=("outside_payment", "blood_without_rh"), rules={"outside_payment": False})
    assert got.rows == [2, 3, 4, 5, 6]
    said = [line for line in got.warnings if "nothing is left out" in line]
    assert [name in line for name, line in zip(("outside_payment", "blood_without_rh"), said, strict=True)]


def test_a_rule_that_is_off_marks_nothing(clean):
    got = clean(ROWS, rules={"stay_identity": False, "insurance_relabelled": False})
    assert marked(got)[1] == set()
    assert got.frame["insurance_type"].tolist()[2] == "rural_cooperative"
    assert got.entry("stay_identity").note == "switched off in the city file"


def test_relabelled_stays_belong_to_the_population_of_residents(clean):
    got = clean(ROWS, keep={"insurance_type": ("resident",)})
    assert got.rows == [4] and got.frame["insurance_type"].tolist() == ["resident"]


@pytest.mark.parametrize(("days", "hit"), [(4, False), (3, True)])
def test_a_city_sets_a_threshold(clean, days, hit):
    got = clean([{}], rules={"stay_too_long": {"days": days}})
    assert ("stay_too_long" in marked(got)[0]) is hit


def test_a_fee_that_the_format_declares_zero_when_blank(clean, source):
    columns = {**source.columns, "self_paid": replace(source.columns["self_paid"], empty_is_zero=True)}
    got = clean([{"self": ""}, {"self": "-"}, {}], source=replace(source, columns=columns))
    assert got.frame["self_paid"].tolist() == [0, 0, 1000]
    assert got.entry("blank_amount").rows_flagged == 2


def test_day_cases(clean):
    got = clean([{}, {"in": "2019-03-05", "days": "1"}, {"in": "", "days": "1"}])
    assert got.frame["day_case"].astype("Int64").tolist()[:2] == [0, 1]
    assert got.frame["day_case"].isna().tolist() == [False, False, True]
    assert got.frame["care_days"].tolist() == [4, 1, 1]


def test_what_is_left_out_keeps_its_evidence(clean):
    got = clean(ROWS, leave_out=("stay_identity",))
    assert got.rejects["evidence"].tolist()[0] == (
        "care_days=7; admission_date=2019-03-01; discharge_date=2019-03-05"
    )


def test_no_rule_shows_what_identifies_a_person():
    from dipeval.vocabulary import RECORD, columns

    # The identities are those of the formats; here stands one for all of them.
    named = [rule for rule in rules().values() if rule.name != "cost_identity"]
    shown = {name for rule in named for name in rule.shows}
    assert shown <= set(columns()) and "birth_date" not in shown
    assert not [name for name in shown if columns()[name].role == RECORD]
