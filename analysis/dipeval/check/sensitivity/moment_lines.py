"""The test of a value θ of l'τ as the largest of finitely many normal variables, each a line in θ.

Rambachan & Roth (2023), section 3.2: under δ in {δ : A δ ≤ d} and l'τ = θ there are nuisance effects γ with
E[A β - d - X₁ θ - X₂ γ] ≤ 0. Andrews, Roth & Pakes (2023) test it by η = min over γ of the largest studentised moment. By
duality η is the largest w'(A β - d - X₁ θ) over weights w ≥ 0 with w'X₂ = 0 and w'σ = 1, and the vertices of that set know
neither θ nor the data: they are found once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.check.sensitivity.extreme_rays import extreme_rays

NO_VARIANCE = 1e-16
"""Vertices have at most variance one; below this a vertex is a constant."""
SAME = 1e-12
MOST = 2_500
"""Vertices that are listed at most; `searched_lines` finds those that matter where there are more."""


@dataclass(frozen=True, eq=False)
class MomentLines:
    """η(θ) = max over i of level_i + slope_i θ, where level ~ N(·, loadings cov loadings').

    Attributes
    ----------
    loadings : numpy.ndarray, shape (r, k)
        Of the event-study coefficients in each line.
    level, slope : numpy.ndarray, shape (r,)
        In standard errors of the moments.
    cov : numpy.ndarray, shape (k, k)
        Covariance of the coefficients.
    """

    loadings: np.ndarray
    level: np.ndarray
    slope: np.ndarray
    cov: np.ndarray

    def covariances(self, line: int) -> np.ndarray:
        """Of each line with one of them, shape (r,)."""
        return self.loadings @ (self.cov @ self.loadings[line])

    def at(self, theta: np.ndarray) -> np.ndarray:
        """Values of all lines, shape (r, len(theta))."""
        return self.level[:, None] + self.slope[:, None] * np.atleast_1d(theta)

    def envelope(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the largest line changes, and which it is.

        Returns
        -------
        kinks : numpy.ndarray, shape (s - 1,)
            Ascending values of θ.
        lines : numpy.ndarray, shape (s,)
            The largest line before, between and behind them.

        Notes
        -----
        Upper envelope of lines in O(r log r).
        """
        kinks: list[float] = []
        lines: list[int] = []
        for line in np.lexsort((self.level, self.slope)):
            while lines:
                rise = self.slope[line] - self.slope[lines[-1]]
                meet = (self.level[lines[-1]] - self.level[line]) / rise if rise > 0 else -np.inf
                if rise > 0 and (not kinks or meet > kinks[-1]):
                    kinks.append(meet)
                    break
                lines.pop()
                del kinks[max(len(lines) - 1, 0) :]
            lines.append(int(line))
        return np.array(kinks), np.array(lines, dtype=int)


def moment_lines(
    A: np.ndarray, d: np.ndarray, beta: np.ndarray, cov: np.ndarray, n_pre: int, weights: np.ndarray
) -> MomentLines:
    """The lines of the test for one polyhedron {δ : A δ ≤ d}.

    Parameters
    ----------
    A, d : numpy.ndarray, shapes (m, k) and (m,)
        Rows about leads alone are left out: they say nothing of θ (the paper's default, as in its package).
    beta, cov : numpy.ndarray, shapes (k,) and (k, k)
        Event-study coefficients, leads first, without the reference.
    n_pre : int
    weights : numpy.ndarray, shape (k - n_pre,)
        l of θ = l'τ.

    Returns
    -------
    MomentLines

    Raises
    ------
    dipeval.check.sensitivity.extreme_rays.TooManyRays
        The set of weights has too many vertices.
    """
    moments = studentised(A, d, cov, n_pre)
    vertices = extreme_rays(moments.A[:, n_pre:] @ orthogonal_to(weights), MOST)
    lines = moments.lines(vertices, beta, weights)
    kept = _distinct(np.column_stack([lines.loadings, lines.level, lines.slope]))
    return MomentLines(lines.loadings[kept], lines.level[kept], lines.slope[kept], cov)


@dataclass(frozen=True, eq=False)
class Moments:
    """Rows of {δ : A δ ≤ d} about effects, each divided by the error of A β̂.

    Attributes
    ----------
    A, d : numpy.ndarray, shapes (m, k) and (m,)
    cov : numpy.ndarray, shape (k, k)
    n_pre : int
    """

    A: np.ndarray
    d: np.ndarray
    cov: np.ndarray
    n_pre: int

    def slopes(self, weights: np.ndarray) -> np.ndarray:
        """Of the moments in θ = l'τ, shape (m,), up to what nuisance effects make up for."""
        return -(self.A[:, self.n_pre :] @ weights) / (weights @ weights)

    def lines(self, vertices: np.ndarray, beta: np.ndarray, weights: np.ndarray) -> MomentLines:
        """Weighted moments as lines; vertices are (r, m)."""
        loadings = vertices @ self.A
        slope = vertices @ self.slopes(weights)
        return MomentLines(loadings, loadings @ beta - vertices @ self.d, _clean(slope), self.cov)


def studentised(A: np.ndarray, d: np.ndarray, cov: np.ndarray, n_pre: int) -> Moments:
    """The moments of a polyhedron; rows about leads alone are left out."""
    rows = (A[:, n_pre:] != 0).any(axis=1)
    A, d = A[rows], d[rows]
    sd = np.sqrt(np.einsum("ij,jk,ik->i", A, cov, A))
    return Moments(A / sd[:, None], d / sd, cov, n_pre)


def orthogonal_to(weights: np.ndarray) -> np.ndarray:
    """A sparse basis of the effects that leave l'τ as it is, shape (p, p - 1); l must not be zero."""
    size = len(weights)
    used = np.flatnonzero(weights)
    basis = [np.eye(size)[j] for j in range(size) if weights[j] == 0]
    for one, other in zip(used[:-1], used[1:], strict=True):
        step = np.zeros(size)
        step[one], step[other] = weights[other], -weights[one]
        basis.append(step / np.abs(step).max())
    return np.array(basis).reshape(-1, size).T


def _distinct(described: np.ndarray) -> np.ndarray:
    """First of each group of equal rows."""
    scale = np.abs(described).max(axis=0, initial=0)
    rounded = np.round(described / np.where(scale > 0, scale, 1) / SAME / 100) + 0.0
    return np.sort(np.unique(rounded, axis=0, return_index=True)[1])


def _clean(slope: np.ndarray) -> np.ndarray:
    """Slopes that are zero but for rounding, as zero."""
    return np.where(np.abs(slope) > SAME * np.abs(slope).max(initial=0), slope, 0.0)
