"""What a regression on cohorts and periods needs of the rows, whatever its regressors in the basis are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.cohort_panel import CohortPanel
from dipeval.estimate.unit_sums import dot

ROUNDING = 1e-14


@dataclass(frozen=True)
class RegressionSums:
    """Outcome and p dense columns of n rows without hospital effects, and their sums with the basis.

    Attributes
    ----------
    panel : CohortPanel
    raw, gram : numpy.ndarray, shape (C, TQ, TQ)
        Cross products of the basis, before hospital effects are taken out and after.
    outcome : numpy.ndarray, shape (n,)
    dense : numpy.ndarray, shape (p, n)
    target : numpy.ndarray, shape (C, TQ)
        Of the basis with the outcome.
    beside : numpy.ndarray, shape (C, TQ, p)
        Of the basis with the dense columns.
    products : numpy.ndarray, shape (p, p)
        Of the dense columns.
    moments : numpy.ndarray, shape (p,)
        Of the dense columns with the outcome.
    variation : numpy.ndarray, shape (p,)
        Squares of the dense columns before hospital effects are taken out.
    """

    panel: CohortPanel
    raw: np.ndarray
    gram: np.ndarray
    outcome: np.ndarray
    dense: np.ndarray
    target: np.ndarray
    beside: np.ndarray
    products: np.ndarray
    moments: np.ndarray
    variation: np.ndarray


def regression_sums(
    panel: CohortPanel, outcome: np.ndarray, dense: Sequence[np.ndarray] | np.ndarray
) -> RegressionSums:
    """Sum the rows once; parameters and cost as `dipeval.estimate.cohort_regression.cohort_regression`."""
    raw = panel.raw_gram()
    gram = raw - panel.unit_gram() if panel.absorbs else raw
    raw_columns = list(dense.T if isinstance(dense, np.ndarray) else dense)
    centred = panel.centre(outcome)
    matrix = np.empty((len(raw_columns), panel.layout.n_rows))
    for column, place in zip(raw_columns, matrix, strict=True):
        if panel.centre(column, out=place) is not place:
            place[:] = column
    target = panel.basis_sums(centred)
    beside, products = np.zeros((*target.shape, len(matrix))), np.zeros((len(matrix),) * 2)
    moments, variation = np.zeros((2, len(matrix)))
    for j, column in enumerate(matrix):
        weighted = panel.weigh(column)
        beside[:, :, j] = panel.basis_by(panel.cohort_sums, weighted)
        moments[j] = dot(weighted, centred)
        for k in range(j + 1):
            products[j, k] = products[k, j] = dot(weighted, matrix[k])
        variation[j] = max(products[j, j], _spread(panel, raw_columns[j]))
    return RegressionSums(panel, raw, gram, centred, matrix, target, beside, products, moments, variation)


def _spread(panel: CohortPanel, column: np.ndarray) -> float:
    """Weighted sum of squares around the mean, and never less than what rounding may hide in it."""
    weighted = panel.weigh(column)
    squares = dot(weighted, column)
    return max(squares - weighted.sum() ** 2 / panel.unit_weight.sum(), ROUNDING * squares)


class Columns:
    """Regressors in the basis, (TQ, k); where each is one basis column, sums are picked and not multiplied."""

    def __init__(self, values: np.ndarray):
        self.values = values
        self.at = _ones(values)

    def of_rows(self, sums: np.ndarray) -> np.ndarray:
        """``values' sums``, (k, …) of (TQ, …)."""
        return self.values.T @ sums if self.at is None else sums[self.at]

    def of_columns(self, sums: np.ndarray) -> np.ndarray:
        """``sums values``, (…, k) of (…, TQ)."""
        return sums @ self.values if self.at is None else sums[:, self.at]

    def squares(self, gram: np.ndarray) -> np.ndarray:
        """Diagonal (k,) of ``values' gram values``."""
        if self.at is None:
            return np.einsum("ik,ik->k", self.values, gram @ self.values)
        return np.diagonal(gram)[self.at]

    def times(self, coefficients: np.ndarray) -> np.ndarray:
        """``values coefficients``, (TQ, …) of (k, …)."""
        if self.at is None:
            return self.values @ coefficients
        found = np.zeros((len(self.values), *coefficients.shape[1:]))
        found[self.at] = coefficients
        return found


def _ones(values: np.ndarray) -> np.ndarray | None:
    """Position of the one in each column, where all are unit vectors of different positions; else None."""
    n = values.shape[1]
    if not n or np.count_nonzero(values) != n:
        return None
    at = values.argmax(0)
    if not (values[at, np.arange(n)] == 1).all() or len(np.unique(at)) != n:
        return None
    return at
