"""The true effects: a ramp from the month of the reform to a plateau, by hospital level."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

LEVELS = ("tertiary", "secondary", "primary")
"""Order of the levels in every array of this room."""

NO_EFFECT = {"start": 0.0, "plateau": 0.0, "months": 0}


def ramp(event_time: np.ndarray, *, start: float, plateau: float, months: int) -> np.ndarray:
    """Return the effect at each event time, the same shape.

    start + (plateau − start) · min(e, months) / months for e ≥ 0 and zero before; with no months of
    ramp the plateau is reached at once.

    Parameters
    ----------
    event_time : numpy.ndarray
        Months since the first month of payment under the reform.
    start, plateau : float
        In the unit of the outcome: log points of cost, days of stay.
    months : int
        Months from start to plateau.
    """
    event_time = np.asarray(event_time, dtype=float)
    progress = np.clip(event_time, 0, months) / months if months else np.ones_like(event_time)
    return np.where(event_time >= 0, start + (plateau - start) * progress, 0.0)


def city_effects(
    by_level: Mapping[str, Mapping[str, float]], cohort: int | None, n_months: int, ended: int | None = None
) -> np.ndarray:
    """Return a city's effects by level and month, shape (3, n_months).

    Parameters
    ----------
    by_level : mapping
        ``start``, ``plateau``, ``months`` by level; a level that is absent has no effect.
    cohort : int or None
        Index of the first month of payment; None for a city that never reforms.
    n_months : int
    ended : int, optional
        Index of the first month after the city left, from which on there is no effect.
    """
    if cohort is None:
        return np.zeros((len(LEVELS), n_months))
    event_time = np.arange(n_months) - cohort
    table = np.stack([ramp(event_time, **dict(by_level.get(level, NO_EFFECT))) for level in LEVELS])
    if ended is not None:
        table[:, max(ended, 0) :] = 0.0
    return table


def strongest_decrease(by_level: Mapping[str, Mapping[str, float]]) -> float:
    """Return the largest decrease that any level ever sees, as a number that is not positive."""
    values = [float(effect[key]) for effect in by_level.values() for key in ("start", "plateau")]
    return min([0.0, *values])
