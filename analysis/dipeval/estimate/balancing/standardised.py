"""How unlike two groups are in one number: standardised difference, variance ratio, effective size."""

from __future__ import annotations

import numpy as np

Group = tuple[np.ndarray, np.ndarray]
"""Values and their weights."""


def standardised_difference(treated: Group, control: Group, before: tuple[Group, Group]) -> float:
    """Difference of the weighted means in standard deviations before weighting.

    The variances of both groups are averaged, and are those before weighting whatever the weights, so that the
    differences can be compared (Stuart 2010, Stat Sci 25:1; Austin 2009, Stat Med 28:3083). NaN without spread.

    Parameters
    ----------
    treated, control : (numpy.ndarray, numpy.ndarray)
        Values and weights of each group.
    before : pair of the same
        Both groups as they were.
    """
    spread = np.sqrt((moments(*before[0])[1] + moments(*before[1])[1]) / 2)
    gap = moments(*treated)[0] - moments(*control)[0]
    return float(gap / spread) if spread > 0 else float("nan")


def variance_ratio(treated: Group, control: Group) -> float:
    """Weighted variance of the treated over that of the others; NaN where the others have none."""
    below = moments(*control)[1]
    return float(moments(*treated)[1] / below) if below > 0 else float("nan")


def moments(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Weighted mean and variance; NaN without weight."""
    total = weights.sum()
    if not total > 0:
        return float("nan"), float("nan")
    mean = weights @ values / total
    return float(mean), float(weights @ (values - mean) ** 2 / total)


def effective_size(weights: np.ndarray, counts: np.ndarray | None = None) -> float:
    """How many units of one weight weigh as much: (Σw)² / Σw² (Kish 1965, 11.7); `counts` of each weight."""
    n = np.ones(len(weights)) if counts is None else counts
    squares = n @ weights**2
    return float((n @ weights) ** 2 / squares) if squares > 0 else 0.0
