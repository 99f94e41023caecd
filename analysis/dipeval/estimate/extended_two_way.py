"""Extended two-way fixed effects: one effect for each treated cohort and period.

Wooldridge (2025), *Empirical Economics* 69, section 6 (working paper of 2021): the two-way regression with an
indicator for every treated cohort × period, covariates interacted with them and with periods. The effects are
then averaged over the treated hospital-periods.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.cell_averages import MEAN_OVER, CellTerms, average_block, own_columns
from dipeval.estimate.cohort_panel import CohortPanel, arrange
from dipeval.estimate.cohort_regression import cohort_regression
from dipeval.estimate.estimands import EXTENDED
from dipeval.estimate.lone_cohorts import warn_of_lone_cohorts
from dipeval.estimate.option_words import one_word_problems, refuse, shown_event_times, word_problems
from dipeval.estimate.regression import join_blocks
from dipeval.estimate.sample import Sample, drop_singletons
from dipeval.results import Estimate

AGGREGATES = ("overall", "event_time", "cohort", "period", "cell")
SHOWN = ("overall", "event_time", "cohort")
HOSPITAL, COHORT = EFFECTS = ("hospital", "cohort")


def extended_two_way(
    sample: Sample,
    *,
    effects: str = "hospital",
    aggregate: Sequence[str] = SHOWN,
    horizons: Sequence[int] | str | None = None,
    mean_over: str = "weights",
) -> Estimate:
    """Extended two-way estimator of Wooldridge.

    Parameters
    ----------
    sample : Sample
        Its design's comparison decides: with ``not_yet_treated`` cells from the start of anticipation on have
        an effect; with ``never_treated`` all cells but those at the reference event time.
    effects : {"hospital", "cohort"}
        Whose level is held fixed besides that of periods. In a balanced panel both give the same points.
        With ``cohort`` the design needs no hospitals.
    aggregate : sequence of {"overall", "event_time", "cohort", "period", "cell"}
        Overall, cohort and period averages run over event times from 0 on.
    horizons : sequence of int, "all" or None
        Event times shown; None: those of the event window that have effects.
    mean_over : {"weights", "rows"}
        Whether averages weigh hospital-periods by their weights or alike; etwfe does the latter.

    Returns
    -------
    Estimate
        Terms ``att``; ``event_time=e``; ``cohort=g``; ``period=t``; ``cohort=g,period=t``. Equals etwfe's
        ``etwfe(y ~ x, tvar, gvar, ivar, cgroup)`` and ``emfx(type)``, ``ivar`` only with hospital effects.
        Covariates are interacted with cohort × period cells and with periods and have no term of their own.

    Raises
    ------
    DesignError
        An option is not of its form, or hospital effects of a design without hospitals.

    Notes
    -----
    O(n Q² + N (TQ)² + C (TQ)³) for Q - 1 covariates; the second part vanishes where all hospitals are alike
    and nothing is interacted.
    """
    design = sample.design
    absorbs = effects == "hospital"
    problems = one_word_problems("effects", effects, EFFECTS)
    problems += word_problems("aggregate", aggregate, AGGREGATES)
    problems += one_word_problems("mean_over", mean_over, MEAN_OVER)
    if absorbs and not design.has_units:
        problems.append(Problem("option effects", "the design has no hospitals", 'write effects="cohort"'))
    refuse(problems)
    sample = drop_singletons(sample) if absorbs else sample
    never = design.comparison == "never_treated"
    panel = arrange(sample, sample.covariates, absorbs=absorbs)
    own = own_cells_of(panel, design.anticipation, design.reference if never else None)
    cells = CellTerms(sample, panel, own)
    if not cells.treated.size:
        todo = "check which outcomes are missing"
        raise DesignError("estimate", [Problem(sample.part, "no treated hospital-period is left", todo)])
    first = design.event_window[0] if never else -design.anticipation
    window = (first, design.event_window[1])
    reference = design.reference if never else None
    seen = cells.event_time[own] if not never else np.r_[cells.event_time[own], design.reference]
    shown = shown_event_times(horizons, window, seen, problems)
    refuse(problems)
    shared = panel.period_columns()
    columns = own_columns(panel, own) if absorbs else with_levels(panel, own_columns(panel, own))
    fit = cohort_regression(panel, sample.outcome, shared, columns, np.empty((sample.n_obs, 0)))
    codes, facts = sample.unit_clusters()[0], warn_of_lone_cohorts(sample)
    sizes = {name: fact.n for name, fact in facts.items()}
    asked = cells.asked(aggregate, shown, reference)
    block = average_block(sample, fit, own, asked, codes, sizes, mean_over)
    return join_blocks(sample, [block], facts, EXTENDED, "t")


def own_cells_of(panel: CohortPanel, anticipation: int, reference: int | None) -> np.ndarray:
    """Cells (C, T) with an effect: treated ones or, with a reference, all others of treated cohorts."""
    seen = panel.cell_weight > 0
    event_time = np.arange(panel.n_periods) - panel.cohorts[:, None]
    if reference is None:
        return seen & (event_time >= -anticipation)
    treated = (seen & (event_time >= -anticipation)).any(1)
    return seen & treated[:, None] & (event_time != reference)


def with_levels(panel: CohortPanel, columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Add each cohort's level, and its level times each covariate, to its own columns."""
    level = np.kron(np.eye(panel.n_basis), np.ones((panel.n_periods, 1)))
    return [np.hstack([own, level]) for own in columns]
