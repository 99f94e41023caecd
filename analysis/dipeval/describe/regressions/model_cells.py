"""Cases grouped by covariates and hospital: all that a regression on categories needs of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.group_moments import MOST_VALUE, scaled, times
from dipeval.errors import DataError, Problem

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.describe.dimensions import Dimension
    from dipeval.store.contract import TableEngine

STAGE = "describe cases"
HOLDERS = ("city", "hospital")
MOST_CELLS = 2_000_000
CONSTANT = 1e-12
"""A variance below this share of the mean square is rounding."""


@dataclass(frozen=True)
class Summed:
    """One outcome by cell or pattern, in major units; each array has one entry a cell.

    Attributes
    ----------
    known : numpy.ndarray of int64
        Cases with a value.
    total, squares : numpy.ndarray of float64
        Sums of the values and of their squares: made of exact integers.
    """

    known: np.ndarray
    total: np.ndarray
    squares: np.ndarray

    @property
    def is_constant(self) -> bool:
        """Whether no two known values differ, as far as floats can tell."""
        n, total, squares = int(self.known.sum()), float(self.total.sum()), float(self.squares.sum())
        return n * squares - total**2 <= CONSTANT * n * squares

    def by(self, index: np.ndarray, size: int) -> Summed:
        """Sums over the entries with one index; `index` is (entries,) in 0 … `size` - 1."""
        known = np.bincount(index, self.known, size).astype(np.int64)
        return Summed(known, np.bincount(index, self.total, size), np.bincount(index, self.squares, size))


@dataclass(frozen=True)
class ModelCells:
    """Cells in the order of their codes and hospitals.

    Attributes
    ----------
    levels : mapping of str to tuple of str
        Levels of each covariate, in the order of the columns of `codes`.
    codes : numpy.ndarray, shape (cells, covariates), int64
    hospital : numpy.ndarray, shape (cells,), int64
        Number of the hospital, 0 … `n_hospitals` - 1.
    n_hospitals : int
    cases : numpy.ndarray, shape (cells,), int64
    outcomes : mapping of str to Summed
    """

    levels: Mapping[str, tuple[str, ...]]
    codes: np.ndarray
    hospital: np.ndarray
    n_hospitals: int
    cases: np.ndarray
    outcomes: Mapping[str, Summed]

    @cached_property
    def _grouped(self) -> tuple[np.ndarray, np.ndarray]:
        sizes = [len(levels) for levels in self.levels.values()]
        flat = np.ravel_multi_index(tuple(self.codes.T), sizes) if sizes else np.zeros(len(self.cases), int)
        found, first, inverse = np.unique(flat, return_index=True, return_inverse=True)
        return self.codes[first].reshape(len(found), -1), inverse

    @property
    def patterns(self) -> np.ndarray:
        """Combinations of levels that cases have, (patterns, covariates)."""
        return self._grouped[0]

    @property
    def pattern(self) -> np.ndarray:
        """The pattern of each cell, (cells,)."""
        return self._grouped[1]

    def kept(self, which: np.ndarray) -> ModelCells:
        """The cells for which `which`, (cells,) bool, is true; hospitals keep their numbers."""
        outcomes = {
            name: Summed(s.known[which], s.total[which], s.squares[which])
            for name, s in self.outcomes.items()
        }
        return ModelCells(
            self.levels,
            self.codes[which],
            self.hospital[which],
            self.n_hospitals,
            self.cases[which],
            outcomes,
        )

    def only(self, name: str) -> ModelCells:
        """The same cells with one of the covariates."""
        j = list(self.levels).index(name)
        return ModelCells(
            {name: self.levels[name]},
            self.codes[:, [j]],
            self.hospital,
            self.n_hospitals,
            self.cases,
            self.outcomes,
        )

    def held(self, which: np.ndarray, counts: np.ndarray | None = None) -> tuple[int, float]:
        """Cases of the cells `which`, (cells,) bool, and the largest hospital's share of them.

        Parameters
        ----------
        counts : numpy.ndarray, shape (cells,), optional
            What is counted, by default the cases.
        """
        counted = self.cases if counts is None else counts
        by_hospital = np.bincount(self.hospital[which], counted[which], self.n_hospitals)
        total = int(by_hospital.sum())
        return total, float(by_hospital.max() / total) if total else float("nan")


def model_cells(
    engine: TableEngine,
    cases: ir.Table,
    dimensions: Sequence[Dimension],
    measures: Sequence[CaseVariable],
    holders: Sequence[str] = HOLDERS,
) -> ModelCells:
    """Group cases by covariates and hospital, and sum the measures.

    Parameters
    ----------
    cases : ibis table
        With the columns of `dimensions` (`dimensions.with_dimensions`) and `measures` (`measures.with_measures`).
    dimensions : sequence of Dimension
    measures : sequence of CaseVariable
    holders : sequence of str
        Columns that together name the hospital.

    Raises
    ------
    DataError
        No case, more than `MOST_CELLS` cells, or values beyond 40 bits.

    Notes
    -----
    Cost: one pass, which groups into C cells; Python holds O(C × (covariates + measures)) numbers.
    """
    from dipeval.panel.case_words import square_sum
    from dipeval.schema.functions import int64_of_sum

    columns = [dimension.column for dimension in dimensions]
    integers = {f"v{k}": scaled(cases, measure) for k, measure in enumerate(measures)}
    told = {f"t{k}": cases[measure.name].notnull() for k, measure in enumerate(measures)}
    plain = cases.select(*dict.fromkeys([*columns, *holders]), **integers, **told)
    made: dict[str, ir.Value] = {"cases": plain.count()}
    for k in range(len(measures)):
        value = plain[f"v{k}"]
        made |= {f"n{k}": value.count(), f"s{k}": int64_of_sum(value.sum()), f"q{k}": square_sum(value)}
        made[f"b{k}"] = times(plain[f"t{k}"]) - value.count()
    keys = list(dict.fromkeys([*columns, *holders]))
    frame = engine.to_frame(plain.group_by(keys).aggregate(**made).limit(MOST_CELLS + 1))
    _refuse(frame, measures)
    return _collected(frame, dimensions, measures, list(holders))


def _refuse(frame: pd.DataFrame, measures: Sequence[CaseVariable]) -> None:
    problems = []
    if frame.empty:
        problems.append(Problem("cases", "are none", "mend `where`, or the window of the study"))
    if len(frame) > MOST_CELLS:
        what = f"fall into more than {MOST_CELLS:,} combinations of covariates and hospital"
        problems.append(Problem("cases", what, "take coarser covariates"))
    for k, measure in enumerate(measures):
        if len(frame) and (many := int(frame[f"b{k}"].sum())):
            what = f"has values beyond {MOST_VALUE:,} smallest units"
            problems.append(Problem(f"variable {measure.labels[0]}", what, "mend them", count=many))
    if problems:
        raise DataError(STAGE, problems)


def _collected(
    frame: pd.DataFrame, dimensions: Sequence[Dimension], measures: Sequence[CaseVariable], holders: list[str]
) -> ModelCells:
    levels = {dimension.name: tuple(dimension.levels) for dimension in dimensions}
    codes = np.empty((len(frame), len(dimensions)), np.int64)
    for j, dimension in enumerate(dimensions):
        place = {level: k for k, level in enumerate(dimension.levels)}
        codes[:, j] = frame[dimension.column].map(place).to_numpy()
    names = pd.MultiIndex.from_frame(frame[holders].astype("str"))
    hospitals = names.unique().sort_values()
    hospital = hospitals.get_indexer(names)
    order = np.lexsort([hospital, *codes.T[::-1]])
    outcomes = {}
    for k, measure in enumerate(measures):
        unit = float(10**measure.decimals)
        parts = (frame[f"{mark}{k}"].fillna(0).to_numpy()[order] for mark in "nsq")
        known, total, squares = parts
        outcomes[measure.name] = Summed(
            known.astype(np.int64), total.astype(np.float64) / unit, squares.astype(np.float64) / unit**2
        )
    cases = frame["cases"].to_numpy(np.int64)[order]
    return ModelCells(levels, codes[order], hospital[order], len(hospitals), cases, outcomes)
