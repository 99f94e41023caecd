"""The two steps of imputation: fit the untreated rows, impute the treated ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.design.cells import REASONS, imputation_fault
from dipeval.errors import DesignError, Problem
from dipeval.estimate.least_squares import Fit, absorbed_least_squares
from dipeval.estimate.projector import TwoWayProjector, fit_projector
from dipeval.estimate.sample import Sample


@dataclass(frozen=True)
class Imputed:
    """Untreated rows with their fit, and treated rows with their effects.

    Attributes
    ----------
    everything : Sample
        All rows.
    fault : numpy.ndarray, shape (n of everything,), int8
        Index into `REASONS` for treated rows without a counterfactual, else 0.
    sample : Sample
        The rows without a fault: the estimation sample.
    untreated, treated : Sample
        Its two parts, of n0 and n1 rows.
    projector : TwoWayProjector
        Of the untreated rows.
    fit : Fit
        Of the covariates on the untreated rows.
    effects : numpy.ndarray, shape (n1,)
        τ̂ of each treated row.
    covariates : numpy.ndarray, shape (n1, p)
        Covariates of the treated rows minus their own two-way imputation.
    """

    everything: Sample
    fault: np.ndarray
    sample: Sample
    untreated: Sample
    treated: Sample
    projector: TwoWayProjector
    fit: Fit
    effects: np.ndarray
    covariates: np.ndarray


def impute(sample: Sample) -> Imputed:
    """Fit ``y = α_i + γ_t + x'δ`` on untreated rows and impute the treated ones.

    Raises
    ------
    DesignError
        No treated row, or no row at all, can be imputed with the outcomes that are there.

    Notes
    -----
    O(n + N T²).
    """
    design = sample.design
    fault = imputation_fault(sample.unit, sample.time, sample.treated, design.n_units, design.n_periods)
    fault = np.where(sample.treated, fault, 0)
    kept = _without_faults(sample, fault)
    if not kept.treated.any():
        todo = "check which outcomes are missing in the periods before the reform"
        what = "no treated hospital-period with an outcome has a counterfactual"
        raise DesignError("estimate", [Problem(sample.part, what, todo)])
    untreated, treated = kept.where(~kept.treated), kept.where(kept.treated)
    projector = fit_projector(
        untreated.unit, untreated.time, untreated.weights, design.n_units, design.n_periods
    )
    none = np.full(untreated.n_obs, -1)
    fit = absorbed_least_squares(projector, untreated.unit, none, 0, untreated.covariates, untreated.outcome)
    adjusted = untreated.outcome - untreated.covariates @ fit.coefficients
    effects = _minus_imputed(
        projector, adjusted, treated.outcome - treated.covariates @ fit.coefficients, treated
    )
    shifted = [
        _minus_imputed(projector, untreated.covariates[:, j], treated.covariates[:, j], treated)
        for j in range(treated.covariates.shape[1])
    ]
    covariates = np.column_stack(shifted) if shifted else np.empty((treated.n_obs, 0))
    return Imputed(sample, fault, kept, untreated, treated, projector, fit, effects, covariates)


def _minus_imputed(
    projector: TwoWayProjector, untreated: np.ndarray, treated: np.ndarray, rows: Sample
) -> np.ndarray:
    return treated - projector.predict(projector.effects(untreated), rows.unit, rows.time)


def _without_faults(sample: Sample, fault: np.ndarray) -> Sample:
    """Leave out treated rows that cannot be imputed, in the ledger and with a warning."""
    codes, counts = np.unique(fault[fault > 0], return_counts=True)
    if not len(codes):
        return sample
    why = "; ".join(f"{REASONS[code]} ({n})" for code, n in zip(codes, counts, strict=True))
    n_treated = int(sample.treated.sum())
    warning = f"{counts.sum()} of {n_treated} treated hospital-periods have no counterfactual: {why}"
    return sample.drop(fault > 0, "no_counterfactual", why).warn(warning)
