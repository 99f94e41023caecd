"""Placebos in space: the reform of the treated given to places that never had one.

Abadie, Diamond & Hainmueller (2010, section 2.4) rank the estimate among those of the donors; Arkhangelsky, Athey,
Hirshberg, Imbens & Wager (2021, algorithm 4) take the spread of such placebos for the standard error. Both rest on the
treated place being like the donors in how its outcome varies. With few donors the smallest p-value is far from zero,
and it is printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.infer.cluster import NO_VARIATION, cluster_inference
from dipeval.infer.fit_ratio import fit_ratios
from dipeval.infer.option_checks import (
    draws_problems,
    leaving_problems,
    level_problems,
    refuse,
    refuse_unknown_cluster,
    seed_problems,
    word_problems,
)
from dipeval.results import Estimate
from dipeval.results.inference import on_one_scale

STATISTICS = ("estimate", "fit_ratio")
TIE = 1e-9
LEAST = "with {n} placebos no p-value can be below {least:.3g}"
NOT_ESTIMATED = "{n} of {total} placebos leave a term without an estimate; they count as extreme as any"
WIDE = "no {level:.0%} interval: {n} placebos are too few"
UNEVEN = "no interval: an effect alike in all periods is rejected at the mean gap too"
YARDSTICK = "no p-value: the fit before the reform is what the others are measured by"
FEW_DONORS = "the treated are {treated} of {total} {cluster}: placebos need more untreated than treated"


@dataclass(frozen=True)
class Places:
    """Which clusters are treated, and from when.

    Attributes
    ----------
    dates : numpy.ndarray, shape (G,)
        First treated period by cluster; inf for never.
    treated, donors : numpy.ndarray, int
        Positions of clusters.
    """

    dates: np.ndarray
    treated: np.ndarray
    donors: np.ndarray

    @property
    def n_ways(self) -> int:
        """Ways to choose as many donors as there are treated places, dates in their order."""
        return comb(len(self.donors), len(self.treated))


def placebo_inference(
    estimate: Estimate,
    *,
    cluster: str = "city",
    statistic: str = "estimate",
    n_draws: int = 999,
    seed: int | None = None,
    level: float = 0.95,
) -> Estimate:
    """Compare the estimate with those of donors in the place of the treated, who are left out.

    Parameters
    ----------
    estimate : Estimate
        With its data at hand.
    cluster : str
        What was treated: a clustering variable of the design whose hospitals have one date.
    statistic : {"estimate", "fit_ratio"}
        What is ranked: the estimate, or the root mean squared gap to the donors over a term's periods, over that before
        the reform, so that placebos whose donors fit badly do not count as large (estimators with such gaps).
    n_draws : int
        Each set of donors is taken once when there are no more sets than this; else so many are drawn.
    seed : int, optional
        Needed where sets are drawn, or where several dates are dealt among them.
    level : float

    Returns
    -------
    Estimate
        P-values by rank, ``(1 + placebos as large) / (1 + placebos)``; intervals of the values that the ranks do not
        reject, of effects alike in the periods of a term with ``fit_ratio`` (Firpo & Possebom 2018); the standard error is
        the root mean squared deviation of the placebos' estimates from their mean.

    Raises
    ------
    DesignError
        Not more untreated than treated clusters, clusters with several dates, an estimate read from a file, random
        sets without a seed.

    Notes
    -----
    One estimate a placebo.
    """
    places, exact = _check(estimate, cluster, statistic, n_draws, seed, level)
    own = fit_ratios(estimate) if statistic == "fit_ratio" else None
    dealt = _dealt(places, exact, n_draws, seed)
    drawn, sizes = _drawn(estimate, cluster, dealt, by_ratio=own is not None)
    params = estimate.params.to_numpy()
    known = ~np.isnan(params) & ~estimate.terms["is_reference"].to_numpy(bool)
    observed = np.abs(params) if own is None else own.ratio.to_numpy()
    p_value, largest = _ranked(observed, sizes, level)
    reach = largest if own is None else own.reach(largest)
    error = _spread(drawn)
    total = len(drawn)
    still = known & ~(error > estimate.error_floor)
    for values in (p_value, reach, error):
        values[~known | still] = np.nan
    notes = np.full(len(params), "", object)
    notes[known & np.isinf(reach)] = WIDE.format(level=level, n=total)
    notes[known & ~still & np.isnan(reach)] = UNEVEN
    yardstick = known & np.isnan(observed)
    p_value[yardstick], notes[yardstick] = np.nan, YARDSTICK
    notes[still] = NO_VARIATION.format(cluster=cluster)
    failed = int(np.isnan(drawn[:, known]).any(1).sum())
    warnings = [LEAST.format(n=total, least=1 / (1 + total))]
    warnings += [NOT_ESTIMATED.format(n=failed, total=total)] if failed else []
    draws = f"all {total} sets of donors" if exact else f"{total} random sets of donors, seed {seed}"
    base = cluster_inference(estimate, cluster=cluster, level=level).inference
    cov = np.full((len(params), len(params)), np.nan)
    np.fill_diagonal(cov, error**2)
    inference = replace(
        base,
        method="placebo",
        rule=f"placebos in space ({cluster}): the treated left out and their dates given to untreated ones, {draws}; "
        f"{'' if own is None else 'ratios of the fits after and before the reform; '}p-values and {level:.0%} intervals by rank; standard errors are the spread of the placebos",
        label=f"Placebos by {cluster}, {total} sets" + ("" if own is None else ", ratio of fits"),
        small_sample="",
        df=np.nan,
        cov=cov,
        std_error=error,
        p_value=p_value,
        conf_low=params - reach,
        conf_high=params + reach,
        notes=tuple(notes),
        symmetric=False,
        seed=None if exact else seed,
        draws=total,
        null_draws=on_one_scale(observed, sizes, False, f"placebo; {statistic}; {draws}; {cluster}"),
    )
    return estimate.with_inference(inference, *warnings)


def _ranked(observed: np.ndarray, sizes: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """P-values, and the largest sizes that are not rejected (K,); a placebo (R, K) of NaN is larger than any."""
    size = np.where(np.isnan(sizes), np.inf, sizes)
    total = len(size)
    p_value = (1 + (size >= observed * (1 - TIE)).sum(0)) / (1 + total)
    # the largest count of placebos beyond the end at which a value is still rejected
    beyond = int(np.floor((1 - level) * (1 + total) + TIE)) - 1
    largest = np.sort(size, axis=0)[total - 1 - beyond] if beyond >= 0 else np.full(len(observed), np.inf)
    return p_value, largest.astype(float)


def _spread(drawn: np.ndarray) -> np.ndarray:
    """Root mean squared deviation (K,) of placebos (R, K) from their mean, those with an estimate."""
    there = ~np.isnan(drawn)
    with np.errstate(invalid="ignore"):
        mean = np.where(there, drawn, 0.0).sum(0) / there.sum(0)
        return np.sqrt(np.where(there, (drawn - mean) ** 2, 0.0).sum(0) / there.sum(0))


def _drawn(
    estimate: Estimate, cluster: str, dealt: Iterator[np.ndarray], by_ratio: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and what is ranked (R, K) of the placebos; NaN where there is none."""
    index = estimate.params.index
    none = np.full(len(index), np.nan)
    params, sizes = [], []
    for dates in dealt:
        made = _placebo(estimate, cluster, dates)
        params.append(none if made is None else made.params.reindex(index).to_numpy())
        if by_ratio:
            sizes.append(none if made is None else fit_ratios(made).ratio.reindex(index).to_numpy())
        else:
            sizes.append(np.abs(params[-1]))
    return np.array(params), np.array(sizes)


def _placebo(estimate: Estimate, cluster: str, dates: np.ndarray) -> Estimate | None:
    """The estimate when clusters have these dates and those with NaN are left out; None where there is none."""
    origin = estimate.origin
    codes = origin.design.unit_clusters[cluster]
    outcome = origin.values
    gone = np.isnan(dates)[origin.design.clusters[cluster]]
    outcome[origin.design.rows[gone]] = np.nan
    design = replace(origin.design, unit_cohort=np.where(np.isnan(dates), np.inf, dates)[codes])
    try:
        return origin.again(design, outcome)
    except DesignError:
        return None


def _dealt(places: Places, exact: bool, n_draws: int, seed: int | None) -> Iterator[np.ndarray]:
    """Dates (G,) of the placebos: the treated are NaN, some donors have their dates."""
    m = len(places.treated)
    own = places.dates[places.treated]
    generator = np.random.Generator(np.random.PCG64(seed or 0))
    if exact:
        chosen: Iterator[Sequence[int]] = combinations(places.donors.tolist(), m)
    else:
        chosen = (generator.choice(places.donors, m, replace=False) for _ in range(n_draws))
    for donors in chosen:
        dates = places.dates.copy()
        dates[places.treated] = np.nan
        dates[list(donors)] = own
        yield dates


def _check(
    estimate: Estimate, cluster: str, statistic: str, n_draws: int, seed: int | None, level: float
) -> tuple[Places, bool]:
    """The places, and whether every set of donors is taken."""
    if estimate.origin is None:
        todo = "estimate again in this session"
        raise DesignError("infer", [Problem("estimate", "the data of this estimate are not at hand", todo)])
    design = estimate.origin.design
    refuse_unknown_cluster(cluster, design.unit_clusters)
    problems = [*word_problems("statistic", statistic, STATISTICS), *draws_problems(n_draws, 999)]
    refuse([*problems, *level_problems(level), *leaving_problems(design.unit_ended)])
    names, codes = design.cluster_names[cluster], design.unit_clusters[cluster]
    dates = np.full(len(names), np.nan)
    dates[codes] = np.where(design.unit_cohort < design.n_periods, design.unit_cohort, np.inf)
    treated = np.flatnonzero(np.isfinite(dates))
    donors = np.flatnonzero(np.isinf(dates))
    low, high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    np.minimum.at(low, codes, design.unit_cohort)
    np.maximum.at(high, codes, design.unit_cohort)
    mixed = [name for name, first, last in zip(names, low, high, strict=True) if first != last]
    if mixed:
        todo = "name the level at which the reform was assigned"
        problem = Problem(
            "cluster", "clusters hold several adoption dates", todo, tuple(mixed[:5]), len(mixed)
        )
        raise DesignError("infer", [problem])
    if len(donors) <= len(treated):
        what = FEW_DONORS.format(treated=len(treated), total=len(names), cluster=cluster)
        raise DesignError("infer", [Problem("cluster", what, "use randomisation over the calendar")])
    places = Places(dates, treated, donors)
    several = len(np.unique(dates[treated])) > 1
    exact = places.n_ways <= n_draws and not several
    if not exact:
        refuse(seed_problems(seed, f"{places.n_ways:,} sets of donors are drawn from at random"))
    return places, exact
