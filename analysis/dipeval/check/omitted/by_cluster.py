"""Errors, robust to clusters, of anything that is a function of the products of a regression.

What a cluster adds to a statistic F of the products S is its derivative at S in the direction of the
cluster's own products. Fixed effects and slopes that were taken out need no term of their own: products of
residuals do not change to first order with the coefficients that made them (Frisch & Waugh). For the
coefficient itself this is the usual clustered error. Bounds of bias have errors of the same kind in
Chernozhukov, Cinelli, Newey, Sharma & Syrgkanis (2022, "Long story short", NBER working paper 30302), section
4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.check.omitted.confounding import Coefficient, equal_strength
from dipeval.check.omitted.partialled import OUTCOME, TREATMENT, Partialled, net_of
from dipeval.results.student import critical_value

STEP = 1e-4
"""Of a cluster's products, to both sides: truncation 1e-8 of a derivative, rounding 1e-12."""


def directions(statistic: Callable[[np.ndarray], np.ndarray], parts: np.ndarray) -> np.ndarray:
    """What each cluster adds to a statistic of K numbers, shape (G, K), from products by cluster (G, k, k).

    Cost 2 G evaluations.
    """
    whole = parts.sum(0)
    ends = [[np.asarray(statistic(whole + step * own)) for step in (STEP, -STEP)] for own in parts]
    return np.stack([(above - below) / (2 * STEP) for above, below in ends])


def covariance(statistic: Callable[[np.ndarray], np.ndarray], parts: np.ndarray, factor: float) -> np.ndarray:
    """Covariance of a statistic of K numbers, shape (K, K), robust to clusters.

    Parameters
    ----------
    statistic : callable
        From products (k, k) to numbers (K,).
    parts : numpy.ndarray, shape (G, k, k)
        The products by cluster.
    factor : float
        Small-sample factor, such as ``G/(G-1) (N-1)/(N-K)``.
    """
    found = directions(statistic, parts)
    return factor * found.T @ found


def value_and_spread(products: np.ndarray) -> np.ndarray:
    """The coefficient, and what a bias is a multiple of: ``sqrt(Var(residual of Y) / Var(residual of
    D))``."""
    left = net_of(products, range(TREATMENT + 1, len(products)), [OUTCOME, TREATMENT])
    value = left[0, 1] / left[1, 1]
    return np.array([value, np.sqrt(max(left[0, 0] / left[1, 1] - value**2, 0.0))])


def fitted_coefficient(partialled: Partialled) -> Coefficient:
    """The coefficient of treatment given the covariates, with the error under independent errors."""
    value, spread = value_and_spread(partialled.products)
    return Coefficient(float(value), float(spread / np.sqrt(partialled.degrees)), partialled.degrees)


@dataclass(frozen=True)
class ClusteredBound:
    """An effect and its bias under a confounder, with errors robust to clusters.

    A confounder of partial R squared R_Y and R_D has strength ``k = sqrt(R_Y R_D / (1 - R_D))`` and moves the
    effect by k times `spread`, towards zero and beyond.

    Attributes
    ----------
    value, spread : float
    cov : numpy.ndarray, shape (2, 2)
        Of both.
    critical : float
        Quantile of the interval: of t with G - 1 degrees of freedom.
    degrees : float
    """

    value: float
    spread: float
    cov: np.ndarray
    critical: float
    degrees: float

    def adjusted(self, strength: float) -> tuple[float, float]:
        """The effect nearest to zero (or beyond) under a confounder of this strength, and its error."""
        sign = 1.0 if self.value >= 0 else -1.0
        weights = np.array([1.0, -sign * strength])
        error = np.sqrt(max(float(weights @ self.cov @ weights), 0.0))
        return float(weights @ (self.value, self.spread)), float(error)

    def interval(self, strength: float) -> tuple[float, float]:
        """Ends of the interval around the adjusted effect."""
        value, error = self.adjusted(strength)
        return value - self.critical * error, value + self.critical * error

    def robustness_value(self, *, interval: bool = True) -> float:
        """R with ``R_Y = R_D = R`` at which the interval, or the value itself, reaches zero; 0 where it holds
        it.

        The end of the interval solves a quadratic equation in the strength.
        """
        if not interval:
            return equal_strength(abs(self.value) / self.spread)
        sign = 1.0 if self.value >= 0 else -1.0
        c2 = self.critical**2
        square = self.spread**2 - c2 * self.cov[1, 1]
        middle = -2 * (abs(self.value) * self.spread - c2 * sign * self.cov[0, 1])
        rest = self.value**2 - c2 * self.cov[0, 0]
        if rest <= 0:
            return 0.0
        roots = np.roots([square, middle, rest])
        real = roots.real[(np.abs(roots.imag) <= 1e-9 * np.abs(roots)) & (roots.real > 0)]
        return equal_strength(float(real.min()))


def clustered_bound(partialled: Partialled, factor: float, level: float) -> ClusteredBound:
    """Effect and spread of a regression, with their covariance by cluster; compared with t(G - 1)."""
    value, spread = value_and_spread(partialled.products)
    degrees = len(partialled.by_cluster) - 1.0
    critical = float(critical_value(level, degrees))
    return ClusteredBound(
        float(value),
        float(spread),
        covariance(value_and_spread, partialled.by_cluster, factor),
        critical,
        degrees,
    )
