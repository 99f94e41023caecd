"""Randomisation inference over the reform calendar: what if other cities had been reformed at these dates?

Fisher's sharp null says that the reform changed nothing anywhere; then the outcomes would be the same under
any calendar, and the estimate can be compared with those under all calendars that could have been (Young
2019; MacKinnon & Webb 2020, *Journal of Econometrics* 218(2), who compare t statistics as well). Estimates
are linear in the outcome, so one more estimate a calendar, of the treatment itself, gives the test of any
constant effect, and with it an interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.infer.calendars import all_calendars, count_calendars, random_calendars
from dipeval.infer.chosen_terms import chosen_terms
from dipeval.infer.cluster import cluster_inference
from dipeval.infer.inversion import interval
from dipeval.infer.option_checks import (
    draws_problems,
    leaving_problems,
    level_problems,
    refuse,
    refuse_unknown_cluster,
    seed_problems,
    word_problems,
)
from dipeval.results import Estimate, NullDraws
from dipeval.results.inference import on_one_scale

STATISTICS = ("t", "estimate")
TIE = 1e-9
"""Statistics within this relative distance are the same number: mirror images of the calendar."""
FEW = "only {n} calendars are possible: no p-value can be below {least:.3g}"
NOT_ESTIMATED = "{n} of {total} calendars leave a term without an estimate; they count as extreme as any"
NO_CALENDAR = "no p-value: a covariate has no calendar"
BENT = "no interval: the estimator's weights depend on the outcome"
SHARP = "tests the sharp null of no effect anywhere; no interval for one average of many effects"


@dataclass(frozen=True)
class Dealt:
    """Estimates (D, K) and errors of D calendars, of the outcome and of the actual treatment as an outcome.

    Errors are kept as products of influence: ``square``, ``cross`` and ``moves`` (D, K), so that the error
    for the outcome minus d times the treatment is ``sqrt(square - 2 d cross + d² moves)``.
    """

    params: np.ndarray
    moved: np.ndarray
    square: np.ndarray
    cross: np.ndarray
    moves: np.ndarray

    def statistics(self, k: int, null: float, by_error: bool) -> np.ndarray:
        """Size of each calendar's statistic (D,) of a term when the constant effect is `null`."""
        size = np.abs(self.params[:, k] - null * self.moved[:, k])
        if not by_error:
            return size
        squares = self.square[:, k] - 2 * null * self.cross[:, k] + null**2 * self.moves[:, k]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.isnan(size), np.nan, size / np.sqrt(np.maximum(squares, 0)))

    def p_value(self, own: Dealt, k: int, null: float, by_error: bool, exact: bool) -> float:
        """Share of calendars at least as extreme as the `own` one; those without an estimate count as such."""
        observed = own.statistics(k, null, by_error)[0]
        count = int((~(self.statistics(k, null, by_error) < observed * (1 - TIE))).sum())
        return count / len(self.params) if exact else (count + 1) / (len(self.params) + 1)


def randomisation_inference(
    estimate: Estimate,
    *,
    cluster: str = "city",
    statistic: str = "t",
    n_draws: int = 999,
    seed: int | None = None,
    within: Mapping[str, str] | None = None,
    terms: Sequence[str] | None = None,
    level: float = 0.95,
) -> Estimate:
    """Compare the estimate with those under other reform calendars.

    Parameters
    ----------
    estimate : Estimate
        With its data at hand.
    cluster : str
        Level at which the reform was assigned: all hospitals of a cluster have one date.
    statistic : {"t", "estimate"}
        What is compared; t over its CR1 error is right also where clusters differ in size.
    n_draws : int
        All calendars are enumerated when they are no more than this, else so many are drawn.
    seed : int, optional
        Needed where calendars are drawn.
    within : mapping of str to str, optional
        Stratum (province, level) of each cluster: dates are dealt among the clusters of a stratum only.
    terms : sequence of str, optional
        Terms to test; default: every term with an error. The overall effect alone is much cheaper.
    level : float

    Returns
    -------
    Estimate
        P-values of the sharp null of no effect; for overall effects an interval of all constant effects
        that are not rejected. Standard errors are CR1.

    Raises
    ------
    DesignError
        Clusters with hospitals of several dates, one date for all, a calendar that cannot be dealt, an
        estimate read from a file, random calendars without a seed.

    Notes
    -----
    Two estimates a calendar; two-way fixed effects without further effects O(G T²) a calendar, from sums by
    cluster and period.
    """
    dates, strata, exact = _check(estimate, cluster, statistic, n_draws, seed, within, level)
    base = cluster_inference(estimate, cluster=cluster, level=level)
    kinds = estimate.terms["kind"].to_numpy()
    chosen = [k for k in chosen_terms(base, terms, with_error=statistic == "t") if kinds[k] != "covariate"]
    found = all_calendars(dates, strata) if exact else random_calendars(dates, strata, n_draws, seed)
    dealt, failed = _deal(estimate, cluster, chosen, found)
    by_error = statistic == "t"
    own, _ = _deal(estimate, cluster, chosen, iter([dates]))
    total = len(dealt.params)
    n_terms = len(estimate.params)
    p_value, low, high = (np.full(n_terms, np.nan) for _ in range(3))
    notes = [
        "; ".join(part for part in (note, NO_CALENDAR if kind == "covariate" else "") if part)
        for note, kind in zip(base.inference.notes, kinds, strict=True)
    ]
    for k in chosen:

        def p_of(null: float, k: int = k) -> float:
            return dealt.p_value(own, k, null, by_error, exact)

        p_value[k] = p_of(0.0)
        if kinds[k] != "overall" or not estimate.origin.is_linear:
            why = SHARP if kinds[k] != "overall" else BENT
            notes[k] = "; ".join(part for part in (notes[k], why) if part)
            continue
        centre, scale = own.params[0, k] / own.moved[0, k], base.inference.std_error[k]
        if not scale > 0:  # without an error, the spread over calendars is where to begin
            scale = max(float(np.nanstd(dealt.params[:, k])), estimate.error_floor[k])
        low[k], high[k], note = interval(p_of, centre, scale, level)
        notes[k] = "; ".join(part for part in (notes[k], note) if part)
    warnings = [*estimate.clusters[cluster].warnings]
    if exact and 1 / total > 1 - level:
        warnings.append(FEW.format(n=total, least=1 / total))
    if failed:
        warnings.append(NOT_ESTIMATED.format(n=failed, total=total))
    draws = f"all {total} calendars" if exact else f"{n_draws} random calendars, seed {seed}"
    inference = replace(
        base.inference,
        method="randomisation",
        rule=_rule(cluster, strata, draws, by_error, level),
        label=f"Randomisation by {cluster}, {draws.split(',')[0]}",
        df=np.nan,
        p_value=p_value,
        conf_low=low,
        conf_high=high,
        notes=tuple(notes),
        symmetric=False,
        seed=None if exact else seed,
        draws=total,
        null_draws=_null_draws(
            dealt, own, chosen, statistic, exact, f"{draws}; {cluster}; {dates.tolist()}; {strata.tolist()}"
        ),
    )
    return estimate.with_inference(inference, *warnings)


def _null_draws(
    dealt: Dealt, own: Dealt, chosen: Sequence[int], statistic: str, exact: bool, calendars: str
) -> NullDraws:
    """Sizes of the statistics under each calendar, where the reform changed nothing."""
    drawn, observed = np.full_like(dealt.params, np.nan), np.full(dealt.params.shape[1], np.nan)
    for k in chosen:
        drawn[:, k] = dealt.statistics(k, 0.0, statistic == "t")
        observed[k] = own.statistics(k, 0.0, statistic == "t")[0]
    put = NullDraws if statistic == "t" else on_one_scale
    return put(observed, drawn, exact, f"{statistic}; {calendars}")


def _rule(cluster: str, strata: np.ndarray, draws: str, by_error: bool, level: float) -> str:
    n_strata = len(np.unique(strata))
    within = f", within {n_strata} strata" if n_strata > 1 else ""
    compared = "t statistic" if by_error else "estimate"
    return (
        f"randomisation inference on the {compared}: adoption dates dealt among {len(strata)} clusters "
        f"({cluster}{within}), {draws}; {level:.0%} intervals of constant effects by test inversion; "
        "standard errors CR1"
    )


def _deal(
    estimate: Estimate, cluster: str, chosen: Sequence[int], calendars: Iterator[np.ndarray]
) -> tuple[Dealt, int]:
    """Estimate under each calendar; also how many calendars gave no estimate of some chosen term."""
    origin = estimate.origin
    values = origin.values
    treatment = np.where(np.isnan(values), np.nan, 0.0)
    rows = origin.design.rows
    treatment[rows] = np.where(np.isnan(values[rows]), np.nan, origin.design.treated.astype(float))
    only_overall = all(kind == "overall" for kind in estimate.terms["kind"].iloc[list(chosen)])
    if only_overall and origin.redated is not None:
        dealt = _all_at_once(estimate, cluster, np.stack(list(calendars)), (values, treatment))
    else:
        codes = origin.design.unit_clusters[cluster]
        parts = []
        for calendar in calendars:
            design = replace(origin.design, unit_cohort=calendar[codes])
            parts.append(_two(estimate, cluster, design, (values, treatment), only_overall))
        dealt = Dealt(*(np.array(column) for column in zip(*parts, strict=True)))
    return dealt, int(np.isnan(dealt.params[:, list(chosen)]).any(1).sum())


def _all_at_once(
    estimate: Estimate, cluster: str, calendars: np.ndarray, outcomes: tuple[np.ndarray, ...]
) -> Dealt:
    """The overall effect under all calendars; other terms are NaN."""
    effects, influence = estimate.origin.redated(outcomes, calendars, cluster)
    first, second = influence[:, :, 0], influence[:, :, 1]
    is_overall = (estimate.terms["kind"] == "overall").to_numpy()
    columns = (*effects.T, (first**2).sum(1), (first * second).sum(1), (second**2).sum(1))
    return Dealt(*(np.where(is_overall, column[:, None], np.nan) for column in columns))


def _two(
    estimate: Estimate,
    cluster: str,
    design: PanelDesign,
    outcomes: tuple[np.ndarray, ...],
    only_overall: bool,
) -> tuple[np.ndarray, ...]:
    """Estimates and products of influence of the outcome and of the treatment; NaN where there is none.

    Where weights depend on the outcome, the treatment as an outcome says nothing and stays zero.
    """
    terms, linear = estimate.params.index, estimate.origin.is_linear
    try:
        asked = outcomes if linear else outcomes[:1]
        made = [estimate.origin.again(design, outcome, only_overall=only_overall) for outcome in asked]
    except DesignError:
        return (np.full(len(terms), np.nan),) * 5
    at = [one.params.index.get_indexer(terms) for one in made]
    first, *others = (
        np.where(place >= 0, one.influence[cluster][:, place], np.nan)
        for one, place in zip(made, at, strict=True)
    )
    params, *rest = (one.params.reindex(terms).to_numpy() for one in made)
    if not linear:
        nothing = np.zeros_like(params)
        return params, nothing, (first**2).sum(0), nothing, nothing
    (second,), (moved,) = others, rest
    return params, moved, (first**2).sum(0), (first * second).sum(0), (second**2).sum(0)


def _check(
    estimate: Estimate,
    cluster: str,
    statistic: str,
    n_draws: int,
    seed: int | None,
    within: Mapping[str, str] | None,
    level: float,
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Dates (G,) and strata (G,) of the design's clusters, and whether all calendars are enumerated."""
    problems = []
    if estimate.origin is None:
        todo = "estimate again in this session"
        raise DesignError("infer", [Problem("estimate", "the data of this estimate are not at hand", todo)])
    design = estimate.origin.design
    refuse_unknown_cluster(cluster, design.unit_clusters)
    if not design.has_units:
        todo = "build the design with unit = the column of hospitals or cities"
        problems.append(Problem("design", "rows are not of hospitals, so no calendar can be dealt", todo))
    problems += leaving_problems(design.unit_ended)
    problems += word_problems("statistic", statistic, STATISTICS)
    problems += draws_problems(n_draws, 999)
    problems += level_problems(level)
    names, codes = design.cluster_names[cluster], design.unit_clusters[cluster]
    dates = np.full(len(names), np.nan)
    dates[codes] = design.unit_cohort
    mixed = np.unique(codes[design.unit_cohort != dates[codes]])
    if len(mixed):
        shown = tuple(names[g] for g in mixed[:5])
        todo = "name the level at which the reform was assigned"
        problems.append(
            Problem("cluster", "clusters hold several adoption dates", todo, shown, count=len(mixed))
        )
    unknown = [name for name in within or () if name not in names]
    lacking = [name for name in names if within is not None and name not in within]
    if unknown or lacking:
        what = "strata must name every cluster once: unknown or missing names"
        problems.append(Problem("within", what, "see the names", tuple([*unknown, *lacking][:5])))
    refuse(problems)
    strata = np.array([within[name] if within else "" for name in names])
    count = count_calendars(dates, strata)
    if count == 1:
        what = "every cluster (of a stratum) has the same date: there is no other calendar"
        raise DesignError("infer", [Problem("calendar", what, "use strata with different dates, or none")])
    if count > n_draws:
        refuse(seed_problems(seed, f"{count:,} calendars are drawn from at random"))
    return dates, strata, count <= n_draws
