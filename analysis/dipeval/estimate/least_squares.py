"""Inverting a Gram matrix where it can be, and knowing where it cannot."""

from __future__ import annotations

import numpy as np

ABSORBED = 1e-10
NULL_VALUE = 1e-10
NULL_SHARE = 1e-6


def generalised_inverse(gram: np.ndarray, variation: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Invert the Gram matrix where it can be, and say which coefficients are determined.

    A regressor with no variation left beside the effects, or one that takes part in an exact linear
    dependence, has no unique coefficient (Searle 1971, section 5.4).
    """
    diagonal = np.diag(gram)
    alive = diagonal > ABSORBED * np.maximum(variation, np.finfo(float).tiny)
    inverse = np.zeros_like(gram)
    determined = np.zeros(len(gram), bool)
    if not alive.any():
        return inverse, determined, 0
    scale = 1 / np.sqrt(diagonal[alive])
    values, vectors = np.linalg.eigh(gram[np.ix_(alive, alive)] * np.outer(scale, scale))
    null = values < NULL_VALUE * values[-1]
    if null.any():
        kept = vectors[:, ~null]
        solved = (kept / values[~null]) @ kept.T
    else:
        solved = np.linalg.inv(gram[np.ix_(alive, alive)] * np.outer(scale, scale))
        solved = (solved + solved.T) / 2
    inverse[np.ix_(alive, alive)] = solved * np.outer(scale, scale)
    determined[alive] = (vectors[:, null] ** 2).sum(1) < NULL_SHARE**2
    return inverse, determined, int((~null).sum())
