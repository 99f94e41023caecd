"""Which hospitals and periods are linked by observations.

Two-way effects are identified up to one constant within a connected component of the graph whose
edges are the observed hospital-periods (Abowd, Creecy & Kramarz 2002).
"""

from __future__ import annotations

import numpy as np

from dipeval.design.layout import Layout

MOST_PAIRS = 4_000_000


def connected_components(
    unit: np.ndarray, time: np.ndarray, n_units: int, n_periods: int
) -> tuple[np.ndarray, np.ndarray]:
    """Label the components of the observed hospital × period graph.

    Parameters
    ----------
    unit, time : numpy.ndarray, shape (n,), int
        Codes of the observed rows; the rows of one unit lie together.
    n_units, n_periods : int
        Number of codes on each side.

    Returns
    -------
    unit_component, time_component : numpy.ndarray, shape (n_units,) and (n_periods,), int
        The smallest period code of the component; -1 where a unit or period is never observed.

    Notes
    -----
    Periods that follow each other within a unit are linked, which is all that matters for the periods:
    O(n) for the pairs, then the graph has n_periods nodes.
    """
    unit_component = np.full(n_units, -1)
    if not len(unit):
        return unit_component, np.full(n_periods, -1)
    same = unit[1:] == unit[:-1]
    seen = np.bincount(time, minlength=n_periods) > 0
    time_component = _join_periods(time[:-1][same], time[1:][same], seen)
    first = np.r_[True, ~same]
    unit_component[unit[first]] = time_component[time[first]]
    return unit_component, time_component


def untreated_components(
    layout: Layout, first_treated: np.ndarray, n_periods: int
) -> tuple[np.ndarray, np.ndarray]:
    """Components of the graph of the untreated rows: those before each unit's first treated period.

    Parameters
    ----------
    layout : Layout
    first_treated : numpy.ndarray, shape (N,), float
        inf for never.
    n_periods : int

    Returns
    -------
    unit_component, time_component : numpy.ndarray, shape (N,) and (n_periods,), int
        As in `connected_components`. O(N) where all units share their periods, else O(n).
    """
    if layout.shared is None:
        untreated = layout.time < layout.spread(first_treated)
        return connected_components(layout.unit[untreated], layout.time[untreated], layout.n_units, n_periods)
    time_component = np.full(n_periods, -1)
    held = layout.shared < first_treated.max(initial=-np.inf)
    label = layout.shared[0] if held.any() else -1
    time_component[layout.shared[held]] = label
    return np.where(first_treated > layout.shared[0], label, -1), time_component


def _join_periods(one: np.ndarray, other: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The smallest period that each period is linked to by pairs, -1 where it is not seen."""
    n_periods = len(seen)
    pair = one * n_periods + other
    if n_periods**2 <= MOST_PAIRS:
        pair = np.flatnonzero(np.bincount(pair, minlength=1))
    else:
        pair = np.unique(pair)
    one, other = np.divmod(pair, n_periods)
    label = np.arange(n_periods)
    while True:
        spread = label.copy()
        np.minimum.at(spread, one, label[other])
        np.minimum.at(spread, other, spread[one])
        if np.array_equal(spread, label):
            return np.where(seen, label, -1)
        label = spread
