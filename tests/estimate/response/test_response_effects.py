"""Effects in levels and percent: identities, derivatives, recovery of known effects, what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DesignError
from dipeval.estimate.response.families import GAMMA, POISSON
from dipeval.estimate.response.fitting import fit_family
from dipeval.estimate.response.models import MODELS, means_of_cases, response_models
from dipeval.estimate.response.outcome_sums import of_rows
from dipeval.estimate.response.variance_power import variance_power
from dipeval.infer import infer

PERCENT, LEVEL = 1, 2


def all_models(stays, column="y", names=tuple(MODELS)):
    return {e.estimator: e for e in response_models(stays.design, stays.sums(column), names)}


@pytest.fixture(scope="module")
def found(stays):
    return all_models(stays)


def test_percent_and_level_agree(stays, found):
    """With one coefficient the level is the percent of the mean without the reform, over the treated."""
    poisson = found["poisson"].params
    assert poisson["percent"] == pytest.approx(100 * np.expm1(poisson["coefficient"]))
    mean = stays.cases.loc[stays.cases["d"] == 1, "y"].mean()  # Poisson fits the treated mean exactly
    assert poisson["level"] == pytest.approx(mean * (1 - np.exp(-poisson["coefficient"])))


def test_a_common_factor_leaves_the_percent_of_the_logarithms(stays, found):
    logs = found["log_linear"].params
    assert logs["percent"] == pytest.approx(100 * np.expm1(logs["coefficient"]))
    cases = stays.cases[stays.cases["y"] > 0]
    rows = pd.get_dummies(cases[["h", "t"]].astype(str), drop_first=True).assign(one=1.0, d=cases["d"])
    x, y = rows.to_numpy(float), cases["y"].to_numpy(float)
    beta = np.linalg.lstsq(x, np.log(y), rcond=None)[0]
    factor = np.mean(y * np.exp(-x @ beta))  # Duan (1983), case by case
    with_reform = factor * np.exp(x @ beta)[cases["d"] == 1]
    by_hand = np.mean(with_reform * (1 - np.exp(-beta[-1])))
    assert logs["level"] == pytest.approx(by_hand, rel=1e-9)


def test_two_groups_and_moments_by_hand(arranged):
    """Saturated: factors by group give the exact ratio of ratios of means, as Poisson does."""
    rng = np.random.default_rng(9)
    cases = pd.DataFrame({"h": np.repeat([0, 1], 200), "t": np.tile([0, 1], 200)})
    cases["d"] = (cases["h"] == 1) & (cases["t"] == 1)
    cases["y"] = np.exp(1 + 0.5 * rng.normal(size=400) * (1 + cases["d"]))
    mean = cases.groupby(["h", "t"])["y"].mean()
    ratio = mean[1, 1] / mean[1, 0] / (mean[0, 1] / mean[0, 0])
    start = np.where(cases["h"] == 1, 1, np.nan)
    stays = arranged(cases.assign(city=cases["h"], start=start))
    found = all_models(stays, "y", ["log_linear_by_group", "poisson", "gamma"])
    for model in found.values():
        assert model.params["percent"] == pytest.approx(100 * (ratio - 1), rel=1e-8)


@pytest.mark.parametrize("model", ["poisson", "gamma", "log_linear", "log_linear_by_group"])
def test_influence_is_the_derivative_by_the_weight_of_a_hospital(stays, model):
    """Doubling by a little what one hospital counts moves the percent by its influence."""
    sums, step, names = stays.sums("y"), 1e-5, ("cases", "total", "positive", "logs", "squares")
    influence = response_models(stays.design, sums, [model])[0].influence["h"][:, PERCENT]
    if (
        model == "log_linear_by_group"
    ):  # the weights of the treated are taken as given: here they are not moved
        untreated = stays.panel.loc[stays.panel["start"].isna(), "h"].unique()[:3]
    else:
        untreated = stays.panel["h"].unique()[:4]
    for hospital in untreated:
        mine = (stays.panel["h"] == hospital).to_numpy()
        moved = []
        for sign in (1, -1):
            factor = np.where(mine, 1 + sign * step, 1.0)
            changed = replace(sums, **{name: getattr(sums, name) * factor for name in names})
            moved.append(response_models(stays.design, changed, [model])[0].params["percent"])
        assert (moved[0] - moved[1]) / (2 * step) == pytest.approx(influence[hospital], rel=2e-4, abs=1e-7)


@pytest.mark.parametrize(("model", "term"), [("two_part", "percent"), ("two_part_log", "level")])
def test_influence_of_two_parts_is_a_derivative(stays, model, term):
    sums, step = stays.sums("cost"), 1e-5
    names = ("cases", "total", "positive", "logs", "squares")
    base = response_models(stays.design, sums, [model])[0]
    influence = base.influence["h"][:, list(base.params.index).index(term)]
    for hospital in stays.panel.loc[stays.panel["start"].isna(), "h"].unique()[:3]:
        mine = (stays.panel["h"] == hospital).to_numpy()
        moved = []
        for sign in (1, -1):
            factor = np.where(mine, 1 + sign * step, 1.0)
            changed = replace(sums, **{name: getattr(sums, name) * factor for name in names})
            moved.append(response_models(stays.design, changed, [model])[0].params[term])
        assert (moved[0] - moved[1]) / (2 * step) == pytest.approx(influence[hospital], rel=2e-4, abs=1e-7)


def test_a_multiplicative_effect_where_the_spread_changes_with_it(invent):
    """Mean falls by 20 %, and the reform makes costs less spread: logarithms alone see another effect."""
    stays = invent(20000, seed=8, effect=np.log(0.8))
    spread = np.where(stays.cases["d"] == 1, 0.4, 0.9)
    error = np.random.default_rng(2).normal(size=len(spread)) * spread - spread**2 / 2
    stays = replace(stays, cases=stays.cases.assign(y=stays.cases["mean"] * np.exp(error)))
    names = [name for name in MODELS if name != "negative_binomial"]
    found = {name: infer(e, cluster="h") for name, e in all_models(stays, "y", names).items()}
    for model in ("poisson", "gamma", "log_linear_by_group"):
        low, high = found[model].conf_int().loc["percent"]
        assert low < -20 < high, model
    assert found["log_linear"].conf_int().loc["percent", "lower"] > -20


def test_zeros_that_become_more_frequent(invent):
    """Those above zero fall by 14 % and from 90 to 80 % of the cases: logarithms see the first part alone."""
    true = 100 * (np.exp(-0.15) * 8 / 9 - 1)
    names = ["two_part", "two_part_log", "poisson", "log_linear"]
    found = {n: infer(e, cluster="h") for n, e in all_models(invent(16000, seed=21), "cost", names).items()}
    for model in names[:3]:
        low, high = found[model].conf_int().loc["percent"]
        assert low < true < high, model
    assert found["log_linear"].conf_int().loc["percent", "lower"] > true
    assert found["two_part"].params["level"] == pytest.approx(found["poisson"].params["level"], rel=0.1)


def test_scale_order_and_names_change_nothing(stays, found, arranged):
    cases = stays.cases.assign(y=stays.cases["y"] * 7)
    other = arranged(cases.sample(frac=1, random_state=2))
    for name, model in all_models(other, names=[n for n in MODELS if n != "negative_binomial"]).items():
        np.testing.assert_allclose(model.params["percent"], found[name].params["percent"], rtol=1e-7)
        np.testing.assert_allclose(model.params["level"], 7 * found[name].params["level"], rtol=1e-7)


def test_separated_hospitals_are_left_out_and_counted(stays, arranged):
    cases = stays.cases.assign(y=np.where(stays.cases["h"].isin([8, 12]), 0, stays.cases["y"]))
    spoiled, without = arranged(cases), arranged(cases[~cases["h"].isin([8, 12])])
    for model in ("poisson", "gamma", "negative_binomial"):
        (a,), (b,) = (response_models(x.design, x.sums(), [model]) for x in (spoiled, without))
        np.testing.assert_allclose(a.params["coefficient"], b.params["coefficient"], rtol=1e-9)
        (entry,) = [e for e in a.ledger if e.rule == "separated"]
        assert entry.rows_before - entry.rows_after == 16 and entry.hospitals_after == 22


def test_separation_by_the_reform_itself(stays, arranged):
    """All treated cases of all hospitals are zero: no finite effect, so those rows go and none is treated."""
    cases = stays.cases.assign(y=np.where(stays.cases["d"] == 1, 0, stays.cases["y"]))
    spoiled = arranged(cases)
    (found,) = response_models(spoiled.design, spoiled.sums(), ["poisson"])
    assert np.isnan(found.params).all() and found.terms["note"].str.contains("not identified").all()
    (entry,) = [e for e in found.ledger if e.rule == "separated"]
    treated = (stays.panel["t"] >= stays.panel["start"]).sum()
    assert entry.rows_before - entry.rows_after == treated
    assert np.isnan(infer(found, cluster="h").std_errors).all()


def test_the_power_of_the_variance(invent):
    stays = invent(20000, seed=4)
    rng = np.random.default_rng(0)
    spread = stays.cases["mean"] * np.exp(0.8 * rng.normal(size=24))[stays.cases["h"]]
    for name, draws, expected in (
        ("gamma", 100 * spread * rng.gamma(2, 0.5, len(spread)), 2),
        ("poisson", rng.poisson(3 * spread), 1),
    ):
        mine = replace(stays, cases=stays.cases.assign(y=draws))
        fitted = fit_family(means_of_cases(mine.design, mine.sums(), "y"), POISSON)
        rows = fitted.sample.rows
        total, squares = (mine.design.align(x)[rows] for x in (mine.sums().total, mine.sums().squares))
        power, error = variance_power(fitted.fit.mean, fitted.weights, total, squares, fitted.sample.unit)
        assert power == pytest.approx(expected, abs=4 * error), name
        assert 0 < error < 0.1


def test_the_power_of_the_variance_against_statsmodels():
    """Spreads over many powers of ten, among which a plain Newton step overshoots."""
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    rng = np.random.default_rng(3)
    mean, cases = np.exp(rng.normal(9, 1.5, 400)), rng.integers(1, 3000, 400).astype(float)
    spread = mean**2 * np.exp(2.5 * rng.normal(size=400))
    power, error = variance_power(mean, cases, cases * mean, cases * (spread + mean**2), np.arange(400))
    x = np.stack([np.ones(400), np.log(mean) - 9], axis=1)
    model = GLM(spread / spread.mean(), x, family=Poisson(), var_weights=cases).fit(tol=1e-12, maxiter=200)
    assert power == pytest.approx(model.params[1], rel=1e-6)
    assert 0 < error < 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda y: y.where(y.index != 3, -4), "lies below zero"),
        (lambda y: y * 0, "above zero in no case"),
        (lambda y: y + 0.5, "whole number"),
    ],
)
def test_outcomes_that_are_none(stays, change, words):
    spoiled = replace(stays, cases=stays.cases.assign(y=change(stays.cases["y"])))
    with pytest.raises(DesignError, match=words):
        response_models(spoiled.design, spoiled.sums(), list(MODELS))


def test_an_unknown_model_is_named(stays):
    with pytest.raises(DesignError, match="poison"):
        response_models(stays.design, stays.sums(), ["poison"])


def test_volume_is_one_observation_a_hospital_period(stays):
    volume = stays.panel.merge(
        stays.cases.groupby(["h", "t"]).size().rename("v").reset_index(), on=["h", "t"]
    )
    sums = of_rows("discharges", volume["v"].to_numpy(float))
    found = {e.estimator: e for e in response_models(stays.design, sums, ["poisson", "negative_binomial"])}
    assert found["poisson"].n_obs == len(stays.panel)
    sample = means_of_cases(stays.design, sums, "v")
    assert set(sample.weights) == {1.0} and fit_family(sample, GAMMA).fit.steps > 1
