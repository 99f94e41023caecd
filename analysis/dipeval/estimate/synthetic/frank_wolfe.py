"""The weights of synthdid as its authors compute them: Frank–Wolfe steps with an early stop and thinned weights.

Kept to reproduce published numbers. `simplex` has the optimum that these steps approach.
"""

from __future__ import annotations

import numpy as np


def frank_wolfe_weights(
    columns: np.ndarray,
    target: np.ndarray,
    ridge: float,
    *,
    start: np.ndarray | None = None,
    least_decrease: float,
    steps: int,
) -> np.ndarray:
    """Step towards the best single column, by exact line search, until the fit hardly improves.

    Parameters
    ----------
    columns : numpy.ndarray, shape (n, k)
    target : numpy.ndarray, shape (n,)
    ridge : float
        Penalty on the sum of squared weights, of the sum of squared residuals.
    start : numpy.ndarray, shape (k,), optional
        Default: equal weights.
    least_decrease : float
        The mean squared residual with its penalty must fall by more than the square of this, from the second
        step on.
    steps : int
        At most.

    Notes
    -----
    Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021), section 2 and its package; O(n k) a step.
    """
    n, k = columns.shape
    weights = np.full(k, 1.0 / k) if start is None else start.copy()
    before = np.inf
    for step in range(steps):
        weights = frank_wolfe_step(columns, target, ridge, weights)
        fitted = columns @ weights
        value = (ridge * float(weights @ weights) + float(((fitted - target) ** 2).sum())) / n
        if step >= 1 and not before - value > least_decrease**2:
            break
        before = value
    return weights


def frank_wolfe_step(
    columns: np.ndarray, target: np.ndarray, ridge: float, weights: np.ndarray
) -> np.ndarray:
    """Weights (k,) after one step towards the best single column, by exact line search."""
    fitted = columns @ weights
    half_gradient = (fitted - target) @ columns + ridge * weights
    best = int(np.argmin(half_gradient))
    direction = -weights
    direction[best] += 1.0
    if not direction.any():
        return weights
    moved = columns[:, best] - fitted
    curvature = float(moved @ moved) + ridge * float(direction @ direction)
    length = min(1.0, max(0.0, -float(half_gradient @ direction) / curvature))
    return weights + length * direction


def thinned(weights: np.ndarray) -> np.ndarray:
    """Weights up to a quarter of the largest set to zero, the others scaled to a sum of one."""
    kept = np.where(weights <= weights.max() / 4, 0.0, weights)
    return kept / kept.sum()
