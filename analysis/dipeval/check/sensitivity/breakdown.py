"""Breakdown values: the largest bound on trends at which an effect is still told from zero.

Rambachan & Roth (2023), section 2.5 (after Kline & Santos 2013, *Quantitative Economics* 4(2)). Restrictions are nested in their
bound, so an interval that is valid at a bound is valid at every smaller one: it is the largest bound that counts, also
where intervals at smaller ones hold zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import brentq

from dipeval.check.sensitivity.fixed_length import SmoothnessFrontier
from dipeval.check.sensitivity.folded_normal import folded_critical_value, folded_slope
from dipeval.check.sensitivity.identified_set import identified_set
from dipeval.check.sensitivity.restrictions import Restriction

BETWEEN = 24
"""Points looked at between two corners of the frontier, or two powers of two."""
LARGEST = 2.0**20
"""Bound, relative to the first one looked at, beyond which a set counts as never broken."""
MOST = 2.0**10
"""The same for tests, which take longer, relative to the last mark."""
JUMP = 1e-9
"""So far below a root the set is looked at, relative to it."""
CLOSE = 1e-7
"""Breakdown values of tests are solved to this relative precision."""


def last_crossing(margin: Callable[[float], float], grid: Sequence[float]) -> float:
    """The largest root of a function that is negative at the end of a grid; NaN where it is positive at no point of it."""
    values = [margin(point) for point in grid]
    above = [i for i, value in enumerate(values) if value > 0]
    if not above:
        return float("nan")
    i = above[-1]
    if i == len(grid) - 1:
        return float("inf")
    return float(brentq(margin, grid[i], grid[i + 1], xtol=1e-300, rtol=1e-14))


def fixed_length_breakdown(frontier: SmoothnessFrontier, beta: np.ndarray, alpha: float = 0.05) -> float:
    """The largest M at which the shortest fixed-length interval excludes zero, on the side of the estimate.

    Parameters
    ----------
    frontier : SmoothnessFrontier
    beta : numpy.ndarray, shape (n_pre + n_post,)
    alpha : float

    Returns
    -------
    float
        NaN where it excludes zero at no M.

    Notes
    -----
    Between two corners of the frontier the estimate is monotone in M and so is the length; at the first corner the
    estimate stays what it is. The crossing is searched between the M that belong to the corners, with `BETWEEN`
    points each, up to the M at which the bias alone is as large as any estimate, and solved to machine precision.
    """
    side = estimate_side(frontier, beta)
    corners = frontier.path.penalties
    largest = max(abs(float(frontier.weights(corner) @ beta)) for corner in corners) / frontier.fixed
    if largest == 0 or side == 0:
        return float("nan")

    def margin(bound: float) -> float:
        interval = frontier.interval(beta, bound, alpha)
        return side * interval.estimate - interval.half_length

    marks = sorted(
        {0.0, largest, *(m for c in corners[:-1] if (m := bound_of(frontier, c, alpha)) < largest)}
    )
    pieces = [np.linspace(a, b, BETWEEN, endpoint=False) for a, b in zip(marks, marks[1:], strict=False)]
    return last_crossing(margin, [*np.concatenate(pieces).tolist(), largest * (1 + 1e-9)])


def estimate_side(frontier: SmoothnessFrontier, beta: np.ndarray) -> float:
    """Sign of the estimate l'β̂ itself."""
    n_pre = frontier.moves.shape[1] + 1
    return float(np.sign(frontier.start[n_pre:] @ beta[n_pre:]))


def bound_of(frontier: SmoothnessFrontier, penalty: float, alpha: float) -> float:
    """The M whose shortest interval stands at λ: the root of the condition of `SmoothnessFrontier.best_penalty`."""
    per_unit, error = frontier.spread(penalty)

    def surplus(ratio: float) -> float:
        value = folded_critical_value(ratio, alpha)
        tilt = folded_slope(value, ratio)
        return ratio * error * error * tilt - penalty * per_unit * (value - ratio * tilt)

    upper = 1.0
    while surplus(upper) < 0:
        upper *= 2
    return float(brentq(surplus, 0.0, upper, xtol=1e-300, rtol=1e-12)) * error / per_unit


def identified_breakdown(
    beta: np.ndarray, family: Callable[[float], Restriction], weights: np.ndarray, first: float
) -> float:
    """The largest bound at which the identified set, with β̂ taken for β, excludes zero, on the side of the estimate.

    Parameters
    ----------
    beta : numpy.ndarray, shape (n_pre + n_post,)
    family : callable
        The restriction at a bound; sets must be nested in it.
    weights : numpy.ndarray, shape (n_post,)
    first : float
        A bound of the right size, above 0.

    Returns
    -------
    float
        NaN where the set is empty or holds zero at all bounds, infinite where it never comes to hold zero (a sign of
        the bias can see to that).
    """
    n_post = len(weights)
    side = float(np.sign(weights @ beta[len(beta) - n_post :]))

    def margin(bound: float) -> float:
        found = identified_set(beta, family(bound), weights)
        if found.empty:
            return np.inf
        return found.low if side > 0 else -found.high

    upper = first
    while margin(upper) > 0:
        upper *= 2
        if upper > LARGEST * first:
            return float("nan" if identified_set(beta, family(upper), weights).empty else "inf")
    lower = upper / 2 if upper > first else 0.0
    if not margin(lower) > 0:
        return float("nan")
    most = 1 + abs(margin(upper))
    found = float(brentq(lambda bound: min(margin(bound), most), lower, upper, rtol=1e-13, xtol=1e-300))
    # Where sets are empty below and hold zero above, the root is the jump between the two.
    return float("nan") if identified_set(beta, family(found * (1 - JUMP)), weights).empty else found


def searched_breakdown(margin: Callable[[float], float], marks: Sequence[float]) -> float:
    """The largest bound at which intervals that are made by tests exclude zero.

    Parameters
    ----------
    margin : callable
        From a bound to the distance of its interval from zero; negative where it holds zero.
    marks : sequence of float
        Ascending bounds to look at first.

    Returns
    -------
    float
        NaN where zero is excluded at no mark, nor at quarters of the first down to 0; infinite where it is up to `MOST` times
        the last.

    Notes
    -----
    The last mark at which zero is excluded and the next one enclose the root, which is solved. Intervals of tests need not
    grow with the bound everywhere: a second crossing between two marks would be missed. Cost: some twelve intervals.
    """
    looked = list(marks)
    while margin(looked[-1]) > 0:
        looked.append(2 * looked[-1])
        if looked[-1] > MOST * marks[-1]:
            return float("inf")
    if all(margin(mark) <= 0 for mark in looked):
        looked = [0.0, *(looked[0] * quarter / 4 for quarter in (1, 2, 3)), looked[0]]
    above = [i for i, mark in enumerate(looked) if margin(mark) > 0]
    if not above:
        return float("nan")
    return float(brentq(margin, looked[above[-1]], looked[above[-1] + 1], rtol=CLOSE, xtol=1e-300))
