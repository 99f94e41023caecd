"""Wild cluster bootstrap of several terms of a regression at once, from the regression summed by cluster.

The Wald statistic of Cameron, Gelbach & Miller (2008, section IV), drawn from the fit in which all the terms
are zero; the algebra without rows is that of `dipeval.infer.wild`, with several combinations in place of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dipeval.infer.wild import AT_ONCE, Subclusters
from dipeval.results.cluster_moments import ClusterMoments

SINGULAR = 1e-10
"""Smallest eigenvalue, of a covariance scaled to a unit diagonal, that counts as one."""


@dataclass(frozen=True)
class WildTerms:
    """q terms ``R'β`` of a regression, to be bootstrapped under the null that all are zero.

    Attributes
    ----------
    moments : ClusterMoments
        G clusters, p columns.
    terms : sequence of int
        Columns of `ClusterMoments.picked`, fewer than G.
    restricted : bool
        Whether the draws come from the fit under the null (WCR) or from the estimate (WCU).
    jackknifed : bool
        Whether residuals of a cluster come from the fit without it.
    by_jackknife : bool
        Whether the covariance of each draw is CR3 instead of CR0.
    drawn : Subclusters or None
        A finer level by which weights are drawn, H groups; not with `jackknifed`.
    """

    moments: ClusterMoments
    terms: Sequence[int]
    restricted: bool = True
    jackknifed: bool = False
    by_jackknife: bool = False
    drawn: Subclusters | None = None

    @cached_property
    def combinations(self) -> np.ndarray:
        """R (p, q)."""
        return self.moments.picked[:, list(self.terms)]

    @cached_property
    def directions(self) -> np.ndarray:
        """``A = P R`` (p, q)."""
        return self.moments.directions[:, list(self.terms)]

    @cached_property
    def estimates(self) -> np.ndarray:
        """``R'β`` (q,)."""
        return self.combinations.T @ self.moments.coefficients

    @cached_property
    def without(self) -> np.ndarray:
        """``P_g R`` without each cluster (G, p, q)."""
        return np.stack([inverse @ self.combinations for inverse in self.moments.without])

    @cached_property
    def scores(self) -> np.ndarray:
        """Scores of the residuals that are drawn (H, p)."""
        m = self.moments if self.drawn is None else self.drawn.moments
        if not self.jackknifed:
            if not self.restricted:
                return m.score
            pulled = np.linalg.solve(self.combinations.T @ self.directions, self.estimates)
            return m.score + m.gram @ (self.directions @ pulled)
        whole, found = m.right.sum(0), np.empty_like(m.right)
        for g, (inverse, pull) in enumerate(zip(m.without, self.without, strict=True)):
            alone = inverse @ (whole - m.right[g])
            if self.restricted:
                alone -= pull @ np.linalg.solve(self.combinations.T @ pull, self.combinations.T @ alone)
            found[g] = m.right[g] - m.gram[g] @ alone
        return found

    @cached_property
    def observed(self) -> float:
        """Wald statistic of the sample by the covariance of the draws, without a factor."""
        m = self.moments
        if self.by_jackknife:
            moved = np.einsum("gpq,gp->gq", self.without, m.right.sum(0) - m.right)
            deviations = moved - self.estimates
        else:
            deviations = m.score @ self.directions
        return float(_wald(self.estimates[None], deviations[None])[0])

    def draws(self, weights: np.ndarray) -> np.ndarray:
        """Wald statistics (D,) of draws with weights (D, H); infinite where a draw fits perfectly.

        O(D (G H q + G q² + q³)).
        """
        row, matrices = self._linear()
        parts = []
        step = max(1, AT_ONCE // (len(self.moments.gram) * len(self.terms) + weights.shape[1]))
        for first in range(0, len(weights), step):
            some = weights[first : first + step]
            deviations = np.stack([some @ matrix.T for matrix in matrices], axis=2)
            parts.append(_wald(some @ row, deviations))
        return np.concatenate(parts)

    def _linear(self) -> tuple[np.ndarray, np.ndarray]:
        """Numerators (H, q) and deviations (q, G, H) as functions of the weights."""
        m, scores = self.moments, self.scores
        row, groups = scores @ self.directions, np.arange(len(scores))
        cluster = groups if self.drawn is None else self.drawn.cluster
        if not self.by_jackknife:
            pulled = np.einsum("gij,jq->qgi", m.gram, self.directions) @ m.inverse
            matrices = -(pulled @ scores.T)
            matrices[:, cluster, groups] += row.T
            return row, matrices
        apart = (self.without - self.directions).transpose(2, 0, 1)
        matrices = apart @ scores.T
        own = np.einsum("hpq,hp->qh", self.without[cluster], scores)
        matrices[:, cluster, groups] -= own
        return row, matrices


def _wald(numerators: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """``r' (M'M)⁻¹ r`` of numerators r (D, q) and deviations M (D, G, q); infinite where M'M is singular."""
    covariance = np.einsum("dgq,dgr->dqr", deviations, deviations)
    size = np.sqrt(np.einsum("dqq->dq", covariance))
    perfect = (size <= 0).any(1)
    size = np.where(size > 0, size, 1)
    values, vectors = np.linalg.eigh(covariance / (size[:, :, None] * size[:, None, :]))
    perfect |= values[:, 0] < SINGULAR
    along = np.einsum("dqr,dq->dr", vectors, numerators / size)
    return np.where(perfect, np.inf, (along**2 / np.where(values > SINGULAR, values, 1)).sum(1))
