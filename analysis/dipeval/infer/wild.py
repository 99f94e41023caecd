"""Wild cluster bootstrap of one term of a regression, from the regression summed by cluster.

Cameron, Gelbach & Miller (2008); Roodman, MacKinnon, Nielsen & Webb (2019) for the algebra that needs no
row; MacKinnon, Nielsen & Webb (2023), *Journal of Applied Econometrics* 38(5), section 4, for the variants
that transform the residuals (first digit 3) or the error of each draw (second digit 3) by the jackknife.
MacKinnon & Webb (2018), *Econometrics Journal* 21(2), for weights that are drawn by a finer level (hospitals)
than that of the error (cities), which rejects as it should in some designs with few treated clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dipeval.results.cluster_moments import ClusterMoments

MOST_EXACT = 20
"""Clusters up to which all 2^G draws of signs are enumerated when asked for."""
AT_ONCE = 4_000_000
"""Numbers of draws × clusters held at one time."""
WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])
GOLDEN = (1 + np.sqrt(5)) / 2
WEIGHTS = ("rademacher", "webb", "mammen")


@dataclass(frozen=True)
class Subclusters:
    """The same regression summed by H groups, each inside one of the G clusters.

    Attributes
    ----------
    moments : ClusterMoments
        By group.
    cluster : numpy.ndarray, shape (H,), int
        Cluster of each group.
    """

    moments: ClusterMoments
    cluster: np.ndarray


@dataclass(frozen=True)
class WildTerm:
    """One term ``c'β`` of a regression, ready to be bootstrapped under any null value.

    Attributes
    ----------
    moments : ClusterMoments
    term : int
        Column of `ClusterMoments.picked`.
    restricted : bool
        Whether the draws come from the fit under the null (WCR) or from the estimate (WCU).
    jackknifed : bool
        Whether residuals of a cluster come from the fit without it.
    by_jackknife : bool
        Whether the error of each draw is CR3 instead of CR0.
    drawn : Subclusters or None
        A finer level by which weights are drawn, H groups instead of the G clusters; not with `jackknifed`.

    Notes
    -----
    With weights v the statistic of a draw is ``N(v) / |R v|``; N is a row and R a matrix (G, H), both linear
    in the null value, so that a draw costs O(G H) and its inversion for an interval O(G) a step.
    """

    moments: ClusterMoments
    term: int
    restricted: bool = True
    jackknifed: bool = False
    by_jackknife: bool = False
    drawn: Subclusters | None = None

    @cached_property
    def combination(self) -> np.ndarray:
        """c (p,)."""
        return self.moments.picked[:, self.term]

    @cached_property
    def direction(self) -> np.ndarray:
        """``a = P c`` (p,)."""
        return self.moments.directions[:, self.term]

    @cached_property
    def estimate(self) -> float:
        """``c'β``."""
        return float(self.combination @ self.moments.coefficients)

    @cached_property
    def scores(self) -> tuple[np.ndarray, np.ndarray]:
        """Scores ``ũ_h`` of the residuals that are drawn, at the estimate and per unit of distance (H, p)."""
        m = self.moments if self.drawn is None else self.drawn.moments
        if not self.jackknifed:
            fixed = m.score
            moving = np.zeros_like(fixed)
            if self.restricted:
                moving = m.gram @ (self.direction / (self.combination @ self.direction))
            return fixed, moving
        whole, own = m.right.sum(0), m.right
        fixed, moving = np.empty_like(own), np.zeros_like(own)
        for g, inverse in enumerate(m.without):
            alone = inverse @ (whole - own[g])
            fixed[g] = own[g] - m.gram[g] @ alone
            if self.restricted:
                pull = inverse @ self.combination
                pull = m.gram[g] @ (pull / (self.combination @ pull))
                fixed[g] += pull * (self.combination @ alone - self.estimate)
                moving[g] = pull
        return fixed, moving

    @cached_property
    def error(self) -> float:
        """Error of the estimate itself by the rule of the draws, without a factor."""
        m = self.moments
        if self.by_jackknife:
            moved = [
                self.combination @ (inverse @ (m.right.sum(0) - own))
                for inverse, own in zip(m.without, m.right, strict=True)
            ]
            return float(np.sqrt(((np.array(moved) - self.estimate) ** 2).sum()))
        return float(np.sqrt(((m.score @ self.direction) ** 2).sum()))

    def draws(self, weights: np.ndarray) -> Draws:
        """The statistics of draws with weights (D, H) as functions of the null value; O(D G H)."""
        (row, matrix), (row_moves, matrix_moves) = (self._linear(scores) for scores in self.scores)
        parts = []
        step = max(1, AT_ONCE // weights.shape[1])
        for first in range(0, len(weights), step):
            some = weights[first : first + step]
            fixed, moves = some @ matrix.T, some @ matrix_moves.T
            squares = [
                np.einsum("dg,dg->d", a, b) for a, b in ((fixed, fixed), (fixed, moves), (moves, moves))
            ]
            parts.append((some @ row, some @ row_moves, *squares))
        return Draws(*(np.concatenate(part) for part in zip(*parts, strict=True)))

    def _linear(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Numerator (H,) and deviations (G, H) as functions of the weights."""
        m = self.moments
        row, groups = scores @ self.direction, np.arange(len(scores))
        cluster = groups if self.drawn is None else self.drawn.cluster
        if not self.by_jackknife:
            matrix = -((m.gram @ self.direction) @ m.inverse) @ scores.T
            matrix[cluster, groups] += row
            return row, matrix
        by = np.stack([inverse @ self.combination for inverse in m.without])
        matrix = (by - self.direction) @ scores.T
        matrix[cluster, groups] -= np.einsum("hp,hp->h", by[cluster], scores)
        return row, matrix


@dataclass(frozen=True)
class Draws:
    """D draws: numerators and squared errors at a distance d of the estimate from the null value.

    The numerator is ``numerator + d numerator_moves``, the squared error ``square + 2 d cross + d² moves``;
    each is (D,).
    """

    numerator: np.ndarray
    numerator_moves: np.ndarray
    square: np.ndarray
    cross: np.ndarray
    moves: np.ndarray

    def at(self, distance: float) -> tuple[np.ndarray, np.ndarray]:
        """Numerators and squared errors (D,) of the draws; an error is 0 where a draw fits perfectly."""
        square = self.square + distance * (2 * self.cross + distance * self.moves)
        return self.numerator + distance * self.numerator_moves, np.maximum(square, 0)


def all_signs(n_clusters: int) -> np.ndarray:
    """All draws of signs (2^G, G); the first is the sample itself."""
    numbers = np.arange(2**n_clusters, dtype=np.int64)[:, None]
    return 1.0 - 2.0 * ((numbers >> np.arange(n_clusters)) & 1)


def random_weights(kind: str, n_draws: int, n_clusters: int, seed: int) -> np.ndarray:
    """Weights (n_draws, G) of mean 0 and variance 1: signs, six points (Webb 2023) or two (Mammen 1993)."""
    generator = np.random.Generator(np.random.PCG64(seed))
    if kind == "rademacher":
        return generator.integers(0, 2, (n_draws, n_clusters)) * 2.0 - 1
    if kind == "webb":
        return WEBB[generator.integers(0, 6, (n_draws, n_clusters))]
    high = generator.random((n_draws, n_clusters)) < (GOLDEN - 1) / np.sqrt(5)
    return np.where(high, GOLDEN, 1 - GOLDEN)
