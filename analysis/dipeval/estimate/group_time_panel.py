"""Hospitals as rows and periods as columns: what group-time effects are computed from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.sample import Sample
from dipeval.estimate.unit_sums import dot

FEW_HOSPITALS = 4
"""Hospitals a block from which on sums over blocks pay."""
AT_ONCE = 1024


@dataclass(frozen=True)
class UnitPanel:
    """A complete panel of N hospitals and T periods, in places 0 … N-1 sorted by cohort and cluster.

    Attributes
    ----------
    sample : Sample
        The rows that were kept; every hospital is there in every period.
    cohorts : numpy.ndarray, shape (C,)
        Time codes of the treated cohorts.
    position : numpy.ndarray, shape (N,), int
        Cohort at each place, ascending; C for never treated, and for a reform so far after the window
        that nothing of it is seen.
    order : numpy.ndarray, shape (N,), int
        Hospital at each place.
    blocks : numpy.ndarray, shape (B, 2), int
        First and last + 1 place of each block: hospitals of one cohort and, where clusters are coarse, of
        one cluster.
    """

    sample: Sample
    cohorts: np.ndarray
    position: np.ndarray
    order: np.ndarray
    blocks: np.ndarray

    @property
    def periods(self) -> np.ndarray:
        """Time codes of the columns (T,)."""
        return self.sample.layout.shared

    @property
    def n_units(self) -> int:
        """Number of hospitals."""
        return len(self.order)

    @property
    def covariates_vary(self) -> bool:
        """Whether a covariate changes within some hospital."""
        return any(not self.sample.layout.constant(column) for column in self.sample.columns)

    @property
    def weights_vary(self) -> bool:
        """Whether weights change within some hospital."""
        return self.sample.weights is not None and not self.sample.layout.constant(self.sample.weights)

    def regressors(self, column: int) -> np.ndarray:
        """An intercept and the covariates of one period, centred and scaled, by place (N, p + 1)."""
        values = [self._table(x)[:, column][self.order] for x in self.sample.columns]
        return regressors(values, len(values), self.n_units)

    def regressors_at(self, columns: np.ndarray) -> np.ndarray:
        """The same of several periods, (periods, p + 1, N)."""
        found = np.ones((len(columns), len(self.sample.columns) + 1, self.n_units))
        for k, x in enumerate(self.sample.columns, start=1):
            values = np.ascontiguousarray(self._table(x)[self.order[:, None], columns].T)
            values -= values.mean(1, keepdims=True)
            spread = np.sqrt(np.einsum("tn,tn->t", values, values) / self.n_units)
            np.divide(values, np.where(spread > 0, spread, 1.0)[:, None], out=found[:, k])
        return found

    def weights(self, column: int) -> np.ndarray:
        """Weights of one period by place (N,)."""
        if self.sample.weights is None:
            return np.ones(self.n_units)
        return self._table(self.sample.weights)[:, column][self.order]

    def outcome(self, places: slice | np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Outcomes of some places and columns, without a copy where they lie together."""
        table = self._table(self.sample.outcome)
        if len(columns) < table.shape[1]:
            return np.stack([self.by_period[column, places] for column in columns]).T
        hospitals = self.order[places]
        first, n = hospitals[0], len(hospitals)
        if hospitals[-1] - first == n - 1 and (np.diff(hospitals) == 1).all():
            return table[first : first + n]
        return table[hospitals]

    @cached_property
    def by_period(self) -> np.ndarray:
        """Outcomes by period and place (T, N): what many cells with periods of their own are read from."""
        table = self._table(self.sample.outcome)
        turned = np.empty(table.shape[::-1])
        for first in range(0, self.n_units, AT_ONCE):
            places = slice(first, first + AT_ONCE)
            turned[:, places] = table[self.order[places]].T
        return turned

    def _table(self, column: np.ndarray) -> np.ndarray:
        return column.reshape(self.n_units, -1)


def unit_panel(sample: Sample) -> UnitPanel:
    """Arrange a sample whose hospitals are all there in every period. O(N log N), no copy of a column."""
    cohort = seen_cohort(sample.unit_cohort, sample.layout.shared, sample.design.anticipation)
    cohorts = np.unique(cohort[np.isfinite(cohort)])
    position = np.searchsorted(cohorts, cohort)
    finest, n_finest = np.arange(len(position)) // AT_ONCE, 0
    for code in sample.unit_clusters()[0].values():
        n_blocks = len(np.unique(position * (code.max() + 1) + code))
        if n_finest < n_blocks <= len(code) / FEW_HOSPITALS:
            finest, n_finest = code, n_blocks
    order = np.lexsort([finest, position])
    changes = np.diff(position[order]) | np.diff(finest[order])
    ends = np.r_[0, np.flatnonzero(changes) + 1, len(order)]
    return UnitPanel(sample, cohorts, position[order], order, np.column_stack([ends[:-1], ends[1:]]))


def seen_periods(sample: Sample) -> np.ndarray:
    """Time codes of the periods with rows, ascending (T,)."""
    shared = sample.layout.shared
    return shared if shared is not None else np.flatnonzero(np.bincount(sample.time))


def seen_cohort(cohort: np.ndarray, periods: np.ndarray, anticipation: int) -> np.ndarray:
    """Cohorts with those that come wholly after the last period as inf: they only serve as comparison."""
    return np.where(cohort - anticipation > periods.max(initial=-1), np.inf, cohort)


def without_past(sample: Sample) -> Sample:
    """Leave out hospitals treated from the first period on: there is nothing to compare them with."""
    early = sample.first_treated <= seen_periods(sample)[0]
    kept = sample
    if early.any():
        note = "treated in the first period: no period before the reform"
        kept = sample.drop(sample.layout.spread(early), "treated_from_the_start", note)
    if not np.isfinite(kept.unit_cohort).any():
        todo = "add periods before the reform"
        raise DesignError("estimate", [Problem(sample.part, "no cohort is seen before its reform", todo)])
    return kept


def seen_twice(sample: Sample) -> Sample:
    """Leave out hospitals with a single row: they have no change."""
    once = sample.layout.counts < 2
    if not once.any():
        return sample
    note = "the only row of its hospital: no change to compare"
    return sample.drop(sample.layout.spread(once), "singleton", note)


def complete_units(sample: Sample) -> Sample:
    """Leave out hospitals that lack a period."""
    short = sample.layout.counts < len(seen_periods(sample))
    if short.all():
        todo = "use gaps = pairs, or shorten the window"
        raise DesignError("estimate", [Problem(sample.part, "no hospital is there in every period", todo)])
    if not short.any():
        return sample
    note = "the hospital is not there in every period (gaps = leave_out)"
    return sample.drop(sample.layout.spread(short), "unbalanced", note)


def regressors(columns: Iterable[np.ndarray], n_columns: int, n: int) -> np.ndarray:
    """An intercept and covariates (n,) each, centred and scaled, (n, p + 1), each column contiguous.

    The estimates do not depend on their scale, the conditioning of the fits does. No column is copied.
    """
    side_by_side = np.ones((n_columns + 1, n))
    for column, place in zip(columns, side_by_side[1:], strict=True):
        np.subtract(column, column.mean(), out=place)
        spread = np.sqrt(dot(place, place) / n)
        place /= spread if spread > 0 else 1.0
    return side_by_side.T
