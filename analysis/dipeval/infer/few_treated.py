"""Tests and intervals for few treated cities: Conley & Taber (2011), Ferman & Pinto (2019).

Defined for every estimator that is linear in the outcome, by its weights summed by city and period; in two-way
fixed effects of one treated city they are those of Conley & Taber's proposition 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.errors import Problem, nearest
from dipeval.infer.chosen_terms import chosen_terms
from dipeval.infer.city_rows import city_rows
from dipeval.infer.city_weights import CityPanel, city_panel
from dipeval.infer.cluster import cluster_inference
from dipeval.infer.exchanged import (
    Exchange,
    Places,
    count_swaps,
    placed,
    resampled,
    swaps,
    tuples,
    without_two_ways,
)
from dipeval.infer.inversion import interval
from dipeval.infer.option_checks import (
    draws_problems,
    level_problems,
    refuse,
    refuse_unknown_cluster,
    seed_problems,
    word_problems,
)
from dipeval.results import Estimate
from dipeval.results.inference import on_one_scale

MOST_CLUSTERS = 200
"""Errors of more clusters are not exchanged: with so many, clustered errors serve."""
DRAWS = ("permutation", "bootstrap")
SIZES = ("cases", "hospitals")
SHARP = "tests the sharp null of no effect anywhere; no interval for one average of many effects"
STAYS = "{cluster} {names} lack periods; their errors are not put in other cities' places"
FEW = "only {n} ways to exchange errors: no p-value can be below {least:.3g}"


@dataclass(frozen=True)
class Asked:
    """The options of a test for few treated cities, checked."""

    cluster: str
    draw: str
    n_draws: int
    seed: int | None
    level: float
    terms: Sequence[str] | None = None
    size: str | None = None
    rescales: bool = False


def conley_taber_inference(
    estimate: Estimate,
    *,
    cluster: str = "city",
    draw: str = "permutation",
    n_draws: int = 9999,
    seed: int | None = None,
    terms: Sequence[str] | None = None,
    level: float = 0.95,
) -> Estimate:
    """Compare the estimate with what other cities' errors would have given at the treated cities' dates.

    Parameters
    ----------
    estimate : Estimate
        With its data at hand; some cities never treated.
    cluster : str
        Level at which the reform was assigned.
    draw : {"permutation", "bootstrap"}
        ``permutation``: errors of all cities under the null value, each used once, exact where cities' errors
        are alike and comparison cities weigh alike. ``bootstrap``: Conley & Taber's (2011, proposition 2): errors
        of the comparison cities in the places of the treated, with replacement, none elsewhere.
    n_draws : int
        All ways are listed when they are no more than this.
    seed : int, optional
        Needed where ways are drawn.
    terms : sequence of str, optional
        Default: every term with an error; overall effects alone are quicker.
    level : float

    Returns
    -------
    Estimate
        P-values; for overall effects an interval of all constant effects that are not rejected. Standard
        errors are CR1, which is not valid for few treated cities.

    Raises
    ------
    DesignError
        No or one comparison city, cities with hospitals of several dates, an estimator that is not linear in
        the outcome, a treated city that lacks periods, random draws without a seed.

    Notes
    -----
    One estimate a city and period, or O(n K) for a regression, then O(D G) a test and some 110 tests an interval.
    """
    return _infer(estimate, _check(estimate, Asked(cluster, draw, n_draws, seed, level, terms)))


def ferman_pinto_inference(
    estimate: Estimate,
    *,
    cluster: str = "city",
    size: str | None = None,
    draw: str = "permutation",
    n_draws: int = 9999,
    seed: int | None = None,
    terms: Sequence[str] | None = None,
    level: float = 0.95,
) -> Estimate:
    """As `conley_taber_inference`, with errors rescaled to the size of the city they are put in.

    Parameters
    ----------
    estimate : Estimate
    cluster : str
    size : {"cases", "hospitals"}, optional
        M of the variance A + B/M: cases a period, or the effective number of hospitals (Σw)²/Σw². Default:
        cases where the design knows them.
    draw : {"permutation", "bootstrap"}
        Of normalised errors under the null value: each city's used once, or as in Ferman & Pinto (2019)
        with replacement in every place.
    n_draws, seed, terms, level
        As in `conley_taber_inference`.

    Returns
    -------
    Estimate

    Raises
    ------
    DesignError
        As `conley_taber_inference`; cases that are not known.

    Notes
    -----
    As `conley_taber_inference`.
    """
    return _infer(estimate, _check(estimate, Asked(cluster, draw, n_draws, seed, level, terms, size, True)))


def _infer(estimate: Estimate, asked: Asked) -> Estimate:
    cluster = asked.cluster
    base = cluster_inference(estimate, cluster=cluster, level=asked.level)
    rows, names = city_rows(estimate, cluster), estimate.clusters[cluster].names
    movable = _movable(names, rows.treated, rows.size > 0, cluster)
    places = _places(rows.treated, movable, asked)
    kinds, chosen = estimate.terms["kind"].to_numpy(), chosen_terms(base, asked.terms)
    cities = city_panel(estimate, cluster, only_overall=bool((kinds[chosen] == "overall").all()))
    nothing = np.full(len(estimate.params), np.nan)
    p_value, low, high = nothing.copy(), nothing.copy(), nothing.copy()
    notes, observed = list(base.inference.notes), nothing.copy()
    drawn = np.full((len(places.city), len(nothing)), np.nan)
    for k in chosen:
        exchange = exchange_of(cities, k, places, movable, asked)
        p_value[k] = exchange.p_value(0.0)
        observed[k], drawn[:, k] = exchange.sizes(0.0)
        note = SHARP
        if kinds[k] == "overall":
            centre, error = float(exchange.estimate / exchange.moved), base.inference.std_error[k]
            low[k], high[k], note = interval(exchange.p_value, centre, error, asked.level)
        notes[k] = "; ".join(part for part in (notes[k], note) if part)
    inference = replace(
        base.inference,
        method="ferman_pinto" if asked.rescales else "conley_taber",
        rule=_rule(cities, places, asked),
        label=_label(places, asked),
        df=np.nan,
        p_value=p_value,
        conf_low=low,
        conf_high=high,
        notes=tuple(notes),
        symmetric=False,
        seed=None if places.exact else asked.seed,
        draws=len(places.city),
        null_draws=on_one_scale(
            observed, drawn, False, f"{asked}; {cities.names}; {cities.treated.tolist()}"
        ),
    )
    warnings = [*estimate.clusters[cluster].warnings]
    if not movable.all():
        names = ", ".join(name for name, moves in zip(cities.names, movable, strict=True) if not moves)
        warnings.append(STAYS.format(cluster=cluster, names=names))
    if places.exact and 1 / (len(places.city) + 1) > 1 - asked.level:
        n = len(places.city) + 1
        warnings.append(FEW.format(n=n, least=1 / n))
    return estimate.with_inference(inference, *warnings)


def exchange_of(cities: CityPanel, k: int, places: Places, movable: np.ndarray, asked: Asked) -> Exchange:
    """The test of term k."""
    under_null = asked.rescales or asked.draw == "permutation"
    donors = movable if under_null else movable & ~cities.treated
    outcome, exposure = (
        placed(cities.weights[:, :, k], without_two_ways(panel, donors))
        for panel in (cities.outcome, cities.exposure)
    )
    size = cities.inverse_size[asked.size] if asked.rescales else None
    return Exchange(cities.params[k], cities.moved[k], outcome, exposure, places, size, donors)


def _movable(names: tuple[str, ...], treated: np.ndarray, seen: np.ndarray, cluster: str) -> np.ndarray:
    """Cities seen in every period in which any is (G,), bool; all treated ones must be."""
    whole = seen[:, seen.any(0)].all(1)
    lacking = [name for g, name in enumerate(names) if treated[g] and not whole[g]]
    problems = []
    if lacking:
        what = f"treated {cluster} without rows in some period: other cities' errors cannot take their place"
        todo = "declare a calendar in which they are seen throughout"
        problems.append(Problem(cluster, what, todo, tuple(lacking[:5]), len(lacking)))
    n_compared = int((whole & ~treated).sum())
    if n_compared < 2:
        what = (
            f"{n_compared} comparison {cluster} seen in every period: no distribution of errors can be made"
        )
        problems.append(
            Problem(cluster, what, "the variance between cities is not identified in this design")
        )
    refuse(problems)
    return whole


def _places(is_treated: np.ndarray, movable: np.ndarray, asked: Asked) -> Places:
    n = len(is_treated)
    treated, compared = np.flatnonzero(is_treated), np.flatnonzero(movable & ~is_treated)
    moves = np.flatnonzero(movable)
    if asked.draw == "permutation":
        count = count_swaps(len(treated), len(moves))
    else:
        count = np.inf if asked.rescales else len(compared) ** len(treated)
    refuse(seed_problems(asked.seed) if count > asked.n_draws else [])
    if asked.draw == "permutation":
        return swaps(treated, moves, n, asked.n_draws, asked.seed)
    if asked.rescales:
        return resampled(moves, n, asked.n_draws, asked.seed)
    return tuples(treated, compared, n, asked.n_draws, asked.seed)


def _label(places: Places, asked: Asked) -> str:
    name = "Ferman–Pinto" if asked.rescales else "Conley–Taber"
    return f"{name} by {asked.cluster}, {'all ' if places.exact else ''}{len(places.city)} draws"


def _rule(cities: CityPanel, places: Places, asked: Asked) -> str:
    n_treated = int(cities.treated.sum())
    name = "Ferman & Pinto (2019)" if asked.rescales else "Conley & Taber (2011)"
    whose = "comparison cities" if asked.draw == "bootstrap" and not asked.rescales else "all cities"
    null = "around their own effects" if whose == "comparison cities" else "under the null value"
    scaled = f", rescaled by the root of A + B/M with M {asked.size}" if asked.rescales else ""
    how = "each used once" if asked.draw == "permutation" else "with replacement"
    draws = f"all {len(places.city)} ways" if places.exact else f"{len(places.city)} draws, seed {asked.seed}"
    return (
        f"{name}: errors of {whose} {null}{scaled}, in the places of {n_treated} treated of "
        f"{len(cities.names)} clusters ({asked.cluster}), {how}, {draws}; {asked.level:.0%} intervals of "
        "constant effects by test inversion; standard errors CR1"
    )


def _check(estimate: Estimate, asked: Asked) -> Asked:
    """The options with the size of cities filled in."""
    refuse_unknown_cluster(asked.cluster, estimate.clusters)
    problems = []
    facts = estimate.clusters[asked.cluster]
    if facts.mixed:
        todo = "name the level at which the reform was assigned"
        problems.append(Problem("cluster", "clusters hold several adoption dates", todo))
    if not 0 < facts.n_treated < facts.n:
        which = "no cluster is" if not facts.n_treated else "all clusters are"
        what = f"{which} treated: errors of comparison cities are needed beside treated ones"
        problems.append(Problem("cluster", what, 'use method "randomisation" if dates differ'))
    if facts.n > MOST_CLUSTERS:
        what = f"{facts.n} clusters are more than the {MOST_CLUSTERS} whose errors are exchanged"
        problems.append(
            Problem("cluster", what, 'name the level at which the reform was assigned, or use "cluster"')
        )
    problems += word_problems("draw", asked.draw, DRAWS)
    problems += draws_problems(asked.n_draws)
    problems += level_problems(asked.level)
    if estimate.origin is None:
        todo = "estimate again in this session"
        problems.append(Problem("estimate", "the data of this estimate are not at hand", todo))
    knows_cases = estimate.origin is not None and estimate.origin.design.n_cases is not None
    size = asked.size
    if asked.rescales and size is None:
        size = "cases" if knows_cases else "hospitals"
    if size is not None and size not in SIZES:
        problems.append(Problem("size", f"{size!r} is unknown", nearest(str(size), SIZES)))
    elif size == "cases" and not knows_cases:
        todo = "name their column when the design is built, or use hospitals"
        problems.append(Problem("size", "the design does not know cases", todo))
    refuse(problems)
    return replace(asked, size=size)
