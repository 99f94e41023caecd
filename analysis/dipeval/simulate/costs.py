"""Costs and stays of the invented discharges, with and without the reform, exact to the fen.

For every discharge the counterfactual total is drawn first. The reform multiplies the total by
exp(effect), leaves the drug cost as it is and scales the other components to the new total. So the
logarithm of the total moves by exactly the effect (up to half a fen) and that of the drug cost by
exactly zero, case by case. The mean stay moves by exactly the effect in days; the stay itself is
one day plus a negative binomial count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .calendar import (
    CITY_SHOCK_OF_LOG_COST,
    CITY_SHOCK_OF_STAY,
    LOWEST_STAY_SHIFT,
    National,
    city_shocks,
)
from .diagnoses import diagnoses
from .hospitals import Hospitals
from .patients import INSURANCE, Patients
from .plan import CityPlan, Plan
from .splitting import split_exactly
from .streams import stream
from .true_effects import true_effects

COMPONENTS = (
    "drug_cost",
    "consumables_cost",
    "examination_cost",
    "treatment_cost",
    "service_cost",
    "blood_cost",
    "other_cost",
)
OTHER_SHARES = (
    (0.24, 0.31, 0.28, 0.13, 0.0, 0.02),
    (0.17, 0.33, 0.31, 0.16, 0.0, 0.02),
    (0.12, 0.34, 0.32, 0.19, 0.0, 0.03),
)
"""What is left beside drugs, by level, in the order of COMPONENTS; blood comes by chance."""
OPERATION_FACTOR = (2.2, 0.9, 1.8, 1.0, 1.0, 1.0)
CHANCE_OF_BLOOD = 0.06
BLOOD_SHARE = 0.12
SPREAD_OF_SHARES = 0.35
SPREAD_OF_COST = 0.78
OPERATION_LOG_COST = 0.35
EMPLOYEE_LOG_COST = 0.06
SPREAD_OF_HOSPITAL_MONTH = 0.02
CUT = 3.5
"""Draws of the cost are cut at this many standard deviations, symmetrically: means stay additive."""
SPREAD_OF_DRUG_LOGIT = 0.50
MOST_DRUG_SHARE = 0.65
DRUG_MARGIN = 0.75
"""The drug cost is at most this share of the smallest total that the reform can leave."""
KEPT_MARGIN = 0.9
STAY_WITH_COST = 0.35
STAY_DISPERSION = 2.5
SHORTEST_MEAN_STAY = 1.2
SELF_PAID = {"employee": 0.20, "resident": 0.36, "self_pay": 1.0, "other": 0.50}
SPREAD_OF_SELF_PAID = 0.06


@dataclass(frozen=True)
class Costs:
    """One element a discharge, in the order of :class:`Patients`.

    Attributes
    ----------
    untreated : numpy.ndarray of int64, shape (n,)
        Total cost in fen had there been no reform: the counterfactual, known only here.
    total, self_paid : numpy.ndarray of int64, shape (n,)
        Fen.
    components : numpy.ndarray of int64, shape (n, 7)
        Fen, in the order of COMPONENTS; each row sums to the total.
    care_days : numpy.ndarray of int64, shape (n,)
    """

    untreated: np.ndarray
    total: np.ndarray
    self_paid: np.ndarray
    components: np.ndarray
    care_days: np.ndarray


def invent_costs(
    plan: Plan, city: CityPlan, hospitals: Hospitals, patients: Patients, common: National
) -> Costs:
    """Return costs and stays of a city's discharges."""
    generator = stream(plan.seed, city.name, "costs")
    deviation = _case_deviation(generator, patients)
    shocks = stream(plan.seed, city.name, "shocks", "log_cost")
    shock = city_shocks(shocks, len(plan.months), CITY_SHOCK_OF_LOG_COST)
    own = SPREAD_OF_HOSPITAL_MONTH * np.clip(generator.standard_normal(hospitals.expected.shape), -CUT, CUT)
    cell = hospitals.log_cost[:, None] + common.log_cost + shock + own
    if city.drift is not None:
        cell = cell + city.drift
    untreated = np.rint(np.exp(cell[patients.hospital, patients.month] + deviation)).astype(np.int64)
    effect = _effects(plan, city, "total_cost", hospitals, patients)
    total = np.rint(untreated * np.exp(effect)).astype(np.int64)
    drug = _drug_cost(generator, plan, hospitals, patients, common, untreated)
    weights = _other_weights(generator, hospitals, patients)
    rest = _other_costs(plan, untreated, total, drug, weights)
    return Costs(
        untreated=untreated,
        total=total,
        self_paid=_self_paid(generator, patients, total),
        components=np.column_stack([drug, rest]),
        care_days=_stays(plan, city, hospitals, patients, common, deviation),
    )


def _self_paid(generator: np.random.Generator, patients: Patients, total: np.ndarray) -> np.ndarray:
    """What the patient pays: a share by insurance; everything without one."""
    share = np.array([SELF_PAID[name] for name in INSURANCE])[patients.insurance]
    spread = SPREAD_OF_SELF_PAID * generator.standard_normal(len(share))
    some = np.rint(total * np.clip(share + spread, 0.02, 0.95)).astype(np.int64)
    return np.where(share == 1.0, total, some)


def _effects(
    plan: Plan, city: CityPlan, outcome: str, hospitals: Hospitals, patients: Patients
) -> np.ndarray:
    """The true effect on every discharge."""
    return true_effects(
        plan, city, outcome, hospitals.level[patients.hospital], patients.month, patients.insurance
    )


def _case_deviation(generator: np.random.Generator, patients: Patients) -> np.ndarray:
    """Log cost of a case against its hospital-month: diagnosis, operation, insurance and luck."""
    known = diagnoses()
    luck = np.clip(generator.standard_normal(len(patients.hospital)), -CUT, CUT)
    operation = OPERATION_LOG_COST * (patients.operated - known.operated[patients.diagnosis])
    employee = EMPLOYEE_LOG_COST * (patients.insurance == INSURANCE.index("employee"))
    return known.log_cost[patients.diagnosis] + operation + employee + SPREAD_OF_COST * luck


def _drug_cost(
    generator: np.random.Generator,
    plan: Plan,
    hospitals: Hospitals,
    patients: Patients,
    common: National,
    untreated: np.ndarray,
) -> np.ndarray:
    """A logistic-normal share of the counterfactual total, that falls with the country's trend."""
    logit = hospitals.drug_share[patients.hospital]
    logit = logit + SPREAD_OF_DRUG_LOGIT * generator.standard_normal(len(logit))
    smallest = DRUG_MARGIN * np.exp(plan.strongest("total_cost"))
    share = np.minimum(1 / (1 + np.exp(-logit)), min(MOST_DRUG_SHARE, smallest))
    trend = np.exp(common.log_drug_share)[patients.month]
    return np.maximum(1, np.rint(untreated * share * trend)).astype(np.int64)


def _other_weights(generator: np.random.Generator, hospitals: Hospitals, patients: Patients) -> np.ndarray:
    """Relative sizes of the components beside drugs, shape (n, 6)."""
    n = len(patients.hospital)
    weights = np.asarray(OTHER_SHARES)[hospitals.level[patients.hospital]]
    weights = weights * np.exp(SPREAD_OF_SHARES * generator.standard_normal((n, len(COMPONENTS) - 1)))
    weights *= np.where(patients.operated[:, None], np.asarray(OPERATION_FACTOR), 1.0)
    weights[:, COMPONENTS.index("blood_cost") - 1] = BLOOD_SHARE * (generator.random(n) < CHANCE_OF_BLOOD)
    return weights


def _other_costs(
    plan: Plan, untreated: np.ndarray, total: np.ndarray, drug: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Components beside drugs, shape (n, 6), which sum to the rest of the total.

    Those that the reform leaves are their parts of the counterfactual total, but no more together than
    `KEPT_MARGIN` of what the strongest effect leaves: the same with and without the reform.
    """
    if not plan.unchanged:
        return split_exactly(total - drug, weights)
    kept = np.array([name in plan.unchanged for name in COMPONENTS[1:]])
    least = untreated * np.exp(plan.strongest("total_cost")) - drug
    share = weights[:, kept].sum(axis=1) / weights.sum(axis=1)
    amount = np.rint(np.minimum((untreated - drug) * share, KEPT_MARGIN * least)).astype(np.int64)
    parts = np.empty(weights.shape, dtype=np.int64)
    parts[:, kept] = split_exactly(amount, weights[:, kept])
    parts[:, ~kept] = split_exactly(total - drug - amount, weights[:, ~kept])
    return parts


def _stays(
    plan: Plan,
    city: CityPlan,
    hospitals: Hospitals,
    patients: Patients,
    common: National,
    deviation: np.ndarray,
) -> np.ndarray:
    """Days of care: longer for dearer cases; the mean of every hospital-month is additive.

    The part of the mean that grows with cost stands above a floor that neither the country's trend,
    nor the city's shock, nor the effect can use up, so nothing has to be cut at one day.
    """
    generator = stream(plan.seed, city.name, "stay")
    shocks = stream(plan.seed, city.name, "shocks", "stay")
    shock = city_shocks(shocks, len(plan.months), CITY_SHOCK_OF_STAY)
    lowest = LOWEST_STAY_SHIFT + plan.strongest("length_of_stay")
    floor = SHORTEST_MEAN_STAY - lowest
    scale = np.exp(STAY_WITH_COST * deviation)
    above = (hospitals.stay[patients.hospital] - floor) * scale / scale.mean()
    effect = _effects(plan, city, "length_of_stay", hospitals, patients)
    mean_beyond_first = floor + above + (common.stay + shock)[patients.month] + effect - 1
    rate = mean_beyond_first * generator.standard_gamma(STAY_DISPERSION, len(above)) / STAY_DISPERSION
    return 1 + generator.poisson(rate)
