"""Which hospitals and periods are linked by observations.

Two-way effects are identified up to one constant within a connected component of the graph whose
edges are the observed hospital-periods (Abowd, Creecy & Kramarz 2002).
"""

from __future__ import annotations

import numpy as np


def connected_components(
    unit: np.ndarray, time: np.ndarray, n_units: int, n_periods: int
) -> tuple[np.ndarray, np.ndarray]:
    """Label the components of the observed hospital × period graph.

    Parameters
    ----------
    unit, time : numpy.ndarray, shape (n,), int
        Codes of the observed rows.
    n_units, n_periods : int
        Number of codes on each side.

    Returns
    -------
    unit_component, time_component : numpy.ndarray, shape (n_units,) and (n_periods,), int
        The smallest period code of the component; -1 where a unit or period is never observed.

    Notes
    -----
    Labels travel along the edges until nothing changes: O(n) a round, and the rounds are bounded
    by the diameter of the graph (two in ordinary panels).
    """
    unit_component = np.full(n_units, n_periods)
    time_component = np.arange(n_periods)
    while True:
        np.minimum.at(unit_component, unit, time_component[time])
        spread = time_component.copy()
        np.minimum.at(spread, time, unit_component[unit])
        if np.array_equal(spread, time_component):
            break
        time_component = spread
    seen = np.zeros(n_periods, bool)
    seen[time] = True
    unit_component[unit_component == n_periods] = -1
    time_component = np.where(seen, time_component, -1)
    return unit_component, time_component
