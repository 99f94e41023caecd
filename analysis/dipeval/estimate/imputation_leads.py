"""Pre-trend leads of the imputation estimator: a regression on untreated rows only.

Borusyak, Jaravel & Spiess (2024), Test 1: add indicators of the chosen event times before treatment
to the untreated regression. All other untreated periods are the reference. The treated rows play no
part, so testing does not contaminate the effects (Roth 2022).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dipeval.errors import DesignError, Problem
from dipeval.estimate.imputation_fit import Imputed
from dipeval.estimate.least_squares import absorbed_least_squares
from dipeval.estimate.regression import Block, regression_block
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import event_term, group_facts, in_words, stack, term_rows

NOT_SEEN = "not identified: no hospital is observed at this event time before its reform"


def choose_leads(sample: Sample, leads: Sequence[int] | int | None) -> tuple[int, ...]:
    """Event times of the leads, in order.

    Parameters
    ----------
    sample : Sample
    leads : sequence of int, int or None
        As in `dipeval.estimate.imputation.imputation`.

    Raises
    ------
    DesignError
        Not whole numbers, or event times that are treated.
    """
    design = sample.design
    last = -design.anticipation - 1
    if leads is None:
        return tuple(range(design.event_window[0], last + 1))
    if isinstance(leads, (int, np.integer)) and not isinstance(leads, bool) and leads >= 0:
        return tuple(range(last - int(leads) + 1, last + 1))
    whole = isinstance(leads, Sequence) and not isinstance(leads, str)
    if not whole or not all(isinstance(e, (int, np.integer)) and e <= last for e in leads):
        todo = f"give a number of leads, or event times of at most {last}"
        raise DesignError("estimate", [Problem("option leads", "is not of its form", todo, (repr(leads),))])
    return tuple(sorted({int(e) for e in leads}))


def lead_block(
    imputed: Imputed, leads: Sequence[int], clusters: Mapping[str, np.ndarray], sizes: Mapping[str, int]
) -> Block:
    """Regress the untreated outcomes on leads, covariates and both effects.

    Parameters
    ----------
    imputed : Imputed
    leads : sequence of int
        Event times. When every untreated period of the treated hospitals is a lead, the earliest
        becomes the reference.
    clusters : mapping of str to numpy.ndarray, shape (n,), int
        Codes of the rows of `imputed.sample`.
    sizes : mapping of str to int

    Returns
    -------
    Block
        The reference is the first row; its event time is the last of the reference event times.

    Notes
    -----
    O(n0 + N T (T + K)).
    """
    sample = imputed.untreated
    ever = np.isfinite(sample.event_time)
    before = np.bincount(-sample.event_time[ever].astype(np.int64))
    seen = -np.flatnonzero(before)[::-1]
    rest = np.setdiff1d(seen, leads)
    if not len(rest) and len(seen):
        rest, leads = seen[:1], [e for e in leads if e != seen[0]]
    times = np.array(leads, int)
    position = np.full(sample.n_obs, -1)
    at = np.searchsorted(times, np.where(ever, sample.event_time, 0))
    found = ever & (at < len(times)) & (np.r_[times, 0][np.minimum(at, len(times))] == sample.event_time)
    position[found] = at[found]
    facts = group_facts(sample, position, len(times))
    notes = ["" if n else NOT_SEEN for n in facts["n_obs"]]
    rows = term_rows("lead", facts, term=map(event_term, times), event_time=times.astype(float), note=notes)
    fit = absorbed_least_squares(
        imputed.projector, sample.unit, position, len(times), sample.covariates, sample.outcome
    )
    terms = stack(_reference_row(sample, rest, ever & ~found), rows)
    column = np.r_[np.full(len(terms) - len(rows), -1), np.arange(len(rows))]
    untreated = {name: codes[~imputed.sample.treated] for name, codes in clusters.items()}
    return regression_block(fit, imputed.projector, terms, column, sample.outcome, untreated, sizes)


def _reference_row(sample: Sample, rest: np.ndarray, rows: np.ndarray) -> pd.DataFrame:
    if not len(rest):
        return pd.DataFrame()
    facts = group_facts(sample, np.where(rows, 0, -1), 1)
    note = f"reference period of the leads: event times {in_words(rest)}"
    latest = float(rest[-1])
    return term_rows(
        "lead", facts, term=[event_term(latest)], event_time=latest, note=note, is_reference=True
    )
