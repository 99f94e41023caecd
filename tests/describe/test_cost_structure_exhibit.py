"""Shares of cost components."""

import pandas as pd
import pytest

from dipeval.describe import cost_structure
from dipeval.errors import DataError

PARTS = ["drug_cost", "examination_cost"]


def test_shares_come_from_sums_and_add_up_to_one(small):
    small.loc[0, "drug_cost"] = 90_000  # 90 % of 1,000 yuan
    made = cost_structure(small, PARTS, small["city"], after=small["period"] >= "2019")
    found = made.frame.set_index(["arm", "when", "component"])["value"]
    assert found["Anlan", "before", "drug_cost"] == pytest.approx((900 + 90) / 1300)
    assert found.groupby(level=["arm", "when"]).sum().tolist() == pytest.approx([1] * 4, abs=1e-15)
    assert found["Beihe", "after", "other"] == pytest.approx(0.5)


def test_by_period(small):
    made = cost_structure(small, PARTS, small["city"])
    assert sorted(set(made.frame["when"])) == ["2018", "2019", "2020"]
    assert made.options["by"] == "period" and made.name == "cost_structure_by_period"
    assert made.title_en == "Cost structure by year"


def test_no_rest_where_the_components_are_the_whole(small):
    small["total_cost"] = small["drug_cost"] + small["examination_cost"]
    made = cost_structure(small, PARTS, small["city"])
    assert set(made.frame["component"]) == set(PARTS)


def test_rows_without_all_amounts_are_left_out_and_noted(small):
    small["drug_cost"] = small["drug_cost"].astype("Int64")
    small.loc[0, "drug_cost"] = pd.NA
    made = cost_structure(small, PARTS, small["city"])
    row = made.frame[(made.frame["arm"] == "Anlan") & (made.frame["when"] == "2018")].iloc[0]
    assert row["count"] == 50 and row["value"] == pytest.approx(0.3)
    assert "1 hospital-years without all amounts" in made.notes_en[1]


def test_rows_of_no_arm_are_not_missing_amounts(small):
    arms = small["city"].where(small["city"] == "Anlan", None)
    made = cost_structure(small, PARTS, arms)
    assert set(made.frame["arm"]) == {"Anlan"} and len(made.notes_en) == 1


@pytest.mark.parametrize(
    ("column", "amount", "word"),
    [
        ("drug_cost", 10**9, "sum to more"),
        ("drug_cost", -(10**7), "negative"),
        ("total_cost", -(10**9), "above zero"),
    ],
)
def test_components_that_cannot_be_are_an_error(small, column, amount, word):
    small.loc[0, column] = amount
    with pytest.raises(DataError, match=word):
        cost_structure(small, PARTS, small["city"])
