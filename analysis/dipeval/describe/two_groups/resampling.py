"""Bootstrap of two means from distinct values and their numbers of cases.

Drawing n cases with replacement is drawing how often each distinct value comes: a multinomial, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dipeval.describe.case_groups import GROUP, CaseGroups
from dipeval.describe.case_variable import CaseVariable
from dipeval.describe.group_moments import scaled

if TYPE_CHECKING:
    from dipeval.store.contract import TableEngine

AT_ONCE = 4_000_000
MOST_DRAWN = 100_000_000
"""Distinct values × draws; beyond it (some ten seconds an outcome) means are normal to many digits anyway."""


@dataclass(frozen=True)
class DistinctValues:
    """The values of one group, in order.

    Attributes
    ----------
    values : numpy.ndarray, shape (k,), float64
        In major units.
    counts : numpy.ndarray, shape (k,), int64
        Cases of each value.
    """

    values: np.ndarray
    counts: np.ndarray

    @property
    def n(self) -> int:
        """Cases."""
        return int(self.counts.sum())

    @property
    def mean(self) -> float:
        """Mean; NaN without a case."""
        return float(self.counts @ self.values / self.n) if self.n else float("nan")


@dataclass(frozen=True)
class BootstrapInterval:
    """Limits by percentiles, and corrected for bias and acceleration; NaN where not defined."""

    percentile: tuple[float, float]
    bca: tuple[float, float]


def distinct_values(
    engine: TableEngine, groups: CaseGroups, variable: CaseVariable, most: int
) -> dict[str, DistinctValues] | None:
    """Count every distinct value by group; None where there are more than `most` of them.

    Cost: one grouping; at most `most` rows come to Python.
    """
    cases = groups.cases.select(**{GROUP: groups.cases[GROUP]}, v=scaled(groups.cases, variable))
    known = cases.filter(cases.v.notnull(), cases[GROUP].isin(list(groups.groups)))
    counted = known.group_by([GROUP, "v"]).aggregate(n=known.count()).limit(most + 1)
    frame = engine.to_frame(counted).sort_values([GROUP, "v"])
    if len(frame) > most:
        return None
    unit = float(10**variable.decimals)
    parts = {group: frame[frame[GROUP] == group] for group in groups.groups}
    return {
        group: DistinctValues(part["v"].to_numpy(float) / unit, part["n"].to_numpy(np.int64))
        for group, part in parts.items()
    }


def drawn_means(
    base: DistinctValues, other: DistinctValues, draws: int, seed: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Means of samples drawn with replacement from each group by itself (Efron & Tibshirani 1993, ch. 8).

    Parameters
    ----------
    seed : tuple of int
        Same seed, same draws; each group has a stream of its own.

    Returns
    -------
    base, other : numpy.ndarray, shape (draws,)
        Cost O(draws × distinct values).
    """
    streams = np.random.SeedSequence(list(seed)).spawn(2)
    first, second = (
        _means(sample, draws, np.random.Generator(np.random.PCG64(stream)))
        for sample, stream in zip((base, other), streams, strict=True)
    )
    return first, second


def _means(sample: DistinctValues, draws: int, random: np.random.Generator) -> np.ndarray:
    found, share = np.empty(draws), sample.counts / sample.n
    step = max(1, AT_ONCE // len(share))
    for first in range(0, draws, step):
        size = min(step, draws - first)
        found[first : first + size] = random.multinomial(sample.n, share, size) @ sample.values
    return found / sample.n


def difference(base: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Mean of the other group less that of the base."""
    return other - base


def relative_change(base: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Ratio of the means, less 1; NaN where the base's mean is not above 0."""
    return other / np.where(base > 0, base, np.nan) - 1


def bootstrap_interval(
    statistic, base: DistinctValues, other: DistinctValues, drawn: tuple[np.ndarray, np.ndarray], level: float
) -> BootstrapInterval:
    """Percentile and BCa limits of a statistic of two means (Efron 1987, JASA 82:171).

    Parameters
    ----------
    statistic : callable
        `difference` or `relative_change`.
    drawn : pair of numpy.ndarray, each (draws,)
        From `drawn_means`.
    level : float

    Notes
    -----
    The acceleration is that of several samples, from leaving out one case at a time (Efron & Tibshirani
    1993, 14.3; DiCiccio & Efron 1996): O(distinct values). Percentiles are linear between two draws.
    """
    made = statistic(*drawn)
    nothing = (float("nan"), float("nan"))
    if not np.isfinite(made).all():
        return BootstrapInterval(nothing, nothing)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    plain = tuple(np.quantile(made, tails).tolist())
    at = float(statistic(np.array(base.mean), np.array(other.mean)))
    corrected = _corrected_tails(made, at, _acceleration(statistic, base, other), tails)
    ok = np.isfinite(corrected).all()
    return BootstrapInterval(plain, tuple(np.quantile(made, corrected).tolist()) if ok else nothing)


def _corrected_tails(made: np.ndarray, at: float, acceleration: float, tails: np.ndarray) -> np.ndarray:
    from scipy.special import ndtr, ndtri

    below = ((made < at).mean() + (made <= at).mean()) / 2
    bias = ndtri(below)
    moved = bias + ndtri(tails)
    return ndtr(bias + moved / (1 - acceleration * moved))


def _acceleration(statistic, base: DistinctValues, other: DistinctValues) -> float:
    """A sixth of the skewness of the jackknife's influence, both samples together."""
    if min(base.n, other.n) < 2:
        return float("nan")
    cubes = squares = 0.0
    for k, sample in enumerate((base, other)):
        left = (sample.n * sample.mean - sample.values) / (sample.n - 1)
        pair = (left, np.array(other.mean)) if k == 0 else (np.array(base.mean), left)
        found = statistic(*pair)
        pull = (sample.n - 1) * (sample.counts @ found / sample.n - found)
        cubes += sample.counts @ pull**3 / sample.n**3
        squares += sample.counts @ pull**2 / sample.n**2
    return float(cubes / 6 / squares**1.5) if squares > 0 else float("nan")
