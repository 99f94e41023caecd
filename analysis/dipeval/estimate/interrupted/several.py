"""Several interrupted series with one set of changes: hospitals or cities with levels of their own, fixed or random.

Linden (2015, *Stata Journal* 15) for panels of series; random effects after Swamy & Arora (1972, *Econometrica* 40).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.interrupted.fit import SeriesFit
from dipeval.estimate.interrupted.panel_errors import PANEL_ERRORS, panel_covariance
from dipeval.estimate.interrupted.segments import Segments

FIXED, RANDOM = "fixed", "random"
LEVELS = (FIXED, RANDOM)
WITH_LAGS = ("driscoll_kraay", "newey_west")
CHINESE = {
    FIXED: "单元固定效应",
    RANDOM: "单元随机效应",
    "driscoll_kraay": "Driscoll–Kraay标准误",
    "unit": "按单元聚类",
    "period": "按时期聚类",
    "unit_and_period": "按单元与时期双向聚类",
    "newey_west": "单元内Newey–West",
    "beck_katz": "Beck–Katz（各单元共同协方差）",
}
PLACE = "interrupted series"


@dataclass(frozen=True)
class Cells:
    """Units by periods: outcome (U, T), regressors (U, T, k), and which cells are used (U, T)."""

    y: np.ndarray
    x: np.ndarray
    used: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """Used periods of each unit (U,)."""
        return self.used.sum(1)

    def less_means(self, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Outcome and regressors less `share` (U,) of their unit means; 0 where a cell is not used."""
        mean_y, mean_x = self.means()
        y = (self.y - share[:, None] * mean_y[:, None]) * self.used
        return y, (self.x - share[:, None, None] * mean_x[:, None]) * self.used[:, :, None]

    def means(self) -> tuple[np.ndarray, np.ndarray]:
        """Means by unit of outcome (U,) and regressors (U, k)."""
        counts = self.counts
        return (self.y * self.used).sum(1) / counts, (self.x * self.used[:, :, None]).sum(1) / counts[:, None]


def fit_several(
    outcomes: np.ndarray,
    designs: Sequence[Segments],
    levels: str = FIXED,
    errors: str = "driscoll_kraay",
    *,
    lags: int | None = None,
) -> SeriesFit:
    """Fit several series whose changes, trend and season are the same and whose levels are their own.

    Parameters
    ----------
    outcomes : numpy.ndarray, shape (U, T)
    designs : sequence of Segments, length U
        With the same terms; dates, windows and other columns may differ. One for all is repeated.
    levels : {"fixed", "random"}
        An effect of each unit; or drawn from one distribution and unrelated to the regressors, which also tells the
        common intercept.
    errors : str
        One of `panel_errors.PANEL_ERRORS`.
    lags : int, optional
        Default: the integer part of ``4 (T / 100)^(2/9)``.

    Returns
    -------
    SeriesFit
        Its design has the units under each other (U T rows) and, with fixed levels, no intercept. Errors by unit:
        factor U/(U-1) (N-1)/(N-k), t(U-1); others T/(T-1) (N-1)/(N-k), t(T-1) (Hoechle 2007, *Stata Journal* 7).

    Raises
    ------
    DesignError
        Fewer than two units, gaps, terms that differ, unknown words, too little to estimate the random levels from.

    Notes
    -----
    Where no unit has dates of its own the changes are those of the mean of all units, and the errors by period those
    of its one series: more units do not make more dates. O(U T k²).
    """
    laid = list(designs) * (len(outcomes) if len(designs) == 1 else 1)
    _check(outcomes, laid, levels, errors)
    names, x = laid[0].names, np.stack([one.columns for one in laid])
    moved = np.stack([one.counterfactual for one in laid])
    cells = Cells(np.nan_to_num(np.asarray(outcomes, float)), x, np.stack([one.used for one in laid]))
    _refuse_gaps(outcomes, cells.used)
    if levels == FIXED:
        keep = [k for k, name in enumerate(names) if name != "intercept"]
        cells, moved = Cells(cells.y, x[:, :, keep], cells.used), moved[:, :, keep]
        names, share, said = tuple(names[k] for k in keep), np.ones(len(laid)), "an effect of each unit"
    else:
        share = random_shares(cells)
        said = f"random levels, {share.mean():.3f} of unit means off"
    y, turned = cells.less_means(share)
    rows, flat = turned.reshape(-1, len(names)), y.ravel()
    params, _, rank, _ = np.linalg.lstsq(rows, flat, rcond=None)
    if rank < len(names):
        what = "cannot be told from the levels of the units and from each other"
        raise DesignError(PLACE, [Problem("terms", what, "leave some out")])
    chosen = int(np.floor(4 * (x.shape[1] / 100) ** (2 / 9))) if lags is None else lags
    chosen = chosen if errors in WITH_LAGS else 0
    residuals = (flat - rows @ params).reshape(y.shape)
    cov = panel_covariance(turned, residuals, errors, lags=chosen)
    absorbed = len(laid) if levels == FIXED else 0
    factor, degrees = _small_sample(errors, cells, len(names) + absorbed)
    rule = f"{said}; {errors.replace('_', ' ')}" + (f", {chosen} lags" if errors in WITH_LAGS else "")
    stacked = Segments(
        names,
        cells.x.reshape(-1, len(names)),
        moved.reshape(-1, len(names)),
        cells.used.ravel(),
        laid[0].changes,
    )
    left = residuals.ravel()[cells.used.ravel()]
    rule = f"{rule}; t({degrees})"
    told = f"{CHINESE[levels]}；{CHINESE[errors]}" + (f"，滞后{chosen}期" if errors in WITH_LAGS else "")
    words = {"rule_zh": f"{told}；t({degrees})"}
    return SeriesFit(stacked, params, cov * factor, left, degrees, errors, rule, **words)


def random_shares(cells: Cells) -> np.ndarray:
    """Share of each unit's mean (U,) that generalised least squares takes off, by Swamy & Arora (1972).

    Raises
    ------
    DesignError
        No degrees of freedom within units, or between them.
    """
    everything = np.ones(len(cells.y))
    y, x = cells.less_means(everything)
    size = np.sqrt((cells.x**2 * cells.used[:, :, None]).sum((0, 1)))
    within, ssr_within = _regressed(x.reshape(-1, x.shape[2]) / np.where(size > 0, size, 1.0), y.ravel())
    mean_y, mean_x = cells.means()
    between, ssr_between = _regressed(mean_x, mean_y)
    counts, n_units = cells.counts, len(cells.y)
    free = (int(counts.sum()) - n_units - within, n_units - between)
    if min(free) <= 0:
        what = f"{n_units} units leave {max(free[1], 0)} degrees of freedom between them"
        raise DesignError(PLACE, [Problem("levels", what, 'write "fixed"')])
    inside = ssr_within / free[0]
    outside = max(0.0, ssr_between / free[1] - inside * float(np.mean(1 / counts)))
    return 1 - np.sqrt(inside / (counts * outside + inside))


def _regressed(x: np.ndarray, y: np.ndarray) -> tuple[int, float]:
    """Rank and sum of squared residuals; columns without variation are of no rank."""
    params, _, rank, _ = np.linalg.lstsq(x, y, rcond=1e-10)
    left = y - x @ params
    return int(rank), float(left @ left)


def _small_sample(errors: str, cells: Cells, n_parameters: int) -> tuple[float, int]:
    n, (units, periods) = int(cells.used.sum()), cells.used.shape
    groups = units if errors in ("unit", "newey_west", "beck_katz") else periods
    groups = min(units, periods) if errors == "unit_and_period" else groups
    counted = n_parameters - units if errors == "unit" and n_parameters > units else n_parameters
    return groups / (groups - 1) * (n - 1) / (n - counted), groups - 1


def _check(outcomes: np.ndarray, laid: list[Segments], levels: str, errors: str) -> None:
    problems = []
    shape = np.shape(outcomes)
    if len(shape) != 2 or shape[0] < 2:
        problems.append(Problem("series", "are not two or more", "use fit_series for one"))
    elif len(laid) != shape[0] or any(len(one.used) != shape[1] for one in laid):
        problems.append(
            Problem("designs", "do not fit the units and periods of the outcome", "give one a unit")
        )
    if len({(one.names, one.changes) for one in laid}) > 1:
        problems.append(Problem("designs", "have different terms", "name interruptions alike"))
    for where, word, known in (("levels", levels, LEVELS), ("errors", errors, PANEL_ERRORS)):
        if word not in known:
            problems.append(Problem(where, f"{word!r} is unknown", nearest(word, known)))
    if problems:
        raise DesignError(PLACE, problems)


def _refuse_gaps(outcomes: np.ndarray, used: np.ndarray) -> None:
    holes = np.argwhere(used & ~np.isfinite(np.asarray(outcomes, float)))
    if len(holes):
        evidence = tuple(f"unit {u + 1}, period {t + 1}" for u, t in holes[:5])
        raise DesignError(PLACE, [Problem("series", "has gaps", "mend them", evidence, len(holes))])
