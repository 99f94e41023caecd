"""Nearest neighbours on one number, a score.

The k nearest on a line, with all that are as near as the k-th, lie side by side in the sorted pool, so a match
is a stretch of it: two whole numbers a unit, however many are tied.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EQUAL = 1e-9
"""Scores that differ by less, on the scale of the logit, are equal."""
AT_ONCE = 65_536


@dataclass(frozen=True)
class Stretches:
    """Neighbours of n units in a pool of P, with replacement.

    Attributes
    ----------
    order : numpy.ndarray, shape (P,), int
        The pool by its score.
    first, last : numpy.ndarray, shape (n,), int
        Neighbours are `order[first:last]`; none where both are equal.
    """

    order: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @property
    def count(self) -> np.ndarray:
        """Neighbours of each unit (n,)."""
        return self.last - self.first

    def part(self, which: np.ndarray) -> Stretches:
        """Of some of the units: the others, by a mask (n,), have no neighbour."""
        return Stretches(self.order, np.where(which, self.first, 0), np.where(which, self.last, 0))

    def means(self, values: np.ndarray) -> np.ndarray:
        """Mean of a column of the pool (P,) or (P, C) over the neighbours of each unit; NaN without any."""
        centre = values.mean(0) if len(values) else 0.0
        total = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values[self.order] - centre, 0)])
        sums = total[self.last] - total[self.first]
        with np.errstate(invalid="ignore", divide="ignore"):
            return (sums.T / self.count).T + centre

    def uses(self) -> tuple[np.ndarray, np.ndarray]:
        """How often each of the pool serves, a tie in parts, and the sum of squared parts; both (P,)."""
        found = self.count > 0
        first, last, parts = self.first[found], self.last[found], 1.0 / self.count[found]
        size = len(self.order) + 1
        touched = np.cumsum(np.bincount(first, minlength=size) - np.bincount(last, minlength=size))[:-1] > 0
        made = []
        for part in (parts, parts**2):
            steps = np.bincount(first, part, size) - np.bincount(last, part, size)
            whole = np.zeros(size - 1)
            whole[self.order] = np.where(touched, np.cumsum(steps)[:-1], 0.0)
            made.append(whole)
        return made[0], made[1]


@dataclass(frozen=True)
class Mates:
    """Neighbours of n units without replacement: `mates` (n, k) are positions in a pool of `size`, -1 for none."""

    mates: np.ndarray
    size: int

    @property
    def count(self) -> np.ndarray:
        """Neighbours of each unit (n,)."""
        return (self.mates >= 0).sum(1)

    def part(self, which: np.ndarray) -> Mates:
        """As `Stretches.part`."""
        return Mates(np.where(which[:, None], self.mates, -1), self.size)

    def means(self, values: np.ndarray) -> np.ndarray:
        """As `Stretches.means`."""
        there = self.mates >= 0
        picked = np.where(there.reshape(*there.shape, *(1,) * (values.ndim - 1)), values[self.mates], 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return (picked.sum(1).T / self.count).T

    def uses(self) -> tuple[np.ndarray, np.ndarray]:
        """As `Stretches.uses`."""
        there = self.mates >= 0
        part = np.broadcast_to((1.0 / np.maximum(self.count, 1))[:, None], self.mates.shape)[there]
        at = self.mates[there]
        return np.bincount(at, part, self.size), np.bincount(at, part**2, self.size)


Matches = Stretches | Mates


def nearest(score: np.ndarray, pool: np.ndarray, k: int = 1, reach: float = np.inf) -> Stretches:
    """The k nearest of a pool, and all that are as near as the k-th, within a distance.

    Parameters
    ----------
    score : numpy.ndarray, shape (n,)
    pool : numpy.ndarray, shape (P,)
    k : int
        Where the pool, or the reach, holds fewer, these serve.
    reach : float
        Largest distance (the caliper).

    Notes
    -----
    Cost O((n + P) log P + n k).
    """
    order = np.argsort(pool, kind="stable")
    line = pool[order]
    if not len(line):
        return Stretches(order, np.zeros(len(score), np.int64), np.zeros(len(score), np.int64))
    far = np.concatenate(
        [_distances(score[at : at + AT_ONCE], line, k) for at in range(0, len(score), AT_ONCE)]
        or [np.empty((0, 2))]
    )
    width = np.minimum(far[:, 1], reach) + EQUAL
    first = np.searchsorted(line, score - width, side="left")
    last = np.searchsorted(line, score + width, side="right")
    out = far[:, 0] > reach + EQUAL
    return Stretches(order, np.where(out, 0, first), np.where(out, 0, last))


def _distances(score: np.ndarray, line: np.ndarray, k: int) -> np.ndarray:
    """Distances to the nearest and to the k-th nearest of a sorted line, (n, 2)."""
    k = min(k, len(line))
    at = np.searchsorted(line, score)[:, None] + np.arange(-k, k)
    inside = (at >= 0) & (at < len(line))
    apart = np.where(inside, np.abs(line[np.clip(at, 0, len(line) - 1)] - score[:, None]), np.inf)
    apart.partition(k - 1, axis=1)
    return np.stack([apart[:, :k].min(1), apart[:, k - 1]], axis=1)


def nearest_once(score: np.ndarray, pool: np.ndarray, k: int = 1, reach: float = np.inf) -> Mates:
    """Each of the pool serves once: the highest score chooses first, in k rounds.

    Parameters
    ----------
    score, pool, k, reach
        As :func:`nearest`. Equal scores choose, and are chosen, in the order in which they stand.

    Notes
    -----
    Greedy, as MatchIt's ``method = "nearest"`` with its default order. Cost O((n k + P) log P).
    """
    order = np.argsort(pool, kind="stable")
    line = pool[order]
    size = len(line)
    # the next free place to the right and to the left, with paths shortened as they are walked
    right, left = list(range(size + 1)), list(range(size + 1))
    mates = np.full((len(score), k), -1, np.int64)
    begin = np.searchsorted(line, score)
    for turn in range(k):
        for i in np.argsort(-score, kind="stable").tolist():
            place = _closest(line, score[i], _free(right, int(begin[i])), _free(left, int(begin[i])) - 1)
            if place >= 0 and abs(line[place] - score[i]) <= reach + EQUAL:
                mates[i, turn] = order[place]
                right[place], left[place + 1] = place + 1, place
    return Mates(mates, size)


def _free(link: list[int], at: int) -> int:
    root = at
    while link[root] != root:
        root = link[root]
    while link[at] != root:
        link[at], at = root, link[at]
    return root


def _closest(line: np.ndarray, score: float, above: int, below: int) -> int:
    """The nearer of two places of a line; -1 where both lie outside."""
    if above >= len(line):
        return below
    if below < 0:
        return above
    return below if score - line[below] <= line[above] - score else above
