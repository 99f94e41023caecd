"""The exact two-way projector: hospital and period effects taken out in one small solve.

With hospital effects eliminated, the normal equations of the period effects are
``S γ = r``, ``S = D_t − B' D_u⁻¹ B`` (T × T), where B (N × T) holds the weights of the observed
hospital-periods and D_u, D_t its row and column sums. S is a weighted graph Laplacian with one null
direction per connected component, so one period a component is fixed at zero and the rest is
positive definite. No iteration, no tolerance (Baltagi 2013, chapter 9, for unbalanced panels).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dipeval.design.connected import connected_components

BLOCK_CELLS = 4_000_000


@dataclass(frozen=True)
class TwoWayProjector:
    """A fitted projector for one sample of n rows sorted by unit; make it with `fit_projector`.

    Attributes
    ----------
    units : numpy.ndarray, shape (m,), int
        Codes of the units in the sample.
    starts : numpy.ndarray, shape (m,), int
        First row of each unit.
    local : numpy.ndarray, shape (n,), int
        Position of each row's unit in `units`.
    time : numpy.ndarray, shape (n,), int
    weights : numpy.ndarray, shape (n,), or None
        None means weights of one.
    unit_weight : numpy.ndarray, shape (m,)
        Sum of weights of each unit.
    inverse : numpy.ndarray, shape (T, T)
        A generalised inverse of S: zero in the rows of the fixed and of the unseen periods.
    n_units, n_periods : int
        Sizes of the code ranges.
    n_components : int
    """

    units: np.ndarray
    starts: np.ndarray
    local: np.ndarray
    time: np.ndarray
    weights: np.ndarray | None
    unit_weight: np.ndarray
    inverse: np.ndarray
    n_units: int
    n_periods: int
    n_components: int

    @property
    def n_obs(self) -> int:
        """Number of rows."""
        return len(self.time)

    @property
    def n_periods_seen(self) -> int:
        """Number of periods with at least one row."""
        return int((np.bincount(self.time, minlength=self.n_periods) > 0).sum())

    def weigh(self, values: np.ndarray) -> np.ndarray:
        """Weights times values; the values themselves without weights."""
        return values if self.weights is None else self.weights * values

    def unit_means(self, values: np.ndarray) -> np.ndarray:
        """Weighted mean of a column (n,) by unit, shape (m,)."""
        return np.add.reduceat(self.weigh(values), self.starts) / self.unit_weight

    def time_sums(self, values: np.ndarray) -> np.ndarray:
        """Weighted sum of a column (n,) by period, shape (T,)."""
        return np.bincount(self.time, self.weigh(values), minlength=self.n_periods)

    def effects(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Least-squares hospital and period effects of a column.

        Parameters
        ----------
        values : numpy.ndarray, shape (n,)

        Returns
        -------
        unit_effect : numpy.ndarray, shape (m,)
        period_effect : numpy.ndarray, shape (T,)
            Zero for the fixed period of each component and for periods not in the sample.
        """
        centred = values - self.unit_means(values)[self.local]
        period_effect = self.inverse @ self.time_sums(centred)
        return self.unit_means(values - period_effect[self.time]), period_effect

    def residuals(self, values: np.ndarray) -> np.ndarray:
        """A column (n,) without hospital and period effects. Cost O(n + T²)."""
        unit_effect, period_effect = self.effects(values)
        return values - period_effect[self.time] - unit_effect[self.local]

    def predict(
        self, effects: tuple[np.ndarray, np.ndarray], unit: np.ndarray, time: np.ndarray
    ) -> np.ndarray:
        """Sum of both effects for any rows; NaN for units that are not in the sample."""
        everywhere = np.full(self.n_units, np.nan)
        everywhere[self.units] = effects[0]
        return everywhere[unit] + effects[1][time]


def _unit_blocks(
    starts: np.ndarray,
    local: np.ndarray,
    time: np.ndarray,
    weights: np.ndarray | None,
    n_periods: int,
) -> Iterator[tuple[int, int, np.ndarray]]:
    step = max(1, BLOCK_CELLS // n_periods)
    for first in range(0, len(starts), step):
        last = min(first + step, len(starts))
        rows = slice(starts[first], starts[last] if last < len(starts) else len(time))
        at = (local[rows] - first) * n_periods + time[rows]
        weight = None if weights is None else weights[rows]
        cells = np.bincount(at, weight, minlength=(last - first) * n_periods)
        yield first, last, cells.reshape(last - first, n_periods).astype(float, copy=False)


def fit_projector(
    unit: np.ndarray, time: np.ndarray, weights: np.ndarray | None, n_units: int, n_periods: int
) -> TwoWayProjector:
    """Prepare the projector of one sample.

    Parameters
    ----------
    unit, time : numpy.ndarray, shape (n,), int
        Codes; rows sorted by unit, no unit-period twice.
    weights : numpy.ndarray, shape (n,), or None
        Positive.
    n_units, n_periods : int
        Sizes of the code ranges; not every code need occur.

    Returns
    -------
    TwoWayProjector

    Notes
    -----
    O(n + N T²) time in blocks, O(n + T²) memory.
    """
    first_row = np.r_[True, unit[1:] != unit[:-1]] if len(unit) else np.zeros(0, bool)
    starts, local = np.flatnonzero(first_row), np.cumsum(first_row) - 1
    ones = np.diff(np.r_[starts, len(unit)]).astype(float)
    unit_weight = ones if weights is None else np.add.reduceat(weights, starts)
    laplacian = np.diag(np.bincount(time, weights, minlength=n_periods).astype(float))
    for first, last, cells in _unit_blocks(starts, local, time, weights, n_periods):
        laplacian -= cells.T @ (cells / unit_weight[first:last, None])
    _, component = connected_components(unit, time, n_units, n_periods)
    inverse, n_components = _grounded_inverse(laplacian, component)
    return TwoWayProjector(
        unit[starts],
        starts,
        local,
        time,
        weights,
        unit_weight,
        inverse,
        n_units,
        n_periods,
        n_components,
    )


def _grounded_inverse(laplacian: np.ndarray, component: np.ndarray) -> tuple[np.ndarray, int]:
    """Inverse with one period a component fixed at zero, and the number of components."""
    labels = np.unique(component[component >= 0])
    free = component >= 0
    for label in labels:
        member = np.flatnonzero(component == label)
        free[member[np.argmax(np.diag(laplacian)[member])]] = False
    inverse = np.zeros_like(laplacian)
    if free.any():
        solved = np.linalg.inv(laplacian[np.ix_(free, free)])
        inverse[np.ix_(free, free)] = (solved + solved.T) / 2
    return inverse, len(labels)
