"""Months of the invented world, and what the whole country shares in them.

Everything here is the same for all cities of a month, so that it goes into the period effects of a
regression and leaves trends parallel in expectation. What a city has alone (`city_shocks`) has
mean zero in every month.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .streams import stream

GROWTH_OF_LOG_COST = 0.004
GROWTH_OF_VOLUME = 0.002
DECLINE_OF_DRUG_SHARE = 0.003
DECLINE_OF_STAY = 0.4
"""Days by which the mean stay falls over the whole window."""
SEASON_OF_VOLUME = (1.04, 0.86, 1.05, 1.02, 1.00, 0.99, 1.02, 1.00, 0.98, 0.97, 1.02, 1.05)
SEASON_OF_LOG_COST = (0.015, 0.010, 0.0, -0.005, -0.005, -0.010, -0.010, -0.005, 0.0, 0.0, 0.005, 0.010)
PANDEMIC_VOLUME = {"2020-02": 0.62, "2020-03": 0.80, "2020-04": 0.92}
PANDEMIC_LOG_COST = {"2020-02": 0.03, "2020-03": 0.02}
NATIONAL_SHOCK = 0.006
CITY_SHOCK_OF_LOG_COST = 0.012
CITY_SHOCK_OF_STAY = 0.08
CITY_SHOCK_PERSISTENCE = 0.7
SHOCK_BOUND = 4.0
"""Shocks are cut at this many standard deviations, symmetrically, so that their mean stays zero."""
LOWEST_STAY_SHIFT = -DECLINE_OF_STAY - SHOCK_BOUND * CITY_SHOCK_OF_STAY


@dataclass(frozen=True)
class National:
    """What all cities share, each of shape (T,).

    Attributes
    ----------
    volume : numpy.ndarray
        Relative number of discharges, mean one.
    log_cost : numpy.ndarray
        Log points of total cost.
    log_drug_share : numpy.ndarray
        Log points of the drug share; never positive.
    stay : numpy.ndarray
        Days.
    """

    volume: np.ndarray
    log_cost: np.ndarray
    log_drug_share: np.ndarray
    stay: np.ndarray


def simulated_months(start: str, periods: int) -> np.ndarray:
    """Return consecutive months, datetime64[M] of shape (periods,), from a month, quarter or year on."""
    return first_month(start) + np.arange(periods)


def first_month(label: str) -> np.datetime64:
    """Return the first month of ``2019-03``, ``2019Q1`` or ``2019``."""
    if "Q" in label:
        year, quarter = label.split("Q")
        return np.datetime64(f"{year}-{3 * int(quarter) - 2:02d}", "M")
    return np.datetime64(label, "M")


def months_between(first: np.datetime64, label: str) -> int:
    """Return how many months `label` lies after `first` (negative when before)."""
    return int((first_month(label) - first).astype(int))


def period_labels(months: np.ndarray, frequency: str) -> np.ndarray:
    """Return the label of the period that each month lies in, text of shape (T,)."""
    text = months.astype("datetime64[M]").astype(str)
    if frequency == "month":
        return text
    years = np.array([label[:4] for label in text])
    if frequency == "year":
        return years
    return np.array([f"{label[:4]}Q{(int(label[5:]) + 2) // 3}" for label in text])


def national(seed: int, months: np.ndarray) -> National:
    """Return trends, seasons, the pandemic's dip and the shocks of the country's months."""
    n = len(months)
    labels = months.astype(str)
    season = months.astype(int) % 12
    elapsed = np.arange(n)
    shocks = stream(seed, "national", "log_cost").standard_normal(n) * NATIONAL_SHOCK
    volume = np.asarray(SEASON_OF_VOLUME)[season] * (1 + GROWTH_OF_VOLUME) ** elapsed
    volume = volume * np.array([PANDEMIC_VOLUME.get(label, 1.0) for label in labels])
    pandemic = np.array([PANDEMIC_LOG_COST.get(label, 0.0) for label in labels])
    return National(
        volume=volume / volume.mean(),
        log_cost=GROWTH_OF_LOG_COST * elapsed + np.asarray(SEASON_OF_LOG_COST)[season] + pandemic + shocks,
        log_drug_share=-DECLINE_OF_DRUG_SHARE * elapsed,
        stay=-DECLINE_OF_STAY * elapsed / max(1, n - 1),
    )


def city_shocks(generator: np.random.Generator, n_months: int, spread: float) -> np.ndarray:
    """Return a stationary first-order autoregression of standard deviation `spread`, shape (n_months,)."""
    draws = generator.standard_normal(n_months)
    innovation = np.sqrt(1 - CITY_SHOCK_PERSISTENCE**2)
    path = np.empty(n_months)
    path[0] = draws[0]
    for t in range(1, n_months):
        path[t] = CITY_SHOCK_PERSISTENCE * path[t - 1] + innovation * draws[t]
    return spread * np.clip(path, -SHOCK_BOUND, SHOCK_BOUND)
