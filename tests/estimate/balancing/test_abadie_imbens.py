"""The matching estimate and its error against the formulas written out with loops, and by simulation."""

import numpy as np
import pytest

from dipeval.errors import DesignError
from dipeval.estimate.balancing.abadie_imbens import ScoreFit, matched_effect
from dipeval.estimate.balancing.changes import Changes
from dipeval.estimate.balancing.nearest import nearest, nearest_once
from dipeval.estimate.propensity import fit_logit, logistic

NEIGHBOURS = 2


def draw(rng, n, heterogeneous=0.0):
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    d = rng.random(n) < logistic(x @ np.array([-0.8, 0.6, 0.0]))
    y = x[:, 1] + 3 * x[:, 2] + rng.normal(size=n) + d * (1 + heterogeneous * x[:, 2])
    return x, d, y


def fitted(x, d):
    found = fit_logit(x, d, np.ones(len(d)), np.zeros(x.shape[1]))
    logit = x @ found.coefficients
    return ScoreFit(x, logit, logistic(logit), found.hessian)


def changes(y, d):
    return Changes((5.0,), y[:, None], np.where(d, 0, -1))


def closest(values, at, k, pool):
    """Places of the k of a pool that are nearest to a value; no ties among drawn numbers."""
    return [int(j) for j in sorted(pool, key=lambda j: abs(values[j] - at))[:k]]


def by_loops(y, x, d, fit, k):
    """Abadie & Imbens (2006, theorem 7) and (2016, theorem 2), one hospital after another."""
    treated, control = np.flatnonzero(d), np.flatnonzero(~d)
    n1 = len(treated)
    mates = {i: closest(fit.logit, fit.logit[i], k, control) for i in treated}
    effect = np.mean([y[i] - y[mates[i]].mean() for i in treated])
    total = sum((y[i] - y[mates[i]].mean() - effect) ** 2 for i in treated)
    for j in control:
        times = sum(j in mates[i] for i in treated) / k
        squared = sum(j in mates[i] for i in treated) / k**2
        near = closest(fit.logit, fit.logit[j], NEIGHBOURS, [c for c in control if c != j])
        sigma = NEIGHBOURS / (NEIGHBOURS + 1) * (y[j] - y[near].mean()) ** 2
        total += (times**2 - squared) * sigma
    turn = np.linalg.inv(np.cov(x[:, 1:], rowvar=False))
    c, delta = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for i in range(len(y)):
        f, odds = fit.score[i] * (1 - fit.score[i]), fit.score[i] / (1 - fit.score[i])
        mean, cov = [], []
        for pool in (control, treated):
            near = closest(fit.logit, fit.logit[i], NEIGHBOURS + 1, pool)
            mean.append(y[near].mean())
            cov.append((x[near] - x[near].mean(0)).T @ (y[near] - y[near].mean()) / NEIGHBOURS)
        c += f * (x[i] * (mean[1] - mean[0] - effect) + cov[1] + odds * cov[0])
        gaps = x[:, 1:] - x[i, 1:]
        far = np.einsum("ij,jk,ik->i", gaps, turn, gaps)
        like = y[min(control if d[i] else treated, key=lambda j: far[j])]
        delta += f * x[i] * ((y[i] - like if d[i] else like - y[i]) - effect)
    bread = np.linalg.inv(fit.hessian)
    return effect, total / n1**2, (delta @ bread @ delta - c @ bread @ c) / n1**2


@pytest.mark.parametrize("k", [1, 3])
def test_effect_error_and_correction_are_the_formulas(k):
    x, d, y = draw(np.random.default_rng(k), 90, 0.5)
    fit = fitted(x, d)
    found = matched_effect(changes(y, d), fit, nearest(fit.logit[d], fit.logit[~d], k))
    wanted = by_loops(y, x, d, fit, k)
    assert (found.effect, found.variance, found.correction) == pytest.approx(wanted, rel=1e-9)


def test_pairs_without_replacement_have_the_paired_variance():
    x, d, y = draw(np.random.default_rng(4), 200)
    fit = fitted(x, d)
    mates = nearest_once(fit.logit[d], fit.logit[~d])
    found = matched_effect(changes(y, d), fit, mates, correct=False)
    apart = y[d] - y[~d][mates.mates[:, 0]]
    assert found.effect == pytest.approx(apart.mean(), abs=1e-14)
    assert found.variance == pytest.approx(apart.var() / len(apart), rel=1e-12)


def test_the_adjustment_takes_away_what_is_linear_in_the_covariates():
    x, d, _ = draw(np.random.default_rng(6), 120)
    y = x @ np.array([3.0, 2.0, -1.0]) + 0.7 * d
    fit = fitted(x, d)
    matches = nearest(fit.logit[d], fit.logit[~d], 2)
    plain = matched_effect(changes(y, d), fit, matches)
    adjusted = matched_effect(changes(y, d), fit, matches, adjust=True)
    assert abs(plain.effect - 0.7) > 0.01
    assert adjusted.effect == pytest.approx(0.7, abs=1e-12)


def test_two_cohorts_with_the_same_changes_are_one():
    x, d, y = draw(np.random.default_rng(8), 150)
    fit, matches = fitted(x, d), None
    matches = nearest(fit.logit[d], fit.logit[~d], 2)
    one = matched_effect(changes(y, d), fit, matches, correct=False)
    cohort = np.where(d, np.arange(len(d)) % 2, -1)
    two = matched_effect(Changes((5.0, 6.0), np.stack([y, y], 1), cohort), fit, matches)
    assert two.effect == pytest.approx(one.effect, abs=1e-12)
    assert two.variance == pytest.approx(one.variance, rel=1e-9)
    assert np.isnan(two.correction)


def test_no_error_of_a_single_match():
    x, d, y = draw(np.random.default_rng(9), 60)
    fit = fitted(x, d)
    few = nearest(fit.logit[d], fit.logit[~d], 1, 1e-12)
    with pytest.raises(DesignError, match="have a match: no error"):
        matched_effect(changes(y, d), fit, few)


@pytest.mark.slow
@pytest.mark.parametrize("heterogeneous", [0.0, 1.0])
def test_intervals_cover_and_the_correction_is_needed(heterogeneous):
    """A covariate that moves the outcome but not the treatment: the estimated score balances it by chance."""
    rng, found = np.random.default_rng(11), []
    for _ in range(800):
        x, d, y = draw(rng, 800, heterogeneous)
        fit = fitted(x, d)
        made = matched_effect(changes(y, d), fit, nearest(fit.logit[d], fit.logit[~d], 1))
        found.append((made.effect, made.variance, made.std_error))
    effect, variance, error = np.array(found).T
    inside = np.abs(effect - 1) < 1.96 * error
    assert 0.93 < inside.mean() < 0.985
    assert np.mean(variance) > 1.5 * effect.var()
    assert (np.abs(effect - 1) < 1.96 * np.sqrt(variance)).mean() > 0.985
