"""Two-way fixed effects: one coefficient, and its event study.

``y_it = α_i + γ_t + β D_it + x_it' δ + ε_it`` and, for the event study, one indicator an event time
with the far ends of the window binned (Schmidheiny & Siegloch 2023) and one reference event time.
With staggered adoption and effects that differ, β weighs hospital-periods unequally and some of them
negatively (de Chaisemartin & D'Haultfœuille 2020; `dipeval.check.twfe_weights` shows the weights).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.estimate.estimands import DYNAMIC, STATIC
from dipeval.estimate.least_squares import absorbed_least_squares
from dipeval.estimate.projector import fit_projector
from dipeval.estimate.regression import join_blocks, regression_block
from dipeval.estimate.sample import Sample, drop_singletons
from dipeval.estimate.terms import ESTIMANDS, event_term, group_facts, stack, term_rows
from dipeval.results import Estimate

NOT_SEEN = "not identified: no hospital is observed at this event time"
NEVER_NOTE = (
    "comparison never_treated: in this estimator the periods before the reform of treated hospitals still "
    "inform the period effects"
)


def twfe(sample: Sample) -> Estimate:
    """Static two-way fixed effects.

    Parameters
    ----------
    sample : Sample
        Rows that are the only one of their hospital or period are left out.

    Returns
    -------
    Estimate
        Terms ``treated`` and one ``covariate=…`` a covariate. Equals fixest's
        ``feols(y ~ treated + x | unit + time)``.

    Notes
    -----
    Cost O(n + N T²).
    """
    sample = _prepared(sample)
    group = np.where(sample.treated, 0, -1)
    facts = group_facts(sample, group, 1)
    facts["n_obs"], facts["n_hospitals"] = sample.n_obs, sample.n_hospitals
    terms = term_rows("overall", facts, term=["treated"], estimand=STATIC)
    return _regress(sample, group, 1, terms, np.array([0]), STATIC)


def twfe_event_study(sample: Sample) -> Estimate:
    """Event study with two-way fixed effects.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Estimate
        One term ``event_time=e`` for each e of the event window; the first and the last hold all
        event times beyond them; the reference is a row with estimate 0. Equals fixest's
        ``feols(y ~ i(clamped event time, ref) + x | unit + time)``.

    Notes
    -----
    Cost O(n + N T (T + K)) for K event times; no n × K matrix.
    """
    sample = _prepared(sample)
    first, last = sample.design.event_window
    reference = sample.design.reference
    times = np.arange(first, last + 1)
    ever = np.isfinite(sample.event_time)
    clamped = np.clip(np.where(ever, sample.event_time, 0), first, last).astype(np.int64)
    position = np.where(ever, clamped - first, -1)
    facts = group_facts(sample, position, len(times))
    terms = _event_terms(sample, times, facts, ever)
    column = np.where(times == reference, -1, np.cumsum(times != reference) - 1)
    group = np.where(position >= 0, column[position], -1)
    return _regress(sample, group, len(times) - 1, terms, column, DYNAMIC)


def _prepared(sample: Sample) -> Sample:
    if sample.design.comparison == "never_treated":
        sample = sample.warn(NEVER_NOTE)
    return drop_singletons(sample)


def _event_terms(sample: Sample, times: np.ndarray, facts: pd.DataFrame, ever: np.ndarray) -> pd.DataFrame:
    design = sample.design
    seen = sample.event_time[ever]
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
    before = times < -design.anticipation
    kind = np.where(before, "lead", "event_time")
    return terms.assign(kind=kind, estimand=[ESTIMANDS[k] for k in kind])


def _regress(
    sample: Sample, group: np.ndarray, n_groups: int, terms: pd.DataFrame, column: np.ndarray, estimand: str
) -> Estimate:
    design, names = sample.design, sample.covariate_names
    projector = fit_projector(sample.unit, sample.time, sample.weights, design.n_units, design.n_periods)
    fit = absorbed_least_squares(projector, sample.unit, group, n_groups, sample.covariates, sample.outcome)
    if names:
        facts = group_facts(sample, np.zeros(sample.n_obs, np.int64), 1)
        facts = facts.loc[facts.index.repeat(len(names))]
        terms = stack(terms, term_rows("covariate", facts, term=[f"covariate={name}" for name in names]))
        column = np.r_[column, n_groups + np.arange(len(names))]
    codes, facts = sample.clusters()
    sizes = {name: fact.n for name, fact in facts.items()}
    block = regression_block(fit, projector, terms, column, sample.outcome, codes, sizes)
    return join_blocks(sample, [block], facts, estimand, "t")
