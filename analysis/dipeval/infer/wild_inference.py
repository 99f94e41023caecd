"""Tests and intervals by the wild cluster bootstrap, for estimates that are one regression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.infer.chosen_terms import chosen_terms
from dipeval.infer.cluster import cluster_inference
from dipeval.infer.inversion import interval
from dipeval.infer.option_checks import (
    draws_problems,
    level_problems,
    refuse,
    refuse_unknown_cluster,
    seed_problems,
    word_problems,
)
from dipeval.infer.wild import MOST_EXACT, WEIGHTS, Draws, Subclusters, WildTerm, all_signs, random_weights
from dipeval.results import Estimate, NullDraws

VARIANTS = ("11", "13", "31", "33")
TIE = 1e-9
"""Statistics within this relative distance are the same number: the sample itself and its mirror image."""
LEANS_ON = "no p-value: without {} {} it is not identified, so residuals cannot be jackknifed"
MOST_KEPT = 20_000_000
"""Drawn statistics that are kept for families of hypotheses; beyond, each term stands alone."""
SMALLEST = "with {n} clusters no p-value can be below {least:.3g}"


@dataclass(frozen=True)
class Asked:
    """The options of a wild bootstrap, checked."""

    restricted: bool
    variant: str
    weights: str
    exact: bool
    n_draws: int
    seed: int | None
    level: float
    draw_by: str | None = None

    @property
    def holds_sample(self) -> bool:
        """Whether the draws hold the sample itself: all signs of residuals under the null, as they are.

        Jackknifed residuals, and those around the estimate, give other statistics under all signs; the sample is
        then counted beside the draws, or a p-value could be 0.
        """
        return self.exact and self.restricted and self.variant[0] == "1"


def wild_inference(
    estimate: Estimate,
    *,
    cluster: str = "city",
    restricted: bool = True,
    variant: str = "11",
    weights: str = "rademacher",
    n_draws: int = 9999,
    seed: int | None = None,
    terms: Sequence[str] | None = None,
    draw_by: str | None = None,
    level: float = 0.95,
) -> Estimate:
    """Wild cluster bootstrap of each term, intervals by test inversion.

    Parameters
    ----------
    estimate : Estimate
        Of an estimator that is one regression.
    cluster : str
    restricted : bool
        Draw under the null (WCR) or from the estimate (WCU).
    variant : {"11", "13", "31", "33"}
        First digit 3: residuals of a cluster from the fit without it; second digit 3: errors by the
        jackknife (MacKinnon, Nielsen & Webb 2023).
    weights : {"rademacher", "webb", "mammen"}
    n_draws : int
        With signs (rademacher), all 2^G draws are enumerated when they are no more than this.
    seed : int, optional
        Needed where draws are random.
    terms : sequence of str, optional
        Default: every term with an error.
    draw_by : str, optional
        A finer clustering variable of the design (hospital) whose groups draw a weight each, while errors stay
        clustered by `cluster` (MacKinnon & Webb 2018); variants 11 and 13. Default: `cluster`. Valid where
        treated and other clusters are alike in size and in how alike their members are; not where city shocks
        are large.
    level : float

    Returns
    -------
    Estimate
        P-values count draws at least as extreme as the sample, and the sample itself. Standard errors
        are CR1, or CR3 where the second digit is 3. An end of an interval may be infinite; notes say why.

    Raises
    ------
    DesignError
        An estimate that is no single regression, unknown options, random draws without a seed, groups of
        `draw_by` in several clusters.

    Notes
    -----
    O(n p² + G p³) once, then O(D G H) a term with H groups that draw; about 100 times O(D) for an interval.
    """
    asked = _check(estimate, cluster, restricted, variant, weights, n_draws, seed, level, draw_by)
    rule = "CR3" if variant[1] == "3" else "CR1"
    base = cluster_inference(estimate, cluster=cluster, small_sample=rule, df="clusters", level=level)
    chosen = chosen_terms(base, terms)
    n_clusters = base.inference.n_clusters
    finer = None if asked.draw_by is None else subclusters(estimate, cluster, asked.draw_by)
    n_groups = n_clusters if finer is None else len(finer.cluster)
    drawn = all_signs(n_groups) if asked.exact else random_weights(weights, n_draws, n_groups, seed)
    moments = estimate.moments(cluster)
    nothing = np.full(len(estimate.params), np.nan)
    p_value, low, high = nothing.copy(), nothing.copy(), nothing.copy()
    notes = list(base.inference.notes)
    observed = nothing.copy()
    sizes = np.full((len(drawn), len(notes)), np.nan) if len(drawn) * len(notes) <= MOST_KEPT else None
    for k in chosen:
        if variant[0] == "3" and not moments.identified_without[:, k].all():
            name = estimate.clusters[cluster].names[int(np.argmin(moments.identified_without[:, k]))]
            notes[k] = "; ".join(part for part in (notes[k], LEANS_ON.format(cluster, name)) if part)
            continue
        term = WildTerm(moments, k, restricted, variant[0] == "3", variant[1] == "3", finer)
        draws = term.draws(drawn)
        p_of = _p_values(term, draws, asked.exact and variant[0] == "1")
        p_value[k] = p_of(0.0)
        observed[k] = abs(term.estimate) / term.error
        if sizes is not None:
            sizes[:, k] = _sizes(draws, term.estimate)
        low[k], high[k], note = interval(p_of, term.estimate, term.error, level)
        notes[k] = "; ".join(part for part in (notes[k], note) if part)
    name = ("WCR" if restricted else "WCU") + variant
    inference = replace(
        base.inference,
        method="wild",
        rule=_rule(cluster, n_clusters, name, asked, len(drawn), rule),
        label=f"{name} by {cluster}{_drawn_by(asked)}, "
        + (f"all {len(drawn)} draws" if asked.exact else f"{n_draws} draws"),
        df=np.nan,
        p_value=p_value,
        conf_low=low,
        conf_high=high,
        notes=tuple(notes),
        symmetric=False,
        seed=None if asked.exact else seed,
        draws=len(drawn),
        options={"restricted": restricted, "variant": variant, "weights": weights, "draw_by": draw_by},
        null_draws=None
        if sizes is None
        else NullDraws(observed, sizes, asked.holds_sample, _same(base, name, asked)),
    )
    least = 2 / len(drawn) if asked.exact and restricted else 0.0
    warning = SMALLEST.format(n=n_groups, least=least) if least > 1 - level else ""
    known = estimate.clusters[cluster].warnings
    return estimate.with_inference(inference, *known, *([warning] if warning else []))


def _sizes(draws: Draws, distance: float) -> np.ndarray:
    """Sizes of the drawn statistics (D,) at a distance of the estimate from the null value."""
    numerator, square = draws.at(distance)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.abs(numerator) / np.sqrt(square)


def _same(base: Estimate, name: str, asked: Asked) -> str:
    """What makes draws of several estimates joint: the same weights for the same clusters."""
    cluster = asked.draw_by or base.inference.cluster
    told = [name, asked.weights, "all" if asked.exact else f"{asked.n_draws} of seed {asked.seed}"]
    return "; ".join([*told, cluster, *base.clusters[cluster].names])


def _p_values(term: WildTerm, draws: Draws, exact: bool) -> Callable[[float], float]:
    """From a null value to the two-sided p-value."""

    def p_of(null: float) -> float:
        distance = term.estimate - null
        least = (distance / term.error * (1 - TIE)) ** 2
        numerator, square = draws.at(distance)
        count = int(np.count_nonzero(numerator * numerator >= least * square))
        # around the estimate (WCU) all signs may hold nothing as extreme: a p-value is never 0 for that
        return max(count, 1) / len(numerator) if exact else (count + 1) / (len(numerator) + 1)

    return p_of


def subclusters(estimate: Estimate, cluster: str, draw_by: str) -> Subclusters:
    """The regression by the groups that draw, and the cluster of each."""
    design, facts = estimate.origin.design, estimate.clusters
    place = {name: g for g, name in enumerate(facts[cluster].names)}
    outer, inner = design.unit_clusters[cluster], design.unit_clusters[draw_by]
    of_group = dict(zip(inner.tolist(), outer.tolist(), strict=True))
    code = {name: k for k, name in enumerate(design.cluster_names[draw_by])}
    if any(of_group[h] != g for h, g in zip(inner.tolist(), outer.tolist(), strict=True)):
        what = f"groups of {draw_by} lie in several clusters of {cluster}"
        raise DesignError("infer", [Problem("draw_by", what, "name a level inside the clusters")])
    names = design.cluster_names[cluster]
    found = [place[names[of_group[code[name]]]] for name in facts[draw_by].names]
    return Subclusters(estimate.moments(draw_by), np.array(found))


def _drawn_by(asked: Asked) -> str:
    return f", drawn by {asked.draw_by}" if asked.draw_by else ""


def _rule(cluster: str, n_clusters: int, name: str, asked: Asked, n_draws: int, error: str) -> str:
    draws = (
        f"all {n_draws} sign patterns"
        if asked.exact
        else f"{n_draws} {asked.weights} draws, seed {asked.seed}"
    )
    null = "under the null value" if asked.restricted else "around the estimate"
    return (
        f"wild cluster bootstrap {name} by {cluster} ({n_clusters} clusters{_drawn_by(asked)}, {draws}), drawn {null}; "
        f"two-sided p-values, {asked.level:.0%} intervals by test inversion; standard errors {error}"
    )


def _check(
    estimate: Estimate,
    cluster: str,
    restricted: bool,
    variant: str,
    weights: str,
    n_draws: int,
    seed: int | None,
    level: float,
    draw_by: str | None,
) -> Asked:
    problems = []
    if estimate.moments is None:
        what = f"{estimate.estimator} is no single regression; its residuals cannot be drawn anew"
        problems.append(Problem("method", what, "use cluster, or a method that estimates anew"))
    refuse_unknown_cluster(cluster, estimate.clusters)
    if draw_by is not None and draw_by not in estimate.clusters:
        hint = nearest(str(draw_by), estimate.clusters)
        problems.append(Problem("draw_by", f"{draw_by!r} is not a clustering variable of the design", hint))
    if draw_by not in (None, cluster) and variant in ("31", "33"):
        what = f"variant {variant} leaves out whole clusters; with weights by {draw_by} it is not defined"
        problems.append(Problem("draw_by", what, "use variant 11 or 13"))
    if not isinstance(restricted, bool):
        problems.append(Problem("restricted", f"{restricted!r} is neither true nor false", "write true"))
    problems += word_problems("variant", variant, VARIANTS) + word_problems("weights", weights, WEIGHTS)
    problems += draws_problems(n_draws)
    problems += level_problems(level)
    refuse(problems)
    draw_by = None if draw_by == cluster else draw_by
    n_groups = estimate.clusters[draw_by or cluster].n
    exact = weights == "rademacher" and n_groups <= MOST_EXACT and 2**n_groups <= n_draws
    refuse([] if exact else seed_problems(seed))
    return Asked(restricted, variant, weights, exact, n_draws, seed, level, draw_by)
