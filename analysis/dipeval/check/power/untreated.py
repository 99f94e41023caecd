"""What the hospitals of a study were like while nobody had reformed them: paths, and blocks of whole cities."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.design.calendar import period_code

LEAST_CITIES = 4
"""A block with fewer cities tells too little of how cities differ."""


@dataclass(frozen=True)
class Untreated:
    """Outcomes of H hospitals in N cities over T consecutive periods, before any reform reached them.

    Attributes
    ----------
    names : tuple of str
        The cities.
    city : numpy.ndarray, shape (H,), int
    paths : numpy.ndarray, shape (H, T)
        NaN where a hospital has no outcome, or is treated already (or within the periods of anticipation).
    weight : numpy.ndarray, shape (H,)
        What a hospital counts in an estimate: 1, or its mean discharges.
    cases : numpy.ndarray, shape (H,)
        Mean discharges behind an outcome.
    count, largest_share : float
        Discharges behind the outcomes, and the largest hospital's share of them.
    """

    names: tuple[str, ...]
    city: np.ndarray
    paths: np.ndarray
    weight: np.ndarray
    cases: np.ndarray
    count: float
    largest_share: float

    @property
    def n_periods(self) -> int:
        """T."""
        return self.paths.shape[1]

    @property
    def n_cities(self) -> int:
        """Cities with any outcome."""
        return len(np.unique(self.city[np.isfinite(self.paths).any(1)]))


@dataclass(frozen=True)
class Cities:
    """N cities as an estimator of effects sees them.

    Attributes
    ----------
    means : numpy.ndarray, shape (N, T)
        Weighted means over the hospitals of a city.
    size : numpy.ndarray, shape (N,)
        Sum of the hospitals' weights.
    hospitals : numpy.ndarray, shape (N,), int
    inverse : numpy.ndarray, shape (N,)
        Σw²/(Σw)², the reciprocal of the effective number of hospitals.
    thin : numpy.ndarray, shape (N,)
        Σ(w²/cases)/(Σw)²: what the variance of one case adds to that of the mean in a period.
    noise : numpy.ndarray, shape (N, T, T)
        Covariance of the mean that comes from hospitals' own paths within the city; NaN with one hospital.
    """

    means: np.ndarray
    size: np.ndarray
    hospitals: np.ndarray
    inverse: np.ndarray
    thin: np.ndarray
    noise: np.ndarray


def untreated_paths(
    frame: pd.DataFrame,
    values: np.ndarray,
    untreated: np.ndarray,
    *,
    unit: str,
    cluster: str,
    weights: str | None = None,
) -> Untreated:
    """Arrange the rows of a panel in which no reform has reached a hospital.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        With `unit`, `cluster`, ``period`` and ``discharges``.
    values : numpy.ndarray, shape (n,)
        The outcome.
    untreated : numpy.ndarray, shape (n,), bool
    unit, cluster : str
    weights : str, optional
        A column whose mean by hospital is its weight.

    Returns
    -------
    Untreated
        Hospitals sorted by city and name. O(n log n).
    """
    used = untreated & np.isfinite(values)
    rows = frame.loc[used, [cluster, unit, "period", "discharges"]].assign(value=values[used])
    if weights is not None:
        rows["weight"] = frame.loc[used, weights].to_numpy(float)
    codes = rows["period"].map({p: period_code(p) for p in rows["period"].unique()}).to_numpy()
    hospitals = pd.MultiIndex.from_frame(rows[[cluster, unit]].astype("str"))
    row, known = hospitals.factorize(sort=True)
    first = int(codes.min()) if len(codes) else 0
    paths = np.full((len(known), int(codes.max()) - first + 1 if len(codes) else 0), np.nan)
    paths[row, codes - first] = rows["value"]
    city, names = pd.factorize(known.get_level_values(0), sort=True)
    by_hospital = np.bincount(row, rows["discharges"].to_numpy(float), minlength=len(known))
    weight = np.ones(len(known))
    if weights is not None:
        weight = np.bincount(row, rows["weight"], minlength=len(known)) / np.bincount(row)
    cases = by_hospital / np.bincount(row, minlength=len(known))
    total = float(by_hospital.sum())
    share = float(by_hospital.max() / total) if total > 0 else np.nan
    return Untreated(tuple(map(str, names)), city.astype(np.int64), paths, weight, cases, total, share)


def cities_in(found: Untreated, first: int, length: int, only: np.ndarray | None = None) -> Cities:
    """Cities over one window, made of the hospitals that have an outcome in each of its periods.

    Parameters
    ----------
    found : Untreated
    first, length : int
        The window: periods `first` to `first + length - 1`.
    only : numpy.ndarray of int, optional
        Cities to look at; default all.

    Returns
    -------
    Cities
        Of the cities with such a hospital, in their order. O(H T + N T²).
    """
    paths = found.paths[:, first : first + length]
    whole = np.isfinite(paths).all(1)
    if only is not None:
        whole &= np.isin(found.city, only)
    made = [_city(paths[m], found.weight[m], found.cases[m]) for m in _members(found.city, whole)]
    none = np.empty(0)
    empty = [np.empty((0, length)), none, np.empty(0, int), none, none, np.empty((0, length, length))]
    columns = [np.stack(part) for part in zip(*made, strict=True)] if made else empty
    return Cities(*columns)


def _members(city: np.ndarray, whole: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(whole & (city == g)) for g in np.unique(city[whole])]


def _city(paths: np.ndarray, weight: np.ndarray, cases: np.ndarray) -> tuple[object, ...]:
    """The columns of `Cities` for one city."""
    total, n = float(weight.sum()), len(weight)
    share = weight / total
    mean = share @ paths
    own = share[:, None] * (paths - paths.mean(1, keepdims=True) - (mean - mean.mean()))
    noise = own.T @ own * (n / (n - 1)) if n > 1 else np.full((paths.shape[1],) * 2, np.nan)
    thin = float((share**2 / np.maximum(cases, 1.0)).sum())
    return mean, total, n, float((share**2).sum()), thin, noise


def blocks(found: Untreated, length: int) -> list[Cities]:
    """All windows of a length in which enough cities are untreated throughout, as errors of whole cities.

    Period and city means are taken out, each path is stretched by √(N/(N-1)), so that paths drawn with replacement
    differ among cities as much as the cities that were observed (Davison & Hinkley 1997, section 3.8).

    Parameters
    ----------
    found : Untreated
    length : int
        Periods.

    Returns
    -------
    list of Cities
        Of `LEAST_CITIES` or more; windows with less than half as many cities as the best are left out. Empty where
        no window is that long.
    """
    made = [cities_in(found, first, length) for first in range(found.n_periods - length + 1)]
    most = max((len(block.size) for block in made), default=0)
    return [_errors(b) for b in made if len(b.size) >= max(LEAST_CITIES, most / 2)]


def _errors(block: Cities) -> Cities:
    n = len(block.size)
    means = block.means - block.means.mean(1, keepdims=True)
    means = (means - means.mean(0)) * np.sqrt(n / (n - 1))
    return replace(block, means=means)
