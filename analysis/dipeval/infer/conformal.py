"""Conformal inference for one treated path: is what is left after the reform like what is left before?

Under a sharp null the path of the treated without the reform is known in all periods. Donors are then fitted to it in
all periods, those after the reform too, so that the residuals of all periods are alike if the null is true, and those
after the reform can be compared with permuted ones (Chernozhukov, Wüthrich & Zhu 2021, *Journal of the American
Statistical Association* 116(536)). No other place needs to be like the treated one: the yardstick is its own past.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from dipeval.errors import Problem
from dipeval.infer.inversion import interval
from dipeval.infer.option_checks import draws_problems, level_problems, refuse, seed_problems, word_problems
from dipeval.infer.unit_paths import known_terms, need_unit_fits, periods_of_terms
from dipeval.results import Estimate, Inference
from dipeval.results.unit_fits import UnitFits

PERMUTATIONS = ("moving_block", "iid")
STATISTICS = ("size", "mean")
TIE = 1e-9
HALVINGS = 18
LEAST = "with {n} periods before the reform no p-value of one period can be below {least:.3g}"
LEAST_ALL = "with {n} permutations no p-value of {term} can be below {least:.3g}"
YARDSTICK = "no p-value: periods before the reform are what the others are compared with"
EXACT_FIT = "no p-value: donors fit the treated path exactly, so nothing is left to compare"
UNEVEN = "no interval: an effect alike in all these periods is rejected at the mean gap too"
LONG = (
    "{after} periods after the reform and {before} before: donors fitted to all of them follow the effect itself, so the "
    "test of {term} has little power and a wide interval; read the effects by period"
)
NOT_ALIKE = "donors are not weighed by their paths alone, so no fit is known in which all periods count alike"
SEVERAL = "the reform has {n} dates: conformal inference is for one treated path"


@dataclass(frozen=True)
class Permuted:
    """How residuals are put in other orders: `kind` of `PERMUTATIONS`, and draws where orders are too many."""

    kind: str
    n_draws: int
    seed: int | None

    def windows(self, n: int, m: int) -> np.ndarray:
        """Places (R, m) of n residuals that may stand in the m last periods; the first row is those periods."""
        own = np.arange(n - m, n)
        if self.kind == "moving_block":
            return (own[None] - np.arange(n)[:, None]) % n
        if comb(n, m) <= self.n_draws:
            others = [c for c in combinations(range(n), m) if c != tuple(own)]
            return np.array([tuple(own), *others])
        generator = np.random.Generator(np.random.PCG64(self.seed))
        drawn = generator.permuted(np.tile(np.arange(n), (self.n_draws, 1)), axis=1)[:, :m]
        return np.vstack([own, drawn])


def conformal_inference(
    estimate: Estimate,
    *,
    permutations: str = "moving_block",
    statistic: str = "size",
    n_draws: int = 9999,
    seed: int | None = None,
    level: float = 0.95,
) -> Estimate:
    """Compare residuals after the reform with those before, donors fitted under the null to all periods.

    Parameters
    ----------
    estimate : Estimate
        Of a treated path beside weighted donors, with one date.
    permutations : {"moving_block", "iid"}
        Residuals moved round in their order, right where they are stationary and weakly dependent; or in any order,
        right where they are exchangeable, and with smaller p-values.
    statistic : {"size", "mean"}
        Of a term over several periods: sum of absolute residuals (the paper's S with q = 1), or size of their sum.
    n_draws : int
        Orders drawn with ``iid``; all choices of periods are listed when they are no more.
    seed : int, optional
        Needed where orders are drawn.
    level : float

    Returns
    -------
    Estimate
        For overall and cohort terms the p-value of no effect in any period and the interval of effects alike in all
        periods that are not rejected; for event times those of that period alone, fitted to the periods before
        and to it. No standard errors.

    Raises
    ------
    DesignError
        An estimator without such paths, several dates, orders to be drawn without a seed.

    Notes
    -----
    Chernozhukov, Wüthrich & Zhu (2021), algorithm 1, equation 4, and section 2.3 for intervals by period. Some 45 fits
    of weights a term. The fit takes donors' weights, with their constant where the estimator has one; weights of periods
    have no place where all periods count alike. Intervals by inversion take the p-value to fall on both sides of the
    value at which nothing is left.
    """
    fits = _check(estimate, permutations, statistic, n_draws, seed, level)
    order = Permuted(permutations, n_draws, seed)
    n_terms, before = len(estimate.params), int(fits.n_before[0])
    p_value, low, high = (np.full(n_terms, np.nan) for _ in range(3))
    notes, warnings = [""] * n_terms, [LEAST.format(n=before, least=1 / (1 + before))]
    periods = periods_of_terms(estimate, fits)[:, 0]
    for k in known_terms(estimate):
        asked = np.flatnonzero(periods[k])
        if (asked < before).any() or not len(asked):
            notes[k] = YARDSTICK
            continue
        windows = order.windows(before + len(asked), len(asked))
        p_value[k], low[k], high[k], notes[k] = _tested(fits, asked, windows, statistic, level)
        if estimate.terms["kind"].iloc[k] == "overall":
            least = 1 / len(windows)
            name = estimate.params.index[k]
            warnings.append(LEAST_ALL.format(n=len(windows), term=name, least=least))
            if len(asked) >= before:
                warnings.append(LONG.format(after=len(asked), before=before, term=name))
    inference = _inference(estimate, order, statistic, level, (p_value, low, high), notes)
    return estimate.with_inference(inference, *warnings)


def counterfactual_band(estimate: Estimate, *, level: float = 0.9) -> pd.DataFrame:
    """Prediction intervals of the path that the treated would have taken, period by period.

    Parameters
    ----------
    estimate : Estimate
        Of a treated path beside weighted donors, with one date.
    level : float
        With T0 periods before the reform, intervals are bounded where 1 / (T0 + 1) is no more than 1 - level.

    Returns
    -------
    pandas.DataFrame
        Columns ``period`` (code of the design), ``observed``, ``counterfactual`` (donors fitted to the periods before),
        ``low``, ``high``; the latter are NaN before the reform.

    Raises
    ------
    DesignError
        As `conformal_inference`.

    Notes
    -----
    Chernozhukov, Wüthrich & Zhu (2021, section 2.3): a value of the path lies inside where its residual, donors fitted to
    the periods before and to it, is not among the largest. Some 45 fits of weights a period.
    """
    fits = _check(estimate, "moving_block", "size", 9999, None, level)
    before, n = int(fits.n_before[0]), len(fits.periods)
    own = fits.observed[0]
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    windows = Permuted("moving_block", 9999, None).windows(before + 1, 1)
    for t in range(before, n):
        _, least, most, _ = _tested(fits, np.array([t]), windows, "size", level)
        low[t], high[t] = own[t] - most, own[t] - least
    path = fits.fitted(0, own, np.arange(n) < before)
    columns = {"period": fits.periods, "observed": own, "counterfactual": path, "low": low, "high": high}
    return pd.DataFrame(columns)


def _tested(
    fits: UnitFits, asked: np.ndarray, windows: np.ndarray, statistic: str, level: float
) -> tuple[float, float, float, str]:
    """P-value of no effect in the periods `asked`, ends of the interval of one effect in all of them, a note."""
    before, own = int(fits.n_before[0]), fits.observed[0]
    rows = np.arange(len(own)) < before
    gap = own - fits.fitted(0, own, rows)
    centre = float(gap[asked].mean())
    scale = float(np.sqrt((gap[:before] ** 2).mean()))
    if not scale > TIE * float(np.abs(own).max()):
        return np.nan, np.nan, np.nan, EXACT_FIT
    rows[asked] = True
    kept = np.r_[np.arange(before), asked]

    def p_of(effect: float) -> float:
        path = own.copy()
        path[asked] -= effect
        left = (path - fits.fitted(0, path, rows))[kept]
        return _p_value(left, windows, statistic)

    if not p_of(centre) - TIE > 1 - level:
        return p_of(0.0), np.nan, np.nan, UNEVEN
    low, high, note = interval(lambda effect: p_of(effect) - TIE, centre, scale, level, halvings=HALVINGS)
    return p_of(0.0), low, high, note


def _p_value(left: np.ndarray, windows: np.ndarray, statistic: str) -> float:
    """Share of orders whose statistic is at least that of the first row."""
    drawn = np.abs(left)[windows].sum(1) if statistic == "size" else np.abs(left[windows].sum(1))
    return float((drawn >= drawn[0] * (1 - TIE)).mean())


def _inference(
    estimate: Estimate,
    order: Permuted,
    statistic: str,
    level: float,
    found: tuple[np.ndarray, np.ndarray, np.ndarray],
    notes: list[str],
) -> Inference:
    n_terms = len(notes)
    is_block = order.kind == "moving_block"
    words = "moved round as a block" if is_block else "in any order"
    measure = "sum of absolute residuals" if statistic == "size" else "size of the sum of residuals"
    draws = "" if is_block else f", {order.n_draws} draws where orders are more, seed {order.seed}"
    return Inference(
        method="conformal",
        rule=f"conformal inference: donors fitted to all periods under the null, residuals {words}{draws}; {measure} "
        f"after the reform against other orders; {level:.0%} intervals of one effect in all periods of a term by "
        "inversion; no standard errors",
        label="Conformal, " + ("moving block" if is_block else "any order"),
        cluster="",
        small_sample="",
        df=np.nan,
        level=level,
        cov=np.full((n_terms, n_terms), np.nan),
        std_error=np.full(n_terms, np.nan),
        p_value=found[0],
        conf_low=found[1],
        conf_high=found[2],
        notes=tuple(notes),
        n_clusters=0,
        n_treated_clusters=0,
        symmetric=False,
        seed=None if is_block else order.seed,
        draws=None if is_block else order.n_draws,
    )


def _check(
    estimate: Estimate, permutations: str, statistic: str, n_draws: int, seed: int | None, level: float
) -> UnitFits:
    fits = need_unit_fits(estimate)
    problems = word_problems("permutations", permutations, PERMUTATIONS)
    problems += word_problems("statistic", statistic, STATISTICS)
    problems += [*draws_problems(n_draws), *level_problems(level)]
    if fits.fitted is None:
        todo = 'use method = "path" of synthetic_control, or method = "placebo"'
        problems.append(Problem("method", NOT_ALIKE, todo))
    if len(fits.cohorts) > 1:
        what = SEVERAL.format(n=len(fits.cohorts))
        problems.append(Problem("method", what, 'keep one date, or use method = "placebo"'))
    n, m = len(fits.periods), len(fits.periods) - int(fits.n_before[0])
    if permutations == "iid" and comb(n, m) > n_draws:
        problems += seed_problems(seed, f"{comb(n, m):,} choices of periods are drawn from at random")
    refuse(problems)
    return fits
