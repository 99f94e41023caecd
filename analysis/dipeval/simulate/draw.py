"""One invented city: its hospitals, patients, costs and faults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .calendar import National
from .costs import COMPONENTS, Costs, invent_costs
from .dress import dresses
from .faults import Faults, invent_faults
from .hospitals import Hospitals, invent_hospitals
from .patients import Patients, invent_patients
from .plan import CityPlan, Plan


@dataclass(frozen=True)
class CityDraw:
    """Everything about the discharges of one city, as it is known to the one who invented them."""

    seed: int
    city: CityPlan
    hospitals: Hospitals
    patients: Patients
    costs: Costs
    faults: Faults

    def components(self) -> dict[str, np.ndarray]:
        """Cost components that the city's format has, in fen; what it lacks is folded into another."""
        amounts = {name: self.costs.components[:, k] for k, name in enumerate(COMPONENTS)}
        for missing, into in dresses()[self.city.source].folded.items():
            amounts[into] = amounts[into] + amounts.pop(missing)
        return amounts


def draw_city(plan: Plan, city: CityPlan, common: National) -> CityDraw:
    """Invent one city; it depends on the seed, the calendar, the effects and its own plan alone.

    Cost: about one microsecond a discharge, some twenty arrays of its length.
    """
    hospitals = invent_hospitals(plan.seed, city, common.volume)
    insurance = dresses()[city.source].insurance
    patients = invent_patients(plan.seed, city, hospitals, plan.months, insurance)
    costs = invent_costs(plan, city, hospitals, patients, common)
    faults = invent_faults(plan.seed, city.name, len(costs.total))
    return CityDraw(plan.seed, city, hospitals, patients, costs, faults)
