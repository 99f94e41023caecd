"""Weighted least squares on cells with any number of absorbed effects, exactly.

The largest effect is eliminated level by level, the others are solved together with a pivoted
Cholesky factor, which also counts how many of their levels are redundant; the regressors of interest
follow by Frisch–Waugh–Lovell. One step of iterative refinement on the cells' own residuals removes
the rounding of the normal equations (Golub & Van Loan 2013, section 3.5.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.case_blocks import SLICE, Block
from dipeval.estimate.case_tables import Runs, Tables, cross_tables, equal_runs, first_cells
from dipeval.estimate.least_squares import ABSORBED, generalised_inverse

REDUNDANT = 1e-10
MOST_LEVELS = 12_000
FEW_LEVELS, MANY_CELLS = 3_000, 1_000_000


@dataclass(frozen=True)
class CellFit:
    """A fitted regression on C cells with K regressors; R columns are left beside the eliminated effect.

    Attributes
    ----------
    coefficients : numpy.ndarray, shape (K,)
    determined : numpy.ndarray, shape (K,), bool
    bread : numpy.ndarray, shape (K, K)
        Generalised inverse of the Gram matrix of the regressors without the effects.
    rank, effects_rank : int
        Regressors that the data distinguish; dimensions that all effects span together.
    residuals : numpy.ndarray, shape (C,)
        Mean of the outcome in a cell minus its prediction.
    eliminated : Block
    rest : tuple of Block
        The other effects, then the regressors, of the U stretches of cells that agree in all of them.
    runs : Runs
        These stretches.
    solutions : mapping of str to numpy.ndarray, shape (levels,)
        Coefficients of each block by its name: one least-squares solution.
    rest_projection : numpy.ndarray, shape (R, K)
    eliminated_projection : numpy.ndarray, shape (L, K)
        A regressor without the effects is, in every cell, the sum of these over the cell's columns.
    """

    coefficients: np.ndarray
    determined: np.ndarray
    bread: np.ndarray
    rank: int
    effects_rank: int
    residuals: np.ndarray
    eliminated: Block
    rest: tuple[Block, ...]
    runs: Runs
    solutions: Mapping[str, np.ndarray]
    rest_projection: np.ndarray
    eliminated_projection: np.ndarray


@dataclass(frozen=True)
class _Normal:
    """The normal equations with one effect eliminated; `f` columns of the rest are effects."""

    tables: Tables
    reduced: np.ndarray
    f: int
    factor: np.ndarray
    pivots: np.ndarray
    gamma: np.ndarray
    bread: np.ndarray
    determined: np.ndarray
    rank: int

    def solve(self, own: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients of the eliminated effect (L,) and of the rest (R,) for sums (L,) and (R,)."""
        right = rest - self.tables.side.T @ (own / self.tables.own)
        regressors = self.bread @ (right[self.f :] - self.gamma.T @ right[: self.f])
        effects = self.solve_effects(right[: self.f] - self.reduced[: self.f, self.f :] @ regressors)
        solved = np.r_[effects, regressors]
        return (own - self.tables.side @ solved) / self.tables.own, solved

    def solve_effects(self, right: np.ndarray) -> np.ndarray:
        """One solution of the effects' equations for right sides (f,) or (f, K)."""
        return _back(self.factor, self.pivots, right)


def fit_cells(
    effects: Sequence[Block], regressors: Sequence[Block], weight: np.ndarray, mean: np.ndarray
) -> CellFit:
    """Regress cell means on regressors with absorbed effects.

    Parameters
    ----------
    effects : sequence of Block
        At least one; every cell has a level of each, every level occurs.
    regressors : sequence of Block
        K columns in all.
    weight : numpy.ndarray, shape (C,)
        Cases of the cell, times their weight.
    mean : numpy.ndarray, shape (C,)
        Mean of the outcome.

    Raises
    ------
    DesignError
        More levels beside the largest effect than can be solved directly.

    Notes
    -----
    O(C B²) for B blocks and O(R³) for the R columns beside the largest effect.
    """
    chosen, runs = _chosen(effects, regressors, len(mean))
    eliminated = effects[chosen]
    others = [block for k, block in enumerate(effects) if k != chosen]
    rest = (*others, *regressors)
    _check_size(others)
    short = tuple(block.at(runs.starts) for block in rest)
    tables = cross_tables(eliminated, short, weight, runs)
    normal = _normal(tables, sum(b.n_levels for b in others), regressors)
    residuals = mean - np.einsum("i,i->", weight, mean) / weight.sum()
    own, solution = np.zeros(eliminated.n_levels), np.zeros(len(tables.square))
    for _ in range(2):
        weighted = weight * residuals
        totals = runs.sums(weighted)
        step = normal.solve(eliminated.sums(weighted), np.concatenate([b.sums(totals) for b in short]))
        del weighted
        _take_off(residuals, eliminated, short, runs, *step)
        own, solution = own + step[0], solution + step[1]
    projection = np.vstack([-normal.gamma, np.eye(len(solution) - normal.f)])
    return CellFit(
        coefficients=solution[normal.f :],
        determined=normal.determined,
        bread=normal.bread,
        rank=normal.rank,
        effects_rank=eliminated.n_levels + len(normal.pivots),
        residuals=residuals,
        eliminated=eliminated,
        rest=short,
        runs=runs,
        solutions=_by_block(eliminated, rest, own, solution),
        rest_projection=projection,
        eliminated_projection=-(normal.tables.side @ projection) / normal.tables.own[:, None],
    )


def _chosen(effects: Sequence[Block], regressors: Sequence[Block], n: int) -> tuple[int, Runs]:
    """Which effect to eliminate, and the stretches of the n cells that agree in all others.

    The largest, so that the system that is left is small; where that is small anyway and cells are
    many, the one without which the stretches are longest.
    """
    levels = [block.n_levels for block in effects]
    largest = levels.index(max(levels))
    good = [k for k in range(len(effects)) if sum(levels) - levels[k] <= FEW_LEVELS]
    tried = sorted({largest, *good}) if n > MANY_CELLS else [largest]

    def without(k: int) -> list[Block]:
        return [*(block for j, block in enumerate(effects) if j != k), *regressors]

    # stretches are counted first: kept for every effect they would be the largest thing in memory
    counts = {k: int(first_cells(without(k), n).sum()) for k in tried} if len(tried) > 1 else {}
    best = min(tried, key=lambda k: (counts.get(k, 0), -levels[k], k))
    return best, equal_runs(without(best), n)


def effects_rank(effects: Sequence[Block], weight: np.ndarray) -> int:
    """Dimensions that effects span together."""
    if len(effects) == 1:
        return effects[0].n_levels
    ordered = sorted(effects, key=lambda block: block.n_levels)
    runs = equal_runs(ordered[:-1], len(weight))
    tables = cross_tables(ordered[-1], [b.at(runs.starts) for b in ordered[:-1]], weight, runs)
    return ordered[-1].n_levels + len(_pivoted(without_eliminated(tables), np.diag(tables.square))[1])


def _check_size(others: Sequence[Block]) -> None:
    levels = sum(block.n_levels for block in others)
    if levels > MOST_LEVELS:
        told = tuple(f"{block.name}: {block.n_levels}" for block in others)
        what = (
            f"have {levels} levels beside the largest effect; more than {MOST_LEVELS} are not solved exactly"
        )
        todo = "absorb fewer, or coarser ones (a diagnosis by its first three characters)"
        raise DesignError("estimate", [Problem("effects", what, todo, told, len(told))])


def without_eliminated(tables: Tables) -> np.ndarray:
    """Sums of products of the rest once the eliminated effect is taken out, (R, R)."""
    if isinstance(tables.side, np.ndarray):
        scaled = tables.side / np.sqrt(tables.own)[:, None]
        return tables.square - scaled.T @ scaled
    from scipy.sparse import diags

    scaled = diags(1 / np.sqrt(tables.own)) @ tables.side
    return tables.square - (scaled.T @ scaled).toarray()


def _normal(tables: Tables, f: int, regressors: Sequence[Block]) -> _Normal:
    reduced = without_eliminated(tables)
    factor, pivots = _pivoted(reduced[:f, :f], np.diag(tables.square)[:f])
    gamma = _back(factor, pivots, reduced[:f, f:])
    gram = reduced[f:, f:] - reduced[f:, :f] @ gamma
    bread, determined, rank = generalised_inverse((gram + gram.T) / 2, np.diag(tables.square)[f:])
    return _Normal(tables, reduced, f, factor, pivots, gamma, bread, determined, rank)


def _pivoted(matrix: np.ndarray, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cholesky factor of the largest independent set of columns, scaled, and which they are."""
    from scipy.linalg.lapack import dpstrf

    diagonal = np.diag(matrix)
    alive = np.flatnonzero(diagonal > ABSORBED * raw)
    if not len(alive):
        return np.empty((0, 0)), alive
    scale = np.sqrt(diagonal[alive])
    scaled = matrix[np.ix_(alive, alive)] / np.outer(scale, scale)
    factor, order, rank, _ = dpstrf(scaled, tol=REDUNDANT, lower=1)
    chosen = alive[order[:rank] - 1]
    return np.tril(factor[:rank, :rank]) * np.sqrt(diagonal[chosen])[:, None], chosen


def _back(factor: np.ndarray, pivots: np.ndarray, right: np.ndarray) -> np.ndarray:
    from scipy.linalg import cho_solve

    solved = np.zeros_like(right, float)
    if len(pivots):
        solved[pivots] = cho_solve((factor, True), right[pivots])
    return solved


def _by_block(
    eliminated: Block, rest: Sequence[Block], own: np.ndarray, solved: np.ndarray
) -> dict[str, np.ndarray]:
    """Coefficients of each block by its name."""
    ends = np.cumsum([block.n_levels for block in rest])
    parts = np.split(solved, ends[:-1])
    return {eliminated.name: own, **{block.name: part for block, part in zip(rest, parts, strict=True)}}


def _take_off(
    residuals: np.ndarray,
    eliminated: Block,
    short: Sequence[Block],
    runs: Runs,
    own: np.ndarray,
    solved: np.ndarray,
) -> None:
    """Subtract a prediction from residuals (C,), in place and piece by piece."""
    predicted, start = np.zeros(len(runs.starts)), 0
    for block in short:
        predicted += block.fitted(solved[start : start + block.n_levels])
        start += block.n_levels
    for cells, mine in runs.pieces(SLICE):
        residuals[cells] -= eliminated.at(cells).fitted(own)
        residuals[cells] -= np.repeat(predicted[mine], runs.lengths[mine])
