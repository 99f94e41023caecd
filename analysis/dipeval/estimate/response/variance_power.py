"""How the variance of cases grows with their mean: which family is near to what they are.

``E (y − μ)² = exp(a) μ^λ``: λ is 0 for a normal, 1 for Poisson, 2 for gamma, 3 for inverse normal outcomes (Park
1966; Manning & Mullahy 2001, section 3.2). Fitted by Poisson pseudo-likelihood on cells, whose mean squares follow
from sums of squares.
"""

from __future__ import annotations

import numpy as np

MOST_STEPS = 100
CLOSE = 1e-10


def variance_power(
    mean: np.ndarray, cases: np.ndarray, total: np.ndarray, squares: np.ndarray, cluster: np.ndarray
) -> tuple[float, float]:
    """Power of the mean that the variance follows, and its clustered error.

    Parameters
    ----------
    mean, cases, total, squares : numpy.ndarray, shape (n,)
        Fitted mean, number, sum and sum of squares of the cases of each row.
    cluster : numpy.ndarray, shape (n,), int

    Returns
    -------
    power, std_error : float
        The means are taken as known; NaN where they do not vary. O(n) a step.
    """
    spread = np.maximum(squares - 2 * mean * total + cases * mean**2, 0.0) / cases
    logs = np.log(mean) - np.average(np.log(mean), weights=cases)
    if not spread.any() or cases @ logs**2 <= CLOSE * cases.sum():
        return np.nan, np.nan
    columns = np.stack([np.ones(len(mean)), logs], axis=1)
    beta = _solved(columns, spread, cases)
    if beta is None:
        return np.nan, np.nan
    fitted = np.exp(columns @ beta)
    bread = np.linalg.inv(columns.T @ ((cases * fitted)[:, None] * columns))
    score = (cases * (spread - fitted))[:, None] * columns
    by_cluster = np.stack([np.bincount(cluster, column) for column in score.T], axis=1) @ bread
    n_clusters = len(by_cluster)
    return float(beta[1]), float(np.sqrt((by_cluster[:, 1] ** 2).sum() * n_clusters / max(n_clusters - 1, 1)))


def _solved(columns: np.ndarray, outcome: np.ndarray, weights: np.ndarray) -> np.ndarray | None:
    """Poisson coefficients by Newton's steps, halved until the likelihood rises; None without convergence."""
    scale = np.average(outcome, weights=weights)
    share = outcome / scale
    beta = np.zeros(columns.shape[1])

    def loss(at: np.ndarray) -> float:
        predictor = columns @ at
        return float(weights @ (np.exp(np.minimum(predictor, 500.0)) - share * predictor))

    for _ in range(MOST_STEPS):
        fitted = np.exp(columns @ beta)
        gram = columns.T @ ((weights * fitted)[:, None] * columns)
        step = np.linalg.solve(gram, columns.T @ (weights * (share - fitted)))
        while loss(beta + step) > loss(beta) * (1 + 1e-14) + 1e-300 and np.abs(step).max() > CLOSE:
            step = step / 2
        beta = beta + step
        if np.abs(step).max() < CLOSE:
            return beta + np.array([np.log(scale), 0.0])
    return None
