"""Estimators on repeated cross-sections: cases instead of hospital-periods."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import ESTIMATORS, estimate
from dipeval.infer import infer

COLUMNS = {"time": "time", "cohort": "start", "clusters": ["city"], "event_window": (-3, 3)}
NEED_UNITS = [name for name, spec in ESTIMATORS.items() if spec.needs_units]


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(8)
    city, time = rng.integers(0, 9, 900), rng.integers(0, 8, 900)
    start = np.array([3.0, 5, np.nan])[city % 3]
    frame = pd.DataFrame({"city": city, "time": time, "start": start, "w": rng.uniform(0.5, 2, 900)})
    frame["x"] = rng.normal(size=900)
    frame["y"] = 0.3 * city + 0.1 * time + 0.2 * frame["x"] - 0.4 * (time >= start) + rng.normal(size=900)
    return frame


def by_hand(frame, regressors, weights):
    """Coefficients and city errors (CR0) of a regression with city and period dummies."""
    dummies = [pd.get_dummies(frame[c]).to_numpy(float) for c in ("city", "time")]
    z = np.column_stack([*regressors, *dummies])
    inverse = np.linalg.pinv(z.T @ (weights[:, None] * z))
    solution = inverse @ z.T @ (weights * frame["y"])
    score = z * (weights * (frame["y"] - z @ solution)).to_numpy()[:, None]
    summed = np.stack([score[frame["city"] == c].sum(0) for c in range(9)]) @ inverse
    return solution, np.sqrt((summed**2).sum(0))


@pytest.mark.parametrize("weighted", [False, True])
def test_two_way_effects_of_city_and_period(cases, weighted):
    options = {"unit": "city", "covariates": ["x"], "weights": "w" if weighted else None}
    design = build_design(cases, **COLUMNS, **options, sampling="cross_sections")
    result = infer(estimate(design, cases["y"], estimator="twfe"), small_sample="CR0")
    weights = cases["w"].to_numpy() if weighted else np.ones(900)
    treated = (cases["time"] >= cases["start"]).to_numpy(float)
    points, errors = by_hand(cases, [treated, cases["x"]], weights)
    np.testing.assert_allclose(result.params, points[:2], rtol=1e-10)
    np.testing.assert_allclose(result.std_errors, errors[:2], rtol=1e-9)


def test_imputation_of_cases(cases):
    design = build_design(cases, **COLUMNS, unit="city", sampling="cross_sections")
    result = estimate(design, cases["y"], estimator="imputation")
    treated = (cases["time"] >= cases["start"]).to_numpy()
    z = np.column_stack([pd.get_dummies(cases[c]).to_numpy(float) for c in ("city", "time")])
    solution = np.linalg.lstsq(z[~treated], cases["y"][~treated], rcond=None)[0]
    effect = (cases["y"] - z @ solution)[treated].mean()
    assert result.params["att"] == pytest.approx(effect, rel=1e-10)


@pytest.mark.parametrize("estimator", NEED_UNITS)
def test_hospital_effects_need_hospitals(cases, estimator):
    design = build_design(cases, **COLUMNS, unit=None, sampling="cross_sections")
    with pytest.raises(DesignError, match="needs hospital effects, the design has none"):
        estimate(design, cases["y"], estimator=estimator)
