"""Second stages of the two-stage estimator: means of the residuals over groups, and their influence.

Gardner (2022), section 3, as one GMM system: with residuals ỹ of the first stage on all rows, a group's mean
m over shares s has the influence ``Σ s (ỹ − m) − c'(X0'WX0)⁻ X0'W e``, where e are the first stage's
residuals on its own rows and c is the mean of the first stage's regressors over the group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.estimate.imputation import NOT_INFORMED
from dipeval.estimate.imputation_errors import informed_by_untreated
from dipeval.estimate.imputation_fit import Imputed
from dipeval.estimate.least_squares import cross_sums, group_sums
from dipeval.estimate.regression import FLOOR, Block, residual_scale
from dipeval.estimate.terms import group_facts, term_rows

NOT_SEEN = "not identified: no hospital is observed here"
REFERENCE = "reference period"


@dataclass(frozen=True)
class Group:
    """K groups of rows of one kind, each a term.

    Attributes
    ----------
    kind : str
    code : numpy.ndarray, shape (n,), int
        Group of each row before any was left out, -1 for none.
    labels : dict
        For `dipeval.estimate.terms.term_rows`.
    is_reference : numpy.ndarray, shape (K,), bool
    """

    kind: str
    code: np.ndarray
    labels: dict[str, list]
    is_reference: np.ndarray


def mean_block(
    imputed: Imputed, chosen: Group, clusters: Mapping[str, np.ndarray], sizes: Mapping[str, int]
) -> Block:
    """Means of the first stage's residuals over groups, with influence by cluster.

    Parameters
    ----------
    imputed : Imputed
    chosen : Group
    clusters : mapping of str to numpy.ndarray, shape (n of `imputed.sample`,), int
    sizes : mapping of str to int

    Returns
    -------
    Block

    Notes
    -----
    O(n + N K (T + K) + G T K).
    """
    sample, projector = imputed.sample, imputed.projector
    n_groups = len(chosen.is_reference)
    good = imputed.fault == 0
    code = np.r_[np.where(chosen.is_reference, -1, np.arange(n_groups)), -1][chosen.code[good]]
    weight = np.ones(sample.n_obs) if sample.weights is None else sample.weights
    total = group_sums(code, weight[:, None], n_groups)[:, 0]
    filled = total > 0
    share = np.where(code >= 0, weight / np.r_[np.where(filled, total, 1.0), 1.0][code], 0.0)
    residual = _on_all_rows(imputed, imputed.fit.residuals, imputed.effects)
    means = group_sums(code, (share * residual)[:, None], n_groups)[:, 0]
    sums, _ = projector.reduce_groups(sample.unit, sample.time, code, share, n_groups)
    period = projector.inverse @ sums
    covariates = _on_all_rows(imputed, imputed.fit.dense_residuals, imputed.covariates)
    moved = group_sums(code, share[:, None] * covariates, n_groups)
    slope = moved @ imputed.fit.bread
    informed = informed_by_untreated(imputed, moved)
    centred = share * (residual - np.r_[means, 0.0][code])
    score = projector.weigh(imputed.fit.residuals)
    known = filled & informed
    blank = np.where(known, 0.0, np.nan)
    influence = {}
    for name, codes in clusters.items():
        first, n = codes[~sample.treated], sizes[name]
        by_period = cross_sums(first, projector.time, score, n, projector.n_periods)
        by_covariate = group_sums(first, score[:, None] * imputed.fit.dense_residuals, n)
        own = cross_sums(codes, code, centred, n, n_groups)
        influence[name] = own - by_period @ period - by_covariate @ slope.T + blank
    spread = residual_scale(imputed.fit.residuals, imputed.untreated.outcome, imputed.untreated.weights)
    floor = FLOOR * spread / np.sqrt(np.where(known, total, np.nan))
    params = np.where(chosen.is_reference, 0.0, means + blank)
    ones = np.ones(n_groups)
    return Block(_rows(imputed, chosen, informed), params, influence, ones, floor)


def _on_all_rows(imputed: Imputed, untreated: np.ndarray, treated: np.ndarray) -> np.ndarray:
    rows = np.empty((imputed.sample.n_obs, *untreated.shape[1:]))
    rows[imputed.sample.treated] = treated
    rows[~imputed.sample.treated] = untreated
    return rows


def _rows(imputed: Imputed, chosen: Group, informed: np.ndarray) -> pd.DataFrame:
    """Rows of the terms; what stands behind them are the rows with a counterfactual."""
    sample, n_groups = imputed.everything, len(chosen.is_reference)
    good = imputed.fault == 0
    facts = group_facts(sample, np.where(good, chosen.code, -1), n_groups)
    lost = np.bincount(chosen.code[~good] + 1, minlength=n_groups + 1)[1:]
    used = facts["n_obs"].to_numpy()
    behind = zip(used.tolist(), lost.tolist(), informed.tolist(), strict=True)
    notes = [
        REFERENCE if ref else _note(*what) for ref, what in zip(chosen.is_reference, behind, strict=True)
    ]
    if chosen.kind == "overall":
        facts["n_obs"], facts["n_hospitals"] = imputed.sample.n_obs, imputed.sample.n_hospitals
    return term_rows(chosen.kind, facts, note=notes, is_reference=list(chosen.is_reference), **chosen.labels)


def _note(used: int, lost: int, informed: bool) -> str:
    if not used:
        return (
            NOT_SEEN if not lost else f"not identified: none of {lost} hospital-periods has a counterfactual"
        )
    if not informed:
        return NOT_INFORMED
    return f"{lost} of {lost + used} hospital-periods have no counterfactual and are left out" if lost else ""
