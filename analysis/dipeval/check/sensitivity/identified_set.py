"""Which effects a restriction leaves possible if the event study were known without error, by linear programmes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.check.sensitivity.restrictions import Polyhedron, Restriction

SLACK = 1e-12
"""How far a row about leads alone may be missed, relative to its largest entry: rounding."""


@dataclass(frozen=True)
class IdentifiedSet:
    """A union of intervals, apart from each other and in order.

    Attributes
    ----------
    intervals : tuple of (float, float)
        Empty where the leads themselves break the restriction.
    """

    intervals: tuple[tuple[float, float], ...]

    @property
    def empty(self) -> bool:
        """Whether no difference in trends with these leads obeys the restriction."""
        return not self.intervals

    @property
    def low(self) -> float:
        """Its lower end; NaN where it is empty."""
        return self.intervals[0][0] if self.intervals else float("nan")

    @property
    def high(self) -> float:
        """Its upper end; NaN where it is empty."""
        return self.intervals[-1][1] if self.intervals else float("nan")


def identified_set(beta: np.ndarray, restriction: Restriction, weights: np.ndarray) -> IdentifiedSet:
    """All l'τ that go with β: l'β_post - l'δ_post over the δ of the restriction with δ_pre = β_pre.

    Parameters
    ----------
    beta : numpy.ndarray, shape (n_pre + n_post,)
        Leads oldest first, then effects, without the reference.
    restriction : Restriction
    weights : numpy.ndarray, shape (n_post,)
        l.

    Returns
    -------
    IdentifiedSet

    Notes
    -----
    Rambachan & Roth (2023), lemma 2.1. Cost: two linear programmes in n_post unknowns for each piece that the leads
    allow, which is one in general.
    """
    n_pre = restriction.n_pre
    centre = float(weights @ beta[n_pre:])
    found = [ends for piece in restriction.pieces if (ends := _bias_range(beta[:n_pre], piece, weights))]
    return IdentifiedSet(_merged([(centre - high, centre - low) for low, high in found]))


def _bias_range(leads: np.ndarray, piece: Polyhedron, weights: np.ndarray) -> tuple[float, float] | None:
    """Least and largest l'δ_post within a piece, given the leads; None where they are not in it."""
    from scipy.optimize import linprog

    known = piece.A[:, : piece.n_pre] @ leads
    size = np.abs(piece.A[:, : piece.n_pre]) @ np.abs(leads) + piece.d
    about = piece.about_effects
    left = piece.d - known
    if (left[~about] < -SLACK * size[~about]).any():
        return None
    limits = np.where(np.abs(left[about]) <= SLACK * size[about], 0.0, left[about])
    unit = float(np.abs(limits).max(initial=0.0)) or 1.0
    ends = []
    for sign in (1.0, -1.0):
        solved = linprog(
            sign * weights,
            A_ub=piece.A[about, piece.n_pre :],
            b_ub=limits / unit,
            bounds=(None, None),
            method="highs",
        )
        if solved.status == 2:
            return None
        ends.append(sign * unit * solved.fun if solved.status == 0 else -sign * np.inf)
    return float(ends[0]), float(ends[1])


def _merged(intervals: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Intervals that touch made one."""
    apart: list[tuple[float, float]] = []
    for low, high in sorted(intervals):
        if apart and low <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], high))
        else:
            apart.append((low, high))
    return tuple(apart)
