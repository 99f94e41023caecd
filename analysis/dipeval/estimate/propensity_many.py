"""Many small logits at once: what loops over small panels spend their time on is the calls, not the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.estimate.propensity import (
    CERTAIN,
    COLLINEAR,
    SAFE_MOVE,
    SEPARATED,
    SETTLED,
    Logit,
    Piece,
    fit_pieces,
)

FEW_STEPS = 12
"""A logit that has not settled by then is fitted by itself, with care."""


@dataclass(frozen=True)
class Logits:
    """M fitted logits.

    Attributes
    ----------
    coefficients : numpy.ndarray, shape (M, q)
    hessian : numpy.ndarray, shape (M, q, q)
    reasons : list of str, length M
        Why there is none; empty where there is.
    """

    coefficients: np.ndarray
    hessian: np.ndarray
    reasons: list[str]


def fit_logits(x: np.ndarray, treated: np.ndarray, weights: np.ndarray) -> Logits:
    """`dipeval.estimate.propensity.fit_logit` for M logits of the same n rows.

    Parameters
    ----------
    x : numpy.ndarray, shape (M, q, n)
        The first regressor is an intercept.
    treated : numpy.ndarray, shape (M, n), float
    weights : numpy.ndarray, shape (M, n)
        Zero for rows that take no part.

    Returns
    -------
    Logits
        Cost O(M n q²) a step. Whatever is not plain sailing is left to `fit_pieces`.
    """
    n_logits, q, _ = x.shape
    own, total = np.einsum("mn,mn->m", weights, treated), weights.sum(1)
    beta, hessian = np.zeros((n_logits, q)), np.zeros((n_logits, q, q))
    beta[:, 0] = np.log(own / (total - own))
    if q == 1:
        hessian[:, 0, 0] = own * (1 - own / total)
        return Logits(beta, hessian, [SEPARATED if c else "" for c in own >= CERTAIN * total])
    reasons, hard = [""] * n_logits, np.zeros(n_logits, bool)
    room, last = np.empty((n_logits, 1 + q, x.shape[2])), np.zeros_like(beta)
    at, part, open_ = np.arange(n_logits), (x, treated, weights), np.ones(n_logits, bool)
    for _ in range(FEW_STEPS):
        if not open_[at].any():
            break
        if 2 * open_[at].sum() <= len(at):
            # settled ones are carried along for a while: to copy the others costs as much as a step
            at = np.flatnonzero(open_)
            part = (x[at], treated[at], weights[at])
        propensity, score, products = _derivatives(beta[at], *part, room[: len(at)])
        step, plain = _steps(products, score)
        plain &= _did_rise(beta[at], score, last[at], *part)
        moved = plain & open_[at]
        last[at] = np.where(moved[:, None], step, 0.0)
        beta[at] += last[at]
        settled = moved & (np.abs(step).max(1) <= SETTLED * (1 + np.abs(beta[at]).max(1)))
        hessian[at[settled]] = products[settled]
        if settled.any() and propensity.max() >= CERTAIN:
            highest = np.where(part[2] > 0, propensity, 0.0).max(1)
            for m in at[settled & (highest >= CERTAIN)].tolist():
                reasons[m] = SEPARATED
        hard[at[open_[at] & ~plain]] = True
        open_[at] &= plain & ~settled
    for m in np.flatnonzero(hard | open_).tolist():
        found = _by_itself(x[m], treated[m], weights[m])
        beta[m], hessian[m], reasons[m] = found.coefficients, found.hessian, found.reason
    return Logits(beta, hessian, reasons)


def _derivatives(
    beta: np.ndarray, x: np.ndarray, treated: np.ndarray, weights: np.ndarray, room: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Propensities (M, n), score (M, q) and Hessian (M, q, q); in `room` (M, 1 + q, n) nothing is kept."""
    propensity = (beta[:, None, :] @ x)[:, 0]
    with np.errstate(over="ignore"):
        np.exp(np.negative(propensity, out=propensity), out=propensity)
    propensity += 1
    np.reciprocal(propensity, out=propensity)
    apart, slope = room[:, 0], room[:, 1]
    np.subtract(treated, propensity, out=apart)
    apart *= weights
    np.subtract(1, propensity, out=slope)
    slope *= propensity
    slope *= weights
    np.multiply(x[:, 1:], slope[:, None, :], out=room[:, 2:])
    products = room @ x.transpose(0, 2, 1)
    return propensity, products[:, 0], products[:, 1:]


def _steps(hessian: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Newton steps (M, q), and whether each Hessian is plainly not singular (M,), bool."""
    try:
        inverse = np.linalg.inv(hessian)
    except np.linalg.LinAlgError:
        return np.zeros_like(score), np.zeros(len(score), bool)
    with np.errstate(invalid="ignore", over="ignore"):
        # the condition number is at most the product of these norms
        plain = row_norm(hessian) * row_norm(inverse) < 1 / COLLINEAR**1.2
    return (inverse @ score[:, :, None])[:, :, 0], plain


def row_norm(matrices: np.ndarray) -> np.ndarray:
    """Largest absolute row sum of each matrix (M, q, q), shape (M,)."""
    return np.abs(matrices).sum(2).max(1)


def _did_rise(
    beta: np.ndarray,
    score: np.ndarray,
    step: np.ndarray,
    x: np.ndarray,
    treated: np.ndarray,
    weights: np.ndarray,
) -> np.ndarray:
    """Whether the last step (M, q), unless it was small, raised the likelihood.

    The likelihood is concave: where it still rises along the step at its end, it rose all along.
    """
    far = np.flatnonzero((np.einsum("mq,mq->m", score, step) < 0) & (np.abs(step).sum(1) >= SAFE_MOVE))
    rose = np.ones(len(beta), bool)
    if len(far):

        def likelihood(at: np.ndarray) -> np.ndarray:
            index = (at[far][:, None, :] @ x[far])[:, 0]
            return (weights[far] * (treated[far] * index - np.logaddexp(0, index))).sum(1)

        rose[far] = likelihood(beta) > likelihood(beta - step)
    return rose


def _by_itself(x: np.ndarray, treated: np.ndarray, weights: np.ndarray) -> Logit:
    pieces = []
    for flag in (1.0, 0.0):
        rows = np.flatnonzero((treated == flag) & (weights > 0))
        pieces.append(Piece(x[:, rows], weights[rows], flag))
    return fit_pieces(pieces, np.zeros(len(x)))
