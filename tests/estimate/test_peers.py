"""Two-way regressions on an unbalanced panel against linearmodels and pyfixest."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer


@pytest.fixture(scope="module")
def unbalanced():
    rng = np.random.default_rng(11)
    unit, time = np.divmod(np.arange(60 * 10), 10)
    city = unit // 4
    start = np.array([4, 6, 8, np.inf, np.inf])[city % 5]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "start": start})
    frame["x"] = rng.normal(size=len(frame)) + 0.05 * unit
    frame["d"] = (time >= start).astype(float)
    frame["w"] = rng.uniform(0.5, 3, len(frame))
    shock = rng.normal(size=(15, 10))[city, time]
    frame["y"] = (
        9 + 0.1 * unit + np.sin(time) + 0.4 * frame["d"] - 0.2 * frame["x"] + shock + rng.normal(size=600)
    )
    return frame[rng.random(len(frame)) < 0.8].reset_index(drop=True)


def ours(frame, weights=None):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    design = build_design(frame, **columns, covariates=["x"], weights=weights)
    return infer(estimate(design, frame["y"], estimator="twfe"))


@pytest.mark.parametrize("weights", [None, "w"])
def test_linearmodels(unbalanced, weights):
    from linearmodels.panel import PanelOLS

    data = unbalanced.set_index(["unit", "time"])
    model = PanelOLS(
        data["y"],
        data[["d", "x"]],
        entity_effects=True,
        time_effects=True,
        weights=data[weights] if weights else None,
    )
    theirs = model.fit(
        cov_type="clustered", clusters=data["city"], group_debias=True, auto_df=False, count_effects=False
    )
    mine = ours(unbalanced, weights)
    assert mine.params["treated"] == pytest.approx(theirs.params["d"], rel=1e-8)
    assert mine.params["covariate=x"] == pytest.approx(theirs.params["x"], rel=1e-8)
    # linearmodels: G/(G-1) × (N-1)/(N-K') with K' = 2 regressors when no effects are counted
    n, k = mine.n_obs, mine.n_parameters["city"]
    rule = np.sqrt((n - 2) / (n - k))
    assert mine.std_errors["treated"] == pytest.approx(theirs.std_errors["d"] * rule, rel=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("weights", [None, "w"])
def test_pyfixest(unbalanced, weights):
    import pyfixest

    options = {"vcov": {"CRV1": "city"}, "weights": weights, "fixef_tol": 1e-12}
    theirs = pyfixest.feols("y ~ d + x | unit + time", unbalanced, **options)
    mine = ours(unbalanced, weights)
    assert mine.params["treated"] == pytest.approx(theirs.coef()["d"], rel=1e-8)
    assert mine.n_obs == len(unbalanced)
    assert mine.std_errors["treated"] == pytest.approx(theirs.se()["d"], rel=1e-6)
    assert mine.pvalues["treated"] == pytest.approx(theirs.pvalue()["d"], rel=1e-6)
