"""Regression with autoregressive moving-average errors by exact likelihood, restricted or not.

Box, Jenkins & Reinsel; Pinheiro & Bates (2000, chapter 5). A series of some hundred months has a covariance matrix
that is small: it is formed from the autocovariances and factored, with no approximation at the ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.threads import one_thread

STEPS = 200


@dataclass(frozen=True)
class ArmaFit:
    """Generalised least squares at the coefficients that the likelihood chooses.

    Attributes
    ----------
    params : numpy.ndarray, shape (k,)
    cov : numpy.ndarray, shape (k, k)
        At these coefficients, with the residual variance divided by n - k.
    residuals : numpy.ndarray, shape (n,)
    coefficients : tuple of float
        Autoregressive ones, then moving-average ones.
    log_likelihood : float
        Restricted where asked.
    sigma : float
        Standard deviation of the errors, divided by n, or n - k where restricted.
    """

    params: np.ndarray
    cov: np.ndarray
    residuals: np.ndarray
    coefficients: tuple[float, ...]
    log_likelihood: float
    sigma: float


def arma_fit(y: np.ndarray, x: np.ndarray, order: tuple[int, int], *, restricted: bool = True) -> ArmaFit:
    """Maximise the likelihood over stationary and invertible coefficients.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
    x : numpy.ndarray, shape (n, k)
    order : (int, int)
        Autoregressive and moving-average terms.
    restricted : bool
        Restricted likelihood, which allows for the k coefficients that were estimated.

    Raises
    ------
    DesignError
        The search does not settle.

    Notes
    -----
    O(n³) a step for n periods.
    """
    p, q = order
    plain = (
        y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    )  # what the likelihood is about, without large numbers
    scale = float(np.std(plain)) or 1.0

    def loss(free: np.ndarray) -> float:
        return -_fitted(plain / scale, x, np.atleast_1d(free), p, restricted).log_likelihood

    with one_thread():
        return _fitted(y, x, _lowest(loss, p + q), p, restricted)


def _lowest(loss: Callable[[np.ndarray], float], size: int) -> np.ndarray:
    """Where the loss is least: by quasi-Newton steps from two starts, then a small simplex."""
    from scipy.optimize import minimize

    tried = [minimize(loss, start, method="BFGS") for start in (np.zeros(size), np.full(size, 0.4))]
    best = min(tried, key=lambda one: one.fun).x
    simplex = best + np.vstack([np.zeros(size), 1e-4 * np.eye(size)])
    options = {"xatol": 1e-9, "fatol": 1e-9, "initial_simplex": simplex, "maxiter": STEPS * size}
    found = minimize(loss, best, method="Nelder-Mead", options=options)
    if not found.success:
        what = "the likelihood of autocorrelated errors does not settle"
        raise DesignError("interrupted series", [Problem("errors", what, 'use "newey_west"')])
    return found.x


def _fitted(y: np.ndarray, x: np.ndarray, free: np.ndarray, p: int, restricted: bool) -> ArmaFit:
    from scipy.linalg import cholesky, solve_triangular, toeplitz

    n, k = x.shape
    ar, ma = _stationary(free[:p]), -_stationary(free[p:])
    gamma = autocovariances(ar, ma, n)
    root = cholesky(toeplitz(gamma / gamma[0]), lower=True)
    whole = solve_triangular(root, np.column_stack([x, y]), lower=True)
    orthogonal, triangle = np.linalg.qr(whole[:, :k])
    params = np.linalg.solve(triangle, orthogonal.T @ whole[:, k])
    left = whole[:, k] - whole[:, :k] @ params
    squares = float(left @ left)
    half_log = float(np.log(np.diag(root)).sum())
    used = n - k if restricted else n
    value = -0.5 * used * (np.log(2 * np.pi * squares / used) + 1) - half_log
    if restricted:
        value -= float(np.log(np.abs(np.diag(triangle))).sum())
    inverse = np.linalg.inv(triangle)
    cov = inverse @ inverse.T * squares / (n - k)
    coefficients = tuple(float(c) for c in np.r_[ar, ma])
    return ArmaFit(params, cov, y - x @ params, coefficients, float(value), float(np.sqrt(squares / used)))


def _stationary(free: np.ndarray) -> np.ndarray:
    """Coefficients of a stationary autoregression from any numbers, by partial autocorrelations (Monahan 1984)."""
    made = np.empty(0)
    for partial in np.tanh(free):
        made = np.r_[made - partial * made[::-1], partial]
    return made


def autocovariances(ar: np.ndarray, ma: np.ndarray, n: int) -> np.ndarray:
    """Autocovariances at lags 0 … n-1 of errors with unit innovations.

    Brockwell & Davis (1991), section 3.3, third method: linear equations for the first lags, then recursion.
    """
    p, q = len(ar), len(ma)
    theta = np.r_[1.0, ma]
    weights = np.zeros(q + 1)  # of the moving-average representation
    for j in range(q + 1):
        weights[j] = theta[j] + sum(ar[i] * weights[j - 1 - i] for i in range(min(j, p)))
    right = np.zeros(max(p, q) + 1)
    for lag in range(q + 1):
        right[lag] = sum(theta[j] * weights[j - lag] for j in range(lag, q + 1))
    m = max(p, q) + 1
    matrix = np.eye(m)
    for lag in range(m):
        for i in range(p):
            matrix[lag, abs(lag - 1 - i)] -= ar[i]
    gamma = np.zeros(max(n, m))
    gamma[:m] = np.linalg.solve(matrix, right)
    for lag in range(m, n):
        gamma[lag] = ar @ gamma[lag - 1 : lag - p - 1 : -1] if p else 0.0
    return gamma[:n]
