"""Two-way regressions with further effects: categories that are absorbed beside hospitals and periods.

Level × month, region × month or specialty effects let groups of hospitals have a trend of their own. The
normal equations of all effects but the largest are solved directly (`dipeval.estimate.case_fit`), every row
being a cell of its own; no iteration, no tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.case_blocks import Block as Columns
from dipeval.estimate.case_blocks import compressed
from dipeval.estimate.case_errors import cluster_influence, cluster_parameters, row_errors
from dipeval.estimate.case_fit import CellFit, fit_cells
from dipeval.estimate.regression import (
    FLOOR,
    Block,
    cr1_factor,
    join_blocks,
    note_undetermined,
    residual_scale,
)
from dipeval.estimate.sample import Sample, drop_singletons
from dipeval.estimate.terms import Rows
from dipeval.results import Estimate, RowErrors


def without_single_levels(sample: Sample, absorb: Sequence[str]) -> Sample:
    """Leave out rows that are the only one of their hospital, period or absorbed level, until none is.

    Raises
    ------
    DesignError
        A name is no covariate of the estimate, or does not number categories.
    """
    _check(sample, absorb)
    while True:
        sample = drop_singletons(sample)
        alone = np.zeros(sample.n_obs, bool)
        for codes in _levels(sample, absorb):
            alone |= np.bincount(codes)[codes] == 1
        if not alone.any():
            return sample
        sample = sample.drop(alone, "singleton", "the only row of its level of an absorbed effect")


def absorbed_regression(
    sample: Sample,
    group: np.ndarray,
    terms: Rows,
    column: np.ndarray,
    absorb: Sequence[str],
    estimand: str,
) -> Estimate:
    """Regress on groups of rows and covariates with hospital, period and further effects.

    Parameters
    ----------
    sample : Sample
        From `without_single_levels`.
    group : numpy.ndarray, shape (n,), int
        Group of each row, -1 for none.
    terms : Rows
        Of K terms: those of the groups, then one a covariate that is not absorbed.
    column : numpy.ndarray, shape (K,), int
        Regressor behind each term, -1 for a reference.
    absorb : sequence of str
        Covariates that number the levels of an effect.
    estimand : str

    Returns
    -------
    Estimate
        With `row_errors`. K of the small-sample rule counts the levels of effects that are not nested in the
        clusters, without those that are redundant.

    Raises
    ------
    DesignError
        More levels beside the largest effect than can be solved directly.

    Notes
    -----
    O(n B² + L³) for B effects and regressors, L levels beside the largest effect.
    """
    n_groups = int(group.max(initial=-1)) + 1
    places = {name: j for j, name in enumerate(sample.covariate_names)}
    slopes = [name for name in places if name not in absorb]
    regressors = [Columns("groups", np.where(group < 0, n_groups, group), n_groups)]
    zeros = np.zeros(sample.n_obs, np.int8)
    regressors += [Columns(name, zeros, 1, sample.columns[places[name]]) for name in slopes]
    effects = [compressed("hospital", sample.unit), compressed("period", sample.time)]
    effects += [compressed(name, codes) for name, codes in zip(absorb, _levels(sample, absorb), strict=True)]
    weight = np.ones(sample.n_obs) if sample.weights is None else np.asarray(sample.weights)
    fit = fit_cells(effects, regressors, weight, sample.outcome)
    codes, facts = sample.clusters()
    blocks = {name: compressed(name, code) for name, code in codes.items()}
    parameters = {name: cluster_parameters(fit, tuple(effects), weight, b) for name, b in blocks.items()}
    influence = cluster_influence(fit, weight, blocks)
    block = _block(sample, fit, terms, column, influence, max(parameters.values()))
    result = join_blocks(sample, [block], facts, estimand, "t")
    factors = {name: np.full(len(column), cr1_factor(sample.n_obs, k)) for name, k in parameters.items()}
    ones = np.ones(sample.n_obs)
    rows, _ = row_errors(fit, ones, None if sample.weights is None else weight, np.zeros(sample.n_obs))
    shown = _shown(rows, column, np.r_[fit.determined, False][column])
    return replace(result, n_parameters=parameters, cr1_factor=factors, row_errors=shown)


def _check(sample: Sample, absorb: Sequence[str]) -> None:
    problems = []
    for name in absorb:
        if name not in sample.covariate_names:
            hint = nearest(str(name), sample.covariate_names)
            problems.append(Problem("option absorb", f"{name!r} is not a covariate of the estimate", hint))
            continue
        values = sample.columns[sample.covariate_names.index(name)]
        if (values != np.floor(values)).any():
            todo = "number its levels, for example with pandas.factorize"
            problems.append(Problem("option absorb", f"{name!r} does not number categories", todo))
    if problems:
        raise DesignError("estimate", problems)


def _levels(sample: Sample, absorb: Sequence[str]) -> list[np.ndarray]:
    columns = [sample.columns[sample.covariate_names.index(name)] for name in absorb]
    return [np.unique(column, return_inverse=True)[1] for column in columns]


def _block(
    sample: Sample,
    fit: CellFit,
    terms: Rows,
    column: np.ndarray,
    influence: dict[str, np.ndarray],
    n_parameters: int,
) -> Block:
    determined = np.r_[fit.determined, False][column]
    params = np.where(determined, np.r_[fit.coefficients, 0.0][column], np.nan)
    params[column < 0] = 0.0
    scale = residual_scale(fit.residuals, sample.outcome, sample.weights)
    size = np.where(determined, np.r_[np.diag(fit.bread), 0.0][column], np.nan)
    return Block(
        note_undetermined(terms, determined | (column < 0)),
        params,
        {
            name: np.where(determined, np.pad(values, ((0, 0), (0, 1)))[:, column], np.nan)
            for name, values in influence.items()
        },
        np.ones(len(column)),
        FLOOR * scale * np.sqrt(size),
        n_parameters,
    )


def _shown(rows: RowErrors, column: np.ndarray, determined: np.ndarray) -> RowErrors:
    """Errors by row of the terms shown; NaN where a term has none."""
    known = np.outer(determined, determined)
    whole = [np.pad(matrix, ((0, 1), (0, 1)))[np.ix_(column, column)] for matrix in (rows.iid, rows.hetero)]
    iid, hetero = (np.where(known, matrix, np.nan) for matrix in whole)
    return RowErrors(iid, hetero, rows.n_obs, rows.n_parameters)
