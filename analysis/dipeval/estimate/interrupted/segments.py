"""Regressors of a segmented regression: trend, changes of level and slope, seasons, windows left out.

Wagner, Soumerai, Zhang & Ross-Degnan (2002, *Journal of Clinical Pharmacy and Therapeutics* 27); Bernal, Cummins &
Gasparrini (2017, *International Journal of Epidemiology* 46).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem

HARMONICS, PERIODS = "harmonics", "periods"
SEASONS = ("none", HARMONICS, PERIODS)
"""How a season is told: not at all, by sines and cosines, by an effect of each period of the year."""


@dataclass(frozen=True)
class Interruption:
    """A date at which a series may change.

    Attributes
    ----------
    at : int
        First position (from 0) that is after it.
    level, slope : bool
        Whether the level, and the slope, may change.
    phase_in : int
        Periods from `at` over which the change of level grows in equal steps to its full size; the slope changes
        once it is full. 0: at once.
    left_out : int
        Periods from `at` that are left out of the fit (a transition).
    name : str
        Prefix of its terms, where there are several.
    """

    at: int
    level: bool = True
    slope: bool = True
    phase_in: int = 0
    left_out: int = 0
    name: str = ""


@dataclass(frozen=True)
class Season:
    """The season of a series.

    Attributes
    ----------
    kind : {"none", "harmonics", "periods"}
    length : int
        Periods a year: 12 or 4.
    pairs : int
        Pairs of sine and cosine.
    first : int
        Place in the year of position 0, from 0.
    """

    kind: str = "none"
    length: int = 12
    pairs: int = 1
    first: int = 0


@dataclass(frozen=True)
class Segments:
    """The design of a segmented regression on n positions.

    Attributes
    ----------
    names : tuple of str, length k
    columns : numpy.ndarray, shape (n, k)
    counterfactual : numpy.ndarray, shape (n, k)
        The same columns had none of the interruptions happened.
    used : numpy.ndarray, shape (n,), bool
        Positions that are fitted.
    changes : tuple of str
        Names of the terms that tell what changed.
    """

    names: tuple[str, ...]
    columns: np.ndarray
    counterfactual: np.ndarray
    used: np.ndarray
    changes: tuple[str, ...]


def segments(
    n: int,
    interruptions: Sequence[Interruption],
    season: Season = Season(),
    further: dict[str, np.ndarray] | None = None,
) -> Segments:
    """Lay out trend, changes and season of a series.

    Parameters
    ----------
    n : int
        Positions, equally spaced, the first is 0; the trend counts them from 1.
    interruptions : sequence of Interruption
        In order of time.
    season : Season
    further : dict of str to numpy.ndarray, shape (n,)
        Other columns: events, prices, pandemic months.

    Returns
    -------
    Segments
        Terms ``intercept``, ``trend``, ``level`` and ``slope`` (with the interruption's name in front where there are
        several), ``sine_1`` … or ``season_2`` …; the slope counts periods from 0 at the interruption, so that the
        level is the change at its first position.

    Raises
    ------
    DesignError
        An interruption outside the series, two in one period, less than two positions before the first or after
        one, more terms than positions.
    """
    _check(n, interruptions, season)
    position = np.arange(n, dtype=float)
    named = {"intercept": np.ones(n), "trend": position + 1}
    changes: dict[str, np.ndarray] = {}
    used = np.ones(n, bool)
    for k, one in enumerate(interruptions):
        prefix = f"{one.name or k + 1}:" if len(interruptions) > 1 else ""
        since = position - one.at
        if one.level:
            grown = np.ones(n) if not one.phase_in else np.minimum((since + 1) / (one.phase_in + 1), 1.0)
            changes[f"{prefix}level"] = np.where(since >= 0, grown, 0.0)
        if one.slope:
            changes[f"{prefix}slope"] = np.maximum(since - one.phase_in, 0.0)
        used &= ~((since >= 0) & (since < one.left_out))
    named |= changes | _seasonal(position, season) | (further or {})
    columns = np.column_stack(list(named.values()))
    without = columns.copy()
    names = tuple(named)
    without[:, [names.index(name) for name in changes]] = 0.0
    _check_rank(names, columns[used])
    return Segments(names, columns, without, used, tuple(changes))


def _seasonal(position: np.ndarray, season: Season) -> dict[str, np.ndarray]:
    place = (position + season.first) % season.length
    if season.kind == PERIODS:
        return {f"season_{k + 1}": (place == k) * 1.0 for k in range(1, season.length)}
    if season.kind == HARMONICS:
        angle = 2 * np.pi * (place + 1) / season.length
        return {
            f"{word}_{k}": wave(k * angle)
            for k in range(1, season.pairs + 1)
            for word, wave in (("sine", np.sin), ("cosine", np.cos))
            if not (word == "sine" and 2 * k == season.length)
        }
    return {}


def _check(n: int, interruptions: Sequence[Interruption], season: Season) -> None:
    problems = []
    dates = [one.at for one in interruptions]
    if not dates:
        problems.append(Problem("interruptions", "there is none", "name a date"))
    if dates != sorted(set(dates)):
        problems.append(
            Problem("interruptions", "are not in order, each in its own period", "mend the dates")
        )
    for one in interruptions:
        where = f"interruption {one.name or one.at + 1}"
        if not 2 <= one.at <= n - 2:
            what = f"has {max(one.at, 0)} periods before it and {max(n - one.at, 0)} from it on"
            problems.append(Problem(where, what, "two at least are needed on either side"))
        if not (one.level or one.slope):
            problems.append(Problem(where, "may change neither level nor slope", "allow one of them"))
        if one.phase_in < 0 or one.left_out < 0:
            problems.append(Problem(where, "has a window of negative length", "write 0 or more periods"))
    if season.kind not in SEASONS:
        problems.append(
            Problem("season", f"{season.kind!r} is unknown", "write one of " + ", ".join(SEASONS))
        )
    if season.kind == HARMONICS and not 1 <= season.pairs <= season.length // 2:
        what = f"{season.pairs} pairs of harmonics do not fit {season.length} periods a year"
        problems.append(Problem("season", what, f"write 1 to {season.length // 2}"))
    if problems:
        raise DesignError("interrupted series", problems)


def _check_rank(names: tuple[str, ...], columns: np.ndarray) -> None:
    n, k = columns.shape
    if n <= k:
        what = f"{n} periods for {k} terms"
        todo = "lengthen the window, or ask for fewer terms (a simpler season, no change of slope)"
        raise DesignError("interrupted series", [Problem("series", what, todo)])
    scale = np.maximum(np.abs(columns).max(0), 1e-300)
    rank = np.linalg.matrix_rank(columns / scale, tol=1e-9 * np.sqrt(n))
    if rank < k:
        dependent = [
            name
            for j, name in enumerate(names)
            if np.linalg.matrix_rank(columns[:, : j + 1] / scale[: j + 1], tol=1e-9 * np.sqrt(n)) <= j
            and np.linalg.matrix_rank(np.delete(columns / scale, j, 1), tol=1e-9 * np.sqrt(n)) == rank
        ]
        what = f"cannot be told apart from the other terms: {', '.join(dependent[:5])}"
        raise DesignError("interrupted series", [Problem("terms", what, "leave them out")])
