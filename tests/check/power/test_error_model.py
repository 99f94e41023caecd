"""Errors before the reform: the model finds what panels were made of, and blocks keep what cities were like."""

import numpy as np
import pandas as pd
import pytest

from dipeval.check.power.drawing import draw
from dipeval.check.power.error_model import error_model
from dipeval.check.power.scenario import Calendar, Scenario
from dipeval.check.power.untreated import Untreated, blocks, cities_in, untreated_paths
from dipeval.study.planning import PlannedCalendar

CITY, PERSISTENCE, HOSPITAL = 0.09, 0.6, 0.16
ONCE = Calendar("at_once", "at once", "同时", PlannedCalendar("at_once"))


def autoregressive(rng, shape, persistence):
    """Paths of unit variance (…, T)."""
    normal = rng.standard_normal(shape)
    path = normal.copy()
    for t in range(1, shape[-1]):
        path[..., t] = persistence * path[..., t - 1] + np.sqrt(1 - persistence**2) * normal[..., t]
    return path


def invented(cities=40, periods=24, hospitals=5, seed=2):
    """City shocks that persist, hospital noise that passes, levels and a common path."""
    rng = np.random.default_rng(seed)
    city = np.repeat(np.arange(cities), hospitals)
    shocks = np.sqrt(CITY) * autoregressive(rng, (cities, periods), PERSISTENCE)
    noise = np.sqrt(HOSPITAL) * rng.standard_normal((len(city), periods))
    level = 3 * rng.standard_normal((len(city), 1))
    paths = level + np.sin(np.arange(periods)) + shocks[city] + noise
    names = tuple(f"c{g:02d}" for g in range(cities))
    return Untreated(names, city, paths, np.ones(len(city)), np.full(len(city), 50.0), 1e5, 0.05)


def test_the_model_finds_what_the_panel_was_made_of():
    found = error_model(invented())
    assert found.city + found.city_passing == pytest.approx(CITY, rel=0.25)
    assert found.city_persistence == pytest.approx(PERSISTENCE, abs=0.15)
    own = found.hospital + found.hospital_passing + found.case / 50
    assert own == pytest.approx(HOSPITAL, rel=0.05)
    made = CITY * PERSISTENCE ** np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    contrast = np.r_[-np.ones(6), np.ones(6)] / 6
    truth = contrast @ (made + HOSPITAL / 5 * np.eye(12)) @ contrast
    assert contrast @ found.mean_covariance(12) @ contrast == pytest.approx(truth, rel=0.15)


def test_few_cities_of_unlike_spans_are_right_on_average():
    """8 cities, reformed at different times: the variance of a contrast over 25 panels."""
    contrast = np.r_[-np.ones(4), np.ones(4)] / 4
    seen = []
    for seed in range(25):
        found = invented(cities=8, periods=16, seed=seed)
        for g in range(8):
            found.paths[found.city == g, 10 + g % 4 * 2 :] = np.nan
        seen.append(contrast @ error_model(found).mean_covariance(8) @ contrast)
    made = CITY * PERSISTENCE ** np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    truth = contrast @ (made + HOSPITAL / 5 * np.eye(8)) @ contrast
    assert np.mean(seen) == pytest.approx(truth, rel=0.12)


def test_a_constant_a_common_path_and_the_order_of_hospitals_change_nothing():
    one = invented(cities=6)
    moved = one.paths + 7 * one.city[:, None] + np.arange(24) ** 2
    other = Untreated(one.names, one.city, moved, one.weight, one.cases, one.count, one.largest_share)
    assert error_model(other).mean_covariance(5) == pytest.approx(
        error_model(one).mean_covariance(5), rel=1e-6
    )


@pytest.mark.parametrize("hospitals", [1, 4])
def test_chance_among_few_cases_is_told_from_what_does_not_fall_with_cases(hospitals):
    """Half of the cities have hospitals of 10 cases, the others of 1,000; noise is 0.04 and 2 over the cases."""
    rng = np.random.default_rng(3)
    city = np.repeat(np.arange(60), hospitals)
    cases = np.where(city % 2, 10.0, 1000.0)
    paths = np.sqrt(0.04 + 2 / cases)[:, None] * rng.standard_normal((len(city), 20))
    made = Untreated(tuple(map(str, range(60))), city, paths, cases, cases, 1e5, 0.01)
    found = error_model(made)
    assert found.case == pytest.approx(2, rel=0.1)
    few, many = (found.covariance(3, np.array([g]))[0, 0, 0] * hospitals for g in (1, 0))
    assert few == pytest.approx(0.24, rel=0.1) and many == pytest.approx(0.042, rel=0.25)


def test_single_hospitals_make_all_noise_the_city_s():
    found = error_model(invented(hospitals=1))
    assert found.hospital == found.hospital_passing == 0
    assert found.mean_covariance(2)[0, 0] == pytest.approx(CITY + HOSPITAL, rel=0.2)


def test_blocks_vary_as_much_as_the_cities_did():
    """Draws with replacement and signs have the covariance of the sample with N - 1."""
    found = invented(cities=9, periods=8)
    (block,) = blocks(found, 8)
    means = found.paths.reshape(9, 5, 8).mean(1)
    means = means - means.mean(1, keepdims=True)
    sample = np.cov(means.T)
    assert block.means.T @ block.means / 9 == pytest.approx(sample)
    drawn = draw(Scenario(6, 4, 4, ONCE), [block], 40, np.random.default_rng(0))
    assert {one.sums.shape for one in drawn} == {(6, 8, 10)}
    assert all(
        np.isin(
            np.round(one.sums[:, 0, 0] / one.size, 9), np.round([*block.means[:, 0], *-block.means[:, 0]], 9)
        ).all()
        for one in drawn
    )


def test_blocks_take_whole_hospitals_of_untreated_cities():
    found = invented(cities=6, periods=10)
    found.paths[found.city == 0, 4:] = np.nan
    found.paths[0] = np.nan
    found.paths[7, 3] = np.nan
    first, *_ = blocks(found, 4)
    assert list(first.hospitals) == [4, 4, 5, 5, 5, 5]
    assert len(blocks(found, 6)[0].size) == 5
    assert blocks(found, 11) == []
    assert len(cities_in(found, 0, 10).size) == 5


def test_rows_of_a_panel_before_their_reform_become_paths():
    frame = pd.DataFrame(
        {
            "unit": ["a/1", "a/1", "a/1", "b/1", "b/1", "b/1"],
            "city": ["a", "a", "a", "b", "b", "b"],
            "period": ["2020-11", "2020-12", "2021-01"] * 2,
            "discharges": [10, 10, 10, 30, 30, 40],
        }
    )
    untreated = np.array([True, True, False, True, True, True])
    found = untreated_paths(
        frame,
        np.array([1.0, 2, 3, 4, np.nan, 6]),
        untreated,
        unit="unit",
        cluster="city",
        weights="discharges",
    )
    assert found.names == ("a", "b") and found.paths.shape == (2, 3)
    assert np.array_equal(found.paths, [[1, 2, np.nan], [4, np.nan, 6]], equal_nan=True)
    assert found.weight == pytest.approx([10, 35]) and found.cases == pytest.approx([10, 35])
    assert (found.count, found.largest_share) == (90, pytest.approx(70 / 90))
