"""Each rule on a few rows: which go, which are mended, what the ledger and the rejects say."""

from dataclasses import replace

import pandas as pd
import pytest

from dipeval.errors import DataError
from dipeval.study.model import Correction, Identity


def test_plain_stays_are_kept_as_they_are(clean):
    got = clean([{}, {"way": "death"}])
    assert got.rows == [2, 3] and got.rejects.empty
    row = got.frame.iloc[0]
    assert (row.city, row.hospital, row.period, row.level) == ("small", "H1", "2019-03", "tertiary")
    assert (row.total_cost, row.care_days, row.source_format, row.currency) == (10000, 4, "small", "CNY")
    assert all(e.rows_flagged == 0 and e.rows_rejected == 0 for e in got.ledger)
    assert got.warnings == ()


def test_total_rows(clean):
    got = clean([{}, {"name": "合计", "visit": "", "out": "", "total": "100"}])
    assert got.rejected == {3: "total_row"}
    assert got.entry("total_row").hospitals_before == 1


def test_missing_needed(clean):
    got = clean(
        [{}, {"hospital": ""}, {"out": ""}, {"total": ""}, {"days": "", "in": ""}, {"age": "", "way": ""}]
    )
    assert got.rejected == dict.fromkeys((3, 4, 5, 6), "missing_needed")
    assert "hospital=missing; discharge_date=2019-03-05" in got.rejects["evidence"][0]
    assert pd.isna(got.frame["age"][1])


def test_duplicates_keep_the_first(clean):
    same = {"visit": "V9", "settlement": "S9"}
    got = clean([same, {}, same, {**same, "age": "51"}, {**same, "settlement": "S8"}, same])
    assert got.rejected == {4: "duplicate", 7: "duplicate"}
    assert got.entry("duplicate").rows_rejected == 2


def test_duplicates_are_found_below_their_notation(clean):
    same = {"visit": "V9", "settlement": "S9"}
    assert clean([same, {**same, "total": "１００", "age": "５０"}]).rejected == {3: "duplicate"}


def test_stays_without_record_numbers_are_no_duplicates(clean):
    twin = {"visit": "", "settlement": ""}
    assert clean([twin, twin]).rows == [2, 3]


def test_a_format_without_record_numbers_has_no_duplicates(clean, source):
    kept = {name: rule for name, rule in source.columns.items() if name not in ("visit", "settlement")}
    bare = replace(source, columns=kept, ignored=("visit", "settlement"))
    got = clean([{}, {}, {"total": "-5", "drug": "-5", "other": "0"}], source=bare)
    assert got.rows == [2, 3] and got.rejected == {4: "negative_amount"}
    assert "duplicate" not in [e.rule for e in got.ledger]


def test_date_order_and_range(clean):
    rows = [{"in": "2019-03-06"}, {"in": "1899-12-31", "days": "4"}, {"in": "2019-03-05", "days": "1"}]
    got = clean(rows)
    assert got.rejected == {2: "date_order", 3: "date_range"}
    assert got.rejects["evidence"][0] == "admission_date=2019-03-06; discharge_date=2019-03-05"


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [("2019-03", "2019-03", [3, 4]), ("2019Q1", "2019Q1", [2, 3, 4]), ("2018", "2019", [2, 3, 4, 5])],
)
def test_window(clean, start, end, kept):
    days = [
        ("2019-02-25", "2019-02-28"),
        ("2019-02-25", "2019-03-01"),
        ("2019-03-01", "2019-03-31"),
        ("2019-03-01", "2019-04-01"),
    ]
    rows = [{"in": a, "out": b, "days": ""} for a, b in days]
    assert clean(rows, start=start, end=end).rows == kept


@pytest.mark.parametrize(
    ("start", "frequency", "label"),
    [
        ("2019-01", None, "2019-03"),
        ("2019Q1", None, "2019Q1"),
        ("2019", None, "2019"),
        ("2019-01", "year", "2019"),
    ],
)
def test_period_labels(clean, start, frequency, label):
    end = {4: "2019", 6: "2019Q4", 7: "2019-12"}[len(start)]
    assert clean([{}], start=start, end=end, frequency=frequency).frame["period"].tolist() == [label]


def test_population(clean):
    rows = [{}, {"payer": "resident"}, {"payer": "self_pay"}, {"payer": ""}]
    got = clean(rows, keep={"insurance_type": ("employee", "resident")})
    assert got.rejected == {4: "population", 5: "population"}
    assert got.rejects["evidence"].tolist() == ["insurance_type=self_pay", "insurance_type=missing"]


def test_a_population_by_a_column_that_is_not_there(clean):
    with pytest.raises(DataError, match="data.keep.sex"):
        clean([{}], keep={"sex": ("male",)})


def test_nothing_left_is_an_error_that_says_why(clean):
    with pytest.raises(DataError, match="window rejected 1"):
        clean([{}], start="2020-01", end="2020-12")


def money(total: str, drug: str, other: str, **more: str) -> dict[str, str]:
    return {"total": total, "drug": drug, "other": other, "self": "0", **more}


def test_a_reversal_and_its_stay_go(clean):
    minus = money("-100", "-60", "-40", visit="V1", settlement="S2")
    got = clean([money("100", "60", "40", visit="V1"), minus, {}])
    assert got.rejected == {2: "reversal", 3: "reversal"}


def test_a_resettled_stay_is_kept_once(clean):
    rows = [
        money("100", "60", "40", visit="V1"),
        money("-100", "-60", "-40", visit="V1"),
        money("120", "70", "50", visit="V1", age="51"),
    ]
    got = clean(rows)
    assert got.rejected == {2: "reversal", 3: "reversal"}
    assert got.frame[["total_cost", "drug_cost", "other_cost", "age"]].values.tolist() == [
        [12000, 7000, 5000, 51]
    ]


def test_a_partial_reversal_leaves_the_net(clean):
    got = clean([money("100", "60", "40", visit="V1"), money("-30", "-20", "-10", visit="V1"), {}])
    assert got.rejected == {3: "reversal"}
    assert got.frame["total_cost"].tolist() == [7000, 10000]
    assert got.frame["drug_cost"].tolist() == [4000, 6000]
    assert got.entry("net_of_reversal").rows_flagged == 1


def test_a_reversal_of_another_hospital_does_not_net(clean):
    minus = money("-100", "-60", "-40", visit="V1", hospital="H2")
    got = clean([money("100", "60", "40", visit="V1"), minus])
    assert got.rejected == {3: "negative_amount"}


def test_more_reversed_than_charged(clean):
    got = clean([money("100", "60", "40", visit="V1"), money("-130", "-80", "-50", visit="V1"), {}])
    assert got.rejected == {2: "negative_amount", 3: "reversal"}


def test_a_copy_of_a_reversal_does_not_count_twice(clean):
    minus = money("-30", "-20", "-10", visit="V1", settlement="S2")
    got = clean([money("100", "60", "40", visit="V1"), minus, minus])
    assert got.rejected == {3: "reversal", 4: "duplicate"}
    assert got.frame["total_cost"].tolist() == [7000]


def test_negative_parts(clean):
    assert clean([{}, money("100", "140", "-40")]).rejected == {3: "negative_amount"}


def test_zero_total(clean):
    free = money("0", "0", "0")
    assert clean([{}, free]).rejected == {3: "zero_total_cost"}
    got = clean([{}, free], rules={"zero_total_cost": False})
    assert got.rows == [2, 3] and got.entry("zero_total_cost").note == "switched off in the city file"


def test_the_identity_holds_to_the_fen(clean):
    got = clean([{}, {"total": "100.01"}, {"total": "99.99"}])
    assert got.rejected == dict.fromkeys((3, 4), "cost_parts_sum_to_total")
    assert got.rejects["evidence"][0].startswith("total_cost=10001 minor units; drug_cost=6000")


def test_identity_with_tolerance_or_flag(clean, source):
    rows = [{}, {"total": "100.01"}, {"total": "100.02"}]
    (given,) = source.identities
    loose = replace(source, identities=(replace(given, tolerance=1),))
    assert clean(rows, source=loose).rows == [2, 3]
    told = clean(rows, source=replace(source, identities=(replace(given, action="flag"),)))
    assert told.rows == [2, 3, 4] and told.entry("cost_parts_sum_to_total").rows_flagged == 2


def test_an_identity_whose_columns_are_absent_is_not_checked(clean, source):
    optional = replace(source.columns["other_cost"], required=False)
    bare = replace(source, columns={**source.columns, "other_cost": optional})
    got = clean([{"total": "500"}], source=bare, without=("other",))
    assert got.rows == [2] and "cost_parts_sum_to_total" not in [e.rule for e in got.ledger]


def test_blank_parts_are_zero_only_where_the_sum_proves_it(clean):
    got = clean([{"drug": "", "other": "100"}, {"drug": "", "other": "40"}, {"self": ""}])
    assert got.rejected == {3: "cost_parts_sum_to_total"}
    assert got.frame["drug_cost"].tolist() == [0, 6000]
    assert got.entry("blank_amount").rows_flagged == 1
    assert pd.isna(got.frame["self_paid"][1])


def test_length_of_stay(clean):
    rows = [
        {"days": "7"},
        {"days": ""},
        {"days": "0"},
        {"in": "2019-03-05", "days": "0"},
        {"in": "2019-03-05", "days": "1"},
        {"in": "", "days": "9"},
        {"days": "-2"},
    ]
    got = clean(rows)
    assert got.frame["care_days"].tolist() == [7, 4, 4, 1, 1, 9, 4]
    assert got.entry("stay_identity").rows_flagged == 1
    assert got.entry("stay_from_dates").rows_flagged == 4


def test_length_of_stay_as_plain_difference(clean):
    rows = [{"in": "2019-03-05", "days": "0"}, {"in": "2019-03-05", "days": ""}, {"days": "5"}]
    got = clean(rows, rules={"same_day_counts_one": False})
    assert got.frame["care_days"].tolist() == [0, 0, 5]
    assert got.entry("stay_identity").rows_flagged == 1


def test_corrections(clean, city):
    away = Correction("hospital", {"hospital": "H9"}, "reject", "", "a test system", 1)
    mend = Correction("level", {"hospital": "H1", "level": "primary"}, "set", "tertiary", "typing error", 1)
    got = clean([{}, {"hospital": "H9"}, {"level": "primary"}], city=replace(city, corrections=(away, mend)))
    assert got.rejected == {3: "correction_reject"}
    assert got.frame["level"].tolist() == ["tertiary", "tertiary"]
    assert got.entry("correction_set").rows_flagged == 1


def test_two_identities_stand_apart(clean, source):
    second = Identity("self_paid_within_other", "other_cost", ("self_paid",), 3000, "flag")
    got = clean(
        [{}, {"self": "41"}, {"self": "5"}], source=replace(source, identities=(*source.identities, second))
    )
    assert got.entry("self_paid_within_other").rows_flagged == 1
    assert got.rows == [2, 3, 4]
