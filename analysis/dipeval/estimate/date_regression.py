"""Regressions of long differences with an effect for each date, from sums by date.

``y_{i,t+h} − y_{i,t−1} = β ΔD_it + x_i' b + δ_t + e`` on hospitals reformed at t and on clean controls
(Dube, Girardi, Jordà & Taylor 2023, NBER working paper 31184, equation 8). By least squares β is the mean
over dates by the variance of treatment within each. Weighing the treated equally instead, δ_t and b are
those of the controls alone, and β is the mean of what they leave of the treated (their section 3.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.estimate.least_squares import NULL_SHARE, generalised_inverse
from dipeval.estimate.long_differences import Dates, Differences, Horizon

VARIANCE, EQUAL = WEIGHTINGS = ("variance", "equal")
NO_TREATED = "not identified: no hospital has outcomes both here and before its reform"
NO_CLEAN = "not identified: no hospital stays untreated through this event time"
COLLINEAR = "not identified: a covariate separates the treated from the controls"


@dataclass
class DateSums:
    """Sums over hospitals of the differences of one horizon, by date (D); controls 0, treated 1."""

    rows: np.ndarray
    weight: np.ndarray
    y: np.ndarray
    x: np.ndarray
    xx: np.ndarray
    xy: np.ndarray
    control_xx: np.ndarray
    control_xy: np.ndarray

    @classmethod
    def empty(cls, n_dates: int, n_columns: int) -> DateSums:
        """Nothing summed yet."""
        shapes = ((2, n_dates), (2, n_dates), (2, n_dates), (2, n_columns, n_dates))
        by_treated = ((n_columns, n_columns, n_dates), (n_columns, n_dates))
        return cls(*map(np.zeros, (*shapes, *by_treated, (n_columns, n_columns), (n_columns,))))

    def add(self, d: Differences) -> None:
        """Add the differences of a block of hospitals."""
        w, n = d.control_weight, self.rows.shape[1]
        total = w.sum(0)
        self.rows[0] += np.count_nonzero(w, axis=0) if d.weighted else total
        self.weight[0] += total
        self.y[0] += np.einsum("it,it->t", w, d.control)
        self.rows[1] += np.bincount(d.date, minlength=n)
        self.weight[1] += np.bincount(d.date, d.treated_weight, minlength=n)
        self.y[1] += np.bincount(d.date, d.treated_weight * d.treated, minlength=n)
        for j, (x, mine) in enumerate(zip(d.control_x, d.treated_x, strict=True)):
            weighted, own = w * x, d.treated_weight * mine
            self.x[0, j] += weighted.sum(0)
            self.x[1, j] += np.bincount(d.date, own, minlength=n)
            self.control_xy[j] += np.einsum("it,it->", weighted, d.control)
            self.xy[j] += np.bincount(d.date, own * d.treated, minlength=n)
            for k in range(j + 1):
                self.control_xx[j, k] += np.einsum("it,it->", weighted, d.control_x[k])
                self.xx[j, k] += np.bincount(d.date, own * d.treated_x[k], minlength=n)


@dataclass(frozen=True)
class DateFit:
    """Solution of one horizon: by side (control, treated), the fitted values and the multipliers of
    residuals.

    The influence of a row is ``w m e`` with ``m = multiplier[side, t] + x' multiplier_x[side]`` and
    ``e = y − fitted[side, t] − x' slopes``.

    Attributes
    ----------
    value : float
    why_not : str
        Why it is not identified; empty where it is.
    used : numpy.ndarray, shape (D,), bool
        Dates with clean controls, whose treated enter.
    fitted, multiplier : numpy.ndarray, shape (2, D)
    slopes : numpy.ndarray, shape (p,)
    multiplier_x : numpy.ndarray, shape (2, p)
    n_rows, n_parameters : int
        N and K of the small-sample rule; K is 0 where it has none.
    variance, weight : float
        Variance of the value under errors of variance one, and the sum of weights.
    """

    value: float
    why_not: str
    used: np.ndarray
    fitted: np.ndarray
    multiplier: np.ndarray
    slopes: np.ndarray
    multiplier_x: np.ndarray
    n_rows: int = 0
    n_parameters: int = 0
    variance: float = 0.0
    weight: float = 0.0


def solve_dates(sums: DateSums, weighting: str) -> DateFit:
    """Solve one horizon; O(D p²)."""
    used = sums.weight[0] > 0
    n_dates, p = len(used), len(sums.control_xy)
    unknown = DateFit(np.nan, "", used, *np.zeros((2, 2, n_dates)), np.zeros(p), np.zeros((2, p)))
    if not sums.rows[1].any():
        return _lost(unknown, NO_TREATED)
    if not sums.rows[1][used].any():
        return _lost(unknown, NO_CLEAN)
    return (_by_variance if weighting == VARIANCE else _equally)(sums, used, unknown)


def _lost(unknown: DateFit, why: str) -> DateFit:
    return replace(unknown, why_not=why, used=np.zeros_like(unknown.used))


def _means(sums: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.divide(
        sums, weight, out=np.zeros(np.broadcast_shapes(sums.shape, weight.shape)), where=weight > 0
    )


def _symmetric(lower: np.ndarray) -> np.ndarray:
    return lower + np.tril(lower, -1).T


def _by_variance(sums: DateSums, used: np.ndarray, unknown: DateFit) -> DateFit:
    """Least squares: columns are treatment and the covariates, both sides together at each date."""
    treated = np.where(used, sums.weight[1], 0.0)
    weight = np.where(used, sums.weight.sum(0), 0.0)
    y = np.where(used, sums.y.sum(0), 0.0)
    z = np.vstack([treated, np.where(used, sums.x.sum(0), 0.0)])
    mean_y, mean_z = _means(y, weight), _means(z, weight)
    raw = np.zeros((len(z), len(z)))
    raw[0, 0], raw[1:, 0] = treated.sum(), (sums.x[1] * used).sum(1)
    raw[1:, 1:] = sums.control_xx + (sums.xx * used).sum(2)
    raw = _symmetric(raw)
    moments = np.r_[(sums.y[1] * used).sum(), sums.control_xy + (sums.xy * used).sum(1)]
    inverse, determined, rank = generalised_inverse(raw - z @ mean_z.T, np.diag(raw))
    if not determined[0]:
        return _lost(unknown, COLLINEAR)
    solution = inverse @ (moments - z @ mean_y)
    pull = inverse[0]
    side = np.array([[0.0], [1.0]])
    slopes = solution[1:]
    return DateFit(
        float(solution[0]),
        "",
        used,
        mean_y + solution[0] * (side - mean_z[0]) - slopes @ mean_z[1:],
        pull[0] * (side - mean_z[0]) - pull[1:] @ mean_z[1:],
        slopes,
        np.stack([pull[1:], pull[1:]]),
        int(sums.rows[:, used].sum()),
        rank + int(used.sum()),
        float(pull[0]),
        float(weight.sum()),
    )


def _equally(sums: DateSums, used: np.ndarray, unknown: DateFit) -> DateFit:
    """Effects of dates and slopes of the controls alone, and the mean of what they leave of the treated."""
    weight = sums.weight[0]
    mean_y, mean_x = _means(sums.y[0], weight), _means(sums.x[0], weight)
    gram = _symmetric(sums.control_xx)
    gram, variation = gram - sums.x[0] @ mean_x.T, np.diag(gram)
    inverse, _, _ = generalised_inverse(gram, variation)
    slopes = inverse @ (sums.control_xy - sums.x[0] @ mean_y)
    treated = np.where(used, sums.weight[1], 0.0)
    apart = ((sums.x[1] - sums.weight[1] * mean_x) * used).sum(1) / treated.sum()
    blind = apart - gram @ (inverse @ apart)
    scale = np.sqrt(np.maximum(variation, np.finfo(float).tiny))
    if (np.abs(blind) > NULL_SHARE * np.maximum(np.abs(apart), scale / np.sqrt(weight.sum()))).any():
        return _lost(unknown, COLLINEAR)
    level = mean_y - slopes @ mean_x
    left = (sums.y[1] - sums.weight[1] * level - slopes @ sums.x[1]) * used
    value = float(left.sum() / treated.sum())
    pull = inverse @ apart
    return DateFit(
        value,
        "",
        used,
        np.stack([level, level + value]),
        np.stack([pull @ mean_x - _means(treated, weight) / treated.sum(), used / treated.sum()]),
        slopes,
        np.stack([-pull, np.zeros_like(pull)]),
        int(sums.rows[:, used].sum()),
        variance=float(
            1 / treated.sum() + _means(treated**2, weight).sum() / treated.sum() ** 2 + apart @ pull
        ),
        weight=float(weight.sum() + treated.sum()),
    )


@dataclass
class DateScores:
    """What the residuals of one horizon say, summed.

    Attributes
    ----------
    influence : numpy.ndarray, shape (m,)
        By hospital.
    behind : numpy.ndarray, shape (m,), bool
        Treated hospitals that enter.
    squares : float
        Weighted squares of the residuals.
    """

    influence: np.ndarray
    behind: np.ndarray
    squares: float = 0.0

    def add(self, units: slice, d: Differences, fit: DateFit) -> None:
        """Add a block of hospitals."""
        left = d.control - fit.fitted[0]
        mine, own = d.treated - fit.fitted[1, d.date], fit.multiplier[1, d.date]
        for slope, x, own_x in zip(fit.slopes, d.control_x, d.treated_x, strict=True):
            left -= slope * x
            mine = mine - slope * own_x
        scored = d.control_weight * left
        by_unit = scored @ fit.multiplier[0]
        for pull, x in zip(fit.multiplier_x[0], d.control_x, strict=True):
            by_unit += pull * np.einsum("it,it->i", scored, x)
        for pull, own_x in zip(fit.multiplier_x[1], d.treated_x, strict=True):
            own = own + pull * own_x
        weight = d.treated_weight * fit.used[d.date]
        by_unit[d.unit] += weight * mine * own
        self.influence[units] = by_unit
        self.behind[units.start + d.unit] = fit.used[d.date]
        self.squares += float(np.einsum("it,it->", scored, left) + weight @ mine**2)


def fit_horizons(
    dates: Dates, horizons: Sequence[Horizon], weighting: str
) -> tuple[list[DateFit], list[DateScores]]:
    """Fit all horizons, and sum their residuals by hospital.

    Parameters
    ----------
    dates : Dates
    horizons : sequence of Horizon
    weighting : {"variance", "equal"}

    Returns
    -------
    fits, scores : list
        One a horizon.

    Notes
    -----
    O(n p²) a horizon, two passes; memory of a block of hospitals.
    """
    clean = [dates.clean(horizon) for horizon in horizons]
    spans = [dates.span(horizon) for horizon in horizons]
    sums = [DateSums.empty(end - first, len(dates.centre)) for first, end in spans]
    kept: list[Differences] = []
    for block in dates.blocks():
        kept = [block.differences(horizon, mask) for horizon, mask in zip(horizons, clean, strict=True)]
        for one, found in zip(sums, kept, strict=True):
            one.add(found)
    fits = [solve_dates(one, weighting) for one in sums]
    n_units = dates.sample.layout.n_units
    scores = [DateScores(np.zeros(n_units), np.zeros(n_units, bool)) for _ in horizons]
    single = kept if block.units == slice(0, n_units) else None
    for block in dates.blocks():
        for k, fit in enumerate(fits):
            if not fit.why_not:
                found = single[k] if single else block.differences(horizons[k], clean[k])
                scores[k].add(block.units, found, fit)
    return fits, scores
