"""Two-stage estimator: untreated outcomes first, then the mean of what is left.

Gardner (2022), *Two-stage differences in differences*: fit ``y_it = α_i + γ_t + x_it'δ`` on untreated rows,
take the fit out of all rows, and regress what is left on treatment or event times. The points after the
reform are those of imputation; the errors are those of the two regressions as one GMM system (section 3),
without the centring of effects that imputation uses, and leads are means of the first stage's residuals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dipeval.estimate.estimands import TWO_STAGE
from dipeval.estimate.imputation_fit import impute
from dipeval.estimate.option_words import refuse, shown_event_times, word_problems
from dipeval.estimate.regression import Block, join_blocks
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import ESTIMANDS, event_term
from dipeval.estimate.twfe import NEVER_NOTE
from dipeval.estimate.two_stage_means import Group, mean_block
from dipeval.results import Estimate

AGGREGATES = ("overall", "event_time", "cohort", "period")
SHOWN = ("overall", "event_time", "cohort")


def two_stage(
    sample: Sample, *, aggregate: Sequence[str] = SHOWN, horizons: Sequence[int] | str | None = None
) -> Estimate:
    """Two-stage estimator of Gardner.

    Parameters
    ----------
    sample : Sample
    aggregate : sequence of {"overall", "event_time", "cohort", "period"}
        Second stages: on one treatment indicator, on event times, cohorts or calendar periods. All but event
        times run over event times from 0 on.
    horizons : sequence of int, "all" or None
        Event times shown; None: the event window. The reference event time is that of the design.

    Returns
    -------
    Estimate
        Terms ``att``; ``event_time=e``; ``cohort=g``; ``period=t``. Equals did2s's
        ``did2s(y, ~ x | unit + time, ~ i(treated))`` and, with ``~ i(event time, ref=c(-1, -Inf))``, its
        event study; did2s's errors are CR0 by cluster.

    Raises
    ------
    DesignError
        An option is not of its form, or no treated row has a counterfactual.

    Notes
    -----
    O(n + N K (T + K)) for K terms of one second stage.
    """
    design = sample.design
    problems = word_problems("aggregate", aggregate, AGGREGATES)
    seen = sample.event_time[np.isfinite(sample.event_time)].astype(np.int64)
    shown = shown_event_times(horizons, design.event_window, seen, problems)
    refuse(problems)
    if design.comparison == "never_treated":
        sample = sample.warn(NEVER_NOTE)
    imputed = impute(sample)
    codes, facts = imputed.sample.clusters()
    sizes = {name: fact.n for name, fact in facts.items()}
    make = {
        "overall": lambda: _overall(imputed.everything),
        "event_time": lambda: _event_times(imputed.everything, shown),
        "cohort": lambda: _cohorts(imputed.everything),
        "period": lambda: _periods(imputed.everything),
    }
    asked = [chosen() for word, chosen in make.items() if word in aggregate]
    blocks = [_as_leads(mean_block(imputed, g, codes, sizes), design.anticipation) for g in asked]
    return join_blocks(imputed.sample, blocks, facts, TWO_STAGE, "normal")


def _overall(sample: Sample) -> Group:
    return Group("overall", np.where(sample.event_time >= 0, 0, -1), {"term": ["att"]}, np.zeros(1, bool))


def _event_times(sample: Sample, shown: np.ndarray) -> Group:
    ever = np.isfinite(sample.event_time)
    time = np.where(ever, sample.event_time, 0).astype(np.int64)
    at = np.searchsorted(shown, time)
    found = ever & (np.r_[shown, np.iinfo(np.int64).min][at] == time)
    labels = {"term": [event_term(e) for e in shown], "event_time": shown.astype(float).tolist()}
    return Group("event_time", np.where(found, at, -1), labels, shown == sample.design.reference)


def _cohorts(sample: Sample) -> Group:
    after = sample.event_time >= 0
    cohorts = np.unique(sample.cohort[after])
    names = [sample.design.cohort_label(cohort) for cohort in cohorts]
    group = np.where(after, np.searchsorted(cohorts, sample.cohort), -1)
    labels = {"term": [f"cohort={name}" for name in names], "cohort": names}
    return Group("cohort", group, labels, np.zeros(len(names), bool))


def _periods(sample: Sample) -> Group:
    after = sample.event_time >= 0
    periods = np.unique(sample.time[after])
    group = np.where(after, np.searchsorted(periods, sample.time), -1)
    labels = {"term": [f"period={sample.design.period_labels[p]}" for p in periods]}
    return Group("period", group, labels, np.zeros(len(periods), bool))


def _as_leads(block: Block, anticipation: int) -> Block:
    terms = block.terms
    lead = (terms["kind"] == "event_time") & (terms["event_time"] < -anticipation)
    kind = np.where(lead, "lead", terms["kind"])
    estimand = np.where(lead, ESTIMANDS["lead"], terms["estimand"])
    return replace(block, terms=terms.assign(kind=kind, estimand=estimand))
