"""The shortest fixed-length interval under the smoothness restriction, exactly.

Rambachan & Roth (2023), section 3.3 (after Donoho 1994, *Annals of Statistics* 22(1), and Armstrong & Kolesár 2018,
*Econometrica* 86(2)): the interval v'β̂ ± σ_v cv_α(M b_v / σ_v), with v = (v_pre, l), that is shortest. With second
differences w_s of δ, |w_s| ≤ M, and v that leaves out any straight line, v'δ = Σ_s c_s w_s, so the largest bias is
M Σ|c_s|. The c_s from the reference on are fixed by l; those before it are free and give v_pre. Hence the least variance
at every bias is a path of absolute shrinkage (`shrinkage_path`), and the length is minimised along it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from dipeval.check.sensitivity.folded_normal import folded_critical_value, folded_slope
from dipeval.check.sensitivity.shrinkage_path import ShrinkagePath, shrinkage_path
from dipeval.errors import DesignError, Problem
from dipeval.results.student import critical_value


@dataclass(frozen=True, eq=False)
class FixedLengthInterval:
    """An interval of the smoothness restriction.

    Attributes
    ----------
    bound : float
        M.
    estimate, low, high : float
        v'β̂ and the interval around it.
    half_length : float
    std_error : float
        σ_v.
    bias : float
        Largest bias of v'β̂ under the restriction.
    weights : numpy.ndarray, shape (n_pre + n_post,)
        v.
    """

    bound: float
    estimate: float
    low: float
    high: float
    half_length: float
    std_error: float
    bias: float
    weights: np.ndarray


@dataclass(frozen=True, eq=False)
class SmoothnessFrontier:
    """Least variance at every bias, for one covariance and one average of effects; serves all M.

    Attributes
    ----------
    cov : numpy.ndarray, shape (k, k)
    start : numpy.ndarray, shape (k,)
        v of the least bias: l, with the last step before the reform taken for the slope.
    moves : numpy.ndarray, shape (k, n_pre - 1)
        v = start + moves c.
    fixed : float
        Σ|c_s| from the reference on.
    path : ShrinkagePath
        c by λ.
    degrees : float
        Of freedom of the covariance; inf where it is known.
    enlarged : float
        By how much `cov` was enlarged for them, as standard errors.
    """

    cov: np.ndarray
    start: np.ndarray
    moves: np.ndarray
    fixed: float
    path: ShrinkagePath
    degrees: float = np.inf
    enlarged: float = 1.0

    def weights(self, penalty: float) -> np.ndarray:
        """V at λ, shape (k,)."""
        return self.start + self.moves @ self.path.at(penalty)

    def spread(self, penalty: float) -> tuple[float, float]:
        """Bias per unit of M, and standard error, at λ."""
        point = self.path.at(penalty)
        weights = self.start + self.moves @ point
        return self.fixed + float(np.abs(point).sum()), float(np.sqrt(weights @ self.cov @ weights))

    def best_penalty(self, bound: float, alpha: float) -> float:
        """λ of the shortest interval at M: where the length stops falling along the path.

        The length is convex in the budget Σ|c| (the least variance is, and so is the critical value), so its
        derivative changes sign once; between two corners the root is found to machine precision.
        """
        if bound == 0:
            return 0.0

        def falling(penalty: float) -> float:
            # σ times minus the derivative with respect to the budget, which moves the variance by -2 λ.
            per_unit, error = self.spread(penalty)
            ratio = bound * per_unit / error
            value = folded_critical_value(ratio, alpha)
            tilt = folded_slope(value, ratio)
            return penalty * (value - ratio * tilt) - bound * error * tilt

        corners = self.path.penalties
        if falling(corners[0]) <= 0:
            return float(corners[0])
        after = next(i for i in range(1, len(corners)) if falling(corners[i]) <= 0)
        return float(brentq(falling, corners[after], corners[after - 1], xtol=1e-300, rtol=1e-15))

    def widened(self, beta: np.ndarray, penalty: float, alpha: float) -> float:
        """By how much more the standard error is, since the weights were chosen by an estimated covariance; 1 where it is known.

        Notes
        -----
        With p weights of leads fitted, v'β̂ is the intercept of a regression on p contrasts of the leads, a, whose error has
        ν - p degrees of freedom and the variance v'V̂v ν/(ν - p) (1 + T²/ν), T² = a'(cov a)⁻¹a (analysis of covariance; Rao
        1967, *Proceedings of the Fifth Berkeley Symposium* 1): exact where M = 0, with p the weights that are not zero elsewhere.
        """
        active = np.flatnonzero(self.path.at(penalty))
        if np.isinf(self.degrees) or not len(active):
            return 1.0
        left, used = self.degrees - len(active), self.moves[:, active]
        away = used.T @ beta
        distance = float(away @ np.linalg.solve(used.T @ self.cov @ used, away)) * self.enlarged**2
        if not left > 0:
            return np.inf
        longer = critical_value(1 - alpha, left) / critical_value(1 - alpha, self.degrees)
        return float(longer * np.sqrt((self.degrees + distance) / left))

    def interval(self, beta: np.ndarray, bound: float, alpha: float = 0.05) -> FixedLengthInterval:
        """The shortest interval at M.

        Parameters
        ----------
        beta : numpy.ndarray, shape (k,)
        bound : float
            M, at least 0.
        alpha : float

        Returns
        -------
        FixedLengthInterval
        """
        penalty = self.best_penalty(bound, alpha)
        weights = self.weights(penalty)
        per_unit, error = self.spread(penalty)
        error *= self.widened(beta, penalty, alpha)
        half = error * folded_critical_value(bound * per_unit / error, alpha)
        middle = float(weights @ beta)
        return FixedLengthInterval(
            bound, middle, middle - half, middle + half, half, error, bound * per_unit, weights
        )


def smoothness_frontier(
    cov: np.ndarray, n_pre: int, weights: np.ndarray, degrees: float = np.inf, enlarged: float = 1.0
) -> SmoothnessFrontier:
    """All trade-offs of bias and variance for an average of effects.

    Parameters
    ----------
    cov : numpy.ndarray, shape (n_pre + n_post, n_pre + n_post)
        Covariance of the event study without its reference, leads oldest first; positive definite.
    n_pre : int
        At least 1.
    weights : numpy.ndarray, shape (n_post,)
        l: the effect of interest is l'τ.
    degrees : float
        Of freedom of the covariance; finite ones make intervals longer (`SmoothnessFrontier.widened`).
    enlarged : float
        By how much `cov` was enlarged for them already, as standard errors.

    Returns
    -------
    SmoothnessFrontier

    Raises
    ------
    dipeval.errors.DesignError
        No lead, weights of another length or all zero, a covariance that is not positive definite.

    Notes
    -----
    Cost: O(n_pre⁴) at most; microseconds for the usual ten periods.
    """
    weights = np.asarray(weights, float)
    n_post = len(cov) - n_pre
    _check(cov, n_pre, n_post, weights)
    ahead = np.arange(1, n_post + 1)
    lean = np.array([np.clip(ahead - s, 0, None) @ weights for s in range(n_post)])
    # With c of the periods before the reference nearest first, v at distance j is c_{j-1} - 2 c_j + c_{j+1}, where c_0
    # is the coefficient of the bend at the reference, which l fixes.
    bends = np.diff(np.eye(n_pre + 2), n=2, axis=0)[::-1]
    start = np.concatenate([lean[0] * bends[:, 0], weights])
    moves = np.vstack([bends[:, 1:n_pre], np.zeros((n_post, n_pre - 1))])
    path = shrinkage_path(moves.T @ cov @ moves, moves.T @ cov @ start)
    return SmoothnessFrontier(cov, start, moves, float(np.abs(lean).sum()), path, degrees, enlarged)


def _check(cov: np.ndarray, n_pre: int, n_post: int, weights: np.ndarray) -> None:
    """Raise for all that cannot be."""
    problems = []
    if n_pre < 1 or n_post < 1:
        what = f"{n_pre} periods before the reference and {n_post} from the reform on"
        problems.append(Problem("event window", what, "a slope needs at least one period on each side"))
    if weights.shape != (n_post,) or not np.isfinite(weights).all() or not weights.any():
        what = f"weights {weights.tolist()} for {n_post} effects"
        problems.append(Problem("weights", what, "write one finite number for each effect, not all 0"))
    values = np.linalg.eigvalsh(cov)
    if not values[0] > 1e-12 * values[-1]:
        what = "the covariance of the event study is singular"
        todo = "use inference with more clusters than event times, or a shorter event window"
        problems.append(Problem("covariance", what, todo))
    if problems:
        raise DesignError("fixed-length interval", problems)
