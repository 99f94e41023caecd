"""What is to be invented: a study's simulation and its cities, checked and turned into numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from ..errors import Problem, StudyError, nearest
from ..study.model import City, Study
from ..study.simulation import Simulation
from .calendar import first_month, months_between, simulated_months
from .dress import dresses
from .drift import city_drift
from .effects import strongest_decrease
from .reach import added, policy_shift, reach_problems
from .violations import NONE, reformed_drift, violation_problems

SPREADSHEET_DISCHARGES = 0.19
"""A city that sends spreadsheets is small: its discharges relative to the other cities'."""
SPREADSHEET_HOSPITALS = 0.55
FEWEST_HOSPITALS = 3
FEWEST_DISCHARGES = 1000
MOST_DECREASE_LOG_COST = -1.0
MOST_DECREASE_STAY = -3.0
KEPT_COLUMNS = ("insurance_type", "sex", "level", "disposition")


@dataclass(frozen=True)
class CityPlan:
    """One city to invent.

    Attributes
    ----------
    name, label_zh, source : str
        As in the city file.
    cohort : int or None
        Index of the first month of payment; it may lie outside the window; None is never.
    hospitals : int
    discharges : int
        Expected number over all months.
    drift : numpy.ndarray, shape (T,), or None
        Log points of cost beside those that all studies have in common; None for none.
    ended : int or None
        Index of the first month that is no longer paid under the reform; None where it lasts.
    synergy : numpy.ndarray, shape (T,), or None
        Log points that concurrent policies add to the reform's effect on cost; None for none.
    strength : float
        What the effects of the reform are multiplied by.
    closing, lighter : float
        Shares of `violations`: of its lower hospitals that close with the reform, of its cases that are light since.
    """

    name: str
    label_zh: str
    source: str
    cohort: int | None
    hospitals: int
    discharges: int
    drift: np.ndarray | None = None
    ended: int | None = None
    synergy: np.ndarray | None = None
    strength: float = 1.0
    closing: float = 0.0
    lighter: float = 0.0


@dataclass(frozen=True)
class Plan:
    """All that the draws depend on.

    Attributes
    ----------
    months : numpy.ndarray of datetime64[M], shape (T,)
    effects : mapping of str to mapping of str to mapping
        ``start``, ``plateau``, ``months`` by outcome and level.
    keep : mapping of str to tuple of str
        The study's population: the panel and the truth count only these discharges.
    unchanged : tuple of str
        Components beside drugs that the reform leaves as they are.
    spared : tuple of str
        Insurance schemes whose patients the reform passes by.
    """

    seed: int
    months: np.ndarray
    frequency: str
    window: tuple[str, str]
    effects: Mapping[str, Mapping[str, Mapping[str, float]]]
    keep: Mapping[str, tuple[str, ...]]
    cities: tuple[CityPlan, ...]
    unchanged: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()

    def strongest(self, outcome: str) -> float:
        """The largest decrease of an outcome that any level and city ever sees, not positive."""
        most = strongest_decrease(self.effects_of(outcome)) * max(
            (c.strength for c in self.cities), default=1.0
        )
        shifts = [float(c.synergy.min()) for c in self.cities if c.synergy is not None]
        return most + min([0.0, *shifts]) if outcome == "total_cost" else most

    def effects_of(self, outcome: str) -> Mapping[str, Mapping[str, float]]:
        """The effects on one outcome by level; empty when the study gives none."""
        return self.effects.get(outcome, {})


def make_plan(study: Study, cities: Mapping[str, City], seed: int | None = None) -> Plan:
    """Return the plan of a study's invented cities.

    Parameters
    ----------
    study : Study
        With a ``[simulate]`` table.
    cities : mapping of str to City
        The city files by name; those of the study are used.
    seed : int or None
        Instead of the study's own, for Monte Carlo experiments.

    Raises
    ------
    StudyError
        With all that keeps the study from being simulated.
    """
    problems = _problems(study, cities)
    if problems:
        raise StudyError("simulate", problems)
    simulation = study.simulation
    months = simulated_months(simulation.start, simulation.periods)
    return Plan(
        seed=simulation.seed if seed is None else seed,
        months=months,
        frequency=study.frequency,
        window=(study.start, study.end),
        effects=simulation.effects,
        keep=study.keep,
        cities=_city_plans([cities[name] for name in study.cities], study, months),
        unchanged=simulation.unchanged,
        spared=simulation.spared,
    )


def _city_plans(cities: list[City], study: Study, months: np.ndarray) -> tuple[CityPlan, ...]:
    """Share hospitals and discharges out; each city's numbers are rounded by themselves."""
    simulation = study.simulation
    small = np.array([any(f.path.endswith(".xlsx") for f in city.files) for city in cities])
    volume = np.where(small, SPREADSHEET_DISCHARGES, 1.0)
    houses = np.where(small, SPREADSHEET_HOSPITALS, 1.0)
    broken = {**NONE, **simulation.violations}
    plans = []
    for k, city in enumerate(cities):
        hospitals = round(simulation.hospitals * houses[k] / houses.sum())
        cohort = None if city.dates.never else months_between(months[0], city.dates.payment)
        drifts = (
            city_drift(months, simulation.turn, simulation.paths.get(city.name)),
            policy_shift(study, city.name, months, "effect"),
            reformed_drift(len(months), cohort, broken),
        )
        plans.append(
            CityPlan(
                name=city.name,
                label_zh=city.label_zh,
                source=city.source,
                cohort=cohort,
                hospitals=max(FEWEST_HOSPITALS, hospitals),
                discharges=round(simulation.discharges * volume[k] / volume.sum()),
                ended=months_between(months[0], city.dates.ended) if city.dates.ended else None,
                drift=reduce(added, drifts),
                synergy=policy_shift(study, city.name, months, "with_reform"),
                strength=float(simulation.strengths.get(city.name, 1.0)),
                closing=broken["closing"],
                lighter=broken["lighter"],
            )
        )
    return tuple(plans)


def _problems(study: Study, cities: Mapping[str, City]) -> list[Problem]:
    where = f"study {study.name}"
    if study.simulation is None:
        return [Problem(where, "has no [simulate] table", "give seed, start and effects")]
    found = [
        *_design_problems(study, where),
        *_effect_problems(study, where),
        *_path_problems(study.simulation, study.cities, where),
        *reach_problems(study, where),
        *violation_problems({**NONE, **study.simulation.violations}, where),
    ]
    for name in study.cities:
        if name not in cities:
            found.append(Problem(where, f"no city '{name}'", nearest(name, cities)))
        elif cities[name].source not in dresses():
            todo = f"take a known format; {nearest(cities[name].source, dresses())}"
            found.append(Problem(f"city {name}", f"format '{cities[name].source}' cannot be invented", todo))
        elif not cities[name].synthetic:
            todo = "say synthetic = true, or leave it out"
            found.append(Problem(f"city {name}", "is not a synthetic city", todo))
    return found


def _design_problems(study: Study, where: str) -> list[Problem]:
    found = []
    if study.treatment.by != "city":
        what = f"treats by {study.treatment.by}; invented reforms come to cities"
        found.append(Problem(f"{where}, design.by", what, 'write by = "city"'))
    for column in study.keep:
        if column not in KEPT_COLUMNS:
            what = f"'{column}' cannot be kept by: it is not invented"
            found.append(Problem(f"{where}, data.keep", what, nearest(column, KEPT_COLUMNS)))
    numbers = study.simulation
    for key, least in (("seed", 0), ("hospitals", 1), ("discharges", FEWEST_DISCHARGES), ("periods", 2)):
        if getattr(numbers, key) < least:
            found.append(Problem(f"{where}, simulate.{key}", f"is below {least}", f"write {least} or more"))
    return found


def _effect_problems(study: Study, where: str) -> list[Problem]:
    """Effects so strong that the drug cost would exceed the total, or a stay would be shorter than a day."""
    found = []
    effects, most = study.simulation.effects, max([1.0, *study.simulation.strengths.values()])
    for outcome, bound in (("total_cost", MOST_DECREASE_LOG_COST), ("length_of_stay", MOST_DECREASE_STAY)):
        if strongest_decrease(effects.get(outcome, {})) * most < bound:
            what = f"a decrease beyond {bound} cannot be made exactly"
            found.append(Problem(f"{where}, simulate.effects.{outcome}", what, f"stay above {bound}"))
        for level, effect in effects.get(outcome, {}).items():
            if effect["months"] < 0:
                key = f"{where}, simulate.effects.{outcome}.{level}.months"
                found.append(Problem(key, "is negative", "write 0 or more"))
    return found


def _path_problems(simulation: Simulation, cities: tuple[str, ...], where: str) -> list[Problem]:
    """Paths of cities that are not there, and a turn that lies outside the simulated months."""
    found = [
        Problem(f"{where}, simulate.paths.{name}", "is no city of the study", nearest(name, cities))
        for name in simulation.paths
        if name not in cities
    ]
    found += [
        Problem(f"{where}, simulate.strengths.{name}", "is no city of the study", nearest(name, cities))
        for name in simulation.strengths
        if name not in cities
    ]
    at = simulation.turn.get("at")
    said = any(simulation.turn.get(key) for key in ("before", "after"))
    if said and not at:
        found.append(
            Problem(f"{where}, simulate.turn.at", "is missing", 'write the month, like at = "2017-07"')
        )
    months = simulated_months(simulation.start, simulation.periods)
    if at and not months[0] < first_month(str(at)) <= months[-1]:
        what = f"{at} lies outside the simulated months"
        found.append(
            Problem(
                f"{where}, simulate.turn.at", what, f"write a month after {months[0]}, up to {months[-1]}"
            )
        )
    return found
