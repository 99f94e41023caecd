"""Propensities of belonging to a treated cohort: a logit by maximum likelihood, or one that balances.

The second, inverse probability tilting (Graham, Pinto & Egel 2012, *Review of Economic Studies* 79(3);
Sant'Anna & Zhao 2020, section 3), chooses the coefficients so that the weighted comparison hospitals
have the covariate means of the treated ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

COLLINEAR = 1e-10
MOST_STEPS = 60
SETTLED = 1e-8
SAFE_MOVE = 0.5
ROWS_AT_ONCE = 16384
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


@dataclass(frozen=True)
class Piece:
    """Some rows of a logit: regressors (q, n), weights (n,), and whether they are treated, each or all."""

    x: np.ndarray
    w: np.ndarray
    treated: np.ndarray | float


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
    return fit_pieces(list(pieces_of(x.T, weights, treated)), start)


def pieces_of(x: np.ndarray, weights: np.ndarray, treated: np.ndarray | float) -> Iterator[Piece]:
    """Rows in pieces that fit a core's cache; `x` is (q, n), `treated` one flag for all or one a row."""
    for first in range(0, len(weights), ROWS_AT_ONCE):
        part = slice(first, first + ROWS_AT_ONCE)
        each = isinstance(treated, np.ndarray)
        yield Piece(x[:, part], weights[part], treated[part] if each else treated)


def fit_pieces(pieces: Sequence[Piece], start: np.ndarray) -> Logit:
    """`fit_logit` on rows in pieces, without a copy of them."""
    own = sum(float((piece.w * piece.treated).sum()) for piece in pieces)
    total = sum(float(piece.w.sum()) for piece in pieces)
    plain = np.zeros(len(start))
    plain[0] = np.log(own / (total - own))
    if len(start) == 1:
        return Logit(
            plain, np.array([[own * (1 - own / total)]]), SEPARATED if own >= CERTAIN * total else ""
        )
    if not start.any():
        return _newton(pieces, plain)
    found = _newton(pieces, start)
    return _newton(pieces, plain) if found.reason else found


def _newton(pieces: Sequence[Piece], start: np.ndarray) -> Logit:
    beta = start
    for _ in range(MOST_STEPS):
        score, hessian, highest = np.zeros(len(beta)), np.zeros((len(beta), len(beta))), 0.0
        for piece in pieces:
            propensity = logistic(beta @ piece.x)
            highest = max(highest, propensity.max())
            apart = piece.treated - propensity
            apart *= piece.w
            score += piece.x @ apart
            propensity *= (1 - propensity) * piece.w
            hessian += (piece.x * propensity) @ piece.x.T
        if is_singular(hessian):
            return Logit(beta, hessian, _why(pieces))
        step = np.linalg.solve(hessian, score)
        step = step * _safe_share(pieces, beta, step)
        beta = beta + step
        # the error left is the square of the step
        if np.abs(step).max() <= SETTLED * (1 + np.abs(beta).max()):
            return Logit(beta, hessian, SEPARATED if highest >= CERTAIN else "")
    return Logit(beta, hessian, SEPARATED)


def _safe_share(pieces: Sequence[Piece], beta: np.ndarray, step: np.ndarray) -> float:
    """Share of a step that does not lower the likelihood; a step that moves indices little is safe."""
    if np.abs(step).sum() < SAFE_MOVE:
        return 1.0

    def likelihood(at: np.ndarray) -> float:
        indices = ((piece, at @ piece.x) for piece in pieces)
        return sum(float(p.w @ (p.treated * index - np.logaddexp(0, index))) for p, index in indices)

    share, value = 1.0, likelihood(beta)
    while share > 1e-6 and not likelihood(beta + share * step) > value:
        share /= 2
    return share


def fit_tilting(x: np.ndarray, treated: np.ndarray, weights: np.ndarray, start: np.ndarray) -> Logit:
    """Coefficients that balance: Σ w (1 − d) exp(x'γ) x = Σ w d x; arguments as `fit_logit`.

    Newton's method on the convex objective Σ w (1 − d) exp(x'γ) − Σ w d x'γ, with halved steps.
    """
    plain = np.zeros(len(start))
    plain[0] = np.log(weights[treated].sum() / weights[~treated].sum())
    found = _tilt(x, treated, weights, start if start.any() else plain)
    return _tilt(x, treated, weights, plain) if found.reason and start.any() else found


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
    return Logit(gamma, hessian, _why([Piece(x.T, weights, 0.0)]))


def _why(pieces: Sequence[Piece]) -> str:
    gram = sum((piece.x * piece.w) @ piece.x.T for piece in pieces)
    return DEPENDENT if is_dependent(gram) else SEPARATED


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


def is_singular(gram: np.ndarray) -> bool:
    """Whether a matrix of products cannot be solved to more than a few digits."""
    return bool(not np.isfinite(gram).all() or np.linalg.cond(gram) > 1 / COLLINEAR**1.2)


def is_dependent(gram: np.ndarray) -> bool:
    """Whether regressors are collinear, whatever their scale."""
    size = np.sqrt(np.diag(gram))
    if not (size > 0).all():
        return True
    return bool(np.linalg.eigvalsh(gram / np.outer(size, size))[0] < COLLINEAR)
