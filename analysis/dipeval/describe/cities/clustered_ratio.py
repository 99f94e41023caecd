"""The ratio of two sums over hospitals, with the error that hospitals as clusters give it.

The ratio R = Σ N / Σ D of a city is the weighted mean of its hospitals' ratios, the coefficient of a
regression on a constant alone in which each unit of D is a row. Its variance is the cluster-robust one of
that regression with the bias reduction CR2 (Bell & McCaffrey 2002, Survey Methodology 28:169, section 3;
Pustejovsky & Tipton 2018, JBES 36:672, eq. 5 and 11), in closed form: there is one regressor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST = 3
"""With one or two hospitals there is no telling how much hospitals of a city differ."""


@dataclass(frozen=True)
class Ratios:
    """Ratios of g groups.

    Attributes
    ----------
    value : numpy.ndarray, shape (g,)
        NaN where the group has no denominator.
    std_error, df : numpy.ndarray, shape (g,)
        NaN with fewer than `FEWEST` hospitals.
    hospitals : numpy.ndarray of int, shape (g,)
        Those with a denominator above 0.
    """

    value: np.ndarray
    std_error: np.ndarray
    df: np.ndarray
    hospitals: np.ndarray


def clustered_ratios(
    numerator: np.ndarray, denominator: np.ndarray, group: np.ndarray, groups: int, fewest: int = FEWEST
) -> Ratios:
    """Compute N / D by group, with its standard error and degrees of freedom.

    With w_h = D_h / D and r_h = N_h / D_h of the hospitals h of a group, R = Σ w_h r_h and

        V  = Σ w_h² (r_h − R)² / (1 − w_h)                                           (CR2)
        df = 1 / (Σ a_h² (1/w_h − 1)² + Σ_{h≠l} a_h a_l),  a_h = w_h² / (1 − w_h)

    With equal hospitals df is their number less one; with one that is most of the city it goes to 1.

    Parameters
    ----------
    numerator, denominator : numpy.ndarray, shape (pairs,)
        Sums of one hospital in one group; the denominator is at least 0, and hospitals with 0 do not count.
    group : numpy.ndarray of int, shape (pairs,)
        From 0.
    groups : int
    fewest : int
        Hospitals that an error needs.

    Returns
    -------
    Ratios
        Cost O(pairs).
    """
    counts = denominator > 0
    at, above, below = group[counts], numerator[counts], denominator[counts]

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(at, weights=values, minlength=groups)

    total = summed(below)
    hospitals = np.bincount(at, minlength=groups)
    value = np.divide(summed(above), total, out=np.full(groups, np.nan), where=total > 0)
    weight = below / total[at]
    # A hospital alone has weight 1, and nothing can be said: the division is not made.
    lever = np.divide(weight**2, 1.0 - weight, out=np.zeros_like(weight), where=weight < 1.0)
    variance = summed(lever * (above / below - value[at]) ** 2)
    spread = summed((lever * (1.0 / weight - 1.0)) ** 2) + summed(lever) ** 2 - summed(lever**2)
    enough = hospitals >= fewest
    error = np.where(enough, np.sqrt(variance), np.nan)
    df = np.divide(1.0, spread, out=np.full(groups, np.nan), where=enough & (spread > 0))
    return Ratios(value, error, df, hospitals)
