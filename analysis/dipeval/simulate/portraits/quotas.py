"""Whole numbers that add up: cases by word, and amounts of a given sum."""

from __future__ import annotations

import numpy as np

ROUNDS = 60
"""Amounts that meet a bound are set to it and the others scaled again; each round sets at least one."""


def largest_remainder(weights: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers in proportion to weights whose sum is the total (Hamilton's method).

    Parameters
    ----------
    weights : numpy.ndarray of float, shape (k,)
        Not negative, not all zero.
    total : int

    Returns
    -------
    numpy.ndarray of int64, shape (k,)
        Each within one of its proportion; of equal remainders the first wins. Cost: O(k log k).
    """
    exact = np.asarray(weights, dtype=float) / np.sum(weights) * total
    # A share such as 0.0831 is not exact in binary: what lies a billionth below a whole number is that number.
    whole = np.floor(exact + 1e-9).astype(np.int64)
    left = int(total - whole.sum())
    if left:
        whole[np.argsort(-(exact - whole), kind="stable")[:left]] += 1
    return whole


def exact_total(
    weights: np.ndarray, total: int, low: np.ndarray | int = 0, high: np.ndarray | int | None = None
) -> np.ndarray:
    """Whole amounts between bounds, in proportion to weights, whose sum is the total.

    Parameters
    ----------
    weights : numpy.ndarray of float, shape (n,)
        Positive.
    total : int
    low, high : int or numpy.ndarray of int64, shape (n,)
        Bounds of each amount, included; no `high`: none.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        Cost: O(n log n).

    Raises
    ------
    ValueError
        When no amounts within the bounds have this sum.
    """
    least = np.broadcast_to(np.asarray(low, dtype=np.int64), weights.shape)
    most = np.full(weights.shape, total) if high is None else np.asarray(high, dtype=np.int64)
    most = np.broadcast_to(np.maximum(most, least), weights.shape)
    if not least.sum() <= total <= most.sum():
        raise ValueError(f"no amounts between {least.sum()} and {most.sum()} in sum add up to {total}")
    exact = _scaled(weights, total, least, most)
    whole = np.clip(np.floor(exact + 1e-9).astype(np.int64), least, most)
    return _adjusted(whole, exact, total, least, most)


def _scaled(weights: np.ndarray, total: int, least: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Weights times one number, within bounds, so that the sum is near the total: found by halving."""
    below, above = 0.0, 1.0
    while np.clip(weights * above, least, most).sum() < total and above < 1e300:
        above *= 2
    for _ in range(ROUNDS):
        middle = (below + above) / 2
        if np.clip(weights * middle, least, most).sum() < total:
            below = middle
        else:
            above = middle
    return np.clip(weights * above, least, most)


def _adjusted(
    whole: np.ndarray, exact: np.ndarray, total: int, least: np.ndarray, most: np.ndarray
) -> np.ndarray:
    """Give or take single units where the remainder is largest, within the bounds, until the sum is right."""
    while (left := int(total - whole.sum())) != 0:
        step = 1 if left > 0 else -1
        free = np.flatnonzero(whole < most if step > 0 else whole > least)
        order = np.argsort(-step * (exact[free] - whole[free]), kind="stable")
        whole[free[order[: abs(left)]]] += step
    return whole
