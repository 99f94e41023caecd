"""Breakdown values of tests: the largest bound on trends at which zero is still rejected."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dipeval.check.sensitivity.restrictions import Restriction
from dipeval.check.sensitivity.robust_interval import LEAST_FAVOURABLE, robust_decisions

STEPS = 16
"""Bounds looked at between two powers of two: a decision may come back as the bound grows."""
LARGEST = 2.0**12
"""Multiple of the first bound beyond which zero counts as never accepted."""
CLOSE = 1e-6
"""Relative width at which the search ends; the simulated critical values are not known better."""


def robust_breakdown(
    family: Callable[[float], Restriction],
    beta: np.ndarray,
    cov: np.ndarray,
    weights: np.ndarray,
    *,
    first: float = 1.0,
    method: str = LEAST_FAVOURABLE,
    level: float = 0.95,
) -> float:
    """The largest bound at which the test rejects that l'τ is zero.

    Parameters
    ----------
    family : callable
        From a bound to the restriction; they must be nested.
    beta, cov, weights : numpy.ndarray
        As of `robust_interval`.
    first : float
        A bound of the right size.
    method, level
        As of `robust_interval`.

    Returns
    -------
    float
        NaN where zero is accepted at every bound, inf where it is rejected at `LARGEST` times the first.

    Notes
    -----
    Rambachan & Roth (2023), section 2.5. A set that holds under a bound holds under every smaller one, so it is the largest
    such bound that counts. The bound is doubled until zero is accepted, the last octave and those before it are
    searched from above in `STEPS` even steps, then the last change is bisected. Cost: some 30 tests of one value.
    """

    def rejects(bound: float) -> bool:
        zero = np.zeros(1)
        return not robust_decisions(family(bound), beta, cov, weights, zero, method=method, level=level)[0]

    top = first
    while rejects(top):
        top *= 2
        if top > LARGEST * first:
            return float("inf")
    high = top
    while high > first / 2:
        bottom = high / 2 if high > first else 0.0
        places = np.linspace(high, bottom, STEPS + 1)[1:]
        for upper, lower in zip(np.r_[high, places[:-1]], places, strict=True):
            if rejects(lower):
                return _bisected(rejects, float(lower), float(upper))
        high = bottom
    return float("nan")


def _bisected(rejects: Callable[[float], bool], lower: float, upper: float) -> float:
    """The bound between one that rejects and a larger one that does not."""
    while upper - lower > CLOSE * upper:
        middle = (lower + upper) / 2
        lower, upper = (middle, upper) if rejects(middle) else (lower, middle)
    return lower
