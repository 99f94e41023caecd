"""From distribution functions on classes to quantiles, and what moving the function does to them."""

from __future__ import annotations

import numpy as np


def rearranged(shares: np.ndarray) -> np.ndarray:
    """A distribution function made of estimates that need not rise: sorted, and within 0 and 1.

    Chernozhukov, Fernández-Val & Galichon (2010): closer to the truth than before, and unchanged where it rises.

    Parameters
    ----------
    shares : numpy.ndarray, shape (…, J)
    """
    return np.clip(np.sort(shares, axis=-1), 0.0, 1.0)


def quantiles_of(
    shares: np.ndarray, upper: np.ndarray, least: float, levels: np.ndarray, *, steps: bool = False
) -> np.ndarray:
    """Quantiles of a distribution function that is known at the upper ends of classes.

    Parameters
    ----------
    shares : numpy.ndarray, shape (J,)
        Rising, share of the cases up to each end.
    upper : numpy.ndarray, shape (J,)
    least : float
        Where the first class begins.
    levels : numpy.ndarray, shape (Q,)
    steps : bool
        The smallest end that reaches the level; else linear within the classes.

    Returns
    -------
    numpy.ndarray, shape (Q,)
        NaN above the last share.
    """
    if steps:
        at = np.searchsorted(shares, levels - 1e-12)
        return np.r_[upper, np.nan][at]
    return np.interp(levels, np.r_[0.0, shares], np.r_[least, upper], right=np.nan)


def first_edge(lower: np.ndarray, upper: np.ndarray) -> float:
    """Where the first class begins: one step below a single value, else its smallest value."""
    if len(upper) > 1 and lower[0] == upper[0]:
        return float(2 * upper[0] - upper[1])
    return float(lower[0])


def quantile_influence(
    shares: np.ndarray, influence: np.ndarray, upper: np.ndarray, least: float, levels: np.ndarray
) -> np.ndarray:
    """Influence of clusters on quantiles, from that on the distribution function.

    Parameters
    ----------
    shares : numpy.ndarray, shape (J,)
    influence : numpy.ndarray, shape (G, J)
        On the shares, summed by cluster.
    levels : numpy.ndarray, shape (Q,)

    Returns
    -------
    numpy.ndarray, shape (G, Q)
        How far the quantile moves when the function moves by √G times a cluster's influence and by its opposite, over
        2√G: the derivative in a direction, taken over a step of the size of the function's own error (Hong & Li
        2018), so that neither ties nor a chance step of an estimated function decide it.
    """
    step = np.sqrt(max(len(influence), 1))
    moved = [
        [quantiles_of(rearranged(shares + sign * own), upper, least, levels) for own in influence]
        for sign in (step, -step)
    ]
    return (np.array(moved[0]) - np.array(moved[1])) / (2 * step)
