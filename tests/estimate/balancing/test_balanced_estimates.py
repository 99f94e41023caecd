"""Balanced designs: exact moments, known effects, influence against perturbed weights, and every refusal."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from dipeval.errors import DesignError
from dipeval.estimate import ESTIMATORS, estimate
from dipeval.estimate.balancing.balanced import balance
from dipeval.estimate.balancing.balanced_estimate import balanced_estimate
from dipeval.estimate.balancing.matched_estimate import matched_estimate
from dipeval.estimate.balancing.plan import METHODS, BalancePlan
from dipeval.estimate.balancing.standardised import moments, standardised_difference
from dipeval.infer import infer

EFFECT = -0.1
FREE = {"caliper": np.inf}
WEIGHTED = [m for m in METHODS if m != "matching"]


@pytest.fixture(scope="module")
def one(selected, designed):
    frame, covariates = selected()
    return designed(frame), frame["y"], covariates


def gaps(made, weights=None):
    d, w = made.compared.treated, made.weights if weights is None else weights
    return np.array(
        [
            standardised_difference((c[d], w[d]), (c[~d], w[~d]), ((c[d], d[d]), (c[~d], ~d[~d])))
            for c in made.compared.values.T
        ]
    )


def test_entropy_balancing_gives_the_moments_of_the_treated(one):
    design, _, covariates = one
    for order in (1, 2):
        made = balance(design, covariates, BalancePlan("entropy", moments=order))
        d, w = made.compared.treated, made.weights
        assert w[d] == pytest.approx(1) and w[~d].sum() == pytest.approx(d.sum(), rel=1e-9)
        for column in made.compared.values.T:
            apart = np.array(moments(column[d], w[d])) - moments(column[~d], w[~d])
            assert abs(apart[0]) < 1e-8 and (order == 1 or abs(apart[1]) < 1e-8)
        logs = np.log(w[~d])
        tilt = sm.OLS(logs, made.compared.regressors[~d]).fit()
        assert (tilt.rsquared > 1 - 1e-12) == (order == 1)


def test_scores_and_weights_are_those_of_the_logit(one):
    design, _, covariates = one
    made = balance(design, covariates, BalancePlan("att"))
    d = made.whole.treated
    oracle = sm.Logit(d.astype(float), sm.add_constant(made.whole.values)).fit(disp=0, tol=1e-14)
    e = oracle.predict()
    assert made.score.score == pytest.approx(e, abs=1e-8)
    assert made.weights == pytest.approx(np.where(d, 1, e / (1 - e)), rel=1e-7)
    exact = balance(design, covariates, BalancePlan("overlap"))
    assert np.abs(gaps(exact)).max() < 1e-8 < 0.2 < np.abs(gaps(made, np.ones(len(d)))).max()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_effect_that_the_plain_comparison_misses(selected, designed, method):
    frame, covariates = selected(seed=3, n=600)
    design = designed(frame)
    naive = infer(estimate(design, frame["y"], estimator="twfe"), cluster="unit")
    plan = BalancePlan(method)
    found = infer(balanced_estimate(design, frame["y"], covariates, plan, estimator="twfe"), cluster="unit")
    assert abs(naive.params.iloc[0] - EFFECT) > 5 * naive.std_errors.iloc[0]
    assert abs(found.params.iloc[0] - EFFECT) < min(3 * found.std_errors.iloc[0], 0.04)


@pytest.mark.parametrize("method", WEIGHTED)
def test_influence_is_the_derivative_by_the_weight_of_a_hospital(selected, designed, method):
    """Everything is done anew with one hospital a little heavier: score or tilt, weights and estimate."""
    frame, covariates = selected(seed=5, n=60)
    plan, chosen = BalancePlan(method), [f"h{k:04d}" for k in (0, 7, 31)]

    def run(hospital=None, extra=0.0):
        weight = 1 + 0.5 * (frame["city"] % 3) / 2
        table = frame.assign(w=weight * np.where(frame["unit"] == hospital, 1 + extra, 1))
        design = designed(table, weights="w")
        return balanced_estimate(design, table["y"], covariates, plan, estimator="twfe")

    plain = run()
    place = {name: k for k, name in enumerate(plain.clusters["unit"].names)}
    for name in chosen:
        slope = (run(name, 1e-4).params - run(name, -1e-4).params).iloc[0] / 2e-4
        assert plain.influence["unit"][place[name], 0] == pytest.approx(slope, rel=2e-5, abs=1e-9)
    by_city = plain.influence["city"][:, 0]
    assert by_city.sum() == pytest.approx(plain.influence["unit"][:, 0].sum(), abs=1e-12)
    assert by_city[0] == pytest.approx(sum(plain.influence["unit"][place[f"h{k:04d}"], 0] for k in range(5)))


def test_errors_that_know_of_the_weights_are_those_of_the_jackknife(one):
    design, y, covariates = one
    found = balanced_estimate(design, y, covariates, BalancePlan("att"), estimator="twfe")
    known = infer(found, cluster="city", small_sample="CR1").std_errors.iloc[0]
    jackknife = infer(found, cluster="city", small_sample="CR3").std_errors.iloc[0]
    taken = estimate(balance(design, covariates, BalancePlan("att")).design, y, estimator="twfe")
    given = infer(taken, cluster="city").std_errors.iloc[0]
    assert known == pytest.approx(jackknife, rel=0.15) and given > 1.3 * jackknife


def test_matching_is_the_engine_on_the_matched_panel(one, selected, designed):
    design, y, covariates = one
    plan = BalancePlan(neighbours=2, **FREE)
    found = matched_estimate(design, y, covariates, plan)
    for name in ("two_by_two", "twfe", "imputation"):
        engine = balanced_estimate(design, y, covariates, plan, estimator=name)
        assert engine.params.iloc[0] == pytest.approx(found.params.iloc[0], abs=1e-10)
    by_city = infer(found, cluster="city", small_sample="CR0").std_errors.iloc[0]
    same = infer(
        balanced_estimate(design, y, covariates, plan, estimator="two_by_two"),
        cluster="city",
        small_sample="CR0",
    )
    assert by_city == pytest.approx(same.std_errors.iloc[0], rel=1e-9)
    assert found.inference.method == "abadie_imbens" and found.std_errors.iloc[0] > 0
    frame, others = selected(staggered=True)
    several = matched_estimate(designed(frame), frame["y"], others, BalancePlan(**FREE))
    assert "taken as known" in several.inference.rule


def test_row_order_names_and_scale_do_not_matter(one, selected, designed):
    design, y, covariates = one
    frame, _ = selected()
    mixed = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    other = designed(mixed)
    scaled = covariates.iloc[::-1] * [1000.0, 0.01] + 5
    renamed = designed(frame.assign(unit="z" + frame["unit"].str[::-1]))
    names = covariates.set_axis("z" + covariates.index.str[::-1])
    for method in METHODS:
        plan = BalancePlan(method, trim=0.02)
        wanted = balanced_estimate(design, y, covariates, plan, estimator="twfe").params.iloc[0]
        again = balanced_estimate(other, mixed["y"], scaled, plan, estimator="twfe").params.iloc[0]
        called = balanced_estimate(renamed, y, names, plan, estimator="twfe").params.iloc[0]
        assert again == pytest.approx(wanted, abs=1e-9) and called == pytest.approx(wanted, abs=1e-9)


def test_hospitals_may_be_named_by_numbers(one, selected, designed):
    design, y, covariates = one
    numbers = {name: k for k, name in enumerate(covariates.index)}
    frame, _ = selected()
    numbered = designed(frame.assign(unit=frame["unit"].map(numbers)))
    made = balance(numbered, covariates.set_axis(covariates.index.map(numbers)), BalancePlan("entropy"))
    np.testing.assert_allclose(
        sorted(made.weights), sorted(balance(design, covariates, BalancePlan("entropy")).weights)
    )


def test_the_ledger_shows_who_left(selected, designed):
    frame, covariates = selected()
    covariates.iloc[3] = np.nan
    plan = BalancePlan(caliper=0.1, trim=0.1, common_support=True)
    made = balance(designed(frame), covariates, plan)
    table = {entry.rule: entry for entry in made.design.ledger}
    steps = ["covariate_missing", "score_out_of_bounds", "outside_common_support", "without_match"]
    assert list(table)[-4:] == steps
    assert table["covariate_missing"].hospitals_before - table["covariate_missing"].hospitals_after == 1
    assert table["without_match"].hospitals_after == (made.weights > 0).sum() == made.design.n_units
    inside = (made.first.score >= 0.1) & (made.first.score <= 0.9)
    assert table["score_out_of_bounds"].hospitals_after == inside.sum()
    assert 0 < np.abs(gaps(made)).max() < 0.25


def refused(design, covariates, plan=None):
    with pytest.raises(DesignError) as found:
        balance(design, covariates, plan or BalancePlan())
    return str(found.value)


def test_what_cannot_be_balanced_is_refused(one, selected, designed):
    design, _, covariates = one
    joins = np.isin(covariates.index, design.units[np.isfinite(design.unit_cohort)])
    apart = covariates.assign(tells=joins * 4.0 + covariates["size"] * 0.01)
    for method in ("matching", "att", "entropy"):
        assert "no overlap" in refused(design, apart, BalancePlan(method))
    assert "is the same in all hospitals" in refused(design, covariates.assign(flat=1.0))
    assert "collinear" in refused(design, covariates.assign(twice=2 * covariates["size"]))
    many = pd.DataFrame(np.random.default_rng(0).normal(size=(220, 90)), covariates.index).add_prefix("x")
    assert "one of the groups has" in refused(design, many)
    assert "no treated hospital has a match" in refused(design, covariates, BalancePlan(caliper=1e-9))
    assert "are no numbers" in refused(design, covariates.assign(level="tertiary"))
    assert "name no hospital" in refused(design, covariates.set_axis(range(220)))
    assert "are none" in refused(design, covariates[[]])
    few = covariates.assign(size=(joins ^ (np.arange(220) % 5 == 0)) * 1.0)[["size"]]
    assert "score_out_of_bounds" in refused(design, few, BalancePlan("att", trim=0.4))
    frame, _ = selected(n=30)
    every = designed(frame.assign(start=2005.0 + (frame["city"] % 2) * 3))
    assert "every hospital is treated" in refused(every, covariates)


def test_trimming_lets_a_score_near_one_pass(one):
    design, _, covariates = one
    joins = np.isin(covariates.index, design.units[np.isfinite(design.unit_cohort)])
    far = covariates.assign(size=covariates["size"] + 9.0 * (joins & (np.arange(220) % 7 == 0)))
    assert "no overlap" in refused(design, far, BalancePlan("att"))
    made = balance(design, far, BalancePlan("att", trim=0.05))
    assert made.first.score.max() > 0.999 and made.score.score.max() < 0.999


def test_options_out_of_range_are_told_at_once():
    with pytest.raises(DesignError) as found:
        BalancePlan("matchng", neighbours=0, caliper=0, trim=0.6, moments=3)
    told = str(found.value)
    assert all(word in told for word in ("matching", "neighbours", "caliper", "trim", "moments"))


@pytest.mark.parametrize(
    ("method", "variant"), [("att", "inverse_probability"), ("entropy", "doubly_robust")]
)
def test_two_periods_are_the_published_two_period_estimators(selected, designed, method, variant):
    """Weights and errors of DRDID's normalised inverse probability, to which group-time effects are held.

    Entropy balancing is doubly robust (Zhao & Percival 2017): with a logit that is right, close to that estimator.
    """
    frame, covariates = selected(seed=8, n=300)
    two = frame[frame["year"].isin([2004, 2005])].reset_index(drop=True)
    two = two.join(covariates, on="unit")
    plain = designed(two, covariates=["size", "casemix"])
    published = estimate(plain, two["y"], estimator="group_time", method=variant, aggregate=("overall",))
    found = balanced_estimate(plain, two["y"], covariates, BalancePlan(method), estimator="two_by_two")
    apart = {"att": 1e-9, "entropy": 0.02}[method]
    assert found.params["att"] == pytest.approx(published.params.iloc[0], abs=apart)
    if method == "att":
        assert found.influence["unit"][:, 0] == pytest.approx(published.influence["unit"][:, 0], abs=1e-9)
        assert found.influence["city"][:, 0] == pytest.approx(published.influence["city"][:, 0], abs=1e-9)


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_every_estimator_runs_on_weighted_hospitals(selected, designed, name):
    frame, covariates = selected(n=70, periods=8)
    design = designed(frame, event_window=(-2, 2))
    values = np.exp(frame["y"] / 9)
    found = balanced_estimate(design, values, covariates, BalancePlan("entropy"), estimator=name)
    known = found.params.notna() & ~found.terms["is_reference"].to_numpy()
    assert known.any() and np.isfinite(found.influence["unit"][:, known]).any()
