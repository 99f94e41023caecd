"""Errors by city, and by city and month, beside sandwich's vcovCL on hospital-periods with dummies of both."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer


@pytest.fixture(scope="module")
def found(shared):
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel.csv", dtype={"month": str})
    frame["start"] = frame["cohort"].map("{:.0f}".format).where(frame["cohort"] > 0, "never")
    design = build_design(
        frame,
        unit="city",
        time="month",
        cohort="start",
        clusters=["city"],
        covariates=["casemix"],
        sampling="cross_sections",
    )
    return estimate(design, frame["log_cost"], estimator="twfe"), len(frame), frame["month"].nunique()


@pytest.mark.parametrize("name", ["HC0", "HC1"])
def test_by_city(found, reference, name):
    """vcovCL multiplies by G/(G-1), and HC1 by (N-1)/(N-K) with K counting the dummies of cities as well."""
    result, n, periods = found
    factor = 12 / 11 * ((n - 1) / (n - (2 + 12 + periods - 1)) if name == "HC1" else 1)
    stored = reference("its_base_sandwich")[f"hospital_vcovCL_city_{name}"]["estimates"]
    assert result.params.to_numpy() == pytest.approx([row["estimate"] for row in stored], rel=1e-8)
    errors = infer(result, small_sample="CR0").std_errors.to_numpy() * np.sqrt(factor)
    assert errors == pytest.approx([row["std_error"] for row in stored], rel=1e-8)


def test_hc2_is_undefined_there(reference):
    stored = reference("its_base_sandwich")["hospital_vcovCL_city_HC2"]["estimates"]
    assert np.isnan([float(row["std_error"]) for row in stored]).all()


def test_by_city_and_month(found, reference):
    """vcovCL gives each of the three sums a factor of its own; ours has one, that of the smaller way."""
    result, n, periods = found
    parts = result.by_period("city").influence
    sums = [parts.sum(1), parts.sum(0), parts.reshape(-1, parts.shape[2])]
    meats = [len(s) / (len(s) - 1) * s.T @ s for s in sums]
    cov = (meats[0] + meats[1] - meats[2]) * (n - 1) / (n - (2 + 12 + periods - 1))
    stored = reference("its_base_sandwich")["hospital_vcovCL_city_month"]["estimates"]
    assert np.sqrt(np.diag(cov)) == pytest.approx([row["std_error"] for row in stored], rel=1e-8)
