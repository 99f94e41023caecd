"""Synthetic control that also wants each donor to be like the treated, so that it is unique and sparse."""

from __future__ import annotations

import numpy as np

from dipeval.estimate.synthetic.block import Block, Weights
from dipeval.estimate.synthetic.simplex import simplex_weights

TRIED = 10.0 ** np.linspace(-4, 1, 21)
SMALL = 1e-5
TIGHT = 1e-6


def penalised_weights(block: Block, solver: str = "exact", penalty: float | None = None) -> Weights:
    """Weights on the simplex that minimise |x₁ − X₀'w|² + λ Σ w_j |x₁ − x_j|².

    Parameters
    ----------
    block : Block
        x are the outcomes before the reform.
    solver : str
        Not used: there is no published iteration.
    penalty : float, optional
        λ. Large: the nearest donor; towards zero: synthetic control. Default: the one of twenty-one from 10⁻⁴ to 10
        whose weights from the first half of the periods before fit the second half best, the largest among equals.

    Notes
    -----
    Abadie & L'Hour (2021, equation 4; the choice: section 5, hold-out of periods before). The linear term is completed
    to a square by a penalty of 1e-5 of the noise on the sum of squared weights.
    """
    n = block.n_before
    if penalty is None:
        penalty = _chosen(block)
    weights, sure = _solved(block.donors[:, :n].T, block.path[:n], penalty, block.noise)
    return Weights(weights, np.zeros(n), sure)


def _chosen(block: Block) -> float:
    n = block.n_before
    half = n // 2
    columns, target = block.donors[:, :n].T, block.path[:n]
    best, least = float(TRIED[-1]), np.inf
    for penalty in TRIED[::-1]:
        weights, _ = _solved(columns[:half], target[:half], float(penalty), block.noise)
        error = float(((target[half:] - columns[half:] @ weights) ** 2).sum())
        if error < least * (1 - 1e-9):
            best, least = float(penalty), error
    return best


def _solved(columns: np.ndarray, target: np.ndarray, penalty: float, noise: float) -> tuple[np.ndarray, bool]:
    linear = penalty * ((columns - target[:, None]) ** 2).sum(0)
    linear = linear - linear.min()  # a constant on the simplex
    ridge = len(columns) * (SMALL * noise) ** 2
    if not ridge > 0:
        ridge = (SMALL * max(float(np.abs(columns).max(initial=0.0)), 1.0)) ** 2
    root, k = np.sqrt(ridge), columns.shape[1]
    moved = columns - target[:, None]  # weights add up to one: the level of the target is nothing to them
    wide = np.vstack([moved, root * np.eye(k)])
    weights = simplex_weights(wide, np.r_[np.zeros(len(columns)), -linear / (2 * root)]).weights
    gradient = 2 * (moved @ weights) @ moved + 2 * ridge * weights + linear
    level, tight = float(weights @ gradient), TIGHT * max(float(np.abs(gradient).max()), 1e-300)
    sure = (gradient >= level - tight).all() and (np.abs(gradient - level)[weights > 1e-9] <= tight).all()
    return weights, bool(sure)
