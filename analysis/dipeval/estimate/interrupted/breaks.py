"""Was there a break before the reform? The largest statistic over dates, against series without a break.

Andrews (1993) has the distribution for regressors without a trend; here it is drawn: series with the fitted trend and
season, no break, and errors that follow each other as the fitted ones do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.estimate.interrupted.segments import Interruption, Season, segments


@dataclass(frozen=True)
class EarlierBreak:
    """The most likely break of a series before its reform.

    Attributes
    ----------
    at : int
        First position after it.
    statistic : float
        F statistic of a change of level and slope there, the largest over dates.
    p_value : float
        Share of drawn series, and this one, with a largest statistic as large.
    draws : int
    """

    at: int
    statistic: float
    p_value: float
    draws: int


def earlier_break(
    before: np.ndarray, season: Season | None = None, *, margin: int = 6, draws: int = 499, seed: int = 0
) -> EarlierBreak | None:
    """Look for a break in a series before its reform.

    Parameters
    ----------
    before : numpy.ndarray, shape (n,)
        The series up to the reform, without gaps.
    season : Season, optional
    margin : int
        Least number of periods on either side of a break.
    draws, seed : int
        Series that are drawn.

    Returns
    -------
    EarlierBreak or None
        None where the series is too short to look.

    Notes
    -----
    O(draws · dates · n k).
    """
    n, season = len(before), season or Season()
    dates = range(margin, n - margin + 1)
    extra = {"harmonics": 2 * season.pairs, "periods": season.length - 1}.get(season.kind, 0)
    if len(dates) < 2 or n <= 4 + extra + 2:
        return None
    wide = [segments(n, [Interruption(k)], season).columns for k in dates]
    plain = np.delete(wide[0], [2, 3], axis=1)
    bases = [np.linalg.qr(x)[0] for x in wide]
    base = np.linalg.qr(plain)[0]
    free = n - wide[0].shape[1]
    fitted = base @ (base.T @ before)
    errors = before - fitted
    rho = float(np.clip(errors[1:] @ errors[:-1] / (errors[:-1] @ errors[:-1]), -0.95, 0.95))
    drawn = _autoregressive(n, rho, draws, seed)
    series = np.column_stack([errors, drawn])
    rest = (series**2).sum(0) - ((base.T @ series) ** 2).sum(0)
    left = np.array([(series**2).sum(0) - ((q.T @ series) ** 2).sum(0) for q in bases])
    statistics = (rest - left) / 2 / (left / free)
    largest = statistics.max(0)
    found = int(statistics[:, 0].argmax())
    as_large = int((largest[1:] >= largest[0]).sum())
    return EarlierBreak(dates[found], float(largest[0]), (1 + as_large) / (1 + draws), draws)


def _autoregressive(n: int, rho: float, draws: int, seed: int) -> np.ndarray:
    """Stationary errors (n, draws) with a variance of one."""
    shocks = np.random.Generator(np.random.PCG64(seed)).standard_normal((n, draws))
    made = shocks * np.sqrt(1 - rho**2)
    made[0] = shocks[0]
    for t in range(1, n):
        made[t] += rho * made[t - 1]
    return made
