"""The gap statistic: how much tighter clusters are than those of rows without any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.cluster.fit import k_means, seed_of
from dipeval.cluster.medoids import k_medoids
from dipeval.cluster.order import canonical_order, one_thread
from dipeval.cluster.space import GOWER, PLAIN, Space, distances_of, squares_within

DRAWS = 50
REFERENCE_STARTS = 5
SURE = 3.0
"""Not one, as in the rules: the highest of many gaps is looked at, and that of no clusters is exceeded by chance."""
REFERENCE_STREAM = 1_000_003
"""Parts the seeds of reference draws from those of the fits."""


@dataclass(frozen=True)
class Gap:
    """Gap statistics by number of clusters.

    Attributes
    ----------
    ks : ndarray of int, shape (m,)
        1, 2, …, m.
    log_within, expected, gap, error : ndarray, shape (m,)
        Logarithm of the squares within clusters, its mean over the reference draws, their difference, and
        the standard deviation over draws times √(1 + 1/draws).
    first : int
        The smallest k whose gap is at least that of k + 1 less its error (Tibshirani and others).
    best : int
        The smallest k whose gap is at least the highest one less its error (Dudoit and Fridlyand).
    taken : int
        `first`; where that is 1, but some later gap lies above that of one cluster by more than `SURE` of their joint
        errors, the gap falls and rises again, as it does with nested groups and with variables that go together: then
        the first rule from two clusters on. 1 says that there are none.
    """

    ks: np.ndarray
    log_within: np.ndarray
    expected: np.ndarray
    gap: np.ndarray
    error: np.ndarray
    first: int
    best: int
    taken: int


def gap_statistic(
    points: np.ndarray,
    log_within: np.ndarray,
    seed: int,
    draws: int = DRAWS,
    starts: int = REFERENCE_STARTS,
    space: Space = PLAIN,
) -> Gap:
    """Hold the squares within clusters against those of evenly spread rows: K-means, or K-medoids by Gower's distance.

    Parameters
    ----------
    points : ndarray, shape (n, p)
    log_within : ndarray, shape (m,)
        Logarithms of the squares within clusters of `points`, for k = 1 … m.
    seed, draws, starts : int
        Reference rows are drawn evenly in the box along the principal axes of `points`.
    space : Space
        By Gower's distance the box has the variances of the numbers instead of their ends, lest numbers weigh more
        against words than they do in `points`; each word is dealt out anew, so that it goes with nothing.

    Returns
    -------
    Gap

    Notes
    -----
    Tibshirani, Walther and Hastie, JRSS B 63 (2001), section 3, reference (b), and the rule of section 3 step 3;
    `best` is the rule of Dudoit and Fridlyand, Genome Biology 3 (2002). Cost: draws × m K-means fits.
    """
    ks = np.arange(1, len(log_within) + 1)
    rows = points[canonical_order(points)]
    logs = np.empty((draws, ks.size))
    with one_thread():
        box = _box(rows[:, : rows.shape[1] - sum(space.words)])
        for b in range(draws):
            draw = np.random.default_rng([seed, REFERENCE_STREAM, b])
            if space.metric == GOWER:
                logs[b] = _logs_of_medoids(_mixed_reference(rows, box, space, draw), ks, space)
                continue
            # The axes only turn the box, which leaves distances as they are: it need not be turned back.
            reference = draw.uniform(box.low, box.high, size=rows.shape)
            for j, k in enumerate(ks):
                made = k_means(reference, int(k), seed_of(seed, REFERENCE_STREAM, b, int(k)), starts)
                logs[b, j] = np.log(made.within)
    expected = logs.mean(axis=0)
    error = logs.std(axis=0) * np.sqrt(1 + 1 / draws)
    gap = expected - log_within
    rules = (first_k(gap, error), best_k(gap, error), taken_k(gap, error))
    return Gap(ks, log_within, expected, gap, error, *rules)


@dataclass(frozen=True)
class _Box:
    """The box along the principal axes of rows: from end to end, and half the width that has their variances."""

    middle: np.ndarray
    axes: np.ndarray
    low: np.ndarray
    high: np.ndarray
    half: np.ndarray


def _box(rows: np.ndarray) -> _Box:
    middle = rows.mean(axis=0)
    if not rows.shape[1]:
        return _Box(middle, np.empty((0, 0)), middle, middle, middle)
    axes = np.linalg.svd(rows - middle, full_matrices=False)[2]
    turned = (rows - middle) @ axes.T
    return _Box(middle, axes, turned.min(axis=0), turned.max(axis=0), np.sqrt(3.0) * turned.std(axis=0))


def _mixed_reference(rows: np.ndarray, box: _Box, space: Space, draw: np.random.Generator) -> np.ndarray:
    even = draw.uniform(-box.half, box.half, size=(len(rows), box.half.size))
    made, first = [even @ box.axes + box.middle], box.half.size
    for levels in space.words:
        made.append(rows[draw.permutation(len(rows)), first : first + levels])
        first += levels
    return np.column_stack(made)


def _logs_of_medoids(rows: np.ndarray, ks: np.ndarray, space: Space) -> np.ndarray:
    distances = distances_of(rows, space)
    squares = [squares_within(distances, k_medoids(distances, int(k)).labels, space) for k in ks]
    return np.log(squares)


def first_k(gap: np.ndarray, error: np.ndarray) -> int:
    """The smallest k with gap(k) ≥ gap(k + 1) − error(k + 1); the last one if there is none."""
    holds = np.flatnonzero(gap[:-1] >= gap[1:] - error[1:])
    return int(holds[0]) + 1 if holds.size else len(gap)


def best_k(gap: np.ndarray, error: np.ndarray) -> int:
    """The smallest k with gap(k) ≥ gap(k*) − error(k*), where k* has the highest gap."""
    top = int(np.argmax(gap))
    return int(np.flatnonzero(gap >= gap[top] - error[top])[0]) + 1


def taken_k(gap: np.ndarray, error: np.ndarray) -> int:
    """See `Gap.taken`."""
    found, top = first_k(gap, error), int(np.argmax(gap))
    if found > 1 or gap[top] - gap[0] <= SURE * np.hypot(error[0], error[top]):
        return found
    return 1 + first_k(gap[1:], error[1:])
