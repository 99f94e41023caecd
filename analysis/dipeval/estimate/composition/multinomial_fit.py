"""Fractional multinomial logit with effects of groups and periods, by quasi-maximum likelihood.

``E s_j = exp(a_gj + b_tj) / Σ_k exp(a_gk + b_tk)`` (Papke & Wooldridge 1996, eq. 5, for two parts; Mullahy 2015, section
3, for several). Groups are many and periods few, so groups are eliminated from Newton's equations: what is solved
has the size of periods × parts. All parts keep their effects, one set of them too many for each group and period;
generalised inverses take care of it, and nothing that is reported depends on the choice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MOST_STEPS = 60
CLOSE = 1e-12
"""Of the Newton decrement over the weight: the step that is then taken is the last, since convergence is quadratic."""
RANK = 1e-11
FAR = 60.0
"""Log odds this far apart are a share of zero that no zero of the data explains: there is no maximum."""


@dataclass(frozen=True)
class Cells:
    """n rows, or sums of rows, of D shares.

    Attributes
    ----------
    group, period : numpy.ndarray, shape (n,), int
        0 … N-1 and 0 … T-1.
    weight : numpy.ndarray, shape (n,)
    shares : numpy.ndarray, shape (n, D)
        Each row sums to 1.
    n_groups, n_periods : int
    """

    group: np.ndarray
    period: np.ndarray
    weight: np.ndarray
    shares: np.ndarray
    n_groups: int
    n_periods: int


@dataclass(frozen=True)
class MultinomialFit:
    """Fitted effects, minus infinity where a group or period has nothing of a part.

    Attributes
    ----------
    of_group : numpy.ndarray, shape (N, D)
    of_period : numpy.ndarray, shape (T, D)
    cells : Cells
        What was fitted.
    converged : bool
    """

    of_group: np.ndarray
    of_period: np.ndarray
    cells: Cells
    converged: bool

    def means(self, group: np.ndarray, period: np.ndarray) -> np.ndarray:
        """Fitted shares (n, D) of groups in periods."""
        return _means(self.of_group[group] + self.of_period[period])

    def multipliers(self, group: np.ndarray, period: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """What a residual of a fitted row moves an average of fitted shares.

        Parameters
        ----------
        group, period, weight : numpy.ndarray, shape (m,)
            Rows and weights of the average.

        Returns
        -------
        numpy.ndarray, shape (n, D, D)
            By fitted row and part of its weighted residual, the move of each part's average (delta method).
            Cost as one Newton step.
        """
        c = self.cells
        slope = weight[:, None, None] * _curve(self.means(group, period))
        by_group = np.zeros((c.n_groups, *slope.shape[1:]))
        by_period = np.zeros((c.n_periods, *slope.shape[1:]))
        np.add.at(by_group, group, slope)
        np.add.at(by_period, period, slope)
        moved_group, moved_period = _solve(c, self.means(c.group, c.period), by_group, by_period)
        return moved_group[c.group] + moved_period[c.period]


def fit_multinomial(cells: Cells) -> MultinomialFit:
    """Maximise Σ w Σ_j s_j ln μ_j by Newton's method with halved steps; the function is concave.

    Notes
    -----
    O(n D² + N T² D³ + (T D)³) a step, less than twenty steps as a rule. Sums of rows that share a group and period
    serve as well as the rows themselves.
    """
    d = cells.shares.shape[1]
    sums = cells.weight[:, None] * cells.shares
    start = [_by(at, sums, n) for at, n in ((cells.group, cells.n_groups), (cells.period, cells.n_periods))]
    effects = [np.where(total > 0, 0.0, -np.inf) for total in start]
    value, means = _value(cells, sums, effects)
    converged = False
    for _ in range(MOST_STEPS):
        residual = sums - cells.weight[:, None] * means
        gradient = [_by(cells.group, residual, cells.n_groups), _by(cells.period, residual, cells.n_periods)]
        step = [s[..., 0] for s in _solve(cells, means, *(g[..., None] for g in gradient))]
        decrement = sum(float((s * g).sum()) for s, g in zip(step, gradient, strict=True))
        effects, value, means = _moved(cells, sums, effects, step, value)
        if decrement < CLOSE * cells.weight.sum():
            apart = [
                np.ptp(np.where(np.isfinite(e), e, np.nan_to_num(e.max(1, keepdims=True))), axis=1)
                for e in effects
            ]
            converged = bool(max(a.max(initial=0.0) for a in apart) < FAR) and d > 1
            break
    return MultinomialFit(effects[0], effects[1], cells, converged)


def _by(at: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """Sums of rows (n, D) by code."""
    return np.column_stack([np.bincount(at, column, n) for column in values.T])


def _means(index: np.ndarray) -> np.ndarray:
    """Shares of log odds; rows in which all parts are minus infinity are undefined."""
    top = np.max(index, axis=1, keepdims=True, initial=-np.inf)
    raised = np.exp(index - np.where(np.isfinite(top), top, 0.0))
    total = raised.sum(axis=1, keepdims=True)
    return raised / np.where(total > 0, total, np.nan)


def _curve(means: np.ndarray) -> np.ndarray:
    """diag μ − μ μ' of each row (n, D, D)."""
    return means[:, :, None] * (np.eye(means.shape[1]) - means[:, None, :])


def _value(cells: Cells, sums: np.ndarray, effects: list[np.ndarray]) -> tuple[float, np.ndarray]:
    means = _means(effects[0][cells.group] + effects[1][cells.period])
    logs = np.log(np.where(sums > 0, means, 1.0))
    return float((sums * logs).sum()), means


def _moved(
    cells: Cells, sums: np.ndarray, effects: list[np.ndarray], step: list[np.ndarray], value: float
) -> tuple[list[np.ndarray], float, np.ndarray]:
    """A step that does not make it worse."""
    size = 1.0
    while size > 1e-8:
        tried = [e + size * s for e, s in zip(effects, step, strict=True)]
        moved, means = _value(cells, sums, tried)
        if moved >= value - 1e-12 * abs(value):
            return tried, moved, means
        size /= 2
    return effects, value, _value(cells, sums, effects)[1]


def _solve(
    cells: Cells, means: np.ndarray, of_group: np.ndarray, of_period: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Solve the information times x = right-hand sides (N, D, k) and (T, D, k), groups eliminated."""
    d, (n, t) = means.shape[1], (cells.n_groups, cells.n_periods)
    curve = cells.weight[:, None, None] * _curve(means)
    own, late, cross = np.zeros((n, d, d)), np.zeros((t, d, d)), np.zeros((n, d, t, d))
    np.add.at(own, cells.group, curve)
    np.add.at(late, cells.period, curve)
    np.add.at(cross, (cells.group, slice(None), cells.period), curve)
    inverse = np.linalg.pinv(own, rcond=RANK, hermitian=True)
    flat = cross.reshape(n, d, t * d)
    weighed = inverse @ flat
    schur = -np.tensordot(flat, weighed, axes=([0, 1], [0, 1]))
    for k in range(t):
        schur[k * d : (k + 1) * d, k * d : (k + 1) * d] += late[k]
    right = of_period.reshape(t * d, -1) - np.tensordot(weighed, of_group, axes=([0, 1], [0, 1]))
    solved = np.linalg.pinv((schur + schur.T) / 2, rcond=RANK, hermitian=True) @ right
    return inverse @ (of_group - flat @ solved), solved.reshape(t, d, -1)
