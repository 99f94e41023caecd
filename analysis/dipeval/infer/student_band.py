"""Intervals that hold for several terms at once where clusters are few: the largest |t| of a multivariate t."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.errors import DesignError, Problem
from dipeval.infer.multiplier import Band, multiplier_draws, simultaneous_band
from dipeval.infer.option_checks import draws_problems, refuse, seed_problems
from dipeval.results import Estimate
from dipeval.results.student import critical_value


def student_band(
    estimate: Estimate, *, seed: int, terms: Sequence[str] | None = None, n_draws: int = 999
) -> Band:
    """Widen the intervals of clustered errors until they cover several terms together.

    As `inferred_band`, but the draws know that errors are estimated: each is divided by sqrt(χ²(d)/d), one for all
    terms, d being the degrees of freedom of the inference (Hothorn, Bretz & Westfall 2008, section 3.1). With d
    infinite it is the multiplier bootstrap.

    Parameters
    ----------
    estimate : Estimate
        With clustered errors.
    seed : int
    terms : sequence of str, optional
        Default: all with an error.
    n_draws : int
        At least 99.

    Returns
    -------
    Band
        No interval is shorter than the term's own. Cost O(n_draws G K).

    Raises
    ------
    DesignError
        Another method, no such term, no seed, an impossible number of draws.

    Notes
    -----
    Seven parts that sum to zero, normal, 6, 12 and 40 clusters: all are covered in 89, 92 and 94 % of samples at a
    level of 95 %; by the multiplier bootstrap no shorter than t in 75, 80 and 92 %.
    """
    drawn = _drawn(estimate, seed, terms, n_draws)
    inference, plain, at = estimate.inference, drawn.plain, drawn.at
    critical = float(np.quantile(drawn.largest, inference.level, method="inverted_cdf"))
    error = inference.std_error[at]
    degrees = np.broadcast_to(inference.degrees, len(estimate.params))[at]
    reach = np.maximum(critical, critical_value(inference.level, degrees)) * error
    params = plain.estimates
    rule = (
        f"simultaneous {inference.level:.0%} intervals over {len(at)} terms: multiplier bootstrap by "
        f"{inference.cluster} ({inference.n_clusters} clusters, {n_draws} draws, seed {seed}) compared with "
        f"{drawn.spread}, critical value {critical:.3f}, times the errors of {inference.label}"
    )
    return Band(plain.terms, params, critical, error, params - reach, params + reach, rule)


def largest_t_test(
    estimate: Estimate, *, seed: int, terms: Sequence[str] | None = None, n_draws: int = 999
) -> tuple[float, float]:
    """Test that all of several terms are zero by the largest \\|t\\|, from the draws of `student_band`.

    Unlike a Wald test it stands where terms are more than clusters, or sum to zero.

    Returns
    -------
    statistic, p_value : float
        The p-value counts the sample among the draws.
    """
    drawn = _drawn(estimate, seed, terms, n_draws)
    error = estimate.inference.std_error[drawn.at]
    statistic = float(np.abs(drawn.plain.estimates / error).max())
    return statistic, float((1 + (drawn.largest >= statistic * (1 - 1e-9)).sum()) / (n_draws + 1))


@dataclass(frozen=True)
class _Drawn:
    """Largest statistics of the draws, and the terms that they are of."""

    plain: Band
    at: list[int]
    largest: np.ndarray
    spread: str


def _drawn(estimate: Estimate, seed: int, terms: Sequence[str] | None, n_draws: int) -> _Drawn:
    inference = estimate.inference
    if inference is None or inference.method != "cluster":
        what = "the estimate has no clustered errors, around which a band could be drawn"
        raise DesignError("infer", [Problem("band", what, 'call infer(estimate, "cluster") first')])
    refuse(draws_problems(n_draws, 999) + seed_problems(seed))
    plain = simultaneous_band(
        estimate, seed=seed, cluster=inference.cluster, terms=terms, level=inference.level, n_draws=99
    )
    names = list(estimate.params.index)
    at = [names.index(name) for name in plain.terms]
    influence = np.asarray(estimate.influence[inference.cluster])[:, at]
    size = np.abs(multiplier_draws(influence, n_draws, seed) / plain.std_error).max(1)
    degrees = float(inference.df)
    if not np.isfinite(degrees):
        return _Drawn(plain, at, size, "the normal distribution")
    generator = np.random.Generator(np.random.PCG64([seed, 1]))
    size /= np.sqrt(generator.chisquare(degrees, n_draws) / degrees)
    return _Drawn(plain, at, size, f"t({degrees:.0f})")
