"""Predictors, ridge correction and penalty: by brute force, at their limits, and on known effects."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.estimate.synthetic.augmented import augmented_weights
from dipeval.estimate.synthetic.block import Block, control_weights
from dipeval.estimate.synthetic.gaps import gap_of, placebo_gaps, ranked
from dipeval.estimate.synthetic.penalised import penalised_weights
from dipeval.estimate.synthetic.predictors import predictor_weights

N_BEFORE = 14


def block_of(n_donors=8, seed=2, n_covariates=0):
    rng = np.random.default_rng(seed)
    factors, loads = np.cumsum(rng.normal(size=(2, 20)), axis=1), rng.uniform(size=(n_donors + 1, 2))
    loads[-1] = loads[:-1].mean(0)
    y = 5 + loads @ factors + rng.normal(scale=0.1, size=(n_donors + 1, 20))
    # each covariate tells of a factor, the last of nothing
    told = np.column_stack([loads, rng.uniform(size=n_donors + 1)])[:, :n_covariates]
    x = told.T[:, :, None] + rng.normal(scale=0.02, size=(n_covariates, n_donors + 1, 20))
    return Block(y[:-1], y[-1:], np.ones(1), N_BEFORE, x if n_covariates else None)


def after(block, weights):
    return (block.path - weights.donors @ block.donors)[N_BEFORE:]


@pytest.mark.parametrize("penalty", [0.01, 0.1, 2.0])
def test_penalised_is_the_minimum(penalty):
    block = block_of()
    x, target = block.donors[:, :N_BEFORE].T, block.path[:N_BEFORE]
    apart = ((x - target[:, None]) ** 2).sum(0)

    def loss(w):
        return float(((x @ w - target) ** 2).sum() + penalty * w @ apart)

    found = penalised_weights(block, penalty=penalty)
    bounds, even = [(0, 1)] * x.shape[1], np.full(x.shape[1], 1 / x.shape[1])
    sums = {"type": "eq", "fun": lambda w: w.sum() - 1}
    brute = minimize(loss, even, bounds=bounds, constraints=sums, options={"ftol": 1e-15, "maxiter": 500})
    assert found.are_optimal and loss(found.donors) <= brute.fun + 1e-10
    np.testing.assert_allclose(found.donors, brute.x, atol=1e-5)


def test_limits_of_the_penalty():
    block = block_of()
    apart = ((block.donors - block.path)[:, :N_BEFORE] ** 2).sum(1)
    alone = penalised_weights(block, penalty=1e4).donors
    assert alone.argmax() == apart.argmin() and alone.max() == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(
        penalised_weights(block, penalty=1e-9).donors, control_weights(block).donors, atol=1e-5
    )


def test_augmented_is_the_ridge_regression_of_later_on_earlier_outcomes():
    """Equation 3 of Ben-Michael, Feller & Rothstein: the synthetic path plus what the regression says of the gap."""
    block, penalty = block_of(), 0.7
    base = control_weights(block)
    x, y = block.donors[:, :N_BEFORE], block.donors[:, N_BEFORE:]
    centred = x - x.mean(0)
    slopes = np.linalg.solve(centred.T @ centred + penalty * np.eye(N_BEFORE), centred.T @ (y - y.mean(0)))
    by_hand = after(block, base) - (block.path[:N_BEFORE] - base.donors @ x) @ slopes
    found = augmented_weights(block, penalty=penalty)
    np.testing.assert_allclose(after(block, found), by_hand, rtol=1e-9, atol=1e-12)
    assert found.donors.sum() == pytest.approx(1, abs=1e-12)
    large = augmented_weights(block, penalty=1e12).donors
    np.testing.assert_allclose(large, base.donors, atol=1e-9)
    wide = block_of(n_donors=30)
    exact = augmented_weights(wide, penalty=1e-12)
    np.testing.assert_allclose(exact.donors @ wide.donors[:, :N_BEFORE], wide.path[:N_BEFORE], atol=1e-6)
    chosen = gap_of(block, augmented_weights)
    assert chosen.fit_before <= gap_of(block, control_weights).fit_before + 1e-12


def grid_of(k, steps=40):
    if k == 2:
        share = np.linspace(0, 1, 401)
        return np.column_stack([share, 1 - share])
    points = [(i, j, steps - i - j) for i in range(steps + 1) for j in range(steps + 1 - i)]
    return np.array(points) / steps


@pytest.mark.parametrize("n_covariates", [1, 2])
def test_nested_importance_is_as_good_as_any_on_a_grid(n_covariates):
    from dipeval.estimate.synthetic.predictors import _predictors

    block = block_of(n_covariates=n_covariates)
    predictors = _predictors(block, slice(0, N_BEFORE))

    def error(importance):
        weights = predictors.fit(importance).weights
        return ((block.path - weights @ block.donors)[:N_BEFORE] ** 2).mean()

    found = predictor_weights(block)
    assert found.importance.sum() == pytest.approx(1) and (found.importance >= 0).all()
    assert error(found.importance) <= min(error(v) for v in grid_of(n_covariates + 1)) + 1e-9
    np.testing.assert_allclose(predictors.fit(found.importance).weights, found.donors, atol=1e-10)


def test_cross_validated_importance_fits_the_second_half():
    from dipeval.estimate.synthetic.predictors import _predictors

    block, half = block_of(n_covariates=1), N_BEFORE // 2
    trained = _predictors(block, slice(0, half))

    def error(importance):
        weights = trained.fit(importance).weights
        return ((block.path - weights @ block.donors)[half:N_BEFORE] ** 2).mean()

    found = predictor_weights(block, choice="cross_validated")
    assert error(found.importance) <= min(error(v) for v in grid_of(2)) + 1e-9
    later = _predictors(block, slice(half, N_BEFORE)).fit(found.importance)
    np.testing.assert_allclose(found.donors, later.weights, atol=1e-12)
    assert predictor_weights(block, choice="equal").importance.tolist() == [0.5, 0.5]


def test_units_of_covariates_do_not_matter_and_placebos_take_theirs_along():
    block = block_of(n_covariates=2)
    scaled = Block(block.donors, block.treated, block.shares, N_BEFORE, block.covariates * 1000 + 7)
    weigh = partial(predictor_weights, choice="equal")
    np.testing.assert_allclose(weigh(scaled).donors, weigh(block).donors, atol=1e-8)
    own, placebos = gap_of(block, weigh), placebo_gaps(block, weigh)
    others = np.r_[1 : len(block.donors)]
    first = Block(
        block.donors[others], block.donors[:1], np.ones(1), N_BEFORE, block.covariates[:, np.r_[others, 0]]
    )
    np.testing.assert_allclose(placebos[0].gap, gap_of(first, weigh).gap, atol=1e-12)
    rank = ranked(own, placebos)
    assert rank.rank == 1 + sum(p.ratio >= own.ratio for p in placebos) and rank.least == 1 / 9


@pytest.fixture(scope="module")
def study():
    block = block_of(n_donors=12, n_covariates=2)
    y = np.vstack([block.donors, block.treated])
    unit, time = np.divmod(np.arange(13 * 20), 20)
    frame = pd.DataFrame({"unit": unit, "time": time, "y": y.ravel()})
    frame["start"] = np.where(unit == 12, float(N_BEFORE), np.nan)
    frame["y"] += -1.0 * ((unit == 12) & (time >= N_BEFORE))
    for k, x in enumerate(block.covariates):
        frame[f"x{k}"] = x.ravel()
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["unit"]}
    return frame, build_design(frame, **columns, covariates=["x0", "x1"], event_window=(-3, 3))


@pytest.mark.parametrize("method", ["predictors", "augmented", "penalised"])
def test_known_effects_are_found(study, method):
    frame, design = study
    found = estimate(design, frame["y"], estimator="synthetic_control", method=method)
    assert found.params["att"] == pytest.approx(-1, abs=0.25) and not found.warnings


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "predictor"}, "did you mean 'predictors'"),
        ({"method": "predictors", "importance": "best"}, "importance"),
        ({"method": "augmented", "penalty": -1.0}, "is not above zero"),
        ({"penalty": 1.0}, "has no penalty"),
    ],
)
def test_what_cannot_be_asked(study, options, words):
    frame, design = study
    with pytest.raises(DesignError, match=words):
        estimate(design, frame["y"], estimator="synthetic_control", **options)
