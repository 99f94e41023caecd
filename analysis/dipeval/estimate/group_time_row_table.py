"""Rows by period and cohort: what comparisons with gaps and of cross-sections are cut from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dipeval.estimate.group_time_cells import NO_COMPARISON, Cells
from dipeval.estimate.group_time_panel import regressors, seen_periods
from dipeval.estimate.sample import Sample
from dipeval.estimate.two_period_panel import Contrast, panel_contrast
from dipeval.estimate.two_period_sections import Rows, sections_contrast

NOT_SEEN_TWICE = "not identified: no hospital of the cohort is observed in both periods"
NOT_SEEN = "not identified: the cohort is not observed in one of the two periods"
Found = tuple[np.ndarray, Contrast] | str


@dataclass(frozen=True)
class RowTable:
    """n rows in places sorted by period, cohort and hospital; T periods, C cohorts, N hospitals.

    Attributes
    ----------
    order : numpy.ndarray, shape (n,), int
        Row of the sample at each place.
    y : numpy.ndarray, shape (n,)
    x : numpy.ndarray, shape (n, p + 1)
        An intercept and the covariates, centred and scaled.
    w : numpy.ndarray, shape (n,)
    ends : numpy.ndarray, shape (T, C + 2), int
        First place of each cohort in each period, and the last + 1.
    hospitals : numpy.ndarray, shape (C + 2,), int
        The same of hospitals in the order of cohorts.
    place : numpy.ndarray, shape (T, N), int, or None
        Place of each hospital in each period, -1 where it is not seen; None for drawn rows.
    starts : dict
        Coefficients of the last propensity of each cohort: the next one starts from them.
    """

    order: np.ndarray
    y: np.ndarray
    x: np.ndarray
    w: np.ndarray
    ends: np.ndarray
    hospitals: np.ndarray
    place: np.ndarray | None
    starts: dict[int, np.ndarray] = field(default_factory=dict)

    def sections(self, cohort: int, time: int, base: int, cut: int, method: str) -> Found:
        """Compare the rows of two periods as drawn anew; places and influence, or why there is none."""
        spans = ([(cohort, cohort + 1)], self._others(cohort, cut))
        sides = [[self._parts(at, of_side) for at in (base, time)] for of_side in spans]
        if not all(map(_length, sides[0])):
            return NOT_SEEN
        if not all(map(_length, sides[1])):
            return NO_COMPARISON
        treated, control = (tuple(self._joined(parts) for parts in side) for side in sides)
        effect = sections_contrast(treated, control, method, self._start(cohort))
        places = [np.arange(part.start, part.stop) for side in sides for parts in side for part in parts]
        return self._found(cohort, np.concatenate(places), effect)

    def pairs(self, cohort: int, time: int, base: int, cut: int, weighed: int | None, method: str) -> Found:
        """Compare hospitals that are seen in both periods.

        `weighed` is the period of their weights, None for those of each row. Covariates are those of the
        earlier period.
        """
        early = min(base, time)
        needed = (base, time, early, early if weighed is None else weighed)
        own = self._seen([(cohort, cohort + 1)], needed)
        other = self._seen(self._others(cohort, cut), needed)
        if not len(own[0]):
            return NOT_SEEN_TWICE
        if not len(other[0]):
            return NO_COMPARISON
        start = self._start(cohort)
        if weighed is None:
            treated, control = (
                tuple(self._rows(side[at], side[2], side[at]) for at in (0, 1)) for side in (own, other)
            )
            places = np.concatenate([own[0], own[1], other[0], other[1]])
            return self._found(cohort, places, sections_contrast(treated, control, method, start))
        first, places, at, weights = (np.concatenate(pair) for pair in zip(own, other, strict=True))
        is_treated = np.arange(len(places)) < len(own[0])
        change = self.y[places] - self.y[first]
        return self._found(
            cohort, places, panel_contrast(change, is_treated, self._x(at), self.w[weights], method, start)
        )

    def _found(self, cohort: int, places: np.ndarray, effect: Contrast | str) -> Found:
        if isinstance(effect, str):
            return effect
        if effect.propensity is not None:
            self.starts[cohort] = effect.propensity
        return places, effect

    def _start(self, cohort: int) -> np.ndarray:
        return self.starts.get(cohort, np.zeros(self.x.shape[1]))

    def _rows(self, y: np.ndarray, x: np.ndarray, w: np.ndarray) -> Rows:
        return Rows(self.y[y], self._x(x), self.w[w])

    def _x(self, places: np.ndarray) -> np.ndarray:
        """Regressors of some places, each column contiguous."""
        return self.x.T[:, places].T

    def _others(self, cohort: int, cut: int) -> list[tuple[int, int]]:
        """Comparison cohorts as spans: those from `cut` on without the cohort itself."""
        last = self.ends.shape[1] - 1
        return [(cut, last)] if cut > cohort else [(cut, cohort), (cohort + 1, last)]

    def _parts(self, at: int, spans: Sequence[tuple[int, int]]) -> list[slice]:
        """Places of some cohorts in one period; those of cohorts that follow each other lie together."""
        return [slice(int(self.ends[at, first]), int(self.ends[at, last])) for first, last in spans]

    def _joined(self, parts: Sequence[slice]) -> Rows:
        """Rows of some places, without a copy where they lie together."""
        parts = [part for part in parts if part.stop > part.start]
        if len(parts) == 1:
            return Rows(self.y[parts[0]], self.x[parts[0]], self.w[parts[0]])
        y, w = (np.concatenate([column[part] for part in parts]) for column in (self.y, self.w))
        return Rows(y, np.concatenate([self.x.T[:, part] for part in parts], axis=1).T, w)

    def _seen(self, spans: Sequence[tuple[int, int]], columns: Sequence[int]) -> list[np.ndarray]:
        """Places, in each of some periods, of the hospitals that are seen in all of them."""
        held = self.hospitals
        rows = [
            np.concatenate([self.place[at, held[first] : held[last]] for first, last in spans])
            for at in columns
        ]
        both = np.logical_and.reduce([found >= 0 for found in rows])
        return [found[both] for found in rows]


def _length(parts: Sequence[slice]) -> int:
    return sum(part.stop - part.start for part in parts)


def row_table(sample: Sample, position: np.ndarray, n_cohorts: int, *, followed: bool) -> RowTable:
    """Sort a sample by period, cohort and hospital.

    Parameters
    ----------
    sample : Sample
        Of N units.
    position : numpy.ndarray, shape (N,), int
        Cohort of each unit; C for those that only serve as comparison.
    n_cohorts : int
    followed : bool
        Whether hospitals are looked up in several periods.

    Returns
    -------
    RowTable
        O(n log n) once, and a copy of what is used of each row.
    """
    layout, periods = sample.layout, seen_periods(sample)
    number = np.int32 if len(periods) * len(position) < np.iinfo(np.int32).max else np.int64
    code = np.zeros(sample.design.n_periods, number)
    code[periods] = np.arange(len(periods))
    rank = np.empty(len(position), number)
    rank[np.argsort(position, kind="stable")] = np.arange(len(position))
    cell = layout.spread(position.astype(number))
    cell += (code * number(n_cohorts + 1))[layout.time]
    size = np.bincount(cell, minlength=len(periods) * (n_cohorts + 1)).reshape(len(periods), -1)
    del cell
    key = layout.spread(rank)
    key += (code * number(len(position)))[layout.time]
    order, place = _in_order(key, len(periods), len(position), followed)
    del key
    ends = np.cumsum(np.column_stack([np.r_[0, size.sum(1)[:-1]].cumsum(), size]), axis=1)
    return RowTable(
        order,
        sample.outcome[order],
        regressors((column[order] for column in sample.columns), len(sample.columns), len(order)),
        np.broadcast_to(1.0, len(order)) if sample.weights is None else sample.weights[order],
        ends,
        np.searchsorted(np.sort(position), np.arange(n_cohorts + 2)),
        place,
    )


def _in_order(
    key: np.ndarray, n_periods: int, n_units: int, followed: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    """Rows in the order of their keys, and the place of each hospital in each period (T, N)."""
    if not followed:
        return np.argsort(key, kind="stable"), None
    place = np.full(n_periods * n_units, -1, np.int32)
    place[key] = np.arange(len(key), dtype=np.int32)
    seen = place >= 0
    order = place[seen]
    place[seen] = np.arange(len(key), dtype=np.int32)
    return order, place.reshape(n_periods, n_units)


def weight_columns(cells: Cells, weights_of: str) -> np.ndarray:
    """Column (K,) of the period whose weights each cell counts with; the earlier one where both do."""
    if weights_of == "first_period":
        return np.zeros_like(cells.time)
    if weights_of == "base_of_cohort":
        last = np.full(cells.cohort.max(initial=-1) + 1, -1)
        np.maximum.at(last, cells.cohort, np.where(cells.time == cells.time.max(initial=-1), cells.base, -1))
        return last[cells.cohort]
    return np.minimum(cells.time, cells.base)
