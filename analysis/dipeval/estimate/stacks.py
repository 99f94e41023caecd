"""Sub-experiments of a staggered reform under each other: one cohort and its clean controls, by event time.

Wing, Freedman & Hollingsworth (2024), NBER working paper 32054, sections 3 and 4: a cohort enters when its
whole window of event times lies in the panel and somebody is untreated throughout it. A hospital may be a
clean control of several cohorts and stands once in each of their stacks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dipeval.design.layout import Layout, lay_out
from dipeval.errors import DesignError, Problem
from dipeval.estimate.sample import Sample

TOO_SHORT = "{name}: observed {before} periods before and {after} from the reform on"
NO_CONTROL = "{name}: no hospital stays untreated over its window"
NO_REFERENCE = "{name}: no outcome of one of the two sides at the reference event time"


@dataclass(frozen=True)
class Stack:
    """s stacked rows of m stacked hospitals, sorted by cohort, hospital and event time.

    Attributes
    ----------
    row : numpy.ndarray, shape (s,), int
        Row of the sample behind each.
    hospital : numpy.ndarray, shape (m,), int
        Hospital of the sample behind each stacked hospital.
    cohort : numpy.ndarray, shape (m,), int
        Position in `cohorts` of the cohort whose stack it is.
    treated : numpy.ndarray, shape (m,), bool
        Whether it is a hospital of that cohort, not a clean control.
    layout : Layout
        Event times counted from the first of the window.
    cohorts : numpy.ndarray, shape (A,), float
        Cohorts with a stack.
    left_out : tuple of str
        Why each other cohort has none.
    n_events : int
        E.
    """

    row: np.ndarray
    hospital: np.ndarray
    cohort: np.ndarray
    treated: np.ndarray
    layout: Layout
    cohorts: np.ndarray
    left_out: tuple[str, ...]
    n_events: int

    def sums(self, weights: np.ndarray | None) -> np.ndarray:
        """Rows, or sums of weights (s,), by cohort, side (control, treated) and event time (A, 2, E)."""
        shape = (len(self.cohorts), 2, self.n_events)
        side = (2 * self.cohort + self.treated) * self.n_events
        at = self.layout.spread(side) + self.layout.time
        return np.bincount(at, weights, minlength=int(np.prod(shape))).reshape(shape).astype(float)

    def by_row(self, by_cell: np.ndarray) -> np.ndarray:
        """Values by cohort, side and event time (A, 2, E) on the rows (s,)."""
        side = self.layout.spread((2 * self.cohort + self.treated) * self.n_events)
        return by_cell.ravel()[side + self.layout.time]

    def where(self, keep: np.ndarray) -> Stack:
        """The stacked rows of a mask (s,)."""
        if keep.all():
            return self
        layout, left = self.layout.with_rows(keep)
        parts = (self.hospital[left], self.cohort[left], self.treated[left])
        return replace(
            self, row=self.row[keep], hospital=parts[0], cohort=parts[1], treated=parts[2], layout=layout
        )


def stack_cohorts(sample: Sample, window: tuple[int, int], alone: bool) -> Stack:
    """Stack each cohort with its clean controls.

    Parameters
    ----------
    sample : Sample
        With comparison ``not_yet_treated`` clean controls are hospitals that are untreated, anticipation
        included, through the end of the window; with ``never_treated`` those never treated.
    window : tuple of int
        First and last event time; the design's reference is among them.
    alone : bool
        Whether stacked hospitals with a single row stay.

    Returns
    -------
    Stack
        Without cells of a cohort and event time in which one of the sides has no row.

    Raises
    ------
    DesignError
        No cohort has a stack, with the reason for each.

    Notes
    -----
    O(A n) for A cohorts.
    """
    reformed = np.unique(sample.unit_cohort[sample.layout.last >= sample.first_treated])
    seen = np.flatnonzero(np.bincount(sample.time, minlength=sample.design.n_periods))
    found, reasons, kept = [], [], []
    for cohort in reformed:
        name = sample.design.cohort_label(cohort)
        part = _sub_experiment(sample, cohort, window)
        if cohort + window[0] < seen[0] or cohort + window[1] > seen[-1]:
            before, after = int(cohort) - int(seen[0]), int(seen[-1]) - int(cohort) + 1
            reasons.append(TOO_SHORT.format(name=name, before=before, after=after))
        elif part[2].all():
            reasons.append(NO_CONTROL.format(name=name))
        else:
            found.append(part)
            kept.append(cohort)
    stack = _joined(found, np.array(kept), tuple(reasons), window) if found else None
    stack = None if stack is None else _comparable(stack, sample, window, alone)
    if stack is None or not len(stack.row):
        told = tuple(reasons if stack is None else stack.left_out)
        what = f"no cohort has the whole window {list(window)} and clean controls in it"
        todo = "give a shorter window in the option window, or add hospitals that stay untreated"
        raise DesignError("estimate", [Problem(sample.part, what, todo, told[:5], count=len(told))])
    return stack


def _sub_experiment(sample: Sample, cohort: float, window: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """Rows, hospitals, which of these are treated, rows of each, and their event times from the first on."""
    first, last = int(cohort) + window[0], int(cohort) + window[1]
    own = sample.unit_cohort == cohort
    if sample.design.comparison == "never_treated":
        clean = np.isinf(sample.unit_cohort)
    else:
        clean = sample.first_treated > last
    units = np.flatnonzero(own | clean)
    layout = sample.layout
    if layout.shared is not None:
        inside = np.flatnonzero((layout.shared >= first) & (layout.shared <= last))
        rows = (layout.starts[units][:, None] + inside).ravel()
        counts = np.full(len(units), len(inside))
    else:
        chosen = layout.spread(own | clean) & (layout.time >= first) & (layout.time <= last)
        rows = np.flatnonzero(chosen)
        counts = np.add.reduceat(chosen, layout.starts[:-1], dtype=np.int64)[units]
    some = counts > 0
    return rows, units[some], own[units[some]], counts[some], layout.time[rows] - first


def _joined(
    parts: list[tuple[np.ndarray, ...]],
    cohorts: np.ndarray,
    reasons: tuple[str, ...],
    window: tuple[int, int],
) -> Stack:
    rows, units, treated, counts, events = (np.concatenate(column) for column in zip(*parts, strict=True))
    cohort = np.repeat(np.arange(len(parts)), [len(part[1]) for part in parts])
    layout = lay_out(np.r_[0, np.cumsum(counts)], events)
    return Stack(rows, units, cohort, treated, layout, cohorts, reasons, window[1] - window[0] + 1)


def _comparable(stack: Stack, sample: Sample, window: tuple[int, int], alone: bool) -> Stack:
    """Leave out cells without both sides, cohorts without their reference, and hospitals with one row."""
    reference = sample.design.reference - window[0]
    while True:
        both = (stack.sums(None) > 0).all(1)
        both &= both[:, reference][:, None]
        keep = stack.by_row(np.repeat(both[:, None], 2, axis=1))
        before = len(stack.row)
        stack = stack.where(keep) if keep.any() else replace(stack, row=stack.row[:0])
        if len(stack.row) and not alone:
            single = stack.layout.spread(stack.layout.counts == 1)
            stack = stack.where(~single) if not single.all() else replace(stack, row=stack.row[:0])
        if len(stack.row) in (0, before):
            break
    lost = stack.cohorts[~both[:, reference]]
    told = tuple(NO_REFERENCE.format(name=sample.design.cohort_label(cohort)) for cohort in lost)
    return replace(stack, left_out=(*stack.left_out, *told))


def corrective_weights(stack: Stack, weights: np.ndarray | None) -> np.ndarray:
    """Weights that give treated and controls the same mix of cohorts at each event time.

    Parameters
    ----------
    stack : Stack
    weights : numpy.ndarray, shape (s,), or None
        The design's, by stacked row.

    Returns
    -------
    numpy.ndarray, shape (s,)
        One for treated rows and ``(N_ae^D / N_e^D) / (N_ae^C / N_e^C)`` for controls (Wing, Freedman &
        Hollingsworth 2024, table 1), with sums of weights for the numbers, times the design's weights.
    """
    sums = stack.sums(weights)
    share = np.divide(sums, sums.sum(0), out=np.zeros_like(sums), where=sums.sum(0) > 0)
    factor = np.ones_like(sums)
    np.divide(share[:, 1], share[:, 0], out=factor[:, 0], where=share[:, 0] > 0)
    return stack.by_row(factor) * (1.0 if weights is None else weights)
