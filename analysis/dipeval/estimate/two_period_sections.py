"""One cohort against its comparison in two periods, rows drawn anew in each.

Sant'Anna & Zhao (2020), *Journal of Econometrics* 219(1), for repeated cross-sections: doubly robust and
locally efficient, equation (3.4), or with the outcome regressions of the comparison alone, (3.3, "simple"),
both also with the tilted propensity ("improved"); outcome regression; inverse probabilities with weights
that sum to one or not (Abadie 2005). Influence as in `dipeval.estimate.two_period_panel`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.estimate.propensity import Logit, fit_logit, fit_tilting, is_dependent, odds_weights
from dipeval.estimate.two_period_panel import (
    ALL_TRIMMED,
    DEPENDENT,
    IMPROVED,
    RATIO,
    RAW,
    REGRESSION,
    Contrast,
    of_propensity,
)

LOCALLY_EFFICIENT = ("doubly_robust", "doubly_robust_improved")
DEPENDENT_TREATED = "not identified: the covariates are collinear among the treated hospitals"


@dataclass(frozen=True)
class Rows:
    """Rows of one side in one period: outcome (n,), covariates with an intercept (n, q), weights (n,)."""

    y: np.ndarray
    x: np.ndarray
    w: np.ndarray


@dataclass(frozen=True)
class _Level:
    """Level of one period: what the treated have above their counterfactual, and influence on it.

    `own` is of the treated rows of the period, `pooled` of those of both, `control` of its comparison
    rows; `tilt` (q,) is what the error of the propensity carries.
    """

    value: float
    own: np.ndarray
    pooled: np.ndarray
    control: np.ndarray
    tilt: np.ndarray


def sections_contrast(
    treated: tuple[Rows, Rows], control: tuple[Rows, Rows], method: str, start: np.ndarray | None = None
) -> Contrast | str:
    """Effect on the treated from the rows of two periods.

    Parameters
    ----------
    treated, control : tuple of Rows
        The base period first, then the period whose effect is asked for; none is empty.
    method : str
        A word of `dipeval.estimate.group_time.METHODS`.
    start : numpy.ndarray, shape (q,), optional
        Where the propensity starts from.

    Returns
    -------
    Contrast or str
        Influence by row in the order treated of both periods, control of both periods. The reason when
        it is not identified. Cost as `dipeval.estimate.two_period_panel.panel_contrast`.
    """
    x = np.concatenate([rows.x for rows in (*treated, *control)])
    w = np.concatenate([rows.w for rows in (*treated, *control)])
    ends = np.cumsum([0, *(len(rows.w) for rows in (*treated, *control))])
    is_treated = np.arange(len(w)) < ends[2]
    propensity = None
    if method != REGRESSION:
        fit = fit_tilting if method in IMPROVED else fit_logit
        propensity = fit(x, is_treated, w, np.zeros(x.shape[1]) if start is None else start)
        if propensity.reason:
            return propensity.reason
    if method == RAW:
        return _raw_contrast(treated, control, propensity, x, w)
    value, influence, tilt = 0.0, np.zeros(len(w)), np.zeros(x.shape[1])
    pooled = Rows(np.empty(0), x[is_treated], w[is_treated])
    for s, sign in ((0, -1.0), (1, 1.0)):
        level = _level(treated[s], control[s], pooled, propensity, method)
        if isinstance(level, str):
            return level
        value += sign * level.value
        influence[ends[s] : ends[s + 1]] += sign * level.own
        influence[: ends[2]] += sign * level.pooled
        influence[ends[s + 2] : ends[s + 3]] += sign * level.control
        tilt += sign * level.tilt
    if propensity is not None and method not in IMPROVED:
        influence -= of_propensity(propensity, x, is_treated, w, tilt)
    return Contrast(float(value), influence, None if propensity is None else propensity.coefficients)


def _level(own: Rows, control: Rows, pooled: Rows, propensity: Logit | None, method: str) -> _Level | str:
    q = own.x.shape[1]
    total, kappa = own.w.sum(), np.zeros(len(control.w))
    if propensity is not None:
        kappa = odds_weights(control.x @ propensity.coefficients, control.w)
        if not kappa.sum() > 0:
            return ALL_TRIMMED
    beta, score = np.zeros(q), None
    if method != RATIO:
        regressed = kappa if method in IMPROVED else control.w
        gram = (control.x * regressed[:, None]).T @ control.x
        if is_dependent(gram):
            return DEPENDENT
        beta = np.linalg.solve(gram, control.x.T @ (regressed * control.y))
        score = control.x * (regressed * (control.y - control.x @ beta))[:, None]
    if method == REGRESSION:
        return _regression_level(own, pooled, beta, score @ np.linalg.inv(gram))
    left_t, left_c = own.y - own.x @ beta, control.y - control.x @ beta
    scale = kappa.sum()
    part_t, part_c = own.w @ left_t / total, kappa @ left_c / scale
    of_own = own.w * (left_t - part_t) / total
    of_control = -kappa * (left_c - part_c) / scale
    tilt = (kappa * (left_c - part_c)) @ control.x / scale
    level = _Level(part_t - part_c, of_own, np.zeros(len(pooled.w)), of_control, tilt)
    target = own.w @ own.x / total
    if method in LOCALLY_EFFICIENT:
        target = pooled.w @ pooled.x / pooled.w.sum()
        adjusted = _adjusted(level, own, pooled, beta, method)
        if isinstance(adjusted, str):
            return adjusted
        level = adjusted
    if method in (RATIO, *IMPROVED):
        return level
    carry = np.linalg.solve(gram, target - kappa @ control.x / scale)
    return _Level(level.value, level.own, level.pooled, level.control - score @ carry, tilt)


def _regression_level(own: Rows, pooled: Rows, beta: np.ndarray, error: np.ndarray) -> _Level:
    total, whole = own.w.sum(), pooled.w.sum()
    level, fitted = own.w @ own.y / total, pooled.x @ beta
    mean = pooled.w @ fitted / whole
    return _Level(
        level - mean,
        own.w * (own.y - level) / total,
        -pooled.w * (fitted - mean) / whole,
        -error @ (pooled.w @ pooled.x / whole),
        np.zeros(len(beta)),
    )


def _adjusted(level: _Level, own: Rows, pooled: Rows, beta: np.ndarray, method: str) -> _Level | str:
    """Add what the covariates of the treated in this period differ from those of both (efficiency)."""
    total, whole = own.w.sum(), pooled.w.sum()
    gram = (own.x * own.w[:, None]).T @ own.x
    if is_dependent(gram):
        return DEPENDENT_TREATED
    own_beta = np.linalg.solve(gram, own.x.T @ (own.w * own.y))
    apart = own_beta - beta
    mean_here, mean = own.w @ own.x / total, pooled.w @ pooled.x / whole
    of_own = level.own - own.w * ((own.x - mean_here) @ apart) / total
    if method not in IMPROVED:
        of_own += own.w * (own.y - own.x @ own_beta) * (own.x @ np.linalg.solve(gram, mean - mean_here))
    of_both = pooled.w * ((pooled.x - mean) @ apart) / whole
    return _Level(level.value + (mean - mean_here) @ apart, of_own, of_both, level.control, level.tilt)


def _raw_contrast(
    treated: tuple[Rows, Rows], control: tuple[Rows, Rows], propensity: Logit, x: np.ndarray, w: np.ndarray
) -> Contrast:
    """Horvitz–Thompson: weights are not made to sum to one, shares of treated and periods are estimated."""
    everyone, n = w.sum(), len(w)
    whole = sum(rows.w.sum() for rows in treated)
    value, shared, tilt = 0.0, np.zeros(n), np.zeros(x.shape[1])
    sides = [(rows, True) for rows in treated] + [(rows, False) for rows in control]
    is_treated = np.repeat([side for _, side in sides], [len(rows.w) for rows, _ in sides])
    late = np.repeat([0, 1, 0, 1], [len(rows.w) for rows, _ in sides])
    parts = []
    for s, sign in ((0, -1.0), (1, 1.0)):
        period = treated[s].w.sum() + control[s].w.sum()
        kappa = odds_weights(control[s].x @ propensity.coefficients, control[s].w)
        to_treated = treated[s].w * treated[s].y * everyone / (whole * period)
        to_control = -kappa * control[s].y * everyone / (whole * period)
        level = to_treated.sum() + to_control.sum()
        value += sign * level
        shared += sign * level * (1 / n - is_treated * w / whole - (late == s) * w / period)
        tilt -= sign * to_control @ control[s].x
        parts.append((sign * to_treated, sign * to_control))
    influence = shared + np.concatenate([parts[0][0], parts[1][0], parts[0][1], parts[1][1]])
    influence -= of_propensity(propensity, x, is_treated, w, tilt)
    return Contrast(float(value), influence, propensity.coefficients)
