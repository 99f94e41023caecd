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
    columns = np.stack([np.ones(len(mean)), np.log(mean)], axis=1)
    centred = columns[:, 1] - np.average(columns[:, 1], weights=cases)
    if not spread.any() or cases @ centred**2 <= CLOSE * cases.sum():
        return np.nan, np.nan
    beta = np.array([np.log(np.average(spread, weights=cases)), 0.0])
    for _ in range(MOST_STEPS):
        fitted = np.exp(np.clip(columns @ beta, -500, 500))
        bread = np.linalg.inv(columns.T @ ((cases * fitted)[:, None] * columns))
        score = (cases * (spread - fitted))[:, None] * columns
        step = bread @ score.sum(0)
        beta = beta + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < CLOSE:
            break
    by_cluster = np.stack([np.bincount(cluster, column) for column in score.T], axis=1) @ bread
    n_clusters = len(by_cluster)
    return float(beta[1]), float(np.sqrt((by_cluster[:, 1] ** 2).sum() * n_clusters / max(n_clusters - 1, 1)))
