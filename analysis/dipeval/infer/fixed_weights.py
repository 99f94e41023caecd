"""Jackknife with weights held, and bootstrap of units, for treated units beside weighted others.

Two of the three errors of Arkhangelsky, Athey, Hirshberg, Imbens & Wager (2021, section 5); the third is `placebo`. Both
need several treated clusters. The jackknife leaves out each cluster, holds the weights of the others and scales them up to
one: cheap, and a little too large where weights would have adapted. CR3 of `cluster` finds the weights anew instead.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.infer.cluster import LEANS_ON, NO_VARIATION, cluster_inference
from dipeval.infer.few_clusters import few_cluster_warning
from dipeval.infer.option_checks import draws_problems, level_problems, refuse, seed_problems
from dipeval.infer.unit_paths import known_terms, need_unit_fits, periods_of_terms, terms_of_gaps
from dipeval.results import Estimate
from dipeval.results.student import critical_value, two_sided_p
from dipeval.results.unit_fits import UnitFits

ALONE = "a single treated {cluster}: nothing can be left out or drawn; use placebo or conformal"
UNKNOWN = "{cluster!r} is no clustering variable that parts no unit of the estimate"
TRIES = 100
FEW_DRAWS = "{n} of {total} samples leave a term without an estimate; its error is that of the others"


def jackknife_inference(estimate: Estimate, *, cluster: str = "city", level: float = 0.95) -> Estimate:
    """Attach errors of the jackknife over clusters with weights held.

    Parameters
    ----------
    estimate : Estimate
        Of treated units beside weighted others.
    cluster : str
        What is left out: a clustering variable of the design whose units are whole.
    level : float

    Returns
    -------
    Estimate
        ``sqrt((G-1)/G Σ (θ_(g) - mean)²)``, compared with the normal distribution.

    Raises
    ------
    DesignError
        Another estimator, a single treated cluster.

    Notes
    -----
    Arkhangelsky et al. (2021), algorithm 3. O(G n).
    """
    fits, codes = _check(estimate, cluster, level)
    periods = periods_of_terms(estimate, fits)
    names = estimate.clusters[cluster].names
    left = np.array([_terms(fits, periods, (codes != g).astype(int), False) for g in range(len(names))])
    lost = np.isnan(left)
    with np.errstate(invalid="ignore"):
        error = np.sqrt((len(names) - 1) * ((left - left.mean(0)) ** 2).mean(0))
    leans = [
        LEANS_ON.format(cluster=cluster, name=names[int(np.argmax(lost[:, k]))]) if lost[:, k].any() else ""
        for k in range(left.shape[1])
    ]
    rule = f"jackknife over {cluster} ({len(names)} clusters) with weights held and scaled up to one"
    return _attach(estimate, cluster, level, error, "jackknife", rule, leans)


def bootstrap_inference(
    estimate: Estimate,
    *,
    cluster: str = "city",
    n_draws: int = 999,
    seed: int | None = None,
    level: float = 0.95,
) -> Estimate:
    """Attach errors of the bootstrap of clusters, weights found anew in each sample.

    Parameters
    ----------
    estimate : Estimate
        Of treated units beside weighted others.
    cluster : str
        What is drawn, with replacement; samples without treated or without donors are drawn again.
    n_draws : int
    seed : int
    level : float

    Returns
    -------
    Estimate
        Root mean squared deviation of the samples' estimates, compared with the normal distribution.

    Raises
    ------
    DesignError
        Another estimator, a single treated cluster, no seed.

    Notes
    -----
    Arkhangelsky et al. (2021), algorithm 2. One fit of weights a sample.
    """
    fits, codes = _check(estimate, cluster, level, [*draws_problems(n_draws, 999), *seed_problems(seed)])
    periods = periods_of_terms(estimate, fits)
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = np.array(
        [_terms(fits, periods, counts, True) for counts in _samples(fits, codes, n_draws, generator)]
    )
    known = known_terms(estimate)
    failed = int(np.isnan(drawn[:, known]).any(1).sum())
    with np.errstate(invalid="ignore"):
        mean = np.nansum(drawn, 0) / (~np.isnan(drawn)).sum(0)
        error = np.sqrt(np.nansum((drawn - mean) ** 2, 0) / (~np.isnan(drawn)).sum(0))
    rule = f"bootstrap of {cluster}, weights found anew in each of {n_draws} samples, seed {seed}"
    made = _attach(estimate, cluster, level, error, "bootstrap", rule, [""] * len(error))
    inference = replace(made.inference, seed=seed, draws=n_draws)
    said = [FEW_DRAWS.format(n=failed, total=n_draws)] if failed else []
    return made.with_inference(inference, *said)


def _terms(fits: UnitFits, periods: np.ndarray, counts: np.ndarray, anew: bool) -> np.ndarray:
    """Terms (K,) when each unit counts so often; cohorts of which none is left weigh nothing."""
    gaps, mass = fits.gaps(counts, anew)
    if not counts[~fits.treated].any():
        return np.full(len(periods), np.nan)
    return terms_of_gaps(periods, gaps, mass)


def _samples(fits: UnitFits, codes: np.ndarray, n_draws: int, generator: np.random.Generator) -> np.ndarray:
    """How often each unit is in each sample (R, U)."""
    n = int(codes.max()) + 1
    counts = np.zeros((n_draws, len(codes)), np.int64)
    for r in range(n_draws):
        for _ in range(TRIES):
            counts[r] = np.bincount(generator.integers(n, size=n), minlength=n)[codes]
            if counts[r, fits.treated].any() and counts[r, ~fits.treated].any():
                break
    return counts


def _attach(
    estimate: Estimate,
    cluster: str,
    level: float,
    error: np.ndarray,
    method: str,
    rule: str,
    leans: list[str],
) -> Estimate:
    """The estimate with these errors (K,), normal p-values and intervals."""
    params = estimate.params.to_numpy()
    known = np.zeros(len(params), bool)
    known[known_terms(estimate)] = True
    alone = np.isnan(estimate.influence[cluster]).any(0)
    still = known & ~alone & np.isfinite(error) & ~(error > estimate.error_floor)
    error = np.where(known & ~alone & ~still, error, np.nan)
    notes = [
        NO_VARIATION.format(cluster=cluster) if still[k] else leans[k] if known[k] and not alone[k] else ""
        for k in range(len(params))
    ]
    cov = np.full((len(params), len(params)), np.nan)
    np.fill_diagonal(cov, error**2)
    reach = critical_value(level, np.inf) * error
    base = cluster_inference(estimate, cluster=cluster, level=level).inference
    inference = replace(
        base,
        method=method,
        rule=f"{rule}, compared with the normal distribution",
        label=f"{method.capitalize()} by {cluster}, normal",
        small_sample="",
        df=np.inf,
        cov=cov,
        std_error=error,
        p_value=two_sided_p(params / error, np.inf),
        conf_low=params - reach,
        conf_high=params + reach,
        notes=tuple(notes),
    )
    warning = few_cluster_warning(cluster, estimate.clusters[cluster])
    return estimate.with_inference(inference, *([warning] if warning else []))


def _check(
    estimate: Estimate, cluster: str, level: float, problems: list[Problem] | None = None
) -> tuple[UnitFits, np.ndarray]:
    """The fits, and the cluster of each unit (U,)."""
    fits = need_unit_fits(estimate)
    if cluster not in fits.clusters:
        what = UNKNOWN.format(cluster=cluster)
        raise DesignError("infer", [Problem("cluster", what, nearest(cluster, fits.clusters))])
    codes = fits.clusters[cluster]
    found = [*(problems or []), *level_problems(level)]
    if len(np.unique(codes[fits.treated])) < 2:
        found.append(Problem("cluster", ALONE.format(cluster=cluster), 'write method = "placebo"'))
    refuse(found)
    return fits, codes
