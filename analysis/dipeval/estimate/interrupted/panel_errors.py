"""Covariance of a regression on several units over time: by unit, by period, both, with lags.

Driscoll & Kraay (1998, *Review of Economics and Statistics* 80) sum the scores of all units in a period and treat the
sums as Newey & West (1987) treat a series: what units share, and what lasts, is in the errors. Conventions without
small-sample factors are those of Millo (2017, *Journal of Statistical Software* 82(3)).
"""

from __future__ import annotations

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.interrupted.autocovariance import BARTLETT, long_run

PANEL_ERRORS = ("driscoll_kraay", "unit", "period", "unit_and_period", "newey_west", "beck_katz")


def panel_covariance(
    x: np.ndarray, residuals: np.ndarray, kind: str = "driscoll_kraay", *, lags: int = 0
) -> np.ndarray:
    """Sandwich covariance of least squares, before any small-sample factor.

    Parameters
    ----------
    x : numpy.ndarray, shape (U, T, k)
        Regressors of U units over T periods as they enter least squares (unit means off); 0 where a cell is not used.
    residuals : numpy.ndarray, shape (U, T)
        0 where a cell is not used.
    kind : str
        ``driscoll_kraay``: units and periods up to `lags` apart may go together. ``unit``: any periods of one unit
        (Arellano 1987). ``period``: any units in one period. ``unit_and_period``: either (Cameron, Gelbach & Miller
        2011). ``newey_west``: periods of one unit up to `lags` apart. ``beck_katz``: periods of one unit, with one
        covariance (T, T) for all units (Beck & Katz 1995 with units and periods exchanged).
    lags : int

    Returns
    -------
    numpy.ndarray, shape (k, k)

    Raises
    ------
    DesignError
        Unknown errors, lags outside 0 … T-1.

    Notes
    -----
    O(U T k² (1 + lags)); ``beck_katz`` O(U T² k).
    """
    n_units, n_periods, k = x.shape
    if kind not in PANEL_ERRORS:
        problem = Problem("errors", f"{kind!r} is unknown", nearest(kind, PANEL_ERRORS))
        raise DesignError("interrupted series", [problem])
    if not 0 <= lags < n_periods:
        raise DesignError(
            "interrupted series", [Problem("lags", f"is {lags}", f"write 0 to {n_periods - 1}")]
        )
    rows = x.reshape(-1, k)
    bread = np.linalg.inv(rows.T @ rows)
    scores = x * residuals[:, :, None]
    if kind == "driscoll_kraay":
        meat = long_run(scores.sum(0), bandwidth=lags + 1, kernel=BARTLETT).meat
    elif kind == "newey_west":
        meat = sum(long_run(one, bandwidth=lags + 1, kernel=BARTLETT).meat for one in scores)
    elif kind == "beck_katz":
        shared = residuals.T @ residuals / n_units
        meat = np.einsum("utk,ts,usl->kl", x, shared, x, optimize=True)
    else:
        by_unit, by_period = scores.sum(1), scores.sum(0)
        parts = {"unit": by_unit.T @ by_unit, "period": by_period.T @ by_period}
        single = scores.reshape(-1, k)
        parts["unit_and_period"] = parts["unit"] + parts["period"] - single.T @ single
        meat = parts[kind]
    return bread @ meat @ bread
