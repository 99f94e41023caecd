"""Formulas of power: against hand computations, one another, the package's own estimators, and simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from dipeval.check.power.drawing import draw
from dipeval.check.power.error_model import ErrorModel
from dipeval.check.power.formulas import (
    average_covariances,
    bloom_multiple,
    burlig_variance,
    estimator_weights,
    exact_variance,
)
from dipeval.check.power.scenario import Calendar, Scenario
from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.study.planning import PlannedCalendar

NAMES = ("twfe", "imputation", "sun_abraham", "group_time")
WAVES = Calendar("waves", "in waves", "分批", PlannedCalendar("waves", 0.5, 2, 2))


def model(city=0.04, persistence=0.7, sizes=(3, 5, 9)):
    size = np.array(sizes, float)
    return ErrorModel(
        city, persistence, 0.01, 0.02, 0.5, 0.03, 0.2, 1 / size, 0.02 / size, size, size.astype(int)
    )


def decay(persistence, periods):
    return persistence ** np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))


def test_bloom_s_multiple_is_the_textbook_s():
    assert bloom_multiple(np.inf) == pytest.approx(norm.ppf(0.975) + norm.ppf(0.8))
    assert bloom_multiple(np.inf) == pytest.approx(2.80, abs=0.005)
    assert bloom_multiple(5) == pytest.approx(2.5706 + 0.9195, abs=1e-4)


def test_without_serial_correlation_burlig_s_formula_is_mckenzie_s():
    psi = average_covariances(0.5 * np.eye(7), 4)
    assert psi == pytest.approx((0.5, 0, 0, 0))
    assert burlig_variance(10, 0.3, 4, 3, psi) == pytest.approx((4 + 3) / (4 * 3) * 0.5 / (0.3 * 0.7 * 10))


def test_burlig_s_formula_by_hand():
    """Two periods before, one after, 4 units, half of them: var(y3 - (y1 + y2)/2) / (P (1-P) J)."""
    covariance = np.array([[2.0, 1.0, 0.5], [1.0, 2.0, 1.0], [0.5, 1.0, 2.0]])
    by_hand = 2 + (2 + 2 + 2 * 1) / 4 - 2 * (0.5 + 1.0) / 2
    assert burlig_variance(4, 0.5, 2, 1, average_covariances(covariance, 2)) == pytest.approx(by_hand)


@pytest.mark.parametrize("name", NAMES[:3])
def test_where_all_start_at_once_the_exact_variance_is_burlig_s(name):
    """Equal cities; group-time effects and Sun-Abraham compare with the last period before alone."""
    dates, size = np.array([6.0, 6, np.inf, np.inf, np.inf]), np.full(5, 3.0)
    covariance = 0.3 * decay(0.6, 10) + 0.1 * np.eye(10)
    exact = exact_variance(estimator_weights(name, dates, size, 10), np.stack([covariance] * 5))
    first = 5 if name == "sun_abraham" else 0
    psi = average_covariances(covariance[first:, first:], 6 - first)
    assert exact == pytest.approx(burlig_variance(5, 0.4, 6 - first, 4, psi))


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_those_of_the_estimator(name):
    """The weighted sum of city means is what `estimate` finds on the hospitals."""
    rng = np.random.default_rng(4)
    dates, size = np.array([3.0, 5.0, 5.0, np.inf, np.inf]), np.array([2, 3, 1, 4, 2])
    frames = []
    for g, (date, n) in enumerate(zip(dates, size, strict=True)):
        unit, time = (i.ravel() for i in np.indices((n, 7)))
        start = "never" if np.isinf(date) else str(int(date))
        frames.append(pd.DataFrame({"unit": unit + 10 * g, "time": time, "city": f"c{g}", "start": start}))
    frame = pd.concat(frames, ignore_index=True).assign(y=lambda f: rng.normal(size=len(f)))
    design = build_design(frame, unit="unit", time="time", cohort="start", clusters=["city"])
    found = estimate(design, frame["y"], estimator=name)
    overall = found.params.to_numpy()[(found.terms["kind"] == "overall").to_numpy()][0]
    means = frame.groupby(["city", "time"])["y"].mean().unstack().to_numpy()
    assert (estimator_weights(name, dates, size, 7) * means).sum() == pytest.approx(overall, rel=1e-10)


@pytest.mark.parametrize("name", ["twfe", pytest.param("imputation", marks=pytest.mark.slow)])
def test_the_exact_variance_is_that_of_simulated_studies(name):
    """Cities of unequal sizes in two waves, 8,000 panels of the model."""
    scenario = Scenario(8, 4, 5, WAVES)
    rng = np.random.default_rng(1)
    drawn = draw(scenario, model(), 8000, rng)
    found = np.mean([(weights_of(one, name) ** 2).mean() for one in drawn])
    exact = []
    for _ in range(400):
        chosen, dates = rng.integers(3, size=8), rng.permutation(scenario.usable)
        weights = estimator_weights(name, dates, model().size[chosen], 9)
        exact.append(exact_variance(weights, model().covariance(9, chosen)))
    assert found == pytest.approx(np.mean(exact), rel=0.07)


def weights_of(one, name):
    """Estimates of all panels of a draw."""
    means = one.sums / one.size[:, None, None]
    return np.einsum("gt,gtr->r", estimator_weights(name, one.dates, one.size, means.shape[1]), means)


def test_more_cities_and_earlier_dates_tell_more():
    def variance(cities, treated):
        dates = np.where(np.arange(cities) < treated, 4.0, np.inf)
        weights = estimator_weights("imputation", dates, np.full(cities, 5.0), 9)
        return exact_variance(weights, np.stack([model().mean_covariance(9)] * cities))

    assert variance(12, 6) < variance(6, 3) < variance(6, 1)
