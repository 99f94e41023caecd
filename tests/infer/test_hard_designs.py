"""Designs with too little to go on: every method refuses or says so in words, never a number that looks fine."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import INFERENCES, infer

NEVER = np.inf
N_PERIODS = 4
SEEDED = {"n_draws": 99, "seed": 1}
ON_PATHS = ("conformal", "jackknife", "bootstrap")
"""Methods for treated units beside weighted others: every other estimator is refused."""
CALLS = {
    **{
        name: (name, SEEDED if "seed" in spec.options else {})
        for name, spec in INFERENCES.items()
        if name not in ("hetero", "iid")
    },
    "CR0": ("cluster", {"small_sample": "CR0"}),
    "CR2": ("cluster", {"small_sample": "CR2"}),
    "CR3": ("cluster", {"small_sample": "CR3"}),
    "jackknifed wild": ("wild", {"variant": "33", **SEEDED}),
    "two groupings": ("two_way", {"by": "level"}),
}


def panel(starts, seed=0, hospitals=3):
    rng = np.random.default_rng(seed)
    city = np.repeat(np.arange(len(starts)), hospitals)
    unit, time = np.divmod(np.arange(len(city) * N_PERIODS), N_PERIODS)
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city[unit], "level": unit % 3})
    first = np.array(starts)[frame["city"]]
    frame["start"] = [str(int(s)) if np.isfinite(s) else "never" for s in first]
    shock = rng.normal(size=(len(starts), N_PERIODS))
    frame["y"] = shock[frame["city"], time] + rng.normal(size=len(frame))
    return frame


def fit(frame, name="twfe", **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city", "level", "unit"]}
    return estimate(build_design(frame, **columns), frame["y"], estimator=name, **options)


def outcome_of(result, call):
    """p-value of the overall effect, and everything said; NaN where it was refused."""
    method, options = CALLS.get(call, (call, {}))
    try:
        found = infer(result, method, **options)
    except DesignError as refusal:
        return np.nan, str(refusal)
    row = found.tidy().iloc[0]
    return row["p_value"], "; ".join([row["note"], *found.warnings])


@pytest.mark.parametrize(
    ("call", "name"),
    [*((call, "twfe") for call in CALLS), ("cluster", "imputation"), ("CR3", "group_time")],
)
def test_one_treated_and_one_comparison_city(call, name):
    """No method has an error by city; those that give a number by hospital say what it leaves out."""
    p_value, said = outcome_of(fit(panel([2, NEVER]), name), call)
    assert np.isnan(p_value) and said


@pytest.mark.parametrize("name", ["twfe", "imputation", "group_time"])
def test_errors_by_hospital_of_two_cities(name):
    found = infer(fit(panel([2, NEVER]), name), cluster="unit")
    assert found.pvalues.iloc[0] > 0
    said = " ".join(found.warnings)
    assert "variance between city clusters is not identified, and errors by unit leave it out" in said


def test_errors_by_row_of_two_cities():
    found = infer(fit(panel([2, NEVER]), errors="row"), "hetero")
    assert "errors by row leave it out" in " ".join(found.warnings)


@pytest.mark.parametrize("call", CALLS)
def test_one_treated_city(call):
    """A number comes with a sentence about the single treated city, except where the method is made for it."""
    p_value, said = outcome_of(fit(panel([2, NEVER, NEVER, NEVER])), call)
    if call in ON_PATHS:
        assert np.isnan(p_value) and "has no path of treated units" in said
    elif call in ("conley_taber", "ferman_pinto", "randomisation", "placebo"):
        assert p_value >= 1 / 4 and "no p-value can be below 0.25" in said
    elif call in ("ibragimov_mueller", "sign_changes"):
        assert np.isnan(p_value) and "two are needed on each side" in said
    elif call in ("CR3", "jackknifed wild"):
        assert np.isnan(p_value) and "without city 0 it is not identified" in said
    else:
        assert "single treated" in said


def test_one_treated_city_with_draws_by_hospital():
    result = fit(panel([2, NEVER, NEVER, NEVER]))
    found = infer(result, "wild", draw_by="unit", n_draws=99, seed=1)
    assert "right only where clusters are alike" in " ".join(found.warnings)


@pytest.mark.parametrize("call", CALLS)
def test_all_cities_treated(call):
    p_value, said = outcome_of(fit(panel([2, 3, 2, 3])), call)
    if call in ("conley_taber", "ferman_pinto", "ibragimov_mueller", "sign_changes"):
        assert np.isnan(p_value) and "all clusters are treated" in said
    elif call == "placebo":
        assert np.isnan(p_value) and "more untreated than treated" in said
    elif call in ON_PATHS:
        assert np.isnan(p_value)
    else:
        assert p_value > 0


@pytest.mark.parametrize("call", [call for call in CALLS if call not in ("conley_taber", *ON_PATHS)])
def test_an_outcome_without_variation(call):
    starts = [2, 2, 3, NEVER, NEVER, NEVER] + [NEVER] * (call == "placebo")
    p_value, said = outcome_of(fit(panel(starts, hospitals=2).assign(y=7.0)), call)
    assert np.isnan(p_value) and "no standard error" in said


@pytest.mark.parametrize("call", [call for call in CALLS if call not in ("ferman_pinto", *ON_PATHS)])
def test_a_city_without_variation_does_no_harm(call):
    starts = [2, 2, 2, NEVER, NEVER, NEVER] + [NEVER] * (call == "placebo")
    frame = panel(starts, seed=3, hospitals=2)
    frame.loc[frame["city"] == 5, "y"] = 1.0
    p_value, _ = outcome_of(fit(frame), call)
    assert 0 < p_value <= 1


def test_a_single_cluster():
    """The design refuses it; where missing outcomes leave one, nothing is estimated."""
    frame = panel([2, NEVER, NEVER])
    frame["country"] = "one"
    with pytest.raises(DesignError, match="cluster"):
        build_design(frame, unit="unit", time="time", cohort="start", clusters=["country"])
    found = infer(fit(frame.assign(y=frame["y"].where(frame["city"] == 0))))
    assert found.pvalues.isna().all() and found.tidy()["note"].iloc[0]


@pytest.mark.parametrize("call", ["wild", "randomisation", "conley_taber", "sign_changes"])
def test_draws_need_a_seed(call):
    result = fit(panel([2] * 4 + [3] * 4 + [NEVER] * 8, hospitals=1))
    with pytest.raises(DesignError, match="seed"):
        infer(result, call, n_draws=99)


@pytest.mark.parametrize("name", ["synthetic_difference", "synthetic_control"])
def test_paths_of_one_treated_city(name):
    """The past of the city is a yardstick; nothing can be left out or drawn."""
    result = fit(panel([2, NEVER, NEVER, NEVER]), name, units="city")
    p_value, said = outcome_of(result, "conformal")
    assert p_value >= 1 / 4 and "no p-value of att can be below 0.25" in said
    for call in ("jackknife", "bootstrap"):
        p_value, said = outcome_of(result, call)
        assert np.isnan(p_value) and "a single treated city: nothing can be left out or drawn" in said


@pytest.mark.parametrize("call", ON_PATHS)
def test_paths_without_variation_or_at_several_dates(call):
    same = panel([2, 2, NEVER, NEVER, NEVER], hospitals=2).assign(y=7.0)
    p_value, said = outcome_of(fit(same, "synthetic_difference"), call)
    assert np.isnan(p_value) and ("nothing is left to compare" in said or "no standard error" in said)
    several = fit(panel([2, 3, 2, NEVER, NEVER, NEVER]), "synthetic_difference")
    p_value, said = outcome_of(several, call)
    assert (np.isnan(p_value) and "2 dates" in said) if call == "conformal" else 0 < p_value < 1
