"""Effects by dose as the terms of an estimate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dipeval.estimate.dose.averages import Averages
from dipeval.estimate.lone_cohorts import warn_of_lone_cohorts
from dipeval.estimate.regression import FLOOR
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import (
    Rows,
    event_term,
    frame_of,
    group_facts,
    of_whole_sample,
    repeated,
    stack,
    term_rows,
)
from dipeval.results import Estimate

ESTIMAND = (
    "effects by cohort and period against hospitals not treated (yet), by dose: level (ATT at a dose on those who have "
    "it) and slope (effect of a little more), averaged over cohorts and periods, and over the doses of the treated"
)
LEVEL = "average effect on the treated, over their doses"
SLOPE = "average slope of the effect in the dose, over the doses of the treated; causal under strong parallel trends"
AT_DOSE = "average effect at this dose on the treated that have it"
SLOPE_AT_DOSE = "slope of the effect at this dose; causal under strong parallel trends"


def dose_estimate(
    sample: Sample, found: Averages, doses: np.ndarray, why_not: Mapping[tuple[float, int], str]
) -> Estimate:
    """Put averages into an estimate.

    Parameters
    ----------
    sample : Sample
    found : Averages
    doses : numpy.ndarray, shape (D,)
    why_not : mapping of (float, int) to str
        By cohort and event time: why there is no comparison.
    """
    rows = _rows(sample, found, doses, why_not)
    terms = frame_of(rows)
    facts = warn_of_lone_cohorts(sample)
    spread = float(np.abs(sample.outcome).max()) * FLOOR**2
    lost = sorted({text for (_, event), text in why_not.items() if event >= 0})
    warnings = tuple(f"a cohort and period is left out: {text}" for text in lost)
    return Estimate(
        estimator=PART,
        study="",
        outcome="",
        estimand=ESTIMAND,
        terms=terms,
        params=pd.Series(found.values, index=pd.Index(terms["term"].array), name="estimate"),
        influence=found.influence,
        clusters=facts,
        n_obs=sample.n_obs,
        n_hospitals=sample.n_hospitals,
        n_parameters=dict.fromkeys(facts, 0),
        cr1_factor={name: np.ones(len(terms)) for name in facts},
        cr0_distribution="normal",
        error_floor=np.where(np.isfinite(found.values), spread, np.nan),
        outcome_mean=sample.outcome_mean,
        warnings=(*sample.warnings, *warnings),
        ledger=sample.ledger,
    )


PART = "dose_response"


def _rows(
    sample: Sample, found: Averages, doses: np.ndarray, why_not: Mapping[tuple[float, int], str]
) -> Rows:
    """Terms with what stands behind them: treated hospital-periods of the cells."""
    n, events = len(doses), found.event_times
    after = _group(sample, found, range(2))
    facts = group_facts(sample, after, 1)
    whole = of_whole_sample(facts, sample)
    cohorts = {c.cohort for c in found.cells[0]}
    notes = [_partial(cohorts, {c.cohort for c in found.cells[2 + k]}) for k in range(n)]
    timed = group_facts(sample, _by_event(sample, found), len(events))
    kinds = ["lead" if e < -sample.design.anticipation else "event_time" for e in events]
    reference = [""] * len(events)
    return stack(
        term_rows("overall", whole, term=["att"], estimand=[LEVEL]),
        term_rows("dose", whole, term=["acrt"], estimand=[SLOPE]),
        term_rows(
            "dose",
            repeated(facts, n),
            term=[f"att({d:.6g})" for d in doses],
            note=notes,
            estimand=[AT_DOSE] * n,
        ),
        term_rows(
            "dose",
            repeated(facts, n),
            term=[f"acrt({d:.6g})" for d in doses],
            note=notes,
            estimand=[SLOPE_AT_DOSE] * n,
        ),
        term_rows(
            kinds, timed, term=map(event_term, events), event_time=events.astype(float), note=reference
        ),
        term_rows(
            "dose",
            timed,
            term=[f"acrt,{event_term(e)}" for e in events],
            event_time=events.astype(float),
            note=reference,
            estimand=[SLOPE] * len(events),
        ),
    )


def _partial(everyone: set[float], some: set[float]) -> str:
    if not some:
        return "not identified: no cohort has doses on both sides"
    if some == everyone:
        return ""
    return f"{len(some)} of {len(everyone)} cohorts reach this dose"


def _group(sample: Sample, found: Averages, places: range) -> np.ndarray:
    """0 for rows of the cells behind some averages, else -1, (n,)."""
    wanted = {(c.cohort, c.time) for place in places for c in found.cells[place]}
    return np.where(_inside(sample, wanted), 0, -1)


def _inside(sample: Sample, wanted: set[tuple[float, int]]) -> np.ndarray:
    inside = np.zeros(sample.n_obs, bool)
    for cohort, time in sorted(wanted):
        inside |= (sample.cohort == cohort) & (sample.time == time)
    return inside


def _by_event(sample: Sample, found: Averages) -> np.ndarray:
    """Place of each treated row's event time (n,), -1 for none."""
    cells = {(c.cohort, c.time) for chosen in found.cells for c in chosen}
    inside = _inside(sample, cells)
    events, event = found.event_times, np.where(inside, sample.event_time, np.nan)
    at = np.searchsorted(events, event)
    return np.where(np.r_[events, np.nan][np.minimum(at, len(events))] == event, at, -1)
