"""What estimates are like in the studies that passed a test of leads (Roth 2022, propositions 1 to 4).

Effects after the reform are correlated with the leads. Given that the leads passed, their mean is pulled
towards zero, and the mean of the effects with it: by the regression of the effects on the leads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.check.pretrends.power import LeadsTest

RARELY = 1e-3
"""Where fewer studies pass than this, there are none to speak of, and integration over the box is too coarse for them."""


@dataclass(frozen=True)
class AfterPassing:
    """Means of the estimates of k leads and m effects, where the true effect is zero and trends differ.

    Attributes
    ----------
    power : float
        Chance that the test finds the violation.
    leads : numpy.ndarray, shape (k,)
        Expected estimates of the leads among those that pass.
    effects : numpy.ndarray, shape (m,)
        Of the effects: all of it is bias.
    covered : numpy.ndarray, shape (m,)
        Chance that the usual interval of each effect holds the true effect, among those that pass; NaN for
        the joint test.
    covered_always : numpy.ndarray, shape (m,)
        The same without any test.

    Notes
    -----
    What holds among those that pass is NaN where fewer than `RARELY` do.
    """

    power: float
    leads: np.ndarray
    effects: np.ndarray
    covered: np.ndarray
    covered_always: np.ndarray


def after_significance(test: LeadsTest, path: np.ndarray, cov: np.ndarray) -> AfterPassing:
    """Means and coverage where no lead is significant by itself.

    Parameters
    ----------
    test : LeadsTest
        Of the first k estimates.
    path : numpy.ndarray, shape (k + m,)
        Violation of parallel trends at leads and effects.
    cov : numpy.ndarray, shape (k + m, k + m)
        Covariance of leads and effects.

    Returns
    -------
    AfterPassing
        Intervals have the critical value of the test. Their coverage takes the errors as known.
    """
    from scipy.special import ndtr

    k = len(test.cov)
    leads, pull = path[:k], np.linalg.solve(test.cov, cov[:k, k:])
    passing = test.passing(leads)
    effects = path[k:] + (passing.mean - leads) @ pull
    errors, left = np.sqrt(np.diag(cov)[k:]), cov[k:, k:] - cov[k:, :k] @ pull
    spread = np.sqrt(np.clip(np.diag(left), 1e-300, None))
    centre = path[k:] + (passing.points - leads) @ pull
    reach = test.critical * errors
    inside = ndtr((reach - centre) / spread) - ndtr((-reach - centre) / spread)
    always = ndtr((reach - path[k:]) / errors) - ndtr((-reach - path[k:]) / errors)
    if passing.probability < RARELY:
        return AfterPassing(1 - passing.probability, *_none_pass(k, len(errors)), always)
    return AfterPassing(1 - passing.probability, passing.mean, effects, passing.weights @ inside, always)


def _none_pass(k: int, m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Leads, effects and coverage where next to no study passes."""
    return np.full(k, np.nan), np.full(m, np.nan), np.full(m, np.nan)


def after_joint_test(test: LeadsTest, path: np.ndarray, cov: np.ndarray) -> AfterPassing:
    """Means where the joint test does not reject.

    Parameters
    ----------
    test, path, cov
        As in `after_significance`.

    Returns
    -------
    AfterPassing

    Notes
    -----
    Of a normal z ~ N(μ, I) and its square s, ``E[z; s ≤ c] = μ P(s' ≤ c)`` with s' noncentral chi² of two
    more degrees of freedom and the same noncentrality (differentiate P(s ≤ c) by μ). So all leads shrink by
    one number, the ratio of two noncentral probabilities, exactly.
    """
    from scipy.special import ndtr

    k = len(test.cov)
    leads, pull = path[:k], np.linalg.solve(test.cov, cov[:k, k:])
    passes = test.joint_pass(leads, 0)
    kept = test.joint_pass(leads, 2) / passes if passes >= RARELY else np.nan
    effects = path[k:] + (kept - 1) * (leads @ pull)
    errors = np.sqrt(np.diag(cov)[k:])
    reach = test.critical * errors
    always = ndtr((reach - path[k:]) / errors) - ndtr((-reach - path[k:]) / errors)
    return AfterPassing(1 - passes, kept * leads, effects, np.full(len(effects), np.nan), always)
