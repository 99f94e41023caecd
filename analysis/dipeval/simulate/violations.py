"""What breaks the design of an invented study on purpose, so that checks can be held against it.

All of it moves what cases would have been without the reform, or who is observed: the true effect of the reform on a
case stays what it is, and estimates that trust the design miss it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..errors import Problem
from .diagnoses import Diagnoses
from .streams import stream

NONE: Mapping[str, float] = {
    "drift": 0.0,
    "anticipated": 0.0,
    "anticipated_months": 0,
    "closing": 0.0,
    "lighter": 0.0,
}
LIGHT = 0.4
"""Light diagnoses are the cheapest ones that hold this share of all cases."""


def reformed_drift(n_months: int, cohort: int | None, told: Mapping[str, float]) -> np.ndarray | None:
    """Log points by which a reformed city's untreated cost departs from the others, shape (T,).

    ``drift t`` in month t, and ``anticipated`` in the ``anticipated_months`` before the reform.

    Parameters
    ----------
    n_months : int
    cohort : int or None
        Index of the first month of payment.
    told : mapping
        As `NONE`.

    Returns
    -------
    numpy.ndarray or None
        None for a city without reform, or where neither is broken.
    """
    if cohort is None or not (told["drift"] or told["anticipated"]):
        return None
    month = np.arange(n_months)
    early = (month >= cohort - told["anticipated_months"]) & (month < cohort)
    return told["drift"] * month + np.where(early, told["anticipated"], 0.0)


def closed(seed: int, city: str, level: np.ndarray, cohort: int | None, share: float) -> np.ndarray:
    """Which hospitals (H,) of a reformed city send nothing from the reform on: some that are not tertiary.

    Parameters
    ----------
    level : numpy.ndarray, shape (H,), int
        0 is tertiary.
    share : float
        Of the hospitals below tertiary; which ones is drawn.
    """
    chance = stream(seed, city, "closing").random(len(level))
    return (chance < share) & (level > 0) if cohort is not None and share else np.zeros(len(level), bool)


def with_lighter_cases(
    seed: int,
    city: str,
    cohort: int | None,
    share: float,
    diagnosis: np.ndarray,
    month: np.ndarray,
    known: Diagnoses,
) -> np.ndarray:
    """Diagnoses (n,) of which a share are light ones from the reform on: the hospital admits other patients.

    Parameters
    ----------
    diagnosis, month : numpy.ndarray, shape (n,), int
    share : float
        Of the cases of a reformed city from the reform on.
    """
    if cohort is None or not share:
        return diagnosis
    generator = stream(seed, city, "lighter")
    frequency = np.diff(known.cumulative, prepend=0.0)
    order = np.argsort(known.log_cost, kind="stable")
    light = order[: int(np.searchsorted(np.cumsum(frequency[order]), LIGHT)) + 1]
    chance = frequency[light] / frequency[light].sum()
    drawn = light[np.searchsorted(np.cumsum(chance)[:-1], generator.random(len(diagnosis)), side="right")]
    changed = (month >= cohort) & (generator.random(len(diagnosis)) < share)
    return np.where(changed, drawn, diagnosis)


def violation_problems(told: Mapping[str, float], where: str) -> list[Problem]:
    """Anticipation without a size, or without months."""
    if bool(told["anticipated"]) == bool(told["anticipated_months"]):
        return []
    todo = "give both anticipated and anticipated_months, or neither"
    return [Problem(f"{where}, simulate.violations.anticipated", "has a size or a length alone", todo)]
