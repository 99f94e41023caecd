"""Sums over cells of the products of a regression's columns, for each pair of codes.

Neither cells × columns nor one dummy of n rows is ever formed: normal equations, errors by row and errors by
cluster need tables of pairs of levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dipeval.estimate.case_blocks import SLICE, Block, slices

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

DENSE_CELLS = 40_000_000
JOINT_CELLS = 4_000_000
"""Several small blocks are summed against a large one together while their table stays below this."""


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


@dataclass(frozen=True)
class Runs:
    """Stretches of neighbouring cells that agree in all blocks but one.

    Attributes
    ----------
    starts : numpy.ndarray, shape (U,), int
        First cell of each.
    lengths : numpy.ndarray, shape (U,), int
    """

    starts: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of_one(cls, n: int) -> Runs:
        """Every cell a stretch of its own."""
        return cls(np.arange(n), np.ones(n, np.int64))

    def hold(self, block: Block) -> bool:
        """Whether a block of the cells does not change within a stretch."""
        change = np.flatnonzero(block.codes[1:] != block.codes[:-1]) + 1
        return bool(np.isin(change, self.starts, assume_unique=True).all())

    def sums(self, weight: np.ndarray) -> np.ndarray:
        """Sums of weights (C,) by stretch, shape (U,)."""
        return np.add.reduceat(weight, self.starts, dtype=float)

    def pieces(self, size: int) -> Iterator[tuple[slice, slice]]:
        """Stretches in pieces of some cells, as positions among cells and among stretches."""
        ends = self.starts + self.lengths
        first = 0
        while first < len(ends):
            last = max(first + 1, int(np.searchsorted(ends, self.starts[first] + size, side="right")))
            yield slice(int(self.starts[first]), int(ends[last - 1])), slice(first, last)
            first = last


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


def side_sums(
    first: Block, short: Sequence[Block], weight: np.ndarray, runs: Runs
) -> np.ndarray | csr_matrix:
    """`pair_sums` of one block of C cells with blocks of U stretches, side by side, (first.n_levels, R)."""
    parts: list[np.ndarray | csr_matrix] = []
    for group in _joint(short, first.n_levels + 1, min(JOINT_CELLS, len(weight))):
        parts += _joint_sums(first, group, weight, runs)
    width = sum(block.n_levels for block in short)
    if all(isinstance(part, np.ndarray) for part in parts) and first.n_levels * width <= DENSE_CELLS:
        return np.hstack(parts) if parts else np.empty((first.n_levels, 0))
    from scipy.sparse import csr_matrix, hstack

    return hstack([csr_matrix(part) for part in parts], format="csr")


def _joint(short: Sequence[Block], rows: int, most: int) -> Iterator[list[Block]]:
    """Neighbouring blocks whose table stays below `most`; one with values stands alone."""
    group: list[Block] = []
    width = 1
    for block in short:
        fits = rows * width * (block.n_levels + 1) <= most
        if group and (not fits or block.values is not None or group[-1].values is not None):
            yield group
            group, width = [], 1
        group.append(block)
        width *= block.n_levels + 1
    if group:
        yield group


def _joint_sums(
    first: Block, group: Sequence[Block], weight: np.ndarray, runs: Runs
) -> list[np.ndarray | csr_matrix]:
    """`pair_sums` of a block with each of a group, by one pass over the cells."""
    shape = tuple(block.n_levels + 1 for block in group)
    rows, width = first.n_levels + 1, int(np.prod(shape, dtype=np.int64))
    if rows * width > DENSE_CELLS:
        return [pair_sums(first, spread(block, runs), weight) for block in group]
    code = np.ravel_multi_index([block.codes for block in group], shape)
    dense = np.zeros(rows * width)
    for cells, mine in runs.pieces(max(SLICE, 2 * len(dense))):
        one = first.at(cells)
        at = one.codes.astype(np.int64)
        at *= width
        at += np.repeat(code[mine], runs.lengths[mine])
        values = one.weigh(weight[cells])
        if group[0].values is not None:
            values = values * np.repeat(group[0].values[mine], runs.lengths[mine])
        dense += np.bincount(at, values, minlength=len(dense))
    table = dense.reshape(rows, *shape)[: first.n_levels]
    axes = range(1, len(shape) + 1)
    return [
        table.sum(tuple(a for a in axes if a != k + 1))[:, : block.n_levels] for k, block in enumerate(group)
    ]


def spread(block: Block, runs: Runs) -> Block:
    """A block of stretches on all cells."""
    values = None if block.values is None else np.repeat(block.values, runs.lengths)
    return Block(block.name, np.repeat(block.codes, runs.lengths), block.n_levels, values)


def cross_tables(eliminated: Block, short: Sequence[Block], weight: np.ndarray, runs: Runs) -> Tables:
    """Sums of products of all columns, weighted by (C,).

    Parameters
    ----------
    eliminated : Block
        Of C cells.
    short : sequence of Block
        The rest, of U stretches of cells that agree in them.
    weight : numpy.ndarray, shape (C,)
    runs : Runs
        The stretches.

    Notes
    -----
    O(C B + U B²) for B blocks and U runs of cells that agree in the rest, whatever their numbers of levels.
    """
    starts = np.cumsum([0, *(block.n_levels for block in short)])
    square = np.zeros((starts[-1], starts[-1]))
    total = runs.sums(weight)
    for i, first in enumerate(short):
        rows = slice(starts[i], starts[i + 1])
        square[rows, rows] = np.diag(first.sums(first.weigh(total)))
        for j in range(i):
            columns = slice(starts[j], starts[j + 1])
            part = pair_sums(first, short[j], total)
            square[rows, columns] = part if isinstance(part, np.ndarray) else part.toarray()
            square[columns, rows] = square[rows, columns].T
    return Tables(eliminated.sums(weight), side_sums(eliminated, short, weight, runs), square)


def equal_runs(blocks: Sequence[Block], n: int) -> Runs:
    """The longest stretches of neighbours among n cells that agree in all blocks.

    Cells of an engine are sorted by their codes, the finest last: where that is eliminated, all
    other sums run over far fewer stretches than cells.
    """
    starts = np.flatnonzero(first_cells(blocks, n))
    return Runs(starts, np.diff(np.append(starts, n)))


def first_cells(blocks: Sequence[Block], n: int) -> np.ndarray:
    """Whether each of n cells begins a stretch that agrees in all blocks (n,), bool."""
    change = np.zeros(n, bool)
    change[:1] = True
    for block in blocks:
        for values in (block.codes, block.values):
            if values is not None:
                change[1:] |= values[1:] != values[:-1]
    return change
