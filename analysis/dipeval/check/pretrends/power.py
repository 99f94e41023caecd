"""How likely a test of leads finds a stated difference of trends (Roth 2022).

Two tests: "no lead is significant by itself", which is what readers of an event study do, and the joint test
of all leads. Estimates are normal around the leads that the stated difference would give, with the
covariance that they have; where its degrees of freedom are finite, errors vary as an estimated variance
does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.check.pretrends.truncated_normal import TruncatedNormal, truncated_normal

MOST_DOUBLINGS = 60


@dataclass(frozen=True)
class LeadsTest:
    """A test that k leads are zero, as a rule of which estimates pass it.

    Attributes
    ----------
    cov : numpy.ndarray, shape (k, k)
        Covariance of the leads, positive definite.
    degrees : float
        Degrees of freedom of that covariance; inf where it is taken as known, as Roth does.
    level : float
        Chance of rejecting where all leads are zero: of each lead by itself, or of all together.
    """

    cov: np.ndarray
    degrees: float = np.inf
    level: float = 0.05

    @property
    def errors(self) -> np.ndarray:
        """Standard errors (k,)."""
        return np.sqrt(np.diag(self.cov))

    @property
    def critical(self) -> float:
        """Of the \\|t\\| of one lead."""
        from scipy.special import ndtri, stdtrit

        share = 1 - self.level / 2
        return float(ndtri(share) if np.isinf(self.degrees) else stdtrit(self.degrees, share))

    @property
    def left(self) -> float:
        """Second degrees of freedom of the joint test, ``degrees - k + 1``."""
        return self.degrees - len(self.cov) + 1

    def passing(self, leads: np.ndarray) -> TruncatedNormal:
        """Estimates of which none is significant by itself, where the true leads are ``leads`` (k,)."""
        return truncated_normal(leads, self.cov, self.critical * self.errors, self.degrees)

    def significance_power(self, leads: np.ndarray) -> float:
        """Chance that some lead is significant by itself (Roth 2022, section I.B)."""
        return 1 - self.passing(np.asarray(leads, float)).probability

    def joint_power(self, leads: np.ndarray) -> float:
        """Chance that the joint test rejects; NaN where the covariance has too few degrees of freedom.

        Hotelling's T² of an estimated covariance is a noncentral F(k, degrees - k + 1) with noncentrality
        ``λ = leads' V⁻¹ leads``; with a known covariance a noncentral chi²(k).
        """
        return 1 - self.joint_pass(leads, 0)

    def joint_pass(self, leads: np.ndarray, more: int) -> float:
        """Chance that the joint statistic, with k + more numerators, stays below the critical value of k.

        With ``more = 2`` the sum is over two more squares: its ratio to that with 0 is the share of the leads
        that is left in the mean of the estimates that pass, `after_passing`.
        """
        from scipy.special import chdtri, chndtr, fdtri, ncfdtr

        k, leads = len(self.cov), np.asarray(leads, float)
        noncentral = float(leads @ np.linalg.solve(self.cov, leads))
        if np.isinf(self.degrees):
            return float(chndtr(chdtri(k, self.level), k + more, noncentral))
        if not self.left > 0:
            return np.nan
        limit = fdtri(k, self.left, 1 - self.level) * k / (k + more)
        return float(ncfdtr(k + more, self.left, noncentral, limit))


def multiple_for_power(power: Callable[[float], float], target: float) -> float:
    """Multiple of a stated path of violations that a test finds with a chance of ``target``.

    Parameters
    ----------
    power : callable
        Of a multiple, at least 0; never falls (Anderson 1955: the sets of estimates that pass are convex and
        symmetric).
    target : float
        Between 0 and 1.

    Returns
    -------
    float
        0 where even no violation at all is "found" as often: many leads, each tested by itself. NaN where the
        power is not defined. inf where no multiple is found as often.
    """
    from scipy.optimize import brentq

    at_rest = power(0.0)
    if np.isnan(at_rest):
        return np.nan
    if at_rest >= target:
        return 0.0
    high = 1.0
    for _ in range(MOST_DOUBLINGS):
        if power(high) >= target:
            return float(brentq(lambda multiple: power(multiple) - target, 0.0, high, xtol=1e-10, rtol=1e-9))
        high *= 2
    return np.inf


def detectable_multiple(test: LeadsTest, path: np.ndarray, target: float, *, joint: bool = False) -> float:
    """Multiple of a path (k,) that the test finds with a chance of ``target``; for a line, its slope.

    Parameters
    ----------
    test : LeadsTest
    path : numpy.ndarray, shape (k,)
        Violation at the leads, relative to the reference: for a line ``times - reference``.
    target : float
    joint : bool
        The joint test, in place of "some lead is significant".

    Returns
    -------
    float
        In units of the path; see `multiple_for_power`.
    """
    path = np.asarray(path, float)
    scale = float(np.max(np.abs(path) / test.errors))
    if not scale > 0:
        return np.inf
    found = test.joint_power if joint else test.significance_power
    return multiple_for_power(lambda multiple: found(path * (multiple / scale)), target) / scale


def likelihood_ratio(
    estimates: np.ndarray, leads: np.ndarray, cov: np.ndarray, degrees: float = np.inf
) -> float:
    """Density of the estimated leads under the stated violation, over their density under parallel trends.

    Below 1 the estimates speak for parallel trends: ``exp(b' V⁻¹ d - d' V⁻¹ d / 2)`` with the estimates b
    and the leads d of the violation (Roth 2022, section III; a normal density). With an estimated covariance
    the density of Hotelling's vector, ``(1 + (b - d)' V⁻¹ (b - d) / degrees)^(-(degrees + 1) / 2)``, takes
    its place.
    """
    estimates, leads = np.asarray(estimates, float), np.asarray(leads, float)
    weighted = np.linalg.solve(cov, leads)
    gained = float(estimates @ weighted - leads @ weighted / 2)
    if np.isinf(degrees):
        return float(np.exp(gained))
    away = float(estimates @ np.linalg.solve(cov, estimates))
    return float(((1 + away / degrees) / (1 + (away - 2 * gained) / degrees)) ** ((degrees + 1) / 2))


def bayes_factor(power: float, size: float) -> float:
    """Chance of passing under the violation over that under parallel trends: ``(1 - power) / (1 - size)``."""
    return (1 - power) / (1 - size)
