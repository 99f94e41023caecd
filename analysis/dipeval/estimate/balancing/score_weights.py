"""Weights that a propensity score gives, by estimand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ATE, ATT, OVERLAP = "ate", "att", "overlap"
ESTIMANDS = (ATE, ATT, OVERLAP)
CRUDE = "crude"
"""No weights: the groups as they are."""


@dataclass(frozen=True)
class Weights:
    """Weight of each unit, and its derivative by the linear predictor of the score; both (n,)."""

    weight: np.ndarray
    slope: np.ndarray


def score_weights(treated: np.ndarray, score: np.ndarray, estimand: str) -> Weights:
    """Weights of an estimand (Li, Morgan & Zaslavsky 2018, JASA 113:390, table 1).

    Parameters
    ----------
    treated : numpy.ndarray, shape (n,), bool
    score : numpy.ndarray, shape (n,)
        Probability of treatment under a logit.
    estimand : {"ate", "att", "overlap", "crude"}
        All (1/e and 1/(1-e)), the treated (1 and e/(1-e)), or those that might have been in either group
        (1-e and e), which under a logit balances the means of all covariates exactly.
    """
    d, e = treated, score
    if estimand == CRUDE:
        return Weights(np.ones(len(d)), np.zeros(len(d)))
    if estimand == ATE:
        return Weights(np.where(d, 1 / e, 1 / (1 - e)), np.where(d, -(1 - e) / e, e / (1 - e)))
    if estimand == ATT:
        odds = e / (1 - e)
        return Weights(np.where(d, 1.0, odds), np.where(d, 0.0, odds))
    curve = e * (1 - e)
    return Weights(np.where(d, 1 - e, e), np.where(d, -curve, curve))
