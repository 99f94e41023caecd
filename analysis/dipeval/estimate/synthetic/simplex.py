"""Least squares with weights that are not negative and add up to one, solved exactly.

minimise |A w - b|² + ridge |w|²  over  w >= 0, sum(w) = 1

Synthetic controls and synthetic difference-in-differences are this problem. It is solved by its active set: the
answer is that of one linear system on the weights above zero, and its optimality is checked, so that it depends
on no tolerance of an iteration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STEPS = 200
ARMIJO = 1e-4
TIGHT = 1e-9


@dataclass(frozen=True)
class SimplexFit:
    """Weights on the simplex.

    Attributes
    ----------
    weights : numpy.ndarray, shape (k,)
    is_optimal : bool
        Whether the conditions of optimality hold to 1e-9 of the gradient's scale.
    steps : int
        Linear systems that were solved.
    """

    weights: np.ndarray
    is_optimal: bool
    steps: int


def simplex_weights(columns: np.ndarray, target: np.ndarray, ridge: float = 0.0) -> SimplexFit:
    """Weights of the columns whose weighted sum comes nearest to the target.

    Parameters
    ----------
    columns : numpy.ndarray, shape (n, k)
        A: one column a unit (or period).
    target : numpy.ndarray, shape (n,)
        b.
    ridge : float
        Penalty on the sum of squared weights.

    Returns
    -------
    SimplexFit
        Where several weights are optimal (no ridge, more columns than rows), one of them with at most n + 1
        weights above zero.

    Notes
    -----
    O(n k²) where n > k, which then leaves k + 1 rows. With a ridge Newton steps on the dual, O(n² k) each, some ten
    of them; without one, or where these do not arrive, one column enters at a time, O(n k + s³) for s weights above
    zero.
    """
    scale = float(np.abs(columns).max(initial=0.0)) or 1.0
    a, b, penalty = columns / scale, target / scale, ridge / scale**2
    k = a.shape[1]
    if k == 1:
        return SimplexFit(np.ones(1), True, 0)
    if len(a) > k + 1:  # rows beyond the columns only rotate
        triangle = np.linalg.qr(np.column_stack([a, b]), mode="r")
        a, b = triangle[:, :k], triangle[:, k]
    if penalty > 0:
        found = _by_dual(a, b, penalty)
        if found is not None and found.is_optimal:
            return found
    return _by_active_set(a, b, penalty)


def _by_dual(a: np.ndarray, b: np.ndarray, ridge: float) -> SimplexFit | None:
    """Newton's method on the concave dual; None where it does not arrive.

    At the optimum w = (A'r + m)₊ / ridge with the residual r = b - A w and the multiplier m of the sum.
    """
    n, k = a.shape
    wide = np.vstack([a, np.ones(k)])  # (r, m) @ wide = A'r + m
    goal = np.r_[b, 1.0]
    metric = np.r_[np.full(n, ridge), 0.0]
    dual = np.r_[b - a.mean(1), 0.0]
    dual[n] = ridge / k - float((dual[:n] @ a).mean())
    value = _dual_value(wide, goal, metric, dual, ridge)
    for step in range(1, STEPS):
        slack = dual @ wide
        above = slack > 0
        inside = wide[:, above]
        gradient = inside @ slack[above] + metric * dual - ridge * goal
        hessian = inside @ inside.T + np.diag(metric)
        try:
            move = -np.linalg.solve(hessian, gradient)
        except np.linalg.LinAlgError:
            return None
        length, slope = 1.0, float(gradient @ move)
        while True:
            candidate = dual + length * move
            reached = _dual_value(wide, goal, metric, candidate, ridge)
            if reached <= value + ARMIJO * length * slope or length < 1e-10:
                break
            length /= 2
        same = length == 1.0 and np.array_equal(candidate @ wide > 0, above)
        dual, value = candidate, reached
        if same:
            weights = _on_support(a, b, ridge, above) if above.sum() <= n else _in_proportion(dual @ wide)
            return SimplexFit(weights, _is_optimal(a, b, ridge, weights), step)
        if length < 1e-10:
            return None
    return None


def _in_proportion(slack: np.ndarray) -> np.ndarray:
    """Weights in proportion to what lies above zero."""
    above = np.maximum(slack, 0.0)
    return above / above.sum()


def _dual_value(
    wide: np.ndarray, goal: np.ndarray, metric: np.ndarray, dual: np.ndarray, ridge: float
) -> float:
    """Negative dual, times the ridge: convex, piecewise quadratic."""
    above = np.maximum(dual @ wide, 0.0)
    return 0.5 * float(above @ above) + 0.5 * float(metric @ dual**2) - ridge * float(goal @ dual)


def _by_active_set(a: np.ndarray, b: np.ndarray, ridge: float) -> SimplexFit:
    """One column enters at a time, as in non-negative least squares (Lawson & Hanson 1974), with a sum of one."""
    k = a.shape[1]
    weights = np.zeros(k)
    weights[np.argmin(((a - b[:, None]) ** 2).sum(0))] = 1.0
    tried = np.zeros(k, bool)
    steps, most = 0, 20 * (k + a.shape[0])
    while steps < most:
        gradient = (a @ weights - b) @ a + ridge * weights
        used = weights > 0
        level = float(weights @ gradient)
        gain = np.where(used | tried, np.inf, gradient - level)
        enter = int(np.argmin(gain))
        if gain[enter] >= -_noise(a, b):
            break
        active = used.copy()
        active[enter] = True
        while True:
            steps += 1
            solved = _on_support(a, b, ridge, active)
            if solved[enter] <= 0 and not used[enter]:
                tried[enter] = True  # rounding: this column brings nothing
                break
            if (solved[active] > 0).all():
                weights, tried[:] = solved, False
                break
            falling = active & (solved <= 0)
            share = (weights[falling] / (weights[falling] - solved[falling])).min()
            weights = np.maximum(weights + share * (solved - weights), 0.0)
            weights[falling & (weights <= 1e-15)] = 0.0
            active &= weights > 0
            active[enter] = True
            if steps >= most:
                break
    weights = np.maximum(weights, 0.0)
    weights /= weights.sum()
    return SimplexFit(weights, _is_optimal(a, b, ridge, weights), steps)


def _on_support(a: np.ndarray, b: np.ndarray, ridge: float, active: np.ndarray) -> np.ndarray:
    """Weights with a sum of one on some columns, of any sign: least squares on contrasts with the first."""
    columns = a[:, active]
    base, others = columns[:, :1], columns[:, 1:]
    m = others.shape[1]
    root = np.sqrt(ridge)
    design = np.vstack([others - base, root * np.eye(m), np.full((1, m), root)])
    target = np.r_[b - base[:, 0], np.zeros(m), root]
    free = np.linalg.lstsq(design, target, rcond=None)[0]
    weights = np.zeros(a.shape[1])
    weights[active] = np.r_[1.0 - free.sum(), free]
    return weights


def _noise(a: np.ndarray, b: np.ndarray) -> float:
    """Size of a gradient that is rounding."""
    return 1e-13 * float(np.sqrt((a**2).sum(0).max()) * (np.linalg.norm(b) + np.sqrt((a**2).sum(0).max())))


def _is_optimal(a: np.ndarray, b: np.ndarray, ridge: float, weights: np.ndarray) -> bool:
    """Gradients are alike where weights are above zero, and no smaller elsewhere."""
    gradient = (a @ weights - b) @ a + ridge * weights
    level = float(weights @ gradient)
    tight = TIGHT * float(np.abs(gradient).max()) + 100 * _noise(a, b)
    optimal = (gradient >= level - tight).all() and (np.abs(gradient - level)[weights > 0] <= tight).all()
    return bool(optimal and (weights >= 0).all())
