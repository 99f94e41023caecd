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

from dipeval.design.connected import connected_components
from dipeval.design.layout import Layout
from dipeval.estimate.sample import Sample
from dipeval.estimate.unit_sums import UnitSums, centre_by_unit

BLOCK_CELLS = 2_000_000


@dataclass(frozen=True)
class CohortPanel:
    """n rows sorted by hospital, of m hospitals, C cohorts, T periods; make it with `arrange`.

    Attributes
    ----------
    layout : Layout
        Where the rows of each hospital lie, and in which periods.
    cohorts : numpy.ndarray, shape (C,), float
        In order; never treated is inf, last.
    unit_cohort : numpy.ndarray, shape (m,), int
        Position of each hospital's cohort in `cohorts`.
    weights : numpy.ndarray, shape (n,), or None
    interacted : numpy.ndarray, shape (n, Q - 1)
        Covariates of the basis, centred.
    n_periods : int
    absorbs : bool
        Whether hospital effects are taken out.
    mask : numpy.ndarray, shape (C, T), bool, or None
        Cells whose rows inform the regression; the rows of others have weight zero, and get residuals.
    """

    layout: Layout
    cohorts: np.ndarray
    unit_cohort: np.ndarray
    weights: np.ndarray | None
    interacted: np.ndarray
    n_periods: int
    absorbs: bool
    mask: np.ndarray | None = None

    @property
    def n_obs(self) -> int:
        """Number of rows that inform the regression."""
        return self.layout.n_rows if self.mask is None else int(self.cell_rows[self.mask].sum())

    @property
    def starts(self) -> np.ndarray:
        """First row of each hospital (m,)."""
        return self.layout.starts[:-1]

    @property
    def lengths(self) -> np.ndarray:
        """Rows of each hospital (m,)."""
        return self.layout.counts

    @property
    def time(self) -> np.ndarray:
        """Period of each row (n,)."""
        return self.layout.time

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
    def row_weights(self) -> np.ndarray | None:
        """Weights (n,), zero outside the mask; None means one everywhere."""
        if self.mask is None:
            return self.weights
        inside = self._of_cells(self.mask)
        return inside.astype(float) if self.weights is None else np.where(inside, self.weights, 0.0)

    @cached_property
    def unit_weight(self) -> np.ndarray:
        """Sum of the weights of each hospital (m,)."""
        if self.row_weights is None:
            return self.lengths.astype(float)
        return np.add.reduceat(self.row_weights, self.starts)

    @cached_property
    def cell_weight(self) -> np.ndarray:
        """Sum of weights by cohort and period, shape (C, T)."""
        return self._inside(self.cohort_sums.by_period(self.weights))

    @cached_property
    def cell_rows(self) -> np.ndarray:
        """Rows by cohort and period, shape (C, T), int."""
        return self.cohort_sums.by_period(None).astype(np.int64)

    @cached_property
    def n_components(self) -> int:
        """Parts of the panel that no hospital links; each has a level of its own."""
        if self.layout.shared is not None:
            return 1
        keep = slice(None) if self.mask is None else self.mask.ravel()[self.cell]
        unit, time = self.layout.unit[keep], self.time[keep]
        part = connected_components(unit, time, self.layout.n_units, self.n_periods)[1]
        return len(np.unique(part[part >= 0]))

    @cached_property
    def alike(self) -> bool:
        """No weights, no interactions, and all hospitals seen in the same periods."""
        return self.weights is None and self.n_basis == 1 and self.layout.shared is not None

    def weigh(self, values: np.ndarray) -> np.ndarray:
        """Weights times values (n,)."""
        return values if self.row_weights is None else self.row_weights * values

    def to_rows(self, by_unit: np.ndarray) -> np.ndarray:
        """A column by hospital (m,) on the rows (n,)."""
        return np.repeat(by_unit, self.lengths)

    def centre(self, values: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """A column (n,) without the means of hospitals, if their effects are taken out."""
        if not self.absorbs:
            return values
        return centre_by_unit(self.layout, values, self.row_weights, self.unit_weight, out)

    def sums_by(self, code: np.ndarray, n_codes: int) -> UnitSums:
        """Sums over groups of hospitals; `code` is by hospital (m,)."""
        return UnitSums(self.layout, code, n_codes, self.n_periods)

    def pairs(self, code: np.ndarray, n_codes: int) -> tuple[np.ndarray, np.ndarray, UnitSums]:
        """Groups of hospitals of one cohort and one cluster: cohort, cluster, and sums over them.

        `code` is by hospital (m,); the groups of an array are made once, since an estimate asks several times.
        """
        for known, found in self._known_pairs:
            if known is code:
                return found
        pairs, pair = np.unique(self.unit_cohort * n_codes + code, return_inverse=True)
        self._known_pairs.append((code, (*np.divmod(pairs, n_codes), self.sums_by(pair, len(pairs)))))
        return self._known_pairs[-1][1]

    @cached_property
    def _known_pairs(self) -> list[tuple[np.ndarray, tuple[np.ndarray, np.ndarray, UnitSums]]]:
        return []

    def basis_sums(self, values: np.ndarray) -> np.ndarray:
        """Weighted sums of the basis times a column (n,), shape (C, TQ)."""
        return self.basis_by(self.cohort_sums, self.weigh(values))

    def basis_by(self, sums: UnitSums, weighted: np.ndarray) -> np.ndarray:
        """Sums of the basis times a weighted column (n,) over groups of hospitals, shape (groups, TQ)."""
        columns = [weighted, *(weighted * x for x in self.interacted.T)]
        return np.concatenate([sums.by_period(column) for column in columns], axis=1)

    def period_columns(self) -> np.ndarray:
        """Effects of periods, and of periods times interacted covariates, as columns of every cohort (C, TQ, k).

        With hospital effects taken out the first seen period is left out: the others are measured from it.
        """
        columns = np.eye(self.width)
        if self.absorbs:
            columns = np.delete(columns, int(np.argmax(self.cell_weight.sum(0) > 0)), axis=1)
        return np.broadcast_to(columns, (len(self.cohorts), *columns.shape))

    def fitted(self, coefficients: np.ndarray) -> np.ndarray:
        """Basis times coefficients (C, TQ) on the rows (n,), hospital effects not taken out."""
        by_cell = coefficients.reshape(len(self.cohorts), self.n_basis, self.n_periods)
        values = self._of_cells(by_cell[:, 0])
        for q, x in enumerate(self.interacted.T, start=1):
            values += self._of_cells(by_cell[:, q]) * x
        return values

    def _of_cells(self, by_cell: np.ndarray) -> np.ndarray:
        """Values by cohort and period (C, T) on the rows (n,)."""
        if self.layout.shared is None:
            return by_cell.ravel()[self.cell]
        return by_cell[:, self.layout.shared][self.unit_cohort].ravel()

    def take_out(self, values: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
        """A column (n,) minus the basis times coefficients (C, TQ), the latter as by `centre`."""
        if not self.alike:
            return values - self.centre(self.fitted(coefficients))
        table = coefficients[:, self.layout.shared]
        if self.absorbs:
            inside = self._inside(np.ones((len(self.cohorts), self.n_periods)))[:, self.layout.shared]
            sizes = np.maximum(inside.sum(1, keepdims=True), 1)
            table = table - (table * inside).sum(1, keepdims=True) / sizes
        left = table[self.unit_cohort]
        np.subtract(values.reshape(left.shape), left, out=left)
        return left.ravel()

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
        return self._inside(self._inside(self._hospital_products, 1), 2)

    def levels_by_period(self) -> np.ndarray:
        """Sums over hospitals of ``w_s u_t / W``, with w outside the mask too, (C, T, T): how much of the
        level of a group's hospitals each period of the regression makes."""
        return self._inside(self._hospital_products, 2)

    @cached_property
    def _hospital_products(self) -> np.ndarray:
        n_cohorts = len(self.cohorts)
        gram = np.zeros((n_cohorts, self.width, self.width))
        if self.alike:
            seen, hospitals = self.layout.shared, np.bincount(self.unit_cohort, minlength=n_cohorts)
            sizes = self._inside(np.ones((n_cohorts, self.n_periods)))[:, seen].sum(1)
            gram[:, seen[:, None], seen] = (hospitals / np.maximum(sizes, 1))[:, None, None]
            return gram
        if self.weights is None and self.mask is None and self.layout.shared is not None:
            self._fill_unweighted(gram)
            return gram
        step = max(1, BLOCK_CELLS // self.width)
        for first in range(0, self.layout.n_units, step):
            units = slice(first, min(first + step, self.layout.n_units))
            block, cohort = self._dense(units), self.unit_cohort[units]
            block /= np.sqrt(self.unit_weight[units])[:, None]
            for g in np.unique(cohort):
                part = block[cohort == g]
                gram[g] += part.T @ part
        return gram

    def _fill_unweighted(self, gram: np.ndarray) -> None:
        """The same where hospitals share their periods: their means of the intercept are all alike."""
        seen = self.layout.shared
        at = [q * self.n_periods + seen for q in range(self.n_basis)]
        for g in range(len(self.cohorts)):
            mine = np.flatnonzero(self.unit_cohort == g)
            tables = [x.reshape(-1, len(seen))[mine] for x in self.interacted.T]
            gram[g][np.ix_(at[0], at[0])] = len(mine)
            for q, table in enumerate(tables, start=1):
                sums = table.sum(0)
                gram[g][np.ix_(at[q], at[0])] = sums[:, None]
                gram[g][np.ix_(at[0], at[q])] = sums
                for r, other in enumerate(tables[:q], start=1):
                    products = table.T @ other
                    gram[g][np.ix_(at[q], at[r])] = products
                    gram[g][np.ix_(at[r], at[q])] = products.T
        gram /= len(seen)

    def _inside(self, values: np.ndarray, axis: int = 1) -> np.ndarray:
        """Values by cohort and basis column (C, …), zero on `axis` outside the mask."""
        if self.mask is None:
            return values
        mask = np.tile(self.mask, self.n_basis) if values.shape[axis] == self.width else self.mask
        shape = [len(values)] + [1] * (values.ndim - 1)
        shape[axis] = mask.shape[1]
        return values * mask.reshape(shape)

    @cached_property
    def cohort_sums(self) -> UnitSums:
        """Sums over the hospitals of each cohort."""
        return self.sums_by(self.unit_cohort, len(self.cohorts))

    def _products(self, left: np.ndarray, right: np.ndarray | None) -> np.ndarray:
        return self.cohort_sums.by_period(self.weigh(left if right is None else left * right))

    def _dense(self, units: slice) -> np.ndarray:
        """Weighted basis of some hospitals, summed by hospital, shape (units, TQ)."""
        layout, n_units = self.layout, units.stop - units.start
        rows = slice(layout.starts[units.start], layout.starts[units.stop])
        weight = np.ones(rows.stop - rows.start) if self.weights is None else self.weights[rows]
        columns = [weight, *(weight * x for x in self.interacted[rows].T)]
        block = np.zeros((n_units, self.width))
        for q, column in enumerate(columns):
            part = block[:, q * self.n_periods : (q + 1) * self.n_periods]
            if layout.shared is not None:
                seen = slice(None) if len(layout.shared) == self.n_periods else layout.shared
                part[:, seen] = column.reshape(n_units, -1)
            else:
                at = np.repeat(np.arange(n_units) * self.n_periods, self.lengths[units]) + layout.own[rows]
                part[:] = np.bincount(at, column, minlength=part.size).reshape(part.shape)
        return block


def arrange(
    sample: Sample,
    interacted: np.ndarray | None = None,
    *,
    absorbs: bool = True,
    untreated: bool = False,
) -> CohortPanel:
    """Arrange a sample by cohort and period.

    Parameters
    ----------
    sample : Sample
    interacted : numpy.ndarray, shape (n, Q - 1), optional
        Covariates that enter the basis; they are centred here, which changes no fitted value.
    absorbs : bool
        Whether hospital effects are taken out.
    untreated : bool
        Whether untreated rows alone inform the regression.

    Returns
    -------
    CohortPanel

    Notes
    -----
    O(N), and O(n Q) with interacted covariates.
    """
    cohorts, unit_cohort = np.unique(sample.unit_cohort, return_inverse=True)
    n_periods = sample.design.n_periods
    mask = np.arange(n_periods) < cohorts[:, None] - sample.design.anticipation if untreated else None
    columns = np.empty((sample.n_obs, 0)) if interacted is None else interacted
    if columns.shape[1]:
        centred = [column - np.average(column, weights=sample.weights) for column in columns.T]
        columns = np.stack(centred).T
    return CohortPanel(
        layout=sample.layout,
        cohorts=cohorts,
        unit_cohort=unit_cohort,
        weights=sample.weights,
        interacted=columns,
        n_periods=n_periods,
        absorbs=absorbs,
        mask=mask,
    )
