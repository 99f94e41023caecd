"""Which hospitals report when: four states that add up to one in every hospital-period.

A hospital of the panel is, in each period of the window, *present*, *not yet* there (before its first report), *gone* (after
its last) or in a *gap* between. So any effect on presence is minus the sum of the effects on the other three, to the last
digit, for every linear estimator.

Periods in which nobody of a city (and arm) reports say something of the data and nothing of hospitals: there all four
states are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

PRESENT, NOT_YET, GONE, GAP = "present", "not_yet", "gone", "gap"
STATES = (PRESENT, NOT_YET, GONE, GAP)
KEY = ["city", "hospital"]


@dataclass(frozen=True)
class Presence:
    """N hospitals by T periods.

    Attributes
    ----------
    hospitals : pandas.DataFrame, shape (N, …)
        What is constant in each hospital, from its first row; sorted by city and hospital.
    periods : tuple of str
        Those in which some hospital reports.
    seen : numpy.ndarray, shape (N, T), bool
    known : numpy.ndarray, shape (N, T), bool
        Whether somebody of the hospital's city and arm reports.
    """

    hospitals: pd.DataFrame
    periods: tuple[str, ...]
    seen: np.ndarray
    known: np.ndarray

    @property
    def reach(self) -> tuple[np.ndarray, np.ndarray]:
        """First and last period in which each hospital reports, (N,) each."""
        return self.seen.argmax(axis=1), self.seen.shape[1] - 1 - self.seen[:, ::-1].argmax(axis=1)

    def state(self, name: str) -> np.ndarray:
        """One of `STATES`, shape (N, T): 1, 0, and NaN where unknown."""
        first, last = self.reach
        time = np.arange(self.seen.shape[1])
        made = {
            PRESENT: self.seen,
            NOT_YET: time < first[:, None],
            GONE: time > last[:, None],
            GAP: ~self.seen & (time > first[:, None]) & (time < last[:, None]),
        }[name]
        return np.where(self.known, made, np.nan).astype(float)

    @property
    def is_complete(self) -> bool:
        """Whether every hospital reports in every period that is known."""
        return bool((self.seen | ~self.known).all())

    def grid(self) -> pd.DataFrame:
        """One row a hospital and period, present or not, in the order of ``state(…).ravel()``."""
        n, periods = self.seen.shape
        made = self.hospitals.loc[self.hospitals.index.repeat(periods)].reset_index(drop=True)
        return made.assign(period=np.tile(np.array(self.periods, dtype=object), n))

    def kept(self, hospitals: np.ndarray) -> np.ndarray:
        """A mask of hospitals (N,) by the rows of `grid`."""
        return np.repeat(hospitals, self.seen.shape[1])


def presence(rows: pd.DataFrame, observed: np.ndarray | None = None) -> Presence:
    """Read who reports when from the rows of a panel.

    Parameters
    ----------
    rows : pandas.DataFrame, shape (P, …)
        Hospital-periods with ``city``, ``hospital``, ``period`` and, where the design is not by city, ``arm``.
    observed : numpy.ndarray, shape (P,), bool, optional
        Rows that count, for example those with an outcome; default: all.

    Notes
    -----
    O(N T).
    """
    ordered = rows.reset_index(drop=True)
    counted = np.ones(len(ordered), bool) if observed is None else np.asarray(observed, bool)
    first = ordered[counted].sort_values([*KEY, "period"], kind="stable").drop_duplicates(KEY)
    hospitals = first.drop(columns="period").reset_index(drop=True)
    periods = tuple(sorted(ordered.loc[counted, "period"].astype(str).unique()))
    place = pd.MultiIndex.from_frame(hospitals[KEY].astype(str))
    unit = place.get_indexer(pd.MultiIndex.from_frame(ordered.loc[counted, KEY].astype(str)))
    time = np.searchsorted(periods, ordered.loc[counted, "period"].astype(str))
    seen = np.zeros((len(hospitals), len(periods)), bool)
    seen[unit, time] = True
    place = [name for name in ("city", "arm") if name in hospitals.columns]
    group = hospitals.groupby([hospitals[name].astype(str) for name in place]).ngroup().to_numpy()
    somebody = np.zeros((group.max(initial=0) + 1, len(periods)), bool)
    np.logical_or.at(somebody, group, seen)
    return Presence(hospitals, periods, seen, somebody[group])


def turnover(found: Presence, side: np.ndarray) -> dict[str, int]:
    """Counts of hospitals of one side (N,), bool: all, throughout, entered, left, with gaps.

    Entered: known and absent before the first report; left: known and absent after the last one. One hospital may do both.
    """
    states = {name: np.nan_to_num(found.state(name)[side]).any(axis=1) for name in (NOT_YET, GONE, GAP)}
    whole = (found.seen | ~found.known)[side].all(axis=1)
    return {
        "hospitals": int(side.sum()),
        "throughout": int(whole.sum()),
        "entered": int(states[NOT_YET].sum()),
        "left": int(states[GONE].sum()),
        "gaps": int(states[GAP].sum()),
    }
