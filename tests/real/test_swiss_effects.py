"""The Swiss study against sanity values that were computed elsewhere on the raw file.

They are simple two-way regressions with pyfixest, hospital and year effects, errors clustered by
hospital, on hospitals as the raw names tell them apart; not published results. With the raw names
they come out. With linked hospitals, which live longer, and without those that have no year before
the reform, they move by less than their own error.
"""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.vocabulary import outcomes

ACUTE = {"log_length_of_stay": (-0.115, 0.019), "staff_share": (-0.015, 0.007)}
COST = {"log_cost_per_case": (0.010, 0.046), "log_cost_per_day": (0.125, 0.046)}
PSYCHIATRY = {"log_length_of_stay": (-0.042, 0.024), "log_cost_per_day": (0.079, 0.026)}


def two_way(frame, outcome, treated, reform, years):
    """Two-way fixed effects of hospitals of kind `treated` from `reform` on, against rehabilitation."""
    chosen = frame[frame["hospital_type"].isin([treated, "rehabilitation"]) & frame["period"].between(*years)]
    chosen = chosen[chosen["discharges"].fillna(0) > 0]
    # A hospital that changes its kind has two histories: the raw values saw it by the year's kind.
    kind = chosen["hospital_type"]
    sample = pd.DataFrame(
        {
            "unit": chosen["hospital"] + "/" + kind,
            "time": chosen["period"],
            "start": np.where(kind == treated, reform, None),
        }
    )
    values, _ = outcome_values(chosen, outcomes()[outcome])
    design = build_design(sample, unit="unit", time="time", cohort="start", clusters=["unit"])
    return infer(estimate(design, values, estimator="twfe", outcome=outcome), cluster="unit")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("outcome", ACUTE)
def test_sanity_values_with_raw_names(swiss, outcome):
    """The same regression on the panel read here, a hospital being a name as it is written, with its
    blanks at the end (three names differ in nothing else): the printed digits."""
    import pyfixest

    names = swiss.written.assign(hospital_name=swiss.written["written"].str.strip())
    rows = swiss.report.whole.frame.merge(names, on=["period", "canton", "hospital_name"], validate="1:1")
    rows = rows[
        rows["hospital_type"].isin(["acute", "rehabilitation"]) & rows["period"].between("2010", "2017")
    ]
    rows = rows[rows["discharges"].fillna(0) > 0]
    sample = pd.DataFrame(
        {
            "y": outcome_values(rows, outcomes()[outcome])[0],
            "treated": ((rows["hospital_type"] == "acute") & (rows["period"] >= "2012")).astype(int),
            "name": rows["written"],
            "year": rows["period"],
        }
    ).dropna()
    model = pyfixest.feols("y ~ treated | name + year", sample, vcov={"CRV1": "name"})
    value, error = ACUTE[outcome]
    assert round(float(model.coef()["treated"]), 3) == value
    assert abs(float(model.se()["treated"]) - error) < 0.001


@pytest.mark.parametrize("outcome", [*ACUTE, *COST])
def test_acute_hospitals_linked(swiss, outcome):
    value, error = {**ACUTE, **COST}[outcome]
    found = two_way(swiss.report.whole.frame, outcome, "acute", "2012", ("2010", "2017"))
    assert abs(found.params["treated"] - value) < error
    assert 0.8 < found.std_errors["treated"] / error < 1.25


@pytest.mark.parametrize("outcome", PSYCHIATRY)
def test_psychiatry_linked(swiss, outcome):
    value, error = PSYCHIATRY[outcome]
    found = two_way(swiss.report.whole.frame, outcome, "psychiatry", "2018", ("2014", "2020"))
    assert abs(found.params["treated"] - value) < error
    assert 0.8 < found.std_errors["treated"] / error < 1.25
