"""Joint tests by every method: refitted, permuted, and by dense algebra."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest

from dipeval.check import joint_pretrend
from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.infer.hotelling import approximate_hotelling
from dipeval.infer.joint import joint_test
from dipeval.infer.joint_wild import WildTerms
from dipeval.infer.leverage import bias_reduced, jackknife
from dipeval.infer.wild import WildTerm, all_signs
from dipeval.results.cluster_moments import ClusterMoments, generalised_inverse

TESTED, KEPT = [0, 1], [2, 3]


@pytest.fixture(scope="module")
def rows():
    """Six clusters of unequal size, four columns of which two are tested."""
    rng = np.random.default_rng(2)
    cluster = np.repeat(np.arange(6), [5, 7, 4, 9, 6, 8])
    columns = rng.normal(size=(len(cluster), 4)) + rng.normal(size=(6, 4))[cluster]
    columns[:, 3] = 1
    outcome = columns @ [0.3, -0.2, 1, 2] + rng.normal(size=len(cluster)) + rng.normal(size=6)[cluster]
    return columns, outcome, cluster


def moments_of(columns, outcome, cluster):
    groups = [cluster == g for g in np.unique(cluster)]
    solution = fit(columns, outcome)
    residual = outcome - columns @ solution
    gram = np.stack([columns[g].T @ columns[g] for g in groups])
    score = np.stack([columns[g].T @ residual[g] for g in groups])
    return ClusterMoments(gram, score, solution, np.eye(4)[:, TESTED])


def fit(columns, outcome):
    return np.linalg.lstsq(columns, outcome, rcond=None)[0]


def wald(columns, outcome, cluster, at, centre, by_jackknife):
    """Everything from the rows: coefficients, covariance CR0 or jackknife, and the distance from `centre`."""
    solution = fit(columns, outcome)
    inverse, residual = np.linalg.inv(columns.T @ columns), outcome - columns @ solution
    moved = []
    for g in np.unique(cluster):
        inside = cluster == g
        if by_jackknife:
            moved.append((fit(columns[~inside], outcome[~inside]) - solution)[at])
        else:
            moved.append((inverse @ columns[inside].T @ residual[inside])[at])
    apart = solution[at] - centre
    return apart @ np.linalg.inv(np.transpose(moved) @ np.array(moved)) @ apart


def drawn_from(columns, outcome, cluster, restricted, jackknifed):
    """Fitted values and residuals that are drawn, each cluster's from the fit without it if asked."""
    own = columns[:, KEPT] if restricted else columns
    fitted = own @ fit(own, outcome)
    residual = outcome - fitted
    if jackknifed:
        for g in np.unique(cluster):
            inside = cluster == g
            residual[inside] = (outcome - own @ fit(own[~inside], outcome[~inside]))[inside]
    return fitted, residual


@pytest.mark.parametrize("restricted", [True, False])
@pytest.mark.parametrize("variant", ["11", "13", "31", "33"])
def test_all_draws_by_refitting(rows, restricted, variant):
    columns, outcome, cluster = rows
    jackknifed, by_jackknife = variant[0] == "3", variant[1] == "3"
    found = WildTerms(moments_of(*rows), [0, 1], restricted, jackknifed, by_jackknife)
    zero = np.zeros(2)
    assert found.observed == pytest.approx(wald(*rows, TESTED, zero, by_jackknife), rel=1e-9)
    fitted, residual = drawn_from(*rows, restricted, jackknifed)
    centre = zero if restricted else fit(columns, outcome)[TESTED]
    signs = all_signs(6)[:40:3]
    expected = [
        wald(columns, fitted + v[cluster] * residual, cluster, TESTED, centre, by_jackknife) for v in signs
    ]
    np.testing.assert_allclose(found.draws(signs), expected, rtol=1e-8, atol=1e-12)


def test_one_term_is_its_own_test(rows):
    moments, signs = moments_of(*rows), all_signs(6)
    single = WildTerm(moments, 1)
    numerator, square = single.draws(signs).at(single.estimate)
    joint = WildTerms(moments, [1])
    np.testing.assert_allclose(joint.draws(signs), numerator**2 / square, rtol=1e-7)
    assert joint.observed == pytest.approx((single.estimate / single.error) ** 2)


@pytest.mark.parametrize(("power", "rule"), [(0.5, bias_reduced), (1.0, jackknife)])
def test_degrees_of_freedom_by_dense_algebra(rows, power, rule):
    """Pustejovsky & Tipton (2018, equation 13) with matrices of rows, and one term as Satterthwaite has it."""
    columns, outcome, cluster = rows
    moments = moments_of(*rows)
    for k in (0, 1):
        assert approximate_hotelling(moments, [k], power) == pytest.approx(rule(moments).df[k], rel=1e-9)
    inverse = np.linalg.inv(columns.T @ columns)
    annihilator = np.eye(len(outcome)) - columns @ inverse @ columns.T
    pulls = []
    for g in range(6):
        inside = cluster == g
        values, vectors = np.linalg.eigh(annihilator[np.ix_(inside, inside)])
        adjusted = (vectors * values**-power) @ vectors.T
        pulls.append(annihilator[:, inside] @ adjusted @ columns[inside] @ inverse[:, TESTED])
    expected = sum(p.T @ p for p in pulls)
    values, vectors = np.linalg.eigh(expected)
    scaled = [p @ (vectors / np.sqrt(values)) @ vectors.T for p in pulls]
    variance = sum(
        (a[:, s] @ b[:, s]) * (a[:, t] @ b[:, t]) + (a[:, s] @ b[:, t]) * (a[:, t] @ b[:, s])
        for a, b in product(scaled, scaled)
        for s, t in product(range(2), range(2))
    )
    assert approximate_hotelling(moments, TESTED, power) == pytest.approx(6 / variance, rel=1e-8)


def panel(starts, seed=0):
    rng = np.random.default_rng(seed)
    city = np.repeat(np.arange(len(starts)), 2)
    unit, time = (g.ravel() for g in np.meshgrid(np.arange(len(city)), np.arange(8), indexing="ij"))
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city[unit]})
    frame["start"] = [starts[c] for c in frame["city"]]
    frame["y"] = rng.normal(size=len(frame)) + rng.normal(size=(len(starts), 8))[frame["city"], time]
    return frame


def event_study(frame, name="twfe_event_study"):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    design = build_design(frame, **columns, event_window=(-3, 2))
    return estimate(design, frame["y"], estimator=name)


STARTS = ["4", "4", "5", "5", "never", "never"]


@pytest.mark.parametrize("small_sample", ["CR2", "CR3"])
def test_leverage_adjusted_errors_have_their_own_reference(small_sample):
    result = infer(event_study(panel([*STARTS, *STARTS])), small_sample=small_sample)
    test, plain = joint_pretrend(result), joint_pretrend(infer(result, small_sample="CR1"))
    at = [k for k, kind in enumerate(result.terms["kind"]) if kind == "lead"]
    at = [k for k in at if not result.terms["is_reference"].iloc[k]]
    eta = approximate_hotelling(result.moments("city"), at, 0.5 if small_sample == "CR2" else 1.0)
    assert (test.df_num, test.df_denom) == (2, pytest.approx(eta - 1)) and eta < plain.df_denom + 1
    b, v = result.params.to_numpy()[at], result.inference.cov[np.ix_(at, at)]
    assert test.statistic == pytest.approx((eta - 1) / (2 * eta) * (b @ np.linalg.inv(v) @ b))
    assert "Pustejovsky" in test.rule


def test_the_wild_bootstrap_of_leads():
    result = infer(event_study(panel(STARTS)), "wild", variant="31", n_draws=99)
    test = joint_pretrend(result)
    leads = [k for k, t in enumerate(result.params.index) if t in ("event_time=-3", "event_time=-2")]
    found = WildTerms(result.moments("city"), leads, True, True)
    count = (found.draws(all_signs(6)) >= found.observed * (1 - 1e-9)).sum()
    assert (test.kind, test.statistic, test.p_value) == ("Wald", found.observed, (count + 1) / 65)
    assert "WCR31 by city, all 64 draws" in test.rule and np.isnan(test.df_denom)
    webb = infer(result, "wild", weights="webb", n_draws=199, seed=5)
    assert joint_pretrend(webb) == joint_pretrend(webb) and joint_pretrend(webb).p_value * 200 % 1 < 1e-9
    bare = replace(result, moments=None)
    assert "not at hand" in joint_pretrend(bare).note


def test_calendars_of_leads_by_brute_force():
    """Each calendar written into the frame: the larger of both |t|."""
    starts = ["4", "5", "never", "never"]
    frame = panel(starts, seed=3)
    result = infer(event_study(frame, "imputation"), "randomisation")
    leads = [f"event_time={e}" for e in (-3, -2, -1)]
    largest = {}
    for calendar in sorted(set(permutations(starts))):
        one = event_study(frame.assign(start=[calendar[c] for c in frame["city"]]), "imputation")
        error = np.sqrt((one.influence["city"] ** 2).sum(0))
        t = pd.Series(np.abs(one.params.to_numpy()) / error, one.params.index)
        largest[calendar] = t[leads].max()
    observed = largest[tuple(starts)]
    test = joint_pretrend(result)
    assert test.statistic == pytest.approx(observed) and test.kind == "max |t|"
    assert test.p_value == np.mean([size >= observed * (1 - 1e-9) for size in largest.values()])


def test_multiplier_draws_of_leads():
    result = infer(event_study(panel(STARTS), "imputation"))
    test = joint_pretrend(result, seed=4, n_draws=999)
    assert test == joint_pretrend(result, seed=4, n_draws=999) and 0 < test.p_value <= 1
    alone = [joint_test(result, [f"event_time={e}"], seed=4, n_draws=999).p_value for e in (-3, -2, -1)]
    assert test.p_value >= min(alone) and "seed 4" in test.rule


def test_what_cannot_be_tested():
    result = infer(event_study(panel(STARTS)), "wild", terms=["event_time=0"], n_draws=99)
    assert np.isfinite(joint_pretrend(result).p_value)  # draws of its own
    dealt = infer(event_study(panel(["4", "5", "never", "never"])), "randomisation", terms=["event_time=0"])
    assert "2 of 2 leads were not drawn" in joint_pretrend(dealt).note
    with pytest.raises(DesignError, match="did you mean 'event_time=-2'"):
        joint_test(result, ["event_time=-22"])
    few = infer(event_study(panel(["4", "5", "never"])), "wild", n_draws=99)
    names = [t for t in few.params.index[np.isfinite(few.std_errors)]][:3]
    assert "3 terms cannot be tested with 3 clusters" in joint_test(few, names).note


def test_moments_that_are_singular_have_no_test(rows):
    """The same term twice: no draw and no sample has a covariance."""
    moments = moments_of(*rows)
    twice = replace(moments, picked=moments.picked[:, [0, 0]])
    assert generalised_inverse(twice.gram.sum(0)).shape == (4, 4)
    assert np.isinf(WildTerms(twice, [0, 1], restricted=False).observed)
    assert np.isnan(approximate_hotelling(twice, [0, 1], 0.5))
