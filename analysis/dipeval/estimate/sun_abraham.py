"""Sun–Abraham: event times by cohort, then averaged by the shares of the cohorts.

Sun & Abraham (2021), *Journal of Econometrics* 225(2), section 4: a regression saturated in cohort × event
time against hospitals that are never treated, so that no effect of one cohort contaminates another's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.cell_averages import MEAN_OVER, CellTerms, average_block, own_columns
from dipeval.estimate.cohort_panel import CohortPanel, arrange
from dipeval.estimate.cohort_regression import cohort_regression
from dipeval.estimate.estimands import SATURATED
from dipeval.estimate.lone_cohorts import warn_of_lone_cohorts
from dipeval.estimate.option_words import one_word_problems, refuse, shown_event_times, word_problems
from dipeval.estimate.regression import join_blocks
from dipeval.estimate.sample import Sample, drop_singletons
from dipeval.results import Estimate

AGGREGATES = ("overall", "event_time", "cohort", "period", "cell")
SHOWN = ("overall", "event_time", "cohort")


def sun_abraham(
    sample: Sample,
    *,
    aggregate: Sequence[str] = SHOWN,
    horizons: Sequence[int] | str | None = None,
    mean_over: str = "weights",
) -> Estimate:
    """Interaction-weighted event study of Sun & Abraham.

    Parameters
    ----------
    sample : Sample
        Compared with are hospitals never treated inside the window; without any, the last cohort, whose
        treated periods are left out. The reference event time is that of the design.
    aggregate : sequence of {"overall", "event_time", "cohort", "period", "cell"}
        Overall, cohort and period averages run over event times from 0 on.
    horizons : sequence of int, "all" or None
        Event times shown; None: the event window. The regression holds all of them in any case.
    mean_over : {"weights", "rows"}
        Whether averages weigh hospital-periods by their weights or alike.

    Returns
    -------
    Estimate
        Terms ``att``; ``event_time=e``; ``cohort=g``; ``period=t``; ``cohort=g,period=t``; ``covariate=…``.
        Equals fixest's ``feols(y ~ x + sunab(cohort, time, ref.p) | unit + time)`` and its ``aggregate``;
        the weights of the averages count as known.

    Raises
    ------
    DesignError
        An option is not of its form, or there is nothing to compare with.

    Notes
    -----
    O(n + N T² + C T³); O(n) for the first where all hospitals are alike.
    """
    sample = drop_singletons(with_comparison(sample))
    panel = arrange(sample)
    design = sample.design
    own = _own_cells(panel, design.anticipation, design.reference)
    cells = CellTerms(sample, panel, own)
    problems = word_problems("aggregate", aggregate, AGGREGATES)
    seen = np.r_[cells.event_time[own], design.reference]
    shown = shown_event_times(horizons, design.event_window, seen, problems)
    problems += one_word_problems("mean_over", mean_over, MEAN_OVER)
    refuse(problems)
    shared = panel.period_columns()
    fit = cohort_regression(panel, sample.outcome, shared, own_columns(panel, own), sample.columns)
    codes, facts = sample.unit_clusters()[0], warn_of_lone_cohorts(sample)
    sizes = {name: fact.n for name, fact in facts.items()}
    asked = cells.asked(aggregate, shown, design.reference)
    block = average_block(sample, fit, own, asked, codes, sizes, mean_over)
    return join_blocks(sample, [block], facts, SATURATED, "t")


def with_comparison(sample: Sample) -> Sample:
    """Leave out the periods in which even the last cohort is treated, if nobody stays untreated.

    Raises
    ------
    DesignError
        No cohort is left that is treated before the last.
    """
    design = sample.design
    if (sample.first_treated >= design.n_periods).any():
        return sample
    last = sample.unit_cohort.max()
    note = f"the last cohort, {design.cohort_label(last)}, is the comparison until its reform"
    kept = sample.drop(sample.time >= last - design.anticipation, "comparison_treated", note)
    if not kept.treated.any():
        what = "no hospital is treated while another is not"
        todo = "add hospitals that are treated later, or never"
        raise DesignError("estimate", [Problem(sample.part, what, todo)])
    return kept.warn(f"no hospital stays untreated: {note}")


def _own_cells(panel: CohortPanel, anticipation: int, reference: int) -> np.ndarray:
    """Cells (C, T) with an effect of their own: of cohorts treated while observed, without the reference."""
    seen = panel.cell_weight > 0
    event_time = np.arange(panel.n_periods) - panel.cohorts[:, None]
    treated = (seen & (event_time >= -anticipation)).any(1)
    return seen & treated[:, None] & (event_time != reference)
