"""Pre-trend leads of the imputation estimator: a regression on untreated rows only.

Borusyak, Jaravel & Spiess (2024), Test 1: add indicators of the chosen event times before treatment
to the untreated regression. All other untreated periods are the reference. The treated rows play no
part, so testing does not contaminate the effects (Roth 2022).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.cohort_regression import solve_cohorts
from dipeval.estimate.common_terms import common_block
from dipeval.estimate.imputation_fit import Imputed
from dipeval.estimate.regression import Block
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import Rows, cell_facts, event_term, in_words, stack, term_rows

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
    clusters : mapping of str to numpy.ndarray, shape (m,), int
        Codes of the hospitals of `imputed.sample`.
    sizes : mapping of str to int

    Returns
    -------
    Block
        The reference is the first row; its event time is the last of the reference event times.

    Notes
    -----
    O(n p² + (T + K)³), and O(N T²) where hospitals differ in their periods or weights.
    """
    sample, panel, cells = imputed.sample, imputed.panel, imputed.cells
    before = panel.mask & np.isfinite(cells.cohort) & (panel.cell_rows > 0)
    seen = np.unique(cells.event_time[before]).astype(np.int64)
    rest = np.setdiff1d(seen, leads)
    if not len(rest) and len(seen):
        rest, leads = seen[:1], [e for e in leads if e != seen[0]]
    times = np.array(leads, int)
    place = np.searchsorted(times, cells.event_time)
    found = before & (np.r_[times, 0][place] == cells.event_time) & (place < len(times))
    position = np.where(found, place, -1)
    facts = cell_facts(sample, panel.unit_cohort, position, len(times))
    notes = ["" if n else NOT_SEEN for n in facts["n_obs"]]
    rows = term_rows("lead", facts, term=map(event_term, times), event_time=times.astype(float), note=notes)
    periods = panel.period_columns()
    shared = np.concatenate([periods, position[:, :, None] == np.arange(len(times))], axis=2)
    nothing = [np.zeros((panel.n_periods, 0))] * len(position)
    fit = solve_cohorts(imputed.sums, shared, nothing)
    reference = [_reference_row(imputed, rest, before & ~found)] if len(rest) else []
    terms = stack(*reference, rows)
    picked = np.zeros((len(fit.solution), len(reference) + len(times)))
    chosen = np.arange(len(times))
    picked[periods.shape[2] + chosen, len(reference) + chosen] = 1
    return common_block(fit, terms, picked, sample.outcome, clusters, sizes)


def _reference_row(imputed: Imputed, rest: np.ndarray, cells: np.ndarray) -> Rows:
    facts = cell_facts(imputed.sample, imputed.panel.unit_cohort, np.where(cells, 0, -1), 1)
    note = f"reference period of the leads: event times {in_words(rest)}"
    latest = float(rest[-1])
    return term_rows(
        "lead", facts, term=[event_term(latest)], event_time=latest, note=note, is_reference=True
    )
