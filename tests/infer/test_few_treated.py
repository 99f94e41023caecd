"""Conley–Taber and Ferman–Pinto: against errors put in other cities' rows and estimated anew."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import adjust, infer
from dipeval.infer.city_weights import city_panel
from dipeval.infer.exchanged import (
    Exchange,
    placed,
    resampled,
    rescaled,
    swaps,
    tuples,
    variance_by_size,
    without_two_ways,
)
from dipeval.infer.inversion import interval, intervals

NEVER = np.inf
N_PERIODS = 5
ONE, TWO = [2, NEVER, NEVER, NEVER, NEVER], [2, 3, NEVER, NEVER, NEVER]


def panel(starts, seed=0, hospitals=None, effect=0.0):
    """Cities with a date each; hospitals differ in number, errors in city and hospital."""
    rng = np.random.default_rng(seed)
    hospitals = rng.integers(1, 4, len(starts)) if hospitals is None else np.full(len(starts), hospitals)
    city = np.repeat(np.arange(len(starts)), hospitals)
    unit, time = np.divmod(np.arange(len(city) * N_PERIODS), N_PERIODS)
    first = np.array(starts)[city[unit]]
    shock = rng.normal(size=(len(starts), N_PERIODS))
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city[unit]})
    frame["start"] = [str(int(s)) if np.isfinite(s) else "never" for s in first]
    frame["cases"] = rng.integers(20, 200, len(city))[unit]
    frame["x"] = rng.normal(size=len(frame))
    noise = rng.normal(size=len(frame))
    frame["y"] = shock[frame["city"], time] + noise + effect * (time >= first) + 0.5 * frame["x"]
    return frame


def fit(frame, name="twfe", **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city", "unit"]}
    return estimate(build_design(frame, **columns, **options), frame["y"], estimator=name)


def residual_panel(frame, null=0.0, treated=None):
    """City means less city and period effects, by least squares on dummies."""
    start = pd.to_numeric(frame["start"], errors="coerce")
    means = frame.assign(y=frame["y"] - null * (frame["time"] >= start)).groupby(["city", "time"])["y"].mean()
    table = means.unstack().to_numpy()
    g, t = table.shape
    dummies = np.hstack([np.kron(np.eye(g), np.ones((t, 1))), np.kron(np.ones((g, 1)), np.eye(t))])
    return (table.ravel() - dummies @ np.linalg.lstsq(dummies, table.ravel(), rcond=None)[0]).reshape(g, t)


def put(frame, errors, places):
    return frame.assign(y=[errors[places[c], t] for c, t in zip(frame["city"], frame["time"], strict=True)])


@pytest.mark.parametrize(("name", "starts"), [("twfe", TWO), ("imputation", ONE), ("group_time", ONE)])
def test_errors_of_other_cities_estimated_anew(name, starts):
    """Each exchange written into the rows, and everything estimated anew, under two null values."""
    frame = panel(starts, seed=3)
    result = fit(frame, name)
    term = result.params.index[0]
    n_treated = int(np.isfinite(starts).sum())
    ways = []
    for chosen in permutations(range(5), n_treated):
        places = list(range(5))
        places[:n_treated] = chosen
        vacated = [c for c in range(n_treated) if c not in chosen]
        for place in sorted(c for c in chosen if c >= n_treated):
            places[place] = vacated.pop(0)
        ways.append(places)
    cities = city_panel(result, "city")
    found = swaps(np.flatnonzero(cities.treated), np.arange(5), 5, 999, None)
    assert found.exact and sorted(ways[1:]) == sorted(found.city.tolist())
    weights = cities.weights[:, :, 0]
    sums = [placed(weights, without_two_ways(m, np.ones(5, bool))) for m in (cities.outcome, cities.exposure)]
    test = Exchange(result.params[term], cities.moved[0], *sums, found, None, np.ones(5, bool))
    for null in (0.0, 0.7):
        errors = residual_panel(frame, null)
        drawn = [abs(fit(put(frame, errors, places), name).params[term]) for places in ways[1:]]
        own = abs(result.params[term] - null)
        p = (1 + sum(d >= own * (1 - 1e-9) for d in drawn)) / len(ways)
        assert test.p_value(null) == pytest.approx(p, abs=1e-12)
    assert infer(result, "conley_taber").pvalues[term] == test.p_value(0.0)


def test_as_published_the_comparison_cities_errors_are_drawn():
    """Conley & Taber's proposition 1 by hand: weights (d - mean d) / sum of squares, all 4 and 3² ways."""
    frame = panel(ONE, seed=5)
    result = fit(frame)
    d = (np.arange(N_PERIODS) >= 2) - 0.6
    table = frame[frame["city"] > 0].groupby(["city", "time"])["y"].mean().unstack().to_numpy()
    errors = table - table.mean(0)
    drawn = np.abs(errors @ d / (d @ d))
    p = (1 + (drawn >= abs(result.params["treated"])).sum()) / 5
    assert infer(result, "conley_taber", draw="bootstrap").pvalues["treated"] == pytest.approx(p)
    found = tuples(np.array([0, 1]), np.array([2, 3, 4]), 5, 99, None)
    assert found.city[:, :2].tolist() == [list(w) for w in product([2, 3, 4], repeat=2)]
    assert (found.city[:, 2:] == -1).all()


def test_weights_give_the_estimate_back_and_are_those_of_the_paper():
    frame = panel(ONE, seed=2, hospitals=2)
    cities = city_panel(fit(frame), "city")
    d = (np.arange(N_PERIODS) >= 2) - 0.6
    assert cities.weights[0, :, 0] == pytest.approx(d / (d @ d), abs=1e-12)
    assert (cities.weights[:, :, 0] * cities.outcome).sum() == pytest.approx(cities.params[0])
    assert cities.moved[0] == pytest.approx(1)


def test_equal_cities_are_compared_as_by_the_calendar():
    """With equal cities, exchanging errors is exchanging dates."""
    result = fit(panel(TWO, seed=8, hospitals=2))
    one, two = infer(result, "conley_taber"), infer(result, "randomisation", statistic="estimate")
    assert one.pvalues["treated"] == two.pvalues["treated"]
    assert one.inference.conf_low[0] == pytest.approx(two.inference.conf_low[0])


def test_variance_is_least_squares_without_negative_parts():
    rng = np.random.default_rng(0)
    inverse = 1 / rng.integers(1, 9, 7)
    sums = rng.normal(size=(5, 7)) * np.sqrt([[0.1], [1], [5], [0.3], [1]] + inverse)
    used = np.arange(7) != 2
    fitted = variance_by_size(sums[:, :, None], inverse, used)[..., 0]
    columns = np.column_stack([np.ones(7), inverse])
    for place, row in zip(fitted, sums, strict=True):
        best, _ = nnls(columns[used], row[used] ** 2)
        assert place == pytest.approx(columns @ best, rel=1e-9)
    signs = {tuple(nnls(columns[used], row[used] ** 2)[0] > 0) for row in sums}
    assert len(signs) > 1


def test_published_bootstrap_of_rescaled_errors_by_a_loop():
    """Ferman & Pinto: normalised errors with replacement in every place, times the place's own error."""
    frame = panel(ONE, seed=6)
    result = fit(frame)
    cities = city_panel(result, "city")
    inverse = 1 / frame.groupby("city")["unit"].nunique().to_numpy()
    assert cities.inverse_size["hospitals"] == pytest.approx(inverse)
    errors, weights = residual_panel(frame), cities.weights[:, :, 0]
    places = resampled(np.arange(5), 5, 199, seed=4).city
    drawn = np.zeros(199)
    for s in range(5):
        sums = errors @ weights[s]
        best, _ = nnls(np.column_stack([np.ones(5), inverse]), sums**2)
        error = np.sqrt(best[0] + best[1] * inverse)
        drawn += (sums / error)[places[:, s]] * error[s]
    p = (1 + (np.abs(drawn) >= abs(result.params["treated"]) * (1 - 1e-9)).sum()) / 200
    found = infer(result, "ferman_pinto", size="hospitals", draw="bootstrap", n_draws=199, seed=4)
    assert found.pvalues["treated"] == pytest.approx(p)
    assert "seed 4" in found.inference.rule and found.inference.seed == 4


def test_equal_sizes_need_no_rescaling():
    sums = np.random.default_rng(1).normal(size=(4, 4, 3))
    assert rescaled(sums, np.full(4, 0.2), np.ones(4, bool)) == pytest.approx(sums)


def test_many_outcomes_at_once_are_each_alone():
    rng = np.random.default_rng(2)
    weights, panels = rng.normal(size=(6, 4)), rng.normal(size=(6, 4, 3))
    all_in, places = np.ones(6, bool), swaps(np.array([1, 4]), np.arange(6), 6, 99, None)
    exposure = placed(weights, without_two_ways(rng.normal(size=(6, 4)), all_in))
    size = 1 / rng.integers(1, 9, 6)

    def test_of(errors, own):
        return Exchange(
            own, 1.0, placed(weights, without_two_ways(errors, all_in)), exposure, places, size, all_in
        )

    own, null = rng.normal(size=3) * 3, np.array([0.0, 0.3, -1.0])
    together = test_of(panels, own)
    alone = [test_of(panels[..., r], own[r]) for r in range(3)]
    assert together.p_value(null).tolist() == [t.p_value(b) for t, b in zip(alone, null, strict=True)]
    low, high = intervals(together.p_value, own, np.ones(3), 0.8)
    for r in range(3):
        assert (low[r], high[r]) == pytest.approx(interval(alone[r].p_value, own[r], 1.0, 0.8)[:2])


def test_effects_of_cities_and_periods_do_not_matter():
    frame = panel(TWO, seed=1)
    moved = frame.assign(y=frame["y"] + frame["city"] ** 2 + 3 * frame["time"])
    one, two = (infer(fit(f), "ferman_pinto", size="hospitals").tidy().iloc[0] for f in (frame, moved))
    for column in ("p_value", "conf_low", "conf_high"):
        assert two[column] == pytest.approx(one[column], rel=1e-6)


def test_covariates_are_taken_out_of_the_errors():
    frame = panel(ONE, seed=1, hospitals=3)
    frame["y"] += 30 * frame["x"]
    options = {"covariates": ["x"], "n_cases": "cases"}
    one, two = (
        infer(fit(f, **options), "ferman_pinto")
        for f in (frame, frame.assign(y=frame["y"] - 30.5 * frame["x"]))
    )
    assert one.pvalues["treated"] == two.pvalues["treated"]
    assert "M cases" in one.inference.rule


def test_a_comparison_city_that_lacks_periods_stays_in_its_place():
    frame = panel(ONE + [NEVER], seed=2)
    result = infer(
        fit(frame[(frame["city"] != 5) | (frame["time"] > 0)].reset_index(drop=True)), "conley_taber"
    )
    assert "city 5 lack periods" in " ".join(result.warnings) and result.inference.draws == 4
    assert "only 5 ways" in " ".join(result.warnings) and np.isinf(result.inference.conf_low[0])


def refused(frame, method="conley_taber", name="twfe", **options):
    with pytest.raises(DesignError) as caught:
        infer(fit(frame, name), method, **options)
    return str(caught.value)


def test_designs_that_are_refused():
    many = panel([2] * 60 + [NEVER] * 60, hospitals=2)
    assert "240 clusters are more than" in refused(many, cluster="unit")
    assert "all clusters are treated" in refused(panel([2, 3, 2, 3]))
    assert "1 comparison city seen in every period" in refused(panel([2, NEVER]))
    frame = panel(ONE, hospitals=2)
    lacking = frame[(frame["city"] > 0) | (frame["time"] != 3)].reset_index(drop=True)
    assert "treated city without rows in some period" in refused(lacking)
    frame.loc[frame["unit"] == 0, "start"] = "3"
    assert "several adoption dates" in refused(frame)


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("conley_taber", {"cluster": "ctiy"}, "did you mean 'city'?"),
        ("conley_taber", {"draw": "permutations"}, "did you mean 'permutation'?"),
        ("conley_taber", {"size": "cases"}, "is not an option"),
        ("conley_taber", {"n_draws": 5}, "not a number of draws"),
        ("conley_taber", {"level": 95}, "not between 0 and 1"),
        ("ferman_pinto", {"draw": "bootstrap"}, "draws are random and have no seed"),
        ("ferman_pinto", {"size": "beds"}, "'beds' is unknown"),
        ("ferman_pinto", {"size": "cases"}, "does not know cases"),
    ],
)
def test_options_that_are_refused(method, options, words):
    assert words in refused(panel(ONE), method, **options)


def test_an_estimator_that_is_not_linear_is_refused():
    frame = panel(TWO, seed=1, hospitals=3)
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    result = estimate(build_design(frame, **columns), frame["y"], estimator="group_time", timing="random")
    with pytest.raises(DesignError, match="not linear in the outcome"):
        infer(result, "conley_taber")


@pytest.mark.parametrize("method", ["conley_taber", "sign_changes"])
def test_outcomes_of_a_family_share_their_draws(method):
    """One statistic twice, in other units: the family is no larger than one outcome."""
    frame = panel([2, 2, NEVER, NEVER, NEVER], seed=1)
    one, two = (infer(fit(f), method) for f in (frame, frame.assign(y=-7 * frame["y"])))
    table = adjust([one, two])
    assert table["romano_wolf"].to_numpy() == pytest.approx(one.pvalues["treated"])
    assert (table["holm"] > table["p_value"]).all()


@pytest.mark.parametrize("name", ["sun_abraham", "extended_two_way", "twfe_event_study"])
def test_weights_of_a_regression_are_those_of_indicators(name):
    """Unbalanced, weighted, with a covariate: from one pass over the rows, and by estimating indicators."""
    frame = panel(TWO, seed=4, hospitals=3).drop(index=[7, 20]).reset_index(drop=True)
    result = fit(frame, name, covariates=["x"], weights="cases", event_window=(-2, 1))
    one, two = (city_panel(r, "city").weights for r in (result, replace(result, by_period=None)))
    known = np.isfinite(two).all((0, 1)) & ~result.terms["is_reference"].to_numpy()
    assert known.sum() > 3
    assert one[..., known] == pytest.approx(two[..., known], abs=1e-9)


def test_terms_that_are_named_are_tested_alone():
    result = fit(panel(ONE, seed=2, hospitals=2), "imputation")
    one, two = (infer(result, "conley_taber", terms=terms) for terms in (["att"], None))
    assert one.pvalues["att"] == two.pvalues["att"] and one.pvalues.notna().sum() == 1
    with pytest.raises(DesignError, match="did you mean 'att'"):
        infer(result, "conley_taber", terms=["at"])
