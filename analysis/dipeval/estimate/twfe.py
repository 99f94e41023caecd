"""Two-way fixed effects: one coefficient, and its event study.

``y_it = α_i + γ_t + β D_it + x_it' δ + ε_it`` and, for the event study, one indicator an event time
with the far ends of the window binned (Schmidheiny & Siegloch 2023) and one reference event time.
With staggered adoption and effects that differ, β weighs hospital-periods unequally and some of them
negatively (de Chaisemartin & D'Haultfœuille 2020; `dipeval.check.twfe_weights` shows the weights).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.estimate.absorbed import absorbed_regression, without_single_levels
from dipeval.estimate.cohort_panel import CohortPanel, arrange
from dipeval.estimate.cohort_regression import cohort_regression
from dipeval.estimate.common_terms import common_block
from dipeval.estimate.estimands import DYNAMIC, STATIC
from dipeval.estimate.option_words import list_problems, one_word_problems, refuse
from dipeval.estimate.regression import join_blocks
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import (
    Facts,
    Rows,
    cell_facts,
    event_term,
    of_whole_sample,
    repeated,
    stack,
    term_rows,
    with_kinds,
)
from dipeval.results import Estimate

CLUSTERED, BY_ROW = ERRORS = ("cluster", "row")
NOT_SEEN = "not identified: no hospital is observed at this event time"
NEVER_NOTE = (
    "comparison never_treated: in this estimator the periods before the reform of treated hospitals still "
    "inform the period effects"
)


def twfe(sample: Sample, *, absorb: Sequence[str] = (), errors: str = CLUSTERED) -> Estimate:
    """Static two-way fixed effects.

    Parameters
    ----------
    sample : Sample
        Rows that are the only one of their hospital or period are left out.
    absorb : sequence of str
        Covariates that number the levels of further effects, such as level × month.
    errors : {"cluster", "row"}
        ``row`` also keeps what heteroskedasticity-robust and iid errors need.

    Returns
    -------
    Estimate
        Terms ``treated`` and one ``covariate=…`` a covariate that is not absorbed. Equals fixest's
        ``feols(y ~ treated + x | unit + time + absorbed)``.

    Raises
    ------
    DesignError
        An option is not of its form, or too many levels to be solved directly.

    Notes
    -----
    Cost O(n p²), and O(N T²) where hospitals differ in their periods or weights; further effects and errors
    by row as in `dipeval.estimate.absorbed`.
    """
    sample = _prepared(sample, absorb, errors)
    panel = arrange(sample)
    at = np.where(event_times_of(panel) >= -sample.design.anticipation, 0, -1)
    facts = of_whole_sample(cell_facts(sample, panel.unit_cohort, at, 1), sample)
    terms = term_rows("overall", facts, term=["treated"], estimand=STATIC)
    return _regress(sample, panel, at, terms, np.array([0]), STATIC, absorb, errors)


def twfe_event_study(sample: Sample, *, absorb: Sequence[str] = (), errors: str = CLUSTERED) -> Estimate:
    """Event study with two-way fixed effects.

    Parameters
    ----------
    sample : Sample
    absorb, errors
        As in `twfe`.

    Returns
    -------
    Estimate
        One term ``event_time=e`` for each e of the event window; the first and the last hold all
        event times beyond them; the reference is a row with estimate 0. Equals fixest's
        ``feols(y ~ i(clamped event time, ref) + x | unit + time + absorbed)``.

    Raises
    ------
    DesignError
        As in `twfe`.

    Notes
    -----
    Cost O(n p² + (T + K)³) for K event times, and O(N T²) where hospitals differ in their periods or
    weights; no n × K matrix.
    """
    sample = _prepared(sample, absorb, errors)
    first, last = sample.design.event_window
    reference = sample.design.reference
    times = np.arange(first, last + 1)
    panel = arrange(sample)
    event_time = event_times_of(panel)
    ever = np.isfinite(event_time)
    position = np.where(ever, np.clip(np.where(ever, event_time, 0), first, last) - first, -1).astype(
        np.int64
    )
    facts = cell_facts(sample, panel.unit_cohort, position, len(times))
    terms = event_rows(sample, times, facts, event_time[ever & (panel.cell_weight > 0)])
    column = np.where(times == reference, -1, np.cumsum(times != reference) - 1)
    at = np.where(position >= 0, column[position], -1)
    return _regress(sample, panel, at, terms, column, DYNAMIC, absorb, errors)


def event_times_of(panel: CohortPanel) -> np.ndarray:
    """Periods since the reform by cohort and period (C, T), float; minus infinity for never treated."""
    return np.arange(panel.n_periods) - panel.cohorts[:, None]


def _prepared(sample: Sample, absorb: Sequence[str], errors: str) -> Sample:
    refuse(one_word_problems("errors", errors, ERRORS) + list_problems("absorb", absorb))
    if sample.design.comparison == "never_treated":
        sample = sample.warn(NEVER_NOTE)
    return without_single_levels(sample, absorb)


def event_rows(sample: Sample, times: np.ndarray, facts: Facts, seen: np.ndarray) -> Rows:
    """Rows of the event times of a window whose ends hold all beyond them; `seen` are those of some cell."""
    design = sample.design
    notes = ["" if n else NOT_SEEN for n in facts["n_obs"]]
    if seen.size and seen.min() < times[0]:
        notes[0] = f"event time {times[0]} and all before it"
    if seen.size and seen.max() > times[-1]:
        notes[-1] = f"event time {times[-1]} and all after it"
    reference = times == design.reference
    notes = ["reference period" if ref else note for ref, note in zip(reference, notes, strict=True)]
    terms = term_rows(
        "event_time",
        facts,
        term=map(event_term, times),
        event_time=times.astype(float),
        note=notes,
        is_reference=reference,
    )
    return with_kinds(terms, ["lead" if e < -design.anticipation else "event_time" for e in times])


def _regress(
    sample: Sample,
    panel: CohortPanel,
    at: np.ndarray,
    terms: Rows,
    column: np.ndarray,
    estimand: str,
    absorb: Sequence[str],
    errors: str,
) -> Estimate:
    """Regress on period effects, groups of cells `at` (C, T) and covariates; `column` (K,) by term."""
    n_groups = int(column.max(initial=-1)) + 1
    names = [name for name in sample.covariate_names if name not in absorb]
    if names:
        none = np.zeros_like(at)
        facts = repeated(cell_facts(sample, panel.unit_cohort, none, 1), len(names))
        terms = stack(terms, term_rows("covariate", facts, term=[f"covariate={name}" for name in names]))
        column = np.r_[column, n_groups + np.arange(len(names))]
    if absorb or errors == BY_ROW:
        return absorbed_regression(sample, at.ravel()[panel.cell], terms, column, absorb, estimand)
    periods = panel.period_columns()
    shared = np.concatenate([periods, at[:, :, None] == np.arange(n_groups)], axis=2)
    nothing = [np.zeros((panel.n_periods, 0))] * len(at)
    fit = cohort_regression(panel, sample.outcome, shared, nothing, sample.columns)
    codes, clusters = sample.unit_clusters()
    sizes = {name: fact.n for name, fact in clusters.items()}
    picked = np.zeros((len(fit.solution), len(column)))
    kept = np.flatnonzero(column >= 0)
    picked[periods.shape[2] + column[kept], kept] = 1
    block = common_block(fit, terms, picked, sample.outcome, codes, sizes)
    return join_blocks(sample, [block], clusters, estimand, "t")
