"""Changes of treatment, and the hospitals that each is compared with.

A hospital is treated from the period `on` until the one before `off`. de Chaisemartin & D'Haultfœuille
compare hospitals whose treatment changes with those whose treatment was the same and does not change yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dipeval.estimate.sample import Sample

FIRST, EACH, INSTANT = "dynamic", "each_change", "instantaneous"
METHODS = (FIRST, EACH, INSTANT)


@dataclass(frozen=True)
class Paths:
    """Treatment of M hospitals over T periods.

    Attributes
    ----------
    on, off : numpy.ndarray, shape (M,), float
        First period treated, and first period no longer treated; inf for never.
    first : numpy.ndarray, shape (M,), int
        First period seen, whose treatment is the baseline.
    n_periods : int
    """

    on: np.ndarray
    off: np.ndarray
    first: np.ndarray
    n_periods: int

    @property
    def is_treated_first(self) -> np.ndarray:
        """Whether the baseline is treated (M,), bool."""
        return (self.on <= self.first) & (self.first < self.off)

    @property
    def never_changes(self) -> np.ndarray:
        """Whether treatment stays what it was first (M,), bool."""
        last = self.n_periods
        starts, ends = (self.first < self.on) & (self.on < last), (self.first < self.off) & (self.off < last)
        return ~starts & ~ends

    def dose(self, periods: np.ndarray, hospitals: np.ndarray) -> np.ndarray:
        """Treatment in some periods (P,) of some hospitals (k,), shape (k, P), 0 or 1."""
        on, off = self.on[hospitals, None], self.off[hospitals, None]
        return ((on <= periods) & (periods < off)).astype(float)


@dataclass(frozen=True)
class Change:
    """Hospitals whose treatment changes in one period, and whom they are compared with.

    Attributes
    ----------
    period : int
        First period after the change; the one before it is the base.
    sign : int
        1 where treatment starts, -1 where it ends.
    members, pool : numpy.ndarray, shape (M,), bool
        Those that change, and those that had the same treatment before.
    until : numpy.ndarray, shape (M,), float
        Compared with in periods before it, in which their own treatment changes.
    members_until : numpy.ndarray, shape (M,), float
        Counted as changed in periods before it.
    since : numpy.ndarray, shape (M,), float
        First period that placebos may take.
    """

    period: int
    sign: int
    members: np.ndarray
    pool: np.ndarray
    until: np.ndarray
    members_until: np.ndarray
    since: np.ndarray


def paths_of(sample: Sample) -> Paths:
    """Paths of the hospitals of a sample; anticipation counts before both changes."""
    design = sample.design
    units = np.arange(design.n_units) if sample.units is None else sample.units
    first = design.layout.first[units]
    on = design.first_treated[units]
    # who never starts has nothing to leave, whatever was declared before it was made a comparison
    off = np.where(np.isfinite(on), design.first_left[units], np.inf)
    return Paths(on, off, first, design.n_periods)


def changes_of(paths: Paths, method: str, *, never_only: bool) -> list[Change]:
    """All changes inside the calendar by period, those that start before those that end.

    Parameters
    ----------
    paths : Paths
    method : {"dynamic", "each_change", "instantaneous"}
    never_only : bool
        Whether only hospitals whose treatment never changes in the calendar are compared with.

    Returns
    -------
    list of Change
        Cost O(M) each.
    """
    made = {FIRST: _first_changes, EACH: _each_change, INSTANT: _instant_changes}[method](paths)
    if never_only:
        made = [replace(change, pool=change.pool & paths.never_changes) for change in made]
    return sorted(made, key=lambda change: (change.period, -change.sign))


def _first_changes(paths: Paths) -> list[Change]:
    """A hospital's first change against hospitals of the same baseline (2024, section 2)."""
    known = paths.off > paths.first
    changes = []
    for sign, pool, until in (
        (1, known & ~paths.is_treated_first, paths.on),
        (-1, known & paths.is_treated_first, paths.off),
    ):
        changes += [_change(t, sign, pool & (until == t), pool, until) for t in _dates(until[pool], paths)]
    return changes


def _each_change(paths: Paths) -> list[Change]:
    """Starts against hospitals not treated so far; leaving against hospitals of the same start that stay."""
    untreated = (paths.off > paths.first) & ~paths.is_treated_first
    changes = [
        _change(t, 1, untreated & (paths.on == t), untreated, paths.on, paths.off)
        for t in _dates(paths.on[untreated], paths)
    ]
    start = np.maximum(paths.on, 0)
    for s in np.unique(start[np.isfinite(start)]):
        pool = (start == s) & (paths.off > paths.first)
        changes += [
            _change(t, -1, pool & (paths.off == t), pool, paths.off) for t in _dates(paths.off[pool], paths)
        ]
    return changes


def _instant_changes(paths: Paths) -> list[Change]:
    """Change from one period to the next, against hospitals of the same treatment in both (2020)."""
    changes = []
    for t in _dates(paths.on, paths):
        before = (paths.on > t) | (paths.off <= t - 1)
        since = np.where(paths.on >= t, -np.inf, paths.off)
        changes.append(_change(t, 1, paths.on == t, before, None, np.full(len(since), t + 1.0), since))
    for t in _dates(paths.off, paths):
        before = (paths.on <= t - 1) & (paths.off > t)
        changes.append(
            _change(t, -1, paths.off == t, before, None, np.full(len(paths.on), t + 1.0), paths.on)
        )
    return changes


def _change(
    period: float,
    sign: int,
    members: np.ndarray,
    pool: np.ndarray,
    until: np.ndarray | None,
    members_until: np.ndarray | None = None,
    since: np.ndarray | None = None,
) -> Change:
    endless = np.full(len(members), np.inf)
    until = np.full(len(members), period + 1) if until is None else until
    return Change(
        int(period),
        sign,
        members,
        pool & ~members,
        until,
        endless if members_until is None else members_until,
        -endless if since is None else since,
    )


def _dates(dates: np.ndarray, paths: Paths) -> np.ndarray:
    """Dates that have a period before them and lie inside the calendar, each once."""
    found = np.unique(dates[np.isfinite(dates)])
    return found[(found >= 1) & (found < paths.n_periods)]
