"""What a reader can compute of the cells that were held back, from those that were not.

The reader is taken to know all released cells, all sums, the rules, and why each cell was held back
(the report says so). Hence a cell held back as too small is known to lie from 1 to the minimum less
one, and any other that was held back to be at least the minimum.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.results.relations import Sum

TOLERANCE = 1e-7


def sum_matrix(names: Sequence[str], sums: Sequence[Sum]) -> np.ndarray:
    """One row a sum, shape (sums, cells): 1 at the parts, -1 at the total.

    Raises
    ------
    ValueError
        If a sum names a cell that is not among `names`.
    """
    position = {name: i for i, name in enumerate(names)}
    unknown = sorted({n for s in sums for n in (s.total, *s.parts)} - set(position))
    if unknown:
        raise ValueError(f"{len(unknown)} cells of sums are in no exhibit: {unknown[:5]}")
    matrix = np.zeros((len(sums), len(names)))
    for row, one in enumerate(sums):
        matrix[row, position[one.total]] = -1.0
        matrix[row, [position[part] for part in one.parts]] = 1.0
    return matrix


def recoverable(matrix: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Which held cells linear algebra alone determines.

    A held cell is determined if and only if its unit vector lies in the row space of the sums restricted
    to the held cells (Hundepool et al. 2012, ch. 4), that is, if no vector of the null space moves it.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (sums, cells)
        From :func:`sum_matrix`.
    held : numpy.ndarray of bool, shape (cells,)

    Returns
    -------
    numpy.ndarray of bool, shape (cells,)
        False where the cell is released. Cost O(sums × held²).
    """
    found = np.zeros(len(held), dtype=bool)
    where = np.flatnonzero(held)
    if not len(where) or not len(matrix):
        return found
    _, sizes, right = np.linalg.svd(matrix[:, where], full_matrices=True)
    null = right[int((sizes > TOLERANCE).sum()) :]
    found[where] = (np.abs(null) < TOLERANCE).all(axis=0)
    return found


def knowledge(counts: np.ndarray, minimum_cell: int) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of each cell that the rules give away, were it held back; a zero is never held back.

    Returns
    -------
    lower, upper : numpy.ndarray, shape (cells,)
        ``[1, minimum_cell - 1]`` for small cells, ``[minimum_cell, ∞)`` for others, 0 for zeros;
        wider where a count that is not whole lies beyond.
    """
    small = (counts > 0) & (counts < minimum_cell)
    lower = np.where(small, np.minimum(counts, 1.0), np.where(counts > 0, float(minimum_cell), 0.0))
    upper = np.where(small, np.maximum(counts, minimum_cell - 1.0), np.where(counts > 0, np.inf, 0.0))
    return lower, upper


def feasible_interval(
    matrix: np.ndarray, counts: np.ndarray, held: np.ndarray, cell: int, minimum_cell: int
) -> tuple[float, float]:
    """Smallest and largest number of cases that a held cell can have, for a reader who knows the rules.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (sums, cells)
    counts : numpy.ndarray, shape (cells,)
    held : numpy.ndarray of bool, shape (cells,)
    cell : int
        A held cell.
    minimum_cell : int

    Returns
    -------
    low, high : float
        `high` may be infinite. Two linear programmes over the held cells; a reader who uses that counts
        are whole numbers finds the same in tables of two dimensions (their sums are totally unimodular),
        and may find less in others.

    Raises
    ------
    ValueError
        If the cell is not held.
    """
    from scipy.optimize import linprog

    if not held[cell]:
        raise ValueError("only a cell that is held back has an interval")
    where = np.flatnonzero(held)
    lower, upper = knowledge(counts, minimum_cell)
    aim = (where == cell).astype("float64")
    equal = matrix[:, where]
    told = equal @ counts[where]
    rows = np.abs(equal).sum(axis=1) > 0
    bounds = np.column_stack([lower[where], upper[where]])
    ends = []
    for sign in (1.0, -1.0):
        solved = linprog(sign * aim, A_eq=equal[rows], b_eq=told[rows], bounds=bounds, method="highs")
        if solved.status not in (0, 3):
            raise ArithmeticError(f"linear programme of a suppressed cell: {solved.message}")
        ends.append(sign * (solved.fun if solved.status == 0 else -np.inf))
    return ends[0], ends[1]
