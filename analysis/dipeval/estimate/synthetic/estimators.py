"""Synthetic difference-in-differences and synthetic control, cohort by cohort, as estimates with influence.

Given its weights each is linear in the outcomes: the mean of the treated less the weighted donors, less the same
in the weighted periods before. Its influence holds the weights fixed, as the jackknife of Arkhangelsky et al.
(2021, section 5) does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.estimands import SYNTHETIC_CONTROL, SYNTHETIC_DIFFERENCE
from dipeval.estimate.option_words import one_word_problems, refuse, shown_event_times, word_problems
from dipeval.estimate.regression import join_blocks
from dipeval.estimate.sample import Sample
from dipeval.estimate.synthetic.averages import cohort_blocks
from dipeval.estimate.synthetic.block import SOLVERS, Block, Weights, difference_weights
from dipeval.estimate.synthetic.joint import joint_weights
from dipeval.estimate.synthetic.refits import unit_fits
from dipeval.estimate.synthetic.series import HOSPITAL, Series, series_of
from dipeval.estimate.synthetic.weighing import PATH, PREDICTORS, control_problems, control_weighing
from dipeval.results import Estimate

PROJECTED, JOINT = "projected", "joint"
COVARIATES_BY = (PROJECTED, JOINT)
AGGREGATES = ("overall", "event_time", "cohort")


def synthetic_difference(
    sample: Sample,
    *,
    units: str = HOSPITAL,
    solver: str = "exact",
    covariates_by: str = PROJECTED,
    aggregate: Sequence[str] = AGGREGATES,
    horizons: Sequence[int] | str | None = None,
) -> Estimate:
    """Synthetic difference-in-differences, block or staggered.

    Parameters
    ----------
    sample : Sample
        Donors are units untreated in every period; without any, the last cohort until its reform. Slopes of
        covariates count as known.
    units : str
        ``hospital``, or a clustering variable such as ``city``: the weighted mean of its hospitals.
    solver : {"exact", "published"}
        Optimal weights, or those at which the authors' package stops.
    covariates_by : {"projected", "joint"}
        Slopes of covariates among donors, with unit and period effects (Clarke et al. 2023), or together with the
        weights (`joint_weights`).
    aggregate : sequence of {"overall", "event_time", "cohort"}
    horizons : sequence of int, "all" or None
        Event times shown; None: the event window. Before the reform the gap that the weights leave.

    Returns
    -------
    Estimate
        Terms ``att``; ``event_time=e``; ``cohort=g``. Several cohorts are averaged by their treated unit-periods
        (Arkhangelsky et al. 2021, appendix; Clarke, Pailañir, Athey & Imbens 2023).

    Raises
    ------
    DesignError
        No donors, fewer than two periods before the reform of a cohort, options that are not of their form.

    Notes
    -----
    O(n) and the weights of each cohort, see `simplex_weights`.
    """
    refuse(one_word_problems("covariates_by", covariates_by, COVARIATES_BY))
    joint = covariates_by == JOINT and bool(sample.covariate_names)
    series = series_of(sample, units, projected=not joint)
    return _estimated(series, solver, aggregate, horizons, difference_weights, SYNTHETIC_DIFFERENCE)


def synthetic_control(
    sample: Sample,
    *,
    units: str = HOSPITAL,
    solver: str = "exact",
    method: str = PATH,
    importance: str = "nested",
    penalty: float | None = None,
    aggregate: Sequence[str] = AGGREGATES,
    horizons: Sequence[int] | str | None = None,
) -> Estimate:
    """Synthetic control, cohort by cohort.

    Parameters
    ----------
    sample, units, solver, aggregate, horizons
        As of `synthetic_difference`.
    method : {"path", "predictors", "augmented", "penalised"}
        By the path before the reform (covariates are taken off); by predictors, which are the means before of the
        covariates and of the outcome (`predictor_weights`); the path with a ridge correction (`augmented_weights`);
        the path and each donor's likeness (`penalised_weights`).
    importance : {"nested", "cross_validated", "equal"}
        How much each predictor counts.
    penalty : float, optional
        Of ``augmented`` and ``penalised``; None: chosen from the periods before.

    Returns
    -------
    Estimate
        Terms as of `synthetic_difference`.

    Raises
    ------
    DesignError
        As of `synthetic_difference`.

    Notes
    -----
    Abadie, Diamond & Hainmueller (2010). Cost as of `synthetic_difference`.
    """
    refuse(control_problems(method, importance, penalty))
    series = series_of(sample, units, projected=method != PREDICTORS)
    if method == PREDICTORS:
        _refuse_short(series)
    weigh = control_weighing(method, importance, penalty)
    return _estimated(series, solver, aggregate, horizons, weigh, SYNTHETIC_CONTROL)


def _estimated(
    series: Series,
    solver: str,
    aggregate: Sequence[str],
    horizons: Sequence[int] | str | None,
    weigh: Callable[[Block, str], Weights],
    estimand: str,
) -> Estimate:
    problems = word_problems("aggregate", aggregate, AGGREGATES)
    problems += one_word_problems("solver", solver, SOLVERS)
    treated = ~series.donors
    lag = series.periods[None] - series.cohort[treated, None]
    shown = shown_event_times(
        horizons, series.sample.design.event_window, np.unique(lag).astype(int), problems
    )
    refuse(problems)
    fitted = [(cohort, *_fit(series, cohort, weigh, solver)) for cohort in np.unique(series.cohort[treated])]
    if not all(weights.are_optimal for _, _, weights in fitted):
        series = _doubtful(series)
    blocks = cohort_blocks(series, fitted, aggregate, shown)
    codes = series.cluster_codes()
    facts = {name: fact for name, fact in series.sample.unit_clusters()[1].items() if name in codes}
    made = join_blocks(series.sample, blocks, facts, estimand, "normal")
    return replace(made, unit_fits=unit_fits(series, fitted, weigh, solver))


def block_of(series: Series, cohort: float) -> tuple[Block, np.ndarray]:
    """A cohort and all donors, and which units these are: donors first.

    Raises
    ------
    DesignError
        Fewer than two periods before the reform.
    """
    mine = np.flatnonzero(series.cohort == cohort)
    donors = np.flatnonzero(series.donors)
    n_before = int((series.periods < series.first_treated[mine[0]]).sum())
    if n_before < 2:
        label = series.sample.design.cohort_label(cohort)
        what = f"has {n_before} period(s) before the reform: weights need two at least"
        todo = "begin the window earlier, or leave the cohort out"
        raise DesignError(series.sample.part, [Problem(f"cohort {label}", what, todo)])
    weights = series.weights[mine]
    which = np.r_[donors, mine]
    covariates = None if series.covariates is None else series.covariates[:, which]
    shares = weights / weights.sum()
    return Block(series.outcome[donors], series.outcome[mine], shares, n_before, covariates), which


def _fit(
    series: Series, cohort: float, weigh: Callable[[Block, str], Weights], solver: str
) -> tuple[tuple[Block, np.ndarray], Weights]:
    block, which = block_of(series, cohort)
    if block.covariates is None or weigh is not difference_weights:
        return (block, which), weigh(block, solver)
    adjusted, weights = joint_weights(block, block.covariates, solver)
    return (adjusted, which), weights


def _refuse_short(series: Series) -> None:
    """Importance is told from halves and from outcomes before: four periods at least."""
    first = series.first_treated[~series.donors].min()
    n_before = int((series.periods < first).sum())
    if n_before < 4:
        what = f"{n_before} period(s) before the reform: predictors need four at least"
        raise DesignError(series.sample.part, [Problem("option method", what, 'write method = "path"')])


def _doubtful(series: Series) -> Series:
    text = "the weights of some cohort do not meet the conditions of optimality: do not use the number"
    return replace(series, sample=series.sample.warn(text))
