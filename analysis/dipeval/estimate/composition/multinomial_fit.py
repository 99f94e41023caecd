"""Fractional multinomial logit on cells: the quasi-likelihood needs weighted sums of shares alone.

Where all regressors are constant within cells, Σ w s ln μ depends on the data through W = Σ w and S = Σ w s of each
cell (Papke & Wooldridge 1996, eq. 5, for two parts; Mullahy 2015, section 3, for several).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_STEPS = 60
CLOSE = 1e-12
"""Of the Newton decrement over the weight: the step that is then taken is the last, since convergence is quadratic."""
RANK = 1e-9
FAR = 60.0
"""An index this large is a share of zero: the part is not there, and its coefficient has no maximum."""


@dataclass(frozen=True)
class MultinomialFit:
    """Means of D parts in C cells with p regressors.

    Attributes
    ----------
    means : numpy.ndarray, shape (C, D)
        Of every cell, also of those without weight; each row sums to 1.
    identified : numpy.ndarray, shape (C,), bool
        Whether the regressors of a cell lie in the span of those with weight.
    regressors : numpy.ndarray, shape (C, q)
        Of full rank q over the cells with weight.
    information : numpy.ndarray, shape (q (D-1), q (D-1))
        Minus the Hessian; parameters by part (the last is the base), then regressor.
    converged : bool
    """

    means: np.ndarray
    identified: np.ndarray
    regressors: np.ndarray
    information: np.ndarray
    converged: bool

    def multipliers(self, weights: np.ndarray) -> np.ndarray:
        """What one unit of a cell's residual in a part moves the averages of fitted means.

        Parameters
        ----------
        weights : numpy.ndarray, shape (C,)
            Of the average; zero where it does not reach.

        Returns
        -------
        numpy.ndarray, shape (C, D, D)
            By cell and part of the residual, the move of each part's average: Σ weights μ_j has influence
            Σ residual_k times [cell, k, j] (delta method). Cost O((q D)³ + C q D²).
        """
        d = self.means.shape[1]
        slope = self.means[:, :, None] * (np.eye(d) - self.means[:, None, :])
        moved = np.einsum("c,cjk,cq->kqj", weights, slope[:, :, : d - 1], self.regressors)
        solved = np.linalg.solve(self.information, moved.reshape(-1, d)).reshape(d - 1, -1, d)
        full = np.zeros((len(weights), d, d))
        full[:, : d - 1] = np.einsum("cq,kqj->ckj", self.regressors, solved)
        return full


def fit_multinomial(regressors: np.ndarray, weight: np.ndarray, sums: np.ndarray) -> MultinomialFit:
    """Maximise Σ_c Σ_j S_cj ln μ_cj by Newton's method with halved steps; the function is concave.

    Parameters
    ----------
    regressors : numpy.ndarray, shape (C, p)
        Of all cells; collinear ones are allowed.
    weight : numpy.ndarray, shape (C,)
        Sums of weights; 0 for cells that only are predicted.
    sums : numpy.ndarray, shape (C, D)
        Weighted sums of shares; they sum to `weight`.

    Returns
    -------
    MultinomialFit

    Notes
    -----
    O(C p²) + O(C (q D)² + (q D)³) a step, less than twenty steps as a rule.
    """
    inside = weight > 0
    _, sizes, right = np.linalg.svd(regressors[inside], full_matrices=False)
    basis = right[sizes > RANK * sizes.max()].T
    spanned = regressors @ basis
    identified = np.abs(spanned @ basis.T - regressors).max(axis=1) < RANK * np.abs(regressors).max()
    x, w, s = spanned[inside], weight[inside], sums[inside]
    theta = np.zeros((x.shape[1], s.shape[1] - 1))
    value, means = _value(x, s, theta)
    converged = False
    for _ in range(MOST_STEPS):
        gradient = x.T @ (s - w[:, None] * means)[:, :-1]
        step = np.linalg.lstsq(_information(x, w, means), gradient.T.ravel(), rcond=None)[0]
        theta, value, means = _moved(x, s, theta, step.reshape(theta.T.shape).T, value)
        if step @ gradient.T.ravel() < CLOSE * w.sum():
            converged = bool(np.abs(x @ theta).max(initial=0.0) < FAR)
            break
    _, every = _value(spanned, sums, theta)
    return MultinomialFit(every, identified, spanned, _information(x, w, means), converged)


def _value(x: np.ndarray, sums: np.ndarray, theta: np.ndarray) -> tuple[float, np.ndarray]:
    """The quasi-likelihood and the means."""
    index = np.column_stack([x @ theta, np.zeros(len(x))])
    top = index.max(axis=1, keepdims=True)
    total = np.log(np.exp(index - top).sum(axis=1, keepdims=True)) + top
    return float((sums * (index - total)).sum()), np.exp(index - total)


def _moved(
    x: np.ndarray, sums: np.ndarray, theta: np.ndarray, step: np.ndarray, value: float
) -> tuple[np.ndarray, float, np.ndarray]:
    """A step that does not make it worse."""
    size = 1.0
    while size > 1e-8:
        moved, means = _value(x, sums, theta + size * step)
        if moved >= value - 1e-12 * abs(value):
            return theta + size * step, moved, means
        size /= 2
    return theta, value, _value(x, sums, theta)[1]


def _information(x: np.ndarray, weight: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Σ W x x' ⊗ (diag μ − μ μ') over the parts but the last."""
    own = means[:, :-1]
    q, d = x.shape[1], own.shape[1]
    curve = weight[:, None, None] * (own[:, :, None] * np.eye(d) - own[:, :, None] * own[:, None, :])
    return np.einsum("cjk,cp,cr->jpkr", curve, x, x, optimize=True).reshape(d * q, d * q)
