"""Which further cells to hold back, so that those held back first cannot be computed from margins.

For each cell, a linear programme finds the cheapest change of the table that moves the cell as far as
it must be able to move while every sum holds; the released cells that the change touches are held back
(Kelly, Golden and Assad 1990; Fischetti and Salazar 2000, eq. 1-5, with linear costs). Each such change
stays possible when more is held back, so one pass protects every cell.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dipeval.disclose.attack import TOLERANCE, knowledge, recoverable

TIE = 1e-6
MOST_TRIALS = 400


def secondary(
    matrix: np.ndarray,
    counts: np.ndarray,
    primary: np.ndarray,
    minimum_cell: int = 10,
    relative_width: float = 0.15,
    unshown: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Choose cells to hold back beside the primary ones.

    A cell that is too small is protected when a reader who knows the rules (see `attack`) learns nothing
    beyond them: everything from 1 to ``minimum_cell - 1`` stays possible. Any other is protected when its
    interval is at least ``max(minimum_cell, relative_width × count)`` wide.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (sums, cells)
        From `attack.sum_matrix`; ``matrix @ counts`` must be 0.
    counts : numpy.ndarray, shape (cells,)
        Not negative.
    primary : numpy.ndarray of bool, shape (cells,)
        All cells with ``0 < count < minimum_cell`` are among them, none has a count of 0.
    minimum_cell : int
    relative_width : float
    unshown : numpy.ndarray of bool, shape (cells,), optional
        Cells that nobody is shown, though shown ones are sums of them; only the primary ones are protected.

    Returns
    -------
    secondary : numpy.ndarray of bool, shape (cells,)
        Never a primary cell, never one that is not shown, never a zero. Cases held back are kept few, not proven least; of equals the
        earlier cell is taken.
    narrow : numpy.ndarray of bool, shape (cells,)
        Primary cells whose interval is narrower than asked even if all cells were held back.

    Raises
    ------
    ValueError
        If the counts do not add up, or a small cell is not primary, or a zero is.

    Notes
    -----
    A few programmes for all primary cells together over the held cells that sums connect; for those that do not
    move far enough two of their own, and up to four more over all connected cells where these do not suffice; then at most ``MOST_TRIALS`` trials to release a cell again.
    Memory O(sums × cells): the matrix is dense.
    """
    _check(matrix, counts, primary, minimum_cell)
    chosen, narrow = np.zeros_like(primary), np.zeros_like(primary)
    kept = np.zeros_like(primary) if unshown is None else unshown & (counts > 0)
    for cells in connected(matrix):
        if not primary[cells].any():
            continue
        rows = np.abs(matrix[:, cells]).sum(axis=1) > 0
        inner = matrix[np.ix_(rows, cells)], counts[cells], primary[cells], kept[cells]
        part = _Part(*inner, minimum_cell, relative_width)
        chosen[cells], narrow[cells] = part.protect()
    return chosen, narrow


def connected(matrix: np.ndarray) -> Iterator[np.ndarray]:
    """Positions of the cells that sums connect, group by group; cells without a sum are left out."""
    from scipy.sparse import bmat, csr_array
    from scipy.sparse.csgraph import connected_components

    if not len(matrix):
        return
    touched = csr_array(np.abs(matrix))
    # Sums and cells are both points, so a total of many parts costs as many edges, not their square.
    _, group = connected_components(bmat([[None, touched], [touched.T, None]]), directed=False)
    of_cells = group[len(matrix) :]
    inside = np.abs(matrix).sum(axis=0) > 0
    for number in dict.fromkeys(of_cells[inside].tolist()):
        yield np.flatnonzero((of_cells == number) & inside)


def _check(matrix: np.ndarray, counts: np.ndarray, primary: np.ndarray, minimum_cell: int) -> None:
    inside = np.abs(matrix).sum(axis=0) > 0
    small = (counts > 0) & (counts < minimum_cell)
    if not (counts[inside] >= 0).all():
        raise ValueError("counts of cells must be numbers, not negative")
    if np.abs(matrix[:, inside] @ counts[inside]).max(initial=0) > 0.5:
        raise ValueError("counts do not add up to their totals")
    if (inside & small & ~primary).any() or (primary & inside & (counts == 0)).any():
        raise ValueError("a small cell that is not held back, or a zero that is")


class _Part:
    """Cells that sums connect."""

    def __init__(
        self,
        matrix: np.ndarray,
        counts: np.ndarray,
        primary: np.ndarray,
        unshown: np.ndarray,
        minimum_cell: int,
        relative: float,
    ):
        from scipy.sparse import csc_array, hstack

        self.matrix, self.counts, self.primary, self.minimum = matrix, counts, primary, minimum_cell
        self.given = primary | unshown
        # A sum touches few cells: programmes of sparse rows take a fraction of the time and memory.
        self.columns = csc_array(matrix)
        self.both = hstack([self.columns, -self.columns], format="csc")
        lower, upper = knowledge(counts, minimum_cell)
        self.down, self.up = counts - lower, upper - counts
        small = counts < minimum_cell
        width = np.where(small, 0, np.ceil(np.maximum(minimum_cell, relative * counts)))
        self.need_down = np.where(small, self.down, np.minimum(np.ceil(width / 2), self.down))
        self.need_up = np.where(small, self.up, width - self.need_down)

    def protect(self) -> tuple[np.ndarray, np.ndarray]:
        """Which cells to hold back beside the primary ones, and which stay narrow."""
        held, narrow = self.given.copy(), np.zeros_like(self.primary)
        sides = [(sign, need, self._free(held, sign, need)) for sign, need in self._sides()]
        for cell in np.flatnonzero(self.primary):
            for sign, needs, free in sides:
                if free[cell]:
                    continue
                need = needs[cell]
                moved = self._cheapest(held, cell, sign, need)
                if moved is None:
                    need, narrow[cell] = self._reach(cell, sign, need), True
                    moved = self._cheapest(held, cell, sign, need)
                if moved is not None:
                    held |= moved
        return self._released_again(held, narrow) & ~self.given, narrow

    def _sides(self) -> tuple[tuple[float, np.ndarray], ...]:
        """Upwards and downwards, with how far each cell must be able to move."""
        return (1.0, self.need_up), (-1.0, self.need_down)

    def _free(self, held: np.ndarray, sign: float, need: np.ndarray) -> np.ndarray:
        """Primary cells that can move far enough with what is held back already, many by one programme.

        What moves several cells far enough moves each of them, and does so still when more is held back. Cells of
        one sum cannot all rise, so each programme asks for cells that share none; what it does not move is tried
        by itself.
        """
        from scipy.optimize import linprog
        from scipy.sparse import bmat, coo_array, eye_array

        free, asked = self.primary & (need <= 0), np.zeros_like(self.primary)
        where = np.flatnonzero(held)
        limits = np.column_stack([-self.down[where], self.up[where]])
        while len(left := self._apart(self.primary & ~free & ~asked)):
            asked[left] = True
            n, k = len(where), len(left)
            pairs = (np.full(k, -sign), (np.arange(k), np.searchsorted(where, left)))
            reached = bmat([[coo_array(pairs, shape=(k, n)), eye_array(k)]], format="csr")
            sums = bmat([[self.columns[:, where], coo_array((len(self.matrix), k))]], format="csc")
            solved = linprog(
                np.concatenate([np.zeros(n), -1.0 / need[left]]),
                A_ub=reached,
                b_ub=np.zeros(k),
                A_eq=sums,
                b_eq=np.zeros(len(self.matrix)),
                bounds=np.vstack([limits, np.column_stack([np.zeros(k), need[left]])]),
                method="highs",
            )
            if solved.status == 0:
                free[left[solved.x[n:] >= need[left] - TOLERANCE]] = True
        return free

    def _apart(self, cells: np.ndarray) -> np.ndarray:
        """Some of the cells, none of which share a sum, the first ones first."""
        taken = np.zeros(len(self.matrix), dtype=bool)
        chosen = []
        for cell in np.flatnonzero(cells):
            sums = self.columns.indices[self.columns.indptr[cell] : self.columns.indptr[cell + 1]]
            if not taken[sums].any():
                taken[sums] = True
                chosen.append(cell)
        return np.array(chosen, dtype=int)

    def _cheapest(self, held: np.ndarray, cell: int, sign: float, need: float) -> np.ndarray | None:
        """Cells touched by the cheapest change that moves `cell` by `need`; None if there is none."""
        from scipy.optimize import linprog

        if need <= 0 or self._moves(held, cell, sign, need):
            return held
        ties = 1.0 + TIE * np.arange(len(held))
        loss = np.where(held, 0.0, self.counts * ties)
        room = [np.minimum(np.maximum(side, 1e-9), need) for side in (self.up, self.down)]
        cost = np.concatenate([loss / room[0], loss / room[1]])
        limits = [self.up.copy(), self.down.copy()]
        limits[0][cell], limits[1][cell] = (need, 0.0) if sign > 0 else (0.0, need)
        floor = np.zeros(2 * len(held))
        floor[cell if sign > 0 else len(held) + cell] = need
        bounds = np.column_stack([floor, np.concatenate(limits)])
        still = np.zeros(len(self.matrix))
        solved = linprog(cost, A_eq=self.both, b_eq=still, bounds=bounds, method="highs")
        if solved.status != 0:
            return None
        up, down = np.split(solved.x, 2)
        return np.abs(up - down) > TOLERANCE

    def _moves(self, held: np.ndarray, cell: int, sign: float, need: float) -> bool:
        """Whether the cell can move so far with what is held back already: a far smaller programme."""
        from scipy.optimize import linprog

        where = np.flatnonzero(held)
        limits = np.column_stack([-self.down[where], self.up[where]])
        limits[where == cell] = sign * need
        equal = self.columns[:, where]
        still = np.zeros(len(self.matrix))
        solved = linprog(np.zeros(len(where)), A_eq=equal, b_eq=still, bounds=limits, method="highs")
        return solved.status == 0

    def _reach(self, cell: int, sign: float, need: float) -> float:
        """How far the cell can move if all cells are held back."""
        from scipy.optimize import linprog

        limits = np.column_stack([-self.down, self.up])
        limits[cell] = (0.0, need) if sign > 0 else (-need, 0.0)
        aim = -sign * (np.arange(len(self.counts)) == cell)
        solved = linprog(
            aim, A_eq=self.columns, b_eq=np.zeros(len(self.matrix)), bounds=limits, method="highs"
        )
        return float(np.floor(abs(solved.x[cell]) + TOLERANCE)) if solved.status == 0 else 0.0

    def _safe(self, held: np.ndarray) -> bool:
        """Whether every primary cell can still move as far as it must; what moves is not determined."""
        still = self.primary & (self.need_down + self.need_up <= 0)
        if still.any() and (recoverable(self.matrix, held) & still).any():
            return False
        for sign, need in self._sides():
            left = self.primary & ~self._free(held, sign, need)
            if not all(self._moves(held, cell, sign, need[cell]) for cell in np.flatnonzero(left)):
                return False
        return True

    def _released_again(self, held: np.ndarray, narrow: np.ndarray) -> np.ndarray:
        """Release the largest cells that later choices made needless, if every interval stays."""
        extra = np.flatnonzero(held & ~self.given)
        order = extra[np.lexsort((extra, -self.counts[extra]))]
        if narrow.any() or len(order) * int(self.primary.sum()) > MOST_TRIALS:
            return held
        for cell in order:
            trial = held.copy()
            trial[cell] = False
            if self._safe(trial):
                held = trial
        return held
