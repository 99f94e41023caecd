"""Two-way models of cases with patient covariates, from cells, at any size.

``y_i = α_h + γ_t + β D_ht + x_i' δ (+ further effects) + ε_i`` for case i of hospital h in period t, with
patient covariates by their levels. All regressors are the same for all cases of a cell, so the cells'
counts, means and squares give the coefficients and the errors of the regression on the cases exactly:
a regression on cells is one on rows with the rows added up (Wooldridge 2010, section 20.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.case_blocks import Block, compressed, looked_up
from dipeval.estimate.case_errors import cluster_influence, cluster_parameters, row_errors
from dipeval.estimate.case_fit import CellFit, fit_cells
from dipeval.estimate.case_moments import CaseMoments
from dipeval.estimate.case_sample import TWO_WAY, CaseSample, drop_single_cases, select_cases
from dipeval.estimate.case_terms import Regressors, covariate, event_times, joined, treatment
from dipeval.estimate.estimands import AMONG_CASES, AMONG_CASES_BY_EVENT_TIME
from dipeval.estimate.regression import FLOOR, cr1_factor, note_undetermined
from dipeval.estimate.sample import refuse_leaving
from dipeval.estimate.terms import frame_of
from dipeval.estimate.twfe import NEVER_NOTE
from dipeval.panel.case_cells import CaseCells
from dipeval.results import ClusterFacts, Estimate, RowErrors

MODELS = ("twfe", "twfe_event_study")
MOST_TERMS = 200
NOT_DETERMINED = "not identified: collinear with the effects or with another term"


def estimate_cases(
    design: PanelDesign,
    cells: CaseCells,
    *,
    outcome: str,
    estimator: str = "twfe",
    covariates: Sequence[str] | None = None,
    absorb: Sequence[str] = (),
    study: str = "",
) -> Estimate:
    """Estimate the effect of the reform on an outcome of cases, with patient covariates.

    Parameters
    ----------
    design : PanelDesign
        Built on ``cells.periods``: who is treated when, against whom.
    cells : CaseCells
        From `dipeval.panel.case_query.case_cells` (an engine) or `case_frame.cells_from_frame`.
    outcome : str
        One of the cells' outcomes.
    estimator : {"twfe", "twfe_event_study"}
        One coefficient of treatment, or one an event time.
    covariates : sequence of str, optional
        Covariates of the cells whose coefficients are shown; default: all that are not absorbed.
    absorb : sequence of str
        Covariates whose levels are effects without a row of their own (disease types), or several
        joined by a colon: ``disease_type:period``.
    study : str

    Returns
    -------
    Estimate
        Terms ``treated`` or ``event_time=e``, then ``covariate=name:level``, whose first level is the
        reference. `n_obs` counts cases. Equals fixest's ``feols(y ~ treated + i(x) | hospital + period
        + …)`` on the cases, with clustered, heteroskedasticity-robust and iid errors.

    Raises
    ------
    DesignError
        With all problems: unknown words, a covariate twice, one with too many levels to show, a
        design of other rows or with weights of its own, no case left.

    Notes
    -----
    O(C B²) for C cells and B effects and covariates, whatever the number of cases; memory O(C).
    """
    _check_lists({"covariates": covariates, "absorb": absorb})
    names = _chosen(cells, covariates, absorb)
    _check(design, cells, outcome, estimator, names, absorb)
    absorbed = [word for effect in absorb for word in effect.split(":") if word not in TWO_WAY]
    part = f"{study}/{outcome}/cases_{estimator}".lstrip("/")
    sample = select_cases(design, cells, outcome, names, absorbed, part)
    sample = drop_single_cases(sample, effect_names := [*TWO_WAY, *absorb])
    if not sample.n_cases:
        what = "no case has the outcome and all covariates in the design"
        raise DesignError("estimate", [Problem(part, what, "check the covariates and the design's rows")])
    shown = event_times(sample) if estimator == "twfe_event_study" else treatment(sample)
    regressors = joined([shown, *(covariate(sample, name) for name in names)])
    _check_terms(regressors)
    fitted = _fit(sample, regressors, [sample.effect(name) for name in effect_names])
    return _result(sample, regressors, fitted, f"cases_{estimator}", outcome, study)


def _check_lists(given: Mapping[str, Sequence[str] | None]) -> None:
    """A single word is no list of words: its letters would be taken for names."""
    problems = [
        Problem(name, "is a single text", f'write ["{words}"]')
        for name, words in given.items()
        if isinstance(words, str)
    ]
    if problems:
        raise DesignError("estimate", problems)


def _chosen(cells: CaseCells, covariates: Sequence[str] | None, absorb: Sequence[str]) -> list[str]:
    if covariates is not None:
        return list(covariates)
    return [name for name in cells.covariates if name not in absorb]


def _check(
    design: PanelDesign,
    cells: CaseCells,
    outcome: str,
    estimator: str,
    names: Sequence[str],
    absorb: Sequence[str],
) -> None:
    problems = []
    if outcome not in cells.outcomes:
        problems.append(
            Problem(f"outcome {outcome}", "is not in the cells", nearest(outcome, cells.outcomes))
        )
    if estimator not in MODELS:
        problems.append(
            Problem("estimator", f"{estimator!r} is no model of cases", nearest(estimator, MODELS))
        )
    for name in names:
        if name not in cells.covariates:
            hint = nearest(name, cells.covariates)
            problems.append(Problem(f"covariate {name}", "is not in the cells", hint))
        if names.count(name) + list(absorb).count(name) > 1:
            problems.append(Problem(f"covariate {name}", "is named twice", "name it once"))
    for effect in absorb:
        for word in effect.split(":"):
            if word not in cells.codes and word not in TWO_WAY:
                hint = nearest(word, [*cells.codes, *TWO_WAY])
                problems.append(Problem(f"absorb {effect}", f"{word!r} has no levels in the cells", hint))
    if design.n_rows_in != len(cells.periods) or design.sampling != "panel":
        what = f"has {design.n_rows_in} rows, the cells {len(cells.periods)} hospital-periods"
        problems.append(Problem("design", what, "build the design on cells.periods, or use cells.on(frame)"))
    if design.weights is not None and not np.array_equal(design.weights, design.n_cases):
        todo = "build the design without weights; give the weights of cases to the cells"
        problems.append(Problem("design", "weights hospital-periods, but each case counts", todo))
    if problems:
        raise DesignError("estimate", list(dict.fromkeys(problems)))
    refuse_leaving(design, "design")


def _check_terms(regressors: Regressors) -> None:
    """A covariate with too many levels to be read belongs among the effects."""
    problems = [
        Problem(f"covariate {block.name}", f"has {block.n_levels + 1} levels", "absorb it instead")
        for block in regressors.blocks
        if block.n_levels > MOST_TERMS
    ]
    if problems:
        raise DesignError("estimate", problems)


@dataclass(frozen=True)
class _Fitted:
    """A fit with its errors, by column of the regressors."""

    fit: CellFit
    influence: dict[str, np.ndarray]
    clusters: dict[str, ClusterFacts]
    parameters: dict[str, int]
    rows: RowErrors
    outcome_mean: float
    floor: np.ndarray
    moments: CaseMoments


def _fit(sample: CaseSample, regressors: Regressors, effects: list[Block]) -> _Fitted:
    weight = sample.weight
    fit = fit_cells(effects, regressors.blocks, weight, sample.mean)
    found = {name: _cluster(sample, name) for name in sample.design.clusters}
    blocks = {name: block for name, (block, _) in found.items()}
    rows, rest = row_errors(fit, sample.n, sample.case_weight, sample.within)
    total = weight.sum()
    spread = np.sqrt(rest / total)
    size = np.sqrt(np.einsum("i,i,i->", weight, sample.mean, sample.mean) / total)
    return _Fitted(
        fit,
        cluster_influence(fit, weight, blocks),
        {name: facts for name, (_, facts) in found.items()},
        {name: cluster_parameters(fit, effects, weight, block) for name, block in blocks.items()},
        rows,
        np.einsum("i,i->", weight, sample.mean) / total,
        FLOOR * max(spread, FLOOR * size) * np.sqrt(np.diag(fit.bread)),
        CaseMoments(fit, tuple(effects), weight, blocks, regressors.column),
    )


def _cluster(sample: CaseSample, name: str) -> tuple[Block, ClusterFacts]:
    """The cluster of each cell, and the facts about the clusters with cases."""
    design = sample.design
    rows = np.flatnonzero(sample.cases_of_row > 0)
    whole = compressed(name, design.clusters[name][rows])
    names = tuple(design.cluster_names[name][k] for k in np.unique(design.clusters[name][rows]))
    earliest, latest = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    np.minimum.at(earliest, whole.codes, design.cohort[rows])
    np.maximum.at(latest, whole.codes, design.cohort[rows])
    treated = whole.sums(design.treated[rows].astype(float)) > 0
    place = np.zeros(design.n_obs, np.int64)
    place[rows] = whole.codes
    block = looked_up(name, place, sample.at, len(names))
    return block, ClusterFacts(names, treated, mixed=bool((earliest != latest).any()))


def _result(
    sample: CaseSample, regressors: Regressors, fitted: _Fitted, estimator: str, outcome: str, study: str
) -> Estimate:
    fit, column = fitted.fit, regressors.column
    determined = np.r_[fit.determined, False][column]
    params = np.where(determined, np.r_[fit.coefficients, 0.0][column], np.nan)
    params[column < 0] = 0.0
    terms = frame_of(note_undetermined(regressors.terms, determined | (column < 0), NOT_DETERMINED))
    n_cases = sample.n_cases
    factors = {name: cr1_factor(n_cases, count) for name, count in fitted.parameters.items()}
    warnings = sample.design.warnings
    if sample.design.comparison == "never_treated":
        warnings = (*warnings, NEVER_NOTE)
    return Estimate(
        estimator=estimator,
        study=study,
        outcome=outcome,
        estimand=AMONG_CASES if estimator == "cases_twfe" else AMONG_CASES_BY_EVENT_TIME,
        terms=terms,
        params=pd.Series(params, index=list(terms["term"]), name="estimate"),
        influence={
            name: np.where(determined, np.pad(values, ((0, 0), (0, 1)))[:, column], np.nan)
            for name, values in fitted.influence.items()
        },
        clusters=fitted.clusters,
        n_obs=n_cases,
        n_hospitals=sample.n_hospitals,
        n_parameters=fitted.parameters,
        cr1_factor={name: np.full(len(terms), factor) for name, factor in factors.items()},
        cr0_distribution="t",
        error_floor=np.where(determined, np.r_[fitted.floor, 0.0][column], np.nan),
        outcome_mean=float(fitted.outcome_mean),
        observations="cases",
        row_errors=_shown(fitted.rows, column, determined),
        warnings=warnings,
        ledger=sample.ledger,
        moments=fitted.moments,
    )


def _shown(rows: RowErrors, column: np.ndarray, determined: np.ndarray) -> RowErrors:
    """Errors by row of the terms shown; NaN where a term has none."""
    known = np.outer(determined, determined)
    whole = [np.pad(matrix, ((0, 1), (0, 1)))[np.ix_(column, column)] for matrix in (rows.iid, rows.hetero)]
    iid, hetero = (np.where(known, matrix, np.nan) for matrix in whole)
    return RowErrors(iid, hetero, rows.n_obs, rows.n_parameters)
