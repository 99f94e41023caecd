"""What stands behind the terms of group-time effects, by cohort and period instead of by row."""

from __future__ import annotations

import numpy as np

from dipeval.estimate import terms
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import Facts


def cell_facts(sample: Sample, position: np.ndarray, where: np.ndarray, n_groups: int) -> Facts:
    """Count what stands behind groups of cohort × period cells.

    Parameters
    ----------
    sample : Sample
        Of N hospitals.
    position : numpy.ndarray, shape (N,), int
        Cohort of each hospital; the last row of `where` is for those without a reform in the window.
    where : numpy.ndarray, shape (C + 1, T), int
        Group 0 … n_groups-1 of each cell, -1 for none.
    n_groups : int

    Returns
    -------
    Facts
        As `dipeval.estimate.terms.group_facts`. O(C T) where all hospitals share their periods and
        cases are not known, else O(n).
    """
    layout = sample.layout
    if sample.cases is None:
        return terms.cell_facts(sample, position, where, n_groups)
    if layout.shared is None or not sample.design.has_units:
        return terms.group_facts(sample, where[layout.spread(position), layout.time], n_groups)
    where = where[:, layout.shared]
    cases = sample.cases.reshape(layout.n_units, -1)
    size = np.bincount(position, minlength=len(where))
    facts = np.zeros((n_groups, 5))
    for c in np.flatnonzero(size):
        groups, first, count = np.unique(where[c], return_index=True, return_counts=True)
        mine = cases[position == c]
        for group, column, n_columns in zip(groups, first, count, strict=True):
            if group < 0:
                continue
            held = mine[:, column] if n_columns == 1 else mine[:, where[c] == group].sum(1)
            treated = size[c] if c < len(where) - 1 else 0
            facts[group, :4] += size[c] * n_columns, size[c], treated, held.sum()
            facts[group, 4] = max(facts[group, 4], held.max())
    share = np.divide(facts[:, 4], facts[:, 3], out=np.full(n_groups, np.nan), where=facts[:, 3] > 0)
    whole = facts[:, :3].astype(np.int64)
    counts = dict(zip(("n_obs", "n_hospitals", "n_treated"), whole.T, strict=True))
    return {**counts, "count": facts[:, 3], "largest_share": share}
