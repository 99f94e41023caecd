"""A regression summed by cluster: all that inference with few clusters needs of its rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

NULL_SHARE = 1e-9
"""Eigenvalues below this share of the largest, of a Gram matrix scaled to a unit diagonal, count as zero."""
OF_REGRESSORS = ("inverse", "directions", "without", "identified_without")
"""What `ClusterMoments` makes of the regressors alone."""


@dataclass(frozen=True)
class ClusterMoments:
    """A least-squares fit of p columns Z, hospital effects taken out, in G clusters; K terms are made of it.

    Attributes
    ----------
    gram : numpy.ndarray, shape (G, p, p)
        ``S_g = Z_g' W Z_g``.
    score : numpy.ndarray, shape (G, p)
        ``u_g = Z_g' W e_g`` of the residuals e.
    coefficients : numpy.ndarray, shape (p,)
        One least-squares solution.
    picked : numpy.ndarray, shape (p, K)
        Combination of coefficients behind each term; zeros for a reference.

    Notes
    -----
    MacKinnon, Nielsen & Webb (2023), *Journal of Applied Econometrics* 38(5), section 2: cluster-robust
    errors, jackknife and wild cluster bootstrap are functions of these alone.
    """

    gram: np.ndarray
    score: np.ndarray
    coefficients: np.ndarray
    picked: np.ndarray

    def with_outcome(self, score: np.ndarray, coefficients: np.ndarray) -> ClusterMoments:
        """The same regressors with another outcome: what depends on them alone is not made again."""
        other = replace(self, score=score, coefficients=coefficients)
        other.__dict__.update({name: getattr(self, name) for name in OF_REGRESSORS})
        return other

    @cached_property
    def inverse(self) -> np.ndarray:
        """Generalised inverse of the whole Gram matrix (p, p)."""
        return generalised_inverse(self.gram.sum(0))

    @cached_property
    def right(self) -> np.ndarray:
        """``u_g + S_g β``, the cross products with the outcome (G, p)."""
        return self.score + self.gram @ self.coefficients

    @cached_property
    def directions(self) -> np.ndarray:
        """``P c`` of each term's combination c (p, K), with P the generalised inverse."""
        return self.inverse @ self.picked

    @cached_property
    def without(self) -> np.ndarray:
        """Generalised inverses of the Gram matrix without each cluster (G, p, p). O(G p³)."""
        whole = self.gram.sum(0)
        return np.stack([generalised_inverse(whole - own, np.diag(whole)) for own in self.gram])

    @cached_property
    def identified_without(self) -> np.ndarray:
        """Whether each term is identified without each cluster (G, K), bool."""
        whole, size = self.gram.sum(0), (self.picked**2).sum(0)
        found = np.empty((len(self.gram), self.picked.shape[1]), bool)
        for g, inverse in enumerate(self.without):
            missed = self.picked - (whole - self.gram[g]) @ (inverse @ self.picked)
            found[g] = (missed**2).sum(0) <= 1e-10 * np.maximum(size, np.finfo(float).tiny)
        return found


def generalised_inverse(gram: np.ndarray, variation: np.ndarray | None = None) -> np.ndarray:
    """Symmetric generalised inverse (p, p) of a Gram matrix, after scaling its columns.

    Parameters
    ----------
    gram : numpy.ndarray, shape (p, p)
    variation : numpy.ndarray, shape (p,), optional
        Size of each column in a larger sample; what is left of it here may be rounding. Default: the
        diagonal.

    Returns
    -------
    numpy.ndarray, shape (p, p)
        O(p³).
    """
    diagonal = np.diag(gram)
    size = diagonal if variation is None else variation
    alive = diagonal > NULL_SHARE * np.maximum(size, np.finfo(float).tiny)
    inverse = np.zeros_like(gram)
    if not alive.any():
        return inverse
    scale = 1 / np.sqrt(diagonal[alive])
    values, vectors = np.linalg.eigh(gram[np.ix_(alive, alive)] * np.outer(scale, scale))
    kept = values > NULL_SHARE * values[-1]
    solved = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    inverse[np.ix_(alive, alive)] = solved * np.outer(scale, scale)
    return inverse
