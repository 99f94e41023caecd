"""Hospitals as rows and periods as columns: what group-time effects are computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.sample import Sample


@dataclass(frozen=True)
class UnitPanel:
    """A balanced panel of N hospitals and T periods, sorted by cohort.

    Attributes
    ----------
    sample : Sample
        The rows that were kept.
    outcome : numpy.ndarray, shape (N, T)
    covariates : numpy.ndarray, shape (N, T or 1, p + 1)
        An intercept and the covariates, centred and scaled; one period where nothing varies in time.
    weights : numpy.ndarray, shape (N, T or 1)
    cohort : numpy.ndarray, shape (N,)
        Time code of the first treated period, ascending; inf for never treated, and for a reform so far
        after the window that nothing of it is seen.
    rows : numpy.ndarray, shape (N,), int
        Position of each hospital's first row in the sample.
    periods : numpy.ndarray, shape (T,), int
        Time codes of the columns.
    """

    sample: Sample
    outcome: np.ndarray
    covariates: np.ndarray
    weights: np.ndarray
    cohort: np.ndarray
    rows: np.ndarray
    periods: np.ndarray

    @property
    def n_units(self) -> int:
        """Number of hospitals."""
        return len(self.cohort)

    def codes(self, by_row: np.ndarray) -> np.ndarray:
        """A code of the sample's rows (n,) as one of the hospitals (N,)."""
        return by_row[self.rows]


def without_past(sample: Sample) -> Sample:
    """Leave out hospitals treated from the first period on: there is nothing to compare them with."""
    early = sample.cohort - sample.design.anticipation <= sample.time.min(initial=sample.design.n_periods)
    kept = sample.drop(
        early, "treated_from_the_start", "treated in the first period: no period before the reform"
    )
    if not np.isfinite(kept.cohort).any():
        todo = "add periods before the reform"
        raise DesignError("estimate", [Problem(sample.part, "no cohort is seen before its reform", todo)])
    return kept


def seen_twice(sample: Sample) -> Sample:
    """Leave out hospitals with a single row: they have no change."""
    held = np.bincount(sample.unit, minlength=sample.design.n_units)
    return sample.drop(
        held[sample.unit] < 2, "singleton", "the only row of its hospital: no change to compare"
    )


def complete_units(sample: Sample) -> Sample:
    """Leave out hospitals that lack a period."""
    seen = np.bincount(sample.time, minlength=sample.design.n_periods) > 0
    held = np.bincount(sample.unit, minlength=sample.design.n_units)
    note = "the hospital is not there in every period (gaps = leave_out)"
    kept = sample.drop(held[sample.unit] < seen.sum(), "unbalanced", note)
    if not kept.n_obs:
        todo = "use gaps = pairs, or shorten the window"
        raise DesignError("estimate", [Problem(sample.part, "no hospital is there in every period", todo)])
    return kept


def unit_panel(sample: Sample) -> UnitPanel:
    """Arrange a sample whose hospitals are all there in every period.

    Cost O(n p): one copy of the outcome and of what varies in time.
    """
    n_periods = len(np.unique(sample.time)) if sample.n_obs else 0
    n_units = sample.n_obs // max(n_periods, 1)
    first = np.arange(n_units) * n_periods
    cohort = seen_cohort(sample.cohort[first], sample.time[:n_periods], sample.design.anticipation)
    order = np.argsort(cohort, kind="stable")
    rows = first[order]
    weights = np.ones(sample.n_obs) if sample.weights is None else sample.weights
    columns = [np.ones((n_units, 1))]
    for j in range(sample.covariates.shape[1]):
        columns.append(_scaled(_by_unit(sample.covariates[:, j], n_units, order)))
    longest = max(column.shape[1] for column in columns)
    covariates = np.stack([np.broadcast_to(c, (n_units, longest)) for c in columns], axis=2)
    return UnitPanel(
        sample=sample,
        outcome=sample.outcome.reshape(n_units, -1)[order],
        covariates=covariates,
        weights=_by_unit(weights, n_units, order),
        cohort=cohort[order],
        rows=rows,
        periods=sample.time[:n_periods],
    )


def seen_cohort(cohort: np.ndarray, periods: np.ndarray, anticipation: int) -> np.ndarray:
    """Cohorts with those that come wholly after the last period as inf: they only serve as comparison."""
    return np.where(cohort - anticipation > periods.max(initial=-1), np.inf, cohort)


def _by_unit(values: np.ndarray, n_units: int, order: np.ndarray) -> np.ndarray:
    """A column as hospitals × periods, or one period where no hospital's value changes."""
    table = values.reshape(n_units, -1)[order]
    return table[:, :1] if (table == table[:, :1]).all() else table


def regressors(covariates: np.ndarray) -> np.ndarray:
    """An intercept and the covariates (n, p), centred and scaled, shape (n, p + 1)."""
    columns = [_scaled(covariates[:, j]) for j in range(covariates.shape[1])]
    return np.column_stack([np.ones(len(covariates)), *columns])


def _scaled(column: np.ndarray) -> np.ndarray:
    """Centred and scaled: the estimates do not depend on it, the conditioning of the fits does."""
    spread = column.std()
    return (column - column.mean()) / (spread if spread > 0 else 1.0)
