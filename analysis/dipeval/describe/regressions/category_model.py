"""A regression on categories, level by level: what is estimated, what is the reference, what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dipeval.describe.measures import MEASURE
from dipeval.describe.regressions.category_columns import (
    INTERCEPT,
    CategoryColumns,
    Term,
    category_columns,
    independent,
)
from dipeval.describe.regressions.cell_errors import Uncertainty, uncertainty_of
from dipeval.describe.regressions.cell_model import GAMMA_LOG, LINEAR, LOGIT, CellFit, Family, fit_cells
from dipeval.describe.regressions.model_cells import ModelCells
from dipeval.describe.regressions.separation import foretelling_levels, separated
from dipeval.errors import DataError, Problem

Reason = tuple[str, str]
NO_CASES = ("no case with a known outcome", "无结局已知的病例")
NEVER = (
    "no case has the outcome: the estimate would be minus infinity, and the cases are left out",
    "无病例出现该结局：估计值为负无穷，相应病例未纳入模型",
)
ALWAYS = (
    "every case has the outcome: the estimate would be infinite, and the cases are left out",
    "所有病例均出现该结局：估计值为正无穷，相应病例未纳入模型",
)
ALL_ZERO = (
    "all values are zero: the logarithm of the mean is not defined, and the cases are left out",
    "取值均为零：均值的对数无定义，相应病例未纳入模型",
)
TOGETHER = (
    "with other covariates it foretells the outcome without error: there is no finite estimate",
    "与其他协变量一起完全决定结局：无有限估计值",
)
COLLINEAR = ("not identified: collinear with the levels before it", "不可识别：与前面的水平共线")
NOT_REACHED = ("the estimation did not converge", "估计未收敛")


@dataclass(frozen=True)
class CategoryModel:
    """A fitted regression and what stands behind it.

    Attributes
    ----------
    fit : CellFit
    columns : CategoryColumns
        Of the terms that are estimated.
    uncertainty : Uncertainty
    cells : ModelCells
        Those of the regression.
    outcome : str
    reasons : mapping of (covariate, level) to (str, str)
        Why a level has no estimate, in English and Chinese.
    """

    fit: CellFit
    columns: CategoryColumns
    uncertainty: Uncertainty
    cells: ModelCells
    outcome: str
    reasons: Mapping[Term, Reason]

    def place(self, term: Term) -> int | None:
        """Column of a term; None for a reference, and where there is no estimate."""
        there = term in self.columns.terms and term not in self.reasons
        return self.columns.terms.index(term) if there else None

    def is_reference(self, term: Term) -> bool:
        """Whether the level is the one left out."""
        return self.columns.references.get(term[0]) == term[1] and term not in self.reasons


def category_model(
    cells: ModelCells,
    outcome: str,
    family: Family,
    errors: str,
    references: Mapping[str, str] | None = None,
) -> CategoryModel:
    """Regress an outcome on all covariates of the cells.

    Parameters
    ----------
    cells : ModelCells
    outcome : str
        Among its outcomes.
    family : Family
    errors : {"robust", "hospital"}
    references : mapping of str to str, optional
        By covariate; else, and where the declared one is left out, see :func:`default_references`.

    Returns
    -------
    CategoryModel
        Levels that foretell the outcome alone are left out with their cases (as Stata does), then those
        that do so together; collinear columns are left out. Each has its reason.

    Raises
    ------
    DataError
        With all problems: the outcome has one value, or a covariate has one level.

    Notes
    -----
    Cost O(cells × covariates + steps × patterns × K²).
    """
    _check(cells, outcome, family)
    sums = cells.outcomes[outcome]
    used = sums.known > 0
    reasons: dict[Term, Reason] = {}
    while family is not LINEAR and used.any():
        found = foretelling_levels(cells, sums, used, family is LOGIT)
        if not found:
            break
        for (name, word), value in found.items():
            j, k = list(cells.levels).index(name), cells.levels[name].index(word)
            used = used & (cells.codes[:, j] != k)
            reasons[name, word] = ALWAYS if value else ALL_ZERO if family is GAMMA_LOG else NEVER
    if not used.any():
        what, todo = "is foretold by levels alone, case by case", "leave those covariates out"
        raise DataError("regress cases", [Problem(f"outcome {outcome.removeprefix(MEASURE)}", what, todo)])
    return _fitted(cells.kept(used), outcome, family, errors, references, reasons)


def default_references(cells: ModelCells, outcome: str, family: Family) -> dict[str, str]:
    """The level of each covariate that tells most: with most cases, of a logit with most on the rarer side.

    A reference with few cases that have the outcome makes every odds ratio uncertain, and none could be shown.
    """
    sums, chosen = cells.outcomes[outcome], {}
    for j, (name, words) in enumerate(cells.levels.items()):
        known, total = (np.bincount(cells.codes[:, j], x, len(words)) for x in (sums.known, sums.total))
        told = np.minimum(total, known - total) if family is LOGIT else known
        chosen[name] = words[int(np.argmax(told))]
    return chosen


def _check(cells: ModelCells, outcome: str, family: Family) -> None:
    sums = cells.outcomes[outcome]
    n, total = int(sums.known.sum()), float(sums.total.sum())
    problems = []
    for j, name in enumerate(cells.levels):
        if n and len(np.unique(cells.codes[sums.known > 0, j])) < 2:
            problems.append(Problem(f"covariate {name}", "has one value among the cases", "leave it out"))
    where = f"outcome {outcome.removeprefix(MEASURE)}"
    if not n:
        problems.append(Problem(where, "is known of no case", "name another outcome"))
    elif sums.is_constant:
        problems.append(Problem(where, "has one value among the cases", "name another outcome"))
    elif family is LOGIT and float(sums.squares.sum()) != total:
        problems.append(Problem(where, "is not 0 or 1", "name a flag"))
    elif family is GAMMA_LOG and total <= 0:
        problems.append(Problem(where, "has a mean that is not above zero", "name another outcome"))
    if problems:
        raise DataError("regress cases", problems)


def _fitted(
    cells: ModelCells,
    outcome: str,
    family: Family,
    errors: str,
    references: Mapping[str, str] | None,
    reasons: dict[Term, Reason],
) -> CategoryModel:
    """Fit; where the estimate does not exist, leave out what separates, and fit again."""
    while True:
        by_cell = cells.outcomes[outcome]
        sums = by_cell.by(cells.pattern, len(cells.patterns))
        chosen = {**default_references(cells, outcome, family), **(references or {})}
        columns = category_columns(cells.patterns, cells.levels, sums.known.astype(float), chosen)
        alone = independent(columns.matrix, sums.known)
        dependent = [term for term, kept in zip(columns.terms, alone, strict=True) if not kept]
        reasons = {term: COLLINEAR for term in dependent} | reasons
        columns = _without(columns, dependent)
        fit = fit_cells(columns.matrix, sums, family)
        if not (family is LOGIT and fit.is_doubtful):
            break
        apart, along = separated(columns.matrix, sums)
        if not apart.any():
            break
        reasons |= {
            term: TOGETHER for term, on in zip(columns.terms, along, strict=True) if on and term != INTERCEPT
        }
        cells = cells.kept(~apart[cells.pattern])
    if not fit.converged:
        reasons |= {term: NOT_REACHED for term in columns.terms}
    uncertainty = uncertainty_of(fit, errors, by_cell, cells.pattern, cells.hospital)
    return CategoryModel(fit, columns, uncertainty, cells, outcome, reasons)


def _without(columns: CategoryColumns, terms: list[Term]) -> CategoryColumns:
    stays = [k for k, term in enumerate(columns.terms) if term not in terms]
    left = tuple(columns.terms[k] for k in stays)
    return CategoryColumns(left, columns.matrix[:, stays], columns.references)
