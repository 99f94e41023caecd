"""Long differences of hospitals around each date at which some are reformed, and their sums by date.

A hospital reformed at t is compared with hospitals untreated through t + h: ``y_{i,t+h}`` minus its level
before t. All that a regression on these differences needs are sums by date, so dates and horizons are never
stacked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dipeval.estimate.sample import Sample

BLOCK_CELLS = 60_000


@dataclass(frozen=True)
class Horizon:
    """The mean of the outcomes at event times first … last."""

    first: int
    last: int

    @property
    def reach(self) -> int:
        """Periods from the date on over which a clean control is untreated."""
        return max(self.last, 0)


@dataclass(frozen=True)
class Dates:
    """What is common to all horizons of m hospitals, T periods, C cohorts, p covariates.

    Attributes
    ----------
    sample : Sample
    reference : int
        Event time of the base, and of weights and covariates.
    base_periods : int or None
        Periods up to the reference whose mean is the base; None for all that are observed.
    cohorts : numpy.ndarray, shape (C,), float
    unit_cohort : numpy.ndarray, shape (m,), int
    centre : numpy.ndarray, shape (p,)
        Means of the covariates, taken off so that sums of squares lose no digits.
    """

    sample: Sample
    reference: int
    base_periods: int | None
    cohorts: np.ndarray
    unit_cohort: np.ndarray
    centre: np.ndarray

    @property
    def n_periods(self) -> int:
        """T."""
        return self.sample.design.n_periods

    def clean(self, horizon: Horizon) -> np.ndarray:
        """Whether hospitals of each cohort are clean controls at each date, (C, T), float."""
        first_treated = self.cohorts - self.sample.design.anticipation
        clean = first_treated[:, None] > np.arange(self.n_periods) + horizon.reach
        if self.sample.design.comparison == "never_treated":
            clean &= np.isinf(self.cohorts)[:, None]
        return clean.astype(float)

    def span(self, horizon: Horizon) -> tuple[int, int]:
        """First date and the one after the last at which the horizon lies in the calendar."""
        first = max(0, -self.reference, -horizon.first)
        return first, max(first, self.n_periods - max(horizon.last, 0))

    def blocks(self) -> Iterator[Block]:
        """Blocks of hospitals, with their outcomes, bases, weights and covariates side by side."""
        sample, layout = self.sample, self.sample.layout
        step = max(1, BLOCK_CELLS // self.n_periods)
        for first in range(0, layout.n_units, step):
            units = slice(first, min(first + step, layout.n_units))
            rows = slice(layout.starts[units.start], layout.starts[units.stop])
            columns = [sample.outcome, *sample.columns, *([] if sample.weights is None else [sample.weights])]
            outcome, *rest = (self._table(column[rows], units, rows) for column in columns)
            weights = None if sample.weights is None else rest.pop()
            covariates = tuple(x - centre for x, centre in zip(rest, self.centre, strict=True))
            yield Block(self, units, outcome, _base(outcome, self.base_periods), weights, covariates)

    def _table(self, values: np.ndarray, units: slice, rows: slice) -> np.ndarray:
        """A column of some hospitals as hospital × period, NaN where they have no row."""
        layout, n_units = self.sample.layout, units.stop - units.start
        if layout.shared is not None and len(layout.shared) == self.n_periods:
            return values.reshape(n_units, -1)
        table = np.full((n_units, self.n_periods), np.nan)
        unit = np.repeat(np.arange(n_units), layout.counts[units])
        table[unit, layout.time[rows]] = values
        return table


def _base(outcome: np.ndarray, periods: int | None) -> np.ndarray:
    """Mean outcome of the last periods up to each one (m, T): all of them observed, or all that are."""
    if periods == 1:
        return outcome
    sums = np.cumsum(np.nan_to_num(outcome), axis=1)
    counts = np.cumsum(np.isfinite(outcome), axis=1).astype(float)
    if periods is not None:
        counts[:, periods:] -= counts[:, :-periods].copy()
        sums[:, periods:] -= sums[:, :-periods].copy()
    enough = counts > 0 if periods is None else counts == periods
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=enough)


def arrange_dates(sample: Sample, base_periods: int | None) -> Dates:
    """Prepare the long differences of a sample. O(n)."""
    cohorts, unit_cohort = np.unique(sample.unit_cohort, return_inverse=True)
    centre = np.array([np.average(column, weights=sample.weights) for column in sample.columns])
    return Dates(sample, sample.design.reference, base_periods, cohorts, unit_cohort, centre)


@dataclass(frozen=True)
class Differences:
    """Long differences of b hospitals at D dates; those of controls by date, of the treated one a hospital.

    Attributes
    ----------
    control, control_weight : numpy.ndarray, shape (b, D)
        Zero where there is none, weight too.
    control_x : tuple of numpy.ndarray, shape (b, D)
    unit : numpy.ndarray, shape (k,), int
        Treated hospitals among the b.
    date : numpy.ndarray, shape (k,), int
        Their date, counted from the first.
    treated, treated_weight : numpy.ndarray, shape (k,)
    treated_x : tuple of numpy.ndarray, shape (k,)
    weighted : bool
        Whether weights are others than zero and one.
    """

    control: np.ndarray
    control_weight: np.ndarray
    control_x: tuple[np.ndarray, ...]
    unit: np.ndarray
    date: np.ndarray
    treated: np.ndarray
    treated_weight: np.ndarray
    treated_x: tuple[np.ndarray, ...]
    weighted: bool


@dataclass(frozen=True)
class Block:
    """Some hospitals: tables hospital × period (b, T), NaN where there is no row."""

    dates: Dates
    units: slice
    outcome: np.ndarray
    base: np.ndarray
    weights: np.ndarray | None
    covariates: tuple[np.ndarray, ...]

    @cached_property
    def complete(self) -> bool:
        """Whether no hospital lacks a period or a base."""
        shared = self.dates.sample.layout.shared
        whole = shared is not None and len(shared) == self.dates.n_periods
        return whole and self.dates.base_periods in (1, None)

    def differences(self, horizon: Horizon, clean: np.ndarray) -> Differences:
        """Long differences of one horizon; `clean` (C, T) from `Dates.clean`."""
        first, end = self.dates.span(horizon)
        before = slice(first + self.dates.reference, end + self.dates.reference)
        moved = self._target(horizon, first, end) - self.base[:, before]
        x = tuple(column[:, before] for column in self.covariates)
        weights = None if self.weights is None else self.weights[:, before]
        cohort = self.dates.unit_cohort[self.units]
        weight = clean[:, first:end][cohort]
        date = self.dates.cohorts[cohort] - first
        unit = np.flatnonzero((date >= 0) & (date < end - first))
        at = date[unit].astype(np.int64)
        if not self.complete:
            seen = np.isfinite(moved)
            for column in (*x, *(() if weights is None else (weights,))):
                seen &= np.isfinite(column)
            there = seen[unit, at]
            unit, at = unit[there], at[there]
            weight = weight * seen
            moved = np.where(seen, moved, 0.0)
            x = tuple(np.where(seen, column, 0.0) for column in x)
            weights = None if weights is None else np.where(seen, weights, 0.0)
        own = np.ones(len(unit)) if weights is None else weights[unit, at]
        weight = weight if weights is None else weight * weights
        mine = tuple(column[unit, at] for column in x)
        return Differences(moved, weight, x, unit, at, moved[unit, at], own, mine, weights is not None)

    def _target(self, horizon: Horizon, first: int, end: int) -> np.ndarray:
        """Mean outcome over the horizon at each date (b, D)."""
        total = self.outcome[:, first + horizon.first : end + horizon.first]
        for h in range(horizon.first + 1, horizon.last + 1):
            total = total + self.outcome[:, first + h : end + h]
        return total if horizon.last == horizon.first else total / (horizon.last - horizon.first + 1)
