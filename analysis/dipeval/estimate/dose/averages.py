"""Averages of comparisons over cohorts and periods, with the influence of the cohorts' shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.dose.comparisons import Comparison
from dipeval.estimate.sample import Sample

LEVEL, SLOPE = 0, 1
"""Places of ATT° and ACRT° among the functionals."""


@dataclass(frozen=True)
class Cell:
    """One comparison.

    Attributes
    ----------
    cohort : float
    time, event_time : int
    found : Comparison
    covers : numpy.ndarray, shape (D,), bool
        Doses within those of the cohort.
    members : numpy.ndarray, int
        Hospitals of the cohort, by which it is weighed.
    weights : numpy.ndarray
        Of the members, in the last period before the reform.
    """

    cohort: float
    time: int
    event_time: int
    found: Comparison
    covers: np.ndarray
    members: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class Averages:
    """Averages over chosen cells: A of them.

    Attributes
    ----------
    values : numpy.ndarray, shape (A,)
        NaN where no cell is chosen.
    influence : dict of str to numpy.ndarray, shape (G, A)
    cells : tuple of tuple of Cell, length A
    event_times : numpy.ndarray, shape (E,), int
        The averages are ATT°, ACRT°, ATT(d) and ACRT(d) at D doses, ATT° and ACRT° at E event times.
    """

    values: np.ndarray
    influence: dict[str, np.ndarray]
    cells: tuple[tuple[Cell, ...], ...]
    event_times: np.ndarray


def averaged(sample: Sample, cells: Sequence[Cell], n_doses: int, overall: str) -> Averages:
    """Average over cohorts and periods.

    Parameters
    ----------
    sample : Sample
    cells : sequence of Cell
    n_doses : int
    overall : {"simple", "group"}
        Whether each period of a cohort counts with the cohort's weight, or all of them together.

    Returns
    -------
    Averages
        Event times are those of the design's window that some cell has.
    """
    after = [cell for cell in cells if cell.event_time >= 0]
    first, last = sample.design.event_window
    events = np.array(sorted({c.event_time for c in cells if first <= c.event_time <= last}), int)
    asked: list[tuple[int, list[Cell], bool]] = [(LEVEL, after, True), (SLOPE, after, True)]
    for start in (2, 2 + n_doses):
        asked += [(start + k, [c for c in after if c.covers[k]], True) for k in range(n_doses)]
    for place in (LEVEL, SLOPE):
        asked += [(place, [c for c in cells if c.event_time == e], False) for e in events]
    values = np.full(len(asked), np.nan)
    by_unit = np.zeros((sample.layout.n_units, len(asked)))
    for k, (place, chosen, together) in enumerate(asked):
        if chosen:
            values[k], by_unit[:, k] = _average(chosen, place, overall == "group" and together, len(by_unit))
    codes, facts = sample.unit_clusters()
    influence = {}
    for name, code in codes.items():
        influence[name] = np.zeros((facts[name].n, len(asked)))
        np.add.at(influence[name], code, by_unit)
        influence[name][:, np.isnan(values)] = np.nan
    return Averages(values, influence, tuple(tuple(chosen) for _, chosen, _ in asked), events)


def _average(cells: Sequence[Cell], place: int, by_cohort: bool, n_units: int) -> tuple[float, np.ndarray]:
    """One average and the influence of each hospital (m,)."""
    cohorts = [cell.cohort for cell in cells]
    each = np.array([1 / cohorts.count(c) if by_cohort else 1.0 for c in cohorts])
    mass = each * np.array([cell.weights.sum() for cell in cells])
    values = np.array([cell.found.values[place] for cell in cells])
    total = mass.sum()
    value = float(mass @ values / total)
    influence = np.zeros(n_units)
    for cell, share, one, own in zip(cells, mass / total, each / total, values, strict=True):
        influence[cell.found.units] += share * cell.found.influence[:, place]
        influence[cell.members] += one * (own - value) * cell.weights
    return value, influence
