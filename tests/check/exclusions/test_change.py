"""The error of a change: against one regression of both samples at once, by hand, and its size where nothing changes."""

import numpy as np
import pytest
from scipy.stats import nct, norm

from dipeval.check.exclusions.change import (
    NO_CHANGE,
    Change,
    change_between,
    effect_influence,
    power_of,
    power_without_error,
)
from dipeval.check.exclusions.line import Line, beyond_chance, state_of, verdict_of
from dipeval.check.finding import Alternative


def stacked(rows, y, dropped):
    """Both two-way regressions as one, with effects of their own: numpy alone, errors by city over both."""
    reform = ((rows["cohort"] != "never") & (rows["period"] >= rows["cohort"])).to_numpy(float)
    unit = (rows["city"] + "/" + rows["hospital"]).astype("category").cat.codes.to_numpy()
    time = rows["period"].astype("category").cat.codes.to_numpy()
    city = rows["city"].astype("category").cat.codes.to_numpy()
    parts, slopes = [], []
    for kept in (np.ones(len(y), bool), ~dropped):
        dummies = np.column_stack([np.eye(unit.max() + 1)[unit], np.eye(time.max() + 1)[time]])[kept]
        x = reform[kept] - dummies @ np.linalg.lstsq(dummies, reform[kept], rcond=None)[0]
        slope = x @ y[kept] / (x @ x)
        full = np.column_stack([dummies, reform[kept]])
        left = y[kept] - full @ np.linalg.lstsq(full, y[kept], rcond=None)[0]
        parts.append(np.bincount(city[kept], x * left, city.max() + 1) / (x @ x))
        slopes.append(slope)
    n = city.max() + 1
    return slopes[1] - slopes[0], np.sqrt(n / (n - 1) * ((parts[1] - parts[0]) ** 2).sum())


def test_the_change_and_its_error_are_those_of_both_regressions_at_once(world, studied):
    subject = studied(world(cities=6, hospitals=2, periods=12, starts=(5, 7)), "twfe")
    dropped = (subject.rows["period"] >= "2019-09").to_numpy()
    found = change_between(subject.main, subject.fit(dropped), "city")
    value, error = stacked(subject.rows, subject.values, dropped)
    assert found.value == pytest.approx(value, abs=1e-10)
    assert found.std_error == pytest.approx(error, rel=1e-8)


def test_few_clusters_left_out_whole_give_no_error_and_many_do(world, studied):
    for cluster, known in (("city", False), ("hospital", True)):
        subject = studied(world(hospitals=10), cluster=cluster)
        other = subject.fit((subject.rows["city"] == "city03").to_numpy())
        assert np.isfinite(change_between(subject.main, other, cluster).std_error) is np.bool_(known)


def test_nothing_left_out_is_no_change(sound):
    assert change_between(sound.main, sound.fit(np.zeros(len(sound.rows), bool)), "city") == NO_CHANGE


def test_a_path_without_overall_effect_has_the_influence_of_its_mean(world, studied):
    fitted = studied(world(), "twfe_event_study").main
    after = ((fitted.terms["kind"] == "event_time") & ~fitted.terms["is_reference"]).to_numpy()
    expected = np.asarray(fitted.influence["city"])[:, after].mean(axis=1)
    assert np.allclose(list(effect_influence(fitted, "city").values()), expected, rtol=1e-12)


def test_power_at_the_bound_is_a_half_and_without_distance_the_level():
    assert power_of(1.959963985, np.inf, 0.95) == pytest.approx(0.5, abs=1e-3)
    assert power_of(0.0, 11, 0.95) == pytest.approx(0.05, abs=1e-5)
    assert power_of(18.0, 11, 0.95) == pytest.approx(1.0, abs=1e-9) and power_of(1e6, 11, 0.95) == 1.0
    # the noncentral t: 1 - pt(2.200985, 11, 2) + pt(-2.200985, 11, 2)
    assert power_of(2.0, 11, 0.95) == pytest.approx(
        nct.sf(2.200985, 11, 2) + nct.cdf(-2.200985, 11, 2), abs=2e-5
    )


def test_leaving_out_whole_clusters_has_power_by_the_rule_for_changes_without_an_error():
    """Less than half is left, and the interval holds zero: by simulation of an effect that rests on them alone."""
    main, error, bound = -1.0, 0.6, 2.0
    drawn = error * np.random.default_rng(1).normal(size=200_000)
    found = ((drawn > main / 2) & (drawn + bound * error > 0)).mean()
    level = 1 - 2 * norm.sf(bound)
    power = power_without_error(main, bound * error, np.inf, level)
    assert power == pytest.approx(found, abs=0.004) and power < 0.8
    assert np.isnan(power_without_error(main, 0.0, np.inf, 0.95))


def test_without_intervals_nothing_is_kept_and_nothing_lost():
    bare = Alternative(ONE, -1.0)
    states = {state_of(MAIN, Line(bare)), state_of(bare, line(-0.9, 0.5)), state_of(bare, Line(bare))}
    assert states == {"no_error"} and verdict_of(bare, [line(-0.9, 0.5)], 0.95) == "informative"


ONE = ("one", "一")
MAIN = Alternative(ONE, -1.0, -1.5, -0.5, 0.001)
NULL = Alternative(ONE, -0.2, -0.8, 0.4, 0.4)


def line(value, half, change_p=np.nan, power=1.0):
    effect = Alternative(ONE, value, value - half, value + half, 0.5)
    return Line(effect, Change(value - MAIN.value, 0.1, change_p, power))


@pytest.mark.parametrize(
    ("main", "lines", "verdict"),
    [
        (MAIN, [line(-0.9, 0.5, 0.5)], "passed"),
        (MAIN, [line(-0.9, 0.5, 0.5, power=0.5)], "informative"),  # it could not have failed
        (MAIN, [line(-0.1, 0.5, 0.001)], "failed"),  # no longer apart from zero
        (MAIN, [line(-0.1, 0.5, 0.2)], "informative"),  # within chance
        (MAIN, [line(0.9, 0.5, 0.001)], "failed"),  # the other sign
        (MAIN, [line(-0.1, 0.5, 0.03), line(-0.9, 0.5, 0.5)], "informative"),  # 0.06 by Holm
        (MAIN, [line(-0.4, 0.5)], "failed"),  # without an error: less than half is left
        (MAIN, [line(-0.6, 0.7)], "informative"),
        (NULL, [line(-0.2, 0.5, 0.5)], "informative"),
        (NULL, [line(-0.9, 0.5, 0.001)], "failed"),  # only now apart from zero
        (NULL, [line(-0.9, 0.5)], "informative"),
        (MAIN, [Line(Alternative(ONE))], "informative"),
        (MAIN, [line(-0.9, 0.5, 0.5), Line(Alternative(ONE))], "informative"),
        (MAIN, [Line(MAIN, NO_CHANGE)], "informative"),  # nothing was left out
        (MAIN, [line(-0.9, 0.5, 0.5, power=np.nan), Line(MAIN, NO_CHANGE)], "passed"),
        (MAIN, [], "informative"),
    ],
)
def test_the_rule_of_the_verdict(main, lines, verdict):
    assert verdict_of(main, lines, 0.95) == verdict


def test_states_and_changes_beyond_chance():
    assert [state_of(MAIN, one) for one in (line(-0.9, 0.5), line(-0.1, 0.5), line(0.9, 0.5))] == [
        "holds",
        "weaker",
        "turns",
    ]
    assert beyond_chance(MAIN, [line(-0.6, 0.1), line(-0.4, 0.1), line(-0.9, 0.1, 1e-4)], 0.95).tolist() == [
        False,
        True,
        True,
    ]
