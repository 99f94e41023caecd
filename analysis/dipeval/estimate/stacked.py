"""Stacked difference in differences with corrective weights.

Wing, Freedman & Hollingsworth (2024), NBER working paper 32054: each cohort and its clean controls over one
window of event times, under each other, in one weighted event study of two groups. The weights give the
controls the mix of cohorts of the treated at each event time, so what is estimated is the trimmed aggregate
effect: the mean over cohorts, by their size, the same cohorts at all event times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from dipeval.errors import Problem
from dipeval.estimate.cohort_panel import CohortPanel
from dipeval.estimate.cohort_regression import CohortFit, cohort_regression
from dipeval.estimate.estimands import STACKED
from dipeval.estimate.moments import moments_by_cluster
from dipeval.estimate.option_words import one_word_problems, refuse
from dipeval.estimate.regression import (
    FLOOR,
    Block,
    cr1_factor,
    join_blocks,
    note_undetermined,
    residual_scale,
)
from dipeval.estimate.sample import Sample
from dipeval.estimate.stacks import Stack, corrective_weights, stack_cohorts
from dipeval.estimate.terms import (
    Rows,
    event_term,
    group_facts,
    of_whole_sample,
    repeated,
    term_rows,
)
from dipeval.estimate.terms import (
    stack as under_each_other,
)
from dipeval.results import Estimate
from dipeval.results.cluster_moments import ClusterMoments

HOSPITAL, GROUP = EFFECTS = ("hospital", "group")
EMPTY = "not identified: no cohort has outcomes of both sides at this event time"
NO_EFFECT = "not identified: no effect from the reform on is identified"
REFERENCE = "reference period"


def stacked(sample: Sample, *, window: Sequence[int] | None = None, effects: str = HOSPITAL) -> Estimate:
    """Stacked difference in differences of Wing, Freedman & Hollingsworth.

    Parameters
    ----------
    sample : Sample
        Its design's comparison says who is a clean control.
    window : sequence of int, optional
        First and last event time; None: those of the design. Only cohorts that are observed over all of it
        enter.
    effects : {"hospital", "group"}
        Whose level is held fixed: that of each hospital in each of its stacks, or that of the treated and of
        the controls, as the paper writes it. In a balanced panel both give the same points.

    Returns
    -------
    Estimate
        Terms ``att``, the mean of the effects at event times from 0 on; ``event_time=e``; ``covariate=…``.
        The corrective weights count as known. A hospital that stands in several stacks is one in the
        influence.

    Raises
    ------
    DesignError
        Options that are not of their form; no cohort has the whole window and clean controls.

    Notes
    -----
    O(A n) to stack A cohorts, then as the regression of E event times and two groups on s stacked rows:
    O(s p² + m E²).
    """
    problems = one_word_problems("effects", effects, EFFECTS)
    span = _window(window, sample.design.event_window, sample.design.reference, problems)
    found = stack_cohorts(sample, span, alone=effects == GROUP)
    rows = np.zeros(sample.n_obs, bool)
    rows[found.row] = True
    left = np.add.reduceat(rows, sample.layout.starts[:-1]) > 0
    kept = sample.drop(~rows, "outside_stacks", "no cohort's window and clean controls hold the row")
    if found.left_out:
        kept = kept.warn(f"cohorts without a stack: {'; '.join(found.left_out)}")
    outcome = sample.outcome[found.row]
    weights = corrective_weights(found, None if sample.weights is None else sample.weights[found.row])
    panel = _two_groups(found, weights, absorbs=effects == HOSPITAL)
    events = np.arange(span[0], span[1] + 1)
    own = (events != sample.design.reference) & (panel.cell_weight[0] > 0)
    columns = [column[found.row] for column in sample.columns]
    fit = cohort_regression(panel, outcome, panel.period_columns(), _columns(panel, own), columns)
    group = np.full(kept.n_obs, -1)
    mine = found.layout.spread(found.treated)
    group[(np.cumsum(rows) - 1)[found.row[mine]]] = found.layout.time[mine]
    asked = _Asked(kept, fit, found, events, own, (np.cumsum(left) - 1)[found.hospital])
    return join_blocks(kept, [_block(asked, outcome, group)], kept.unit_clusters()[1], STACKED, "t")


def _two_groups(found: Stack, weights: np.ndarray, absorbs: bool) -> CohortPanel:
    """The stack as a panel of two cohorts, treated and controls, whose periods are event times."""
    return CohortPanel(
        layout=found.layout,
        cohorts=np.array([0.0, np.inf]),
        unit_cohort=np.where(found.treated, 0, 1),
        weights=weights,
        interacted=np.empty((len(weights), 0)),
        n_periods=found.n_events,
        absorbs=absorbs,
    )


def _columns(panel: CohortPanel, own: np.ndarray) -> list[np.ndarray]:
    """Event times of the treated and, without hospital effects, their level; nothing of the controls."""
    level = np.ones((panel.n_periods, 0 if panel.absorbs else 1))
    nothing = np.zeros((panel.n_periods, 0))
    return [np.hstack([np.eye(panel.n_periods)[:, own], level]), nothing]


def _window(
    window: Sequence[int] | None, default: tuple[int, int], reference: int, problems: list[Problem]
) -> tuple[int, int]:
    """First and last event time of the stacks."""
    given = default if window is None else window
    whole = isinstance(given, (Sequence, np.ndarray)) and not isinstance(given, str) and len(given) == 2
    if not whole or not all(isinstance(e, (int, np.integer)) for e in given):
        todo = "write the first and the last event time, such as [-6, 12]"
        refuse([*problems, Problem("option window", "is not of its form", todo, (repr(given),))])
    if not given[0] <= reference < 0 <= given[1]:
        what = f"does not hold both the reference event time {reference} and 0"
        todo = f"begin at {reference} or before and end at 0 or later"
        problems.append(Problem("option window", what, todo, (repr(list(given)),)))
    refuse(problems)
    return int(given[0]), int(given[1])


@dataclass(frozen=True)
class _Asked:
    """A fitted stack and what its terms are about; `hospital` (m,) is the one behind each stacked one."""

    sample: Sample
    fit: CohortFit
    stack: Stack
    events: np.ndarray
    own: np.ndarray
    hospital: np.ndarray

    def moments(
        self, own: Sequence[np.ndarray], common: np.ndarray, cluster: np.ndarray, n_clusters: int
    ) -> ClusterMoments:
        """The regression summed by cluster of the sample's hospitals."""
        return moments_by_cluster(self.fit, own, common, cluster[self.hospital], n_clusters)


def _block(asked: _Asked, outcome: np.ndarray, group: np.ndarray) -> Block:
    """Overall effect, event times and slopes of covariates."""
    sample, fit, events = asked.sample, asked.fit, asked.events
    weights, own_known = _combinations(asked)
    n_slopes, n_events = fit.dense.shape[1], len(events)
    total = 1 + n_events + n_slopes
    own = [np.pad(weights, ((0, 0), (0, n_slopes))), np.zeros((0, total))]
    common = np.zeros((len(fit.solution), total))
    common[fit.shared.shape[2] + np.arange(n_slopes), 1 + n_events + np.arange(n_slopes)] = 1
    is_reference = np.r_[False, events == sample.design.reference, np.zeros(n_slopes, bool)]
    known = np.r_[own_known, np.ones(n_slopes, bool)] & fit.determined(own, common)
    known |= is_reference
    basis, dense, variance = fit.multipliers(own, common)
    blank = np.where(known & ~is_reference, 0.0, np.nan)
    codes, facts = sample.unit_clusters()
    stacked_codes = {name: code[asked.hospital] for name, code in codes.items()}
    influence = fit.influence(basis, dense, stacked_codes, {name: fact.n for name, fact in facts.items()})
    spread = residual_scale(fit.residuals, outcome, fit.panel.row_weights)
    return Block(
        note_undetermined(_rows(asked, group, own_known), known),
        fit.value(own, common) + np.where(known, 0.0, np.nan),
        {name: values + blank for name, values in influence.items()},
        np.full(total, cr1_factor(len(outcome), fit.n_parameters)),
        FLOOR * spread * np.sqrt(np.maximum(variance, 0)) + blank,
        fit.n_parameters,
        partial(asked.moments, own, common),
    )


def _combinations(asked: _Asked) -> tuple[np.ndarray, np.ndarray]:
    """Weights (r, 1 + E) of the columns of the treated in each term; which terms have any."""
    fit, events = asked.fit, asked.events
    at = np.flatnonzero(asked.own)
    weights = np.zeros((fit.own[0].columns.shape[1], 1 + len(events)))
    weights[np.arange(len(at)), 1 + at] = 1
    after = weights[:, 1:][:, events >= 0]
    found = after.any(0) & fit.determined_in(0, after)
    weights[:, 0] = after[:, found].sum(1) / max(found.sum(), 1)
    return weights, weights.any(0)


def _rows(asked: _Asked, group: np.ndarray, known: np.ndarray) -> Rows:
    """Rows of all terms; `group` (n,) is the event time of each treated row, counted from the first."""
    sample, events, design = asked.sample, asked.events, asked.sample.design
    after = group >= -events[0]
    overall = of_whole_sample(group_facts(sample, np.where(after, 0, -1), 1), sample)
    lost = [int(e) for e, is_known in zip(events, known[1:], strict=True) if e >= 0 and not is_known]
    note = "" if known[0] else NO_EFFECT
    if known[0] and lost:
        note = f"without event times {', '.join(map(str, lost))}, which are not identified"
    kinds = ["lead" if e < -design.anticipation else "event_time" for e in events]
    reference = events == design.reference
    notes = [
        REFERENCE if is_ref else ("" if is_known else EMPTY)
        for is_ref, is_known in zip(reference, known[1:], strict=True)
    ]
    if sample.covariate_names:
        everything = repeated(
            group_facts(sample, np.zeros(sample.n_obs, np.int64), 1), len(sample.covariate_names)
        )
        names = [f"covariate={name}" for name in sample.covariate_names]
        slopes = [term_rows("covariate", everything, term=names)]
    else:
        slopes = []
    return under_each_other(
        term_rows("overall", overall, term=["att"], note=note),
        term_rows(
            kinds,
            group_facts(sample, group, len(events)),
            term=[event_term(e) for e in events],
            event_time=events.astype(float).tolist(),
            note=_with_gaps(asked, notes),
            is_reference=reference,
        ),
        *slopes,
    )


def _with_gaps(asked: _Asked, notes: list[str]) -> list[str]:
    """Name the cohorts that an event time lacks, since the mix of cohorts is then another one."""
    seen = asked.stack.sums(None)[:, 1] > 0
    every = seen.any(1)
    label = asked.sample.design.cohort_label
    said = []
    for k, note in enumerate(notes):
        lost = [label(asked.stack.cohorts[a]) for a in np.flatnonzero(every & ~seen[:, k])]
        told = f"without the cohorts {', '.join(lost)}, which have no outcomes of both sides here"
        said.append(note or (told if lost and seen[:, k].any() else ""))
    return said
