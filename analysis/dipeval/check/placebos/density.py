"""The kernel density of placebo estimates."""

from __future__ import annotations

import numpy as np

POINTS = 201
REACH = 3.0
"""Band widths beyond the smallest and the largest draw to which the curve runs."""


def bandwidth(draws: np.ndarray) -> float:
    """Silverman's rule of thumb (1986, equation 3.31): ``0.9 min(sd, IQR / 1.34) n^(-1/5)``; NaN without spread."""
    if len(draws) < 2:
        return np.nan
    spread = float(draws.std(ddof=1))
    quartiles = np.quantile(draws, [0.25, 0.75])
    robust = float(quartiles[1] - quartiles[0]) / 1.34
    width = 0.9 * (min(spread, robust) if robust > 0 else spread) * len(draws) ** -0.2
    return width if width > 0 else np.nan


def kernel_density(draws: np.ndarray, points: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian kernel density of D draws.

    Parameters
    ----------
    draws : numpy.ndarray, shape (D,)
        NaN is passed over.
    points : int

    Returns
    -------
    x, density : numpy.ndarray, shape (points,)
        Empty where the draws are all alike. O(points × D).
    """
    known = np.sort(draws[np.isfinite(draws)])
    width = bandwidth(known)
    if not np.isfinite(width):
        return np.empty(0), np.empty(0)
    x = np.linspace(known[0] - REACH * width, known[-1] + REACH * width, points)
    z = (x[:, None] - known) / width
    return x, np.exp(-0.5 * z**2).sum(1) / (len(known) * width * np.sqrt(2 * np.pi))
