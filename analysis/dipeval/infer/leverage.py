"""Errors of regressions that allow for the leverage of clusters: CR2 and CR3, with their degrees of freedom.

CR2 makes the covariance unbiased if errors were independent with equal variance (Bell & McCaffrey 2002;
Pustejovsky & Tipton 2018, section 3); CR3 is the jackknife over clusters (MacKinnon, Nielsen & Webb 2023,
*Journal of Applied Econometrics* 38(5), equation 12).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.results.cluster_moments import ClusterMoments

NOTHING = 1e-12
"""Share of the largest eigenvalue of a cluster's Gram matrix below which it has no such direction."""
WHOLE = 1e-9
"""A cluster with all but this share of a direction has all of it: it fits that direction by itself."""


@dataclass(frozen=True)
class Adjusted:
    """What each of G clusters adds to K terms.

    Attributes
    ----------
    contributions : numpy.ndarray, shape (G, K)
        Their cross-product is the covariance. NaN where a term has none.
    df : numpy.ndarray, shape (K,)
        Satterthwaite degrees of freedom under independent errors of equal variance.
    depends_on : dict of int to int
        By term: a cluster without which it is not identified (CR3 only).
    """

    contributions: np.ndarray
    df: np.ndarray
    depends_on: dict[int, int]


@dataclass(frozen=True)
class Leverage:
    """What CR2 and the degrees of freedom know of the regressors alone.

    Attributes
    ----------
    pulls : numpy.ndarray, shape (G, p, K)
        A cluster adds ``pulls_g' u_g`` to each term.
    df : numpy.ndarray, shape (K,)
        Satterthwaite degrees of freedom.
    """

    pulls: np.ndarray
    df: np.ndarray


def bias_reduced(moments: ClusterMoments) -> Adjusted:
    """CR2: scores of residuals times ``(I - H_gg)^(-1/2)``. O(G p³)."""
    found = leverage(moments, 0.5)
    return Adjusted(np.einsum("gpk,gp->gk", found.pulls, moments.score), found.df, {})


def jackknife(moments: ClusterMoments) -> Adjusted:
    """CR3: how the coefficients move without each cluster, times ``sqrt((G-1)/G)``. O(G p³)."""
    n_clusters, n_terms = len(moments.gram), moments.picked.shape[1]
    whole = moments.right.sum(0)
    params = moments.coefficients @ moments.picked
    moved = np.empty((n_clusters, n_terms))
    for g, inverse in enumerate(moments.without):
        moved[g] = moments.picked.T @ (inverse @ (whole - moments.right[g])) - params
    lost = ~moments.identified_without
    moved[:, lost.any(0)] = np.nan
    depends_on = {int(k): int(np.argmax(lost[:, k])) for k in np.flatnonzero(lost.any(0))}
    return Adjusted(moved * np.sqrt((n_clusters - 1) / n_clusters), leverage(moments, 1.0).df, depends_on)


def leverage(moments: ClusterMoments, power: float) -> Leverage:
    """How residuals times ``(I - H_gg)^(-power)`` enter the terms, and their degrees of freedom.

    With ``Q = S_g^(1/2)`` and P the inverse of the whole Gram matrix, ``Z_g' (I - H_gg)^(-a) e_g`` is
    ``Q (I - QPQ)^(-a) Q⁺ u_g``: rows are not needed. For the degrees of freedom, the variance of a term is a
    quadratic form in the errors whose matrix has the eigenvalues of Γ (Pustejovsky & Tipton 2018, eq. 11).
    """
    found = turned_directions(moments, power)
    n_terms = found.turned.shape[2]
    df = np.empty(n_terms)
    for k in range(n_terms):
        pull = found.pulls[:, :, k]
        gamma = np.diag((found.turned[:, :, k] ** 2).sum(1)) - pull @ found.inverse @ pull.T
        trace = np.trace(gamma)
        df[k] = trace**2 / (gamma**2).sum() if trace > 0 else np.nan
    return Leverage(found.entering, df)


@dataclass(frozen=True)
class Turned:
    """The directions of K terms as each cluster's adjusted residuals enter them, in columns of unit size.

    Attributes
    ----------
    turned : numpy.ndarray, shape (G, p, K)
        ``(I - QPQ)^(-a) Q P c``: their products within a cluster are those of its errors.
    pulls : numpy.ndarray, shape (G, p, K)
        ``Q`` times these; with `inverse` the part of the errors that the fit takes away.
    inverse : numpy.ndarray, shape (p, p)
        P.
    entering : numpy.ndarray, shape (G, p, K)
        As `Leverage.pulls`, in the columns as they are.
    """

    turned: np.ndarray
    pulls: np.ndarray
    inverse: np.ndarray
    entering: np.ndarray


def turned_directions(moments: ClusterMoments, power: float) -> Turned:
    """Directions of the terms times ``(I - H_gg)^(-power)``, cluster by cluster. O(G p³)."""
    scale = 1 / np.sqrt(np.maximum(np.diagonal(moments.gram.sum(0)), np.finfo(float).tiny))
    inverse = moments.inverse / np.outer(scale, scale)
    directions = moments.directions / scale[:, None]
    n_clusters, n_terms = len(moments.gram), directions.shape[1]
    turned, entering, pulls = np.empty((3, n_clusters, len(scale), n_terms))
    for g, gram in enumerate(moments.gram * np.outer(scale, scale)):
        root, back = _root(gram)
        values, vectors = np.linalg.eigh(root @ inverse @ root)
        left = np.maximum(1 - values, 0)
        raised = np.where(left > WHOLE, np.maximum(left, WHOLE) ** -power, 0)
        middle = (vectors * raised) @ vectors.T
        turned[g] = middle @ (root @ directions)
        entering[g] = scale[:, None] * (back @ turned[g])
        pulls[g] = root @ turned[g]
    return Turned(turned, pulls, inverse, entering)


def _root(gram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric square root of a Gram matrix, and its generalised inverse."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > NOTHING * max(values[-1], np.finfo(float).tiny)
    roots = np.sqrt(values[kept])
    part = vectors[:, kept]
    return (part * roots) @ part.T, (part / roots) @ part.T
