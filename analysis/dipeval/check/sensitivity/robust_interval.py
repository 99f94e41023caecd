"""Confidence sets for l'τ when δ is restricted: conditional, least-favourable hybrid, hybrid with a fixed length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.check.sensitivity.acceptance import accepted_set, united
from dipeval.check.sensitivity.conditional import FixedLength, Rule, accepted
from dipeval.check.sensitivity.extreme_rays import TooManyRays
from dipeval.check.sensitivity.fixed_length import smoothness_frontier
from dipeval.check.sensitivity.least_favourable import least_favourable_value
from dipeval.check.sensitivity.moment_lines import MomentLines, moment_lines
from dipeval.check.sensitivity.moment_search import moment_search
from dipeval.check.sensitivity.restrictions import SMOOTHNESS, Restriction
from dipeval.errors import DesignError, Problem, nearest

CONDITIONAL = "conditional"
LEAST_FAVOURABLE = "least_favourable"
FIXED_LENGTH_HYBRID = "fixed_length_hybrid"
METHODS = {CONDITIONAL: "Conditional", LEAST_FAVOURABLE: "C-LF", FIXED_LENGTH_HYBRID: "C-F"}
"""How a set is made, with the abbreviation of the paper."""
SMALLEST_EIGENVALUE = 1e-12
"""A covariance matrix scaled to correlations is singular below this."""


@dataclass(frozen=True, eq=False)
class RobustInterval:
    """A confidence set under a restriction of trends.

    Attributes
    ----------
    low, high : float
        Its outer ends, in the unit of the outcome; infinite where the restriction sets no bound; NaN where the set is empty:
        then the data refute the restriction.
    pieces : numpy.ndarray, shape (n, 2)
        The set itself, disjoint intervals: it may have gaps.
    method : str
        One of `METHODS`.
    level : float
    critical : tuple of float
        Least-favourable critical value of each polyhedron; empty without that stage.
    beyond_grid : bool
        Whether the set goes beyond the grid that was asked for; the ends are right all the same.
    """

    low: float
    high: float
    pieces: np.ndarray
    method: str
    level: float
    critical: tuple[float, ...] = ()
    beyond_grid: bool = False

    @property
    def empty(self) -> bool:
        """Whether no value is accepted."""
        return not len(self.pieces)

    def __contains__(self, theta: float) -> bool:
        return bool(((self.pieces[:, 0] <= theta) & (theta <= self.pieces[:, 1])).any())


def robust_interval(
    restriction: Restriction,
    beta: np.ndarray,
    cov: np.ndarray,
    weights: np.ndarray,
    *,
    method: str = LEAST_FAVOURABLE,
    level: float = 0.95,
    kappa: float | None = None,
    fixed: FixedLength | None = None,
    grid: tuple[float, float] | None = None,
) -> RobustInterval:
    """A confidence set for a weighted average of effects.

    Parameters
    ----------
    restriction : Restriction
        Of `dipeval.check.sensitivity.restrictions.restrict`.
    beta : numpy.ndarray, shape (n_pre + n_post,)
        Leads, oldest first, then effects; without the reference.
    cov : numpy.ndarray, shape (n_pre + n_post, n_pre + n_post)
        Their covariance, of full rank.
    weights : numpy.ndarray, shape (n_post,)
        l; the first effect alone is (1, 0, …), the mean is (1/n_post, …).
    method : {"least_favourable", "conditional", "fixed_length_hybrid"}
        The last is for smoothness, with or without a sign or a trend, unless `fixed` is given. The first is the paper's advice
        for relative bounds; the second may accept values far out, wherever two moments bind alike.
    level : float
    kappa : float, optional
        Size of the first stage of a hybrid; a tenth of 1 - level by default.
    fixed : FixedLength, optional
        Fixed-length interval at confidence 1 - kappa; the shortest under smoothness by default.
    grid : (float, float), optional
        Where the set is expected; it is found where it is, and the result says whether it goes beyond.

    Returns
    -------
    RobustInterval

    Raises
    ------
    dipeval.errors.DesignError
        A singular covariance, weights that are all zero, a method that is unknown or lacks what it needs.

    Notes
    -----
    Rambachan & Roth (2023), sections 3 and 4; Andrews, Roth & Pakes (2023). The set of a union of polyhedra is the union of
    their sets. The ends are roots, not points of a grid. Cost for p polyhedra with r lines each: O(p r) numbers for some
    hundred places; r is n_post + 2 without a sign or trend restriction, and some 2 n_post with one where l is one effect.
    With both a sign or trend and an average r grows exponentially: beyond `moment_lines.MOST` the lines that matter are searched
    by linear programmes (`moment_search`), a fifth of a second for each polyhedron of 12 effects.
    """
    tests, critical = _tests(restriction, beta, cov, weights, method, level, kappa, fixed)
    pieces = united(piece for lines, rule in tests for piece in accepted_set(lines, rule))
    low, high = (pieces[0, 0], pieces[-1, 1]) if len(pieces) else (np.nan, np.nan)
    beyond = grid is not None and bool(low < min(grid) or high > max(grid))
    return RobustInterval(float(low), float(high), pieces, method, level, critical, beyond)


def robust_decisions(
    restriction: Restriction,
    beta: np.ndarray,
    cov: np.ndarray,
    weights: np.ndarray,
    theta: np.ndarray,
    *,
    method: str = LEAST_FAVOURABLE,
    level: float = 0.95,
    kappa: float | None = None,
    fixed: FixedLength | None = None,
) -> np.ndarray:
    """Which values of l'τ are not rejected; parameters as of `robust_interval`.

    Parameters
    ----------
    theta : numpy.ndarray, shape (n,)

    Returns
    -------
    numpy.ndarray, shape (n,), bool
    """
    tests, _ = _tests(restriction, beta, cov, weights, method, level, kappa, fixed)
    return np.any([accepted(lines, theta, rule) for lines, rule in tests], axis=0)


def _tests(
    restriction: Restriction, beta, cov, weights, method, level, kappa, fixed
) -> tuple[list[tuple[MomentLines, Rule]], tuple[float, ...]]:
    """Lines and rule of each polyhedron, and the critical values."""
    beta, cov, weights = (np.asarray(x, float) for x in (beta, cov, weights))
    size = 1 - level
    kappa = size / 10 if kappa is None else kappa
    _check(restriction, beta, cov, weights, method, size, kappa, fixed)
    if method == FIXED_LENGTH_HYBRID and fixed is None:
        fixed = _shortest(restriction, beta, cov, weights, kappa)
    second = (size - kappa) / (1 - kappa)
    tests, critical, search = [], [], None
    for piece in restriction.pieces:
        given = piece.A, piece.d, beta, cov, piece.n_pre, weights
        try:
            # Pieces of one restriction have alike many vertices: what was too much for one is not tried again.
            lines = moment_lines(*given) if search is None else None
        except TooManyRays:
            lines = None
        search = moment_search(*given) if lines is None else None
        rule = Rule(size)
        if method == LEAST_FAVOURABLE:
            value = search.critical(kappa) if search else least_favourable_value(lines, kappa)
            critical.append(value)
            rule = Rule(second, largest=value)
        elif method == FIXED_LENGTH_HYBRID:
            rule = Rule(second, fixed=fixed)
        tests.append((search.lines(rule) if search else lines, rule))
    return tests, tuple(critical)


def _shortest(restriction: Restriction, beta, cov, weights, kappa: float) -> FixedLength:
    """The shortest fixed-length interval under smoothness alone, which holds where more is restricted."""
    found = smoothness_frontier(cov, restriction.n_pre, weights).interval(beta, restriction.bound, kappa)
    return FixedLength(found.weights, found.estimate, found.half_length)


def _check(restriction: Restriction, beta, cov, weights, method, size, kappa, fixed) -> None:
    """Raise for all that cannot be."""
    problems = []
    k = restriction.n_pre + restriction.n_post
    if beta.shape != (k,) or cov.shape != (k, k) or weights.shape != (restriction.n_post,):
        shapes = f"estimates {beta.shape}, covariance {cov.shape}, weights {weights.shape}"
        what = f"{shapes} do not fit {restriction.n_pre} leads and {restriction.n_post} effects"
        problems.append(Problem("event study", what, "give leads and effects without the reference period"))
    elif not np.isfinite(beta).all() or not np.isfinite(cov).all() or singular(cov):
        what = "the covariance of leads and effects is singular or has no number"
        todo = "leave out event times that few clusters have, or use more clusters than there are event times"
        problems.append(Problem("event study", what, todo))
    if not (np.isfinite(weights).all() and np.abs(weights).max(initial=0) > 0):
        problems.append(Problem("weights", "no effect has a weight", "give at least one effect a weight"))
    if method not in METHODS:
        problems.append(Problem("method", f"no method is called {method!r}", nearest(str(method), METHODS)))
    if method == FIXED_LENGTH_HYBRID and fixed is None and restriction.family != SMOOTHNESS:
        what = "no fixed-length interval is known to hold under a relative bound"
        problems.append(Problem("method", what, f"choose {LEAST_FAVOURABLE}"))
    if not 0 < kappa < size < 0.5:
        what = f"a first stage of size {kappa:g} in a test of size {size:g}"
        problems.append(Problem("level", what, "choose a level above 0.5 and 0 < kappa < 1 - level"))
    if problems:
        raise DesignError("sensitivity interval", problems)


def singular(cov: np.ndarray) -> bool:
    """Whether a covariance matrix has, scaled to correlations, an eigenvalue of zero."""
    variance = np.diag(cov)
    if not (variance > 0).all():
        return True
    scale = np.sqrt(variance)
    return bool(np.linalg.eigvalsh(cov / np.outer(scale, scale))[0] < SMALLEST_EIGENVALUE)
