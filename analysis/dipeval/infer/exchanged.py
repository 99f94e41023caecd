"""What the estimate would be if the errors of other cities had met the treated cities' dates.

With few treated and many comparison cities the error of the estimate is that of the treated cities, a weighted
sum of their errors over time; its distribution is that of the same sum for other cities (Conley & Taber 2011,
*Review of Economics and Statistics* 93(1), propositions 1 and 2). Ferman & Pinto (2019, *ibid.* 101(3)) let the variance of that sum fall with a city's size, A + B/M, and rescale.

All functions take cities first and any further dimensions last, so that many outcomes are done at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, permutations, product
from math import factorial

import numpy as np

TIE = 1e-9
"""Sums within this relative distance are the same number."""


def without_two_ways(panel: np.ndarray, donors: np.ndarray) -> np.ndarray:
    """Outcomes without city and period effects.

    Parameters
    ----------
    panel : numpy.ndarray, shape (G, T, ...)
        Mean outcomes by city and period; NaN where a city has no row.
    donors : numpy.ndarray, shape (G,), bool
        Cities that fix the period effects, each alike; seen in every period in which any city is.

    Returns
    -------
    numpy.ndarray, shape (G, T, ...)
        Zero where the panel is NaN. O(G T) an outcome.
    """
    seen = np.isfinite(panel)
    level = np.nanmean(np.where(donors.reshape(-1, *[1] * (panel.ndim - 1)), panel, np.nan), axis=0)
    moved = np.where(seen, panel - level, 0.0)
    mean = moved.sum(1, keepdims=True) / np.maximum(seen.sum(1, keepdims=True), 1)
    return np.where(seen, moved - mean, 0.0)


def placed(weights: np.ndarray, panel: np.ndarray) -> np.ndarray:
    """What the errors of city j add in the place of city s: ``Σ_t a_st e_jt``.

    Parameters
    ----------
    weights : numpy.ndarray, shape (G, T)
        Of the estimate, by city and period.
    panel : numpy.ndarray, shape (G, T, ...)
        Errors.

    Returns
    -------
    numpy.ndarray, shape (G, G, ...)
        First the place, then the city whose errors are put there. O(G² T) an outcome.
    """
    return np.tensordot(weights, panel, axes=(1, 1))


def variance_by_size(sums: np.ndarray, inverse_size: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Variance ``A + B / M_j`` of the sums of city j, fitted in each place.

    Ferman & Pinto (2019): squares on a constant and 1/M by least squares. Where one of A and B
    would be negative it is zero and the other is fitted alone, which is least squares under A, B ≥ 0.

    Parameters
    ----------
    sums : numpy.ndarray, shape (G, G, ...)
        From `placed`.
    inverse_size : numpy.ndarray, shape (G,)
    used : numpy.ndarray, shape (G,), bool
        Cities whose errors are used for the fit.

    Returns
    -------
    numpy.ndarray, shape (G, G, ...)
        Fitted variance of city j's sum in place s.
    """
    squares = sums[:, used] ** 2
    inverse = inverse_size[used].reshape(-1, *[1] * (sums.ndim - 2))
    mean, centre = squares.mean(1), inverse.mean()
    spread = ((inverse - centre) ** 2).mean()
    slope = ((inverse - centre) * squares).mean(1) / (spread if spread > 0 else np.inf)
    constant = mean - slope * centre
    alone = (inverse * squares).mean(1) / (inverse**2).mean()
    slope, constant = (
        np.where(slope < 0, 0.0, np.where(constant < 0, alone, slope)),
        np.where(slope < 0, mean, np.maximum(constant, 0.0)),
    )
    everywhere = inverse_size.reshape(-1, *[1] * (sums.ndim - 2))
    return constant[:, None] + slope[:, None] * everywhere


def rescaled(sums: np.ndarray, inverse_size: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Sums (G, G, ...) of city j in place s times the ratio of the fitted errors of city s and city j."""
    variance = variance_by_size(sums, inverse_size, used)
    own = variance[np.arange(len(sums)), np.arange(len(sums))][:, None]
    return sums * np.sqrt(np.divide(own, variance, out=np.zeros_like(variance), where=variance > 0))


@dataclass(frozen=True)
class Places:
    """D ways to put cities' errors in the G places.

    Attributes
    ----------
    city : numpy.ndarray, shape (D, G), int
        City in each place; -1 where nothing is put.
    exact : bool
        Whether these are all ways.
    """

    city: np.ndarray
    exact: bool


def count_swaps(n_treated: int, n_cities: int) -> int:
    """Ways to choose which city's errors come to each treated city's place, each at most once."""
    return factorial(n_cities) // factorial(n_cities - n_treated)


def swaps(treated: np.ndarray, movable: np.ndarray, n_cities: int, n_draws: int, seed: int | None) -> Places:
    """Other cities' errors in the places of the treated; the treated cities' errors go where those came from.

    Parameters
    ----------
    treated, movable : numpy.ndarray, int
        Treated cities, all of them movable; cities whose errors may be moved.
    n_cities, n_draws : int
        All ways are listed when they are no more than `n_draws`.
    seed : int or None

    Returns
    -------
    Places
        Each city's errors are used once. The sample as it is, is not among those listed.
    """
    n = len(treated)
    exact = count_swaps(n, len(movable)) <= n_draws
    if exact:
        others = sorted(set(movable.tolist()) - set(treated.tolist()))
        chosen = np.array(list(islice(permutations([*treated.tolist(), *others], n), 1, None)))
    else:
        generator = np.random.Generator(np.random.PCG64(seed))
        order = np.argsort(generator.random((n_draws, len(movable))), axis=1, kind="stable")
        chosen = movable[order[:, :n]]
    chosen = chosen.reshape(-1, n)
    city = np.tile(np.arange(n_cities), (len(chosen), 1))
    city[:, treated] = chosen
    came, is_treated = np.zeros(city.shape, bool), np.isin(np.arange(n_cities), treated)
    came[np.arange(len(chosen))[:, None], chosen] = True
    # by row as many places are left by others as treated cities were moved out; both come in order
    city[came & ~is_treated] = np.nonzero(is_treated & ~came)[1]
    return Places(city, exact)


def tuples(treated: np.ndarray, donors: np.ndarray, n_cities: int, n_draws: int, seed: int | None) -> Places:
    """Comparison cities' errors in the places of the treated, with replacement, and nothing elsewhere.

    Conley & Taber (2011), proposition 2; all ``N0^N1`` ways are listed when they are no more than `n_draws`.
    """
    exact = len(donors) ** len(treated) <= n_draws
    if exact:
        chosen = np.array(list(product(donors.tolist(), repeat=len(treated))))
    else:
        generator = np.random.Generator(np.random.PCG64(seed))
        chosen = donors[generator.integers(0, len(donors), (n_draws, len(treated)))]
    city = np.full((len(chosen), n_cities), -1)
    city[:, treated] = chosen
    return Places(city, exact)


def resampled(movable: np.ndarray, n_cities: int, n_draws: int, seed: int) -> Places:
    """Errors of any movable city in every movable place, with replacement (Ferman & Pinto 2019)."""
    generator = np.random.Generator(np.random.PCG64(seed))
    city = np.tile(np.arange(n_cities), (n_draws, 1))
    city[:, movable] = movable[generator.integers(0, len(movable), (n_draws, len(movable)))]
    return Places(city, False)


def drawn_sums(sums: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Sums over the places of what is put there.

    Parameters
    ----------
    sums : numpy.ndarray, shape (G, G, ...)
        From `placed` or `rescaled`.
    places : numpy.ndarray, shape (D, G), int
        City in each place; -1 where nothing is put.

    Returns
    -------
    numpy.ndarray, shape (D, ...)
        O(D G) an outcome.
    """
    drawn = np.zeros((len(places), *sums.shape[2:]))
    for s in np.flatnonzero((places >= 0).any(0)):
        filled = places[:, s] >= 0
        drawn[filled] += sums[s, places[filled, s]]
    return drawn


@dataclass(frozen=True)
class Exchange:
    """A test of any constant effect by exchanging cities' errors.

    Attributes
    ----------
    estimate : numpy.ndarray, shape (...)
    moved : float
        Estimate of the treatment itself as an outcome: one for an average effect.
    outcome : numpy.ndarray, shape (G, G, ...)
        `placed` errors of the outcome.
    exposure : numpy.ndarray, shape (G, G)
        `placed` errors of the treatment: what an effect of one adds to them.
    places : Places
    inverse_size : numpy.ndarray, shape (G,), or None
        Reciprocal sizes for rescaling.
    used : numpy.ndarray, shape (G,), bool
        Cities that the variance is fitted on.
    """

    estimate: np.ndarray
    moved: float
    outcome: np.ndarray
    exposure: np.ndarray
    places: Places
    inverse_size: np.ndarray | None
    used: np.ndarray

    def p_value(self, null: float | np.ndarray) -> np.ndarray:
        """Two-sided p-values (...) of a constant effect; the sample counts as one of the draws.

        O(D G) an outcome.
        """
        observed, drawn = self.sizes(null)
        return ((drawn >= observed * (1 - TIE)).sum(0) + 1) / (len(drawn) + 1)

    def sizes(self, null: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Distance of the estimate from the null value (...), and absolute sums of the draws (D, ...)."""
        shape = (*self.exposure.shape, *[1] * (self.outcome.ndim - 2))
        sums = self.outcome - null * self.exposure.reshape(shape)
        if self.inverse_size is not None:
            sums = rescaled(sums, self.inverse_size, self.used)
        return np.abs(self.estimate - null * self.moved), np.abs(drawn_sums(sums, self.places.city))
