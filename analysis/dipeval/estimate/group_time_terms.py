"""Terms of group-time effects: which cells each one averages, and what stands behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.estimate.group_time_averages import Average, by_shares, by_shares_each, evenly, of_groups
from dipeval.estimate.group_time_facts import cell_facts
from dipeval.estimate.group_time_panel import seen_cohort
from dipeval.estimate.group_time_random import RandomTiming
from dipeval.estimate.group_time_result import GroupTime
from dipeval.estimate.group_time_rows import RowEffects
from dipeval.estimate.option_words import shown_event_times
from dipeval.estimate.regression import FLOOR, Block
from dipeval.estimate.terms import event_term, of_whole_sample, term_rows

NOT_SEEN = "not identified: no cohort is observed at this event time"
NO_CELL = "not identified: none of its cohorts has a comparison"
REFERENCE = "reference period"
OVERALL = {
    "simple": "average of all effects from the reform on, each cohort-period by the share of its cohort",
    "dynamic": "plain mean of the average effects by event time from the reform on",
    "group": "mean of the cohorts' average effects by their shares, the periods of a cohort alike",
    "calendar": "plain mean of the average effects by calendar period from the reform on",
}


@dataclass(frozen=True)
class Terms:
    """Averages of one kind: A of them, with labels and the term of each cell (C + 1, T), -1 for none."""

    kind: str
    averages: tuple[Average, ...]
    labels: dict[str, list]
    where: np.ndarray
    is_reference: np.ndarray


class Averaging:
    """Makes the terms of group-time effects.

    `balance` and `horizons` are those of `dipeval.estimate.group_time.group_time`.
    """

    def __init__(
        self,
        result: GroupTime | RowEffects | RandomTiming,
        balance: int | None,
        horizons: Sequence[int] | str | None = None,
    ):
        sample, cells = result.sample, result.cells
        self.result, self.sample = result, sample
        self.anticipation = sample.design.anticipation
        self.event_time = result.periods[cells.time] - result.cohorts[cells.cohort]
        self.shown = shown_event_times(
            horizons, sample.design.event_window, self.event_time.astype(np.int64), []
        )
        self.period = result.periods[cells.time]
        self.after = self.event_time >= 0
        self.shares = result.shares
        self.chosen = np.ones(len(cells.time), bool)
        if balance is not None:
            last = result.periods[-1]
            self.chosen = (last - result.cohorts >= balance)[cells.cohort] & (self.event_time <= balance)
        cohort = seen_cohort(sample.unit_cohort, result.periods, self.anticipation)
        self.unit_cohort = np.searchsorted(result.cohorts, cohort)
        every = np.append(result.cohorts, np.inf)[:, None]
        time = np.arange(sample.design.n_periods)
        self.cell_event = np.where(np.isfinite(every), time - np.where(np.isfinite(every), every, 0), -np.inf)
        self.cell_after = self.cell_event >= 0
        self.spread = max(sample.outcome.max(), -sample.outcome.min()) * FLOOR**2

    def _share(self, chosen: np.ndarray) -> Average:
        return by_shares(self.result.att, self.result.cells.cohort, chosen, self.shares)

    def _shares(self, chosen: np.ndarray) -> tuple[Average, ...]:
        return by_shares_each(self.result.att, self.result.cells.cohort, chosen, self.shares)

    def overall(self, how: str) -> Terms:
        """The overall average."""
        result = self.result
        make: dict[str, Callable[[], Average]] = {
            "simple": lambda: self._share(self.after),
            "dynamic": lambda: self._evenly(self.event_time, self.chosen & self.after),
            "group": lambda: of_groups(result.att, result.cells.cohort, self.after, self.shares),
            "calendar": lambda: self._evenly(self.period, self.after),
        }
        labels = {"term": ["att"]}
        return Terms("overall", (make[how](),), labels, np.where(self.cell_after, 0, -1), np.zeros(1, bool))

    def _evenly(self, by: np.ndarray, chosen: np.ndarray) -> Average:
        known = chosen & np.isfinite(self.result.att)
        if not known.any():
            return self._share(known)
        return evenly([self._share(known & (by == value)) for value in np.unique(by[known])])

    def event_times(self) -> tuple[Terms, ...]:
        """Averages by event time, those before the reform as leads."""
        shown = self.shown
        found = []
        for kind, events in (
            ("lead", shown[shown < -self.anticipation]),
            ("event_time", shown[shown >= -self.anticipation]),
        ):
            if not len(events):
                continue
            averages = self._shares(self.chosen & (self.event_time == events[:, None]))
            at = np.minimum(np.searchsorted(events, self.cell_event), len(events) - 1)
            where = np.where(events[at] == self.cell_event, at, -1)
            mine = self.event_time == events[:, None]
            at_reference = mine.any(1) & ~(mine & ~self.result.cells.is_reference).any(1)
            labels = {"term": [event_term(e) for e in events], "event_time": events.astype(float).tolist()}
            found.append(Terms(kind, averages, labels, where.astype(int), at_reference))
        return tuple(found)

    def cohorts(self) -> Terms:
        """Averages by cohort over its periods from the reform on."""
        result = self.result
        names = [self.sample.design.cohort_label(c) for c in result.cohorts]
        averages = self._shares(self.after & (result.cells.cohort == np.arange(len(names))[:, None]))
        where = np.where(self.cell_after, np.arange(len(names) + 1)[:, None], -1)
        labels = {"term": [f"cohort={name}" for name in names], "cohort": names}
        return Terms("cohort", averages, labels, where, np.zeros(len(names), bool))

    def periods(self) -> Terms:
        """Averages by calendar period over the cohorts treated then."""
        periods = np.unique(self.period[self.after])
        averages = self._shares(self.after & (self.period == periods[:, None]))
        number = np.full(self.sample.design.n_periods, -1)
        number[periods] = np.arange(len(periods))
        where = np.where(self.cell_after, number, -1)
        labels = {"term": [f"period={self.sample.design.period_labels[p]}" for p in periods]}
        return Terms("period", averages, labels, where, np.zeros(len(periods), bool))

    def cells(self) -> Terms:
        """Every group-time effect."""
        cells, design = self.result.cells, self.sample.design
        k = len(cells.time)
        names = [design.cohort_label(c) for c in self.result.cohorts]
        averages = tuple(Average(row, np.zeros(len(names))) for row in np.eye(k))
        at = np.full((len(names) + 1, design.n_periods), -1)
        at[cells.cohort, self.period] = np.arange(k)
        labels = {
            "term": [
                f"cohort={names[c]},period={design.period_labels[p]}"
                for c, p in zip(cells.cohort, self.period, strict=True)
            ],
            "cohort": [names[c] for c in cells.cohort],
            "event_time": self.event_time.astype(float).tolist(),
        }
        return Terms("cell", averages, labels, at, cells.is_reference)

    def blocks(self, asked: Sequence[tuple[Terms, str | None]]) -> list[Block]:
        """Numbers, influence and labels of terms, each with the words of its estimand, in one pass."""
        averages = [average for terms, _ in asked for average in terms.averages]
        weights = np.column_stack([average.weights for average in averages])
        slopes = np.column_stack([average.share_slope for average in averages])
        values, influence = self.result.values_on(weights), self.result.influence_on(weights, slopes)
        blocks, end = [], 0
        for terms, estimand in asked:
            mine = slice(end, end + len(terms.averages))
            of_mine = {name: summed[:, mine] for name, summed in influence.items()}
            blocks.append(self._block(terms, estimand, values[mine], of_mine))
            end = mine.stop
        return blocks

    def _block(
        self, terms: Terms, estimand: str | None, values: np.ndarray, influence: dict[str, np.ndarray]
    ) -> Block:
        params = np.where(terms.is_reference, 0.0, values)
        known = np.isfinite(params) & ~terms.is_reference
        outside = np.where(terms.is_reference, 0.0, np.nan)
        influence = {name: np.where(known, summed, outside) for name, summed in influence.items()}
        notes = self._notes(terms, params)
        facts = cell_facts(self.sample, self.unit_cohort, terms.where, len(params))
        rows = term_rows(
            terms.kind,
            of_whole_sample(facts, self.sample) if terms.kind == "overall" else facts,
            note=notes,
            is_reference=list(terms.is_reference),
            estimand=estimand,
            **terms.labels,
        )
        floor = np.where(known, self.spread, np.nan)
        return Block(rows, params, influence, np.ones(len(params)), floor)

    def _notes(self, terms: Terms, params: np.ndarray) -> list[str]:
        held = terms.where[self.result.cells.cohort, self.period] + 1
        lost = np.isnan(self.result.att)
        counts = (np.bincount(at, minlength=len(params) + 1)[1:].tolist() for at in (held[lost], held))
        rows = zip(terms.is_reference.tolist(), np.isfinite(params).tolist(), *counts, strict=True)
        return [
            REFERENCE if reference else self._left_out(n_lost, n_cells) if known else self._why_not(terms, k)
            for k, (reference, known, n_lost, n_cells) in enumerate(rows)
        ]

    @staticmethod
    def _left_out(lost: int, cells: int) -> str:
        return f"{lost} of {cells} cohort-periods are not identified and are left out" if lost else ""

    def _why_not(self, terms: Terms, k: int) -> str:
        if terms.kind == "cell":
            return self.result.notes[k]
        if terms.kind in ("event_time", "lead"):
            seen = self.chosen & (self.event_time == terms.labels["event_time"][k])
            return self._reason(seen) if seen.any() else NOT_SEEN
        return NO_CELL

    def _reason(self, seen: np.ndarray) -> str:
        reasons = sorted({self.result.notes[k] for k in np.flatnonzero(seen) if self.result.notes[k]})
        return reasons[0] if reasons else NO_CELL
