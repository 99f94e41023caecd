"""Joint inference on a specification curve: what curves would look like if the reform had changed nothing.

Simonsohn, Simmons and Nelson (2020), *Nature Human Behaviour* 4, 1208–1214, step 3, with the permutation of reform
calendars as the way to data without an effect (MacKinnon and Webb 2020, *Journal of Econometrics* 218): dates are dealt
anew among cities, and each calendar is put into all specifications at once, so that their dependence is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtr

from dipeval.describe.side_by_side.variant import has_leavers
from dipeval.describe.specification_curve.curve import SpecificationCurve, Specified
from dipeval.describe.specification_curve.recalendared import calendar_effects
from dipeval.errors import DesignError, Problem
from dipeval.infer.calendars import all_calendars, count_calendars, random_calendars

TIE = 1e-9
TESTS: Mapping[str, tuple[str, str]] = {
    "median": ("Median effect", "效应中位数"),
    "sign": ("Share with the dominant sign", "主导符号占比"),
    "significant": ("Share significant with the dominant sign", "主导符号且显著的占比"),
    "stouffer": ("Combined z (Stouffer)", "合并z值（Stouffer）"),
}


@dataclass(frozen=True)
class CurveTest:
    """One statistic of the curve and how often calendars reach it.

    Attributes
    ----------
    name : str
        In `TESTS`; the size of the statistic decides, so tests are two-sided.
    observed : float
    null_median : float
        Median over calendars.
    p_value : float
    """

    name: str
    observed: float
    null_median: float
    p_value: float


@dataclass(frozen=True)
class JointTests:
    """Joint tests of a curve.

    Attributes
    ----------
    tests : tuple of CurveTest
    n_calendars : int
    exact : bool
        Whether these are all calendars, the actual one among them.
    least_p : float
        The smallest p-value there can be.
    seed : int or None
    cluster : str
    draws : numpy.ndarray, shape (D, 4)
        The statistics under each calendar, in the order of `TESTS`.
    incomplete : int
        Calendars under which some specification has no estimate.
    """

    tests: tuple[CurveTest, ...]
    n_calendars: int
    exact: bool
    least_p: float
    seed: int | None
    cluster: str
    draws: np.ndarray
    incomplete: int

    def frame(self) -> pd.DataFrame:
        """One row a test."""
        return pd.DataFrame([vars(test) for test in self.tests])


def joint_tests(
    curve: SpecificationCurve,
    panel: pd.DataFrame,
    *,
    cluster: str = "city",
    n_draws: int = 499,
    seed: int | None = None,
) -> JointTests:
    """Hold a curve against those under other reform calendars.

    Parameters
    ----------
    curve : SpecificationCurve
    panel : pandas.DataFrame
        The one that it was made from.
    cluster : str
        Level at which the reform was assigned: all hospitals of a cluster have one date.
    n_draws : int
        All calendars are taken when they are no more than this, else so many are drawn.
    seed : int, optional
        Needed where calendars are drawn.

    Returns
    -------
    JointTests
        Of the median effect, the share of specifications with the dominant sign (the more frequent one), the share
        that is significant (p below 1 - level) with that sign, and the combined z, sum of z over the root of their number. With random calendars
        p = (1 + #{as extreme}) / (D + 1), with all of them #{as extreme} / D.

    Raises
    ------
    DesignError
        A cluster with several dates, one date for all, random calendars without a seed.

    Notes
    -----
    One estimate a specification and calendar; two-way fixed effects on balanced windows from sums by cluster and
    period, O(G T²) each. Specifications without an estimate under a calendar do not enter its curve, just as they do
    not enter the actual one.
    """
    if has_leavers(panel):
        todo = "leave out the periods after leaving, or ask for no joint tests (draws = 0)"
        what = "hospitals leave the reform, so a calendar is more than its starts"
        raise DesignError("specification curve", [Problem("panel", what, todo)])
    dates = _dates(panel, cluster)
    strata = np.zeros(len(dates), int)
    codes, labels = _coded(dates)
    count = count_calendars(codes, strata)
    exact = count <= n_draws
    _check(count, exact, n_draws, seed, cluster)
    dealt = all_calendars(codes, strata) if exact else random_calendars(codes, strata, n_draws, seed)
    calendars = np.vstack([codes, *dealt])
    named = [{c: labels[int(code)] for c, code in zip(dates, row, strict=True)} for row in calendars.tolist()]
    estimated = curve.estimated
    effects, errors = (np.full((len(calendars), len(estimated)), np.nan) for _ in range(2))
    for alike in _alike(estimated):
        effects[:, alike], errors[:, alike] = calendar_effects(
            [estimated[s] for s in alike], curve.base, cluster, named
        )
    statistics = _statistics(effects, errors, _degrees(estimated), 1 - curve.level)
    own, draws = statistics[0], statistics[1:]
    reached = (draws >= own * (1 - TIE)) | np.isnan(draws)
    p_value = reached.mean(0) if exact else (1 + reached.sum(0)) / (1 + len(draws))
    middle = np.nanmedian(draws, axis=0)
    signed = np.sign(np.nanmedian(effects[0])) or 1.0
    shown = own * np.array(
        [signed, 1.0, 1.0, np.sign(_mean_z(effects, errors, _degrees(estimated))[0]) or 1.0]
    )
    tests = (CurveTest(n, float(shown[k]), float(middle[k]), float(p_value[k])) for k, n in enumerate(TESTS))
    lost = int(np.isnan(effects[1:]).any(1).sum())
    least = 1 / len(draws) if exact else 1 / (1 + len(draws))
    return JointTests(tuple(tests), len(draws), exact, least, None if exact else seed, cluster, draws, lost)


def _alike(estimated: tuple[Specified, ...]) -> list[list[int]]:
    """Places of the specifications that differ in their clusters alone, together."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, specified in enumerate(estimated):
        groups.setdefault(specified.specification.but_clusters, []).append(place)
    return list(groups.values())


def _dates(panel: pd.DataFrame, cluster: str) -> dict[str, str]:
    """The date of each cluster, ``never`` among them."""
    if cluster not in panel.columns:
        raise DesignError(
            "specification curve", [Problem(f"column {cluster}", "is not in the panel", "name another")]
        )
    pairs = panel[[cluster, "cohort"]].fillna("never").astype(str).drop_duplicates()
    several = sorted(pairs[cluster][pairs[cluster].duplicated()].unique())
    if several:
        todo = "name the level at which the reform was assigned"
        what = "clusters hold several adoption dates"
        raise DesignError(
            "specification curve", [Problem(cluster, what, todo, tuple(several[:5]), len(several))]
        )
    return dict(sorted(zip(pairs[cluster], pairs["cohort"], strict=True)))


def _coded(dates: Mapping[str, str]) -> tuple[np.ndarray, list[str]]:
    labels = sorted(set(dates.values()))
    return np.array([labels.index(date) for date in dates.values()], float), labels


def _check(count: int, exact: bool, n_draws: int, seed: int | None, cluster: str) -> None:
    problems = []
    if n_draws < 1:
        problems.append(Problem("n_draws", f"is {n_draws}", "write a number of calendars, like 499"))
    if count == 1:
        what = "every cluster has the same date: there is no other calendar"
        problems.append(Problem(cluster, what, "add places that are reformed later or never"))
    if not exact and seed is None:
        todo = "write a whole number, like seed = 1"
        problems.append(Problem("seed", f"is missing: {count:,} calendars are drawn from at random", todo))
    if problems:
        raise DesignError("specification curve", problems)


def _degrees(estimated: tuple[Specified, ...]) -> np.ndarray:
    return np.array([s.estimate.inference.df for s in estimated])


def _z_values(effects: np.ndarray, errors: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    """Normal quantiles of the t statistics (D, S)."""
    tails = stdtr(degrees, -np.abs(effects / errors))
    return -ndtri(np.maximum(tails, np.finfo(float).tiny)) * np.sign(effects)


def _mean_z(effects: np.ndarray, errors: np.ndarray, degrees: np.ndarray) -> np.ndarray:
    z = _z_values(effects, errors, degrees)
    return np.nansum(z, 1) / np.sqrt(np.isfinite(z).sum(1))


def _statistics(effects: np.ndarray, errors: np.ndarray, degrees: np.ndarray, alpha: float) -> np.ndarray:
    """The four statistics (D, 4) of each calendar's curve (D, S); NaN where it has no specification."""
    known = np.isfinite(effects) & np.isfinite(errors)
    effects = np.where(known, effects, np.nan)
    total = known.sum(1)
    positive, negative = (effects > 0).sum(1), (effects < 0).sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        significant = 2 * stdtr(degrees, -np.abs(effects / errors)) < alpha
        up, down = (significant & (effects > 0)).sum(1), (significant & (effects < 0)).sum(1)
        # where both signs are as frequent, the one with more significant effects is dominant
        dominant = np.where(
            positive == negative, np.maximum(up, down), np.where(positive > negative, up, down)
        )
        median = np.abs(_row_medians(effects))
        made = [
            median,
            np.maximum(positive, negative) / total,
            dominant / total,
            np.abs(_mean_z(effects, errors, degrees)),
        ]
    return np.where(total[:, None] > 0, np.column_stack(made), np.nan)


def _row_medians(values: np.ndarray) -> np.ndarray:
    """Median of each row's finite values; NaN without any."""
    out = np.full(len(values), np.nan)
    some = np.isfinite(values).any(1)
    out[some] = np.nanmedian(values[some], axis=1)
    return out
