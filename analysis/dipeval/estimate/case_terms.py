"""Regressors of a case-level model and the rows of its result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.estimate.case_blocks import Block, looked_up
from dipeval.estimate.case_sample import CaseSample
from dipeval.estimate.case_tables import pair_sums
from dipeval.estimate.estimands import AMONG_CASES
from dipeval.estimate.terms import Facts, Rows, event_term, stack, term_rows, with_kinds

NOT_SEEN = "not identified: no case is observed at this event time"
REFERENCE_LEVEL = "reference level"


@dataclass(frozen=True)
class Regressors:
    """What is regressed on, and the terms that are shown of it.

    Attributes
    ----------
    blocks : tuple of Block
        K columns in all.
    terms : Rows
        Rows of the result.
    column : numpy.ndarray, shape (rows of `terms`,), int
        The column behind each row; -1 for a reference.
    """

    blocks: tuple[Block, ...]
    terms: Rows
    column: np.ndarray

    def and_these(self, other: Regressors) -> Regressors:
        """These columns and rows, then the other's."""
        shift = sum(block.n_levels for block in self.blocks)
        column = np.r_[self.column, np.where(other.column < 0, -1, other.column + shift)]
        return Regressors((*self.blocks, *other.blocks), stack(self.terms, other.terms), column)


def treatment(sample: CaseSample) -> Regressors:
    """One indicator of treatment."""
    design = sample.design
    block = looked_up("treated", np.where(design.treated, 0, -1), sample.at, 1)
    facts = case_facts(sample, block)
    whole = {"n_obs": np.array([sample.n_cases]), "n_hospitals": np.array([sample.n_hospitals])}
    terms = term_rows("overall", facts | whole, term=["treated"], estimand=AMONG_CASES)
    return Regressors((block,), terms, np.array([0]))


def event_times(sample: CaseSample) -> Regressors:
    """One indicator an event time but the reference; the ends of the window hold all beyond them."""
    design = sample.design
    first, last = design.event_window
    times = np.arange(first, last + 1)
    event_time = design.event_time
    ever = np.isfinite(event_time)
    position = np.clip(np.where(ever, event_time, 0), first, last).astype(np.int64) - first
    reference = times == design.reference
    column = np.where(reference, -1, np.cumsum(~reference) - 1)
    own = np.where(ever, column[position], -1)
    facts = case_facts(sample, looked_up("", np.where(ever, position, -1), sample.at, len(times)))
    seen = event_time[ever & (sample.cases_of_row > 0)]
    kind = np.where(times < -design.anticipation, "lead", "event_time")
    terms = term_rows(
        "event_time",
        facts,
        term=map(event_term, times),
        event_time=times.astype(float),
        note=_event_notes(times, facts, seen, design.reference),
        is_reference=reference,
    )
    terms = with_kinds(terms, kind.tolist())
    block = looked_up("event_time", own, sample.at, len(times) - 1)
    return Regressors((block,), terms, column)


def _event_notes(times: np.ndarray, facts: Facts, seen: np.ndarray, reference: int) -> list[str]:
    notes = ["" if n else NOT_SEEN for n in facts["n_obs"]]
    if seen.size and seen.min() < times[0]:
        notes[0] = f"event time {times[0]} and all before it"
    if seen.size and seen.max() > times[-1]:
        notes[-1] = f"event time {times[-1]} and all after it"
    return ["reference period" if t == reference else note for t, note in zip(times, notes, strict=True)]


def covariate(sample: CaseSample, name: str) -> Regressors:
    """One indicator a level but the first that occurs, or the number itself."""
    if name in sample.numbers:
        return _number(sample, name)
    codes, n_levels = sample.codes[name], len(sample.levels[name])
    seen = np.flatnonzero(Block(name, codes, n_levels).sums(sample.n) > 0)
    place = np.full(n_levels, -1)
    place[seen] = np.arange(len(seen))
    names = [sample.levels[name][k] for k in seen]
    is_reference = np.arange(len(seen)) == 0
    terms = term_rows(
        "covariate",
        case_facts(sample, looked_up(name, place, codes, len(seen))),
        term=[f"covariate={name}:{level}" for level in names],
        note=[REFERENCE_LEVEL if first else "" for first in is_reference],
        is_reference=is_reference,
    )
    block = looked_up(name, np.where(place > 0, place - 1, -1), codes, len(seen) - 1)
    return Regressors((block,), terms, np.arange(len(seen)) - 1)


def _number(sample: CaseSample, name: str) -> Regressors:
    values = sample.numbers[name]
    centred = values - np.average(values, weights=sample.weight)
    # what is left of a constant is rounding, and must not pass for variation
    centred[np.abs(centred) < 1e-12 * np.abs(values).max()] = 0
    block = Block(name, np.zeros(len(values), np.uint8), 1, centred)
    facts = case_facts(sample, replace(block, values=None))
    return Regressors((block,), term_rows("covariate", facts, term=[f"covariate={name}"]), np.array([0]))


def joined(parts: Sequence[Regressors]) -> Regressors:
    """Regressors one after the other."""
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.and_these(part)
    return whole


def case_facts(sample: CaseSample, group: Block) -> Facts:
    """Count the cases and hospitals behind each level of a block; see `terms.group_facts`.

    Cost O(C) once a sample, then O(stretches of cells that agree in hospital, period and shown covariates).
    """
    outline = sample.outline
    cases = pair_sums(group.at(outline.runs), outline.hospital, outline.n)
    cases = cases if isinstance(cases, np.ndarray) else cases.toarray()
    total = cases.sum(1)
    largest = cases.max(1, initial=0)
    return {
        "n_obs": total.astype(np.int64),
        "n_hospitals": (cases > 0).sum(1),
        "n_treated": ((cases > 0) & outline.is_treated).sum(1),
        "count": total,
        "largest_share": np.divide(largest, total, out=np.full(len(total), np.nan), where=total > 0),
    }
