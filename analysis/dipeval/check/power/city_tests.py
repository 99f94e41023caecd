"""Tests of many constant effects in many panels at once, on sums by city and period.

A constant effect d added to treated periods moves the estimate by d and nothing else that the tests here use. So whether
"no effect" is rejected where the effect is d is whether the effect -d is rejected where there is none, and one
panel without an effect tells the power against every effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.check.power.city_estimators import ESTIMATORS, saturated
from dipeval.check.power.drawing import Drawn
from dipeval.infer.calendars import all_calendars, count_calendars, random_calendars
from dipeval.results.student import critical_value

CALENDARS = 99
REGRESSIONS = ("twfe", "sun_abraham", "extended_two_way")
CR1, RANDOMISATION = "CR1", "randomisation-t"
TIE = 1e-9


@dataclass(frozen=True)
class Question:
    """What is asked of every panel: effects (E,) and the level of the test (0.95 for 5 %)."""

    effects: np.ndarray
    level: float


def rejected_clustered(drawn: Drawn, estimator: str, asked: Question, seed: int) -> np.ndarray:
    """Whether t over the clustered error (CR1, G-1 degrees of freedom) rejects "no effect"; (E, R).

    Parameters
    ----------
    drawn : Drawn
    estimator : str
        Of `ESTIMATORS`.
    asked : Question
    seed : int
        Of no use here.
    """
    effect, influence = ESTIMATORS[estimator](drawn.dates, drawn.size, drawn.sums)
    error = np.sqrt(_small_sample(estimator, drawn) * (influence**2).sum(0))
    df = np.array([len(influence) - 1.0])
    reach = critical_value(asked.level, df)[0] * np.where(error > 1e-12, error, np.nan)
    return np.abs(effect + asked.effects[:, None]) > reach


def _small_sample(estimator: str, drawn: Drawn) -> float:
    """As the package has it: columns count in regressions."""
    cities, periods = drawn.sums.shape[:2]
    factor = cities / (cities - 1)
    if estimator not in REGRESSIONS:
        return factor
    leads = estimator == "sun_abraham"
    cells = 1 if estimator == "twfe" else saturated(drawn.dates, drawn.size, periods, leads).n_cells
    rows = drawn.hospitals.sum() * periods
    return factor * (rows - 1) / (rows - periods - cells)


def rejected_randomised(drawn: Drawn, estimator: str, asked: Question, seed: int) -> np.ndarray:
    """Whether randomisation over the calendar, by t, rejects "no effect"; (E, R). Other arguments as above.

    All calendars where they are no more than 99, else so many. One estimate a calendar.
    """
    own, dealt, exact = _deal(drawn, estimator, seed)
    p = np.empty((len(asked.effects), drawn.sums.shape[2]))
    for k, effect in enumerate(asked.effects):
        observed, others = _statistics(own, -effect)[0], _statistics(dealt, -effect)
        count = (~(others < observed * (1 - TIE))).sum(0)
        p[k] = count / len(others) if exact else (count + 1) / (len(others) + 1)
    return p <= 1 - asked.level + TIE


Parts = tuple[np.ndarray, ...]


def _deal(drawn: Drawn, estimator: str, seed: int) -> tuple[Parts, Parts, bool]:
    """The own calendar, the others, and whether these are all there are."""
    one = np.zeros(len(drawn.dates))
    exact = count_calendars(drawn.dates, one) <= CALENDARS
    others = (
        list(all_calendars(drawn.dates, one))
        if exact
        else list(random_calendars(drawn.dates, one, CALENDARS, seed))
    )
    periods = np.arange(drawn.sums.shape[1])
    treatment = drawn.size[:, None] * (periods >= drawn.dates[:, None])
    sums = np.concatenate([drawn.sums, treatment[:, :, None]], axis=2)
    made = [_parts(ESTIMATORS[estimator](dates, drawn.size, sums)) for dates in [drawn.dates, *others]]
    own, rest = (tuple(map(np.stack, zip(*part, strict=True))) for part in (made[:1], made[1:]))
    return own, rest, exact


def _parts(answer: tuple[np.ndarray, np.ndarray]) -> Parts:
    """Estimates, the estimate of the treatment itself, and products of their influence."""
    effect, influence = answer
    mine, moves = influence[:, :-1], influence[:, -1:]
    return effect[:-1], effect[-1:], (mine**2).sum(0), (mine * moves).sum(0), (moves**2).sum(0)


def _statistics(parts: Parts, null: float) -> np.ndarray:
    """Size of t of each calendar and panel (D, R) where the effect is `null`."""
    effect, moved, square, cross, moves = parts
    squares = square - 2 * null * cross + null**2 * moves
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.abs(effect - null * moved) / np.sqrt(np.maximum(squares, 0))


@dataclass(frozen=True)
class Test:
    """A test, and what it is called."""

    rejected: Callable[[Drawn, str, Question, int], np.ndarray]
    label_en: str
    label_zh: str


TESTS = {
    CR1: Test(rejected_clustered, "t over clustered errors (CR1)", "聚类标准误（CR1）t检验"),
    RANDOMISATION: Test(rejected_randomised, "randomisation over the calendar", "改革时间表随机化检验"),
}
