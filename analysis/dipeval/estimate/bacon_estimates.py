"""The two-way coefficient on each comparison's two groups and periods.

In a balanced panel with constant weights it is a difference of differences of cell means; otherwise it is the
regression itself, so that the levels of hospitals never enter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.bacon_comparisons import Comparison, comparisons
from dipeval.estimate.cell_averages import own_columns
from dipeval.estimate.cohort_panel import CohortPanel, arrange
from dipeval.estimate.cohort_regression import CohortFit, cohort_regression
from dipeval.estimate.sample import Sample


@dataclass(frozen=True)
class Decomposed:
    """The two-way regression of a sample and its comparisons.

    Attributes
    ----------
    sample : Sample
    fit : CohortFit
        Common columns: periods, treatment, covariates. Cohorts are first treated periods.
    adjusted : numpy.ndarray, shape (n,)
        The outcome without covariates times their slopes.
    found : list of Comparison
        In positions among `periods`.
    periods : numpy.ndarray, int
        Codes of the observed periods.
    """

    sample: Sample
    fit: CohortFit
    adjusted: np.ndarray
    found: list[Comparison]
    periods: np.ndarray

    @property
    def n_periods(self) -> int:
        """T, seen or not."""
        return self.fit.panel.n_periods

    def name(self, group: int) -> str:
        """Label of a group: its first treated period, or never."""
        return start_label(self.sample, self.fit.panel.cohorts[group])


@dataclass(frozen=True)
class Estimated:
    """A comparisons: values (A,), slopes (p, A) of their covariates, influence (G, A), variance (A,)."""

    values: np.ndarray
    slopes: np.ndarray
    influence: Mapping[str, np.ndarray]
    variance: np.ndarray


def start_label(sample: Sample, start: float) -> str:
    """Label of the cohort that counts as treated from `start` on, or never."""
    design = sample.design
    return "never" if np.isinf(start) else design.cohort_label(start + design.anticipation)


def decompose(sample: Sample) -> Decomposed:
    """Fit the two-way regression and list its comparisons.

    Raises
    ------
    DesignError
        A cohort is not observed in a period, or treated in the first one.
    """
    panel, periods, found = listed(sample)
    fit = _two_way(panel, sample.outcome, sample.columns)
    adjusted = sample.outcome
    for slope, column in zip(fit.solution[panel.n_periods + 1 :], sample.columns, strict=True):
        adjusted = adjusted - slope * column
    return Decomposed(sample, fit, adjusted, found, periods)


def listed(sample: Sample) -> tuple[CohortPanel, np.ndarray, list[Comparison]]:
    """The panel by first treated period, its observed periods and all comparisons with their weights.

    Raises
    ------
    DesignError
        As `decompose`.
    """
    panel = _by_start(sample)
    periods = np.flatnonzero(panel.cell_weight.any(0))
    _check_cells(sample, panel, periods)
    starts = np.where(np.isfinite(panel.cohorts), np.searchsorted(periods, panel.cohorts), np.inf)
    share = panel.cell_weight.sum(1) / panel.cell_weight.sum()
    return panel, periods, comparisons(starts, share, len(periods))


def estimated(parts: Decomposed, codes: Mapping[str, np.ndarray], sizes: Mapping[str, int]) -> Estimated:
    """Estimate every comparison; `codes` are clusters by row or by hospital."""
    weights, layout = parts.sample.weights, parts.sample.layout
    if layout.shared is not None and (weights is None or layout.constant(weights)):
        return _by_cells(parts, codes, sizes)
    return _by_regressions(parts, codes, sizes)


def _by_start(sample: Sample) -> CohortPanel:
    """The panel by first treated period; reforms after the window count as never."""
    panel = arrange(sample)
    last = sample.layout.last.max(initial=-1)
    starts, group = np.unique(
        np.where(sample.first_treated <= last, sample.first_treated, np.inf), return_inverse=True
    )
    return replace(panel, cohorts=starts, unit_cohort=group)


def _two_way(panel: CohortPanel, outcome: np.ndarray, columns: tuple[np.ndarray, ...]) -> CohortFit:
    treated = (np.arange(panel.n_periods) >= panel.cohorts[:, None]).astype(float)[:, :, None]
    eye = np.tile(np.eye(panel.n_periods), (len(panel.cohorts), 1, 1))
    none = [np.zeros((panel.n_periods, 0))] * len(panel.cohorts)
    return cohort_regression(panel, outcome, np.concatenate([eye, treated], axis=2), none, columns)


def _check_cells(sample: Sample, panel: CohortPanel, periods: np.ndarray) -> None:
    empty = np.argwhere(panel.cell_weight[:, periods] == 0)
    problems = []
    if len(empty):
        label = sample.design.period_labels
        names = [f"{start_label(sample, panel.cohorts[g])} in {label[periods[t]]}" for g, t in empty[:5]]
        todo = "shorten the calendar to periods in which every cohort is observed"
        what = "cohorts are not observed in every period, so comparisons over these periods do not exist"
        problems.append(Problem("bacon", what, todo, tuple(names), len(empty)))
    if (panel.cohorts <= periods[0]).any():
        todo = "leave the cohort out, or add earlier periods"
        problems.append(Problem("bacon", "a cohort is treated in the first observed period", todo))
    if problems:
        raise DesignError("estimate", problems)


def _by_cells(parts: Decomposed, codes: Mapping[str, np.ndarray], sizes: Mapping[str, int]) -> Estimated:
    panel, found = replace(parts.fit.panel, absorbs=False), parts.found
    n_cohorts, n_periods = panel.cell_weight.shape
    own = own_columns(panel, panel.cell_weight > 0)
    cells = cohort_regression(panel, parts.adjusted, np.zeros((n_cohorts, n_periods, 0)), own, ())
    weights = np.zeros((n_cohorts, len(parts.periods), len(found)))
    for a, c in enumerate(found):
        weights[c.treated, :, a] = c.contrast(len(parts.periods))
        weights[c.against, :, a] = -weights[c.treated, :, a]
    nothing = np.zeros((0, len(found)))
    basis, dense, variance = cells.multipliers(list(weights), nothing)
    means = [
        (panel.basis_sums(column) / np.maximum(panel.cell_weight, np.finfo(float).tiny))[:, parts.periods]
        for column in parts.sample.columns
    ]
    slopes = np.array([np.einsum("gt,gta->a", mean, weights) for mean in means])
    return Estimated(
        cells.value(list(weights), nothing),
        slopes.reshape(len(means), len(found)),
        cells.influence(basis, dense, codes, sizes),
        variance,
    )


def _by_regressions(
    parts: Decomposed, codes: Mapping[str, np.ndarray], sizes: Mapping[str, int]
) -> Estimated:
    sample, found = parts.sample, parts.found
    group = sample.layout.spread(parts.fit.panel.unit_cohort)
    names = sample.covariate_names
    values, variance = np.full(len(found), np.nan), np.zeros(len(found))
    slopes = np.zeros((len(names), len(found)))
    influence = {name: np.zeros((size, len(found))) for name, size in sizes.items()}
    for a, c in enumerate(found):
        low, high = parts.periods[c.first], parts.periods[c.last - 1]
        keep = (group == c.treated) | (group == c.against)
        keep &= (sample.time >= low) & (sample.time <= high)
        part = sample.where(keep)
        panel = _by_start(part)
        fit = _two_way(panel, parts.adjusted[keep], ())
        at = np.zeros((panel.n_periods + 1, 1))
        at[-1] = 1
        none = [np.zeros((0, 1))] * len(panel.cohorts)
        if not fit.determined(none, at)[0]:
            continue
        values[a] = fit.solution[-1]
        basis, dense, size = fit.multipliers(none, at)
        variance[a] = size[0]
        by_row = {
            name: code if len(code) == sample.n_obs else sample.layout.spread(code)
            for name, code in codes.items()
        }
        for name, summed in fit.influence(
            basis, dense, {n: v[keep] for n, v in by_row.items()}, sizes
        ).items():
            influence[name][:, a] = summed[:, 0]
        for j, column in enumerate(part.columns):
            slopes[j, a] = _two_way(panel, column, ()).solution[-1]
    return Estimated(values, slopes, influence, variance)
