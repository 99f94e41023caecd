"""Poisson with hospital and period effects, for counts, costs with zeros and totals of institutions.

``E y_it = exp(α_i + γ_t + β D_it + x_it' δ)``, by pseudo-maximum likelihood (Santos Silva & Tenreyro 2006,
*Review of Economics and Statistics* 88(4); effects of hospitals are harmless here, Wooldridge 1999). With
staggered adoption and effects that differ, β is a weighted mean as in `twfe`; `extended_poisson` is not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dipeval.estimate.cohort_panel import CohortPanel, arrange
from dipeval.estimate.estimands import COUNTED, COUNTED_DYNAMIC
from dipeval.estimate.option_words import one_word_problems, refuse
from dipeval.estimate.poisson_effects import LEVEL, SAID, SCALES, EffectTerms
from dipeval.estimate.poisson_fit import PoissonFit, Regressors, fit_poisson
from dipeval.estimate.regression import NOT_DETERMINED, join_blocks, note_undetermined
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import Rows, cell_facts, of_whole_sample, repeated, stack, term_rows
from dipeval.estimate.twfe import event_rows, event_times_of
from dipeval.results import Estimate

IN_LOGARITHMS = "in logarithms of the mean"


def poisson(sample: Sample, *, scale: str = LEVEL) -> Estimate:
    """Static Poisson model.

    Parameters
    ----------
    sample : Sample
        Outcomes from zero up, whole or not.
    scale : {"level", "percent", "log"}
        The effect on the mean of treated hospital-periods in units of the outcome, in percent of their mean
        without the reform, or as the coefficient.

    Returns
    -------
    Estimate
        Terms ``treated`` and one ``covariate=…`` a covariate, in logarithms. With ``scale="log"`` equals
        fixest's ``fepois(y ~ treated + x | unit + time)``.

    Raises
    ------
    DesignError
        An option is not of its form; outcomes below zero, or all zero.

    Notes
    -----
    5 to 8 steps of O(n p² + N T²).
    """
    refuse(one_word_problems("scale", scale, SCALES))
    anticipation = sample.design.anticipation

    def groups(panel: CohortPanel) -> np.ndarray:
        return np.where(event_times_of(panel) >= -anticipation, 0, -1)

    made = _fitted(sample, groups, 1)
    panel = made.regressors.panel
    facts = cell_facts(made.sample, panel.unit_cohort, groups(panel), 1)
    terms = term_rows("overall", of_whole_sample(facts, made.sample), term=["treated"], estimand=COUNTED)
    return _estimate(made, groups(panel), np.array([0]), terms, scale, COUNTED)


def poisson_event_study(sample: Sample, *, scale: str = LEVEL) -> Estimate:
    """Event study with the Poisson model.

    Parameters
    ----------
    sample, scale
        As in `poisson`.

    Returns
    -------
    Estimate
        One term ``event_time=e`` for each e of the event window; the first and the last hold all beyond
        them; the reference is a row with estimate 0. With ``scale="log"`` equals fixest's
        ``fepois(y ~ i(clamped event time, ref) + x | unit + time)``.

    Raises
    ------
    DesignError
        As in `poisson`.

    Notes
    -----
    5 to 8 steps of O(n p² + (T + K)³ + N T²) for K event times.
    """
    refuse(one_word_problems("scale", scale, SCALES))
    first, last = sample.design.event_window
    times = np.arange(first, last + 1)
    is_reference = times == sample.design.reference
    column = np.where(is_reference, -1, np.cumsum(~is_reference) - 1)

    def position(panel: CohortPanel) -> np.ndarray:
        event_time = event_times_of(panel)
        ever = np.isfinite(event_time)
        inside = np.clip(np.where(ever, event_time, 0), first, last) - first
        return np.where(ever, inside, -1).astype(np.int64)

    def groups(panel: CohortPanel) -> np.ndarray:
        place = position(panel)
        return np.where(place >= 0, column[place], -1)

    made = _fitted(sample, groups, len(times) - 1)
    panel = made.regressors.panel
    event_time = event_times_of(panel)
    seen = event_time[np.isfinite(event_time) & (panel.cell_weight > 0)]
    facts = cell_facts(made.sample, panel.unit_cohort, position(panel), len(times))
    terms = event_rows(made.sample, times, facts, seen)
    return _estimate(made, groups(panel), column, terms, scale, COUNTED_DYNAMIC)


def _fitted(sample: Sample, groups: Callable[[CohortPanel], np.ndarray], n_groups: int) -> PoissonFit:
    """Fit on period effects, a column for each group of cells, and the covariates."""

    def regressors(left: Sample) -> Regressors:
        panel = arrange(left)
        periods = panel.period_columns()
        shared = np.concatenate([periods, groups(panel)[:, :, None] == np.arange(n_groups)], axis=2)
        nothing = [np.zeros((panel.n_periods, 0))] * len(panel.cohorts)
        return Regressors(panel, shared, nothing, left.columns)

    return fit_poisson(sample, regressors)


def _estimate(
    made: PoissonFit, groups: np.ndarray, column: np.ndarray, terms: Rows, scale: str, estimand: str
) -> Estimate:
    """Effects of the groups of cells (C, T) by term, `column` (K,) being the group of each, and slopes."""
    sample, fit, panel = made.sample, made.fit, made.regressors.panel
    n_groups, p = int(column.max(initial=-1)) + 1, fit.dense.shape[1]
    first = fit.shared.shape[2] - n_groups
    picked = np.zeros((len(fit.solution), len(column) + p))
    kept = np.flatnonzero(column >= 0)
    picked[first + column[kept], kept] = 1
    picked[fit.shared.shape[2] + np.arange(p), len(column) + np.arange(p)] = 1
    none = [np.zeros((0, len(column) + p))] * len(panel.cohorts)
    known = fit.determined(none, picked)
    by_group = np.zeros(n_groups + 1)  # the last place is of cells without a group
    by_group[column[kept]] = np.where(known[kept], fit.solution[first + column[kept]], 0.0)
    at = np.stack([(groups == c) & (c >= 0) for c in column]) & known[: len(column), None, None]
    found = EffectTerms(made, at & (panel.cell_weight > 0), by_group[groups], scale)
    picked[:, : len(column)] *= found.by_effect.sum((1, 2))
    terms = note_undetermined(terms, known[: len(column)], NOT_DETERMINED)
    if p:
        facts = repeated(cell_facts(sample, panel.unit_cohort, np.zeros_like(groups), 1), p)
        names = [f"covariate={name}" for name in sample.covariate_names]
        notes = [IN_LOGARITHMS if k else NOT_DETERMINED for k in known[len(column) :]]
        terms = stack(terms, term_rows("covariate", facts, term=names, note=notes))
    codes, facts = sample.unit_clusters()
    block = found.block(terms, none, picked, known[len(column) :], codes, facts)
    return join_blocks(sample.warn(*told_of(scale)), [block], facts, estimand, "t")


def told_of(scale: str) -> tuple[str, ...]:
    """Scales that are not the outcome's own are told with the number."""
    return () if scale == LEVEL else (f"effects are {SAID[scale]}",)
