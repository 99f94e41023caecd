"""Synthetic control corrected by a ridge regression for what its weights leave of the gap before the reform."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dipeval.estimate.synthetic.block import Block, Weights, control_weights

STEPS, LEAST = 20, 1e-8


def augmented_weights(block: Block, solver: str = "exact", penalty: float | None = None) -> Weights:
    """Weights that add up to one and may be negative.

    Parameters
    ----------
    block : Block
    solver : {"exact", "published"}
        Of the synthetic control that is corrected.
    penalty : float, optional
        λ of the ridge regression of later on earlier outcomes among donors. Default: the largest of twenty-one whose
        error lies within one standard error of the smallest, when each period before is left out in turn.

    Notes
    -----
    Ben-Michael, Feller & Rothstein (2021, equation 8 and section 5.3; one standard error as in their package):
    ω + (x₁ − X₀'ω)'(X₀'X₀ + λI)⁻¹X₀' with outcomes before less their means among donors. Linear in outcomes after,
    and between synthetic control (λ large) and an exact fit (λ small). O(N0 T0² + T0³) a λ; T0 + 1 sets of weights.
    """
    base = control_weights(block, solver)
    before = block.donors[:, : block.n_before]
    if penalty is None:
        penalty = _chosen(block, solver)
    moved = _correction(before, block.path[: block.n_before], base.donors, penalty)
    return replace(base, donors=base.donors + moved)


def _correction(before: np.ndarray, path: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray:
    """What is added to weights (N0,), from outcomes of donors (N0, T0) and of the treated (T0,)."""
    centred = before - before.mean(0)
    u, size, v = np.linalg.svd(centred, full_matrices=False)
    gap = path - weights @ before
    known = size > 1e-12 * max(float(size.max(initial=0.0)), 1e-300)
    scaled = np.where(known, size / np.where(known, size**2 + penalty, 1.0), 0.0)
    return u @ (scaled * (v @ gap))


def _chosen(block: Block, solver: str) -> float:
    """λ by leaving out one period before the reform at a time."""
    n, before, path = block.n_before, block.donors[:, : block.n_before], block.path[: block.n_before]
    largest = float(np.linalg.norm(before - before.mean(0), 2)) ** 2
    tried = largest * LEAST ** (np.arange(STEPS + 1) / STEPS)
    errors = np.empty((n, len(tried)))
    for t in range(n):
        kept = np.delete(np.arange(block.donors.shape[1]), t)
        part = Block(block.donors[:, kept], block.treated[:, kept], block.shares, n - 1)
        rest = np.delete(np.arange(n), t)
        base = control_weights(part, solver).donors
        for k, penalty in enumerate(tried):
            weights = base + _correction(before[:, rest], path[rest], base, penalty)
            errors[t, k] = (path[t] - weights @ before[:, t]) ** 2
    mean, spread = errors.mean(0), errors.std(0, ddof=1) / np.sqrt(n)
    best = int(mean.argmin())
    return float(tried[mean <= mean[best] + spread[best]].max())
