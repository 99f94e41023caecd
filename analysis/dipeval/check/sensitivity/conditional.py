"""The conditional test of a value of θ and its hybrids: is the largest line larger than chance, given which one it is?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from dipeval.check.sensitivity.moment_lines import NO_VARIANCE, MomentLines

NOT_ABOVE = 1e-12
"""A largest studentised moment up to this is no evidence against θ."""
PARALLEL = 1e-9
"""Two lines whose regression on one another has a slope this near to one do not truncate each other."""


@dataclass(frozen=True, eq=False)
class FixedLength:
    """The first stage of the hybrid with a fixed-length interval: the interval at confidence 1 - κ.

    Attributes
    ----------
    estimator : numpy.ndarray, shape (k,)
        Weights of all event-study coefficients in its centre.
    centre, half_length : float
    """

    estimator: np.ndarray
    centre: float
    half_length: float

    @property
    def ends(self) -> tuple[float, float]:
        """The interval."""
        return self.centre - self.half_length, self.centre + self.half_length


@dataclass(frozen=True, eq=False)
class Rule:
    """When θ is rejected.

    Attributes
    ----------
    size : float
        Of the conditional test; (α - κ)/(1 - κ) in a hybrid.
    largest : float
        Least-favourable critical value: above it the first stage rejects; inf without that stage.
    fixed : FixedLength or None
        Outside it the first stage rejects; None without that stage.
    """

    size: float
    largest: float = np.inf
    fixed: FixedLength | None = None


def log_p_value(lines: MomentLines, line: int, theta: np.ndarray, rule: Rule) -> np.ndarray:
    """Logarithm of the conditional p-value where a given line is the largest.

    Parameters
    ----------
    lines : MomentLines
    line : int
        The largest at all `theta`; it must have a variance.
    theta : numpy.ndarray, shape (n,)
    rule : Rule
        Its first stage must not reject at any `theta`.

    Returns
    -------
    numpy.ndarray, shape (n,)

    Notes
    -----
    Andrews, Roth & Pakes (2023), section 4. Given that line i is the largest, and what is independent of it, its value is a
    normal variable between the values at which another line j takes over: it moves by b_j = cov(j, i)/var(i) for each
    unit of i, so i ends at the distance (value_i - value_j)/(1 - b_j) below (b_j < 1) or above (b_j > 1). Rambachan & Roth
    (2023), appendix: the first stage of a hybrid truncates as well. Cost: O(n r).
    """
    value, below, above, variance = truncation(lines, line, theta)
    if np.isfinite(rule.largest):
        above = np.minimum(above, np.maximum(rule.largest - value, 0))
    if rule.fixed is not None:
        below, above = _within_fixed(lines, line, theta, rule.fixed, variance, below, above)
    sd = np.sqrt(variance)
    z, top, bottom = value / sd, (value + above) / sd, (value - below) / sd
    with np.errstate(invalid="ignore"):
        found = _log_mass(z, top) - _log_mass(np.minimum(bottom, z), top)
    # Never more than the whole: at a kink z, the bottom and the p-value's limit coincide but for rounding. Where all three
    # are one point nothing is left to test, and the p-value is one.
    return np.minimum(np.where(np.isnan(found), 0.0, found), 0.0)


def truncation(lines: MomentLines, line: int, theta: np.ndarray):
    """Value of a line, how far below and above it another takes over, each (n,), and its variance."""
    shared = lines.covariances(line)
    value = lines.level[line] + lines.slope[line] * theta
    ahead = np.maximum(value - lines.at(theta), 0)
    apart = 1 - shared / shared[line]
    return value, _nearest(ahead, apart), _nearest(ahead, -apart), float(shared[line])


def _nearest(ahead: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Smallest distance at which a line with `apart` above zero takes over; inf where there is none."""
    some = apart > PARALLEL
    if not some.any():
        return np.full(ahead.shape[1], np.inf)
    return (ahead[some] / apart[some, None]).min(axis=0)


def _within_fixed(lines, line, theta, fixed: FixedLength, variance, below, above):
    """Distances cut where the first stage with the fixed-length interval would reject."""
    moves = float(fixed.estimator @ lines.cov @ lines.loadings[line]) / variance
    off = fixed.centre - theta
    down, up = np.maximum(fixed.half_length + off, 0), np.maximum(fixed.half_length - off, 0)
    if abs(moves) < PARALLEL:
        return below, above
    if moves < 0:
        down, up = up, down
    return np.minimum(below, down / abs(moves)), np.minimum(above, up / abs(moves))


def _log_mass(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Logarithm of the normal mass between two points, precise in the upper tail."""
    first, last = log_ndtr(-low), log_ndtr(-high)
    with np.errstate(divide="ignore", invalid="ignore"):
        return first + np.log(-np.expm1(np.minimum(last - first, 0.0)))


def accepted(lines: MomentLines, theta: np.ndarray, rule: Rule) -> np.ndarray:
    """Which values of θ are not rejected.

    Parameters
    ----------
    lines : MomentLines
    theta : numpy.ndarray, shape (n,)
    rule : Rule

    Returns
    -------
    numpy.ndarray, shape (n,), bool

    Notes
    -----
    Rejected only where the largest line is above zero (the critical value is at least zero); a largest line without variance
    rejects wherever it is above zero. Cost: O(n r) for each line that is the largest somewhere.
    """
    theta = np.asarray(theta, float)
    values = lines.at(theta)
    first = values.argmax(axis=0)
    statistic = values[first, np.arange(len(theta))]
    kept = statistic <= NOT_ABOVE
    open_to_test = ~kept & (statistic <= rule.largest)
    if rule.fixed is not None:
        inside = (theta >= rule.fixed.ends[0]) & (theta <= rule.fixed.ends[1])
        kept, open_to_test = kept & inside, open_to_test & inside
    for line in np.unique(first[open_to_test]):
        here = open_to_test & (first == line)
        kept[here] = not_rejected(lines, int(line), theta[here], rule)
    return kept


def not_rejected(lines: MomentLines, line: int, theta: np.ndarray, rule: Rule) -> np.ndarray:
    """Decision of the conditional stage where a line is the largest and above zero, shape of `theta`, bool."""
    return excess(lines, line, theta, rule) >= 0


def excess(lines: MomentLines, line: int, theta: np.ndarray, rule: Rule) -> np.ndarray:
    """By how much the logarithm of the p-value exceeds that of the size; -inf for a line without variance."""
    if float(lines.covariances(line)[line]) < NO_VARIANCE:
        return np.full(np.shape(theta), -np.inf)
    return log_p_value(lines, line, theta, rule) - np.log(rule.size)
