"""The placebo on real cases with patient covariates: cells give the regression on the cases."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate.cases import estimate_cases
from dipeval.infer import infer
from dipeval.panel.case_query import case_cells
from dipeval.store.engine import Engine

OUTCOMES = ("mean_log_total_cost", "length_of_stay", "mortality")
COVARIATES = ("age_group", "sex", "diagnosis_category")


@pytest.fixture(scope="module")
def modelled(brazil, tmp_path_factory):
    place = tmp_path_factory.mktemp("cells") / "cases.parquet"
    brazil.discharges.to_parquet(place)
    asked = {"frequency": "month", "start": "2019-01", "end": "2019-12"}
    with Engine() as engine:
        cells = case_cells(engine, {"rs": place}, outcomes=OUTCOMES, covariates=COVARIATES, **asked)
    known = ["hospital", "period", "ownership", "municipality"]
    frame = cells.periods.merge(brazil.panel.frame[known], on=["hospital", "period"])
    start = frame["ownership"].map({"non_profit": "2019-07"}).astype(object)
    frame["start"] = start.where(start.notna(), None)
    columns = {"unit": "hospital", "time": "period", "cohort": "start", "n_cases": "cases"}
    design = build_design(frame, **columns, clusters=["hospital", "municipality"])
    inside = set(design.unit_names)
    cases = brazil.discharges[brazil.discharges["hospital"].isin(inside)]
    owner = frame.drop_duplicates("hospital").set_index("hospital")[["ownership", "municipality"]]
    ages = [0, 7, 18, 30, 40, 50, 60, 70, 80, 200]
    cases = cases.assign(
        mean_log_total_cost=np.log(cases["total_cost"] / 100),
        length_of_stay=cases["care_days"].astype(float),
        mortality=cases["deaths"].astype(float),
        ages=pd.cut(cases["age"].astype(float), ages, right=False).astype(str),
        kind=cases["principal_diagnosis"].str[:3],
        place=cases["hospital"].map(owner["municipality"]),
        treated=(
            (cases["hospital"].map(owner["ownership"]) == "non_profit") & (cases["period"] >= "2019-07")
        ).astype(float),
    )
    return design, cells, cases


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_cells_give_the_regression_on_cases(modelled, outcome):
    pyfixest = pytest.importorskip("pyfixest")
    design, cells, cases = modelled
    mine = estimate_cases(design, cells, outcome=outcome, absorb=["diagnosis_category"])
    formula = f"{outcome} ~ treated + C(ages) + C(sex) | hospital + period + kind"
    for vcov, found in (
        ({"CRV1": "place"}, infer(mine, cluster="municipality", small_sample="CR0")),
        ("hetero", infer(mine, "hetero", small_sample="HC0")),
    ):
        ssc = pyfixest.ssc(k_adj=False, G_adj=False)
        theirs = pyfixest.feols(formula, cases, vcov=vcov, ssc=ssc, fixef_tol=1e-12)
        assert mine.params["treated"] == pytest.approx(theirs.coef()["treated"], rel=1e-8)
        assert found.std_errors["treated"] == pytest.approx(theirs.se()["treated"], rel=1e-6)
    assert mine.n_obs == theirs._N


def test_the_study_names_these_covariates(brazil):
    (model,) = brazil.study.case_models
    assert model.outcomes == OUTCOMES and model.words == COVARIATES
