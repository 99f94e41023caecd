"""Which two-group comparisons a staggered two-way regression averages, and with which weights.

Goodman-Bacon (2021), *Journal of Econometrics* 225(2), theorem 1 (equations 7 to 10).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

TYPES = ("earlier_against_later", "later_against_earlier", "treated_against_untreated")


@dataclass(frozen=True)
class Comparison:
    """One treated group against one comparison group over some periods.

    Attributes
    ----------
    treated, against : int
        Positions of the two groups.
    kind : str
        One of `TYPES`.
    first, change, last : int
        Positions of periods: before is first … change-1, after is change … last-1.
    weight : float
        Share of the coefficient; all sum to one.
    """

    treated: int
    against: int
    kind: str
    first: int
    change: int
    last: int
    weight: float

    def contrast(self, n_periods: int) -> np.ndarray:
        """Weights (n_periods,) of the treated group's period means; the other group's are their negative."""
        weights = np.zeros(n_periods)
        weights[self.first : self.change] = -1 / (self.change - self.first)
        weights[self.change : self.last] = 1 / (self.last - self.change)
        return weights


def comparisons(start: np.ndarray, share: np.ndarray, n_periods: int) -> list[Comparison]:
    """All comparisons of a panel of groups.

    Parameters
    ----------
    start : numpy.ndarray, shape (C,), float
        Position of each group's first treated period, between 1 and n_periods - 1, or inf.
    share : numpy.ndarray, shape (C,)
        Share of each group in the weights of the panel.
    n_periods : int

    Returns
    -------
    list of Comparison
        By treated group and comparison group in their order. O(C²).
    """
    exposure = np.where(np.isfinite(start), 1 - np.minimum(start, n_periods) / n_periods, 0.0)
    found = list(_pairs(start, share, exposure, n_periods))
    total = sum(c.weight for c in found)
    return [
        Comparison(c.treated, c.against, c.kind, c.first, c.change, c.last, c.weight / total) for c in found
    ]


def _pairs(
    start: np.ndarray, share: np.ndarray, exposure: np.ndarray, n_periods: int
) -> Iterator[Comparison]:
    for k in np.flatnonzero(np.isfinite(start)):
        for other in range(len(start)):
            if start[other] == start[k]:
                # The group itself, or one that no observed period tells from it.
                continue
            both = share[k] + share[other]
            split = share[k] / both * share[other] / both * both**2
            begin = int(start[k])
            if np.isinf(start[other]):
                weight = split * exposure[k] * (1 - exposure[k])
                yield Comparison(int(k), other, TYPES[2], 0, begin, n_periods, float(weight))
            elif start[k] < start[other]:
                end = int(start[other])
                weight = split * (exposure[k] - exposure[other]) * (1 - exposure[k])
                yield Comparison(int(k), other, TYPES[0], 0, begin, end, float(weight))
            else:
                weight = split * exposure[k] * (exposure[other] - exposure[k])
                yield Comparison(int(k), other, TYPES[1], int(start[other]), begin, n_periods, float(weight))
