"""The cases that one case-level estimate stands on, as cells, and why the others are not among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from dipeval.design import PanelDesign
from dipeval.estimate.case_blocks import Block, compressed, crossed, looked_up
from dipeval.estimate.case_tables import equal_runs
from dipeval.ledger import Entry, Ledger
from dipeval.panel.case_cells import CaseCells

TWO_WAY = ("hospital", "period")


@dataclass(frozen=True)
class Outline:
    """U stretches of neighbouring cells that agree in hospital, period and the covariates shown.

    Attributes
    ----------
    runs : numpy.ndarray, shape (U,), int
        First cell of each.
    n : numpy.ndarray, shape (U,), int
        Cases.
    hospital : Block
        Of the U stretches.
    is_treated : numpy.ndarray, shape (levels of `hospital`,), bool
        Whether a hospital has treated cases.
    """

    runs: np.ndarray
    n: np.ndarray
    hospital: Block
    is_treated: np.ndarray


@dataclass(frozen=True)
class CaseSample:
    """C cells of cases with an outcome, in the design and with all covariates.

    Attributes
    ----------
    design : PanelDesign
    at : numpy.ndarray, shape (C,), int
        Row of the design.
    n : numpy.ndarray, shape (C,), int
        Cases.
    mean, within : numpy.ndarray, shape (C,)
        Mean of the outcome and squares about it.
    case_weight : numpy.ndarray, shape (C,), or None
    codes : mapping of str to numpy.ndarray, shape (C,), int
    numbers : mapping of str to numpy.ndarray, shape (C,)
    levels : mapping of str to tuple of str
    shown : tuple of str
        Covariates that get rows of their own.
    part : str
        Names the estimate in the ledger.
    ledger : Ledger
    """

    design: PanelDesign
    at: np.ndarray
    n: np.ndarray
    mean: np.ndarray
    within: np.ndarray
    case_weight: np.ndarray | None
    codes: Mapping[str, np.ndarray]
    numbers: Mapping[str, np.ndarray]
    levels: Mapping[str, tuple[str, ...]]
    shown: tuple[str, ...]
    part: str
    ledger: Ledger

    @property
    def weight(self) -> np.ndarray:
        """Weight of each cell (C,): its cases, times their weight."""
        return self.n if self.case_weight is None else self.n * self.case_weight

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return int(self.n.sum())

    @property
    def n_hospitals(self) -> int:
        """Number of hospitals with a case."""
        return int(self.hospitals.sum())

    @cached_property
    def hospitals(self) -> np.ndarray:
        """Whether each hospital of the design has a case (n_units,), bool."""
        seen = np.zeros(self.design.n_units, bool)
        seen[self.design.unit[self.cases_of_row > 0]] = True
        return seen

    @cached_property
    def cases_of_row(self) -> np.ndarray:
        """Cases of each row of the design."""
        return Block("row", self.at, self.design.n_obs).sums(self.n)

    @cached_property
    def outline(self) -> Outline:
        """The sample without its outcome and without what is only absorbed."""
        shown = [Block(name, self.codes[name], 0) for name in self.shown if name in self.codes]
        runs = equal_runs([Block("row", self.at, self.design.n_obs), *shown], len(self.n)).starts
        hospital = self.effect("hospital")
        treated = self.design.treated & (self.cases_of_row > 0)
        ever = np.bincount(self.design.unit[treated], minlength=self.design.n_units) > 0
        counts = np.add.reduceat(self.n, runs, dtype=np.int64)
        return Outline(runs, counts, hospital.at(runs), ever[self.hospitals])

    def where(self, keep: np.ndarray) -> CaseSample:
        """The cells of a mask (C,), bool, without an entry in the ledger."""
        return replace(
            self,
            **{name: getattr(self, name)[keep] for name in ("at", "n", "mean", "within")},
            case_weight=None if self.case_weight is None else self.case_weight[keep],
            codes={name: codes[keep] for name, codes in self.codes.items()},
            numbers={name: values[keep] for name, values in self.numbers.items()},
        )

    def leaving(self, kept: CaseSample, rule: str, note: str) -> CaseSample:
        """What is kept of this sample, with an entry in its ledger."""
        counts = (self.n_cases, kept.n_cases, 0, self.n_hospitals, kept.n_hospitals)
        return replace(kept, ledger=self.ledger.add(Entry("estimate", self.part, rule, *counts, note)))

    def drop(self, out: np.ndarray, rule: str, note: str) -> CaseSample:
        """Leave cells out and say so in the ledger; unchanged when the mask (C,) is empty."""
        return self.leaving(self.where(~out), rule, note) if out.any() else self

    def effect(self, name: str) -> Block:
        """An absorbed effect: ``hospital``, ``period``, a covariate, or several joined by a colon.

        Its levels are those that occur, in their order.
        """
        blocks = [self._level(word) for word in name.split(":")]
        made = blocks[0]
        for block in blocks[1:]:
            made = crossed(name, made, block)
        return replace(made, name=name)

    def _level(self, word: str) -> Block:
        if word not in TWO_WAY:
            return compressed(word, self.codes[word])
        own = self.design.unit if word == "hospital" else self.design.time
        seen = np.bincount(own, self.cases_of_row) > 0
        return looked_up(word, (np.cumsum(seen) - 1)[own], self.at, int(seen.sum()))


def select_cases(
    design: PanelDesign,
    cells: CaseCells,
    outcome: str,
    shown: Sequence[str],
    absorbed: Sequence[str],
    part: str,
) -> CaseSample:
    """Select the cases of a design that have the outcome and the covariates.

    Parameters
    ----------
    design : PanelDesign
        Built on ``cells.periods``.
    cells : CaseCells
    outcome : str
    shown, absorbed : sequence of str
        Covariates of the cells.
    part : str
        For the ledger.
    """
    used = dict.fromkeys([*shown, *absorbed])
    position = np.full(design.n_rows_in + 1, -1, np.int32)
    position[design.rows] = np.arange(design.n_obs)
    at = position[cells.row]
    found, whole = cells.outcomes[outcome], cells.n_cases
    inside = at >= 0
    sample = CaseSample(
        design,
        at,
        cells.n,
        found.mean,
        found.within,
        cells.weights,
        {name: cells.codes[name] for name in used if name in cells.codes},
        {name: cells.numbers[name] for name in used if name in cells.numbers},
        {name: cells.levels[name] for name in used if name in cells.codes},
        tuple(shown),
        part,
        Ledger((Entry("estimate", part, "cases", whole, whole),)),
    )
    known = found.n
    if not inside.all():
        kept, known = sample.where(inside), known[inside]
        counts = (whole, kept.n_cases, 0, None, kept.n_hospitals)
        note = "their hospital and period are not in the design"
        left = Entry("estimate", part, "outside_design", *counts, note)
        sample = replace(kept, ledger=sample.ledger.add(left))
    return _complete(sample, known)


def _complete(sample: CaseSample, known: np.ndarray) -> CaseSample:
    """Leave out cases without the outcome, a part of a cell at a time, then cells without a covariate."""
    if (known != sample.n).any():
        left = replace(sample, n=known).where(known > 0)
        sample = sample.leaving(left, "outcome_missing", "the outcome is missing")
    for name in (*sample.codes, *sample.numbers):
        gone = sample.codes[name] < 0 if name in sample.codes else np.isnan(sample.numbers[name])
        sample = sample.drop(gone, "covariate_missing", f"covariate {name} is missing")
    return sample


def drop_single_cases(sample: CaseSample, effects: Sequence[str]) -> CaseSample:
    """Leave out cases that are alone in a level of an effect, until none is left.

    The level's own effect fits such a case perfectly: it says nothing about a coefficient and only
    distorts the count of cases and clusters (Correia 2015).
    """
    blocks = [sample.effect(name) for name in effects]
    count = sample.n.astype(float)
    alone = np.zeros(len(count), bool)
    found = True
    while found:
        found = False
        for block in blocks:
            single = np.append(block.sums(count) == 1, False)
            if single.any():
                found = True
                alone |= single[block.codes] & (count > 0)
                count[alone] = 0
    return sample.drop(alone, "singleton", f"the only case of its {', '.join(effects)}")
