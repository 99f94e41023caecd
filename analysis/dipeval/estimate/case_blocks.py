"""Columns of a regression as codes on cells, and the sums of their products.

A case-level model has indicators almost only: hospitals, periods, disease types, age groups. A cell
is a set of cases that agree in all of them. Neither cells × columns nor one dummy of n rows is ever
formed: normal equations need the sums over cells for each pair of codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

DENSE_CELLS = 40_000_000
SLICE = 4_000_000
"""Cells that are worked on at a time, so that what is made on the way stays small beside the cells."""


@dataclass(frozen=True)
class Block:
    """Columns of which each cell has one at most.

    Attributes
    ----------
    name : str
    codes : numpy.ndarray, shape (C,), int
        Column of each cell, 0 … n_levels-1; n_levels for none. Of the smallest type that holds them.
    n_levels : int
    values : numpy.ndarray, shape (C,), or None
        Value of the column in the cell; None means 1.
    """

    name: str
    codes: np.ndarray
    n_levels: int
    values: np.ndarray | None = None

    def at(self, cells: np.ndarray | slice) -> Block:
        """The block on some of the cells."""
        values = None if self.values is None else self.values[cells]
        return Block(self.name, self.codes[cells], self.n_levels, values)

    def weigh(self, weight: np.ndarray) -> np.ndarray:
        """Weights (C,) times the block's value."""
        return weight if self.values is None else weight * self.values

    def sums(self, weight: np.ndarray) -> np.ndarray:
        """Sum of weights (C,) times value by level, shape (n_levels,)."""
        whole = np.zeros(self.n_levels + 1)
        for part in slices(len(weight)):
            one = self.at(part)
            whole += np.bincount(one.codes, one.weigh(weight[part]), minlength=self.n_levels + 1)
        return whole[: self.n_levels]

    def fitted(self, coefficients: np.ndarray) -> np.ndarray:
        """The block's part of a prediction (C,) from coefficients (n_levels,)."""
        part = np.append(coefficients, 0.0)[self.codes]
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


def slices(n: int, size: int = SLICE) -> Iterator[slice]:
    """Positions 0 … n-1 in pieces."""
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def looked_up(name: str, table: np.ndarray, codes: np.ndarray, n_levels: int) -> Block:
    """The block ``table[codes]``, -1 for none.

    Parameters
    ----------
    table : numpy.ndarray, shape (number of codes,), int
        Level of each code.
    codes : numpy.ndarray, shape (C,), int
    n_levels : int
    """
    small = np.where(table < 0, n_levels, table).astype(np.min_scalar_type(n_levels))
    return Block(name, small[codes], n_levels)


def compressed(name: str, codes: np.ndarray) -> Block:
    """An effect on the levels that occur: codes (C,), not negative, numbered in their order."""
    highest = int(codes.max(initial=0))
    if highest < max(4 * len(codes), SLICE):
        seen = np.zeros(highest + 1, bool)
        seen[codes] = True
        return looked_up(name, np.cumsum(seen) - 1, codes, int(seen.sum()))
    levels, found = np.unique(codes, return_inverse=True)
    return Block(name, found.astype(np.min_scalar_type(len(levels))), len(levels))


def crossed(name: str, first: Block, second: Block) -> Block:
    """One level for each pair of levels that occurs."""
    return compressed(name, first.codes.astype(np.int64) * (second.n_levels + 1) + second.codes)


def pair_sums(first: Block, second: Block, weight: np.ndarray) -> np.ndarray | csr_matrix:
    """Sum of weights times both values by pair of levels, shape (first.n_levels, second.n_levels).

    Dense up to `DENSE_CELLS` pairs, sparse above. Cost O(C).
    """
    rows, columns = first.n_levels + 1, second.n_levels + 1
    if rows * columns > DENSE_CELLS:
        return _sparse_sums(first, second, weight)
    dense = np.zeros(rows * columns)
    for part in slices(len(weight), max(SLICE, 2 * len(dense))):
        one, two = first.at(part), second.at(part)
        at = one.codes.astype(np.int64) * columns + two.codes
        dense += np.bincount(at, two.weigh(one.weigh(weight[part])), minlength=len(dense))
    return dense.reshape(rows, columns)[: first.n_levels, : second.n_levels]


def _sparse_sums(first: Block, second: Block, weight: np.ndarray) -> csr_matrix:
    from scipy.sparse import coo_matrix

    values = second.weigh(first.weigh(weight))
    at = (first.codes.astype(np.int32), second.codes.astype(np.int32))
    whole = coo_matrix((values, at), (first.n_levels + 1, second.n_levels + 1)).tocsr()
    return whole[: first.n_levels, : second.n_levels]


def side_sums(first: Block, rest: Sequence[Block], weight: np.ndarray) -> np.ndarray | csr_matrix:
    """`pair_sums` of one block with all others, side by side, shape (first.n_levels, R)."""
    parts = [pair_sums(first, block, weight) for block in rest]
    width = sum(block.n_levels for block in rest)
    if all(isinstance(part, np.ndarray) for part in parts) and first.n_levels * width <= DENSE_CELLS:
        return np.hstack(parts) if parts else np.empty((first.n_levels, 0))
    from scipy.sparse import csr_matrix, hstack

    return hstack([csr_matrix(part) for part in parts], format="csr")


def cross_tables(
    eliminated: Block, rest: Sequence[Block], weight: np.ndarray, runs: np.ndarray | None = None
) -> Tables:
    """Sums of products of all columns, weighted by (C,).

    Parameters
    ----------
    runs : numpy.ndarray, int, optional
        First cells of the `equal_runs` of the rest, when they are known.

    Notes
    -----
    O(C B + U B²) for B blocks and U runs of cells that agree in the rest, whatever their numbers of levels.
    """
    runs = equal_runs(rest) if runs is None else runs
    starts = np.cumsum([0, *(block.n_levels for block in rest)])
    square = np.zeros((starts[-1], starts[-1]))
    short = [block.at(runs) for block in rest]
    total = np.add.reduceat(weight, runs) if len(weight) else weight
    for i, first in enumerate(short):
        rows = slice(starts[i], starts[i + 1])
        square[rows, rows] = np.diag(first.sums(first.weigh(total)))
        for j in range(i):
            columns = slice(starts[j], starts[j + 1])
            part = pair_sums(first, short[j], total)
            square[rows, columns] = part if isinstance(part, np.ndarray) else part.toarray()
            square[columns, rows] = square[rows, columns].T
    return Tables(eliminated.sums(weight), side_sums(eliminated, rest, weight), square)


def equal_runs(blocks: Sequence[Block]) -> np.ndarray:
    """First cells of the longest stretches of neighbours that agree in all blocks.

    Cells of an engine are sorted by their codes, the finest last: where that is eliminated, all
    other sums run over far fewer stretches than cells.
    """
    n = len(blocks[0].codes) if blocks else 1
    change = np.zeros(n, bool)
    change[0] = True
    for block in blocks:
        for values in (block.codes, block.values):
            if values is not None:
                change[1:] |= values[1:] != values[:-1]
    return np.flatnonzero(change)
