"""Are trends before the reform alike up to a stated bound (Dette & Schumann 2024)?

The null is turned around: that trends differ by a bound or more. Rejecting it shows that they are alike,
which no insignificant test of "no difference at all" does. Each test gives the smallest bound that it
rejects, which stands without a bound being chosen beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.check.pretrends.truncated_normal import truncated_normal

SCAN = 8
CLOSER = "the leads are closer to zero than chance allows even where trends are parallel"


@dataclass(frozen=True)
class Equivalence:
    """One test of equivalence.

    Attributes
    ----------
    measure : {"max", "max_joint", "mean", "rms"}
        What is held against the bound: the largest lead, in absolute value (every lead by itself, or all in
        one distribution), the mean lead, the root of the mean square of the leads.
    size : float
        Its estimate.
    smallest : float
        Smallest bound that the test rejects at its level: the measure is smaller than this.
    p_value : float
        Of the stated bound; NaN without one.
    largest_below : float
        Bound that the measure surely exceeds at the same level (0 where none): a lower confidence limit of
        it; NaN where not known.
    note : str
        Why it is undefined; empty otherwise.
    """

    measure: str
    size: float
    smallest: float
    p_value: float = np.nan
    largest_below: float = np.nan
    note: str = ""


def folded_p(size: float, error: float, bound: float, degrees: float = np.inf) -> float:
    """p-value of the null that a parameter is at least ``bound`` in absolute value.

    Parameters
    ----------
    size, error : float
        Absolute estimate and its standard error.
    bound : float
        Not negative.
    degrees : float
        inf: chance of an absolute estimate as small under N(bound, error²), a folded normal (Dette &
        Schumann 2024, section 4.2.1). Finite: the larger of two one-sided t tests (Schuirmann 1987), since
        no folded distribution holds where the error is estimated.

    Returns
    -------
    float
    """
    from scipy.special import ndtr, stdtr

    if np.isfinite(degrees):
        return float(stdtr(degrees, (size - bound) / error))
    return float(ndtr((size - bound) / error) - ndtr((-size - bound) / error))


def smallest_bound(size: float, error: float, level: float = 0.05, degrees: float = np.inf) -> float:
    """Smallest bound whose null `folded_p` rejects at a level; 0 where every positive one is rejected."""
    from scipy.optimize import brentq
    from scipy.special import stdtrit

    if np.isfinite(degrees):
        return float(size + stdtrit(degrees, 1 - level) * error)
    if folded_p(size, error, 0.0) <= level:
        return 0.0
    return float(
        brentq(
            lambda bound: folded_p(size, error, bound) - level, 0.0, size + 10 * error, xtol=1e-14, rtol=1e-12
        )
    )


def largest_lead(
    leads: np.ndarray, cov: np.ndarray, bound: float | None, level: float = 0.05, degrees: float = np.inf
) -> Equivalence:
    """The largest lead: every lead has to reject by itself (intersection and union; equation 4.5).

    Parameters
    ----------
    leads : numpy.ndarray, shape (k,)
    cov : numpy.ndarray, shape (k, k)
    bound : float or None
    level, degrees : float

    Returns
    -------
    Equivalence
        No correction for several leads is needed, since all have to reject; it is conservative where several
        leads are near the bound. ``largest_below`` holds for all leads together (Bonferroni).
    """
    from scipy.special import ndtri, stdtrit

    errors, sizes = np.sqrt(np.diag(cov)), np.abs(leads)
    smallest = max(smallest_bound(b, s, level, degrees) for b, s in zip(sizes, errors, strict=True))
    share = 1 - level / (2 * len(sizes))
    critical = ndtri(share) if np.isinf(degrees) else stdtrit(degrees, share)
    p_value = np.nan
    if bound is not None:
        p_value = max(folded_p(b, s, bound, degrees) for b, s in zip(sizes, errors, strict=True))
    below = max(0.0, float((sizes - critical * errors).max()))
    return Equivalence("max", float(sizes.max()), float(smallest), p_value, below)


def nearest_violation(leads: np.ndarray, cov: np.ndarray, bound: float) -> np.ndarray:
    """Leads nearest to the estimated ones, in the metric of their covariance, whose largest is ``bound``.

    The complement of a box is a union of half-spaces; the nearest point of the nearest half-space lies on
    the box, for were another lead beyond the bound there, its half-space would be nearer still. With a
    largest estimate at or beyond the bound: the estimates themselves.
    """
    sizes, errors = np.abs(leads), np.sqrt(np.diag(cov))
    if sizes.max() >= bound:
        return np.array(leads, float)
    at = int(np.argmin((bound - sizes) / errors))
    target = bound if leads[at] >= 0 else -bound
    return leads + cov[:, at] / cov[at, at] * (target - leads[at])


def largest_lead_jointly(
    leads: np.ndarray, cov: np.ndarray, bound: float | None, level: float = 0.05
) -> Equivalence:
    """The largest lead, in the distribution of the largest of all leads.

    Parameters
    ----------
    leads : numpy.ndarray, shape (k,)
    cov : numpy.ndarray, shape (k, k)
        Taken as known.
    bound : float or None
    level : float

    Returns
    -------
    Equivalence
        Undefined, with a note, where even the estimated leads themselves would give smaller ones in no more
        than a share ``level`` of samples: every bound would be rejected then, which says nothing.

    Notes
    -----
    The bootstrap of Dette & Schumann (algorithm 1) draws estimates from the fit whose largest lead is the
    bound and counts how often their largest is below the observed one. With normal errors that share is the
    probability of a box under N(`nearest_violation`, V): it is integrated, not drawn. Less conservative than
    `largest_lead`.
    """
    from scipy.optimize import brentq

    size = float(np.abs(leads).max())

    def p_value(at: float) -> float:
        centre = nearest_violation(leads, cov, at)
        return truncated_normal(centre, cov, np.full(len(leads), size)).probability

    if p_value(size) <= level:
        return Equivalence("max_joint", size, np.nan, note=CLOSER)
    top = largest_lead(leads, cov, None, level).smallest * 1.0001
    grid = np.linspace(size, max(top, size), SCAN)
    kept = [at for at, value in enumerate(map(p_value, grid)) if value > level]
    low, high = grid[kept[-1]], grid[kept[-1] + 1] if kept[-1] + 1 < SCAN else 2 * grid[-1]
    smallest = brentq(lambda at: p_value(at) - level, low, high, xtol=1e-10 * high)
    return Equivalence("max_joint", size, float(smallest), np.nan if bound is None else p_value(bound))


def mean_lead(
    leads: np.ndarray, cov: np.ndarray, bound: float | None, level: float = 0.05, degrees: float = np.inf
) -> Equivalence:
    """The mean of the leads (equation 3.2): leads of both signs cancel.

    Parameters
    ----------
    leads, cov, bound, level, degrees
        As in `largest_lead`.

    Returns
    -------
    Equivalence

    Notes
    -----
    The variance of the mean of k leads is ``1' V 1 / k²``. The R package EquiTrends prints the error of
    their sum (its README: 0.02358, three times that of the mean), and divides by hospitals once more in its
    later code.
    """
    from scipy.special import ndtri, stdtrit

    k = len(leads)
    size, error = abs(float(leads.mean())), float(np.sqrt(cov.sum())) / k
    critical = ndtri(1 - level / 2) if np.isinf(degrees) else stdtrit(degrees, 1 - level / 2)
    return Equivalence(
        "mean",
        size,
        smallest_bound(size, error, level, degrees),
        np.nan if bound is None else folded_p(size, error, bound, degrees),
        max(0.0, size - float(critical) * error),
    )
