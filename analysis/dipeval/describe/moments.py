"""Means, standard deviations and standardised differences, on arrays."""

from __future__ import annotations

from itertools import combinations

import numpy as np


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> float:
    """Mean of the defined values, NaN where there are none.

    Parameters
    ----------
    values : numpy.ndarray, shape (n,)
        NaN where undefined.
    weights : numpy.ndarray, shape (n,)
        At least 0.
    """
    known = ~np.isnan(values) & (weights > 0)
    if not known.any():
        return float("nan")
    return float(np.average(values[known], weights=weights[known]))


def weighted_sd(values: np.ndarray, weights: np.ndarray) -> float:
    """Standard deviation with analytic weights; NaN with fewer than two defined values.

    With weights scaled to sum to the number n of defined values, ``Σ w (x - mean)² / (n - 1)`` is the
    variance: the sample variance where all weights are equal (the convention of Stata's aweights).

    Parameters
    ----------
    values, weights : numpy.ndarray, shape (n,)
    """
    known = ~np.isnan(values) & (weights > 0)
    n = int(known.sum())
    if n < 2:
        return float("nan")
    x, w = values[known], weights[known]
    mean = np.average(x, weights=w)
    return float(np.sqrt(np.average((x - mean) ** 2, weights=w) * n / (n - 1)))


def standardised_difference(means: np.ndarray, sds: np.ndarray) -> float:
    """Largest absolute standardised difference between any two of k groups.

    ``|m1 - m2| / sqrt((s1² + s2²) / 2)`` (Austin 2009, Stat Med 28:3083, section 2); 0 where both the
    difference and the deviations are 0, NaN where a group has no mean or no deviation.

    Parameters
    ----------
    means, sds : numpy.ndarray, shape (k,)
    """
    found = []
    for i, j in combinations(range(len(means)), 2):
        pooled = np.sqrt((sds[i] ** 2 + sds[j] ** 2) / 2)
        gap = abs(means[i] - means[j])
        found.append(gap / pooled if pooled > 0 else (0.0 if gap == 0 else np.nan))
    return float(np.max(found)) if found else float("nan")


def standardised_difference_of_shares(shares: np.ndarray) -> float:
    """Largest standardised difference of a categorical variable between any two of k groups.

    ``sqrt((p1 - p2)' S⁻¹ (p1 - p2))`` over all categories but one, with S the mean of the two
    multinomial covariances (Yang & Dalton 2012, SAS Global Forum paper 335); categories that neither
    group has are left out; NaN where S is singular although the shares differ.

    Parameters
    ----------
    shares : numpy.ndarray, shape (k, categories)
        Each row sums to 1, or is NaN.
    """
    found = [_mahalanobis(shares[i], shares[j]) for i, j in combinations(range(len(shares)), 2)]
    return float(np.max(found)) if found else float("nan")


def _mahalanobis(p: np.ndarray, q: np.ndarray) -> float:
    if np.isnan(p).any() or np.isnan(q).any():
        return float("nan")
    used = (p + q) > 0
    p, q = p[used][1:], q[used][1:]
    gap = p - q
    if not gap.size or np.allclose(gap, 0.0, rtol=0.0, atol=1e-15):
        return 0.0
    covariance = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    if np.linalg.matrix_rank(covariance) < len(gap):
        return float("nan")
    return float(np.sqrt(gap @ np.linalg.solve(covariance, gap)))
