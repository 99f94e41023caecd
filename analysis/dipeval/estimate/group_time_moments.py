"""Sums over blocks of hospitals: all that group-time effects and their influence are made of.

Every effect is linear in the outcomes once the propensity is fitted, so weighted sums of outcomes and
covariates by block give all periods at once; outcomes by hospital are read once a block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.propensity import logistic, odds_weights

NUMBERS_AT_ONCE = 32768


@dataclass(frozen=True)
class Comparison:
    """A cohort and the hospitals it is compared with: one propensity, one outcome regression.

    Attributes
    ----------
    cohort : int
        Position of the cohort.
    controls : tuple of int
        Positions of the comparison cohorts; the last position is never treated.
    propensity : numpy.ndarray, shape (p + 1,), or None
        Coefficients of the logit of belonging to the cohort; None for outcome regression alone.
    hessian : numpy.ndarray, shape (p + 1, p + 1), or None
    """

    cohort: int
    controls: tuple[int, ...]
    propensity: np.ndarray | None
    hessian: np.ndarray | None


@dataclass(frozen=True)
class Moments:
    """Sums over B blocks, each of hospitals of one cohort; q = p + 1 regressors, M comparisons.

    Attributes
    ----------
    cohort : numpy.ndarray, shape (B,), int
        Ascending.
    xx : numpy.ndarray, shape (B, q, q)
        Σ w x x'.
    xy : numpy.ndarray, shape (B, q, T)
        Σ w x y'.
    ky : mapping of int to (numpy.ndarray, numpy.ndarray)
        By comparison: the blocks that are controls there, and Σ κ y' of each (blocks, T), where
        κ = w × odds.
    kx : mapping of int to numpy.ndarray, shape (blocks, q)
        Σ κ x of the same blocks.
    score : mapping of int to (numpy.ndarray, numpy.ndarray)
        By comparison: its blocks, treated ones among them, and the propensity's score Σ w (d − π) x.
    kxy : mapping of int to numpy.ndarray, shape (q, T)
        Σ κ x y' over all controls of the comparison.
    kxx : mapping of int to numpy.ndarray, shape (q, q)
    """

    cohort: np.ndarray
    xx: np.ndarray
    xy: np.ndarray
    ky: dict[int, tuple[np.ndarray, np.ndarray]]
    kx: dict[int, np.ndarray]
    score: dict[int, tuple[np.ndarray, np.ndarray]]
    kxy: dict[int, np.ndarray]
    kxx: dict[int, np.ndarray]

    def totals(self, n_cohorts: int) -> Moments:
        """Sums by cohort of what is needed for effects: `cohort` is 0 … C, the rest of controls is left."""
        xx = np.zeros((n_cohorts + 1, *self.xx.shape[1:]))
        xy = np.zeros((n_cohorts + 1, *self.xy.shape[1:]))
        first = np.flatnonzero(np.diff(self.cohort, prepend=-1))
        xx[self.cohort[first]] = np.add.reduceat(self.xx, first)
        xy[self.cohort[first]] = np.add.reduceat(self.xy, first)
        return Moments(np.arange(n_cohorts + 1), xx, xy, {}, {}, {}, self.kxy, self.kxx)


def block_moments(
    outcome: Callable[[slice], np.ndarray],
    regressors: np.ndarray,
    weights: np.ndarray,
    cohort: np.ndarray,
    blocks: np.ndarray,
    comparisons: Sequence[Comparison],
) -> Moments:
    """Sum outcomes and regressors over blocks.

    Parameters
    ----------
    outcome : callable
        Outcomes of a slice of places, (places, T).
    regressors : numpy.ndarray, shape (N, q)
    weights : numpy.ndarray, shape (N,)
    cohort : numpy.ndarray, shape (B,), int
        Of each block, ascending.
    blocks : numpy.ndarray, shape (B, 2), int
        First and last + 1 place of each.
    comparisons : sequence of Comparison

    Returns
    -------
    Moments
        Cost O(N T q M) at the most, as one matrix product a block.
    """
    q, modelled = regressors.shape[1], [m for m, c in enumerate(comparisons) if c.propensity is not None]
    xx, xy, found = [], [], []
    roles = {int(c): _roles(comparisons, modelled, int(c), q) for c in np.unique(cohort)}
    for own, some in _chunks(cohort, blocks, {c: role[2].shape[1] for c, role in roles.items()}):
        first, last = int(blocks[some[0], 0]), int(blocks[some[-1], 1])
        x, y = regressors[first:last], outcome(slice(first, last))
        columns = _summed_columns(x, weights[first:last], *roles[own])
        for start, stop in (blocks[some] - first).tolist():
            part = columns[:, start:stop]
            by_x, by_y = part @ x[start:stop], part @ y[start:stop]
            xx.append(by_x[:q])
            xy.append(by_y[:q])
            found.append(_split(by_x, by_y, q, *roles[own]))
    sums = {m: _OfComparison(q, xy[0].shape[1]) for m in modelled}
    for own, (controls, treated, _, _) in roles.items():
        mine = np.flatnonzero(cohort == own)
        sums_y, sums_x, scores = (np.stack([found[b][k] for b in mine]) for k in range(3))
        for j, m in enumerate(controls):
            sums[m].add_controls(mine, sums_y[:, j], sums_x[:, j])
        for j, m in enumerate([*controls, *treated]):
            sums[m].add_scores(mine, scores[:, j])
    return Moments(
        cohort,
        np.array(xx),
        np.array(xy),
        {m: (np.concatenate(part.at), np.concatenate(part.ky)) for m, part in sums.items()},
        {m: np.concatenate(part.kx) for m, part in sums.items()},
        {m: (np.concatenate(part.scored_at), np.concatenate(part.score)) for m, part in sums.items()},
        {m: part.kxy for m, part in sums.items()},
        {m: part.kxx for m, part in sums.items()},
    )


class _OfComparison:
    """Sums of one comparison while its cohorts are gone through."""

    def __init__(self, q: int, n_periods: int):
        self.kxy, self.kxx = np.zeros((q, n_periods)), np.zeros((q, q))
        self.at: list[np.ndarray] = []
        self.ky: list[np.ndarray] = []
        self.kx: list[np.ndarray] = []
        self.scored_at: list[np.ndarray] = []
        self.score: list[np.ndarray] = []

    def add_controls(self, blocks: np.ndarray, kxy: np.ndarray, kxx: np.ndarray) -> None:
        """Add Σ κ x y' (blocks, q, T) and Σ κ x x' (blocks, q, q) of a control cohort."""
        self.kxy += kxy.sum(0)
        self.kxx += kxx.sum(0)
        self.ky.append(kxy[:, 0])
        self.kx.append(kxx[:, 0])
        self.at.append(blocks)

    def add_scores(self, blocks: np.ndarray, score: np.ndarray) -> None:
        """Add the propensity's score (blocks, q) of a cohort that takes part."""
        self.score.append(score)
        self.scored_at.append(blocks)


def _roles(
    comparisons: Sequence[Comparison], modelled: Sequence[int], cohort: int, q: int
) -> tuple[list[int], list[int], np.ndarray, np.ndarray]:
    """Comparisons in which a cohort is a control, in which it is treated, and their coefficients (q, m)."""
    controls = [m for m in modelled if cohort in comparisons[m].controls]
    treated = [m for m in modelled if cohort == comparisons[m].cohort]
    gamma = np.array([comparisons[m].propensity for m in [*controls, *treated]]).reshape(-1, q).T
    return controls, treated, gamma, np.arange(gamma.shape[1]) >= len(controls)


def _chunks(
    cohort: np.ndarray, blocks: np.ndarray, involved: dict[int, int]
) -> Iterator[tuple[int, np.ndarray]]:
    """Blocks of one cohort that follow each other, as many as the cache bears: cohort and blocks."""
    length = np.diff(blocks, axis=1)[:, 0]
    for own, n_comparisons in involved.items():
        mine = np.flatnonzero(cohort == own)
        most = NUMBERS_AT_ONCE // (1 + n_comparisons)
        number = np.maximum(np.cumsum(length[mine]) - length[mine], 0) // most
        for k in np.unique(number):
            yield own, mine[number == k]


def _summed_columns(
    x: np.ndarray,
    w: np.ndarray,
    controls: list[int],
    treated: list[int],
    gamma: np.ndarray,
    is_treated: np.ndarray,
) -> np.ndarray:
    """What is summed against regressors and outcomes of n hospitals: w x, κ x of each control, w (d − π).

    Shape (q + q controls + comparisons, n).
    """
    q, n_controls = x.shape[1], len(controls)
    columns = np.empty((q + q * n_controls + gamma.shape[1], len(x)))
    np.multiply(x.T, w, out=columns[:q])
    index = gamma.T @ x.T
    kappa = odds_weights(index[:n_controls], w)
    for j in range(n_controls):
        np.multiply(x.T, kappa[j], out=columns[q + q * j : q + q * (j + 1)])
    apart = columns[q + q * n_controls :]
    np.subtract(is_treated[:, None], logistic(index), out=apart)
    apart *= w
    return columns


def _split(
    by_x: np.ndarray,
    by_y: np.ndarray,
    q: int,
    controls: list[int],
    treated: list[int],
    gamma: np.ndarray,
    is_treated: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of one block: Σ κ x y' (controls, q, T), Σ κ x x' (controls, q, q), scores (comparisons, q)."""
    end = q + q * len(controls)
    shape = (len(controls), q)
    return by_y[q:end].reshape(*shape, by_y.shape[1]), by_x[q:end].reshape(*shape, q), by_x[end:]


def unit_moments(
    outcome: np.ndarray,
    regressors: np.ndarray,
    weights: np.ndarray,
    cohort: np.ndarray,
    comparisons: Sequence[Comparison],
) -> Moments:
    """The same sums with each hospital a block of its own; totals over controls are left out.

    For errors by hospital: call it for a few thousand hospitals at a time, since it holds N T M numbers.
    """
    weighted = regressors * weights[:, None]
    xx = weighted[:, :, None] * regressors[:, None, :]
    xy = weighted[:, :, None] * outcome[:, None, :]
    ky, kx, scores = {}, {}, {}
    for m, comparison in enumerate(comparisons):
        if comparison.propensity is None:
            continue
        is_control = np.isin(cohort, comparison.controls)
        at = np.flatnonzero(is_control | (cohort == comparison.cohort))
        index = regressors[at] @ comparison.propensity
        score = weighted[at] * (~is_control[at] - logistic(index))[:, None]
        held = at[is_control[at]]
        weight = odds_weights(index[is_control[at]], weights[held])
        ky[m] = held, weight[:, None] * outcome[held]
        kx[m] = weight[:, None] * regressors[held]
        scores[m] = at, score
    return Moments(cohort, xx, xy, ky, kx, scores, {}, {})
