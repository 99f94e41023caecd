"""Extended two-way Poisson: one effect on the logarithm of the mean for each treated cohort and period.

Wooldridge (2023), "Simple approaches to nonlinear difference-in-differences with panel data", *Econometrics
Journal* 26(3): parallel trends of the logarithm of the mean, an indicator for every treated cohort ×
period, and effects on the scale of the outcome from the means with and without them. No effect of one
cohort is a comparison of another's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.cell_averages import (
    CellTerms,
    Chosen,
    determined_cells,
    own_columns,
    rows_of_averages,
    slope_rows,
)
from dipeval.estimate.cohort_panel import arrange
from dipeval.estimate.estimands import COUNTED_CELLS
from dipeval.estimate.extended_two_way import (
    AGGREGATES,
    EFFECTS,
    HOSPITAL,
    SHOWN,
    own_cells_of,
    with_levels,
)
from dipeval.estimate.lone_cohorts import warn_of_lone_cohorts
from dipeval.estimate.option_words import one_word_problems, refuse, shown_event_times, word_problems
from dipeval.estimate.poisson import told_of
from dipeval.estimate.poisson_effects import LEVEL, SCALES, EffectTerms
from dipeval.estimate.poisson_fit import PoissonFit, Regressors, fit_poisson
from dipeval.estimate.regression import join_blocks
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import stack
from dipeval.results import Estimate


def extended_poisson(
    sample: Sample,
    *,
    effects: str = HOSPITAL,
    scale: str = LEVEL,
    aggregate: Sequence[str] = SHOWN,
    horizons: Sequence[int] | str | None = None,
) -> Estimate:
    """Extended two-way Poisson of Wooldridge.

    Parameters
    ----------
    sample : Sample
        Its design's comparison decides: with ``not_yet_treated`` cells from the start of anticipation on have
        an effect; with ``never_treated`` all cells but those at the reference event time.
    effects : {"hospital", "cohort"}
        Whose level is held fixed; with ``cohort`` the design needs no hospitals. Where hospitals report all
        periods, and without covariates, both give the same points.
    scale : {"level", "percent", "log"}
        Averages over the treated hospital-periods of a term, by their weights: of the effect in units of
        the outcome; of the same in percent of their mean without the reform; or the logarithm of the ratio
        of the two means.
    aggregate : sequence of {"overall", "event_time", "cohort", "period", "cell"}
        Overall, cohort and period averages run over event times from 0 on.
    horizons : sequence of int, "all" or None
        Event times shown; None: those of the event window that have effects.

    Returns
    -------
    Estimate
        Terms ``att``; ``event_time=e``; ``cohort=g``; ``period=t``; ``cohort=g,period=t``; ``covariate=…`` in
        logarithms, one slope each.

    Raises
    ------
    DesignError
        An option is not of its form; outcomes below zero, or all zero; no treated hospital-period is left.

    Notes
    -----
    5 to 8 steps of O(n p² + N T² + C T³).
    """
    problems = one_word_problems("effects", effects, EFFECTS) + one_word_problems("scale", scale, SCALES)
    problems += word_problems("aggregate", aggregate, AGGREGATES)
    design = sample.design
    if effects == HOSPITAL and not design.has_units:
        problems.append(Problem("option effects", "the design has no hospitals", 'write effects="cohort"'))
    refuse(problems)
    reference = design.reference if design.comparison == "never_treated" else None

    def regressors(left: Sample) -> Regressors:
        panel = arrange(left, absorbs=effects == HOSPITAL)
        columns = own_columns(panel, own_cells_of(panel, design.anticipation, reference))
        columns = columns if panel.absorbs else with_levels(panel, columns)
        return Regressors(panel, panel.period_columns(), columns, left.columns)

    made = fit_poisson(sample, regressors, effects == HOSPITAL)
    panel = made.regressors.panel
    own = own_cells_of(panel, design.anticipation, reference)
    cells = CellTerms(made.sample, panel, own)
    if not cells.treated.size:
        todo = "check which outcomes are missing or zero"
        raise DesignError("estimate", [Problem(sample.part, "no treated hospital-period is left", todo)])
    first = design.event_window[0] if reference is not None else -design.anticipation
    seen = np.r_[cells.event_time[own], [] if reference is None else [reference]].astype(np.int64)
    shown = shown_event_times(horizons, (first, design.event_window[1]), seen, problems)
    refuse(problems)
    return _estimate(made, own, cells.asked(aggregate, shown, reference), scale)


def _estimate(made: PoissonFit, own: np.ndarray, chosen: Sequence[Chosen], scale: str) -> Estimate:
    """Averages of the cells `own` (C, T), and slopes."""
    sample, fit, panel = made.sample, made.fit, made.regressors.panel
    known = determined_cells(fit, own, panel.cell_weight[:, None])
    at = [np.where(known, part.at, -1) for part in chosen]
    counts, p = [len(part.is_reference) for part in chosen], fit.dense.shape[1]
    masks = [one == k for one, n in zip(at, counts, strict=True) for k in range(n)]
    found = EffectTerms(made, np.stack(masks), _effects(made, own), scale)
    width = len(masks) + p
    weights = []
    for g, part in enumerate(fit.own):
        block = np.zeros((part.columns.shape[1], width))
        block[: own[g].sum(), : len(masks)] = found.by_effect[:, g, own[g]].T
        weights.append(block)
    common = np.zeros((len(fit.solution), width))
    common[fit.shared.shape[2] + np.arange(p), len(masks) + np.arange(p)] = 1
    slopes = fit.determined(weights, common)[len(masks) :]
    rows = rows_of_averages(sample, panel, chosen, at)
    if p:
        rows = stack(rows, slope_rows(sample, panel, slopes))
    codes, facts = sample.unit_clusters()[0], warn_of_lone_cohorts(sample)
    block = found.block(rows, weights, common, slopes, codes, facts)
    return join_blocks(sample.warn(*told_of(scale)), [block], facts, COUNTED_CELLS, "t")


def _effects(made: PoissonFit, own: np.ndarray) -> np.ndarray:
    """Effect on the logarithm of the mean of each cell (C, T), zero where it has none."""
    found = np.zeros(own.shape)
    for g, part in enumerate(made.fit.own):
        found[g, own[g]] = part.solution[: own[g].sum()]
    return found
