"""Inference from one estimate a city, or a group of cities: Ibragimov & Müller, and sign changes.

Where all treated cities have one date, each city's own change over time is an estimate that shares nothing
with the others', and the effect is the difference of two means (Ibragimov & Müller 2016). With several dates a
change means something else at each, so cities are put into disjoint groups, each of treated and comparison
cities, and the effect is estimated in each group (Ibragimov & Müller 2010; Canay, Romano & Shaikh 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.infer.city_changes import city_changes, group_estimates
from dipeval.infer.city_rows import CityRows, city_rows
from dipeval.infer.cluster import cluster_inference
from dipeval.infer.group_tests import (
    Compared,
    deal_groups,
    sign_change_p,
    signed_sums,
    t_over_groups,
    two_samples,
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
from dipeval.infer.wild import MOST_EXACT, all_signs, random_weights
from dipeval.results import Estimate, Inference
from dipeval.results.inference import on_one_scale
from dipeval.results.student import critical_value, two_sided_p

LOWEST = 0.917
"""Level of an interval down to which the t test over groups is known to be conservative."""
BETWEEN = ("cities", "groups")
AROUND = "tested around {value:.6g}, the {what}"
ELSEWHERE = "no estimate of its own in every {part}"
NO_SPREAD = "no standard error: the estimates of the parts do not differ"
FEW = "with {n} groups no p-value can be below {least:.3g}"


@dataclass(frozen=True)
class Parts:
    """Independent estimates of K terms.

    Attributes
    ----------
    samples : tuple of numpy.ndarray, each of shape (q, K)
        One of groups, or two: changes of treated and of comparison cities.
    what : str
        In words.
    """

    samples: tuple[np.ndarray, ...]
    what: str

    @property
    def compared(self) -> Compared:
        """The estimate from the parts, with its error."""
        return t_over_groups(*self.samples) if len(self.samples) == 1 else two_samples(*self.samples)

    @property
    def contributions(self) -> np.ndarray:
        """Rows whose cross-product is the covariance of the terms."""
        scaled = [(s - s.mean(0)) / np.sqrt(len(s) * (len(s) - 1)) for s in self.samples]
        return np.vstack(scaled)


def ibragimov_mueller_inference(
    estimate: Estimate,
    *,
    cluster: str = "city",
    between: str | None = None,
    groups: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> Estimate:
    """t tests from one estimate a city, or a group of cities.

    Parameters
    ----------
    estimate : Estimate
        With its data at hand; some cities never treated.
    cluster : str
        Level at which the reform was assigned.
    between : {"cities", "groups"}, optional
        ``cities``: changes of treated against changes of comparison cities, by the weights over time that the
        estimator gives the treated (Ibragimov & Müller 2016); one date only, two cities on each side.
        ``groups``: the estimator in each of q disjoint groups (2010). Default: cities where there is one date
        and no groups are named.
    groups : mapping of str to str, optional
        Group of each city; default: as many as the rarer side has cities, dealt by size, largest with largest.
        The result depends on them: name them before looking.
    level : float
        At least 0.917.

    Returns
    -------
    Estimate
        Errors from the spread of the parts, every part alike; p-values and intervals are around their mean (or
        difference of means), which a note states, while the estimate stays as it is.

    Raises
    ------
    DesignError
        Fewer than two parts (on a side), several dates between cities, a group without an estimate.

    Notes
    -----
    One estimate a period (cities) or a group.
    """
    rows = _check(estimate, cluster, between, groups, level, LOWEST)
    between = between or ("groups" if groups or len(_dates(rows)) > 1 else "cities")
    parts, warnings = _parts(estimate, rows, cluster, between, groups)
    compared = parts.compared
    reach = critical_value(level, compared.df) * compared.error
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = two_sided_p(compared.estimate / compared.error, compared.df)
    ends = (p_value, compared.estimate - reach, compared.estimate + reach)
    rule = f"Ibragimov & Müller ({2016 if between == 'cities' else 2010}): {parts.what}, errors from their spread"
    rule += f", compared with t with {compared.df} degrees of freedom"
    label = f"Ibragimov–Müller between {between}, t({compared.df})"
    known = {"df": float(compared.df), "label": label, "method": "ibragimov_mueller"}
    return _attach(estimate, cluster, level, parts, ends, (), rule, warnings, known)


def sign_change_inference(
    estimate: Estimate,
    *,
    cluster: str = "city",
    groups: Mapping[str, str] | None = None,
    n_draws: int = 9999,
    seed: int | None = None,
    level: float = 0.95,
) -> Estimate:
    """Change the signs of the estimates of groups of cities.

    Parameters
    ----------
    estimate : Estimate
        With its data at hand; some cities never treated.
    cluster, groups
        As in `ibragimov_mueller_inference`, between groups.
    n_draws : int
        All 2^q changes are listed when they are no more than this.
    seed : int, optional
        Needed where changes are drawn.
    level : float

    Returns
    -------
    Estimate
        P-values of Canay, Romano & Shaikh (2017) and intervals by inversion, around the mean of the groups'
        estimates. With fewer than 6 groups nothing is rejected at 5 %.

    Raises
    ------
    DesignError
        As `ibragimov_mueller_inference`; random changes without a seed.

    Notes
    -----
    One estimate a group.
    """
    rows = _check(estimate, cluster, "groups", groups, level, 0.0)
    parts, warnings = _parts(estimate, rows, cluster, "groups", groups)
    found, q = parts.samples[0], len(parts.samples[0])
    signs, exact = _signs(q, n_draws, seed)
    n_terms = len(estimate.params)
    p_value, low, high = (np.full(n_terms, np.nan) for _ in range(3))
    notes = [""] * n_terms
    for k in np.flatnonzero(np.isfinite(found).all(0) & (parts.compared.error > estimate.error_floor)):

        def p_of(null: float, k: int = k) -> float:
            return float(sign_change_p(found[:, k], null, signs))

        p_value[k] = p_of(0.0)
        low[k], high[k], notes[k] = interval(p_of, found[:, k].mean(), parts.compared.error[k], level)
    least = 2.0 ** (1 - q)
    if least > 1 - level:
        warnings = (*warnings, FEW.format(n=q, least=least))
    draws = f"all {len(signs)} changes" if exact else f"{len(signs) - 1} changes, seed {seed}"
    rule = f"Canay, Romano & Shaikh (2017): signs of {parts.what} changed ({draws}); "
    rule += f"{level:.0%} intervals by test inversion; standard errors from their spread"
    label = f"Sign changes of {q} groups, " + (f"all {len(signs)}" if exact else f"{len(signs) - 1} draws")
    known = {"df": np.nan, "label": label, "method": "sign_changes", "draws": len(signs)}
    known["seed"] = None if exact else seed
    drawn = signed_sums(np.where(np.isfinite(p_value), found, np.nan), 0.0, signs)
    known["null_draws"] = on_one_scale(drawn[0], drawn, True, f"signs; {draws}; {parts.what}")
    return _attach(estimate, cluster, level, parts, (p_value, low, high), notes, rule, warnings, known)


def _signs(q: int, n_draws: int, seed: int | None) -> tuple[np.ndarray, bool]:
    """Changes of sign (D, q), the sample first, and whether they are all."""
    refuse(draws_problems(n_draws))
    if q <= MOST_EXACT and 2**q <= n_draws:
        return all_signs(q), True
    refuse(seed_problems(seed))
    return np.vstack([np.ones(q), random_weights("rademacher", n_draws, q, seed)]), False


def _parts(
    estimate: Estimate, rows: CityRows, cluster: str, between: str, groups: Mapping[str, str] | None
) -> tuple[Parts, tuple[str, ...]]:
    names = estimate.clusters[cluster].names
    if between == "cities":
        return _two_sides(estimate, rows, cluster, names)
    if groups is None:
        dealt = deal_groups(rows.treated, rows.size.sum(1))
        labels = [str(g + 1) for g in range(dealt.max() + 1)]
    else:
        labels = sorted({str(groups[name]) for name in names})
        dealt = np.array([labels.index(str(groups[name])) for name in names])
    found = group_estimates(rows, dealt)
    lacking = [label for label, row in zip(labels, found, strict=True) if np.isnan(row).all()]
    if len(labels) < 2 or lacking:
        what = f"{len(labels)} groups of {cluster}, of which {len(lacking)} have no estimate of their own"
        todo = "two groups at least are needed, each with a treated and a comparison city"
        raise DesignError("infer", [Problem("groups", what, todo, tuple(lacking[:5]))])
    sets = "; ".join(", ".join(np.array(names)[dealt == g]) for g in range(len(labels)))
    what = f"estimates of {len(labels)} disjoint groups of {cluster} ({sets})"
    return Parts((found,), what), ()


def _two_sides(
    estimate: Estimate, rows: CityRows, cluster: str, names: tuple[str, ...]
) -> tuple[Parts, tuple[str, ...]]:
    rows.check_linear(estimate)
    changes = city_changes(rows)
    changes[:, (estimate.terms["kind"] == "covariate").to_numpy()] = np.nan
    whole = np.isfinite(changes).any(1)
    sides = [whole & rows.treated, whole & ~rows.treated]
    if min(side.sum() for side in sides) < 2:
        counts = tuple(int(side.sum()) for side in sides)
        what = f"{counts[0]} treated and {counts[1]} comparison {cluster} seen in all periods that count"
        todo = "two are needed on each side; with one treated use conley_taber or ferman_pinto"
        raise DesignError("infer", [Problem(cluster, what, todo)])
    out = ", ".join(np.array(names)[~whole])
    warnings = (f"{cluster} {out} lack periods and are left out of the comparison of changes",) if out else ()
    what = f"changes of {sides[0].sum()} treated against {sides[1].sum()} comparison clusters ({cluster})"
    return Parts(tuple(changes[side] for side in sides), what), warnings


def _attach(
    estimate: Estimate,
    cluster: str,
    level: float,
    parts: Parts,
    ends: tuple[np.ndarray, ...],
    notes: list[str] | tuple[str, ...],
    rule: str,
    warnings: tuple[str, ...],
    known: dict[str, object],
) -> Estimate:
    base = cluster_inference(estimate, cluster=cluster, level=level).inference
    compared = parts.compared
    here = np.isfinite(compared.error) & (compared.error > estimate.error_floor)
    contributions = np.where(here, parts.contributions, np.nan)
    what = "mean of the groups" if len(parts.samples) == 1 else "difference of mean changes"
    part = "group" if len(parts.samples) == 1 else "city"
    silent = (estimate.terms["note"] == "").to_numpy() & np.isfinite(estimate.params.to_numpy())
    told = []
    for k, said in enumerate(notes or [""] * len(here)):
        own = AROUND.format(value=compared.estimate[k], what=what) if here[k] else ""
        if not here[k] and silent[k]:
            own = NO_SPREAD if np.isfinite(compared.error[k]) else ELSEWHERE.format(part=part)
        told.append("; ".join(text for text in (own, said) if text))
    p_value, low, high = (np.where(here, end, np.nan) for end in ends)
    inference = Inference(
        **{
            **{f: getattr(base, f) for f in ("cluster", "level", "n_clusters", "n_treated_clusters")},
            **known,
        },
        rule=rule,
        small_sample="",
        cov=contributions.T @ contributions,
        std_error=np.where(here, compared.error, np.nan),
        p_value=p_value,
        conf_low=low,
        conf_high=high,
        notes=tuple(told),
        symmetric=False,
    )
    return estimate.with_inference(inference, *estimate.clusters[cluster].warnings, *warnings)


def _dates(rows: CityRows) -> np.ndarray:
    """Dates of the treated cities."""
    return np.unique(rows.cohort[rows.treated])


def _check(
    estimate: Estimate,
    cluster: str,
    between: str | None,
    groups: Mapping[str, str] | None,
    level: float,
    lowest: float,
) -> CityRows:
    refuse_unknown_cluster(cluster, estimate.clusters)
    facts, problems = estimate.clusters[cluster], []
    rows = city_rows(estimate, cluster)
    if facts.mixed:
        todo = "name the level at which the reform was assigned"
        problems.append(Problem("cluster", "clusters hold several adoption dates", todo))
    if not 0 < facts.n_treated < facts.n:
        which = "no cluster is" if not facts.n_treated else "all clusters are"
        what = f"{which} treated: estimates of cities need treated and comparison ones"
        problems.append(Problem("cluster", what, 'use method "randomisation" if dates differ'))
    elif min(facts.n_treated, facts.n - facts.n_treated) < 2:
        what = f"{facts.n_treated} treated and {facts.n - facts.n_treated} comparison {cluster}"
        todo = "two are needed on each side; with one treated use conley_taber or ferman_pinto"
        problems.append(Problem(cluster, what, todo))
    if between is not None:
        problems += word_problems("between", between, BETWEEN)
    if between == "cities" and (groups or len(_dates(rows)) > 1):
        what = "changes of cities are compared for one date and without groups"
        problems.append(Problem("between", what, 'write between = "groups"'))
    known = {*rows.origin.design.cluster_names[cluster]}
    wrong = sorted(({*facts.names} - {*groups}) | ({*groups} - known)) if groups is not None else []
    if wrong:
        what = "groups must name every cluster once: unknown or missing names"
        problems.append(Problem("groups", what, "see the names", tuple(wrong[:5]), len(wrong)))
    problems += level_problems(level, lowest)
    refuse(problems)
    return rows
