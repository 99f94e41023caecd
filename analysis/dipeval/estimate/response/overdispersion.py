"""The dispersion of the negative binomial by maximum likelihood, from cell means and value counts.

``−log L = Σ_cells [(n/α + S) log(1 + α μ) − S log μ] − Σ_j N_j log(1 + α j)`` up to a constant, where N_j is the
number of cases with a value above j: cases of a cell share their mean, so the likelihood of all cases needs the
counts of their values and the sums S of the cells alone (Cameron & Trivedi 2013, equations 3.28 and 3.29).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

LEAST, MOST = 1e-7, 1e4
POINTS = 53


def dispersion(
    mean: np.ndarray, cases: np.ndarray, total: np.ndarray, values: np.ndarray, counts: np.ndarray
) -> float:
    """Maximum-likelihood α for given means.

    Parameters
    ----------
    mean, cases, total : numpy.ndarray, shape (n,)
        Fitted mean, number of cases and sum of their outcomes, by row.
    values, counts : numpy.ndarray, shape (V,)
        Distinct outcomes of the cases, whole numbers, and how often each occurs.

    Returns
    -------
    float
        0 where the data are not overdispersed: the model is then Poisson. O(n + largest value) an evaluation.
    """
    above = counts.sum() - np.cumsum(np.bincount(values, counts))[:-1]
    below = np.arange(len(above))

    def loss(log_alpha: float) -> float:
        alpha = np.exp(log_alpha)
        cells = (cases / alpha + total) * np.log1p(alpha * mean) - total * np.log(mean)
        return float(cells.sum() - above @ np.log1p(alpha * below))

    def slope(log_alpha: float) -> float:
        alpha = np.exp(log_alpha)
        cells = (cases + alpha * total) * mean / (1 + alpha * mean) - cases / alpha * np.log1p(alpha * mean)
        return float(cells.sum() - above @ (alpha * below / (1 + alpha * below)))

    grid = np.linspace(np.log(LEAST), np.log(MOST), POINTS)
    k = int(np.argmin([loss(point) for point in grid]))
    if k == 0:
        return 0.0
    low, high = grid[k - 1], grid[min(k + 1, POINTS - 1)]
    if not slope(low) < 0 < slope(high):
        return float(np.exp(grid[k]))
    return float(np.exp(brentq(slope, low, high, xtol=1e-14, rtol=1e-14)))
