"""Covariance of a regression whose errors go together over time: Newey–West and other kernels.

Conventions of Zeileis (2004, *Journal of Statistical Software* 11(10)): scores of each period, sums of their products
at lags weighted by a kernel, a filter of first order before (prewhitening), bandwidths of Newey & West (1994) and
Andrews (1991).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BARTLETT, QUADRATIC = "bartlett", "quadratic_spectral"


@dataclass(frozen=True)
class LongRun:
    """Long-run covariance of scores.

    Attributes
    ----------
    meat : numpy.ndarray, shape (k, k)
        Sum over periods of products at all lags.
    bandwidth : float
    """

    meat: np.ndarray
    bandwidth: float


def long_run(
    scores: np.ndarray,
    *,
    bandwidth: float | str = "newey_west",
    kernel: str = BARTLETT,
    prewhiten: bool = False,
) -> LongRun:
    """Covariance of the sum of scores.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n, k)
        Regressors times residuals, a row a period.
    bandwidth : float or {"newey_west", "andrews"}
        Lags plus one for the Bartlett kernel; or chosen from the data.
    kernel : {"bartlett", "quadratic_spectral"}
    prewhiten : bool
        Whether a vector autoregression of order one is taken off before and put back after.

    Notes
    -----
    Newey & West (1987; 1994), Andrews (1991), Andrews & Monahan (1992). O(n² k) where the kernel never ends.
    """
    n = len(scores)
    filtered, root = (scores, None) if not prewhiten else _whitened(scores)
    if bandwidth == "newey_west":
        width = newey_west_bandwidth(filtered, prewhiten, kernel)
    elif bandwidth == "andrews":
        width = andrews_bandwidth(filtered, kernel)
    else:
        width = float(bandwidth)
    if kernel == BARTLETT and bandwidth == "newey_west":
        width = float(np.floor(width)) + 1  # whole lags, as NeweyWest()
    weights = _kernel(
        kernel, np.arange(len(filtered)) / width if width > 0 else np.r_[0.0, np.full(n, np.inf)]
    )
    meat = filtered.T @ filtered * weights[0]
    for lag in range(1, len(filtered)):
        if kernel == BARTLETT and weights[lag] <= 0:
            break
        cross = filtered[lag:].T @ filtered[:-lag]
        meat = meat + weights[lag] * (cross + cross.T)
    if root is not None:
        meat = root @ meat @ root.T
    return LongRun(meat, width)


def _whitened(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Residuals of a vector autoregression without a constant, and the matrix that puts it back."""
    before, after = scores[:-1], scores[1:]
    slopes = np.linalg.lstsq(before, after, rcond=None)[0]
    return after - before @ slopes, np.linalg.inv(np.eye(scores.shape[1]) - slopes.T)


def _kernel(kernel: str, at: np.ndarray) -> np.ndarray:
    if kernel == BARTLETT:
        return np.where(at < 1, 1 - np.where(np.isfinite(at), at, 1.0), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        angle = 6 * np.pi * at / 5
        value = 3 / angle**2 * (np.sin(angle) / angle - np.cos(angle))
    return np.where(at < 1e-6, 1.0, np.where(np.isfinite(value), value, 0.0))


def newey_west_bandwidth(scores: np.ndarray, prewhitened: bool, kernel: str = BARTLETT) -> float:
    """Bandwidth from the data, Newey & West (1994); the intercept's scores have no weight."""
    n = len(scores)
    rate = {BARTLETT: 2 / 9, QUADRATIC: 2 / 25}[kernel]
    lags = int(np.floor((3 if prewhitened else 4) * (n / 100) ** rate))
    series = scores[:, 1:].sum(1) if scores.shape[1] > 1 else scores[:, 0]
    autocovariance = np.array([series[k:] @ series[: n - k] / n for k in range(lags + 1)])
    k = np.arange(1, lags + 1)
    zero = autocovariance[0] + 2 * autocovariance[1:].sum()
    power = 1 if kernel == BARTLETT else 2
    curved = 2 * (k**power * autocovariance[1:]).sum()
    constant, exponent = {BARTLETT: (1.1447, 1 / 3), QUADRATIC: (1.3221, 1 / 5)}[kernel]
    return float(constant * ((curved / zero) ** 2 * n) ** exponent)


def andrews_bandwidth(scores: np.ndarray, kernel: str = QUADRATIC) -> float:
    """Bandwidth from autoregressions of order one of each score, Andrews (1991), equation 6.4."""
    n = len(scores)
    top = bottom = 0.0
    columns = scores[:, 1:] if scores.shape[1] > 1 else scores
    for column in columns.T:
        before, after = column[:-1], column[1:]
        centred = before - before.mean()
        rho = float(centred @ (after - after.mean()) / (centred @ centred))
        left = after - after.mean() - rho * centred
        variance = float(left @ left / (n - 1))
        if kernel == BARTLETT:
            top += 4 * rho**2 * variance**2 / ((1 - rho) ** 6 * (1 + rho) ** 2)
        else:
            top += 4 * rho**2 * variance**2 / (1 - rho) ** 8
        bottom += variance**2 / (1 - rho) ** 4
    ratio = top / bottom
    if kernel == BARTLETT:
        return float(1.1447 * (n * ratio) ** (1 / 3))
    return float(1.3221 * (n * ratio) ** (1 / 5))
