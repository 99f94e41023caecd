"""How errors of cities and hospitals hang together over time, as seven numbers learned before the reform.

The mean outcome of city g in period t is a level of the city, a common path and an error with the covariance

    Σ_g = σ²_u R(ρ_u) + σ²_v I + (σ²_e R(ρ_e) + σ²_f I) / n_g + σ²_c κ_g I ,      R(ρ)_st = ρ^|s-t| ,

shocks of the whole city that persist and that pass, those of its n_g (effective) hospitals, and chance among few cases:
κ_g is one over the cases of a hospital in a period, summed with the squares of the hospitals' shares. Levels take out a
constant of each city, common paths are taken out by differences of pairs of cities; both are allowed for exactly in
what is expected of the products of residuals, to which the numbers are fitted (Burlig, Preonas & Woerman 2020 do the
same for their averages of covariances, appendix E).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from dipeval.check.power.untreated import Cities, Untreated, cities_in

PERSISTENCE = np.round(np.arange(0.0, 0.981, 0.02), 2)
MOST_PAIRS = 4_000
SHORTEST = 3
"""Periods that two cities must share to tell anything of their differences."""


@dataclass(frozen=True)
class ErrorModel:
    """Variances and persistence of the errors of cities, and of hospitals within them.

    Attributes
    ----------
    city, city_passing, hospital, hospital_passing, case : float
        σ²_u, σ²_v, σ²_e, σ²_f and σ²_c.
    city_persistence, hospital_persistence : float
        ρ_u and ρ_e by period.
    inverse, thin : numpy.ndarray, shape (N,)
        1/n_g and κ_g of the cities that it was learned from.
    size : numpy.ndarray, shape (N,)
        Their weights.
    hospitals : numpy.ndarray, shape (N,), int
    """

    city: float
    city_persistence: float
    city_passing: float
    hospital: float
    hospital_persistence: float
    hospital_passing: float
    case: float
    inverse: np.ndarray
    thin: np.ndarray
    size: np.ndarray
    hospitals: np.ndarray

    def covariance(self, periods: int, chosen: np.ndarray) -> np.ndarray:
        """Σ_g (G, T, T) of chosen ones (G,) of its cities."""
        of_city = self.city * _decay(self.city_persistence, periods) + self.city_passing * np.eye(periods)
        own = self.hospital * _decay(self.hospital_persistence, periods)
        own = own + self.hospital_passing * np.eye(periods)
        by_case = self.case * self.thin[chosen, None, None] * np.eye(periods)
        return of_city + self.inverse[chosen, None, None] * own + by_case

    def mean_covariance(self, periods: int) -> np.ndarray:
        """The mean of Σ_g over its cities (T, T)."""
        return self.covariance(periods, np.arange(len(self.size))).mean(0)


@dataclass(frozen=True)
class _Products:
    """Sums over t of products of residuals k periods apart of one series, and what multiplies covariances in it.

    Attributes
    ----------
    observed : numpy.ndarray, shape (L,)
    level, hospitals, cases : float
        Of the fitted covariance, of that of hospitals (where it is known already), and of the variance of a case.
    """

    observed: np.ndarray
    level: float
    hospitals: float
    cases: float


@dataclass(frozen=True)
class _Fitted:
    """Persistent variance, persistence, passing variance and variance of a case."""

    persistent: float = 0.0
    persistence: float = 0.0
    passing: float = 0.0
    case: float = 0.0


def error_model(found: Untreated) -> ErrorModel:
    """Learn the model from all cities, each over its own untreated periods.

    Parameters
    ----------
    found : Untreated
        With two cities or more that share three untreated periods.

    Returns
    -------
    ErrorModel
        Its variances are never negative. Single hospitals tell nothing of the noise within cities; where all cities
        have one, all of it counts as the city's.

    Notes
    -----
    O(N T² + pairs T), pairs capped at 4,000, each city in as many of them.
    """
    spans = [(g, *_span(found, g)) for g in range(len(found.names))]
    cities = [(first, cities_in(found, first, n, np.array([g]))) for g, first, n in spans if n >= SHORTEST]
    within = _fit([_noise(city) for _, city in cities if city.hospitals[0] > 1])
    pairs = [p for a, b in _pairs(len(cities)) if (p := _difference(*cities[a], *cities[b])) is not None]
    known = any(city.hospitals[0] > 1 for _, city in cities)
    between = _fit(pairs, within if known else None)
    names = "inverse", "thin", "size", "hospitals"
    parts = [np.concatenate([getattr(c, name) for _, c in cities]) for name in names]
    of_city = between.persistent, between.persistence, between.passing
    own = within.persistent, within.persistence, within.passing
    return ErrorModel(*of_city, *own, within.case if known else between.case, *parts)


def _span(found: Untreated, g: int) -> tuple[int, int]:
    """First period and length of the longest run of periods in which some hospital of the city has an outcome."""
    known = np.isfinite(found.paths[found.city == g]).any(0)
    edges = np.flatnonzero(np.diff(np.r_[0, known.astype(int), 0]))
    first, last = edges[::2], edges[1::2]
    if not len(first):
        return 0, 0
    k = int(np.argmax(last - first))
    return _with_hospitals(found, g, int(first[k]), int(last[k] - first[k]))


def _with_hospitals(found: Untreated, g: int, first: int, length: int) -> tuple[int, int]:
    """The run, shortened at its end or beginning until some hospital has an outcome in each period of it."""
    paths = np.isfinite(found.paths[found.city == g, first : first + length])
    for n in range(length, SHORTEST - 1, -1):
        for start in (0, length - n):
            if paths[:, start : start + n].all(1).any():
                return first + start, n
    return first, 0


def _pairs(n: int) -> Iterable[tuple[int, int]]:
    """Pairs of cities, by distance in their order, so that all cities are in about as many."""
    made = 0
    for apart in range(1, n):
        for a in range(n - apart):
            yield a, a + apart
        made += n - apart
        if made >= MOST_PAIRS:
            return


def _difference(first_a: int, a: Cities, first_b: int, b: Cities) -> _Products | None:
    """Products of the difference of two cities over the periods that they share."""
    start = max(first_a, first_b)
    end = min(first_a + a.means.shape[1], first_b + b.means.shape[1])
    if end - start < SHORTEST:
        return None
    apart = a.means[0, start - first_a : end - first_a] - b.means[0, start - first_b : end - first_b]
    apart = apart - apart.mean()
    return _Products(_lags(np.outer(apart, apart)), 2.0, *(float(x[0] + y[0]) for x, y in _sizes(a, b)))


def _sizes(a: Cities, b: Cities) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    return (a.inverse, b.inverse), (a.thin, b.thin)


def _noise(city: Cities) -> _Products:
    """What hospitals of one city differ by; its expectation is the hospital part of Σ_g."""
    return _Products(_lags(city.noise[0]), float(city.inverse[0]), 0.0, float(city.thin[0]))


def _lags(matrix: np.ndarray) -> np.ndarray:
    """Sums along the diagonals, the main one first."""
    return np.array([np.trace(matrix, offset=k) for k in range(len(matrix))])


def _decay(persistence: float, periods: int) -> np.ndarray:
    apart = np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    return np.where(apart == 0, 1.0, persistence ** np.maximum(apart, 1))


@cache
def _expected(length: int, persistence: float) -> np.ndarray:
    """Expected sums of products (L, 2) of a demeaned path of unit variance: persistent, and passing."""
    centre = np.eye(length) - 1 / length
    covariances = _decay(persistence, length), np.eye(length)
    return np.stack([_lags(centre @ c @ centre) for c in covariances], axis=1)


@dataclass(frozen=True)
class _Moments:
    """Sums of products over series, weighted alike and by how thin their cases are.

    Attributes
    ----------
    observed, behind : numpy.ndarray, shape (2, L)
        By weighting and lag: the sums, and how many products stand behind them.
    mass : mapping of str to mapping of int to numpy.ndarray, shape (2,)
        By ``level``, ``hospitals`` and ``cases``, and by length of the series: weighted sums of what multiplies
        covariances.
    """

    observed: np.ndarray
    behind: np.ndarray
    mass: dict[str, dict[int, np.ndarray]]

    def expected(self, part: str, persistence: float) -> tuple[np.ndarray, np.ndarray]:
        """Expected sums (2, L), of a persistent and of a passing unit variance."""
        total = np.zeros((2, *self.observed.shape))
        for n, by_weight in self.mass[part].items():
            total[:, :, :n] += by_weight[None, :, None] * _expected(n, persistence).T[:, None, :]
        return total[0], total[1]


def _moments(products: list[_Products]) -> _Moments:
    thin = np.array([one.cases for one in products])
    weights = np.stack([np.ones(len(products)), thin / max(thin.mean(), np.finfo(float).tiny)])
    lengths = np.array([len(one.observed) for one in products])
    observed, behind = np.zeros((2, lengths.max())), np.zeros((2, lengths.max()))
    for one, weight, n in zip(products, weights.T, lengths, strict=True):
        observed[:, :n] += weight[:, None] * one.observed
        behind[:, :n] += weight[:, None] * one.level * np.arange(n, 0, -1)
    mass: dict[str, dict[int, np.ndarray]] = {}
    for part in ("level", "hospitals", "cases"):
        values = np.array([getattr(one, part) for one in products])
        mass[part] = {n: weights[:, lengths == n] @ values[lengths == n] for n in np.unique(lengths).tolist()}
    return _Moments(observed, behind, mass)


def _fit(products: list[_Products], known: _Fitted | None = None) -> _Fitted:
    """The numbers nearest to the products in least squares.

    Products enter twice, alike and by how thin their cases are, so that the variance of a case is told from what does
    not fall with cases. Lags up to half the longest series count, as often as products stand behind them.

    Parameters
    ----------
    products : list of _Products
    known : _Fitted, optional
        Of hospitals, the variance of a case included; then that is not fitted.
    """
    from scipy.optimize import nnls

    if not products:
        return _Fitted()
    moments = _moments(products)
    by_case, observed = [moments.expected("cases", 0.0)[1]], moments.observed
    if known is not None:
        own = moments.expected("hospitals", known.persistence)
        observed = observed - known.persistent * own[0] - known.passing * own[1] - known.case * by_case.pop()
    kept = observed.shape[1] // 2 + 1
    scale = 1 / np.sqrt(moments.behind[:, :kept].ravel())
    right, best, found = scale * observed[:, :kept].ravel(), np.inf, _Fitted()
    for persistence in PERSISTENCE.tolist():
        columns = np.stack([*moments.expected("level", persistence), *by_case], axis=-1)
        left = scale[:, None] * columns[:, :kept].reshape(len(scale), -1)
        size = np.sqrt((left**2).sum(0))
        solved, distance = nnls(left / size, right)
        if distance < best * (1 - 1e-9):
            persistent, passing, *case = (solved / size).tolist()
            best, found = distance, _Fitted(persistent, persistence, passing, sum(case))
    return found
