"""The two steps of imputation: fit the untreated rows, take the fit out of all rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dipeval.design.cells import REASONS, faults_by_row
from dipeval.design.connected import untreated_components
from dipeval.errors import DesignError, Problem
from dipeval.estimate.cohort_panel import CohortPanel, arrange
from dipeval.estimate.cohort_regression import CohortFit, solve_cohorts
from dipeval.estimate.cohort_sums import RegressionSums, regression_sums
from dipeval.estimate.regression import residual_scale
from dipeval.estimate.sample import Sample
from dipeval.estimate.unit_sums import dot

SMALL, LARGE = 1e-3, 1e3


@dataclass(frozen=True)
class Places:
    """Cohorts and periods of rows or of cells, in any shape that broadcasts.

    Attributes
    ----------
    cohort : numpy.ndarray, float
        inf for never treated.
    time : numpy.ndarray, int
    anticipation : int
    """

    cohort: np.ndarray
    time: np.ndarray
    anticipation: int

    @property
    def event_time(self) -> np.ndarray:
        """Periods since the reform; minus infinity for never treated."""
        return self.time - self.cohort

    @property
    def treated(self) -> np.ndarray:
        """Whether treated, anticipation included."""
        return self.event_time >= -self.anticipation

    @property
    def after(self) -> np.ndarray:
        """Whether from the reform on."""
        return self.event_time >= 0


@dataclass(frozen=True)
class Imputed:
    """Untreated outcomes fitted, and what is left of all n rows.

    Attributes
    ----------
    everything : Sample
        All rows.
    fault : numpy.ndarray, shape (rows of everything,), int8, or None
        Index into `REASONS` for treated rows without a counterfactual, else 0; None where all have one.
    sample : Sample
        The n rows without a fault: the estimation sample.
    panel : CohortPanel
        Of the sample, informed by untreated rows alone.
    fit : CohortFit
        Of period effects and covariates; its residuals are those of untreated rows and the effects τ̂ of
        treated ones.
    columns : tuple of numpy.ndarray, shape (n,)
        Covariates as fitted: of the size of one.
    sums : RegressionSums
        Of the fit.
    """

    everything: Sample
    fault: np.ndarray | None
    sample: Sample
    panel: CohortPanel
    fit: CohortFit
    columns: tuple[np.ndarray, ...]
    sums: RegressionSums

    @property
    def cells(self) -> Places:
        """The cohort × period cells (C, T) of the panel."""
        return Places(
            self.panel.cohorts[:, None], np.arange(self.panel.n_periods), self.sample.design.anticipation
        )

    @cached_property
    def lost(self) -> Places:
        """The rows without a counterfactual."""
        rows = np.flatnonzero(self.fault) if self.fault is not None else np.empty(0, np.int64)
        every = self.everything
        cohort = every.cohort[rows] if len(rows) else np.empty(0)
        time = every.time[rows] if len(rows) else rows
        return Places(cohort, time, every.design.anticipation)

    @cached_property
    def scale(self) -> float:
        """Residual scale of the untreated rows."""
        return residual_scale(
            self.fit.residuals, self.sample.outcome, self.panel.row_weights, self.panel.n_obs
        )

    @cached_property
    def cell_weight(self) -> np.ndarray:
        """Sums of weights of all rows by cell (C, T), float."""
        return self.panel.cohort_sums.by_period(self.sample.weights)

    @cached_property
    def cell_left(self) -> np.ndarray:
        """Weighted sums of the residuals by cell (C, T)."""
        return self.panel.cohort_sums.by_period(self.weigh(self.fit.residuals))

    @cached_property
    def cell_covariates(self) -> np.ndarray:
        """Weighted sums of the covariates without hospital levels by cell (p, C, T)."""
        sums = [self.panel.cohort_sums.by_period(self.weigh(x)) for x in self.fit.dense.T]
        return np.stack(sums) if sums else np.empty((0, *self.cell_left.shape))

    def weigh(self, values: np.ndarray) -> np.ndarray:
        """Weights of all rows times values (n,)."""
        return values if self.sample.weights is None else self.sample.weights * values


def impute(sample: Sample) -> Imputed:
    """Fit ``y = α_i + γ_t + x'δ`` on untreated rows and take the fit out of all rows.

    Raises
    ------
    DesignError
        No treated row, or no row at all, can be imputed with the outcomes that are there.

    Notes
    -----
    O(n p²), and O(N T²) where hospitals differ in their periods or weights.
    """
    fault = _faults(sample)
    kept = sample if fault is None else _without_faults(sample, fault)
    if not (kept.layout.last >= kept.first_treated).any():
        todo = "check which outcomes are missing in the periods before the reform"
        what = "no treated hospital-period with an outcome has a counterfactual"
        raise DesignError("estimate", [Problem(sample.part, what, todo)])
    panel = arrange(kept, untreated=True)
    columns = tuple(_of_size_one(column) for column in kept.columns)
    nothing = [np.zeros((panel.n_periods, 0))] * len(panel.cohorts)
    sums = regression_sums(panel, kept.outcome, columns)
    fit = solve_cohorts(sums, panel.period_columns(), nothing)
    return Imputed(sample, fault, kept, panel, fit, columns, sums)


def _of_size_one(column: np.ndarray) -> np.ndarray:
    """A column times a power of two, which rounds nothing, if its size is far from one."""
    size = np.sqrt(dot(column, column) / len(column))
    if SMALL < size < LARGE or not size:
        return column
    return np.ldexp(column, -int(np.round(np.log2(size))))


def _faults(sample: Sample) -> np.ndarray | None:
    """Why each row cannot be imputed (n,), int8; None where all can."""
    layout, n_periods = sample.layout, sample.design.n_periods
    unit_part, time_part = untreated_components(layout, sample.first_treated, n_periods)
    if layout.shared is not None and (unit_part >= 0).all() and (time_part[layout.shared] >= 0).all():
        return None
    fault = np.where(sample.treated, faults_by_row(layout.spread(unit_part), time_part[layout.time]), 0)
    return fault if fault.any() else None


def _without_faults(sample: Sample, fault: np.ndarray) -> Sample:
    """Leave out treated rows that cannot be imputed, in the ledger and with a warning."""
    codes, counts = np.unique(fault[fault > 0], return_counts=True)
    why = "; ".join(f"{REASONS[code]} ({n})" for code, n in zip(codes, counts, strict=True))
    n_treated = int(sample.treated.sum())
    warning = f"{counts.sum()} of {n_treated} treated hospital-periods have no counterfactual: {why}"
    return sample.drop(fault > 0, "no_counterfactual", why).warn(warning)
