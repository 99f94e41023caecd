"""The root of the mean square of the leads against a bound, by self-normalisation (Dette & Schumann 2024).

The mean square of estimates from growing parts of the sample measures its own spread, so that no covariance
enters: ``(M(1) - M) / V`` with ``V² = mean of (M(λ) - M(1))²`` over the parts λ = 1/5 ... 4/5 of the
clusters has the distribution of ``B(1) / sqrt(mean of (B(λ)/λ - B(1))²)`` with a Brownian motion B (theorem
4.3).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from dipeval.check.pretrends.equivalence import Equivalence

PARTS = (0.2, 0.4, 0.6, 0.8)
FEWEST_CLUSTERS = 20
"""Of fewer clusters the parts are a handful each: no test is made."""


def pivot_tail(value: float) -> float:
    """Chance that the self-normalised statistic is below ``-value``, value > 0.

    ``B(λ)/λ - B(1)`` is independent of B(1) and has the covariance ``1 / max(λ, μ) - 1``; so the statistic
    is a standard normal over the root of ``Q = Σ η_j χ²_j``. With ``2 Φ(-x) = 2/π ∫ exp(-x² / (2 sin² θ))
    dθ`` over a quarter turn, its tail is ``1/π ∫ Π (1 + value² η_j / sin² θ)^(-1/2) dθ``: one smooth
    integral.
    """
    shares, weights = _quarter_turn()
    return float(np.sum(weights * np.prod(1 / np.sqrt(1 + value**2 * shares), axis=1)))


@lru_cache(maxsize=1)
def _quarter_turn() -> tuple[np.ndarray, np.ndarray]:
    """``η_j / sin² θ`` at nodes of the angle θ, and the weights of these."""
    parts = np.array(PARTS)
    shares = np.linalg.eigvalsh(1 / np.maximum.outer(parts, parts) - 1) / len(parts)
    at, weights = np.polynomial.legendre.leggauss(100)
    return shares / np.sin((at + 1) * np.pi / 4)[:, None] ** 2, weights / 4


@lru_cache(maxsize=8)
def pivot_quantile(level: float) -> float:
    """Value that the self-normalised statistic falls below ``-value`` of with a chance of ``level`` < 1/2."""
    from scipy.optimize import brentq

    return float(brentq(lambda value: pivot_tail(value) - level, 1e-6, 1e6, xtol=1e-12))


def mean_squares(leads: np.ndarray, influence: np.ndarray, seed: int) -> np.ndarray:
    """Mean squares of the leads in growing parts of the clusters, in an order drawn with a seed.

    Parameters
    ----------
    leads : numpy.ndarray, shape (k,)
    influence : numpy.ndarray, shape (G, k)
        Of each cluster on the leads, summing to zero.
    seed : int

    Returns
    -------
    numpy.ndarray, shape (len(PARTS),)
        The estimate of a part S of the clusters is ``leads + G / |S| * sum of their influence``, which is
        exact for means of clusters and of first order else.
    """
    order = np.random.default_rng(seed).permutation(len(influence))
    sums = np.cumsum(influence[order], axis=0)
    sizes = np.floor(np.array(PARTS) * len(influence)).astype(int)
    found = leads + len(influence) / sizes[:, None] * sums[sizes - 1]
    return (found**2).mean(1)


def root_mean_square_lead(
    leads: np.ndarray, influence: np.ndarray, bound: float | None, seed: int, level: float = 0.05
) -> Equivalence:
    """The root of the mean square of the leads (equations 3.3 and 4.10).

    Parameters
    ----------
    leads : numpy.ndarray, shape (k,)
    influence : numpy.ndarray, shape (G, k)
    bound : float or None
    seed : int
        Of the order of the clusters, on which the answer depends.
    level : float

    Returns
    -------
    Equivalence
        Undefined, with a note, with fewer than `FEWEST_CLUSTERS` clusters. It can never exceed the largest
        lead, so the bound of `largest_lead` holds for it as well.
    """
    whole = float((leads**2).mean())
    if len(influence) < FEWEST_CLUSTERS:
        note = f"{len(influence)} clusters; parts of fewer than {FEWEST_CLUSTERS} are too small"
        return Equivalence("rms", np.sqrt(whole), np.nan, note=note)
    spread = float(np.sqrt(((mean_squares(leads, influence, seed) - whole) ** 2).mean()))
    smallest = np.sqrt(whole + pivot_quantile(level) * spread)
    below = np.sqrt(max(0.0, whole - pivot_quantile(level / 2) * spread))
    p_value = np.nan
    if bound is not None:
        value = (whole - bound**2) / spread
        p_value = pivot_tail(-value) if value < 0 else 1 - pivot_tail(value)
    return Equivalence("rms", np.sqrt(whole), smallest, p_value, below)
