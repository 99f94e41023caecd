"""Outcomes of hospital-periods by hand, with units and reasons."""

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DataError
from dipeval.panel.outcomes import outcome_values
from dipeval.vocabulary import NANO, outcomes

LOG = [int(round(np.log(x) * NANO)) for x in (10_000, 20_000, 40_000)]
ROWS = pd.DataFrame(
    {
        "discharges": [2, 1, 0],
        "care_days": [10, 3, 0],
        "total_cost": pd.array([30_000, 40_000, None], dtype="Int64"),
        "drug_cost": [15_000, 0, 0],
        "log_total_cost": [LOG[0] + LOG[1], LOG[2], 0],
        "log_drug_cost": [int(round(np.log(15_000) * NANO)), 0, 0],
        "n_log_drug_cost": [1, 0, 0],
        "age": [90.0, np.nan, 0.0],
        "deaths": [1, 0, 0],
    }
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cost_per_case", [150.0, 400.0]),
        ("log_cost_per_case", np.log([150.0, 400.0])),
        ("log_cost_per_day", np.log([30.0, 400 / 3])),
        ("length_of_stay", [5.0, 3.0]),
        ("log_length_of_stay", np.log([5.0, 3.0])),
        ("drug_share", [0.5, 0.0]),
        ("mortality", [0.5, 0.0]),
        ("mean_log_total_cost", [(np.log(100) + np.log(200)) / 2, np.log(400)]),
    ],
)
def test_values(name, expected):
    values, reasons = outcome_values(ROWS, outcomes()[name])
    np.testing.assert_allclose(values[:2], expected, rtol=1e-10)
    assert reasons[:2].tolist() == ["", ""]
    assert np.isnan(values[2]) and reasons[2] != ""


def test_stays_without_a_logarithm_are_not_in_the_mean():
    values, reasons = outcome_values(ROWS, outcomes()["mean_log_drug_cost"])
    np.testing.assert_allclose(values[0], np.log(150), rtol=1e-9)
    assert np.isnan(values[1]) and reasons[1] == "n_log_drug_cost is zero"


def test_numbers_are_means_over_the_stays_that_have_them():
    values, _ = outcome_values(ROWS.assign(n_age=[1, 0, 0]), outcomes()["mean_age"])
    assert values[0] == 90.0
    plain, _ = outcome_values(ROWS, outcomes()["mean_age"])
    assert plain[0] == 45.0


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        ("cost_per_case", 2, "total_cost is missing"),
        ("length_of_stay", 2, "discharges is zero"),
        ("mean_age", 1, "age is missing"),
        ("drug_share", 2, "total_cost is missing"),
    ],
)
def test_reasons(name, row, reason):
    values, reasons = outcome_values(ROWS, outcomes()[name])
    assert np.isnan(values[row]) and reasons[row] == reason


def test_the_logarithm_of_nothing():
    _, reasons = outcome_values(ROWS.assign(care_days=[0, 3, 0]), outcomes()["log_length_of_stay"])
    assert "logarithm of zero" in reasons[0]


def test_minor_units_of_other_currencies():
    whole, _ = outcome_values(ROWS, outcomes()["cost_per_case"], minor_per_unit=1)
    assert whole[0] == 15_000
    logs, _ = outcome_values(ROWS, outcomes()["mean_log_total_cost"], minor_per_unit=1)
    cents, _ = outcome_values(ROWS, outcomes()["mean_log_total_cost"])
    np.testing.assert_allclose(logs[:2] - cents[:2], np.log(100))


def test_a_column_that_the_panel_lacks():
    with pytest.raises(DataError, match="staff_cost"):
        outcome_values(ROWS, outcomes()["staff_share"])
