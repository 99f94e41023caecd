"""Coefficients that all cohorts share, as terms of a result."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from dipeval.estimate.cohort_regression import CohortFit
from dipeval.estimate.moments import moments_by_cluster, sums_by_period
from dipeval.estimate.regression import FLOOR, Block, cr1_factor, note_undetermined, residual_scale
from dipeval.estimate.terms import Rows


def common_block(
    fit: CohortFit,
    terms: Rows,
    picked: np.ndarray,
    outcome: np.ndarray,
    clusters: Mapping[str, np.ndarray],
    sizes: Mapping[str, int],
) -> Block:
    """Turn combinations of the common coefficients into terms.

    Parameters
    ----------
    fit : CohortFit
        Whose first T common columns are the period effects; without own columns.
    terms : Rows
        Of K terms.
    picked : numpy.ndarray, shape (c, K)
        Combination behind each term; a column of zeros is a reference.
    outcome : numpy.ndarray, shape (n,)
    clusters : mapping of str to numpy.ndarray, shape (m,), int
        Codes by hospital.
    sizes : mapping of str to int

    Returns
    -------
    Block
        References are 0; terms that the data do not determine are NaN and say so. K of the small-sample
        rule counts regressors and period effects: hospital effects are nested in every clustering variable
        of a design (the rule that fixest calls ``nonnested``; Cameron & Miller 2015, section II.B.3).
    """
    own = [np.zeros((0, picked.shape[1]))] * len(fit.own)
    is_reference = ~picked.any(0)
    known = fit.determined(own, picked)
    basis, dense, variance = fit.multipliers(own, picked)
    blank = np.where(known & ~is_reference, 0.0, np.nan)
    influence = fit.influence(basis, dense, clusters, sizes)
    floor = (
        FLOOR
        * residual_scale(fit.residuals, outcome, fit.panel.row_weights, fit.panel.n_obs)
        * np.sqrt(np.maximum(variance, 0))
    )
    parameters = fit.n_parameters
    return Block(
        note_undetermined(terms, known),
        fit.value(own, picked) + np.where(known, 0.0, np.nan),
        {name: values + blank for name, values in influence.items()},
        np.full(picked.shape[1], cr1_factor(fit.panel.n_obs, parameters)),
        floor + blank,
        parameters,
        partial(moments_by_cluster, fit, own, picked),
        partial(sums_by_period, fit, own, picked),
    )
