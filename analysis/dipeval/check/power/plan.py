"""All plans of a study: over numbers of cities, periods and calendars, by formula and by simulation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dipeval.check.power.city_tests import CR1, RANDOMISATION
from dipeval.check.power.drawing import BLOCKS, MODEL, draw
from dipeval.check.power.error_model import ErrorModel, error_model
from dipeval.check.power.formulas import (
    average_covariances,
    bloom_multiple,
    burlig_variance,
    detectable,
    estimator_weights,
    exact_variance,
)
from dipeval.check.power.scenario import Calendar, Scenario
from dipeval.check.power.simulated import Power, simulated_power
from dipeval.check.power.trial import Trial, quick_trial
from dipeval.check.power.untreated import Cities, Untreated, blocks
from dipeval.estimate.threads import one_thread
from dipeval.infer.calendars import count_calendars

SIZES = 25
"""Draws of city sizes and dates over which a variance by formula is averaged."""
REACH = np.linspace(0.0, 3.0, 13)
"""Effects whose power is simulated, in multiples of the smallest detectable one by formula."""
FEW = 0.1
"""Where no more than this share of cities holds half of the variance, that is told."""


@dataclass(frozen=True)
class Grid:
    """Over what is planned; the first of each is the plan that pictures of the others stand on.

    Attributes
    ----------
    cities, before, after : tuple of int
    calendars : tuple of Calendar
    focus : tuple of int
        Numbers of cities that are told in words, and for which everything is simulated.
    """

    cities: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    calendars: tuple[Calendar, ...]
    focus: tuple[int, ...]


@dataclass(frozen=True)
class Planned:
    """What one plan can show.

    Attributes
    ----------
    scenario : Scenario
    source : {"blocks", "model", ""}
        What panels were drawn from; empty where none were.
    detectable : float
        Smallest detectable effect by formula: exact variance of the main estimator, under the errors of the model.
    independent : float
        The same if periods were taken for independent.
    burlig : float
        By Burlig, Preonas & Woerman's formula; NaN where not all start at once.
    calendars : int
        Ways to deal the dates.
    powers : tuple of Power
    """

    scenario: Scenario
    source: str
    detectable: float
    independent: float
    burlig: float
    calendars: int
    powers: tuple[Power, ...] = ()

    def power_of(self, estimator: str, method: str) -> Power | None:
        """The simulation of one estimator and test; None where there is none."""
        found = [p for p in self.powers if (p.estimator, p.method) == (estimator, method)]
        return found[0] if found else None


@dataclass(frozen=True)
class Plan:
    """All plans of a study.

    Attributes
    ----------
    estimator : str
        Of the formulas: the study's main one, or the one that stands in for it.
    model : ErrorModel
    plans : tuple of Planned
    grid : Grid
    level, power : float
    uneven : tuple of int
        How many of how many cities hold half of the variance; empty where these are more than a tenth.
    """

    estimator: str
    model: ErrorModel
    plans: tuple[Planned, ...]
    grid: Grid
    level: float
    power: float
    uneven: tuple[int, ...] = ()

    def of(
        self, cities: int, calendar: str, before: int | None = None, after: int | None = None
    ) -> Planned | None:
        """One plan; by default over the first periods of the grid."""
        wanted = (cities, calendar, before or self.grid.before[0], after or self.grid.after[0])
        for one in self.plans:
            s = one.scenario
            if (s.cities, s.calendar.name, s.before, s.after) == wanted:
                return one
        return None


@dataclass
class _Maker:
    """Makes the plans of a study one by one."""

    found: Untreated
    model: ErrorModel
    estimator: str
    trials: tuple[Trial, ...]
    grid: Grid
    level: float
    power: float
    draws: int
    seed: int
    cut: dict[int, list[Cities]] = field(default_factory=dict)

    def plan(self, scenario: Scenario) -> Planned:
        """Formulas, and the simulation where the plan is one that pictures stand on."""
        generator = np.random.default_rng(self._seed(scenario))
        variances, independent = self._variances(scenario, generator)
        how = (scenario.cities - 1, self.level, self.power)
        made = Planned(
            scenario,
            "",
            detectable(variances, *how),
            detectable(independent, *how),
            self._burlig(scenario),
            count_calendars(scenario.usable, np.zeros(scenario.cities)),
        )
        return self._simulated(made, generator) if self._is_first(scenario) else made

    def _variances(
        self, scenario: Scenario, generator: np.random.Generator
    ) -> tuple[list[float], list[float]]:
        """Exact variances over draws of cities and dates, with all covariances and without those of two periods.

        Cities of one size have one weight, and then the mean covariance says it at once.
        """
        model, periods = self.model, scenario.periods
        alike = np.ptp(model.size) == 0
        mean = np.broadcast_to(model.mean_covariance(periods), (scenario.cities, periods, periods))
        found: tuple[list[float], list[float]] = [], []
        for _ in range(1 if alike else SIZES):
            chosen = generator.integers(len(model.size), size=scenario.cities)
            dates = generator.permutation(scenario.usable)
            weights = estimator_weights(self.estimator, dates, model.size[chosen], periods)
            covariances = mean if alike else model.covariance(periods, chosen)
            found[0].append(exact_variance(weights, covariances))
            found[1].append(exact_variance(weights, covariances * np.eye(periods)))
        return found

    def _seed(self, scenario: Scenario) -> list[int]:
        k = [c.name for c in self.grid.calendars].index(scenario.calendar.name)
        return [self.seed, scenario.cities, scenario.before, scenario.after, k]

    def _is_first(self, s: Scenario) -> bool:
        return (s.before, s.after) == (self.grid.before[0], self.grid.after[0])

    def _burlig(self, s: Scenario) -> float:
        dates = s.usable[np.isfinite(s.usable)]
        if len(set(dates.tolist())) != 1:
            return np.nan
        first = int(dates[0])
        psi = average_covariances(self.model.mean_covariance(s.periods), first)
        variance = burlig_variance(s.cities, s.treated / s.cities, first, s.periods - first, psi)
        return bloom_multiple(s.cities - 1, self.level, self.power) * float(np.sqrt(variance))

    def _simulated(self, made: Planned, generator: np.random.Generator) -> Planned:
        scenario = made.scenario
        if scenario.periods not in self.cut:
            self.cut[scenario.periods] = blocks(self.found, scenario.periods)
        source = self.cut[scenario.periods] or self.model
        drawn = draw(scenario, source, self.draws, generator)
        effects = REACH * made.detectable
        powers = tuple(
            simulated_power(drawn, trial, effects, level=self.level, seed=self.seed)
            for trial in self._asked(scenario)
        )
        return replace(made, source=MODEL if source is self.model else BLOCKS, powers=powers)

    def _asked(self, scenario: Scenario) -> list[Trial]:
        """The main estimator everywhere; the other trials, and what costs, where words are made of them."""
        asked = [quick_trial(self.estimator, CR1)]
        first = scenario.calendar.name == self.grid.calendars[0].name
        if first or scenario.cities == self.grid.focus[0]:
            asked.append(quick_trial(self.estimator, RANDOMISATION))
        if first and scenario.cities in self.grid.focus:
            known = {(trial.estimator, trial.method) for trial in asked}
            asked += [trial for trial in self.trials if (trial.estimator, trial.method) not in known]
        return asked


def plans_of(
    found: Untreated,
    estimator: str,
    trials: Sequence[Trial],
    grid: Grid,
    *,
    level: float,
    power: float,
    draws: int,
    seed: int,
    say: Callable[[str], None] = lambda line: None,
) -> Plan:
    """Make all plans of a study.

    Parameters
    ----------
    found : Untreated
        Two cities at least that share three untreated periods.
    estimator : str
        Of formulas, and of simulation over the whole grid; of `city_estimators.ESTIMATORS`.
    trials : sequence of Trial
        Further estimators and tests, for the numbers of cities in focus.
    grid : Grid
    level, power : float
        0.95 and 0.80: a test at 5 % that finds the effect in four of five studies.
    draws, seed : int
        Simulated studies of each plan, and where they begin.
    say : callable
        Receives progress lines.

    Returns
    -------
    Plan
        Plans in which nobody, or everybody at once, is reformed are left out.

    Notes
    -----
    O(plans × (K T)² T) for formulas, K dates; simulation O(draws G T) a test, times 99 calendars for randomisation.
    """
    with one_thread():
        model = error_model(found)
        maker = _Maker(found, model, estimator, tuple(trials), grid, level, power, draws, seed)
        scenarios = list(_scenarios(grid))
        made = []
        for k, scenario in enumerate(scenarios, 1):
            made.append(maker.plan(scenario))
            if maker._is_first(scenario) or k == len(scenarios):
                say(f"plan: {k} of {len(scenarios)} ({scenario.cities}, {scenario.calendar.label_en})")
    return Plan(estimator, model, tuple(made), grid, level, power, _uneven(maker.cut))


def _uneven(cut: Mapping[int, Sequence[Cities]]) -> tuple[int, ...]:
    """How many cities hold half of the variance of the windows with most cities, where these are few."""
    known = [block for found in cut.values() for block in found]
    if not known:
        return ()
    block = max(known, key=lambda one: len(one.size))
    squares = np.sort((block.means**2).mean(1))[::-1]
    half = int(np.searchsorted(np.cumsum(squares), squares.sum() / 2)) + 1
    return (half, len(squares)) if half <= len(squares) * FEW else ()


def _scenarios(grid: Grid) -> Iterator[Scenario]:
    for calendar in grid.calendars:
        for cities in grid.cities:
            for before in grid.before:
                for after in grid.after:
                    scenario = Scenario(cities, before, after, calendar)
                    if scenario.why_not is None:
                        yield scenario
