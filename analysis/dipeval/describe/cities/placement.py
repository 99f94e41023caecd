"""Which hospital-periods lie in which place and span, and their sums by hospital."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

ALL = "all"
"""The place that is all places together."""


@dataclass(frozen=True)
class Placement:
    """The rows of a panel in the groups of a comparison; a group is a place and a span.

    Attributes
    ----------
    places, spans : tuple of str
        Place and span of each group, sorted.
    row, pair : numpy.ndarray of int, shape (m,)
        A row of the panel, and the pair of group and hospital that it counts in; a row counts in several.
    group : numpy.ndarray of int, shape (pairs,)
        Group of each pair; pairs are sorted by group, then hospital.
    """

    places: tuple[str, ...]
    spans: tuple[str, ...]
    row: np.ndarray
    pair: np.ndarray
    group: np.ndarray

    def by_hospital(self, values: np.ndarray) -> np.ndarray:
        """Sum `values` (shape (n,), no NaN) over each pair. Cost O(m)."""
        return np.bincount(self.pair, weights=values[self.row], minlength=len(self.group))

    def of_pair(self, values: np.ndarray) -> np.ndarray:
        """What is the same in all rows of a hospital (shape (n,)), by pair."""
        found = np.zeros(len(self.group), dtype=values.dtype)
        found[self.pair] = values[self.row]
        return found

    def by_group(self, values: np.ndarray) -> np.ndarray:
        """Sum `values` (shape (pairs,)) over each group."""
        return np.bincount(self.group, weights=values, minlength=len(self.places))

    def largest(self, values: np.ndarray) -> np.ndarray:
        """The largest of `values` (shape (pairs,), at least 0) in each group."""
        found = np.zeros(len(self.places))
        np.maximum.at(found, self.group, values)
        return found

    def only(self, groups: np.ndarray) -> Placement:
        """The same with some groups alone; `groups` is a mask of shape (groups,)."""
        new_group = np.cumsum(groups) - 1
        kept = groups[self.group]
        new_pair = np.cumsum(kept) - 1
        inside = kept[self.pair]
        names = [tuple(np.array(names, dtype=object)[groups]) for names in (self.places, self.spans)]
        return Placement(*names, self.row[inside], new_pair[self.pair[inside]], new_group[self.group[kept]])


def placed(
    place: pd.Series, period: pd.Series, hospital: np.ndarray, spans: Mapping[str, tuple[str, ...]]
) -> Placement:
    """Place every row in its own place and in `ALL`, in each span of its period.

    Parameters
    ----------
    place, period : pandas.Series of str, shape (n,)
    hospital : numpy.ndarray of int, shape (n,)
        Number of each row's hospital.
    spans : mapping of str to tuple of str
        By period: the spans it lies in.

    Returns
    -------
    Placement
        Cost O(n · spans of a period · log n).
    """
    long = pd.DataFrame({"row": np.arange(len(place)), "place": place.to_numpy(), "span": period.map(spans)})
    long = long.explode("span")
    both = pd.concat([long, long.assign(place=ALL)], ignore_index=True)
    group = both.groupby(["place", "span"], sort=True).ngroup().to_numpy()
    names = both.assign(group=group).drop_duplicates("group").sort_values("group")
    row = both["row"].to_numpy(dtype="int64")
    key = group * (int(hospital.max()) + 1) + hospital[row]
    distinct, pair = np.unique(key, return_inverse=True)
    of_pair = distinct // (int(hospital.max()) + 1)
    return Placement(tuple(names["place"]), tuple(names["span"]), row, pair, of_pair)
