"""The reformed city as one series, alone or beside a control, as an `Estimate` with its own errors.

A segmented regression of the mean over the city's hospitals (Bernal, Cummins & Gasparrini 2017, *International Journal
of Epidemiology* 46), with the errors of Newey & West (1987): what all hospitals of the city share in a month, and what
lasts from month to month, is in them. With a control the series of differences is fitted (Lopez Bernal, Cummins &
Gasparrini 2018, the same journal 47).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.describe.side_by_side.variant import city_of_units
from dipeval.design import PanelDesign
from dipeval.design.calendar import MONTH, QUARTER, period_code, period_frequency
from dipeval.errors import DesignError, Problem
from dipeval.estimate.estimands import OWN_PAST
from dipeval.estimate.interrupted.fit import SeriesFit, fit_series
from dipeval.estimate.interrupted.segments import Interruption, Season, Segments, segments
from dipeval.estimate.own_past import SLOPE, STEP, TREND
from dipeval.estimate.sample import Sample, make_sample
from dipeval.estimate.terms import event_term, frame_of, group_facts, stack, term_rows
from dipeval.estimate.threads import one_thread
from dipeval.results import Estimate
from dipeval.results.inference import Inference
from dipeval.results.student import critical_value, two_sided_p

PLACE = "series"
SEASONS = {MONTH: 12, QUARTER: 4}
CHANGES = "hospitals of the city come or go within the series, so its mean changes by whom it is of"


def one_series(
    design: PanelDesign, values: np.ndarray, outcome: str, *, controlled: bool = False
) -> Estimate:
    """Fit the series of the one reformed city of a design.

    Parameters
    ----------
    design : PanelDesign
        Of `variant_design`, whose hospitals bear their city.
    values : numpy.ndarray, shape (design.n_rows_in,)
    outcome : str
    controlled : bool
        Whether the mean over hospitals that stay unreformed is taken off.

    Returns
    -------
    Estimate
        Terms ``att`` (mean of level + slope x event time over the periods after, by the weights of their rows),
        ``step``, ``slope``, ``trend`` and ``event_time=e`` from 0 on; inferred, without influence by cluster. One
        pair of harmonics where two whole years lie before the reform.

    Raises
    ------
    DesignError
        Several reformed cities or dates, gaps, nobody to compare with, fewer periods than terms.

    Notes
    -----
    A series is the mean over hospitals by the design's weights, with discharges the city's sums. O(n + T k²).
    """
    sample = make_sample(design, values, None, outcome, f"{outcome}/one_series")
    mine = _mine(sample)
    start = int(sample.first_treated[np.isfinite(sample.first_treated)].min())
    n, part = len(design.period_labels), sample.where(mine)
    series, weight = _means(part, n, "series of the reformed city")
    further = _means_of_columns(part, n)
    if controlled:
        others = sample.where(~mine)
        if not others.n_obs:
            todo = "bring in cities without the reform"
            raise DesignError("estimate", [Problem("control", "no hospital stays without the reform", todo)])
        series = series - _means(others, n, "series of the control")[0]
        further = {name: own - _means_of_columns(others, n)[name] for name, own in further.items()}
    further = {name: column for name, column in further.items() if np.ptp(column) > 0}
    laid = segments(
        n, [Interruption(start, name=design.period_labels[start])], _season(design, start), further
    )
    with one_thread():
        fit = fit_series(series, laid)
    return _estimate(part, fit, start, weight, outcome)


def at_level(estimate: Estimate, level: float) -> Estimate:
    """The same errors with intervals of another level."""
    ends = estimate.conf_int(level)
    bounds = {"conf_low": ends["lower"].to_numpy(), "conf_high": ends["upper"].to_numpy()}
    return replace(estimate, inference=replace(estimate.inference, level=level, **bounds))


def _mine(sample: Sample) -> np.ndarray:
    """Rows (n,) of the one city that is reformed within the periods."""
    cities = city_of_units(sample.design)
    cities = cities if sample.units is None else cities[sample.units]
    reformed = np.isfinite(sample.first_treated) & (sample.first_treated <= sample.layout.time.max())
    named = sorted(set(cities[reformed]))
    dates = np.unique(sample.first_treated[reformed])
    if len(named) > 1:
        todo = "leave the others out of the design"
        what = f"series are of one city each, and {len(named)} are reformed"
        raise DesignError("estimate", [Problem(PLACE, what, todo, tuple(named[:5]))])
    if len(dates) != 1:
        what = "has no reform in these periods" if not len(dates) else "has several dates in one city"
        raise DesignError("estimate", [Problem(PLACE, what, "choose other periods or cities")])
    return sample.layout.spread(reformed)


def _means(part: Sample, n: int, whose: str) -> tuple[np.ndarray, np.ndarray]:
    """Weighted means by period (n,) and the weight behind each."""
    weights = np.ones(part.n_obs) if part.weights is None else part.weights
    weight = np.bincount(part.layout.time, weights, n)
    empty = np.flatnonzero(weight == 0)
    if len(empty):
        labels = tuple(part.design.period_labels[t] for t in empty[:5])
        problem = Problem(whose, "has gaps", "shorten the window", labels, len(empty))
        raise DesignError("estimate", [problem])
    return np.bincount(part.layout.time, weights * part.outcome, n) / weight, weight


def _means_of_columns(part: Sample, n: int) -> dict[str, np.ndarray]:
    """Weighted means of the design's covariates by period (n,), by name."""
    weights = np.ones(part.n_obs) if part.weights is None else part.weights
    weight = np.bincount(part.layout.time, weights, n)
    return {
        name: np.bincount(part.layout.time, weights * column, n) / weight
        for name, column in zip(part.covariate_names, part.columns, strict=True)
    }


def _season(design: PanelDesign, start: int) -> Season:
    first = design.period_labels[0]
    length = SEASONS.get(period_frequency(first), 0)
    if not length or start < 2 * length:
        return Season()
    return Season("harmonics", length, 1, period_code(first) % length)


def _estimate(part: Sample, fit: SeriesFit, start: int, weight: np.ndarray, outcome: str) -> Estimate:
    rows, at = _terms(part, fit.segments, start, weight)
    terms = frame_of(rows)
    params = at @ fit.params
    cov = at @ fit.cov @ at.T
    error = np.sqrt(np.maximum(np.diag(cov), 0.0))
    error[~(error > 0)] = np.nan
    reach = critical_value(0.95, fit.degrees) * error
    inference = Inference(
        method=fit.method,
        rule=f"Newey–West: {fit.rule}",
        label=f"Newey–West, {fit.rule.replace(', factor n/(n-k);', ',')}",
        cluster="",
        small_sample="",
        df=float(fit.degrees),
        level=0.95,
        cov=cov,
        std_error=error,
        p_value=two_sided_p(params / error, fit.degrees),
        conf_low=params - reach,
        conf_high=params + reach,
        notes=("",) * len(params),
        n_clusters=0,
        n_treated_clusters=0,
    )
    whole = (np.bincount(part.layout.time, minlength=len(weight)) == part.n_hospitals).all()
    return Estimate(
        estimator="interrupted_series",
        study="",
        outcome=outcome,
        estimand=OWN_PAST,
        terms=terms,
        params=pd.Series(params, index=pd.Index(terms["term"].array), name="estimate"),
        influence={},
        clusters={},
        n_obs=part.n_obs,
        n_hospitals=part.n_hospitals,
        n_parameters={},
        cr1_factor={},
        cr0_distribution="t",
        error_floor=np.zeros(len(params)),
        outcome_mean=part.outcome_mean,
        warnings=part.warnings if whole else (*part.warnings, CHANGES),
        ledger=part.ledger,
        inference=inference,
    )


def _terms(
    part: Sample, laid: Segments, start: int, weight: np.ndarray
) -> tuple[dict[str, object], np.ndarray]:
    """Rows of the terms, and the combination (K, k) of coefficients that each of them is."""
    moved = laid.columns - laid.counterfactual
    after = np.arange(len(moved)) >= start
    anticipated = part.design.anticipation
    times = np.flatnonzero(after)
    shown = times[times - start - anticipated <= part.design.event_window[1]]
    pick = {
        name: np.array([name == other for other in laid.names], float) for name in ("level", "slope", "trend")
    }
    mean = np.average(moved[after], axis=0, weights=weight[after])
    treated = group_facts(part, np.where(part.layout.time >= start, 0, -1), 1)
    every = group_facts(part, np.zeros(part.n_obs, np.int64), 1)
    parts = [term_rows("overall", treated, term=["att"])]
    for name, words in (("step", STEP), ("slope", SLOPE), ("trend", TREND)):
        parts.append({**term_rows("comparison", every, term=[name]), "estimand": [words]})
    place = np.where(np.isin(part.layout.time, shown), part.layout.time - start, -1)
    event = shown - start - anticipated
    by_time = group_facts(part, place, len(shown))
    parts.append(term_rows("event_time", by_time, term=[event_term(e) for e in event], event_time=event))
    return stack(*parts), np.vstack([mean, *pick.values(), moved[shown]])
