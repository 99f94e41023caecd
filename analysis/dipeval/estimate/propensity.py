"""Propensities of belonging to a treated cohort: a logit by maximum likelihood, or one that balances.

The second, inverse probability tilting (Graham, Pinto & Egel 2012, *Review of Economic Studies* 79(3);
Sant'Anna & Zhao 2020, equation 3.2), chooses the coefficients so that the weighted comparison hospitals
have the covariate means of the treated ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

COLLINEAR = 1e-10
MOST_STEPS = 60
SETTLED = 1e-7
SAFE_MOVE = 1.0
CERTAIN = 0.999
TRIMMED_FROM = 0.995
"""Comparison hospitals that were as good as certain to be treated carry no weight, as in DRDID."""
DEPENDENT = "not identified: the covariates are collinear among these hospitals, or one is constant"
SEPARATED = (
    "not identified: the covariates tell the treated hospitals from their comparison, so that no propensity "
    "can be fitted (no overlap)"
)


@dataclass(frozen=True)
class Logit:
    """A fitted logit of belonging to a cohort; `reason` says why there is none."""

    coefficients: np.ndarray
    hessian: np.ndarray
    reason: str = ""


def fit_logit(x: np.ndarray, treated: np.ndarray, weights: np.ndarray, start: np.ndarray) -> Logit:
    """Maximum likelihood by Newton's method, to rounding.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, q)
        The first column is an intercept.
    treated : numpy.ndarray, shape (n,), bool
    weights : numpy.ndarray, shape (n,)
    start : numpy.ndarray, shape (q,)
        The result does not depend on it, the number of steps does. Zeros mean the plain odds.

    Returns
    -------
    Logit
        `hessian` is Σ w π (1 − π) x x'. Cost O(n q²) a step, three to six steps. As in did, a largest
        propensity of 0.999 or more counts as no overlap.
    """
    plain = _plain_odds(treated, weights, len(start))
    if not start.any():
        return _newton(x, treated, weights, plain)
    found = _newton(x, treated, weights, start)
    return _newton(x, treated, weights, plain) if found.reason else found


def _plain_odds(treated: np.ndarray, weights: np.ndarray, q: int) -> np.ndarray:
    """Coefficients (q,) of the propensity without covariates."""
    start, own = np.zeros(q), weights[treated].sum()
    start[0] = np.log(own / (weights.sum() - own))
    return start


def _newton(x: np.ndarray, treated: np.ndarray, weights: np.ndarray, start: np.ndarray) -> Logit:
    beta, pairs = start, _pairs(x)
    for _ in range(MOST_STEPS):
        index = x @ beta
        propensity = logistic(index)
        apart = treated - propensity
        apart *= weights
        spread = np.multiply(propensity, weights)
        spread *= 1 - propensity
        hessian = _gram(spread, pairs)
        if is_singular(hessian):
            return Logit(beta, hessian, _why(x, weights))
        step = np.linalg.solve(hessian, apart @ x)
        step = step * _safe_share(index, x @ step, treated, weights)
        beta = beta + step
        # the error left is the square of the step
        if np.abs(step).max() <= SETTLED * (1 + np.abs(beta).max()):
            certain = propensity.max() >= CERTAIN
            return Logit(beta, hessian, SEPARATED if certain else "")
    return Logit(beta, hessian, SEPARATED)


def _safe_share(index: np.ndarray, moved: np.ndarray, treated: np.ndarray, weights: np.ndarray) -> float:
    """Share of a step that does not lower the likelihood; a step that moves indices little is safe."""
    if max(moved.max(), -moved.min()) < SAFE_MOVE:
        return 1.0

    def likelihood(at: np.ndarray) -> float:
        return float(weights @ (treated * at - np.logaddexp(0, at)))

    share, value = 1.0, likelihood(index)
    while share > 1e-6 and not likelihood(index + share * moved) > value:
        share /= 2
    return share


def fit_tilting(x: np.ndarray, treated: np.ndarray, weights: np.ndarray, start: np.ndarray) -> Logit:
    """Coefficients that balance: Σ w (1 − d) exp(x'γ) x = Σ w d x; arguments as `fit_logit`.

    Newton's method on the convex objective Σ w (1 − d) exp(x'γ) − Σ w d x'γ, with halved steps.
    """
    plain = _plain_odds(treated, weights, len(start))
    if not start.any():
        return _tilt(x, treated, weights, plain)
    found = _tilt(x, treated, weights, start)
    return _tilt(x, treated, weights, plain) if found.reason else found


def _tilt(x: np.ndarray, treated: np.ndarray, weights: np.ndarray, start: np.ndarray) -> Logit:
    control, target = ~treated, weights[treated] @ x[treated]
    xc, wc = x[control], weights[control]

    def loss(at: np.ndarray) -> float:
        return float(wc @ np.exp(np.clip(xc @ at, -700, 700)) - target @ at)

    gamma, value = start, loss(start)
    for _ in range(MOST_STEPS):
        odds = wc * np.exp(np.clip(xc @ gamma, -700, 700))
        hessian = (xc * odds[:, None]).T @ xc
        if is_singular(hessian):
            break
        step = np.linalg.solve(hessian, target - odds @ xc)
        if np.abs(step).max() <= 1e-12 * (1 + np.abs(gamma).max()):
            return Logit(gamma, hessian)
        scale = 1.0
        while loss(gamma + scale * step) > value + 1e-12 * abs(value) and scale > 1e-10:
            scale /= 2
        gamma = gamma + scale * step
        value = loss(gamma)
    return Logit(gamma, hessian, _why(x, weights))


def _why(x: np.ndarray, weights: np.ndarray) -> str:
    return DEPENDENT if is_dependent((x * weights[:, None]).T @ x) else SEPARATED


def logistic(index: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-index)), without copies; 0 where the exponential overflows."""
    with np.errstate(over="ignore"):
        out = np.exp(-index)
    out += 1
    return np.reciprocal(out, out=out)


def odds_weights(index: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """κ = weight × odds of comparison hospitals by their linear index; 0 from a propensity of 0.995 on."""
    limit = np.log(TRIMMED_FROM / (1 - TRIMMED_FROM))
    kappa = np.exp(np.minimum(index, limit)) * weights
    if (index >= limit).any():
        kappa[index >= limit] = 0.0
    return kappa


def _pairs(x: np.ndarray) -> np.ndarray:
    """Products of all pairs of regressors, shape (q (q + 1) / 2, n)."""
    return np.array([x[:, i] * x[:, j] for i in range(x.shape[1]) for j in range(i + 1)])


def _gram(weights: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Σ weights x x' from the products of pairs."""
    q = int((2 * len(pairs)) ** 0.5)
    gram = np.zeros((q, q))
    gram[np.tril_indices(q)] = pairs @ weights
    return gram + np.tril(gram, -1).T


def is_singular(gram: np.ndarray) -> bool:
    """Whether a matrix of products cannot be solved to more than a few digits."""
    return bool(not np.isfinite(gram).all() or np.linalg.cond(gram) > 1 / COLLINEAR**1.2)


def is_dependent(gram: np.ndarray) -> bool:
    """Whether regressors are collinear, whatever their scale."""
    size = np.sqrt(np.diag(gram))
    if not (size > 0).all():
        return True
    return bool(np.linalg.eigvalsh(gram / np.outer(size, size))[0] < COLLINEAR)
