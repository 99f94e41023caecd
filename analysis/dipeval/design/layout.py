"""Where the rows of each unit lie, and in which periods: what a balanced panel need not store by row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Layout:
    """Rows sorted by unit and period; N units, n rows.

    Attributes
    ----------
    starts : numpy.ndarray, shape (N + 1,), int
        First row of each unit, and n.
    shared : numpy.ndarray, shape (P,), int, or None
        Periods of every unit, where all units have one row in each of the same P periods.
    own : numpy.ndarray, shape (n,), int, or None
        Period of each row, where they have not.
    """

    starts: np.ndarray
    shared: np.ndarray | None
    own: np.ndarray | None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.starts[-1])

    @property
    def n_units(self) -> int:
        """Number of units."""
        return len(self.starts) - 1

    @cached_property
    def counts(self) -> np.ndarray:
        """Rows of each unit, shape (N,)."""
        return np.diff(self.starts)

    @cached_property
    def time(self) -> np.ndarray:
        """Period of each row, shape (n,)."""
        return self.own if self.shared is None else np.tile(self.shared, self.n_units)

    @cached_property
    def unit(self) -> np.ndarray:
        """Unit of each row, shape (n,), 0 … N-1."""
        return np.repeat(np.arange(self.n_units), self.counts)

    @cached_property
    def first(self) -> np.ndarray:
        """First period of each unit, shape (N,)."""
        if self.shared is not None:
            return np.full(self.n_units, self.shared[0] if len(self.shared) else 0)
        return self.own[self.starts[:-1]]

    @cached_property
    def last(self) -> np.ndarray:
        """Last period of each unit, shape (N,)."""
        if self.shared is not None:
            return np.full(self.n_units, self.shared[-1] if len(self.shared) else 0)
        return self.own[self.starts[1:] - 1]

    def times_of(self, unit: int) -> np.ndarray:
        """Periods of one unit."""
        return self.shared if self.shared is not None else self.own[self.starts[unit] : self.starts[unit + 1]]

    def spread(self, by_unit: np.ndarray) -> np.ndarray:
        """A column by unit (N,) as a column by row (n,)."""
        return np.repeat(by_unit, self.counts)

    def since(self, first: int) -> Layout:
        """The same rows with periods counted from `first`."""
        if first == 0:
            return self
        shared = None if self.shared is None else self.shared - first
        return Layout(self.starts, shared, None if self.own is None else self.own - first)

    def changes(self, values: np.ndarray) -> np.ndarray:
        """Codes of the units in which a column by row (n,) takes more than one value."""
        moved = values[1:] != values[:-1]
        moved[self.starts[1:-1] - 1] = False
        return np.unique(self.unit[1:][moved]) if moved.any() else np.empty(0, np.int64)

    def constant(self, values: np.ndarray) -> bool:
        """Whether a column by row (n,) has one value within each unit."""
        if self.n_units == self.n_rows:
            return True
        if self.shared is not None:
            table = values.reshape(self.n_units, -1)
            return bool((table == table[:, :1]).all())
        return bool((self.spread(values[self.starts[:-1]]) == values).all())

    def with_units(self, keep: np.ndarray) -> Layout:
        """The layout of the units of a mask (N,)."""
        starts = np.r_[0, np.cumsum(self.counts[keep])]
        own = None if self.own is None else self.own[self.spread(keep)]
        return Layout(starts, self.shared, own)

    def with_rows(self, keep: np.ndarray) -> tuple[Layout, np.ndarray]:
        """The layout of the rows of a mask (n,), and the mask (N,) of the units that have one left."""
        counts = np.add.reduceat(keep, self.starts[:-1], dtype=np.int64) if len(keep) else self.counts
        left = counts > 0
        return lay_out(np.r_[0, np.cumsum(counts[left])], self.time[keep]), left


def lay_out(starts: np.ndarray, time: np.ndarray) -> Layout:
    """A layout that knows whether all units share their periods.

    Parameters
    ----------
    starts : numpy.ndarray, shape (N + 1,), int
    time : numpy.ndarray, shape (n,), int

    Notes
    -----
    O(n), one pass.
    """
    n_units = len(starts) - 1
    width, rest = divmod(len(time), max(n_units, 1))
    if n_units and width and not rest and np.array_equal(starts, np.arange(n_units + 1) * width):
        table = time.reshape(n_units, width)
        first = table[0]
        if (np.diff(first) > 0).all() and (table == first).all():
            return Layout(starts, first.copy(), None)
    return Layout(starts, None, time)
