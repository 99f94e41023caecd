"""Effects of cohort × period cells in a saturated regression, and their averages as terms.

A cell's effect is its indicator's coefficient, plus what interacted covariates add at the mean of the cell.
An average is the mean over hospital-periods, by their weights or each alike; the weights of the cells count
as known (fixest's ``aggregate``, etwfe's ``emfx``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from dipeval.estimate.cohort_panel import CohortPanel
from dipeval.estimate.cohort_regression import CohortFit
from dipeval.estimate.moments import moments_by_cluster, sums_by_period
from dipeval.estimate.regression import FLOOR, NOT_DETERMINED, Block, cr1_factor, residual_scale
from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import (
    Rows,
    cell_facts,
    event_term,
    of_whole_sample,
    repeated,
    stack,
    term_rows,
)

MEAN_OVER = ("weights", "rows")
NO_CELL = "not identified: no hospital is observed here"
NO_COMPARISON = "not identified: no comparison hospital, or no reference period, is observed beside it"
REFERENCE = "reference period"


@dataclass(frozen=True)
class Chosen:
    """Terms of one kind: A of them, with the cells that each averages and their labels.

    Attributes
    ----------
    kind : str
    at : numpy.ndarray, shape (C, T), int
        Term of each cell, -1 for none.
    labels : dict
        For `term_rows`: ``term`` and, where they apply, ``cohort``, ``event_time``.
    is_reference : numpy.ndarray, shape (A,), bool
    behind : numpy.ndarray, shape (C, T), int, or None
        Reference term of each cell that is one, -1 for none.
    """

    kind: str
    at: np.ndarray
    labels: dict[str, list]
    is_reference: np.ndarray
    behind: np.ndarray | None = None


class CellTerms:
    """Chooses cells for terms; `own` (C, T), bool, says which cells have an effect of their own."""

    def __init__(self, sample: Sample, panel: CohortPanel, own: np.ndarray):
        self.sample, self.panel, self.own = sample, panel, own
        every = np.isfinite(panel.cohorts)[:, None]
        time = np.arange(panel.n_periods)
        self.event_time = time - np.where(every, panel.cohorts[:, None], 0).astype(np.int64)
        self.after = every & (self.event_time >= 0)
        self.treated = np.flatnonzero(own.any(1))

    def asked(self, aggregate: Sequence[str], shown: np.ndarray, reference: int | None) -> list[Chosen]:
        """The terms of the words of the option `aggregate`, always in the same order."""
        make = {
            "overall": self.overall,
            "event_time": lambda: self.event_times(shown, reference),
            "cohort": self.cohorts,
            "period": self.periods,
            "cell": self.cells,
        }
        return [chosen() for word, chosen in make.items() if word in aggregate]

    def overall(self) -> Chosen:
        """The average from the reform on."""
        return Chosen("overall", self._where(self.after, 0), {"term": ["att"]}, np.zeros(1, bool))

    def event_times(self, shown: np.ndarray, reference: int | None) -> Chosen:
        """Averages by event time, with the reference as a row if it is shown."""
        at = np.searchsorted(shown, self.event_time)
        found = np.r_[shown, np.iinfo(np.int64).min][at] == self.event_time
        labels = {"term": [event_term(e) for e in shown], "event_time": shown.astype(float).tolist()}
        is_reference = shown == reference if reference is not None else np.zeros(len(shown), bool)
        behind = (self.event_time == reference) & self.own.any(1)[:, None] & found
        return Chosen("event_time", self._where(found, at), labels, is_reference, np.where(behind, at, -1))

    def cohorts(self) -> Chosen:
        """Averages by cohort from the reform on."""
        names = self._names(self.treated)
        number = np.full(len(self.panel.cohorts), -1)
        number[self.treated] = np.arange(len(names))
        labels = {"term": [f"cohort={name}" for name in names], "cohort": names}
        return Chosen("cohort", self._where(self.after, number[:, None]), labels, np.zeros(len(names), bool))

    def periods(self) -> Chosen:
        """Averages by calendar period over the cohorts treated then."""
        periods = np.flatnonzero((self.own & self.after).any(0))
        number = np.full(self.panel.n_periods, -1)
        number[periods] = np.arange(len(periods))
        labels = {"term": [f"period={self.sample.design.period_labels[p]}" for p in periods]}
        return Chosen(
            "period", self._where(self.after, number[None, :]), labels, np.zeros(len(periods), bool)
        )

    def cells(self) -> Chosen:
        """Every cell."""
        cohort, period = np.nonzero(self.own)
        at = np.full(self.own.shape, -1)
        at[cohort, period] = np.arange(len(cohort))
        names = self._names(cohort)
        labels = self.sample.design.period_labels
        terms = [f"cohort={c},period={labels[p]}" for c, p in zip(names, period, strict=True)]
        events = self.event_time[cohort, period].astype(float).tolist()
        where = {"term": terms, "cohort": names, "event_time": events}
        return Chosen("cell", at, where, np.zeros(len(terms), bool))

    def _where(self, chosen: np.ndarray, number: np.ndarray | int) -> np.ndarray:
        return np.where(self.own & chosen, number, -1)

    def _names(self, cohorts: Iterable[int]) -> list[str]:
        return [self.sample.design.cohort_label(self.panel.cohorts[g]) for g in cohorts]


def own_columns(panel: CohortPanel, own: np.ndarray) -> list[np.ndarray]:
    """Own columns (TQ, r_g) of each cohort: its cells, then its cells times each interacted covariate."""
    eye = np.eye(panel.width)
    return [eye[:, np.tile(cells, panel.n_basis)] for cells in own]


def average_block(
    sample: Sample,
    fit: CohortFit,
    own: np.ndarray,
    chosen: Sequence[Chosen],
    clusters: dict[str, np.ndarray],
    sizes: dict[str, int],
    mean_over: str,
) -> Block:
    """Average the effects of cells and give each average's influence by cluster.

    Parameters
    ----------
    sample : Sample
    fit : CohortFit
        Whose own columns begin with those of `own_columns`.
    own : numpy.ndarray, shape (C, T), bool
    chosen : sequence of Chosen
    clusters : dict of str to numpy.ndarray, shape (m,), int
        Codes by hospital.
    sizes : dict of str to int
    mean_over : {"weights", "rows"}

    Returns
    -------
    Block
        All terms, then the slopes of dense covariates.

    Notes
    -----
    O(n) for each kind of term, O(n + G T A) for the influence of A terms.
    """
    panel = fit.panel
    sums = _basis_totals(panel, mean_over)
    known = determined_cells(fit, own, sums)
    at = [np.where(known, part.at, -1) for part in chosen]
    counts = [len(part.is_reference) for part in chosen]
    n_slopes = fit.dense.shape[1]
    total = sum(counts) + n_slopes
    averages = _own_weights(fit, own, at, counts, sums, total)
    common = np.zeros((len(fit.solution), total))
    slopes = np.arange(n_slopes)
    common[fit.shared.shape[2] + slopes, sum(counts) + slopes] = 1
    filled = np.concatenate(
        [
            *(np.bincount(a[a >= 0], minlength=n) > 0 for a, n in zip(at, counts, strict=True)),
            fit.determined(averages, common)[sum(counts) :],
        ]
    )
    is_reference = np.r_[np.concatenate([part.is_reference for part in chosen]), np.zeros(n_slopes, bool)]
    basis, dense, variance = fit.multipliers(averages, common)
    lost = np.where(filled | is_reference, 0.0, np.nan)
    blank = np.where(filled & ~is_reference, 0.0, np.nan)
    influence = fit.influence(basis, dense, clusters, sizes)
    terms = [rows_of_averages(sample, panel, chosen, at)] if chosen else []
    if n_slopes:
        terms.append(slope_rows(sample, panel, filled[sum(counts) :]))
    spread = residual_scale(fit.residuals, sample.outcome, sample.weights)
    floor = FLOOR * spread * np.sqrt(np.maximum(variance, 0))
    return Block(
        stack(*terms),
        fit.value(averages, common) + lost,
        {name: values + blank for name, values in influence.items()},
        np.full(total, cr1_factor(sample.n_obs, fit.n_parameters)),
        np.where(filled & ~is_reference, floor, np.nan),
        fit.n_parameters,
        partial(moments_by_cluster, fit, averages, common),
        partial(sums_by_period, fit, averages, common),
    )


def _basis_totals(panel: CohortPanel, mean_over: str) -> np.ndarray:
    """Sums of the basis by cell (C, Q, T) under the weights of the averages."""
    by_rows = mean_over == "rows"
    sizes = (panel.cell_rows if by_rows else panel.cell_weight).astype(float)
    columns = panel.interacted.T if by_rows else map(panel.weigh, panel.interacted.T)
    return np.stack([sizes, *map(panel.cohort_sums.by_period, columns)], axis=1)


def determined_cells(fit: CohortFit, own: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """Which cells (C, T) have an effect that the data determine."""
    known = np.zeros(own.shape, bool)
    for g, part in enumerate(fit.own):
        periods = np.flatnonzero(own[g])
        weights = np.zeros((part.columns.shape[1], len(periods)))
        at = np.arange(len(periods))
        for q in range(sums.shape[1]):
            weights[q * len(periods) + at, at] = sums[g, q, periods] / sums[g, 0, periods]
        known[g, periods] = fit.determined_in(g, weights)
    return known


def _own_weights(
    fit: CohortFit,
    own: np.ndarray,
    at: Sequence[np.ndarray],
    counts: Sequence[int],
    sums: np.ndarray,
    total: int,
) -> list[np.ndarray]:
    """Weights (r_g, A) of each cohort's own columns in each average; `sums` (C, Q, T) are basis sums."""
    first = np.cumsum([0, *counts])
    mass = np.zeros(total)
    for where, start, count in zip(at, first, counts, strict=False):
        inside = where >= 0
        mass[start : start + count] = np.bincount(where[inside], sums[:, 0][inside], minlength=count)
    weights = []
    for g, part in enumerate(fit.own):
        periods = np.flatnonzero(own[g])
        block = np.zeros((part.columns.shape[1], total))
        for where, start in zip(at, first, strict=False):
            term = where[g, periods]
            inside = np.flatnonzero(term >= 0)
            column = start + term[inside]
            for q in range(sums.shape[1]):
                share = sums[g, q, periods[inside]] / mass[column]
                block[q * len(periods) + inside, column] = share
        weights.append(block)
    return weights


def rows_of_averages(
    sample: Sample, panel: CohortPanel, chosen: Sequence[Chosen], at: Sequence[np.ndarray]
) -> Rows:
    """Rows of all terms; what stands behind them are the cells that are determined."""
    facts, kinds, notes = [], [], []
    for part, kept in zip(chosen, at, strict=True):
        count = len(part.is_reference)
        behind = kept if part.behind is None else np.maximum(kept, part.behind)
        mine = cell_facts(sample, panel.unit_cohort, behind, count)
        facts.append(of_whole_sample(mine, sample) if part.kind == "overall" else mine)
        kinds += _kinds(part, count, sample.design.anticipation)
        notes += _notes(part, kept, panel.cell_rows, count)
    labels = {
        name: [v for part in chosen for v in part.labels.get(name, [missing] * len(part.is_reference))]
        for name, missing in (("term", ""), ("cohort", ""), ("event_time", np.nan))
    }
    is_reference = np.concatenate([part.is_reference for part in chosen])
    return term_rows(kinds, stack(*facts), note=notes, is_reference=is_reference, **labels)


def _kinds(part: Chosen, count: int, anticipation: int) -> list[str]:
    """Kind of each term: event times before anticipation begins are leads."""
    if part.kind != "event_time":
        return [part.kind] * count
    return ["lead" if event < -anticipation else "event_time" for event in part.labels["event_time"]]


def _notes(part: Chosen, kept: np.ndarray, rows_of: np.ndarray, count: int) -> list[str]:
    asked = np.bincount(part.at[part.at >= 0], rows_of[part.at >= 0], minlength=count)
    used = np.bincount(kept[kept >= 0], rows_of[kept >= 0], minlength=count)
    return [
        REFERENCE if ref else _note(int(all_), int(all_ - found))
        for ref, all_, found in zip(part.is_reference, asked, used, strict=True)
    ]


def _note(asked: int, lost: int) -> str:
    if not asked:
        return NO_CELL
    if lost == asked:
        return NO_COMPARISON
    return f"{lost} of {asked} hospital-periods are not identified and are left out" if lost else ""


def slope_rows(sample: Sample, panel: CohortPanel, determined: np.ndarray) -> Rows:
    """Rows of the slopes of covariates; `determined` (p,), bool."""
    everywhere = np.zeros((int(panel.unit_cohort.max()) + 1, panel.n_periods), np.int64)
    facts = repeated(cell_facts(sample, panel.unit_cohort, everywhere, 1), len(determined))
    names = [f"covariate={name}" for name in sample.covariate_names]
    notes = ["" if known else NOT_DETERMINED for known in determined]
    return term_rows("covariate", facts, term=names, note=notes)
