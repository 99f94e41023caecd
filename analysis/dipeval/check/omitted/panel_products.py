"""From a design and an outcome to the products of a two-way regression net of its fixed effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from dipeval.check.omitted.partialled import FIRST_COVARIATE, OUTCOME, TREATMENT, Partialled, independent
from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate.absorbed import without_single_levels
from dipeval.estimate.case_blocks import compressed
from dipeval.estimate.case_fit import effects_rank, fit_cells
from dipeval.estimate.projector import fit_projector
from dipeval.estimate.sample import Sample, make_sample
from dipeval.estimate.unit_sums import UnitSums, dot


def partial_out(
    design: PanelDesign,
    values: np.ndarray,
    covariates: Sequence[str] | None = None,
    *,
    cluster: str,
    absorb: Sequence[str] = (),
    outcome: str = "y",
) -> Partialled:
    """Take hospital, period and absorbed effects out of outcome, treatment and covariates.

    Parameters
    ----------
    design : PanelDesign
    values : numpy.ndarray, shape (design.n_rows_in,)
        The outcome in the order of the frame; NaN where missing.
    covariates : sequence of str, optional
        Names among the design's covariates; default all.
    cluster : str
        A clustering variable of the design.
    absorb : sequence of str
        Those of the covariates that number the levels of further effects, as in `dipeval.estimate.twfe`.
    outcome : str
        For messages.

    Returns
    -------
    Partialled
        Of the rows, and with the coefficients, of `dipeval.estimate.twfe`.

    Raises
    ------
    DesignError
        As in `dipeval.estimate.estimate`; treatment does not vary beside fixed effects.

    Notes
    -----
    O(n p² + N T²); with further effects as in `dipeval.estimate.absorbed`, for each column.
    """
    sample = make_sample(design, values, covariates, outcome, outcome)
    sample = without_single_levels(sample, absorb)
    names = tuple(name for name in sample.covariate_names if name not in absorb)
    places = [sample.covariate_names.index(name) for name in names]
    columns = [sample.outcome, sample.treated.astype(float), *(sample.columns[k] for k in places)]
    net, n_effects = _fixed_effects(sample, absorb)
    left = [net(column) for column in columns]
    raw = np.array([dot(_weighed(sample, c), c) for c in map(partial(_centred, sample), columns)])
    by_cluster = _products(sample, left, cluster)
    squares = _products(sample, [_centred(sample, sample.outcome)], cluster)[:, 0, 0]
    whole = Partialled(names, by_cluster, squares, sample.n_obs, n_effects)
    return _independent_only(whole, raw)


def _fixed_effects(sample: Sample, absorb: Sequence[str]) -> tuple[Callable[[np.ndarray], np.ndarray], int]:
    """What takes fixed effects out of a column, and their number."""
    if not absorb:
        projector = fit_projector(
            sample.unit, sample.time, sample.weights, sample.design.n_units, sample.design.n_periods
        )
        rank = len(projector.units) + projector.n_periods_seen - projector.n_components
        return projector.residuals, rank
    levels = [sample.columns[sample.covariate_names.index(name)] for name in absorb]
    further = [np.unique(column, return_inverse=True)[1] for column in levels]
    named = zip(("hospital", "period", *absorb), (sample.unit, sample.time, *further), strict=True)
    effects = [compressed(name, codes) for name, codes in named]
    weight = np.ones(sample.n_obs) if sample.weights is None else np.asarray(sample.weights)
    return lambda column: fit_cells(effects, [], weight, column).residuals, effects_rank(effects, weight)


def _centred(sample: Sample, column: np.ndarray) -> np.ndarray:
    return column - np.average(column, weights=sample.weights)


def _weighed(sample: Sample, column: np.ndarray) -> np.ndarray:
    return column if sample.weights is None else sample.weights * column


def _products(sample: Sample, columns: Sequence[np.ndarray], cluster: str) -> np.ndarray:
    codes, facts = sample.unit_clusters()
    sums = UnitSums(sample.layout, codes[cluster], facts[cluster].n, sample.design.n_periods)
    found = np.empty((facts[cluster].n, len(columns), len(columns)))
    for j, left in enumerate(columns):
        weighted = _weighed(sample, left)
        for k, right in enumerate(columns[: j + 1]):
            found[:, j, k] = found[:, k, j] = sums.of_products(weighted, right)
    return found


def _independent_only(whole: Partialled, raw: np.ndarray) -> Partialled:
    """Without covariates that fixed effects and others explain; `raw` (2 + p,) are squares around the
    mean."""
    kept = independent(whole.products, raw, [*whole.places])
    if TREATMENT not in independent(whole.products, raw, [*kept, TREATMENT]):
        todo = "add hospitals that are treated at other times, or never, or take covariates away"
        what = "treatment does not vary beside fixed effects and covariates"
        raise DesignError("check", [Problem("design", what, todo)])
    places = [OUTCOME, TREATMENT, *kept]
    return replace(
        whole,
        covariates=tuple(whole.covariates[k - FIRST_COVARIATE] for k in kept),
        by_cluster=whole.by_cluster[np.ix_(range(len(whole.by_cluster)), places, places)],
        dropped=tuple(name for k, name in zip(whole.places, whole.covariates, strict=True) if k not in kept),
    )
