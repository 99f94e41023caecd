"""Shares of cohorts among the hospitals, and the influence of each cluster on them."""

from __future__ import annotations

import numpy as np


def cohort_shares(position: np.ndarray, weight: np.ndarray, n_cohorts: int) -> np.ndarray:
    """Weighted share of each treated cohort (C,); `position` (N,) is C for never treated."""
    return np.bincount(position, weight, minlength=n_cohorts + 1)[:n_cohorts] / weight.sum()


def share_influence(
    code: np.ndarray, n_codes: int, position: np.ndarray, weight: np.ndarray, n_cohorts: int
) -> np.ndarray:
    """Influence of clusters on the shares, shape (n_codes, C).

    Callaway & Sant'Anna (2021), corollary 2, as did computes it: Σ (w 1{g} − share) / N with weights of
    mean one. `code`, `position` and `weight` are of the hospitals (N,).
    """
    at = code * (n_cohorts + 1) + position
    own = np.bincount(at, weight, minlength=n_codes * (n_cohorts + 1)).reshape(n_codes, -1)[:, :n_cohorts]
    shares = cohort_shares(position, weight, n_cohorts)
    return own / weight.sum() - np.outer(np.bincount(code, minlength=n_codes) / len(code), shares)
