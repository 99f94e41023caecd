"""Imputation: effects as observed minus imputed untreated outcomes.

Borusyak, Jaravel & Spiess (2024), *Review of Economic Studies* 91(6): fit
``y_it = α_i + γ_t + x_it' δ`` on untreated rows, impute the treated ones, and average
``τ̂_it = y_it − ŷ_it(0)`` with the wanted weights. Unbiased under any pattern of effects.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.estimands import IMPUTED
from dipeval.estimate.imputation_errors import average_effects
from dipeval.estimate.imputation_fit import Imputed, impute
from dipeval.estimate.imputation_leads import choose_leads, lead_block
from dipeval.estimate.lone_cohorts import warn_of_lone_cohorts
from dipeval.estimate.regression import FLOOR, Block, join_blocks, residual_scale
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import event_term, group_facts, term_rows
from dipeval.estimate.twfe import NEVER_NOTE
from dipeval.results import Estimate

AGGREGATES = ("overall", "event_time", "cohort")
NOT_SEEN = "not identified: no treated hospital is observed here"
NOT_INFORMED = "not identified: a covariate takes values among the treated that the untreated do not inform"


def imputation(
    sample: Sample,
    *,
    aggregate: Sequence[str] = AGGREGATES,
    horizons: Sequence[int] | str | None = None,
    leads: Sequence[int] | int | None = None,
) -> Estimate:
    """Imputation estimator of Borusyak, Jaravel & Spiess.

    Parameters
    ----------
    sample : Sample
    aggregate : sequence of {"overall", "event_time", "cohort"}
        Which averages are reported. The overall and the cohort averages run over event times from 0
        on, whatever the horizons shown.
    horizons : sequence of int, "all" or None
        Event times shown; None: from the start of anticipation to the end of the event window.
    leads : sequence of int, int or None
        Event times of the pre-trend regression; an integer K means the K event times before
        treatment; None: those inside the event window; 0 or empty: none. All other untreated
        periods are the reference.

    Returns
    -------
    Estimate
        Terms ``att``; ``event_time=e``, with leads and their reference, in order; ``cohort=g``.
        Equals didimputation's ``did_imputation``; errors are equations (6) and (8)–(10) of the paper
        with the average effect by cohort × event time, not leave-out, summed by cluster.

    Raises
    ------
    DesignError
        An option is not of its form, or nothing can be imputed.

    Notes
    -----
    Weights of all averages follow from one T × T solve: O(n + N T (T + K)).
    """
    shown = _check_options(sample, aggregate, horizons)
    chosen = choose_leads(sample, leads) if "event_time" in aggregate else ()
    if sample.design.comparison == "never_treated":
        sample = sample.warn(NEVER_NOTE)
    imputed = impute(sample)
    codes, facts = imputed.sample.clusters()
    sizes = {name: fact.n for name, fact in facts.items()}
    blocks = []
    if "overall" in aggregate:
        blocks.append(_overall(imputed, codes, sizes))
    if chosen:
        blocks.append(lead_block(imputed, chosen, codes, sizes))
    if "event_time" in aggregate:
        blocks.append(_by_event_time(imputed, shown, codes, sizes))
    if "cohort" in aggregate:
        blocks.append(_by_cohort(imputed, codes, sizes))
    return join_blocks(imputed.sample, blocks, warn_of_lone_cohorts(imputed.sample), IMPUTED, "normal")


def _check_options(
    sample: Sample, aggregate: Sequence[str], horizons: Sequence[int] | str | None
) -> np.ndarray:
    """Check the option words and return the event times shown."""
    problems = []
    words = [aggregate] if isinstance(aggregate, str) else list(aggregate)
    for word in words:
        if word not in AGGREGATES:
            problems.append(
                Problem("option aggregate", f"{word!r} is unknown", nearest(str(word), AGGREGATES))
            )
    if not words:
        problems.append(
            Problem("option aggregate", "is empty", "name at least one of " + ", ".join(AGGREGATES))
        )
    start = -sample.design.anticipation
    treated = sample.event_time[sample.treated]
    if horizons is None:
        shown = np.arange(start, sample.design.event_window[1] + 1)
    elif isinstance(horizons, str) and horizons == "all":
        shown = np.arange(start, int(treated.max()) + 1) if treated.size else np.array([0])
    elif not isinstance(horizons, (str, int)) and all(isinstance(h, (int, np.integer)) for h in horizons):
        shown = np.unique(np.array(list(horizons), int))
    else:
        shown = np.empty(0, int)
    if not len(shown) or shown[0] < start:
        todo = f'give event times from {start} on, or "all"'
        problems.append(Problem("option horizons", "is not of its form", todo, (repr(horizons),)))
    if problems:
        raise DesignError("estimate", problems)
    return shown


def _overall(imputed: Imputed, codes: dict[str, np.ndarray], sizes: dict[str, int]) -> Block:
    group = _after_reform(imputed.everything, np.zeros(imputed.everything.n_obs, np.int64))
    block = _effects(imputed, "overall", group, 1, codes, sizes, term=["att"])
    whole = {"n_obs": imputed.sample.n_obs, "n_hospitals": imputed.sample.n_hospitals}
    return block.with_terms(block.terms.assign(**whole))


def _by_event_time(
    imputed: Imputed, shown: np.ndarray, codes: dict[str, np.ndarray], sizes: dict[str, int]
) -> Block:
    sample = imputed.everything
    at = np.searchsorted(shown, np.where(sample.treated, sample.event_time, -np.inf))
    found = sample.treated & (np.r_[shown, 0][at] == sample.event_time) & (at < len(shown))
    group = np.where(found, at, -1)
    labels = {"term": [event_term(e) for e in shown], "event_time": shown.astype(float)}
    return _effects(imputed, "event_time", group, len(shown), codes, sizes, **labels)


def _by_cohort(imputed: Imputed, codes: dict[str, np.ndarray], sizes: dict[str, int]) -> Block:
    sample = imputed.everything
    every = np.array(sample.design.cohorts)
    code = np.minimum(np.searchsorted(every, sample.cohort), len(every) - 1)
    seen = np.bincount(code[sample.treated], minlength=len(every)) > 0
    cohorts = every[seen]
    group = _after_reform(sample, (np.cumsum(seen) - 1)[code])
    names = [sample.design.cohort_label(cohort) for cohort in cohorts]
    labels = {"term": [f"cohort={name}" for name in names], "cohort": names}
    return _effects(imputed, "cohort", group, len(cohorts), codes, sizes, **labels)


def _after_reform(sample: Sample, group: np.ndarray) -> np.ndarray:
    return np.where(sample.treated & (sample.event_time >= 0), group, -1)


def _effects(
    imputed: Imputed,
    kind: str,
    group: np.ndarray,
    n_groups: int,
    codes: dict[str, np.ndarray],
    sizes: dict[str, int],
    **labels: Sequence[object],
) -> Block:
    """Averages over groups of treated rows; `group` is given for all rows before any was left out."""
    good = imputed.fault == 0
    kept = group[good][imputed.sample.treated]
    average = average_effects(imputed, kept, n_groups, codes, sizes)
    behind = np.where(good & imputed.everything.treated, group, -1)
    lost = np.bincount(group[~good] + 1, minlength=n_groups + 1)[1:]
    used = np.bincount(behind + 1, minlength=n_groups + 1)[1:]
    notes = [
        _note(*counts) for counts in zip(used.tolist(), lost.tolist(), average.informed.tolist(), strict=True)
    ]
    terms = term_rows(kind, group_facts(imputed.everything, behind, n_groups), note=notes, **labels)
    spread = residual_scale(imputed.fit.residuals, imputed.untreated.outcome, imputed.untreated.weights)
    with np.errstate(divide="ignore"):
        floor = FLOOR * spread / np.sqrt(average.total_weight)
    ones = np.ones(n_groups)
    return Block(terms, average.estimates, average.influence, ones, np.where(used > 0, floor, np.nan))


def _note(used: int, lost: int, informed: bool) -> str:
    if not used:
        return (
            NOT_SEEN if not lost else f"not identified: none of {lost} hospital-periods has a counterfactual"
        )
    if not informed:
        return NOT_INFORMED
    return f"{lost} of {lost + used} hospital-periods have no counterfactual and are left out" if lost else ""
