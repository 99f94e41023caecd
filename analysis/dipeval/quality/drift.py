"""How far the distribution of a column moves from one period to the next.

The measure is the population stability index, the sum over bins of (p - q) ln(p / q): the symmetric
Kullback-Leibler divergence (Kullback and Leibler 1951, Ann Math Stat 22:79, eq. 2.6) in the use that
credit scoring made common, with its customary marks of 0.10 and 0.25 (Siddiqi 2006, Credit Risk
Scorecards, ch. 12). Without any change it is about (1/n + 1/m) times a chi-squared variable with as
many degrees of freedom as bins less one (Yurdakul and Naranjo 2020, J Risk Model Validation 14:89), so
small periods are only marked beyond what chance gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ..vocabulary import columns
from .distribution import MISSING, NUMBERS, coarse, quantile

if TYPE_CHECKING:
    import pandas as pd

WATCH, LARGE = 0.10, 0.25
CHANCE = 0.999
"""A move within this quantile of chance alone is not marked."""
FEWEST = 10
"""Periods with fewer rows are not compared."""


@dataclass(frozen=True)
class Step:
    """A column in one period, against the period before it that has enough rows.

    Attributes
    ----------
    column, period, before : str
        `before` is empty for the first period.
    rows : int
        Rows of the period.
    missing : float
        Share of rows without a value.
    median, upper : float
        Median and 90 % quantile of the values above 0; NaN for columns that are no numbers.
    values : int
        Rows with a value above 0.
    index : float
        The population stability index; NaN for the first period and for small ones.
    chance : float
        The index that chance alone stays below, at `CHANCE`.
    """

    column: str
    period: str
    before: str
    rows: int
    missing: float
    median: float
    upper: float
    values: int
    index: float
    chance: float

    @property
    def state(self) -> str:
        """``first``, ``calm``, ``watch`` or ``large``."""
        if math.isnan(self.index):
            return "first"
        if self.index < WATCH or self.index <= self.chance:
            return "calm"
        return "large" if self.index >= LARGE else "watch"


def stability_index(before: np.ndarray, after: np.ndarray) -> float:
    """The population stability index of two counts over the same bins; half a row is added to each bin.

    Parameters
    ----------
    before, after : numpy.ndarray, shape (bins,)
        Rows by bin. The half row (Jeffreys) keeps an empty bin from making the index infinite.
    """
    p = (before + 0.5) / (before.sum() + 0.5 * len(before))
    q = (after + 0.5) / (after.sum() + 0.5 * len(after))
    return float(((q - p) * np.log(q / p)).sum())


@cache
def chance_limit(bins: int) -> float:
    """Quantile `CHANCE` of a chi-squared variable with `bins` - 1 degrees of freedom."""
    from scipy.special import chdtri

    return float(chdtri(bins - 1, 1 - CHANCE)) if bins > 1 else 0.0


def steps(frame: pd.DataFrame, first: str, last: str) -> list[Step]:
    """Follow every column through its periods.

    Parameters
    ----------
    frame : pandas.DataFrame
        What `distribution.binned` gave.
    first, last : str
        Periods of the span; others are left out.

    Returns
    -------
    list of Step
        By column in the order of the frame's first occurrence by name, then period.
    """
    found = []
    inside = frame[(frame["period"] >= first) & (frame["period"] <= last)]
    for name, rows in inside.groupby("column", sort=True):
        found += _column(str(name), rows)
    return found


def _column(name: str, rows: pd.DataFrame) -> list[Step]:
    wide = rows.pivot(index="bin", columns="period", values="rows").fillna(0).sort_index()
    labels = [str(label) for label in wide.index]
    is_number = columns()[name].kind in NUMBERS
    joined = wide.groupby(coarse(labels, wide.sum(axis=1).to_numpy())).sum() if is_number else wide
    found: list[Step] = []
    before = ""
    for period in sorted(wide.columns):
        counts = [int(n) for n in wide[period]]
        total = sum(counts)
        index, chance = math.nan, math.nan
        if total >= FEWEST and before:
            index = stability_index(joined[before].to_numpy(), joined[period].to_numpy())
            chance = (1 / float(joined[before].sum()) + 1 / total) * chance_limit(len(joined))
        missing = counts[labels.index(MISSING)] / total if MISSING in labels else 0.0
        spread = _spread(labels, counts) if is_number else (math.nan, math.nan, 0)
        found.append(Step(name, str(period), before, total, missing, *spread, index, chance))
        before = str(period) if total >= FEWEST else before
    return found


def _spread(labels: list[str], counts: list[int]) -> tuple[float, float, int]:
    """Median and 90 % quantile of the values above 0, and how many there are."""
    above = sum(n for label, n in zip(labels, counts, strict=True) if label.lstrip("-").isdigit())
    return quantile(labels, counts, 0.5), quantile(labels, counts, 0.9), above
