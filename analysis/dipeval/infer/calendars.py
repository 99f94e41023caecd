"""Other reform calendars that could have been: adoption dates dealt anew among clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product
from math import factorial, prod

import numpy as np


def count_calendars(dates: np.ndarray, strata: np.ndarray) -> int:
    """Number of distinct ways to deal the dates (G,) among the clusters of each stratum (G,)."""
    total = 1
    for stratum in np.unique(strata):
        counts = Counter(dates[strata == stratum].tolist())
        total *= factorial(sum(counts.values())) // prod(factorial(n) for n in counts.values())
    return total


def all_calendars(dates: np.ndarray, strata: np.ndarray) -> Iterator[np.ndarray]:
    """Every distinct calendar once, the given one among them, in a fixed order; each is (G,)."""
    places = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    choices = [list(_arrangements(tuple(sorted(dates[place].tolist())))) for place in places]
    for chosen in product(*choices):
        calendar = dates.copy()
        for place, arranged in zip(places, chosen, strict=True):
            calendar[place] = arranged
        yield calendar


def random_calendars(dates: np.ndarray, strata: np.ndarray, n_draws: int, seed: int) -> Iterator[np.ndarray]:
    """Calendars (G,) drawn at random, each dealing as likely as any other."""
    generator = np.random.Generator(np.random.PCG64(seed))
    places = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    for _ in range(n_draws):
        calendar = dates.copy()
        for place in places:
            calendar[place] = dates[generator.permutation(place)]
        yield calendar


def _arrangements(dates: tuple[float, ...]) -> Iterator[tuple[float, ...]]:
    """Distinct orders of dates that may repeat."""
    if not dates:
        yield ()
        return
    for k, first in enumerate(dates):
        if k and dates[k - 1] == first:
            continue
        for rest in _arrangements(dates[:k] + dates[k + 1 :]):
            yield (first, *rest)
