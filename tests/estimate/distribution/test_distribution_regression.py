"""The counterfactual distribution and recentred influence functions against their definitions, case by case."""

import numpy as np
import pytest

from dipeval.estimate import estimate
from dipeval.estimate.distribution.counterfactual import counterfactual_distribution
from dipeval.estimate.distribution.quantiles import quantile_influence, quantiles_of, rearranged
from dipeval.estimate.distribution.recentred import density_at, recentred_effects
from dipeval.estimate.distribution.terms import weighted_by_cases
from dipeval.infer import infer

LEVELS = (0.1, 0.5, 0.9)


def on_rows(found, values):
    """Means of a number of each case by hospital-period."""
    rows, n = found.rows, len(found.panel)
    return np.bincount(rows, values, n) / np.bincount(rows, minlength=n)


def effect(found, values, estimator="twfe"):
    """The design's own effect on a number that each case has."""
    weighted = weighted_by_cases(found.design, found.classes())
    made = estimate(weighted, on_rows(found, values), estimator=estimator)
    return float(made.params[(made.terms["kind"] == "overall").to_numpy()].iloc[0])


@pytest.fixture(scope="module")
def treated(two_cohorts):
    return two_cohorts.cases.query("t >= start")["y"].to_numpy()


@pytest.mark.parametrize("estimator", ["twfe", "imputation"])
def test_the_mean_is_that_of_the_linear_design(two_cohorts, estimator):
    """Effects on shares, summed over the gaps between values, are the effect on the mean."""
    found, _ = counterfactual_distribution(two_cohorts.design, two_cohorts.classes(40), LEVELS, estimator)
    linear = estimate(
        weighted_by_cases(two_cohorts.design, two_cohorts.classes(40)),
        on_rows(two_cohorts, two_cohorts.classes(40).mean[_class(two_cohorts, 40)]),
        estimator=estimator,
    )
    overall = (linear.terms["kind"] == "overall").to_numpy()
    assert found.params["mean"] == pytest.approx(linear.params[overall].iloc[0], rel=1e-9)
    np.testing.assert_allclose(
        found.influence["h"][:, 0], linear.influence["h"][:, overall][:, 0], rtol=1e-6, atol=1e-9
    )


def _class(found, most):
    return np.searchsorted(found.classes(most).upper, found.cases["y"])


def test_thresholds_are_indicators_of_cases(two_cohorts, treated):
    _, found = counterfactual_distribution(two_cohorts.design, two_cohorts.classes(150), LEVELS, "twfe")
    y = two_cohorts.cases["y"].to_numpy()
    for k in (5, 50, 90):
        point = found.thresholds[k]
        assert found.effects.params.iloc[k] == pytest.approx(
            effect(two_cohorts, (y <= point) * 1.0), rel=1e-9
        )
        assert found.observed[k] == pytest.approx((treated <= point).mean())
    assert (np.diff(found.shares) >= 0).all() and len(found.thresholds) == 100


def test_quantiles_recover_a_known_effect(two_cohorts, treated):
    found, _ = counterfactual_distribution(two_cohorts.design, two_cohorts.classes(50), LEVELS)
    true = -0.25 * np.quantile(treated, LEVELS)
    inferred = infer(found, cluster="h")
    assert (np.abs(found.params.iloc[1:] - true) < 3.5 * inferred.std_errors.iloc[1:]).all()
    assert (inferred.std_errors.iloc[1:] < 0.25 * np.abs(true) + 8).all()


def test_rearranging_sorts_and_leaves_what_rises():
    np.testing.assert_allclose(rearranged(np.array([0.2, 0.1, 1.2])), [0.1, 0.2, 1])
    rises = np.array([0.1, 0.4, 1.0])
    assert (rearranged(rises) == rises).all()


def test_influence_on_a_quantile_is_that_on_the_share_over_the_density():
    points = np.linspace(0.01, 10, 1000)
    shares = 1 - np.exp(-points)
    influence = 1e-4 * np.array([np.sin(points), np.cos(points)])
    levels = np.array([0.3, 0.6])
    found = quantile_influence(shares, influence, points, 0.0, levels)
    at = quantiles_of(shares, points, 0.0, levels)
    expected = [-1e-4 * wave(at) / (1 - levels) for wave in (np.sin, np.cos)]
    np.testing.assert_allclose(found, expected, rtol=0.01)


def test_recentred_influence_case_by_case(two_cohorts, treated):
    """Each statistic's influence function written out for every case; its effect by the same design."""
    found = recentred_effects(two_cohorts.design, two_cohorts.classes(), LEVELS, "twfe")
    y, mean, spread = two_cohorts.cases["y"].to_numpy(), treated.mean(), treated.std()
    assert found.params["mean"] == pytest.approx(effect(two_cohorts, y), rel=1e-9)
    by_case = spread + ((y - mean) ** 2 - spread**2) / (2 * spread)
    assert found.params["standard_deviation"] == pytest.approx(effect(two_cohorts, by_case), rel=1e-8)
    least = np.minimum.outer(treated, treated).mean()
    at = np.array([np.minimum(value, treated).mean() for value in y])
    gini = 1 - least / mean - 2 * (at - least) / mean + least * (y - mean) / mean**2
    assert found.params["gini"] == pytest.approx(effect(two_cohorts, gini), rel=1e-6)


def test_the_gini_is_that_of_pairs(two_cohorts, treated):
    """The mean of the recentred influence over the treated is the statistic itself."""
    pairs = np.abs(np.subtract.outer(treated, treated)).mean() / (2 * treated.mean())
    least = np.minimum.outer(treated, treated).mean()
    assert 1 - least / treated.mean() == pytest.approx(pairs)


def test_a_quantile_by_its_density(two_cohorts, treated):
    found = recentred_effects(two_cohorts.design, two_cohorts.classes(), [0.5], "twfe")
    values, counts = np.unique(treated, return_counts=True)
    shares = np.cumsum(counts) / counts.sum()
    point = float(quantiles_of(shares, values, 2 * values[0] - values[1], np.array([0.5]))[0])
    height = density_at(point, values, counts.astype(float))
    low = effect(two_cohorts, (two_cohorts.cases["y"] <= np.floor(point)) * 1.0)
    high = effect(two_cohorts, (two_cohorts.cases["y"] <= np.ceil(point)) * 1.0)
    ends = sorted([-low / height, -high / height])
    assert ends[0] - 1e-9 <= found.params["quantile=0.5"] <= ends[1] + 1e-9


def test_the_kernel_density_of_a_normal():
    rng = np.random.default_rng(5)
    draws = np.round(rng.normal(size=20000), 3)
    values, counts = np.unique(draws, return_counts=True)
    assert density_at(0.0, values, counts.astype(float)) == pytest.approx(0.3989, rel=0.05)
