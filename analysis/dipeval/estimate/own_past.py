"""The reformed hospitals against their own past: means before and after, or a trend with a step and a new slope.

The simplest interrupted time series (Wagner et al. 2002, *J Clin Pharm Ther* 27, eq. 1; Bernal, Cummins & Gasparrini
2017, *Int J Epidemiol* 46): ordinary least squares with the level of each hospital held fixed. Hospitals that are not
reformed play no part, so what else happened at the time of the reform is part of the effect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.design.calendar import MONTH, QUARTER, period_code, period_frequency
from dipeval.errors import DesignError, Problem
from dipeval.estimate.estimands import OWN_PAST
from dipeval.estimate.least_squares import generalised_inverse
from dipeval.estimate.regression import (
    FLOOR,
    Block,
    cr1_factor,
    join_blocks,
    note_undetermined,
    residual_scale,
)
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import Rows, event_term, group_facts, stack, term_rows
from dipeval.estimate.unit_sums import centre_by_unit
from dipeval.results import Estimate

SEASONS = {MONTH: 12, QUARTER: 4}
STEP = "step in the first period, against the trend before"
SLOPE = "change of the slope, a period"
TREND = "slope before, a period"


@dataclass(frozen=True)
class OwnFit:
    """A fitted regression of p columns on n rows; `multiplier` (n, p) times the outcome are the coefficients."""

    coefficients: np.ndarray
    multiplier: np.ndarray
    residuals: np.ndarray
    variance: np.ndarray
    determined: np.ndarray
    rank: int


def own_past(sample: Sample, *, trend: bool = True) -> Estimate:
    """Compare reformed hospitals with their own past.

    Parameters
    ----------
    sample : Sample
        Hospitals that are not reformed in its periods are left out, with an entry in the ledger.
    trend : bool
        Whether there is a linear trend before, with a step and another slope after; else the means before and
        after are compared. Calendar months (quarters) have effects of their own where the trend has two whole
        years before the first reform.

    Returns
    -------
    Estimate
        With trend: terms ``att`` (mean over the treated hospital-periods of step + slope × event time), ``step``,
        ``slope``, ``trend`` and ``event_time=e`` from 0 on. Without: ``att`` alone. Equals
        ``feols(y ~ t + after + e:after | unit)``.

    Raises
    ------
    DesignError
        No hospital is seen before and after its reform.

    Notes
    -----
    O(n p²) for p columns. Errors are those of `infer`; a shock that all hospitals of one city share in a month is
    not in errors by hospital.
    """
    mine = _reformed(sample)
    columns, names = _columns(mine, trend)
    fit = _fit(mine, columns)
    return join_blocks(mine, [_block(mine, fit, names, trend)], mine.unit_clusters()[1], OWN_PAST, "t")


def _reformed(sample: Sample) -> Sample:
    layout = sample.layout
    both = (layout.first < sample.first_treated) & (layout.last >= sample.first_treated)
    if not both.any():
        todo = "begin the window before the reform and end it after"
        what = "no hospital is seen before and after its reform"
        raise DesignError("estimate", [Problem(sample.part, what, todo)])
    note = "not reformed in these periods, or not seen before and after"
    return sample.drop(~layout.spread(both), "own_past_alone", note)


def _columns(sample: Sample, trend: bool) -> tuple[list[np.ndarray], list[str]]:
    """Regressors (n,), and the names of those that terms are about; covariates and seasons follow these."""
    after = sample.treated.astype(float)
    if not trend:
        return [after, *sample.columns], ["step"]
    named = [after, after * sample.event_time, sample.time.astype(float)]
    return [*named, *sample.columns, *_seasons(sample)], ["step", "slope", "trend"]


def _seasons(sample: Sample) -> list[np.ndarray]:
    """Indicators of calendar months or quarters but the first, where two whole years lie before the first reform."""
    first = sample.design.period_labels[0]
    length = SEASONS.get(period_frequency(first), 0)
    if not length or sample.first_treated.min() < 2 * length:
        return []
    season = (period_code(first) + sample.time) % length
    return [(season == s).astype(float) for s in range(1, length)]


def _fit(sample: Sample, columns: list[np.ndarray]) -> OwnFit:
    layout, weights = sample.layout, sample.weights
    by_row = np.ones(sample.n_obs) if weights is None else weights
    size = np.add.reduceat(by_row, layout.starts[:-1])
    inside = np.column_stack([centre_by_unit(layout, column, weights, size) for column in columns])
    outcome = centre_by_unit(layout, sample.outcome, weights, size)
    weighted = inside * by_row[:, None]
    variation = np.array([(by_row * column**2).sum() for column in columns])
    inverse, determined, rank = generalised_inverse(weighted.T @ inside, variation)
    multiplier = weighted @ inverse
    coefficients = multiplier.T @ outcome
    residuals = outcome - inside @ coefficients
    return OwnFit(coefficients, multiplier, residuals, np.diag(inverse), determined, rank)


def _block(sample: Sample, fit: OwnFit, names: list[str], trend: bool) -> Block:
    rows, at = _terms(sample, names, len(fit.coefficients), trend)
    known = (fit.determined[:, None] | (at == 0)).all(0)
    params = np.where(known, at.T @ fit.coefficients, np.nan)
    scores = np.where(known, fit.multiplier @ at, np.nan) * fit.residuals[:, None]
    codes, facts = sample.clusters()
    influence = {}
    for name, code in codes.items():
        influence[name] = np.zeros((facts[name].n, scores.shape[1]))
        np.add.at(influence[name], code, scores)
    n_parameters = fit.rank + 1
    scale = residual_scale(fit.residuals, sample.outcome, sample.weights)
    return Block(
        note_undetermined(rows, known),
        params,
        influence,
        np.full(len(params), cr1_factor(sample.n_obs, n_parameters)),
        FLOOR * scale * np.sqrt(np.maximum((at**2 * fit.variance[:, None]).sum(0), 0)),
        n_parameters,
    )


def _terms(sample: Sample, names: list[str], p: int, trend: bool) -> tuple[Rows, np.ndarray]:
    """Rows of the terms, and the combination (p, K) of coefficients that each of them is."""
    whole = group_facts(sample, np.where(sample.treated, 0, -1), 1)
    weights = sample.weights[sample.treated] if sample.weights is not None else None
    mean = np.zeros((p, 1))
    mean[0] = 1.0
    rows = term_rows("overall", whole, term=["att"])
    if not trend:
        return rows, mean
    mean[1] = np.average(sample.event_time[sample.treated], weights=weights)
    first, last = sample.design.event_window
    seen = np.unique(sample.event_time[sample.treated])
    shown = seen[(seen >= min(0, first)) & (seen <= last)]
    every = group_facts(sample, np.zeros(sample.n_obs, np.int64), 1)
    parts = [rows]
    for name, words in zip(names, (STEP, SLOPE, TREND), strict=True):
        parts.append({**term_rows("comparison", every, term=[name]), "estimand": [words]})
    place = np.searchsorted(shown, sample.event_time)
    inside = sample.treated & np.isin(sample.event_time, shown)
    by_time = group_facts(sample, np.where(inside, place, -1), len(shown))
    parts.append(term_rows("event_time", by_time, term=[event_term(e) for e in shown], event_time=shown))
    path = np.zeros((p, len(shown)))
    path[0], path[1] = 1.0, shown
    return stack(*parts), np.hstack([mean, np.eye(p)[:, :3], path])
