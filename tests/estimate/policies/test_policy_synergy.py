"""Effects of the reform and of concurrent policies: dummies by statsmodels, known effects, what cannot be told apart."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate.policies.synergy import policy_synergy
from dipeval.infer import infer

REFORM = {"a": 5, "b": 5, "c": 8, "d": 8}
PRICES = {"a": 3, "c": 10, "e": 6, "f": 6}
PURCHASE = {"b": 7, "c": 4, "e": 9, "d": 6}
TRUE = {
    "reform": -0.10,
    "prices": 0.03,
    "purchase": -0.02,
    "reform + prices": -0.05,
    "reform + purchase": -0.04,
}


def invented(seed=3, noise=0.02, n_periods=12) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([list("abcdefgh"), range(5), range(1, n_periods + 1)])
    made = keys.to_frame(index=False, name=["city", "k", "t"])
    made["hospital"] = made["city"] + made["k"].astype(str)
    made["cohort"] = made["city"].map(REFORM)
    for name, starts in (("prices", PRICES), ("purchase", PURCHASE)):
        made[name] = (made["t"] >= made["city"].map(starts)).astype(float)
    made["reform"] = (made["t"] >= made["cohort"]).astype(float)
    made["y"] = rng.normal(size=40).repeat(n_periods) + 0.01 * made["t"] ** 1.5
    for name, value in TRUE.items():
        made["y"] += value * np.prod([made[part] for part in name.split(" + ")], axis=0)
    made["y"] += noise * rng.normal(size=len(made))
    made["w"] = rng.integers(10, 90, len(made))
    return made


def fitted(made, names=("prices", "purchase"), weights=None, **words):
    design = build_design(
        made,
        unit="hospital",
        time="t",
        cohort="cohort",
        clusters=["city"],
        weights=weights,
        event_window=(-3, 3),
    )
    return policy_synergy(design, made["y"], {name: made[name].to_numpy() for name in names}, **words)


def test_known_effects_are_found_exactly_without_noise():
    made = fitted(invented(noise=0))
    for name, value in TRUE.items():
        kind = "beyond" if "+" in name else "alone"
        assert made.params[f"{kind}={name}"] == pytest.approx(value, abs=1e-9)
    assert made.params["together=reform + prices"] == pytest.approx(-0.10 + 0.03 - 0.05, abs=1e-9)
    whole = "reform + prices + purchase"
    assert made.params[f"together={whole}"] == pytest.approx(sum(TRUE.values()), abs=1e-9)
    assert made.params[f"beyond={whole}"] == pytest.approx(-0.09, abs=1e-9)


@pytest.mark.parametrize("weights", [None, "w"])
def test_it_is_the_regression_with_all_dummies(weights):
    made = invented()
    formula = "y ~ reform*prices + reform*purchase + prices:purchase + C(hospital) + C(t)"
    model = smf.wls(formula, made, weights=1.0 if weights is None else made["w"]).fit(
        cov_type="cluster", cov_kwds={"groups": made["city"], "use_correction": False}
    )
    mine = infer(fitted(made, weights=weights), cluster="city", small_sample="CR0")
    single = {"alone=reform": "reform", "beyond=reform + prices": "reform:prices", "alone=prices": "prices"}
    for term, name in single.items():
        assert mine.params[term] == pytest.approx(model.params[name], abs=1e-10)
        assert mine.std_errors[term] == pytest.approx(model.bse[name], rel=1e-6)
    both = model.t_test("reform + prices + reform:prices = 0")
    assert mine.params["together=reform + prices"] == pytest.approx(float(both.effect[0]), abs=1e-10)
    assert mine.std_errors["together=reform + prices"] == pytest.approx(float(both.sd[0, 0]), rel=1e-6)


def test_the_bootstrap_tests_sums_as_well():
    made = infer(fitted(invented()), "wild", cluster="city", n_draws=255, seed=1)
    assert made.pvalues["together=reform + prices"] < 0.1
    assert np.isfinite(made.pvalues).all()


def test_without_products_effects_add_up():
    made = fitted(invented(), depth=1)
    alone = made.params["alone=reform"] + made.params["alone=prices"]
    assert made.params["together=reform + prices"] == pytest.approx(alone)
    assert not any(term.startswith("beyond") for term in made.params.index)


def test_a_policy_of_the_same_dates_as_the_reform_is_refused_by_name():
    made = invented()
    made["prices"] = made["reform"]
    made["nowhere"], made["everywhere"] = 0.0, 1.0
    with pytest.raises(DesignError) as told:
        fitted(made, ("prices", "purchase", "nowhere", "everywhere"))
    said = {problem.where: problem.what for problem in told.value.problems}
    assert "reform and prices" in said and "cannot be told apart" in said["reform and prices"]
    assert said["policy nowhere"] == "is in force nowhere in the window"
    assert "throughout the window" in said["policy everywhere"]


def test_two_policies_of_one_calendar_are_refused_too():
    made = invented()
    made["purchase"] = 0.5 * made["prices"]
    with pytest.raises(DesignError, match="prices and purchase"):
        fitted(made)


def test_what_stays_identified_beside_what_does_not_is_told():
    """A policy in force everywhere from one period on is a period effect; its product with the reform is not."""
    made = invented()
    made["prices"] = (made["t"] >= 7).astype(float)
    found = fitted(made)
    assert np.isnan(found.params["alone=prices"]) and np.isnan(found.params["together=reform + prices"])
    assert np.isfinite(found.params[["alone=reform", "beyond=reform + prices"]]).all()
    notes = found.terms.set_index("term")["note"]
    assert notes["alone=prices"].startswith("not identified") and not notes["alone=reform"]


def test_neither_order_nor_names_nor_level_matter():
    made = invented()
    plain = fitted(made).params
    other = made.assign(hospital="x" + made["hospital"], y=made["y"] + 5).sample(frac=1, random_state=2)
    np.testing.assert_allclose(fitted(other).params, plain, atol=1e-10)


def test_other_calendars_are_estimated_anew():
    made = fitted(invented())
    again = made.origin.again(made.origin.design, 2 * made.origin.values)
    np.testing.assert_allclose(again.params, 2 * made.params, atol=1e-9)
