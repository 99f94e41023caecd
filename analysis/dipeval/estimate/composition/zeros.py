"""Zeros have no logarithm: they are replaced by a declared rule, or their rows are left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

REPLACE, LEAVE_OUT = "replace", "leave_out"
RULES = (REPLACE, LEAVE_OUT)
FRACTION = 0.65
"""Of the least that was seen: Martín-Fernández, Barceló-Vidal & Pawlowsky-Glahn (2003), section 4, find
65 % of the detection limit to distort the covariances least."""


@dataclass(frozen=True)
class ZeroRule:
    """What becomes of zeros before logarithms are taken.

    Attributes
    ----------
    rule : {"replace", "leave_out"}
    fraction : float
        Of the smallest positive share of the part, where zeros are replaced.
    """

    rule: str = REPLACE
    fraction: float = FRACTION


def without_zeros(shares: np.ndarray, rule: ZeroRule) -> np.ndarray:
    """Shares that all have a logarithm.

    Multiplicative replacement (Martín-Fernández et al. 2003, eq. 6): a zero of part j becomes δ_j, and the
    positive shares of its row are multiplied by 1 − Σ δ, so that the ratios among them do not change. δ_j is
    `fraction` times the smallest positive share of part j in any row.

    Parameters
    ----------
    shares : numpy.ndarray, shape (n, D)
        Each row sums to 1, or is NaN.
    rule : ZeroRule

    Returns
    -------
    numpy.ndarray, shape (n, D)
        Rows sum to 1; NaN where they were, and where a row is left out. Cost O(n D).
    """
    zero = shares == 0
    if rule.rule == LEAVE_OUT:
        return np.where(zero.any(axis=1, keepdims=True), np.nan, shares)
    smallest = np.min(np.where(shares > 0, shares, np.inf), axis=0, initial=np.inf)
    delta = np.where(zero, rule.fraction * smallest, 0.0)
    return np.where(zero, delta, shares * (1 - delta.sum(axis=1, keepdims=True)))


def zero_counts(shares: np.ndarray) -> np.ndarray:
    """Rows in which each part is zero (D,), int."""
    return (shares == 0).sum(axis=0)
