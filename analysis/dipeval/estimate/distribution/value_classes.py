"""Cases counted by hospital-period and class of their value: all that distributional effects need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

BLOCK = 4_000_000


@dataclass(frozen=True)
class ValueClasses:
    """J classes of values in order, and M counts of the cases of P hospital-periods in them.

    Attributes
    ----------
    name : str
    lower, upper, mean : numpy.ndarray, shape (J,)
        Smallest and largest value of each class and its mean over all cases, in major units.
    is_exact : bool
        Each class is one value; else they hold about equally many cases each.
    row, place : numpy.ndarray, shape (M,), int
        Hospital-period, in the order of the frame that a design was built from, and class.
    cases : numpy.ndarray, shape (M,), int
    total, squares : numpy.ndarray, shape (M,)
        Sum of their values and of their squares, in major units.
    n_rows : int
        P.
    """

    name: str
    lower: np.ndarray
    upper: np.ndarray
    mean: np.ndarray
    is_exact: bool
    row: np.ndarray
    place: np.ndarray
    cases: np.ndarray
    total: np.ndarray
    squares: np.ndarray
    n_rows: int

    @property
    def n_classes(self) -> int:
        """J."""
        return len(self.upper)

    @property
    def cases_of_row(self) -> np.ndarray:
        """Cases of each hospital-period (P,), float."""
        return np.bincount(self.row, self.cases, minlength=self.n_rows)

    @property
    def total_of_row(self) -> np.ndarray:
        """Their sum (P,)."""
        return np.bincount(self.row, self.total, minlength=self.n_rows)

    def counts(self, group: np.ndarray, n_groups: int) -> np.ndarray:
        """Cases by group of hospital-periods (P,), -1 for none, and class: (n_groups, J). O(M)."""
        at = group[self.row]
        kept = at >= 0
        key = at[kept] * self.n_classes + self.place[kept]
        found = np.bincount(key, self.cases[kept], minlength=n_groups * self.n_classes)
        return found.reshape(n_groups, self.n_classes)

    def shares_up_to(self, classes: np.ndarray) -> Iterator[np.ndarray]:
        """For each of some classes, the share of the cases of each hospital-period up to it (P,)."""
        whole = self.cases_of_row
        step = max(1, BLOCK // max(self.n_rows, 1))
        edges = np.searchsorted(classes, self.place)  # the first of the asked classes that holds a case's own
        for first in range(0, len(classes), step):
            mine = classes[first : first + step]
            kept = edges < first + len(mine)
            key = self.row[kept] * len(mine) + np.maximum(edges[kept] - first, 0)
            counts = np.bincount(key, self.cases[kept], minlength=self.n_rows * len(mine))
            below = np.cumsum(counts.reshape(self.n_rows, len(mine)), axis=1)
            with np.errstate(invalid="ignore", divide="ignore"):
                yield from (below / whole[:, None]).T


def evenly_spaced(n_classes: int, most: int) -> np.ndarray:
    """At most so many of the classes but the last, evenly spaced: thresholds of a distribution function."""
    if n_classes - 1 <= most:
        return np.arange(n_classes - 1)
    return np.unique(np.round(np.linspace(0, n_classes - 2, most)).astype(np.int64))


def classes_of(name: str, row: np.ndarray, values: np.ndarray, n_rows: int, most: int) -> ValueClasses:
    """Classes of values that are at hand one by one; for those in an engine see the query of the descriptions.

    Parameters
    ----------
    row : numpy.ndarray, shape (n,), int
    values : numpy.ndarray, shape (n,)
    n_rows : int
    most : int
        Classes, where there are more distinct values.
    """
    values = np.asarray(values, float)
    distinct, place, times = np.unique(values, return_inverse=True, return_counts=True)
    exact = len(distinct) <= most
    kind = np.arange(len(distinct)) if exact else (np.cumsum(times) - times) * most // len(values)
    found, kind = np.unique(kind, return_inverse=True)
    n = len(found)
    ends = np.r_[np.flatnonzero(np.diff(kind)), len(distinct) - 1]
    starts = np.r_[0, ends[:-1] + 1]
    mean = np.bincount(kind, times * distinct, n) / np.bincount(kind, times, n)
    key, at = np.unique(row * n + kind[place], return_inverse=True)
    cells = (key // n, key % n, np.bincount(at), np.bincount(at, values), np.bincount(at, values**2))
    return ValueClasses(name, distinct[starts], distinct[ends], mean, exact, *cells, n_rows)
