"""Average marginal effects of levels in a logit, with errors by the delta method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.describe.regressions.category_columns import Term
from dipeval.describe.regressions.cell_model import CellFit


@dataclass(frozen=True)
class MarginalEffect:
    """How the probability changes when every case had this level and not the reference, all else as it is."""

    effect: float
    variance: float


def average_marginal_effect(
    fit: CellFit, terms: Sequence[Term], cov: np.ndarray, term: Term
) -> MarginalEffect:
    """Mean over cases of P(level) - P(reference) (Bartus 2005, Stata J 5:309; Cameron & Trivedi 2010, 10.6).

    Parameters
    ----------
    fit : CellFit
        A logit.
    terms : sequence of (str, str)
        Covariate and level of each column.
    cov : numpy.ndarray, shape (K, K)
        Covariance of the coefficients.
    term : (str, str)
        Among `terms`.

    Notes
    -----
    All columns of the covariate change at once, which is what `margins` of Stata and R do with factors. Delta
    method given the covariates of the cases: gradient · covariance · gradient. Cost O(patterns × K).
    """
    from scipy.special import expit

    place = list(terms).index(term)
    siblings = [k for k, (name, _) in enumerate(terms) if name == term[0]]
    without = fit.matrix.copy()
    without[:, siblings] = 0.0
    having = without.copy()
    having[:, place] = 1.0
    weight = fit.sums.known / fit.sums.known.sum()
    high, low = having @ fit.params, without @ fit.params
    effect = float(weight @ (expit(high) - expit(low)))
    slope_high, slope_low = (weight * expit(eta) * expit(-eta) for eta in (high, low))
    gradient = slope_high @ having - slope_low @ without
    return MarginalEffect(effect, float(gradient @ cov @ gradient))
