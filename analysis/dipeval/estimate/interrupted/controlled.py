"""A series beside a control: what changed more than in the control.

With the same regressors in both series the differences of their coefficients are the coefficients of the series of
differences, and robust errors of that series hold what both have in common (Lopez Bernal, Cummins & Gasparrini 2018,
*International Journal of Epidemiology* 47).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.interrupted.fit import SeriesFit, fit_series
from dipeval.estimate.interrupted.segments import Segments


@dataclass(frozen=True)
class Controlled:
    """Three fits of one model.

    Attributes
    ----------
    treated, control : SeriesFit
        Each series by itself.
    difference : SeriesFit
        Of treated less control: its ``level`` and ``slope`` are differences of changes, its ``trend`` the difference
        of trends before the reform.
    """

    treated: SeriesFit
    control: SeriesFit
    difference: SeriesFit


def fit_controlled(
    treated: np.ndarray,
    control: np.ndarray,
    design: Segments,
    method: str = "newey_west",
    *,
    lags: int | None = None,
) -> Controlled:
    """Fit a series, its control and their difference.

    Parameters
    ----------
    treated, control : numpy.ndarray, shape (n,)
        In the same unit, at the same positions.
    design, method, lags
        As of `fit_series`.

    Raises
    ------
    DesignError
        Series of different lengths; what `fit_series` refuses.
    """
    if np.shape(treated) != np.shape(control):
        what = f"has {np.size(control)} periods, the treated series {np.size(treated)}"
        raise DesignError("interrupted series", [Problem("control", what, "give both over the same periods")])
    first, second = np.asarray(treated, float), np.asarray(control, float)
    fits = [fit_series(y, design, method, lags=lags) for y in (first, second, first - second)]
    return Controlled(*fits)
