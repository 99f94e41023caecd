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
from dipeval.estimate.imputation_fit import impute
from dipeval.estimate.imputation_leads import choose_leads, lead_block
from dipeval.estimate.imputed_groups import by_cohort, by_event_time, group_blocks, overall
from dipeval.estimate.imputed_means import imputed_means, members
from dipeval.estimate.lone_cohorts import warn_of_lone_cohorts
from dipeval.estimate.regression import join_blocks
from dipeval.estimate.sample import Sample
from dipeval.estimate.twfe import NEVER_NOTE
from dipeval.results import Estimate

AGGREGATES = ("overall", "event_time", "cohort")
NOT_SEEN = "not identified: no treated hospital is observed here"


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
    O(n p²), and O(N T²) where hospitals differ in their periods or weights; no n × K matrix.
    """
    shown = _check_options(sample, aggregate, horizons)
    chosen = choose_leads(sample, leads) if "event_time" in aggregate else ()
    if sample.design.comparison == "never_treated":
        sample = sample.warn(NEVER_NOTE)
    imputed = impute(sample)
    codes, facts = imputed.sample.unit_clusters()
    sizes = {name: fact.n for name, fact in facts.items()}
    every = imputed.everything
    cohorts = np.unique(every.unit_cohort[every.layout.last >= every.first_treated])
    groups = {
        "overall": overall(),
        "event_time": by_event_time(shown, treated=True),
        "cohort": by_cohort(cohorts, sample.design),
    }
    asked = [group for word, group in groups.items() if word in aggregate]
    member = members(*((group.at(imputed.cells), group.count) for group in asked))
    means = imputed_means(imputed, member, codes, sizes, centred_by_cell=True)
    blocks = []
    for kind, block in group_blocks(imputed, asked, means, NOT_SEEN).items():
        if kind == "event_time" and chosen:
            blocks.append(lead_block(imputed, chosen, codes, sizes))
        blocks.append(block)
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
    ever = np.isfinite(sample.unit_cohort)
    last = int((sample.layout.last - sample.unit_cohort)[ever].max(initial=start))
    if horizons is None:
        shown = np.arange(start, sample.design.event_window[1] + 1)
    elif isinstance(horizons, str) and horizons == "all":
        shown = np.arange(start, last + 1)
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
