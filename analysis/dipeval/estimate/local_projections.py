"""Local projections difference in differences.

Dube, Girardi, Jordà & Taylor (2023), NBER working paper 31184 (*Journal of Applied Econometrics* 2025): a
regression of long differences for each event time, hospitals at their reform against hospitals untreated
through that event time, with an effect for each date. Nobody who is treated already serves as a control.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.date_regression import (
    VARIANCE,
    WEIGHTINGS,
    DateFit,
    DateScores,
    fit_horizons,
)
from dipeval.estimate.estimands import PROJECTED
from dipeval.estimate.long_differences import Dates, Horizon, arrange_dates
from dipeval.estimate.option_words import (
    one_word_problems,
    refuse,
    shown_event_times,
    word_problems,
)
from dipeval.estimate.regression import FLOOR, Block, cr1_factor, join_blocks
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import Rows, event_term, group_facts, of_whole_sample, stack, term_rows
from dipeval.estimate.unit_sums import dot
from dipeval.results import Estimate

AGGREGATES = ("overall", "event_time")
REFERENCE, MEAN = BASES = ("reference", "mean")
REFERENCE_NOTE = "reference period"


def local_projections(
    sample: Sample,
    *,
    weighting: str = VARIANCE,
    base: str = REFERENCE,
    base_periods: int | None = None,
    aggregate: Sequence[str] = AGGREGATES,
    horizons: Sequence[int] | str | None = None,
) -> Estimate:
    """Local projections difference in differences of Dube, Girardi, Jordà & Taylor.

    Parameters
    ----------
    sample : Sample
        With comparison ``not_yet_treated`` clean controls at event time h of a reform at t are untreated,
        anticipation included, through t + max(h, 0); with ``never_treated`` those never treated. Weights and
        covariates are those of the reference period before each date.
    weighting : {"variance", "equal"}
        How dates are weighed: by least squares, or so that each treated hospital counts alike.
    base : {"reference", "mean"}
        Level before the reform: the outcome at the reference event time, or a mean of outcomes up to it
        (premean-differenced). With the mean there is no reference row.
    base_periods : int, optional
        Periods of that mean, all of which must be observed; None: all that are observed.
    aggregate : sequence of {"overall", "event_time"}
    horizons : sequence of int, "all" or None
        Event times; None: the event window.

    Returns
    -------
    Estimate
        Terms ``att``, the pooled effect: mean outcome over the event times from 0 on against the base; and
        ``event_time=e``. Without covariates ``weighting="equal"`` equals the averages by event time of
        `group_time` against not yet treated hospitals, with a universal base period.

    Raises
    ------
    DesignError
        An option is not of its form; rows are no panel.

    Notes
    -----
    O(H n p²) for H event times in blocks of hospitals; nothing is stacked.
    """
    wanted = _checked(sample, weighting, base, base_periods, aggregate, horizons)
    dates = arrange_dates(sample, 1 if base == REFERENCE else base_periods)
    reference = sample.design.reference if base == REFERENCE else None
    shown = wanted[wanted != reference] if "event_time" in aggregate else wanted[:0]
    pooled = _pooled(dates, wanted) if "overall" in aggregate else []
    asked = [*pooled, *(Horizon(int(h), int(h)) for h in shown)]
    fits, scores = fit_horizons(dates, asked, weighting)
    terms = _rows(dates, pooled, wanted if "event_time" in aggregate else shown, reference, fits, scores)
    block = _block(sample, terms, fits, scores)
    return join_blocks(sample, [block], sample.unit_clusters()[1], PROJECTED, "t")


def _checked(
    sample: Sample,
    weighting: str,
    base: str,
    base_periods: int | None,
    aggregate: Sequence[str],
    horizons: Sequence[int] | str | None,
) -> np.ndarray:
    """Event times that are wanted, or all problems at once."""
    problems = one_word_problems("weighting", weighting, WEIGHTINGS) + one_word_problems("base", base, BASES)
    problems += word_problems("aggregate", aggregate, AGGREGATES)
    if base_periods is not None and (base == REFERENCE or not _is_count(base_periods)):
        todo = 'write base = "mean" and the number of periods, at least 1'
        problems.append(Problem("option base_periods", "is not of its form", todo, (repr(base_periods),)))
    if sample.design.sampling != "panel":
        todo = "follow hospitals over time, or take another estimator"
        problems.append(Problem("sampling", "long differences need a panel", todo))
    known = np.isfinite(sample.event_time)
    seen = np.unique(sample.event_time[known]).astype(np.int64)
    wanted = shown_event_times(horizons, sample.design.event_window, seen, problems)
    refuse(problems)
    return wanted


def _is_count(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= 1


def _pooled(dates: Dates, wanted: np.ndarray) -> list[Horizon]:
    """The event times from 0 on that the calendar and clean controls allow for some cohort.

    Raises
    ------
    DesignError
        None is wanted.
    """
    if not (wanted >= 0).any():
        todo = "ask for event times from 0 on, or leave overall out of aggregate"
        raise DesignError("estimate", [Problem("option horizons", "has none from the reform on", todo)])
    last = int(wanted.max())
    while last > 0:
        end = dates.span(Horizon(0, last))[1]
        clean = dates.clean(Horizon(0, last)).any(0)
        reformed = dates.cohorts[(dates.cohorts >= 0) & (dates.cohorts < end)].astype(np.int64)
        if clean[reformed].any():
            break
        last -= 1
    return [Horizon(0, last)]


def _block(sample: Sample, terms: Rows, fits: Sequence[DateFit], scores: Sequence[DateScores]) -> Block:
    """Values, influence by cluster and floors; references stand between the others."""
    reference = np.asarray(terms["is_reference"], bool)
    at = np.flatnonzero(~reference)
    n_terms = len(reference)
    size = np.sqrt(dot(sample.outcome, sample.outcome) / sample.n_obs)
    params, factor = np.zeros(n_terms), np.ones(n_terms)
    floor, by_unit = np.full(n_terms, np.nan), np.full((sample.layout.n_units, n_terms), np.nan)
    for k, fit, score in zip(at, fits, scores, strict=True):
        params[k] = fit.value
        if fit.why_not:
            continue
        by_unit[:, k] = score.influence
        factor[k] = cr1_factor(fit.n_rows, fit.n_parameters) if fit.n_parameters else 1.0
        spread = np.sqrt(score.squares / fit.weight)
        floor[k] = FLOOR * max(spread, FLOOR * size) * np.sqrt(fit.variance)
    codes, facts = sample.unit_clusters()
    influence = {
        name: np.stack([np.bincount(codes[name], column, fact.n) for column in by_unit.T], axis=1)
        for name, fact in facts.items()
    }
    most = max((fit.n_parameters for fit in fits), default=0)
    return Block(terms, params, influence, factor, floor, most)


def _rows(
    dates: Dates,
    pooled: Sequence[Horizon],
    shown: np.ndarray,
    reference: int | None,
    fits: Sequence[DateFit],
    scores: Sequence[DateScores],
) -> Rows:
    """Rows of all terms, with the treated hospital-periods that stand behind them."""
    sample, parts = dates.sample, []
    for horizon, fit, score in zip(pooled, fits, scores, strict=False):
        inside = sample.layout.spread(score.behind) & (sample.event_time >= 0)
        inside &= sample.event_time <= horizon.last
        facts = of_whole_sample(group_facts(sample, np.where(inside, 0, -1), 1), sample)
        note = fit.why_not or f"mean over event times 0 to {horizon.last}" + _lost(dates, score, "; ")
        parts.append(term_rows("overall", facts, term=["att"], note=note))
    if len(shown):
        parts.append(_event_rows(dates, shown, reference, fits[len(pooled) :], scores[len(pooled) :]))
    return stack(*parts)


def _event_rows(
    dates: Dates,
    shown: np.ndarray,
    reference: int | None,
    fits: Sequence[DateFit],
    scores: Sequence[DateScores],
) -> Rows:
    sample, is_reference = dates.sample, shown == reference
    behind = np.zeros((sample.layout.n_units, len(shown)), bool)
    behind[:, ~is_reference] = np.stack([score.behind for score in scores], axis=1) if scores else False
    behind[:, is_reference] = behind.any(1)[:, None]
    place = np.searchsorted(shown, sample.event_time)
    inside = np.r_[shown, np.iinfo(np.int64).max][place] == sample.event_time
    place = np.where(inside, place, 0)
    inside &= behind[sample.layout.unit, place]
    facts = group_facts(sample, np.where(inside, place, -1), len(shown))
    notes, found = [], iter(zip(fits, scores, strict=True))
    for is_ref in is_reference:
        if is_ref:
            notes.append(REFERENCE_NOTE)
            continue
        fit, score = next(found)
        notes.append(fit.why_not or _lost(dates, score, ""))
    kinds = ["lead" if e < -sample.design.anticipation else "event_time" for e in shown]
    return term_rows(
        kinds,
        facts,
        term=[event_term(e) for e in shown],
        event_time=shown.astype(float).tolist(),
        note=notes,
        is_reference=is_reference,
    )


def _lost(dates: Dates, score: DateScores, before: str) -> str:
    """Name the reformed cohorts that an effect does not hold."""
    reformed = dates.sample.layout.last >= dates.sample.first_treated
    every = np.unique(dates.unit_cohort[reformed])
    held = np.unique(dates.unit_cohort[score.behind])
    lost = [dates.sample.design.cohort_label(dates.cohorts[c]) for c in np.setdiff1d(every, held)]
    return f"{before}without the cohorts {', '.join(lost)}" if lost else ""
