"""Sums over blocks of hospitals: all that group-time effects and their influence are made of.

Every effect is linear in the outcomes once the propensity is fitted, so weighted sums of outcomes and
covariates by block give all periods at once; outcomes by hospital are read once a block.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.propensity import TRIMMED_FROM


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


def block_moments(
    outcome: np.ndarray,
    regressors: np.ndarray,
    weights: np.ndarray,
    blocks: Sequence[tuple[int, int, int]],
    comparisons: Sequence[Comparison],
) -> Moments:
    """Sum outcomes and regressors over blocks.

    Parameters
    ----------
    outcome : numpy.ndarray, shape (N, T)
    regressors : numpy.ndarray, shape (N, q)
    weights : numpy.ndarray, shape (N,)
    blocks : sequence of (int, int, int)
        Cohort, first and last + 1 row of each block.
    comparisons : sequence of Comparison

    Returns
    -------
    Moments
        Cost O(N T q M) at the most, as matrix products over blocks.
    """
    n_blocks, q, n_periods = len(blocks), regressors.shape[1], outcome.shape[1]
    cohort = np.array([block[0] for block in blocks])
    xx, xy = np.empty((n_blocks, q, q)), np.empty((n_blocks, q, n_periods))
    involved = [_involved(comparisons, c) for c in range(cohort.max() + 1)]
    parts: dict[int, list] = {m: [] for m, c in enumerate(comparisons) if c.propensity is not None}
    kxy = {m: np.zeros((q, n_periods)) for m in parts}
    kxx = {m: np.zeros((q, q)) for m in parts}
    for b, (own, first, last) in enumerate(blocks):
        x, y, w = regressors[first:last], outcome[first:last], weights[first:last]
        xw = x * w[:, None]
        xx[b], xy[b] = xw.T @ x, xw.T @ y
        for m, is_control, odds_weight, score in _propensity_sums(x, w, comparisons, involved[own]):
            if not is_control:
                parts[m].append((b, None, None, score))
                continue
            weighted = x * odds_weight[:, None]
            sums = weighted.T @ y
            kxy[m] += sums
            kxx[m] += weighted.T @ x
            parts[m].append((b, sums[0], weighted.sum(0), score))
    ky, kx, scores = {}, {}, {}
    for m, found in parts.items():
        held = [part for part in found if part[1] is not None]
        ky[m] = (np.array([p[0] for p in held], int), np.array([p[1] for p in held]).reshape(-1, n_periods))
        kx[m] = np.array([p[2] for p in held]).reshape(-1, q)
        scores[m] = (np.array([p[0] for p in found], int), np.array([p[3] for p in found]).reshape(-1, q))
    return Moments(cohort, xx, xy, ky, kx, scores, kxy, kxx)


def _involved(comparisons: Sequence[Comparison], cohort: int) -> list[tuple[int, bool]]:
    """Comparisons with a propensity that a cohort takes part in, and whether as a control."""
    return [
        (m, cohort in c.controls)
        for m, c in enumerate(comparisons)
        if c.propensity is not None and (cohort == c.cohort or cohort in c.controls)
    ]


def _propensity_sums(
    x: np.ndarray, w: np.ndarray, comparisons: Sequence[Comparison], involved: list[tuple[int, bool]]
) -> Iterator[tuple[int, bool, np.ndarray, np.ndarray]]:
    """For each comparison of a block: κ of its hospitals and the sum of the propensity's score."""
    if not involved:
        return
    gamma = np.column_stack([comparisons[m].propensity for m, _ in involved])
    odds = np.exp(x @ gamma)
    propensity = odds / (1 + odds)
    expected = (w[:, None] * propensity).T @ x
    total = w @ x
    weight = np.where(propensity < TRIMMED_FROM, w[:, None] * odds, 0.0)
    for k, (m, is_control) in enumerate(involved):
        score = -expected[k] if is_control else total - expected[k]
        yield m, is_control, weight[:, k], score


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
        odds = np.exp(regressors[at] @ comparison.propensity)
        propensity = odds / (1 + odds)
        score = weighted[at] * (~is_control[at] - propensity)[:, None]
        weight = np.where(propensity < TRIMMED_FROM, weights[at] * odds, 0.0)[is_control[at]]
        held = at[is_control[at]]
        ky[m] = held, weight[:, None] * outcome[held]
        kx[m] = weight[:, None] * regressors[held]
        scores[m] = at, score
    return Moments(cohort, xx, xy, ky, kx, scores, {}, {})
