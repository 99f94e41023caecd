"""Weights of static two-way fixed effects, by hand and by theorem."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from dipeval.check import twfe_weights
from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate


def build(start, periods=3, weights=None, hospitals=1):
    rows = [
        (f"{u}-{k}", u, t, s) for u, s in enumerate(start) for k in range(hospitals) for t in range(periods)
    ]
    frame = pd.DataFrame(rows, columns=["unit", "city", "time", "start"])
    frame["w"] = np.random.default_rng(0).uniform(0.5, 3, len(frame))
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    return frame, build_design(frame, **columns, event_window=(-2, 2), weights=weights)


def test_the_textbook_case():
    """Cohorts 1 and 2 of 0, 1, 2, none untreated at 2: D - row - column + mean by hand.

    D = (0 1 1; 0 0 1), residuals (-1/6 1/3 -1/6; 1/6 -1/3 1/6): treated 1/3, -1/6, 1/6.
    """
    _, design = build([1, 2])
    weights = twfe_weights(design)
    assert (weights.n_treated, weights.n_negative) == (3, 1)
    assert weights.cells["weight"].tolist() == pytest.approx([1.0, -0.5, 0.5])
    assert weights.sum_negative == pytest.approx(-0.5) and weights.share_negative == pytest.approx(1 / 3)
    assert weights.cells["event_time"].tolist() == [0, 1, 0]
    assert (
        "1 of 3 treated hospital-periods (33.3%) get a negative weight, -0.500 in sum" in weights.sentence()
    )


@pytest.mark.parametrize("weighted", [None, "w"])
def test_the_coefficient_is_the_weighted_sum_of_effects(weighted):
    frame, design = build([2, 4, 5, np.nan, 3], periods=7, weights=weighted, hospitals=2)
    rng = np.random.default_rng(1)
    effect = dict(zip(range(5), rng.normal(size=5), strict=True))
    event_time = frame["time"] - frame["start"]
    outcome = np.where(event_time >= 0, frame["city"].map(effect) * (1 + event_time), 0.0)
    coefficient = estimate(design, outcome, estimator="twfe").params["treated"]
    cells = twfe_weights(design).cells
    by_cohort = {str(int(s)): effect[c] for c, s in zip(frame["city"], frame["start"], strict=True) if s == s}
    total = sum(row.weight * by_cohort[row.cohort] * (1 + row.event_time) for row in cells.itertuples())
    assert coefficient == pytest.approx(total, rel=1e-10)
    assert cells["weight"].sum() == pytest.approx(1) and cells["equal_weight"].sum() == pytest.approx(1)


def test_one_date_has_no_negative_weight():
    _, design = build([1, 1, np.nan])
    weights = twfe_weights(design)
    assert weights.n_negative == 0 and weights.sum_negative == 0
    assert (
        weights.sentence() == "plain two-way fixed effects give no treated hospital-period a negative weight"
    )


def test_a_weight_of_zero_is_not_negative():
    """D = (0 1 1; 0 0 1; 0 0 0): the first hospital's last period has 1 - 2/3 - 2/3 + 1/3 = 0."""
    _, design = build([1, 2, np.nan])
    weights = twfe_weights(design)
    assert weights.cells["weight"].tolist() == pytest.approx([0.5, 0.0, 0.5], abs=1e-12)
    assert (weights.n_treated, weights.n_negative) == (3, 0)


def test_only_rows_with_an_outcome_count():
    frame, design = build([1, 2, np.nan])
    use = (frame["time"] < 2).to_numpy()
    assert twfe_weights(design, use).n_treated == 1
    with pytest.raises(DesignError, match="no used row is treated"):
        twfe_weights(design, (frame["time"] < 1).to_numpy())
    with pytest.raises(DesignError, match="does not vary"):
        twfe_weights(design, (frame["time"] == 2).to_numpy())


def test_the_spread_that_misleads_by_hand():
    """Weights 1, -1/2, 1/2 of three equal cells: 3, -3/2, 3/2 over their shares.

    Variance of these around 1 is (4 + 25/4 + 1/4) / 3 = 3.5. In order 3, 3/2, -3/2: the third is below
    -S/(1 - P) = (1/2) / (2/3), so the second bound has T = 3/4 and S² / (1 - P) = (1/4) / (2/3).
    """
    frame, design = build([1, 2])
    weights = twfe_weights(design)
    assert weights.sign_ratio == pytest.approx(3.5**-0.5)
    assert weights.all_ratio == pytest.approx((3 / 4 + 3 / 8) ** -0.5)
    assert np.isnan(weights.coefficient) and "0.535 times its size" in weights.heterogeneity()
    outcome = np.random.default_rng(5).normal(size=len(frame))
    told = twfe_weights(design, outcome=outcome)
    assert told.coefficient == pytest.approx(estimate(design, outcome, estimator="twfe").params["treated"])
    assert told.sigma_sign == pytest.approx(abs(told.coefficient) * 3.5**-0.5)
    assert f"coefficient of {told.coefficient:.4g}; from {told.sigma_all:.4g} on" in told.heterogeneity()


@pytest.mark.parametrize("weighted", [None, "w"])
def test_both_bounds_are_the_smallest_spreads(weighted):
    """Found by a solver: effects of the least variance with mean 0, and with all of the opposite sign."""
    frame, design = build([1, 2, 4, np.nan], periods=6, weights=weighted)
    weights = twfe_weights(design)
    share, weight = _rows(design)
    n = len(share)

    def least(**more):
        start = np.full(n, -0.5)
        hits = {"type": "eq", "fun": lambda e: weight @ e - 1}
        found = minimize(
            lambda e: share @ (e - share @ e) ** 2,
            start,
            constraints=[hits, *more.pop("constraints", [])],
            method="SLSQP",
            options={"maxiter": 500, "ftol": 1e-14},
            **more,
        )
        assert found.success
        return np.sqrt(found.fun)

    mean_is_zero = {"type": "eq", "fun": lambda e: share @ e}
    assert weights.sign_ratio == pytest.approx(least(constraints=[mean_is_zero]), rel=1e-4)
    assert weights.all_ratio == pytest.approx(least(bounds=[(None, 0)] * n), rel=1e-4)
    assert weights.sign_ratio < weights.all_ratio


def _rows(design):
    """Share of each treated row, and its weight in the coefficient, from dummies."""
    w = np.ones(design.n_obs) if design.weights is None else design.weights
    dummies = np.c_[np.eye(design.n_units)[design.unit], np.eye(design.n_periods)[design.time]]
    root = np.sqrt(w)[:, None]
    treated = design.treated.astype(float)
    fitted = dummies @ np.linalg.lstsq(root * dummies, root[:, 0] * treated, rcond=None)[0]
    residual = (w * (treated - fitted))[design.treated]
    share = w[design.treated] / w[design.treated].sum()
    return share, residual / residual.sum()


def test_weights_that_are_all_alike_cannot_mislead():
    weights = twfe_weights(build([1, 1, np.nan])[1])
    assert weights.sign_ratio == np.inf and weights.all_ratio == np.inf
    assert weights.heterogeneity().endswith("no variation misleads")
    uneven = twfe_weights(build([1, 2, np.nan])[1])
    assert np.isfinite(uneven.sign_ratio) and uneven.all_ratio == np.inf
    assert "every effect" not in uneven.heterogeneity()


def test_a_treatment_that_ends():
    """The coefficient is the weighted sum of effects; hospitals treated throughout are among them."""
    rows = [(u, t, s, e) for u, (s, e) in enumerate(ENDS) for t in range(6)]
    frame = pd.DataFrame(rows, columns=["unit", "time", "start", "ended"])
    design = build_design(
        frame,
        unit="unit",
        time="time",
        cohort="start",
        ended="ended",
        clusters=["unit"],
        event_window=(-2, 2),
    )
    share, weight = _rows(design)
    effect = np.random.default_rng(2).normal(size=design.n_obs) * design.treated
    outcome = np.empty(len(frame))
    outcome[design.rows] = effect + 0.3 * design.unit + design.time**2
    weights = twfe_weights(design, outcome=outcome)
    assert weights.coefficient == pytest.approx(weight @ effect[design.treated])
    assert weights.n_treated == len(share) == 3 + 2 + 6 + 2
    assert weights.sum_negative == pytest.approx(weight[weight < -1e-12].sum())


ENDS = [(1, 4), (4, None), (0, None), (0, 2), (None, None)]
