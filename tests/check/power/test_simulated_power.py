"""Simulated power: the tests are the package's, power is what theory says, and few calendars find nothing."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from dipeval.check.power.city_tests import CALENDARS, Question, rejected_clustered, rejected_randomised
from dipeval.check.power.drawing import Drawn, draw
from dipeval.check.power.error_model import ErrorModel
from dipeval.check.power.formulas import bloom_multiple, estimator_weights, exact_variance
from dipeval.check.power.scenario import Calendar, Scenario
from dipeval.check.power.simulated import Power, simulated_power
from dipeval.check.power.trial import Call, Trial, _rejected_by_call, quick_trial, study_trial
from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.study.planning import PlannedCalendar

ONCE = Calendar("at_once", "at once", "同时", PlannedCalendar("at_once"))
OWN = Calendar("declared", "as declared", "按声明", None, (0.0, 3.0, 9.0, np.inf))
INDEPENDENT = ErrorModel(
    0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 0.0, np.ones(1), np.ones(1), np.ones(1), np.ones(1, int)
)


def panel(one: Drawn, r: int, effect: float) -> pd.DataFrame:
    """One drawn panel as rows of hospitals, with a constant effect."""
    frames = []
    for g, (date, n) in enumerate(zip(one.dates, one.hospitals, strict=True)):
        periods = one.sums.shape[1]
        unit, time = (i.ravel() for i in np.indices((n, periods)))
        start = "never" if np.isinf(date) else str(int(date))
        value = np.tile(one.sums[g, :, r] / one.size[g], n) + effect * (time >= date)
        frames.append(
            pd.DataFrame({"unit": unit + 100 * g, "time": time, "city": f"c{g}", "start": start, "y": value})
        )
    return pd.concat(frames, ignore_index=True)


@pytest.mark.parametrize(
    ("name", "dealt_too"),
    [
        ("twfe", True),
        ("imputation", False),
        ("group_time", False),
        ("sun_abraham", False),
        pytest.param("imputation", True, marks=pytest.mark.slow),
        pytest.param("sun_abraham", True, marks=pytest.mark.slow),
    ],
)
def test_rejections_are_those_of_the_public_calls(name, dealt_too):
    """Two panels, three effects: clustered and randomised p-values below 5 % or not."""
    sizes = np.array([2, 4, 3])
    errors = ErrorModel(0.02, 0.5, 0.01, 0.0, 0.0, 0.0, 0.0, 1 / sizes, 1 / sizes, sizes.astype(float), sizes)
    one = draw(
        Scenario(7, 4, 4, Calendar("w", "", "", PlannedCalendar("w", 3, 2, 1))),
        errors,
        2,
        np.random.default_rng(3),
    )[0]
    effects = np.array([0.0, 0.15, -0.4])
    asked = Question(effects, 0.95)
    clustered = rejected_clustered(one, name, asked, 5)
    dealt = rejected_randomised(one, name, asked, 5)
    for r in range(2):
        for k, effect in enumerate(effects):
            frame = panel(one, r, effect)
            design = build_design(frame, unit="unit", time="time", cohort="start", clusters=["city"])
            found = estimate(design, frame["y"], estimator=name)
            at = int(np.argmax(found.terms["kind"] == "overall"))
            p = infer(found, "cluster").tidy()["p_value"].iloc[at]
            assert clustered[k, r] == (p <= 0.05)
            if r == 0 and dealt_too:
                options = {"n_draws": CALENDARS, "seed": 5, "terms": [found.params.index[at]]}
                p = infer(found, "randomisation", **options).tidy()["p_value"].iloc[at]
                assert dealt[k, r] == (p <= 0.05)


def test_power_at_the_detectable_effect_is_what_was_asked_for():
    """40 equal cities, independent normal errors: t is right, so power is 80 % there and 5 % at zero."""
    scenario = Scenario(40, 4, 4, ONCE)
    weights = estimator_weights("twfe", scenario.dates, np.ones(40), 8)
    error = np.sqrt(exact_variance(weights, INDEPENDENT.covariance(8, np.zeros(40, int))))
    needed = bloom_multiple(39) * error
    drawn = draw(scenario, INDEPENDENT, 3000, np.random.default_rng(8))
    found = simulated_power(
        drawn, quick_trial("twfe", "CR1"), needed * np.linspace(0, 2, 9), level=0.95, seed=1
    )
    assert found.power[0] == pytest.approx(0.05, abs=0.015)
    assert found.at(needed) == pytest.approx(0.80, abs=0.025)
    assert found.detectable(0.80) == pytest.approx(needed, rel=0.04)


def test_randomisation_keeps_its_level_where_the_clustered_error_does_not():
    """Two of 8 cities: 600 panels with persistent shocks of cities of unlike sizes."""
    sizes = np.array([2, 5, 20])
    errors = ErrorModel(0.02, 0.8, 0.0, 0.02, 0.0, 0.0, 0.0, 1 / sizes, 1 / sizes, sizes.astype(float), sizes)
    two = Calendar("two", "two cities", "两城", PlannedCalendar("two", 2, 2, 2))
    drawn = draw(Scenario(8, 4, 4, two), errors, 600, np.random.default_rng(5))
    rate = {
        m: simulated_power(drawn, quick_trial("twfe", m), np.zeros(1), level=0.95, seed=2)
        for m in ("CR1", "randomisation-t")
    }
    assert rate["CR1"].power[0] > 0.12
    assert rate["randomisation-t"].power[0] < 0.05 + 2.5 * rate["randomisation-t"].error[0]


def test_three_of_six_at_once_can_never_be_found_by_randomisation():
    """20 calendars, each with a mirror image: no p-value is below 0.1."""
    drawn = draw(Scenario(6, 4, 4, ONCE), INDEPENDENT, 100, np.random.default_rng(5))
    found = simulated_power(
        drawn, quick_trial("imputation", "randomisation-t"), np.array([0.0, 50.0]), level=0.95, seed=2
    )
    assert found.power.max() == 0 and found.detectable(0.8) == np.inf


def test_the_detectable_effect_is_read_between_the_effects_that_were_tried():
    found = Power("twfe", "CR1", "", "", np.array([0, 1.0, 2, 3]), np.array([0.05, 0.5, 0.9, 1]), np.zeros(4))
    assert found.detectable(0.8) == pytest.approx(1.75)
    assert found.at(-1.5) == pytest.approx(0.7) and np.isnan(found.at(4))


def test_a_seed_gives_the_same_panels():
    made = [draw(Scenario(6, 3, 3, ONCE), INDEPENDENT, 20, np.random.default_rng(9)) for _ in range(2)]
    assert all(np.array_equal(a.sums, b.sums) for a, b in zip(*made, strict=True))


@pytest.mark.parametrize(
    ("cities", "after", "dates"),
    [(4, 4, [2, 5, np.inf, np.inf]), (4, 12, [2, 5, 11, np.inf]), (8, 4, [2, 2, 5, 5, *[np.inf] * 4])],
)
def test_the_study_s_own_dates_stand_for_other_numbers_of_cities(cities, after, dates):
    assert OWN.dates(cities, 2, after).tolist() == dates


def test_planned_calendars_treat_a_share_or_a_number():
    waves = Calendar("w", "", "", PlannedCalendar("w", 0.5, 3))
    assert waves.dates(7, 4, 12).tolist() == [4, 4, 7, 10, *[np.inf] * 3]
    one = Scenario(4, 3, 3, Calendar("o", "", "", PlannedCalendar("o", 1)))
    assert (one.treated, one.periods, one.why_not) == (1, 6, None)
    most = Calendar("m", "", "", PlannedCalendar("m", 9))
    assert np.isinf(most.dates(4, 3, 3)).sum() == 1


def test_where_all_are_reformed_the_last_to_be_are_compared_with():
    calendar = Calendar("declared", "", "", None, (0.0, 2.0))
    scenario = Scenario(4, 3, 6, calendar)
    assert (scenario.periods, scenario.treated) == (5, 2)
    assert Scenario(4, 3, 6, Calendar("declared", "", "", None, (0.0, 0.0))).why_not is not None


@pytest.fixture(scope="module")
def six_cities():
    """Panels of six cities of unlike sizes, three of them treated at once."""
    sizes = np.array([2, 4, 3])
    errors = ErrorModel(0.02, 0.5, 0.01, 0.0, 0.0, 0.0, 0.0, 1 / sizes, 1 / sizes, 7.0 * sizes, sizes)
    return draw(Scenario(6, 4, 4, ONCE), errors, 20, np.random.default_rng(3))


def test_by_calls_as_by_sums(six_cities):
    """An estimator with its usual error says the same, called panel by panel or by sums of all."""
    effects = np.linspace(0, 0.6, 7)
    call = partial(_rejected_by_call, Call("twfe", {}, "cluster", {}))
    found = simulated_power(six_cities, Trial("twfe", "CR1", "", "", call), effects, level=0.95, seed=1)
    quick = simulated_power(six_cities, quick_trial("twfe", "CR1"), effects, level=0.95, seed=1)
    assert found.power == pytest.approx(quick.power) and 0 < found.power[3] < 1


def test_an_event_study_and_another_error_are_tried_by_calls(six_cities):
    """The mean over event times has the power of the static effect; the jackknife rejects less than CR1."""
    effects = np.array([0.0, 0.3])
    window = {"event_window": (-3, 3)}
    event, _ = study_trial(Call("twfe_event_study", {}, "cluster", {}, window))
    jackknife, _ = study_trial(Call("twfe", {}, "cluster", {"small_sample": "CR3"}))
    assert (event.panels, jackknife.method, jackknife.label_en) == (100, "CR3", "Cluster-robust (CR3)")
    few = [replace(trial, panels=15) for trial in (event, jackknife)]
    power = [simulated_power(six_cities, t, effects, level=0.95, seed=1).power for t in few]
    usual = simulated_power(
        six_cities, replace(quick_trial("twfe", "CR1"), panels=15), effects, level=0.95, seed=1
    ).power
    assert 0 < power[0][1] <= 1 and (power[1] <= usual).all() and power[1][1] < usual[1]


def test_what_estimates_anew_is_told_and_not_tried():
    trial, why = study_trial(Call("stacked", {}, "randomisation", {"seed": 1}))
    assert trial is None and "tacked" in why[0] and "too slow" in why[0]
    quick, _ = study_trial(Call("imputation", {}, "randomisation", {"seed": 1}))
    assert (quick.method, quick.panels) == ("randomisation-t", 0)


def test_three_waves_fit_into_two_periods_as_two():
    waves = Scenario(6, 3, 2, Calendar("w", "", "", PlannedCalendar("w", 0.5, 3)))
    assert waves.treated == 3 and set(waves.dates.tolist()) == {3.0, 4.0, np.inf}
