"""Means and sums over hospitals: by blocks of a hospital × period table where all share their periods."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dipeval.design.layout import Layout

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

BLOCK_CELLS, DOT_BLOCK = 100_000, 512
"""Cells of a block that stays in the processor's cache between two passes; rows of one partial sum."""


def centre_by_unit(
    layout: Layout,
    values: np.ndarray,
    weights: np.ndarray | None,
    unit_weight: np.ndarray,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """A column without the (weighted) mean of each hospital.

    Parameters
    ----------
    layout : Layout
    values : numpy.ndarray, shape (n,)
    weights : numpy.ndarray, shape (n,), or None
    unit_weight : numpy.ndarray, shape (m,)
        Sum of weights of each hospital.
    out : numpy.ndarray, shape (n,), optional

    Returns
    -------
    numpy.ndarray, shape (n,)
        `out`, if it was given. O(n).
    """
    out = np.empty(layout.n_rows) if out is None else out
    if layout.shared is None:
        weighted = values if weights is None else weights * values
        means = np.add.reduceat(weighted, layout.starts[:-1]) / unit_weight
        return np.subtract(values, layout.spread(means), out=out)
    width = len(layout.shared)
    table, target = values.reshape(-1, width), out.reshape(-1, width)
    weight = None if weights is None else weights.reshape(-1, width)
    step = max(1, BLOCK_CELLS // width)
    for first in range(0, len(table), step):
        block = slice(first, first + step)
        if weight is None:
            sums = table[block].sum(1)
        else:
            sums = np.einsum("it,it->i", table[block], weight[block])
        np.subtract(table[block], (sums / unit_weight[block])[:, None], out=target[block])
    return out


def dot(left: np.ndarray, right: np.ndarray) -> float:
    """Inner product of two columns (n,), by blocks in a fixed order: the same on any number of threads."""
    whole = len(left) - len(left) % DOT_BLOCK
    blocks = np.einsum("ij,ij->i", left[:whole].reshape(-1, DOT_BLOCK), right[:whole].reshape(-1, DOT_BLOCK))
    return float(blocks.sum() + np.einsum("i,i->", left[whole:], right[whole:]))


def subtract_scaled(values: np.ndarray, column: np.ndarray, scale: float) -> None:
    """Subtract a multiple of a column from another (n,), in place and in blocks."""
    for first in range(0, len(values), BLOCK_CELLS):
        block = slice(first, first + BLOCK_CELLS)
        values[block] -= scale * column[block]


@dataclass(frozen=True)
class UnitSums:
    """Sums over groups of hospitals.

    Attributes
    ----------
    layout : Layout
    code : numpy.ndarray, shape (m,), int
        Group of each hospital, 0 … n_codes-1.
    n_codes : int
    n_periods : int
        T.
    """

    layout: Layout
    code: np.ndarray
    n_codes: int
    n_periods: int

    def by_period(self, values: np.ndarray | None) -> np.ndarray:
        """Sums of a column (n,) by group and period, shape (n_codes, T); None counts rows."""
        layout, shape = self.layout, (self.n_codes, self.n_periods)
        if layout.shared is None:
            sums = np.bincount(self._cell, values, minlength=shape[0] * shape[1])
            return sums.reshape(shape).astype(float, copy=False)
        if values is None:
            summed = np.bincount(self.code, minlength=self.n_codes)[:, None]
        else:
            summed = self._members @ values.reshape(-1, len(layout.shared))
            if len(layout.shared) == self.n_periods:
                return summed
        sums = np.zeros(shape)
        sums[:, layout.shared] = summed
        return sums

    def of_products(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Sums by group (n_codes,) of the product of two columns (n,)."""
        layout = self.layout
        if layout.shared is None:
            by_unit = np.add.reduceat(left * right, layout.starts[:-1])
        else:
            width = len(layout.shared)
            by_unit = np.einsum("it,it->i", left.reshape(-1, width), right.reshape(-1, width))
        return np.bincount(self.code, by_unit, minlength=self.n_codes)

    @cached_property
    def _cell(self) -> np.ndarray:
        return self.layout.spread(self.code * self.n_periods) + self.layout.time

    @cached_property
    def _members(self) -> csr_matrix:
        from scipy.sparse import csr_matrix

        order = np.argsort(self.code, kind="stable")
        ends = np.cumsum(np.bincount(self.code, minlength=self.n_codes))
        return csr_matrix((np.ones(len(order)), order, np.r_[0, ends]), (self.n_codes, len(order)))
