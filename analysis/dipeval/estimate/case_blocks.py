"""Columns of a regression as codes on cells.

A case-level model has indicators almost only: hospitals, periods, disease types, age groups. A cell
is a set of cases that agree in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

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
