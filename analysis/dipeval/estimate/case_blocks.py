"""Columns of a regression as codes on cells, and the sums of their products.

A case-level model has indicators almost only: hospitals, periods, disease types, age groups. A cell
is a set of cases that agree in all of them. Neither cells × columns nor one dummy of n rows is ever
formed: normal equations need the sums over cells for each pair of codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

DENSE_CELLS = 40_000_000


@dataclass(frozen=True)
class Block:
    """Columns of which each cell has one at most.

    Attributes
    ----------
    name : str
    codes : numpy.ndarray, shape (C,), int
        Column of each cell, 0 … n_levels-1; n_levels for none.
    n_levels : int
    values : numpy.ndarray, shape (C,), or None
        Value of the column in the cell; None means 1.
    """

    name: str
    codes: np.ndarray
    n_levels: int
    values: np.ndarray | None = None

    def weigh(self, weight: np.ndarray) -> np.ndarray:
        """Weights (C,) times the block's value."""
        return weight if self.values is None else weight * self.values

    def sums(self, weight: np.ndarray) -> np.ndarray:
        """Sum of weights (C,) times value by level, shape (n_levels,)."""
        return np.bincount(self.codes, self.weigh(weight), minlength=self.n_levels + 1)[: self.n_levels]

    def fitted(self, coefficients: np.ndarray) -> np.ndarray:
        """The block's part of a prediction (C,) from coefficients (n_levels,)."""
        part = np.r_[coefficients, 0.0][self.codes]
        return part if self.values is None else part * self.values


@dataclass(frozen=True)
class Tables:
    """Sums of products of the columns of an eliminated block E (L levels) and of the rest (R columns).

    Attributes
    ----------
    own : numpy.ndarray, shape (L,)
        Of E with itself.
    side : numpy.ndarray or scipy.sparse.csr_matrix, shape (L, R)
        Of E with the rest.
    square : numpy.ndarray, shape (R, R)
        Of the rest with itself.
    """

    own: np.ndarray
    side: np.ndarray | csr_matrix
    square: np.ndarray


def compressed(name: str, codes: np.ndarray) -> Block:
    """An effect on the levels that occur: codes (C,) of any kind, numbered in their order."""
    levels, seen = np.unique(codes, return_inverse=True)
    return Block(name, _small(seen, len(levels)), len(levels))


def crossed(name: str, first: Block, second: Block) -> Block:
    """One level for each pair of levels that occurs."""
    return compressed(name, first.codes.astype(np.int64) * (second.n_levels + 1) + second.codes)


def _small(codes: np.ndarray, highest: int) -> np.ndarray:
    return codes.astype(np.min_scalar_type(highest))


def pair_sums(first: Block, second: Block, weight: np.ndarray) -> np.ndarray | csr_matrix:
    """Sum of weights times both values by pair of levels, shape (first.n_levels, second.n_levels).

    Dense up to `DENSE_CELLS` pairs, sparse above. Cost O(C).
    """
    values = second.weigh(first.weigh(weight))
    rows, columns = first.n_levels + 1, second.n_levels + 1
    if rows * columns <= DENSE_CELLS:
        at = first.codes.astype(np.int64) * columns + second.codes
        dense = np.bincount(at, values, minlength=rows * columns).reshape(rows, columns)
        return dense[: first.n_levels, : second.n_levels]
    from scipy.sparse import coo_matrix

    pairs = coo_matrix(
        (values, (first.codes.astype(np.int32), second.codes.astype(np.int32))), (rows, columns)
    )
    return pairs.tocsr()[: first.n_levels, : second.n_levels]


def side_sums(first: Block, rest: Sequence[Block], weight: np.ndarray) -> np.ndarray | csr_matrix:
    """`pair_sums` of one block with all others, side by side, shape (first.n_levels, R)."""
    parts = [pair_sums(first, block, weight) for block in rest]
    width = sum(block.n_levels for block in rest)
    if all(isinstance(part, np.ndarray) for part in parts) and first.n_levels * width <= DENSE_CELLS:
        return np.hstack(parts) if parts else np.empty((first.n_levels, 0))
    from scipy.sparse import csr_matrix, hstack

    return hstack([csr_matrix(part) for part in parts], format="csr")


def cross_tables(eliminated: Block, rest: Sequence[Block], weight: np.ndarray) -> Tables:
    """Sums of products of all columns, weighted by (C,).

    Notes
    -----
    O(C B²) for B blocks, whatever their number of levels.
    """
    starts = np.cumsum([0, *(block.n_levels for block in rest)])
    square = np.zeros((starts[-1], starts[-1]))
    for i, first in enumerate(rest):
        rows = slice(starts[i], starts[i + 1])
        square[rows, rows] = np.diag(first.sums(first.weigh(weight)))
        for j in range(i):
            columns = slice(starts[j], starts[j + 1])
            part = pair_sums(first, rest[j], weight)
            square[rows, columns] = part if isinstance(part, np.ndarray) else part.toarray()
            square[columns, rows] = square[rows, columns].T
    return Tables(eliminated.sums(weight), side_sums(eliminated, rest, weight), square)
