"""All plans of a study: what is made, what is told, and what the promise is worth."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.check.power.exhibits import Behind, exhibits_of
from dipeval.check.power.plan import Grid, plans_of
from dipeval.check.power.scenario import Calendar
from dipeval.check.power.trial import quick_trial
from dipeval.check.power.untreated import Untreated
from dipeval.check.power.words import Facts, in_short, learned, told_of, too_many
from dipeval.study.planning import USUAL

FACTS = Facts("city", "days", "CNY", "month", (0.2, 1.5))
CALENDARS = tuple(Calendar(c.name, c.title_en, c.title_zh, c) for c in USUAL)


def untreated(cities=8, periods=12, seed=1, spread=None) -> Untreated:
    """Three hospitals a city with independent errors; `spread` multiplies those of each city."""
    rng = np.random.default_rng(seed)
    city = np.repeat(np.arange(cities), 3)
    wide = np.ones(cities) if spread is None else np.asarray(spread)
    paths = rng.standard_normal((len(city), periods)) * wide[city, None]
    names = tuple(f"c{g}" for g in range(cities))
    return Untreated(names, city, paths, np.ones(len(city)), np.full(len(city), 90.0), 1e4, 0.1)


WHOLE = Grid((4, 6, 10), (4,), (4, 6), CALENDARS, (6,))
ONE = Grid((6,), (4,), (4,), CALENDARS[1:2], (6,))
ALONE = Grid((6,), (4,), (4,), CALENDARS[2:], (6,))


def plan(found, grid=ONE, **changes):
    how = {"level": 0.95, "power": 0.8, "draws": 100, "seed": 3} | changes
    return plans_of(found, "imputation", [quick_trial("twfe", "CR1")], grid, **how)


@pytest.fixture(scope="module")
def made():
    lines = []
    return plan(untreated(), WHOLE, say=lines.append), lines


def test_every_plan_is_made_and_those_of_the_first_periods_simulated(made):
    found, lines = made
    assert len(found.plans) == 3 * 3 * 2 and len(lines) == 10
    simulated = [one for one in found.plans if one.powers]
    assert {(one.scenario.before, one.scenario.after) for one in simulated} == {(4, 4)}
    assert {one.source for one in simulated} == {"blocks"}
    tried = {(p.estimator, p.method) for p in found.of(6, "at_once").powers}
    assert tried == {("imputation", "CR1"), ("imputation", "randomisation-t"), ("twfe", "CR1")}
    assert [p.method for p in found.of(10, "waves").powers] == ["CR1"]
    assert found.of(6, "at_once", 4, 6).detectable < found.of(6, "at_once").detectable
    assert found.of(6, "at_once", 4, 9) is None


def test_where_paths_are_too_short_the_fitted_errors_are_drawn_and_that_is_told():
    found = plan(untreated(periods=6))
    one = found.of(6, "waves")
    assert one.source == "model"
    assert any("no real paths of 8 months" in english for english, _ in told_of(found, one, FACTS))


def test_what_is_told_names_effects_false_alarms_and_calendars(made):
    found, _ = made
    told = [english for english, _ in told_of(found, found.of(6, "at_once"), FACTS)]
    assert told[0].startswith(
        "6 cities, 3 reformed (half of them at once), 4 months before and 4 months after: by "
    )
    assert "0.2 days in " in told[1] and "1.5 days in " in told[1] and "false alarms in " in told[1]
    assert "20 calendars (mirror images tell the same)" in told[2]
    short = in_short(found, 6, FACTS)
    assert short[0].startswith("at best they show ") and "beyond them: 0.2 days" in short[0]
    assert "至多能显示" in short[1]


def test_a_test_that_rejects_too_often_is_never_the_best():
    found = plan(untreated(), ALONE, draws=400)
    assert too_many(found.of(6, "one_city").power_of("imputation", "CR1"), 0.95)
    assert "no test that keeps its level" in in_short(replace(found, plans=(main_alone(found),)), 6, FACTS)[0]


def main_alone(found):
    """The one plan with its main estimator."""
    (one,) = found.plans
    return replace(one, powers=tuple(p for p in one.powers if p.estimator == "imputation"))


def test_few_cities_that_hold_half_of_the_variance_are_told():
    assert plan(untreated(cities=20)).uneven == ()
    found = plan(untreated(cities=20, spread=[9.0, *np.ones(19)]))
    assert found.uneven == (1, 20)
    assert "1 of 20 cities hold half of the variance" in learned(found, FACTS)[1][0]


def test_exhibits_have_a_line_for_every_plan_in_both_languages(made):
    found, _ = made
    behind = Behind(1e4, 0.1, "Length of stay", "住院日", True)
    exhibits = {one.name: one for one in exhibits_of(found, FACTS, behind)}
    assert set(exhibits) == {"plan_cities", "plan_power", "plan_periods", "plan_tests", "plan_formulas"}
    by = exhibits["plan_cities"].frame.set_index(["series", "x"])["value"]
    assert len(by) == 9 and by["waves", 6] == pytest.approx(found.of(6, "waves").detectable)
    assert set(exhibits["plan_power"].frame["series"]) == {"4", "6", "10"}
    assert set(exhibits["plan_periods"].frame["panel_zh"]) == {"4个城市", "6个城市", "10个城市"}
    text = exhibits["plan_tests"].frame
    assert (text.loc[text["text_en"] == "none", "text_zh"] == "无").any()
    assert all(len(one.notes_en) == len(one.notes_zh) and one.synthetic for one in exhibits.values())
    assert all((one.frame["count"] == 1e4).all() for one in exhibits.values())


def test_a_seed_gives_the_same_plans_and_another_one_others():
    first, again, other = (plan(untreated(), seed=seed).of(6, "waves") for seed in (3, 3, 4))
    assert (first.powers[0].power == again.powers[0].power).all()
    assert (other.powers[0].power != first.powers[0].power).any()


@pytest.mark.slow
def test_the_promise_is_kept_in_studies_of_the_same_world():
    """Detectable effects learned from 40 small panels, on average beside the truth of the world they come from."""
    rng = np.random.default_rng(9)
    grid = Grid((8,), (6,), (6,), CALENDARS[:1], (8,))
    seen = []
    for _ in range(40):
        city = np.repeat(np.arange(10), 4)
        shock = np.zeros((10, 18))
        for t in range(18):
            shock[:, t] = 0.6 * shock[:, t - 1] + 0.8 * rng.standard_normal(10)
        paths = shock[city] + 2 * rng.standard_normal((40, 18))
        found = Untreated(tuple("abcdefghij"), city, paths, np.ones(40), np.full(40, 50.0), 1e4, 0.1)
        made = plans_of(found, "twfe", [], grid, level=0.95, power=0.8, draws=400, seed=1).of(8, "at_once")
        seen.append((made.detectable, made.power_of("twfe", "CR1").detectable(0.8)))
    apart = np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    contrast = np.r_[-np.ones(6), np.ones(6)] / 6
    variance = contrast @ (0.6**apart + np.eye(12)) @ contrast * (1 / 4 + 1 / 4)
    truth = (2.3646 + 0.8960) * np.sqrt(variance)
    assert np.mean([a for a, _ in seen]) == pytest.approx(truth, rel=0.08)
    assert np.mean([b for _, b in seen]) == pytest.approx(truth, rel=0.10)
