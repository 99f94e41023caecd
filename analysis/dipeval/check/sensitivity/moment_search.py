"""The lines of a test that matter, found by linear programmes where all of them are too many to list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi, qmc
from scipy.stats import norm as normal

from dipeval.check.sensitivity.acceptance import accepted_set
from dipeval.check.sensitivity.conditional import Rule, truncation
from dipeval.check.sensitivity.least_favourable import SEED
from dipeval.check.sensitivity.moment_lines import (
    NO_VARIANCE,
    MomentLines,
    Moments,
    orthogonal_to,
    studentised,
)
from dipeval.check.sensitivity.weight_search import WeightPolytope, weight_polytope

DIRECTIONS = 2**12
REACH = np.concatenate([-np.geomspace(1e3, 0.05, 40), [0.0], np.geomspace(0.05, 1e3, 40)])
"""Places, in standard errors of the estimate, at which the first lines are looked for."""
EVEN = 60
"""Further places over the set as it is known so far."""
ROUNDS = 200
FAR = 80.0
"""Standard errors of a line beyond which truncation no longer matters."""
NEW = 1e-8
"""A line counts as new where it is higher than all known ones by this, relative to the largest moment."""


@dataclass(frozen=True, eq=False)
class MomentSearch:
    """Moments of one polyhedron and the polytope of their weights; made by `moment_search`.

    Attributes
    ----------
    moments : Moments
    polytope : WeightPolytope
    beta, weights : numpy.ndarray, shapes (k,) and (p,)
    """

    moments: Moments
    polytope: WeightPolytope
    beta: np.ndarray
    weights: np.ndarray

    def critical(self, kappa: float, directions: int = DIRECTIONS, seed: int = SEED) -> float:
        """The least-favourable critical value; see `least_favourable.least_favourable_value`.

        Notes
        -----
        A normal vector is a length times a direction, and the largest line is proportional to the length: one programme for
        each quasi-random direction, the length integrated exactly. Known to about 0.02.
        """
        factor = np.linalg.svd(self.moments.A @ np.linalg.cholesky(self.moments.cov), full_matrices=False)
        rank = int((factor[1] > 1e-10 * factor[1][0]).sum())
        root = factor[0][:, :rank] * factor[1][:rank]
        drawn = qmc.Sobol(rank, scramble=True, rng=seed).random(directions).clip(1e-12, 1 - 1e-12)
        drawn = normal.ppf(drawn)
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
        objectives = drawn @ root.T
        highest = (self.polytope.best(objectives) * objectives).sum(axis=1)
        highest = highest[highest > np.sqrt(NO_VARIANCE)]

        def surplus(value: float) -> float:
            return float(chi(rank).sf(value / highest).sum()) / directions - kappa

        return float(brentq(surplus, 1e-9, 100.0, xtol=1e-6)) if len(highest) and surplus(1e-9) > 0 else 0.0

    def lines(self, rule: Rule) -> MomentLines:
        """Lines that decide, for a rule, which values of θ are accepted.

        Notes
        -----
        Cutting planes: the set is made from the lines known so far; at many places, its ends among them, programmes look for a
        line that is higher than the largest known one, or would truncate it sooner; until there is none.
        """
        centre = float(self.weights @ self.beta[self.moments.n_pre :])
        after = self.moments.cov[self.moments.n_pre :, self.moments.n_pre :]
        wide = centre + np.sqrt(self.weights @ after @ self.weights) * REACH
        known = np.unique(self.polytope.best(self._values(wide)).round(12), axis=0)
        for _ in range(ROUNDS):
            found = self._of(known)
            places = _places(accepted_set(found, rule))
            more = self._missing(found, places, rule)
            more = more if len(more) else self._missing(found, wide, rule)
            joined = np.unique(np.vstack([known, more]).round(12), axis=0)
            if len(joined) == len(known):
                return found
            known = joined
        raise ArithmeticError("the lines of a sensitivity interval came to no end")

    def _of(self, vertices: np.ndarray) -> MomentLines:
        return self.moments.lines(vertices, self.beta, self.weights)

    def _values(self, theta: np.ndarray) -> np.ndarray:
        """Of all moments, shape (len(theta), m)."""
        level = self.moments.A @ self.beta - self.moments.d
        return level + theta[:, None] * self.moments.slopes(self.weights)

    def _missing(self, found: MomentLines, theta: np.ndarray, rule: Rule) -> np.ndarray:
        """Vertices that change the largest line or its truncation at some place, shape (n, m)."""
        if not len(theta):
            return np.zeros((0, len(self.moments.d)))
        values = self._values(theta)
        objectives, bars = [values], [found.at(theta).max(axis=0)]
        first = found.at(theta).argmax(axis=0)
        for line in np.unique(first):
            here = first == line
            if found.covariances(int(line))[line] < NO_VARIANCE:
                continue
            value, below, above, variance = truncation(found, int(line), theta[here])
            far = FAR * np.sqrt(variance)
            ends = value - np.minimum(below, far), np.minimum(value + np.minimum(above, far), rule.largest)
            moves = self.moments.A @ (found.cov @ found.loadings[line]) / variance
            for end in ends:
                objectives.append(values[here] + (end - value)[:, None] * moves)
                bars.append(end)
        wanted, bar = np.vstack(objectives), np.concatenate(bars)
        vertices = self.polytope.best(wanted)
        higher = (vertices * wanted).sum(axis=1) > bar + NEW * (1 + np.abs(wanted).max(axis=1))
        return vertices[higher]


def _places(pieces: np.ndarray) -> np.ndarray:
    """Ends of a set, a little beside them, and between."""
    ends = pieces[np.isfinite(pieces)]
    if not len(ends):
        return ends
    spread = max(float(np.ptp(ends)), 1e-9)
    beside = [end + spread * step for end in ends for step in (-1e-3, -1e-6, 0.0, 1e-6, 1e-3)]
    between = np.linspace(ends.min() - spread / 10, ends.max() + spread / 10, EVEN)
    return np.concatenate([beside, between])


def moment_search(
    A: np.ndarray, d: np.ndarray, beta: np.ndarray, cov: np.ndarray, n_pre: int, weights: np.ndarray
) -> MomentSearch:
    """Search in place of `moment_lines.moment_lines`, with the same parameters."""
    moments = studentised(A, d, cov, n_pre)
    polytope = weight_polytope(moments.A[:, n_pre:] @ orthogonal_to(weights))
    return MomentSearch(moments, polytope, beta, weights)
