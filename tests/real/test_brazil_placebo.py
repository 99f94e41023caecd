"""A placebo on real cases: nothing happened in July 2019, and nothing is found.

The sanity value -0.045 (0.028) was computed elsewhere on all cases of the file, with those discharged
before and after 2019. Here the window is 2019 by month of discharge.
"""

import numpy as np
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.vocabulary import outcomes

SANITY = (-0.045, 0.028)


@pytest.fixture(scope="module")
def designed(brazil):
    frame = brazil.panel.frame.reset_index(drop=True)
    frame["start"] = frame["ownership"].map({"non_profit": "2019-07"}).astype(object)
    frame["start"] = frame["start"].where(frame["start"].notna(), None)
    design = build_design(
        frame,
        unit="hospital",
        time="period",
        cohort="start",
        clusters=["hospital", "municipality"],
        weights="discharges",
    )
    return frame, design


def found(designed, outcome, estimator):
    frame, design = designed
    values, reasons = outcome_values(frame, outcomes()[outcome])
    assert (reasons == "").all()
    return infer(estimate(design, values, estimator=estimator, outcome=outcome), cluster="hospital")


@pytest.mark.parametrize(
    "outcome", ["mean_log_total_cost", "log_cost_per_case", "length_of_stay", "mortality"]
)
@pytest.mark.parametrize(("estimator", "term"), [("twfe", "treated"), ("imputation", "att")])
def test_nothing_is_found(designed, outcome, estimator, term):
    result = found(designed, outcome, estimator)
    assert result.pvalues[term] > 0.05 and result.std_errors[term] > 0


def test_near_the_sanity_value(designed):
    result = found(designed, "mean_log_total_cost", "twfe")
    assert abs(result.params["treated"] - SANITY[0]) < SANITY[1]
    assert 0.5 < result.std_errors["treated"] / SANITY[1] < 1.25


@pytest.mark.filterwarnings("ignore")
def test_hospital_months_give_the_regression_on_cases(brazil, designed):
    """Weighted by discharges, mean logs of hospital-months give the coefficient and the clustered
    error of the regression on all cases: the sums lose nothing."""
    import pyfixest

    frame, design = designed
    before = frame.groupby("hospital")["period"].transform("min") < "2019-07"
    inside = set(frame.loc[before | (frame["ownership"] != "non_profit"), "hospital"])
    owner = frame.drop_duplicates("hospital").set_index("hospital")["ownership"]
    cases = brazil.discharges[brazil.discharges["hospital"].isin(inside)]
    cases = cases.assign(
        y=np.log(cases["total_cost"] / 100),
        treated=((cases["hospital"].map(owner) == "non_profit") & (cases["period"] >= "2019-07")).astype(int),
    )
    model = pyfixest.feols(
        "y ~ treated | hospital + period", cases, vcov={"CRV1": "hospital"}, fixef_rm="none"
    )
    result = found(designed, "mean_log_total_cost", "twfe")
    # Logarithms are summed as whole numbers of 1e-9, and the effect is three hundredths.
    assert result.params["treated"] == pytest.approx(float(model.coef()["treated"]), rel=1e-7)
    ratio = result.std_errors["treated"] / float(model.se()["treated"])
    assert ratio == pytest.approx(
        1, abs=0.01
    )  # N of cases and of hospital-months enter CR1's small-sample factor
