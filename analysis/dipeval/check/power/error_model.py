"""How errors of cities and hospitals hang together over time, as six numbers learned before the reform.

The mean outcome of city g in period t is a level of the city, a common path and an error with the covariance

    Σ_g = σ²_u R(ρ_u) + σ²_v I + (σ²_e R(ρ_e) + σ²_f I) / n_g ,      R(ρ)_st = ρ^|s-t| ,

shocks of the whole city that persist and that pass, and those of its n_g (effective) hospitals. Levels take out a
constant of each city, common paths are taken out by differences of pairs of cities; both are allowed for exactly in
what is expected of the products of residuals, to which the numbers are fitted (Burlig, Preonas & Woerman 2020 do the
same for their averages of covariances, appendix E).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
    city, city_passing, hospital, hospital_passing : float
        σ²_u, σ²_v, σ²_e and σ²_f.
    city_persistence, hospital_persistence : float
        ρ_u and ρ_e by period.
    inverse : numpy.ndarray, shape (N,)
        1/n_g of the cities that it was learned from.
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
    inverse: np.ndarray
    size: np.ndarray
    hospitals: np.ndarray

    def covariance(self, periods: int, inverse: np.ndarray | float) -> np.ndarray:
        """Σ_g of cities of given sizes; shape (…, T, T)."""
        of_city = self.city * _decay(self.city_persistence, periods) + self.city_passing * np.eye(periods)
        own = self.hospital * _decay(self.hospital_persistence, periods)
        own = own + self.hospital_passing * np.eye(periods)
        return of_city + np.asarray(inverse)[..., None, None] * own

    def independent(self, periods: int, inverse: np.ndarray | float) -> np.ndarray:
        """The covariance that whoever takes periods for independent believes in: its diagonal."""
        return self.covariance(periods, inverse) * np.eye(periods)


@dataclass(frozen=True)
class _Products:
    """Sums over t of products of residuals k periods apart, and of which series they are.

    Attributes
    ----------
    observed : numpy.ndarray, shape (L,)
    length : int
        L.
    series, hospitals : float
        Sums over series of what multiplies city and hospital covariances in them.
    """

    observed: np.ndarray
    length: int
    series: float
    hospitals: float


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
    within = _fit([_noise(city) for _, city in cities if city.hospitals[0] > 1], np.zeros(0))
    pairs = [p for a, b in _pairs(len(cities)) if (p := _difference(*cities[a], *cities[b])) is not None]
    known = _hospital_part(pairs, within)
    between = _fit(pairs, known)
    parts = [
        np.concatenate([getattr(c, name) for _, c in cities]) for name in ("inverse", "size", "hospitals")
    ]
    return ErrorModel(*between, *within, *parts)


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
    return _Products(_lags(np.outer(apart, apart)), end - start, 2.0, float(a.inverse[0] + b.inverse[0]))


def _noise(city: Cities) -> _Products:
    """What hospitals of one city differ by; its expectation is the hospital part of Σ_g."""
    return _Products(_lags(city.noise[0]), city.means.shape[1], float(city.inverse[0]), 0.0)


def _lags(matrix: np.ndarray) -> np.ndarray:
    """Sums along the diagonals, the main one first."""
    return np.array([np.trace(matrix, offset=k) for k in range(len(matrix))])


def _decay(persistence: float, periods: int) -> np.ndarray:
    apart = np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    return np.where(apart == 0, 1.0, persistence ** np.maximum(apart, 1))


def _expected(length: int, persistence: float) -> np.ndarray:
    """Expected sums of products (L, 2) of a demeaned path of unit variance: persistent, and passing."""
    centre = np.eye(length) - 1 / length
    covariances = _decay(persistence, length), np.eye(length)
    return np.stack([_lags(centre @ c @ centre) for c in covariances], axis=1)


def _collected(products: list[_Products]) -> dict[int, tuple[np.ndarray, float, float]]:
    """Products by length: sums observed, and what multiplies the covariances."""
    by_length: dict[int, tuple[np.ndarray, float, float]] = {}
    for one in products:
        seen, series, hospitals = by_length.get(one.length, (np.zeros(one.length), 0.0, 0.0))
        by_length[one.length] = seen + one.observed, series + one.series, hospitals + one.hospitals
    return by_length


def _hospital_part(products: list[_Products], within: tuple[float, float, float]) -> np.ndarray:
    """What the noise of hospitals adds to the sums of products, by lag."""
    longest = max((one.length for one in products), default=0)
    total = np.zeros(longest)
    for length, (_, _, hospitals) in _collected(products).items():
        expected = _expected(length, within[1]) @ np.array([within[0], within[2]])
        total[:length] += hospitals * expected
    return total


def _fit(products: list[_Products], known: np.ndarray) -> tuple[float, float, float]:
    """Persistent variance, persistence and passing variance, nearest to the products in least squares.

    Lags up to half the longest series count, each as often as products stand behind it.
    """
    from scipy.optimize import nnls

    by_length = _collected(products)
    longest = max(by_length, default=0)
    if not longest:
        return 0.0, 0.0, 0.0
    observed, behind = np.zeros(longest), np.zeros(longest)
    for length, (seen, series, _) in by_length.items():
        observed[:length] += seen
        behind[:length] += series * np.arange(length, 0, -1)
    if len(known):
        observed = observed - known
    scale = 1 / np.sqrt(behind[: longest // 2 + 1])
    best = (np.inf, 0.0, 0.0, 0.0)
    for persistence in PERSISTENCE:
        expected = np.zeros((longest, 2))
        for length, (_, series, _) in by_length.items():
            expected[:length] += series * _expected(length, float(persistence))
        kept = slice(0, len(scale))
        (persistent, passing), distance = nnls(scale[:, None] * expected[kept], scale * observed[kept])
        if distance < best[0] * (1 - 1e-9):
            best = (float(distance), float(persistent), float(persistence), float(passing))
    return best[1:]
