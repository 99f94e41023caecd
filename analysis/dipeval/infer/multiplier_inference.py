"""Tests and intervals by the multiplier bootstrap, for every estimator: its influence times random weights.

The statistic of a draw is Σ_g v_g ψ_g over the error, compared with the t of the estimate (Callaway & Sant'Anna
2021, algorithm 1; Giné & Zinn 1990 for general weights). No regression is needed and nothing is estimated
anew; but the draws know as little of the uncertainty of the error as the error itself, so that it serves
many clusters.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dipeval.infer.cluster import cluster_inference
from dipeval.infer.few_clusters import few_cluster_warning
from dipeval.infer.multiplier import multiplier_draws
from dipeval.infer.option_checks import draws_problems, refuse, seed_problems, word_problems
from dipeval.infer.wild import WEIGHTS
from dipeval.results import Estimate, NullDraws

INTERVALS = ("pointwise", "simultaneous")


def multiplier_inference(
    estimate: Estimate,
    *,
    cluster: str = "city",
    weights: str = "rademacher",
    intervals: str = "pointwise",
    n_draws: int = 9999,
    seed: int | None = None,
    level: float = 0.95,
) -> Estimate:
    """Multiplier bootstrap of every term with an error.

    Parameters
    ----------
    estimate : Estimate
        K terms with influence by G clusters.
    cluster : str
    weights : {"rademacher", "webb", "mammen"}
        Signs, six points or two points, all of mean zero and variance one.
    intervals : {"pointwise", "simultaneous"}
        Simultaneous: intervals and p-values from the largest \\|t\\| of all event times and leads together, of
        all other terms of a kind together; pointwise: each term by itself.
    n_draws : int
    seed : int
        Draws are random, so it is needed.
    level : float

    Returns
    -------
    Estimate
        Standard errors are CR0, those of the draws.

    Raises
    ------
    DesignError
        An unknown option, too few draws, no seed.

    Notes
    -----
    O(D G K).
    """
    _check(weights, intervals, n_draws, seed)
    base = cluster_inference(estimate, cluster=cluster, small_sample="CR0", level=level)
    found = base.inference
    error = found.std_error
    known = np.isfinite(error)
    drawn = np.full((n_draws, len(error)), np.nan)
    influence = estimate.influence[cluster][:, known]
    drawn[:, known] = np.abs(multiplier_draws(influence, n_draws, seed, weights)) / error[known]
    compared = (
        drawn if intervals == "pointwise" else _largest(drawn, estimate.terms["kind"].to_numpy(), known)
    )
    params = estimate.params.to_numpy()
    size = np.abs(params / error)
    p_value, reach = np.full((2, len(error)), np.nan)
    p_value[known] = (1 + (compared[:, known] >= size[known] * (1 - 1e-9)).sum(0)) / (n_draws + 1)
    reach[known] = np.quantile(compared[:, known], level, axis=0, method="inverted_cdf") * error[known]
    facts = estimate.clusters[cluster]
    size_of = f"{facts.n} clusters, {n_draws} {weights} draws, seed {seed}"
    inference = replace(
        found,
        method="multiplier",
        rule=f"multiplier bootstrap by {cluster} ({size_of}), {intervals} {level:.0%} intervals; standard errors CR0",
        label=f"Multiplier bootstrap by {cluster}, {n_draws} draws",
        df=np.nan,
        p_value=p_value,
        conf_low=params - reach,
        conf_high=params + reach,
        band=intervals,
        symmetric=False,
        seed=seed,
        draws=n_draws,
        null_draws=NullDraws(
            size, drawn, False, f"multiplier; {cluster}; {facts.names}; {weights}; {n_draws}; {seed}"
        ),
    )
    warning = few_cluster_warning(cluster, facts)
    return estimate.with_inference(inference, *facts.warnings, *([warning] if warning else []))


def _largest(drawn: np.ndarray, kinds: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Largest statistic of each draw among the terms that a band is drawn around together."""
    families = np.where(np.isin(kinds, ("event_time", "lead")), "event_time", kinds)
    found = drawn.copy()
    for family in set(families[known].tolist()):
        mine = known & (families == family)
        found[:, mine] = drawn[:, mine].max(1, keepdims=True)
    return found


def _check(weights: str, intervals: str, n_draws: int, seed: int | None) -> None:
    problems = word_problems("weights", weights, WEIGHTS) + word_problems("intervals", intervals, INTERVALS)
    problems += draws_problems(n_draws)
    problems += seed_problems(seed)
    refuse(problems)
