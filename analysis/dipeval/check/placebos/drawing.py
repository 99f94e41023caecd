"""Estimates under fake calendars: effects, errors, and what stands behind each."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dipeval.check.placebos.calendars import Calendars
from dipeval.design import PanelDesign
from dipeval.errors import DesignError
from dipeval.results import Estimate
from dipeval.results.student import two_sided_p

TIE = 1e-9
"""Statistics within this relative distance are the same number: mirror images of a calendar."""


@dataclass(frozen=True)
class Placebos:
    """The effect and its D placebos.

    Attributes
    ----------
    observed, observed_error : float
        The actual effect and its clustered error (CR1).
    effects, errors : numpy.ndarray, shape (D,)
        NaN where a calendar has no estimate, or no error.
    df : float
        Degrees of freedom of the placebos' t statistics: their clusters less one.
    counts, shares : numpy.ndarray, shape (D,)
        Cases (hospital-periods where none are known) in the fake treated periods, and the largest hospital's share.
    calendars : Calendars
    """

    observed: float
    observed_error: float
    effects: np.ndarray
    errors: np.ndarray
    df: float
    counts: np.ndarray
    shares: np.ndarray
    calendars: Calendars

    @property
    def n(self) -> int:
        """Number of placebos D."""
        return len(self.effects)

    @property
    def failed(self) -> int:
        """Placebos without an estimate; they count as extreme as any."""
        return int(np.isnan(self.effects).sum())

    @property
    def p_values(self) -> np.ndarray:
        """Each placebo's own two-sided p-value (D,), by clustered errors."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return two_sided_p(self.effects / self.errors, self.df)

    def p_value(self, statistic: str = "estimate") -> float:
        """Share of calendars whose statistic is as large as the actual one.

        Where all calendars are listed, the actual one is among them; else it is counted as one more. NaN where the actual
        effect has no such statistic.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            own = self.observed / (self.observed_error if statistic == "t" else 1.0)
            drawn = self.effects / (self.errors if statistic == "t" else 1.0)
        if not np.isfinite(own):
            return np.nan
        count = int((~(np.abs(drawn) < abs(own) * (1 - TIE))).sum())
        return count / self.n if self.calendars.with_own else (1 + count) / (1 + self.n)

    @property
    def least(self) -> float:
        """The smallest p-value that there can be."""
        return 1 / self.n if self.calendars.with_own else 1 / (1 + self.n)

    def rejected(self, level: float = 0.05) -> float:
        """Share of placebos whose own p-value is at most `level`: what the clustered errors reject without a reform."""
        known = self.p_values[np.isfinite(self.p_values)]
        return float((known <= level).mean()) if len(known) else np.nan


def effect_weights(estimate: Estimate) -> np.ndarray:
    """Weights (K,) of the terms in the effect: the overall one, or equal ones of the event times from the reform on.

    All zero where there is neither.
    """
    terms = estimate.terms
    known = estimate.params.notna().to_numpy() & ~terms["is_reference"].to_numpy(bool)
    overall = np.flatnonzero((terms["kind"] == "overall").to_numpy())
    weights = np.zeros(len(terms))
    if len(overall):
        weights[overall[0]] = float(known[overall[0]])
        return weights
    path = known & (terms["kind"] == "event_time").to_numpy()
    return path / path.sum() if path.any() else weights


def clustered_effect(estimate: Estimate, cluster: str) -> tuple[float, float]:
    """The effect and its CR1 error; NaN where there is none."""
    weights = effect_weights(estimate)
    used = weights > 0
    if not used.any():
        return np.nan, np.nan
    contributions = estimate.influence[cluster][:, used] * np.sqrt(_factor(estimate, cluster)[used])
    value = float(estimate.params.to_numpy()[used] @ weights[used])
    error = float(np.sqrt(((contributions @ weights[used]) ** 2).sum()))
    return value, error if error > float(estimate.error_floor[used].min()) else np.nan


def placebos(estimate: Estimate, cluster: str, calendars: Calendars) -> Placebos:
    """Estimate the effect under each calendar.

    Parameters
    ----------
    estimate : Estimate
        With its data at hand.
    cluster : str
        Level of the calendars and of the errors.
    calendars : Calendars

    Returns
    -------
    Placebos

    Notes
    -----
    One estimate a calendar; two-way fixed effects O(G T²) a calendar, from sums by cluster and period.
    """
    origin, dates = estimate.origin, calendars.dates
    gone = np.isnan(dates)
    alike = bool((gone == gone[0]).all())
    has_overall = bool((estimate.terms["kind"] == "overall").any())
    if origin.redated is not None and alike and has_overall:
        effects, errors, df = _at_once(estimate, cluster, dates)
    else:
        effects, errors, df = _one_by_one(estimate, cluster, dates)
    counts, shares = behind(origin.design, origin.values, cluster, dates)
    return Placebos(*clustered_effect(estimate, cluster), effects, errors, df, counts, shares, calendars)


def behind(
    design: PanelDesign, values: np.ndarray, cluster: str, calendars: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cases of the fake treated hospital-periods (D,), and the largest hospital's share of them.

    O(N T + D G) for N hospitals, T periods, D calendars of G clusters.
    """
    known = np.isfinite(values[design.rows])
    cases = known.astype(float) if design.n_cases is None else np.where(known, design.n_cases, 0.0)
    n_periods = design.n_periods
    table = np.bincount(design.unit * n_periods + design.time, cases, minlength=design.n_units * n_periods)
    since = np.cumsum(table.reshape(-1, n_periods)[:, ::-1], axis=1)[:, ::-1]
    since = np.hstack([since, np.zeros((design.n_units, 1))])
    codes, n_clusters = design.unit_clusters[cluster], calendars.shape[1]
    total, largest = np.zeros((2, n_clusters, n_periods + 1))
    np.add.at(total, codes, since)
    np.maximum.at(largest, codes, since)
    start = np.clip(np.nan_to_num(calendars - design.anticipation, nan=np.inf), 0, n_periods).astype(int)
    place = np.arange(n_clusters)
    count, most = total[place, start].sum(1), largest[place, start].max(1)
    return count, np.divide(most, count, out=np.zeros_like(count), where=count > 0)


def _factor(estimate: Estimate, cluster: str) -> np.ndarray:
    """CR1 (K,), G/(G-1) within it."""
    n = estimate.clusters[cluster].n
    return estimate.cr1_factor[cluster] * (n / (n - 1) if n > 1 else np.nan)


def _without(estimate: Estimate, cluster: str, dates: np.ndarray) -> np.ndarray:
    """The outcome without the clusters whose date is NaN."""
    design, outcome = estimate.origin.design, estimate.origin.values
    outcome[design.rows[np.isnan(dates)[design.clusters[cluster]]]] = np.nan
    return outcome


def _again(estimate: Estimate, cluster: str, dates: np.ndarray, outcome: np.ndarray) -> Estimate | None:
    design = estimate.origin.design
    cohort = np.where(np.isnan(dates), np.inf, dates)[design.unit_clusters[cluster]]
    try:
        overall = bool((estimate.terms["kind"] == "overall").any())
        return estimate.origin.again(replace(design, unit_cohort=cohort), outcome, only_overall=overall)
    except DesignError:
        return None


def _at_once(estimate: Estimate, cluster: str, dates: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """All calendars from sums; the small-sample factor is that of one of them, since they share their rows."""
    outcome = _without(estimate, cluster, dates[0])
    effects, influence = estimate.origin.redated(
        (outcome,), np.where(np.isnan(dates), np.inf, dates), cluster
    )
    known = np.flatnonzero(np.isfinite(effects[:, 0]))
    one = _again(estimate, cluster, dates[known[0]], outcome) if len(known) else None
    if one is None:
        return effects[:, 0], np.full(len(dates), np.nan), np.nan
    at = int(np.argmax(effect_weights(one)))
    errors = np.sqrt((influence[:, :, 0] ** 2).sum(1) * _factor(one, cluster)[at])
    errors = np.where(errors > one.error_floor[at], errors, np.nan)
    return effects[:, 0], errors, float(one.clusters[cluster].n - 1)


def _one_by_one(estimate: Estimate, cluster: str, dates: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    found, df = np.full((len(dates), 2), np.nan), np.nan
    for d, calendar in enumerate(dates):
        made = _again(estimate, cluster, calendar, _without(estimate, cluster, calendar))
        if made is not None:
            found[d] = clustered_effect(made, cluster)
            df = np.fmax(df, made.clusters[cluster].n - 1)
    return found[:, 0], found[:, 1], float(df)
