"""Romano & Wolf's stepdown: p-values of many hypotheses from draws that are joint over them."""

from __future__ import annotations

import numpy as np

TIE = 1e-9
"""Statistics within this relative distance are the same number."""


def share_as_extreme(observed: float, drawn: np.ndarray, exact: bool) -> float:
    """The p-value of one statistic: the share of draws (D,) that are at least as large.

    Parameters
    ----------
    observed : float
    drawn : numpy.ndarray, shape (D,)
    exact : bool
        Whether the sample itself is one of the draws; else it is counted beside them.
    """
    count = int(np.count_nonzero(~(drawn < observed * (1 - TIE))))
    return count / len(drawn) if exact else (count + 1) / (len(drawn) + 1)


def romano_wolf(observed: np.ndarray, drawn: np.ndarray, *, exact: bool = False) -> np.ndarray:
    """P-values that keep the chance of any false rejection, using how the statistics move together.

    Romano & Wolf (2005), by the algorithm of Romano & Wolf (2016, section 3): from the largest statistic
    down, each is compared with the largest drawn one of all hypotheses that are not above it.

    Parameters
    ----------
    observed : numpy.ndarray, shape (M,)
        Sizes of the statistics (absolute values); NaN where a hypothesis has none.
    drawn : numpy.ndarray, shape (D, M)
        Sizes under the null, a row a draw for all hypotheses; NaN counts as larger than any.
    exact : bool
        Whether the sample itself is one of the draws.

    Returns
    -------
    numpy.ndarray, shape (M,)
        Monotone in the statistics, and never below `share_as_extreme` of each. O(D M + M log M).
    """
    known = np.flatnonzero(np.isfinite(observed))
    order = known[np.argsort(-observed[known], kind="stable")]
    adjusted = np.full(len(observed), np.nan)
    sizes = np.where(np.isnan(drawn), np.inf, drawn)[:, order]
    largest = np.maximum.accumulate(sizes[:, ::-1], axis=1)[:, ::-1]
    steps = [share_as_extreme(observed[k], largest[:, j], exact) for j, k in enumerate(order)]
    adjusted[order] = np.maximum.accumulate(steps) if steps else []
    return adjusted
