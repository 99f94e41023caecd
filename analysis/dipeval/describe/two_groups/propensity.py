"""How likely the treatment is given the covariates: a logit on covariate cells, and what forbids it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.describe.regressions.category_columns import (
    CategoryColumns,
    category_columns,
    independent,
)
from dipeval.describe.regressions.cell_model import LOGIT, CellFit, fit_cells
from dipeval.describe.regressions.model_cells import ModelCells, Summed
from dipeval.describe.regressions.separation import separated
from dipeval.errors import DataError, Problem

STAGE = "compare treatments"
MOST_EVIDENCE = 5


@dataclass(frozen=True)
class TreatmentCells:
    """Covariate cells of two arms.

    Attributes
    ----------
    cells : ModelCells
        Codes are of the covariates alone.
    treated : numpy.ndarray, shape (cells,), bool
    """

    cells: ModelCells
    treated: np.ndarray

    def kept(self, which: np.ndarray) -> TreatmentCells:
        """The cells for which `which`, (cells,) bool, is true."""
        return TreatmentCells(self.cells.kept(which), self.treated[which])

    def size(self, treated: bool) -> int:
        """Cases of one arm."""
        return int(self.cells.cases[self.treated == treated].sum())


@dataclass(frozen=True)
class PropensityScore:
    """A fitted score.

    Attributes
    ----------
    fit : CellFit
    columns : CategoryColumns
    eta, score : numpy.ndarray, shape (cells,)
        Linear predictor and probability of treatment of each cell.
    rows : numpy.ndarray, shape (cells,), int
        Row of `fit.matrix` of each cell.
    """

    fit: CellFit
    columns: CategoryColumns
    eta: np.ndarray
    score: np.ndarray
    rows: np.ndarray


def treatment_cells(cells: ModelCells, treatment: str) -> TreatmentCells:
    """Take the treatment, a covariate of two levels whose second is treated, out of the covariates."""
    names = list(cells.levels)
    j = names.index(treatment)
    rest = [k for k in range(len(names)) if k != j]
    levels = {names[k]: cells.levels[names[k]] for k in rest}
    plain = ModelCells(
        levels, cells.codes[:, rest], cells.hospital, cells.n_hospitals, cells.cases, cells.outcomes
    )
    return TreatmentCells(plain, cells.codes[:, j] == 1)


def propensity_score(given: TreatmentCells) -> PropensityScore:
    """Fit P(treated | covariates), main effects of all levels (Rosenbaum & Rubin 1983, Biometrika 70:41).

    Raises
    ------
    DataError
        With all problems: an arm without cases, covariates with one value, levels that only one arm has, combinations
        that foretell the arm.

    Notes
    -----
    Cost O(steps × patterns × K²).
    """
    _check(given)
    cells = given.cells
    size = len(cells.patterns)
    n = np.bincount(cells.pattern, cells.cases, size)
    treated = np.bincount(cells.pattern, cells.cases * given.treated, size)
    sums = Summed(n.astype(np.int64), treated, treated)
    columns = category_columns(cells.patterns, cells.levels, n)
    stays = np.flatnonzero(independent(columns.matrix, n))
    columns = CategoryColumns(
        tuple(columns.terms[k] for k in stays), columns.matrix[:, stays], columns.references
    )
    fit = fit_cells(columns.matrix, sums, LOGIT)
    if fit.is_doubtful:
        _refuse_separation(columns, sums, fit)
    eta = fit.eta[cells.pattern]
    return PropensityScore(fit, columns, eta, LOGIT.mean(eta), cells.pattern)


def trimmed(given: TreatmentCells, score: PropensityScore, least: float) -> TreatmentCells:
    """Cells whose score lies within [least, 1 - least] (Crump et al. 2009, Biometrika 96:187)."""
    return given.kept((score.score >= least) & (score.score <= 1 - least))


def _check(given: TreatmentCells) -> None:
    cells, problems = given.cells, []
    for arm, name in ((True, "the second group"), (False, "the first group")):
        if not given.size(arm):
            problems.append(Problem("treatment", f"{name} has no case", "mend `where`, or the groups"))
    for j, (name, words) in enumerate(cells.levels.items()):
        counts = [
            np.bincount(cells.codes[given.treated == arm, j], cells.cases[given.treated == arm], len(words))
            for arm in (False, True)
        ]
        found = [k for k in range(len(words)) if counts[0][k] or counts[1][k]]
        if len(found) < 2:
            problems.append(Problem(f"covariate {name}", "has one value among the cases", "leave it out"))
            continue
        lone = [words[k] for k in found if not (counts[0][k] and counts[1][k])]
        if lone and not problems:
            what = "has levels that only one group has: the groups cannot be compared there"
            todo = "leave these cases out with `where`, or put levels together"
            told = tuple(lone[:MOST_EVIDENCE])
            problems.append(Problem(f"covariate {name}", what, todo, told, len(lone)))
    if problems:
        raise DataError(STAGE, problems)


def _refuse_separation(columns: CategoryColumns, sums: Summed, fit: CellFit) -> None:
    apart, along = separated(columns.matrix, sums)
    if apart.any():
        told = tuple(f"{a}: {b}" for (a, b), on in zip(columns.terms, along, strict=True) if on and a)
        what = f"together foretell the group of {int(sums.known[apart].sum())} cases without error"
        todo = "leave a covariate out, or put levels together"
        raise DataError(STAGE, [Problem("covariates", what, todo, told[:MOST_EVIDENCE], len(told))])
    if not fit.converged:
        raise DataError(STAGE, [Problem("covariates", "the score did not converge", "take fewer levels")])
