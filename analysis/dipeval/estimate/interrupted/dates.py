"""Placebo over dates: would any other month have looked like a reform?

The same model is fitted with its interruption at every possible date. In a series without a break the date of the
reform is one of many; where other dates find as much, the change at the reform is not told from the usual movements of
the series. The largest statistic over dates before the reform also warns of an earlier break (Andrews 1993).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.estimate.interrupted.fit import SeriesFit


@dataclass(frozen=True)
class DatePlacebos:
    """One fit a possible date.

    Attributes
    ----------
    position : numpy.ndarray, shape (m,), int
        First position after each date.
    level, slope : numpy.ndarray, shape (m,)
        Estimated changes; NaN where the model has none.
    statistic : numpy.ndarray, shape (m,)
        Wald statistic of all changes at that date.
    actual : int
        Place of the reform among the dates.
    p_value : float
        Share of dates with a statistic at least as large, the reform's own among them.
    least : float
        The smallest p-value that so many dates allow.
    """

    position: np.ndarray
    level: np.ndarray
    slope: np.ndarray
    statistic: np.ndarray
    actual: int
    p_value: float
    least: float


def placebo_dates(
    fit_at: Callable[[int], SeriesFit], n: int, actual: int, *, margin: int = 6, before_only: bool = False
) -> DatePlacebos:
    """Fit the model at every date that leaves a margin on either side.

    Parameters
    ----------
    fit_at : callable
        From the first position after a date to the fit of the model with its one interruption there. With
        `before_only` it should be of the series before the reform alone.
    n : int
        Positions of the series.
    actual : int
        First position after the reform.
    margin : int
        Least number of periods on either side of a date.
    before_only : bool
        Whether only dates before the reform are tried, besides its own.

    Raises
    ------
    DesignError
        Fewer than two dates.

    Notes
    -----
    One fit a date.
    """
    last = actual - margin if before_only else n - margin
    positions = [k for k in range(margin, last + 1) if k != actual]
    positions = sorted([*positions, actual])
    if len(positions) < 2:
        what = f"no other date leaves {margin} periods on either side"
        raise DesignError(
            "interrupted series", [Problem("dates", what, "lengthen the window, or lower the margin")]
        )
    fits = [fit_at(k) for k in positions]
    statistic = np.array([wald(fit) for fit in fits])
    place = positions.index(actual)
    as_large = int((statistic >= statistic[place] * (1 - 1e-12)).sum())
    return DatePlacebos(
        position=np.array(positions),
        level=np.array([_value(fit, "level") for fit in fits]),
        slope=np.array([_value(fit, "slope") for fit in fits]),
        statistic=statistic,
        actual=place,
        p_value=as_large / len(positions),
        least=1 / len(positions),
    )


def wald(fit: SeriesFit) -> float:
    """Wald statistic of all changes of a fit, divided by their number."""
    which = [fit.segments.names.index(name) for name in fit.segments.changes]
    values, cov = fit.params[which], fit.cov[np.ix_(which, which)]
    return float(values @ np.linalg.solve(cov, values)) / len(which)


def _value(fit: SeriesFit, term: str) -> float:
    return fit.of(term)[0] if term in fit.segments.changes else np.nan
