"""All weights on moment inequalities that no nuisance effect can disturb: extreme rays of {w ≥ 0 : w'X = 0}."""

from __future__ import annotations

import numpy as np

ZERO = 1e-10
"""Weights and products below this are zero; columns and rays are scaled to a largest entry of one."""


class TooManyRays(Exception):
    """The cone has more extreme rays than were asked for; the caller solves linear programmes instead."""


def extreme_rays(columns: np.ndarray, most: int) -> np.ndarray:
    """Extreme rays of the cone {w ≥ 0 : w'X = 0}, each scaled to a sum of one.

    Parameters
    ----------
    columns : numpy.ndarray, shape (m, q)
        X; sparse columns keep the work small.
    most : int
        Rays that are kept at most at any time.

    Returns
    -------
    numpy.ndarray, shape (r, m)

    Raises
    ------
    TooManyRays
        There are more than `most` on the way.

    Notes
    -----
    Double description (Motzkin, Raiffa, Thompson & Thrall 1953; Fukuda & Prodon 1996): the equations enter one by one;
    a ray on one side of an equation is combined with a ray on the other if the two are adjacent, which is read from the
    zeros that they share. Cost: O(q r² m) at worst, r the largest number of rays on the way.
    """
    rays = np.eye(len(columns))
    left = [column / np.abs(column).max() for column in columns.T if np.abs(column).max() > 0]
    entered = 0
    while left:
        sides = [rays @ column for column in left]
        next_one = int(np.argmin([(side > ZERO).sum() * (side < -ZERO).sum() for side in sides]))
        rays = _cut(rays, sides[next_one], entered, most)
        del left[next_one]
        entered += 1
    return rays / rays.sum(axis=1, keepdims=True) if len(rays) else rays


def _cut(rays: np.ndarray, side: np.ndarray, entered: int, most: int) -> np.ndarray:
    """Rays of the cone after one more equation, on which the present rays have the products `side`."""
    above, below = np.flatnonzero(side > ZERO), np.flatnonzero(side < -ZERO)
    kept = rays[np.abs(side) <= ZERO]
    support = rays > ZERO
    first, second = _adjacent(support, above, below, entered)
    if len(kept) + len(first) > most:
        raise TooManyRays
    new = side[first, None] * rays[second] - side[second, None] * rays[first]
    new[new < ZERO * np.abs(new).max(axis=1, initial=0, keepdims=True)] = 0
    return np.vstack([kept, new / new.max(axis=1, initial=0, keepdims=True)]) if len(new) else kept


def _adjacent(support: np.ndarray, above: np.ndarray, below: np.ndarray, entered: int):
    """Pairs of rays on the two sides that lie on a common face of two dimensions.

    Such a pair has at most `entered` + 2 weights in its joint support, and no other ray has its support within it.
    """
    numbers = support.astype(np.float32)
    size = numbers.sum(axis=1)
    first, second = [], []
    for ray in above:
        joint_size = size[ray] + size[below] - numbers[below] @ numbers[ray]
        near = below[joint_size <= entered + 2.5]
        if not len(near):
            continue
        outside = 1 - np.maximum(numbers[near], numbers[ray])
        within = (outside @ numbers.T < 0.5).sum(axis=1)
        near = near[within == 2]
        first.append(np.full(len(near), ray))
        second.append(near)
    empty = [np.zeros(0, int)]
    return np.concatenate(first or empty), np.concatenate(second or empty)
