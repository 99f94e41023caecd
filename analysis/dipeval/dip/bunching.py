"""Do hospitals push costs just above half of the mean? Bunching of the cost ratio at a threshold.

Below a ratio of 0.5 a case is paid as incurred, from 0.5 on the whole type: payment jumps, and a hospital
that spends a little more gains half a case. From 2 on each further yuan is paid: the slope changes. Both
leave a mark in the distribution of ratios, and nothing else happens at these numbers. The estimator
compares the counts of a window around the threshold with a polynomial that is fitted to the counts outside
it and that holds as many cases inside it as there are: who is in excess above is missing below (Chetty,
Friedman, Olsen and Pistaferri 2011, Quarterly Journal of Economics 126(2), section IV, with the constraint
on the integral put on the window; Kleven and Waseem 2013, same journal 128(2), for a jump).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError, Problem

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from ..store.contract import TableEngine

FEWEST = 3
"""Bins outside the window for each coefficient of the polynomial."""


@dataclass(frozen=True)
class Window:
    """Where to look, in units of the ratio.

    Attributes
    ----------
    threshold : float
        0.5, or 2.
    width : float
        Of a bin; the threshold is an edge of bins.
    range : (float, float)
        Ratios that the polynomial is fitted to.
    excluded : (float, float)
        The window around the threshold that the fit leaves out.
    degree : int
    """

    threshold: float
    width: float
    range: tuple[float, float]
    excluded: tuple[float, float]
    degree: int = 5

    def edges(self) -> np.ndarray:
        """Lower edges of the bins, as whole numbers of widths from the threshold."""
        first, last = (round((edge - self.threshold) / self.width) for edge in self.range)
        return np.arange(first, last)

    def problems(self) -> list[str]:
        """What is wrong with the window, in words."""
        inside = self.range[0] < self.excluded[0] < self.threshold < self.excluded[1] < self.range[1]
        if not (inside and self.width > 0):
            return ["must be: range holds excluded, excluded holds the threshold, width above 0"]
        edges = [*self.range, *self.excluded]
        if any(
            abs((e - self.threshold) / self.width - round((e - self.threshold) / self.width)) > 1e-6
            for e in edges
        ):
            return ["edges must lie whole numbers of bins away from the threshold"]
        outside = int((~_excluded(self)).sum())
        if outside < FEWEST * (self.degree + 1):
            return [f"leaves {outside} bins for a polynomial of degree {self.degree}"]
        return []


def _excluded(window: Window) -> np.ndarray:
    edges = window.edges()
    first, last = (round((edge - window.threshold) / window.width) for edge in window.excluded)
    return (edges >= first) & (edges < last)


@dataclass(frozen=True)
class Bunching:
    """Excess cases above a threshold.

    Attributes
    ----------
    window : Window
    bins : pandas.DataFrame
        ``ratio`` (lower edge), ``cases``, ``counterfactual``, ``is_excluded``.
    excess : float
        Cases above the threshold, inside the window, beyond the counterfactual.
    missing : float
        Cases below the threshold, inside the window, short of the counterfactual; equal to `excess` by the
        constraint on the integral.
    normalised : float
        `excess` over the counterfactual cases of one bin at the threshold.
    interval : (float, float)
        Percentile interval of `normalised`, by bootstrap of hospitals where there are several, else of cases.
    std_error : float
        Standard deviation of the bootstrap draws of `normalised`.
    """

    window: Window
    bins: pd.DataFrame
    excess: float
    missing: float
    normalised: float
    std_error: float
    interval: tuple[float, float]
    level: float
    draws: int
    seed: int
    resampled: str

    def tidy(self) -> pd.DataFrame:
        """One row: the estimate with its interval and what made it."""
        import pandas as pd

        names = ("excess", "missing", "normalised", "std_error", "level", "draws", "seed", "resampled")
        row = {name: getattr(self, name) for name in names}
        row |= {"conf_low": self.interval[0], "conf_high": self.interval[1]}
        return pd.DataFrame([{"threshold": self.window.threshold, **row}])


def ratio_counts(
    engine: TableEngine, cases: ir.Table, window: Window, ratio_decimals: int
) -> tuple[list[str], np.ndarray]:
    """Cases by hospital and bin.

    Returns
    -------
    list of str, ndarray
        Hospitals, and counts of shape (hospitals, bins). Cost: one pass.
    """
    unit = 10**ratio_decimals
    low, width = round(window.range[0] * unit), round(window.width * unit)
    high = round(window.range[1] * unit)
    kept = cases.filter(cases.cost_ratio.between(low, high - 1))
    # Floats divide these few digits exactly enough: the quotient is far from 2^53.
    place = ((kept.cost_ratio - low) / width).floor().cast("int64")
    frame = engine.to_frame(
        kept.group_by("hospital", place=place).agg(n=kept.count()), order_by=["hospital", "place"]
    )
    names = sorted(frame["hospital"].unique())
    counts = np.zeros((len(names), len(window.edges())))
    rows = frame["hospital"].map({name: k for k, name in enumerate(names)}).to_numpy(dtype="int64")
    counts[rows, frame["place"].to_numpy()] = frame["n"].to_numpy()
    return names, counts


def bunching(
    counts: np.ndarray, window: Window, *, seed: int, draws: int = 499, level: float = 0.95
) -> Bunching:
    """Estimate bunching at a threshold.

    Parameters
    ----------
    counts : ndarray of shape (hospitals, bins) or (bins,)
        From `ratio_counts`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Bunching
        Cost: one small least-squares solution a draw, all draws at once.

    Raises
    ------
    DataError
        If the window is none, or there are no cases in it.
    """
    import pandas as pd

    told = window.problems()
    table = np.atleast_2d(np.asarray(counts, dtype=float))
    if not told and not table.sum():
        told = ["holds no case"]
    if told:
        raise DataError(
            "estimate bunching", [Problem("window of the ratio", w, "mend the window") for w in told]
        )
    fit = _counterfactual_map(window)
    total = table.sum(axis=0)
    excess, missing, normalised = _measured(total[None, :], fit, window)
    drawn, resampled = _resampled(table, draws, np.random.default_rng(seed))
    again = _measured(drawn, fit, window)[2]
    tails = np.quantile(again, [(1 - level) / 2, (1 + level) / 2])
    ratio = window.threshold + window.edges() * window.width
    bins = pd.DataFrame({"ratio": ratio, "cases": total, "counterfactual": fit @ total})
    return Bunching(
        window,
        bins.assign(is_excluded=_excluded(window)),
        float(excess[0]),
        float(missing[0]),
        float(normalised[0]),
        float(again.std(ddof=1)),
        (float(tails[0]), float(tails[1])),
        level,
        draws,
        seed,
        resampled,
    )


def _counterfactual_map(window: Window) -> np.ndarray:
    """The matrix that turns counts into the counterfactual: least squares under the sum inside the window.

    min Σ_outside (y - Xb)² subject to Σ_inside Xb = Σ_inside y, by its first-order conditions; linear in y.
    """
    edges, excluded = window.edges(), _excluded(window)
    scaled = edges / np.abs(edges).max()
    x = np.polynomial.legendre.legvander(scaled, window.degree)
    outside = np.where(excluded, 0.0, 1.0)
    inner = x.T @ (outside[:, None] * x)
    column = x[excluded].sum(axis=0)[:, None]
    system = np.block([[inner, column], [column.T, np.zeros((1, 1))]])
    right = np.vstack([x.T * outside, np.where(excluded, 1.0, 0.0)[None, :]])
    return x @ np.linalg.solve(system, right)[:-1]


def _measured(
    counts: np.ndarray, fit: np.ndarray, window: Window
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Excess, missing and normalised excess of each row of counts."""
    edges, excluded = window.edges(), _excluded(window)
    expected = counts @ fit.T
    gap = counts - expected
    excess = gap[:, excluded & (edges >= 0)].sum(axis=1)
    missing = -gap[:, excluded & (edges < 0)].sum(axis=1)
    at = expected[:, np.flatnonzero(edges == 0)[0]]
    return excess, missing, excess / at


def _resampled(table: np.ndarray, draws: int, draw: np.random.Generator) -> tuple[np.ndarray, str]:
    """Counts of each draw: hospitals with replacement, or cases of the one hospital."""
    if len(table) > 1:
        times = draw.multinomial(len(table), np.full(len(table), 1 / len(table)), size=draws)
        return times @ table, "hospitals"
    total = table[0]
    return draw.multinomial(int(total.sum()), total / total.sum(), size=draws).astype(float), "cases"
