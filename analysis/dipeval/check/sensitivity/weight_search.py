"""The largest weighted moment where the vertices are too many to list: many linear programmes at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr
from scipy.optimize import linprog

TOLERANCE = 1e-9
"""Reduced costs, relative to the largest entry of the objective, that count as zero."""
NUMBERS = 4_000_000
"""Entries of all tableaus that are worked on together: 32 megabytes."""
PATIENT, LIMIT = 12, 1_000
"""Pivots for each equation by the steepest rule, then by Bland's, which cannot go round in circles; and in all."""


@dataclass(frozen=True, eq=False)
class WeightPolytope:
    """{w ≥ 0 : w'X = 0, sum of w is one}; made by `weight_polytope`.

    Attributes
    ----------
    equations : numpy.ndarray, shape (r, m)
    basis : numpy.ndarray, shape (r,), int
        Of one vertex.
    tableau : numpy.ndarray, shape (r, m + 1)
        Equations and right side in that basis.
    """

    equations: np.ndarray
    basis: np.ndarray
    tableau: np.ndarray

    def best(self, objectives: np.ndarray) -> np.ndarray:
        """The vertex at which each objective is largest.

        Parameters
        ----------
        objectives : numpy.ndarray, shape (n, m)

        Returns
        -------
        numpy.ndarray, shape (n, m)

        Notes
        -----
        Primal simplex on n tableaus side by side, all from one vertex, each left out once it is solved. Cost: O(n r m) a
        pivot. `ArithmeticError` after `LIMIT` pivots for each equation, which is never seen.
        """
        each = max(1, NUMBERS // self.tableau.size)
        found = [self._batch(objectives[i : i + each]) for i in range(0, len(objectives), each)]
        return np.vstack(found) if found else np.zeros((0, self.equations.shape[1]))

    def _batch(self, objectives: np.ndarray) -> np.ndarray:
        n, m = objectives.shape
        tables = np.repeat(self.tableau[None], n, axis=0)
        bases = np.repeat(self.basis[None], n, axis=0)
        gains = objectives - objectives[:, self.basis] @ self.tableau[:, :m]
        enough = TOLERANCE * np.abs(objectives).max(axis=1, initial=1e-300)
        solved, whose = bases.copy(), np.arange(n)
        for pivots in range(LIMIT * len(self.basis)):
            live = gains.max(axis=1) > enough
            if not live.all():
                solved[whose[~live]] = bases[~live]
                tables, bases, gains, enough, whose = (
                    part[live] for part in (tables, bases, gains, enough, whose)
                )
            if not len(whose):
                return self._vertices(solved)
            _pivot(tables, bases, gains, enough, pivots > PATIENT * len(self.basis))
        raise ArithmeticError("a linear programme of the sensitivity interval came to no end")

    def _vertices(self, bases: np.ndarray) -> np.ndarray:
        """Vertices of bases, solved afresh so that rounding of the pivots is forgotten."""
        n, r = bases.shape
        squares = self.equations[:, bases].transpose(1, 0, 2)
        right = np.zeros((n, r, 1))
        right[:, 0] = 1
        solved = np.linalg.solve(squares, right)[:, :, 0]
        found = np.zeros((n, self.equations.shape[1]))
        found[np.arange(n)[:, None], bases] = np.where(solved > TOLERANCE, solved, 0.0)
        return found / found.sum(axis=1, keepdims=True)


def _pivot(tables: np.ndarray, bases: np.ndarray, gains: np.ndarray, enough: np.ndarray, bland: bool) -> None:
    """One exchange in every tableau, in place."""
    every = np.arange(len(tables))
    enter = (gains > enough[:, None]).argmax(axis=1) if bland else gains.argmax(axis=1)
    columns = tables[every, :, enter]
    leave = _leaving(columns, tables[:, :, -1], bases, bland)
    row = tables[every, leave] / columns[every, leave][:, None]
    tables -= columns[:, :, None] * row[:, None, :]
    tables[every, leave] = row
    gains -= gains[every, enter][:, None] * row[:, :-1]
    bases[every, leave] = enter


def _leaving(columns: np.ndarray, right: np.ndarray, bases: np.ndarray, bland: bool) -> np.ndarray:
    """Row that leaves: smallest ratio; of equal ones the largest pivot, or by Bland's rule the first weight."""
    usable = columns > 1e-9
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(usable, np.maximum(right, 0) / columns, np.inf)
    least = ratio.min(axis=1, keepdims=True)
    tied = usable & (ratio <= least + 1e-12)
    if bland:
        return np.where(tied, bases, np.iinfo(bases.dtype).max).argmin(axis=1)
    return np.where(tied, columns, -np.inf).argmax(axis=1)


def weight_polytope(columns: np.ndarray) -> WeightPolytope:
    """The polytope of weights that no nuisance effect can disturb.

    Parameters
    ----------
    columns : numpy.ndarray, shape (m, q)
        X, of full column rank.

    Returns
    -------
    WeightPolytope

    Notes
    -----
    One programme finds a vertex; its weights are completed to a basis by a pivoted factorisation.
    """
    scale = np.abs(columns).max(axis=0)
    equations = np.vstack([np.ones(len(columns)), (columns / scale).T])
    right = np.eye(len(equations))[0]
    start = linprog(np.arange(len(columns), dtype=float), A_eq=equations, b_eq=right, bounds=(0, None)).x
    # Columns with weight come first, so that the factorisation takes them before any other.
    ranked = equations * np.where(start > 1e-7, 1e6, 1.0)
    basis = np.sort(qr(ranked, mode="r", pivoting=True)[1][: len(equations)])
    tableau = np.linalg.solve(equations[:, basis], np.column_stack([equations, right]))
    return WeightPolytope(equations, basis, tableau)
