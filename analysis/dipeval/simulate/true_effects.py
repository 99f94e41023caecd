"""The true effect of the reform on every discharge."""

from __future__ import annotations

import numpy as np

from .effects import city_effects
from .patients import INSURANCE
from .plan import CityPlan, Plan


def true_effects(
    plan: Plan, city: CityPlan, outcome: str, level: np.ndarray, month: np.ndarray, insurance: np.ndarray
) -> np.ndarray:
    """Effects in the unit of the outcome, shape (n,).

    Parameters
    ----------
    plan : Plan
    city : CityPlan
    outcome : {"total_cost", "length_of_stay"}
    level, month, insurance : numpy.ndarray, shape (n,), int
        Of each discharge: of its hospital, of the simulated months, of `INSURANCE`.
    """
    table = city.strength * city_effects(plan.effects_of(outcome), city.cohort, len(plan.months), city.ended)
    if outcome == "total_cost" and city.synergy is not None and city.cohort is not None:
        months = np.arange(len(plan.months))
        paid = (months >= city.cohort) & (months < (np.inf if city.ended is None else city.ended))
        table = table + np.where(paid, city.synergy, 0.0)
    effect = table[level, month]
    if not plan.spared:
        return effect
    return np.where(np.isin(insurance, [INSURANCE.index(word) for word in plan.spared]), 0.0, effect)
