"""Which cases make a logit estimate infinite: levels that foretell the outcome, alone or together."""

from __future__ import annotations

import numpy as np

from dipeval.describe.regressions.category_columns import Term
from dipeval.describe.regressions.model_cells import ModelCells, Summed

FLAT = 1e-7


def foretelling_levels(
    cells: ModelCells, sums: Summed, used: np.ndarray, is_binary: bool
) -> dict[Term, float]:
    """Levels all of whose cases have the outcome 0 (or, of a binary outcome, 1), and that value.

    Parameters
    ----------
    cells : ModelCells
    sums : Summed
        By cell.
    used : numpy.ndarray, shape (cells,), bool
        Cells that are in the regression.
    is_binary : bool
        Whether 1 for all is a border as well.

    Returns
    -------
    dict of (covariate, level) to float
        Cost O(cells × covariates).
    """
    found: dict[Term, float] = {}
    for j, (name, words) in enumerate(cells.levels.items()):
        codes = cells.codes[used, j]
        known = np.bincount(codes, sums.known[used], len(words))
        total = np.bincount(codes, sums.total[used], len(words))
        for k, word in enumerate(words):
            if known[k] and total[k] == 0:
                found[name, word] = 0.0
            elif known[k] and is_binary and total[k] == known[k]:
                found[name, word] = 1.0
    return found


def separated(matrix: np.ndarray, sums: Summed) -> tuple[np.ndarray, np.ndarray]:
    """Patterns that a combination of columns foretells without error, and the columns in it.

    A direction z along which no case loses likelihood: X z ≥ 0 where all outcomes are 1, ≤ 0 where all
    are 0, = 0 where both occur (Albert & Anderson 1984, Biometrika 71:1; found by the linear programme of
    Konis 2007, ch. 4). Patterns with X z ≠ 0 add nothing to the other estimates and are left out.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (patterns, K)
    sums : Summed
        By pattern, of a binary outcome.

    Returns
    -------
    patterns : numpy.ndarray, shape (patterns,), bool
    columns : numpy.ndarray, shape (K,), bool
        Cost: one linear programme with K variables and a row a pattern.
    """
    from scipy.optimize import linprog

    used = np.flatnonzero(sums.known > 0)
    ones, all_cases = sums.total[used], sums.known[used]
    mixed = (ones > 0) & (ones < all_cases)
    signed = matrix[used] * np.where(ones == 0, -1.0, 1.0)[:, None]
    pure, both = signed[~mixed], signed[mixed]
    fixed = {"A_eq": both, "b_eq": np.zeros(len(both))} if len(both) else {}
    solution = linprog(
        -pure.sum(axis=0), A_ub=-pure, b_ub=np.zeros(len(pure)), bounds=(-1, 1), method="highs", **fixed
    )
    patterns, columns = np.zeros(len(matrix), bool), np.zeros(matrix.shape[1], bool)
    if solution.status == 0 and -solution.fun > FLAT:
        apart = (np.abs(signed @ solution.x) > FLAT) & ~mixed
        patterns[used[apart]] = True
        columns = np.abs(solution.x) > FLAT
    return patterns, columns
