"""What the cells of a regression's table are called, and who stands behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dipeval.describe.cases.cells import cell_name, where_word
from dipeval.describe.cases.grid import Held, Word
from dipeval.describe.dimensions import Dimension
from dipeval.describe.regressions.category_columns import Term
from dipeval.describe.regressions.model_cells import ModelCells
from dipeval.results.relations import Derived, Sum

ALL = Word("all", "All cases", "全部病例")


@dataclass(frozen=True)
class DeterminantWords:
    """One regression in words.

    Attributes
    ----------
    name : str
        Of the exhibit.
    outcome : str
        Among the outcomes of the cells.
    column : str
        The column or outcome of the vocabulary that it is.
    label : (str, str)
    covariates : mapping of str to Dimension
    where : mapping of str to object
        The selection of cases.
    is_binary : bool
    """

    name: str
    outcome: str
    column: str
    label: tuple[str, str]
    covariates: Mapping[str, Dimension]
    where: Mapping[str, object]
    is_binary: bool

    def line(self, term: Term) -> Word:
        """The head of a level's row."""
        return Word(f"{term[0]}={term[1]}", *self.covariates[term[0]].labels[term[1]])

    def section(self, name: str) -> tuple[str, str]:
        """The heading above the levels of a covariate."""
        return self.covariates[name].label_en, self.covariates[name].label_zh

    def cases(self, cells: ModelCells, term: Term | None) -> Held:
        """Cases of a level, or all, whose outcome is known."""
        counts = cells.outcomes[self.outcome].known
        return Held(*cells.held(self._which(cells, term), counts), self._cell("known", term))

    def events(self, cells: ModelCells, term: Term | None) -> Held:
        """Cases of a level, or all, that have the outcome."""
        counts = np.round(cells.outcomes[self.outcome].total).astype(np.int64)
        return Held(*cells.held(self._which(cells, term), counts), self._cell("having", term))

    def behind(self, cells: ModelCells, term: Term | None) -> Held:
        """What stands behind a number about a level: those who have the outcome, or whose rate is known."""
        return self.events(cells, term) if self.is_binary else self.cases(cells, term)

    def of_estimate(self, cells: ModelCells, term: Term) -> Held:
        """Behind an estimate of a level, in a cell of its own."""
        return self.behind(cells, term)._replace(cell=f"{self.name}/estimate/{term[0]}={term[1]}")

    def derived(self, cells: ModelCells, term: Term, reference: Term) -> Derived:
        """An estimate tells its level from its reference."""
        of = tuple(self.behind(cells, t).cell for t in dict.fromkeys((term, reference)))
        return Derived(self.of_estimate(cells, term).cell, of)

    def sums(self, cells: ModelCells) -> tuple[Sum, ...]:
        """The levels of each covariate make up all cases, and all that have the outcome."""
        made = []
        for j, (name, words) in enumerate(cells.levels.items()):
            terms = [
                (name, words[k]) for k in np.unique(cells.codes[cells.outcomes[self.outcome].known > 0, j])
            ]
            kinds = (self.cases, self.events) if self.is_binary else (self.cases,)
            for kind in kinds:
                parts = tuple(kind(cells, term).cell for term in terms)
                made.append(Sum(kind(cells, None).cell, parts))
        return tuple(made)

    def _which(self, cells: ModelCells, term: Term | None) -> np.ndarray:
        if term is None:
            return np.ones(len(cells.cases), bool)
        j = list(cells.levels).index(term[0])
        return cells.codes[:, j] == cells.levels[term[0]].index(term[1])

    def _cell(self, kind: str, term: Term | None) -> str:
        """As compositions and rates call the same cases."""
        place = {} if term is None else {term[0]: term[1]}
        if kind == "having":
            return cell_name(where_word({**self.where, self.column: True}), place)
        return cell_name(where_word({**self.where, "known": (self.column,)}), place)
