"""The least variance at every budget of absolute values: min ½ c'Qc + q'c + λ ‖c‖₁ for all λ at once.

The solution is piecewise linear in λ (Osborne, Presnell & Turlach 2000, *IMA Journal of Numerical Analysis* 20(3);
Efron, Hastie, Johnstone & Tibshirani 2004, *Annals of Statistics* 32(2), section 3.1), so the whole path is its corners.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TIE = 1e-13
"""Corners nearer than this, relative to the first one, are one corner."""


@dataclass(frozen=True, eq=False)
class ShrinkagePath:
    """Corners of the path, from λ at which all is zero down to λ = 0.

    Attributes
    ----------
    penalties : numpy.ndarray, shape (corners,)
        λ, falling, the last 0.
    points : numpy.ndarray, shape (corners, n)
        c at each corner; linear in λ between two.
    """

    penalties: np.ndarray
    points: np.ndarray

    def at(self, penalty: float) -> np.ndarray:
        """c at a λ, shape (n,); zero above the first corner."""
        if penalty >= self.penalties[0]:
            return self.points[0].copy()
        after = int(np.searchsorted(-self.penalties, -penalty, side="right"))
        upper, lower = self.penalties[after - 1], self.penalties[min(after, len(self.penalties) - 1)]
        share = 0.0 if upper == lower else (upper - penalty) / (upper - lower)
        end = self.points[min(after, len(self.penalties) - 1)]
        return (1 - share) * self.points[after - 1] + share * end


def shrinkage_path(Q: np.ndarray, q: np.ndarray) -> ShrinkagePath:
    """All corners, by following which elements are not zero.

    Parameters
    ----------
    Q : numpy.ndarray, shape (n, n)
        Positive definite.
    q : numpy.ndarray, shape (n,)

    Returns
    -------
    ShrinkagePath

    Notes
    -----
    Cost: one system of at most n equations a corner; usually about n corners.
    """
    penalty, point, signs = float(np.abs(q).max(initial=0.0)), np.zeros(len(q)), np.zeros(len(q))
    penalties, points = [penalty], [point]
    smallest = TIE * penalty
    while penalty > smallest:
        penalty, point, signs = _next_corner(Q, q, penalty, signs, smallest)
        if penalty > penalties[-1] - smallest and penalty > 0:
            points[-1] = point
        else:
            penalties.append(penalty)
            points.append(point)
    return ShrinkagePath(np.array(penalties), np.array(points))


def _next_corner(
    Q: np.ndarray, q: np.ndarray, penalty: float, signs: np.ndarray, smallest: float
) -> tuple[float, np.ndarray, np.ndarray]:
    """The next λ at which an element leaves zero or returns to it, with c there and the signs from there on.

    On a stretch c = level - λ slope on the active elements, and the gradient of the others is affine in λ. Of several
    that change at once the first is taken, one after the other: with Q positive definite that ends (Murty 1974,
    *Mathematical Programming* 7).
    """
    active = np.flatnonzero(signs)
    level, slope = np.zeros(len(q)), np.zeros(len(q))
    solved = np.linalg.solve(Q[np.ix_(active, active)], np.column_stack([-q[active], signs[active]]))
    level[active], slope[active] = solved[:, 0], solved[:, 1]
    changes = _changes(signs, level, slope, q + Q @ level, Q @ slope)
    at_once = [change for change in changes if change[0] >= penalty - smallest]
    following, who, sign = at_once[0] if at_once else max(changes, default=(0.0, -1, 0.0))
    following = min(following, penalty)
    if following <= smallest:
        return 0.0, level, signs
    changed, point = signs.copy(), level - following * slope
    changed[who] = sign
    point[who] = 0.0
    return following, point, changed


def _changes(
    signs: np.ndarray, level: np.ndarray, slope: np.ndarray, constant: np.ndarray, rate: np.ndarray
) -> list[tuple[float, int, float]]:
    """For each element that will change as λ falls: at which λ, who, and its sign from there on."""
    found = []
    for j, sign in enumerate(signs):
        if sign:
            if slope[j] * sign < 0:
                found.append((level[j] / slope[j], j, 0.0))
            continue
        for towards in (1.0, -1.0):
            # It becomes active with this sign where its gradient reaches -λ times the sign, if it is on the way there.
            if towards * rate[j] < 1:
                found.append((constant[j] / (rate[j] - towards), j, towards))
    return found
