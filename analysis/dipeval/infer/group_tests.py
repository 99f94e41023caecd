"""Tests from few independent estimates of one effect: t statistics and sign changes.

All functions take cities or groups first and any further dimensions last, so that many outcomes are done at
once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Compared:
    """An estimate from independent parts.

    Attributes
    ----------
    estimate, error : numpy.ndarray, shape (...)
    df : int
        Degrees of freedom of the t distribution that the ratio is compared with.
    """

    estimate: np.ndarray
    error: np.ndarray
    df: int


def t_over_groups(estimates: np.ndarray) -> Compared:
    """Mean of q independent estimates, with the error of their spread.

    Ibragimov & Müller (2010, *Journal of Business & Economic Statistics* 28(4), theorem 1): against t(q-1) the
    test rejects at most as often as its level, up to 8.3 %, however unequal the variances of the q estimates.

    Parameters
    ----------
    estimates : numpy.ndarray, shape (q, ...)
        Of one effect in q groups, approximately normal and independent.

    Returns
    -------
    Compared
    """
    q = len(estimates)
    return Compared(estimates.mean(0), estimates.std(0, ddof=1) / np.sqrt(q), q - 1)


def two_samples(treated: np.ndarray, compared: np.ndarray) -> Compared:
    """Difference of the means of two samples of independent changes, one a city.

    Ibragimov & Müller (2016, *Review of Economics and Statistics* 98(1)): errors of both means added, against
    t with min(q1, q0) - 1 degrees of freedom.

    Parameters
    ----------
    treated : numpy.ndarray, shape (q1, ...)
    compared : numpy.ndarray, shape (q0, ...)

    Returns
    -------
    Compared
    """
    parts = [t_over_groups(sample) for sample in (treated, compared)]
    error = np.sqrt(parts[0].error ** 2 + parts[1].error ** 2)
    return Compared(parts[0].estimate - parts[1].estimate, error, min(part.df for part in parts))


def sign_change_p(estimates: np.ndarray, null: float | np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Share of changes of sign that leave a mean at least as far from zero.

    Canay, Romano & Shaikh (2017, *Econometrica* 85(3), section 4): exact where the estimates less the null
    value are independent and symmetric around zero. The mean and the t statistic give the same p-value, since
    a change of sign leaves the sum of squares.

    Parameters
    ----------
    estimates : numpy.ndarray, shape (q, ...)
    null : float or numpy.ndarray, shape (...)
    signs : numpy.ndarray, shape (D, q)
        The first row is the sample itself.

    Returns
    -------
    numpy.ndarray, shape (...)
        O(D q) an outcome.
    """
    sums = signed_sums(estimates, null, signs)
    return (sums >= sums[0] * (1 - 1e-9)).mean(0)


def signed_sums(estimates: np.ndarray, null: float | np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Absolute sums (D, ...) of estimates (q, ...) less the null value, under changes of sign (D, q)."""
    return np.abs(np.tensordot(signs, estimates - null, axes=(1, 0)))


def deal_groups(treated: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Groups of cities, each with treated and comparison ones, disjoint and as many as can be.

    Parameters
    ----------
    treated : numpy.ndarray, shape (G,), bool
    size : numpy.ndarray, shape (G,)
        The largest treated city is put with the largest comparison city; those left over are dealt from the
        last group back to the first, and so on.

    Returns
    -------
    numpy.ndarray, shape (G,), int
        Group 0 … min(q1, q0) - 1 of each city.
    """
    q = int(min(treated.sum(), (~treated).sum()))
    group = np.zeros(len(treated), np.int64)
    for side in (treated, ~treated):
        members = np.flatnonzero(side)
        members = members[np.argsort(-size[members], kind="stable")]
        turn, place = np.divmod(np.arange(len(members)), max(q, 1))
        group[members] = np.where(turn % 2 == 0, place, q - 1 - place)
    return group
