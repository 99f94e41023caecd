"""Paths of cost that keep an assumption from holding: a city that grows faster, a country that turns.

They enter the cost that discharges would have without the reform, so the true effects stay what they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .calendar import first_month


def city_drift(
    months: np.ndarray, turn: Mapping[str, object], path: Mapping[str, float] | None
) -> np.ndarray | None:
    """Return the log points that a city's cost has in each month beside the path of all studies.

    ``level + growth t + before min(t, u) + after max(t - u, 0)`` in month t = 0, 1, …, where u is the month of
    the turn.

    Parameters
    ----------
    months : numpy.ndarray of datetime64[M], shape (T,)
    turn : mapping
        ``at``, ``before``, ``after``; for all cities. Without ``at`` there is none.
    path : mapping or None
        ``level``, ``growth``; of this city.

    Returns
    -------
    numpy.ndarray, shape (T,), or None
        None where there is neither turn nor path.
    """
    at = turn.get("at")
    if not at and path is None:
        return None
    elapsed = np.arange(len(months), dtype=float)
    own = path or {"level": 0.0, "growth": 0.0}
    drift = own["level"] + own["growth"] * elapsed
    if not at:
        return drift
    place = float((first_month(str(at)) - months[0]).astype(int))
    before, after = np.minimum(elapsed, place), np.maximum(elapsed - place, 0)
    return drift + float(turn["before"]) * before + float(turn["after"]) * after
