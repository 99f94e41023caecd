"""How much costs and days differ between the stays of a hospital-period, from exact power sums and quartiles.

With n stays, sums S₁, S₂, S₃ of the first three powers and m = S₁ / n: variance v = (S₂ − n m²) / (n − 1), coefficient of
variation √v / m, and skewness g₁ = (S₃/n − 3 m S₂/n + 2 m³) / (S₂/n − m²)^1.5 (Joanes and Gill 1998, eq. 1). Of the
quartiles Q₁ and Q₃ (see `quartiles`): Q₃ − Q₁, and ln(Q₃ / Q₁).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..vocabulary import NANO, columns
from .extras import QUARTILES
from .quartiles import PARTS, PREFIX

if TYPE_CHECKING:
    import pandas as pd

    from ..vocabulary import Outcome

SPREADS = ("cv", "skewness", "sd_log", *QUARTILES)
FEWEST = {"cv": 2, "sd_log": 2, "skewness": 3, "iqr": 4, "iqr_log": 4}
NOISE = 1e-9
"""A variance below this share of the mean square is the rounding of floats: the stays are all alike."""


def spread_values(
    frame: pd.DataFrame,
    outcome: Outcome,
    total: np.ndarray,
    count: np.ndarray,
    reasons: np.ndarray,
    minor_per_unit: int = 100,
) -> tuple[np.ndarray, np.ndarray]:
    """A spread for every row of a panel.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        With the power sums and quartiles that `extras` gave the panel.
    outcome : Outcome
        Of a kind in `SPREADS`.
    total, count : numpy.ndarray, shape (n,)
        Sums of the first power, and how many stays they are of.
    reasons : numpy.ndarray of object, shape (n,)
        Why a row is undefined so far; noted further in place.
    minor_per_unit : int
        In which a difference of amounts is stated.

    Returns
    -------
    values, reasons : numpy.ndarray, shape (n,)
        NaN where fewer stays than it takes are there, where their mean is 0, or where skewness has no spread,
        and where the first quartile has no logarithm.
    """
    reasons[np.isnan(total)] = f"{outcome.needs[0]} is missing"
    reasons[(reasons == "") & (count < FEWEST[outcome.kind])] = f"fewer than {FEWEST[outcome.kind]} stays"
    if outcome.kind in QUARTILES:
        return _between_quartiles(frame, outcome, reasons, minor_per_unit)
    is_log = outcome.kind == "sd_log"
    power = "p2_log" if is_log else "p2"
    values = np.full(len(frame), np.nan)
    known = reasons == ""
    n, square = (
        count[known],
        frame[f"{power}_{outcome.numerator}"].to_numpy("float64", na_value=np.nan)[known],
    )
    mean, mean_square = total[known] / n, square / n
    variance = mean_square - mean**2
    variance = np.where(variance > NOISE * mean_square, variance, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        if outcome.kind == "skewness":
            cube = frame[f"p3_{outcome.numerator}"].to_numpy("float64", na_value=np.nan)[known] / n
            values[known] = (cube - 3 * mean * mean_square + 2 * mean**3) / variance**1.5
        else:
            deviation = np.sqrt(variance * n / (n - 1))
            values[known] = deviation / NANO if is_log else deviation / mean
    reasons[(reasons == "") & ~np.isfinite(values)] = "all stays are alike"
    values[~np.isfinite(values)] = np.nan
    return values, reasons.astype(str)


def _between_quartiles(
    frame: pd.DataFrame, outcome: Outcome, reasons: np.ndarray, minor_per_unit: int
) -> tuple[np.ndarray, np.ndarray]:
    """Four times the quartiles are whole: what differs by a factor alone is rounded once."""
    first, third = (
        frame[f"{prefix}{outcome.numerator}"].to_numpy("float64", na_value=np.nan)
        for prefix in PREFIX.values()
    )
    values = np.full(len(frame), np.nan)
    if outcome.kind == "iqr_log":
        reasons[(reasons == "") & ~(first > 0)] = "the logarithm of zero or less: the first quartile"
        known = reasons == ""
        values[known] = np.log(third[known] / first[known])
    else:
        known = reasons == ""
        money = columns()[outcome.numerator].kind == "money"
        values[known] = (third[known] - first[known]) / (PARTS * (minor_per_unit if money else 1))
    return values, reasons.astype(str)
