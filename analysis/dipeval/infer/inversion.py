"""Intervals of all values that a test does not reject."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

FARTHEST, STEPS = 1e6, 50
"""Errors from the estimate within which an end is sought, and halvings to find it."""
UNBOUNDED = "the {level:.0%} interval has no {side} end: no value on that side is rejected"


def interval(
    p_of: Callable[[float], float], centre: float, error: float, level: float, halvings: int = STEPS
) -> tuple[float, float, str]:
    """Find the ends of the interval around an estimate.

    Parameters
    ----------
    p_of : callable
        From a null value to its p-value, largest at `centre` and falling on both sides.
    centre, error : float
        The estimate, and a scale to begin with.
    level : float
    halvings : int
        Fewer where p-values are dear: each adds a binary digit.

    Returns
    -------
    low, high : float
        Infinite where no value on that side is rejected.
    note : str
        Says so.

    Notes
    -----
    Some 110 p-values with 50 halvings.
    """
    ends, notes = [], []
    for sign, side in ((-1, "lower"), (1, "upper")):
        near, far = 0.0, 2 * error
        while p_of(centre + sign * far) > 1 - level:
            near, far = far, 2 * far
            if far > FARTHEST * error:
                notes.append(UNBOUNDED.format(level=level, side=side))
                near = far = np.inf
                break
        for _ in range(halvings if np.isfinite(far) else 0):
            middle = (near + far) / 2
            if p_of(centre + sign * middle) > 1 - level:
                near = middle
            else:
                far = middle
        ends.append(centre + sign * far)
    return ends[0], ends[1], "; ".join(notes)


def intervals(
    p_of: Callable[[np.ndarray], np.ndarray], centre: np.ndarray, error: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the intervals around many estimates at once.

    Parameters
    ----------
    p_of : callable
        From a null value of each estimate (R,) to its p-value (R,).
    centre, error : numpy.ndarray, shape (R,)
    level : float

    Returns
    -------
    low, high : numpy.ndarray, shape (R,)
        As `interval`, infinite where no value on that side is rejected.

    Notes
    -----
    Some 60 to 140 calls.
    """
    ends = []
    for sign in (-1.0, 1.0):
        near, far = np.zeros_like(error), 2 * error
        inside = p_of(centre + sign * far) > 1 - level
        while inside.any() and (far[inside] <= FARTHEST * error[inside]).any():
            near, far = np.where(inside, far, near), np.where(inside, 2 * far, far)
            inside = inside & (p_of(centre + sign * far) > 1 - level)
        for _ in range(STEPS):
            middle = (near + far) / 2
            accepted = p_of(centre + sign * middle) > 1 - level
            near, far = np.where(accepted, middle, near), np.where(accepted, far, middle)
        ends.append(centre + sign * np.where(inside, np.inf, far))
    return ends[0], ends[1]
