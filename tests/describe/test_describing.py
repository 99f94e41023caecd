"""What descriptions stand on: cases of several cities in one table, selections, dimensions."""

import datetime

import pandas as pd
import pytest

from dipeval.describe.dimensions import with_dimensions
from dipeval.describe.given import OUTSIDE, Given, cases_of
from dipeval.describe.selection import selected, told
from dipeval.errors import DataError

STAYS = pd.DataFrame(
    {
        "hospital": ["H1", "H1", "H2", "H2", "H3", "H3"],
        "discharge_date": [datetime.date(2021, m, 28) for m in (1, 2, 3, 4, 5, 12)],
        "total_cost": [100_00, 299_99, 300_00, 500_00, 999_00, 1],
        "age": [5.0, 18.0, 39.0, 40.0, None, 81.0],
        "sex": ["male", "female", None, "male", "female", ""],
        "loss_case": [0, 1, 1, 0, None, 1],
        "principal_diagnosis": ["H11.0", "h11.001", "I21.9", "E11.9", None, "C34.1"],
        "secondary_diagnoses": ["", "E11.2;I10", "I10", "H11.0", None, "J18"],
        "insurance_type": ["resident", "employee", "employee", "resident", "resident", "self_pay"],
    }
).astype({"loss_case": "Int64"})


@pytest.fixture(scope="module")
def cases(engine):
    first = engine.small_table(STAYS)
    second = engine.small_table(STAYS.head(2).assign(extra="only here"))
    placed = engine.small_table(
        pd.DataFrame(
            [("a", "H1", "2021-02", "treated", "2021-02"), ("b", "H1", "never", "control", "2021-02")],
            columns=["city", "hospital", "cohort", "arm", "divide"],
        )
    )
    return cases_of({"b": second, "a": first}, "month", "2021-01", "2021-11", placed)


def ids(engine, table):
    frame = engine.to_frame(table, ("city", "discharge_date"))
    return [f"{c}{d.month}" for c, d in zip(frame["city"], frame["discharge_date"], strict=True)]


def test_cities_are_one_table_of_common_columns(engine, cases):
    frame = engine.to_frame(cases, ("city", "discharge_date"))
    assert "extra" not in frame and len(frame) == 7
    assert list(frame["period"]) == [
        "2021-01",
        "2021-02",
        "2021-03",
        "2021-04",
        "2021-05",
        "2021-01",
        "2021-02",
    ]
    assert list(frame["when"]) == ["before", "after", OUTSIDE, OUTSIDE, OUTSIDE, "before", "after"]
    assert list(frame["arm"])[:3] == ["treated", "treated", OUTSIDE]


def test_a_hospital_is_treated_when_its_cohort_ever_begins(engine, cases):
    found = engine.to_frame(cases.group_by(["city", "hospital", "treatment"]).agg(n=cases.count()), ("city",))
    words = found.set_index(["city", "hospital"])["treatment"].to_dict()
    assert words[("a", "H1")] == "treated" and words[("b", "H1")] == "control"
    assert {words[key] for key in words if key[1] != "H1"} == {OUTSIDE}


def test_cases_after_leaving_are_outside(engine):
    """H1 leaves in February, H2 never; the third hospital is not in the design."""
    rows = [("a", "H1", "2021-01", "treated", "2021-01", "2021-02")]
    rows += [("a", "H2", "2021-01", "treated", "2021-01", "never")]
    columns = ["city", "hospital", "cohort", "arm", "divide", "left"]
    placed = engine.small_table(pd.DataFrame(rows, columns=columns))
    cases = cases_of({"a": engine.small_table(STAYS)}, "month", "2021-01", "2021-11", placed)
    frame = engine.to_frame(cases, ("city", "discharge_date"))
    assert list(frame["when"]) == ["after", OUTSIDE, "after", "after", OUTSIDE]
    for name in ("arm", "cohort", "treatment"):
        assert list(frame[name] == OUTSIDE) == [False, True, False, False, True]
    assert "left" not in frame


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, ["a1", "a2", "a3", "a4", "a5", "b1", "b2"]),
        ({"diagnosis": ("H11",)}, ["a1", "a2", "b1", "b2"]),
        ({"diagnosis": ("H11.0",), "any_diagnosis": True}, ["a1", "a2", "a4", "b1", "b2"]),
        ({"diagnosis": ("10",), "any_diagnosis": True}, []),
        ({"age": (18.0, 40.0)}, ["a2", "a3", "b2"]),
        ({"total_cost": (300.0, 500.0)}, ["a3"]),
        ({"loss_case": True}, ["a2", "a3", "b2"]),
        ({"loss_case": False, "insurance_type": ("resident",)}, ["a1", "a4", "b1"]),
        ({"start": "2021-02", "end": "2021-03"}, ["a2", "a3", "b2"]),
    ],
)
def test_conditions(engine, cases, where, expected):
    assert ids(engine, selected(cases, where)) == expected


def test_a_selection_is_told():
    where = {"age": (18.0, 65.0), "loss_case": True, "insurance_type": ("resident",), "start": "2021-02"}
    english, chinese = told(where)
    assert english == (
        "Cases with age from 18 to below 65; loss-making case: yes; insurance scheme: Resident scheme; "
        "discharged from 2021-02."
    )
    assert "居民医保" in chinese and "≥18且<65" in chinese
    assert told({}) == ("", "")


def test_a_column_that_is_not_there_is_named(cases):
    with pytest.raises(DataError, match="drug_cost"):
        selected(cases, {"drug_cost": (1.0, 2.0)})


def test_levels_are_in_order_and_the_missing_last(engine, cases):
    names = ["age_group", "sex", "loss_case", "total_cost", "diagnosis_chapter", "diagnosis_category", "city"]
    table, found = with_dimensions(
        engine, cases, names, {"total_cost": (300, 500)}, {"a": ("City A", "甲市")}
    )
    assert found["age_group"].levels == ("0-6", "18-29", "30-39", "40-49", "missing")
    assert found["sex"].levels == ("male", "female", "missing")
    assert found["loss_case"].levels == ("no", "yes", "missing")
    assert found["total_cost"].levels == ("<300", "300–500", "≥500")
    assert found["diagnosis_chapter"].levels == ("04", "07", "09", "missing")
    assert found["diagnosis_category"].levels == ("E11", "H11", "I21", "missing")
    assert found["city"].labels["a"] == ("City A", "甲市") and found["sex"].labels["male"] == ("Male", "男")
    frame = engine.to_frame(table, ("city", "discharge_date"))
    assert list(frame[found["total_cost"].column])[:5] == ["<300", "<300", "300–500", "≥500", "≥500"]
    assert len(frame) == 7


def test_every_wrong_name_is_told_at_once(engine, cases):
    with pytest.raises(DataError) as error:
        with_dimensions(engine, cases, ["sexx", "total_cost", "department", "visit"])
    told_of = str(error.value)
    assert all(word in told_of for word in ("sexx", "bins = { total_cost", "needs department", "visit"))


def test_a_panel_has_no_cases():
    with pytest.raises(DataError, match="hold none"):
        _ = Given(pd.DataFrame(), "year", "2019", "2020").stays


def test_hospitals_of_several_cities_are_told_apart(engine, cases):
    _, found = with_dimensions(engine, cases, ["hospital"], labels={"a": ("City A", "甲市")})
    assert found["hospital"].levels == ("a/H1", "a/H2", "a/H3", "b/H1")
    assert found["hospital"].labels["a/H1"] == ("City A, H1", "甲市H1")
    assert found["hospital"].labels["b/H1"] == ("b/H1", "b/H1")
    _, alone = with_dimensions(engine, selected(cases, {"city": ("a",)}), ["hospital"])
    assert alone["hospital"].levels == ("H1", "H2", "H3")
