"""Rows arranged by cohort and period, and the sums that saturated regressions need of them.

Regressors that depend on a row's cohort, its period and interacted covariates only (period effects,
cohort × period cells, event times, treatment) are combinations of the basis ``1{cohort g, period t} (1, x)``.
With hospital effects taken out, cross products of that basis vanish between cohorts, so C matrices of size
TQ × TQ hold all that least squares needs of it (Frisch–Waugh–Lovell); no row gets a dummy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dipeval.estimate.sample import Sample

BLOCK_CELLS = 2_000_000


@dataclass(frozen=True)
class CohortPanel:
    """n rows sorted by hospital, of m hospitals, C cohorts, T periods; make it with `arrange`.

    Attributes
    ----------
    cohorts : numpy.ndarray, shape (C,), float
        In order; never treated is inf, last.
    unit_cohort : numpy.ndarray, shape (m,), int
        Position of each hospital's cohort in `cohorts`.
    starts, lengths : numpy.ndarray, shape (m,), int
        First row and number of rows of each hospital.
    time : numpy.ndarray, shape (n,), int
    weights : numpy.ndarray, shape (n,), or None
    interacted : numpy.ndarray, shape (n, Q - 1)
        Covariates of the basis, centred.
    n_periods : int
    absorbs : bool
        Whether hospital effects are taken out.
    """

    cohorts: np.ndarray
    unit_cohort: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    time: np.ndarray
    weights: np.ndarray | None
    interacted: np.ndarray
    n_periods: int
    absorbs: bool

    @property
    def n_basis(self) -> int:
        """Q: one and the interacted covariates."""
        return 1 + self.interacted.shape[1]

    @property
    def width(self) -> int:
        """Basis columns of one cohort, TQ; column ``q T + t`` is covariate q in period t."""
        return self.n_basis * self.n_periods

    @cached_property
    def cell(self) -> np.ndarray:
        """Cohort × period cell ``g T + t`` of each row (n,)."""
        return np.repeat(self.unit_cohort * self.n_periods, self.lengths) + self.time

    @cached_property
    def unit_weight(self) -> np.ndarray:
        """Sum of the weights of each hospital (m,)."""
        if self.weights is None:
            return self.lengths.astype(float)
        return np.add.reduceat(self.weights, self.starts)

    @cached_property
    def cell_weight(self) -> np.ndarray:
        """Sum of weights by cohort and period, shape (C, T)."""
        return self._by_cell(self.weights)

    def weigh(self, values: np.ndarray) -> np.ndarray:
        """Weights times values (n,)."""
        return values if self.weights is None else self.weights * values

    def to_rows(self, by_unit: np.ndarray) -> np.ndarray:
        """A column by hospital (m,) on the rows (n,)."""
        return np.repeat(by_unit, self.lengths)

    def centre(self, values: np.ndarray) -> np.ndarray:
        """A column (n,) without the means of hospitals, if their effects are taken out."""
        if not self.absorbs:
            return values
        means = np.add.reduceat(self.weigh(values), self.starts) / self.unit_weight
        return values - self.to_rows(means)

    def basis_sums(self, values: np.ndarray) -> np.ndarray:
        """Weighted sums of the basis times a column (n,), shape (C, TQ)."""
        weighted = self.weigh(values)
        columns = [self._by_cell(weighted), *(self._by_cell(weighted * x) for x in self.interacted.T)]
        return np.concatenate(columns, axis=1)

    def fitted(self, coefficients: np.ndarray) -> np.ndarray:
        """Basis times coefficients (C, TQ) on the rows (n,), hospital effects not taken out."""
        by_cell = coefficients.reshape(len(self.cohorts), self.n_basis, self.n_periods)
        values = by_cell[:, 0].ravel()[self.cell]
        for q, x in enumerate(self.interacted.T, start=1):
            values = values + by_cell[:, q].ravel()[self.cell] * x
        return values

    def raw_gram(self) -> np.ndarray:
        """Cross products of the basis by cohort before effects are taken out, (C, TQ, TQ)."""
        n_cohorts, n_periods = len(self.cohorts), self.n_periods
        gram = np.zeros((n_cohorts, self.width, self.width))
        columns = [None, *self.interacted.T]
        at = np.arange(n_periods)
        for q, left in enumerate(columns):
            for r, right in enumerate(columns[: q + 1]):
                sums = self.cell_weight if left is None else self._products(left, right)
                gram[:, q * n_periods + at, r * n_periods + at] = sums
                gram[:, r * n_periods + at, q * n_periods + at] = sums
        return gram

    def unit_gram(self) -> np.ndarray:
        """What hospital effects take out of `raw_gram`: sums of ``u u' / W`` over hospitals, (C, TQ, TQ).

        u holds a hospital's weighted basis and W its weight. O(n) where all hospitals are alike, else
        O(N (TQ)²) in blocks.
        """
        n_cohorts = len(self.cohorts)
        if self._alike():
            hospitals = np.bincount(self.unit_cohort, minlength=n_cohorts)
            return np.tile(hospitals[:, None, None] / self.n_periods, (1, self.width, self.width))
        gram = np.zeros((n_cohorts, self.width, self.width))
        step = max(1, BLOCK_CELLS // self.width)
        for first in range(0, len(self.starts), step):
            units = slice(first, first + step)
            block, cohort = self._dense(units), self.unit_cohort[units]
            scaled = block / np.sqrt(self.unit_weight[units])[:, None]
            for g in np.unique(cohort):
                part = scaled[cohort == g]
                gram[g] += part.T @ part
        return gram

    def _products(self, left: np.ndarray, right: np.ndarray | None) -> np.ndarray:
        return self._by_cell(self.weigh(left if right is None else left * right))

    def _by_cell(self, values: np.ndarray | None) -> np.ndarray:
        shape = (len(self.cohorts), self.n_periods)
        return np.bincount(self.cell, values, minlength=shape[0] * shape[1]).reshape(shape).astype(float)

    def _alike(self) -> bool:
        """No weights, no interactions, and every hospital seen once in every period."""
        n_periods = self.n_periods
        return (
            self.weights is None
            and self.n_basis == 1
            and len(self.time) == len(self.starts) * n_periods
            and bool((self.lengths == n_periods).all())
            and bool((self.time.reshape(-1, n_periods) == np.arange(n_periods)).all())
        )

    def _dense(self, units: slice) -> np.ndarray:
        """Weighted basis of some hospitals, summed by hospital, shape (units, TQ)."""
        lengths = self.lengths[units]
        first = self.starts[units.start]
        rows = slice(first, first + int(lengths.sum()))
        at = np.repeat(np.arange(len(lengths)) * self.n_periods, lengths) + self.time[rows]
        weight = np.ones(len(at)) if self.weights is None else self.weights[rows]
        columns = [weight, *(weight * x for x in self.interacted[rows].T)]
        size = len(lengths) * self.n_periods
        sums = [np.bincount(at, column, minlength=size).reshape(-1, self.n_periods) for column in columns]
        return np.concatenate(sums, axis=1)


def arrange(sample: Sample, interacted: np.ndarray | None = None, *, absorbs: bool = True) -> CohortPanel:
    """Arrange a sample by cohort and period.

    Parameters
    ----------
    sample : Sample
    interacted : numpy.ndarray, shape (n, Q - 1), optional
        Covariates that enter the basis; they are centred here, which changes no fitted value.
    absorbs : bool
        Whether hospital effects are taken out.

    Returns
    -------
    CohortPanel

    Notes
    -----
    O(n).
    """
    n = sample.n_obs
    first = np.flatnonzero(np.r_[True, sample.unit[1:] != sample.unit[:-1]])
    cohorts, unit_cohort = np.unique(sample.cohort[first], return_inverse=True)
    columns = np.empty((n, 0)) if interacted is None else interacted
    if columns.shape[1]:
        columns = columns - np.average(columns, axis=0, weights=sample.weights)
    return CohortPanel(
        cohorts=cohorts,
        unit_cohort=unit_cohort,
        starts=first,
        lengths=np.diff(np.r_[first, n]),
        time=sample.time,
        weights=sample.weights,
        interacted=columns,
        n_periods=sample.design.n_periods,
        absorbs=absorbs,
    )
