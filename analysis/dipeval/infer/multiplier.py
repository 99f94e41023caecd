"""Multiplier draws of an estimate's influence, and bands that hold for all terms at once.

Callaway & Sant'Anna (2021), algorithm 1 and corollary 1, with weights of +1 and -1 as in R's did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.errors import Problem, nearest
from dipeval.infer.option_checks import draws_problems, level_problems, refuse, refuse_unknown_cluster
from dipeval.infer.wild import random_weights
from dipeval.results import Estimate

AT_ONCE = 4_000_000
"""Random numbers held at one time."""


def multiplier_draws(
    influence: np.ndarray, n_draws: int, seed: int, weights: str = "rademacher"
) -> np.ndarray:
    """Draws of the estimation error: Σ over clusters of an independent weight times the influence.

    Parameters
    ----------
    influence : numpy.ndarray, shape (G, K)
        Summed by cluster.
    n_draws : int
    seed : int
        The same seed gives the same draws, whatever the machine.
    weights : {"rademacher", "webb", "mammen"}

    Returns
    -------
    numpy.ndarray, shape (n_draws, K)
        Mean zero, covariance the cross-product of the influence. Cost O(n_draws G K) in matrix products.
    """
    if weights != "rademacher":
        return random_weights(weights, n_draws, len(influence), seed) @ influence
    generator = np.random.Generator(np.random.PCG64(seed))
    n_clusters, total = len(influence), influence.sum(0)
    n_bytes = -(-n_clusters // 8)
    draws = np.empty((n_draws, influence.shape[1]))
    step = max(1, AT_ONCE // max(n_clusters, 1))
    for first in range(0, n_draws, step):
        last = min(first + step, n_draws)
        packed = np.frombuffer(generator.bytes((last - first) * n_bytes), np.uint8).reshape(-1, n_bytes)
        plus = np.unpackbits(packed, axis=1, count=n_clusters)
        # a weight is 2 × bit - 1, so that one product with 0 and 1 is enough
        draws[first:last] = 2 * (plus.astype(float) @ influence) - total
    return draws


@dataclass(frozen=True)
class Band:
    """A band of K terms that covers all of them together with the given probability.

    Attributes
    ----------
    terms : tuple of str, length K
    critical_value : float
        In place of 1.96.
    std_error, conf_low, conf_high : numpy.ndarray, shape (K,)
        Errors by cluster without a small-sample factor: those of the draws.
    rule : str
        In words, for the note under a figure.
    """

    terms: tuple[str, ...]
    estimates: np.ndarray
    critical_value: float
    std_error: np.ndarray
    conf_low: np.ndarray
    conf_high: np.ndarray
    rule: str

    def tidy(self) -> pd.DataFrame:
        """One row a term: ``term estimate std_error conf_low conf_high``."""
        columns = ("estimates", "std_error", "conf_low", "conf_high")
        frame = pd.DataFrame({"term": self.terms, **{name: getattr(self, name) for name in columns}})
        return frame.rename(columns={"estimates": "estimate"})


def simultaneous_band(
    estimate: Estimate,
    *,
    seed: int,
    cluster: str = "city",
    terms: Sequence[str] | None = None,
    level: float = 0.95,
    n_draws: int = 999,
) -> Band:
    """Band over several terms by the multiplier bootstrap.

    Parameters
    ----------
    estimate : Estimate
    seed : int
    cluster : str
        A clustering variable of the design.
    terms : sequence of str, optional
        Default: all with an error. Overall effects and event times are better asked for apart: a band
        grows with the number of its terms.
    level : float
    n_draws : int
        At least 99.

    Returns
    -------
    Band
        The critical value is the quantile of the largest |draw| / error. R's did divides by the distance
        of the quartiles of the draws instead, which jumps where clusters are few; with many both agree.
        Cost O(n_draws G K).

    Raises
    ------
    DesignError
        Unknown cluster or term, a term without an error, an impossible level or number of draws.
    """
    names = _checked(estimate, cluster, terms, level, n_draws)
    at = [list(estimate.params.index).index(name) for name in names]
    influence = np.asarray(estimate.influence[cluster])[:, at]
    error = np.sqrt((influence**2).sum(0))
    largest = np.abs(multiplier_draws(influence, n_draws, seed) / error).max(1)
    critical = float(np.quantile(largest, level, method="inverted_cdf"))
    params = estimate.params.to_numpy()[at]
    size = f"{estimate.clusters[cluster].n} clusters, {n_draws} draws, seed {seed}"
    rule = (
        f"simultaneous {level:.0%} band over {len(names)} terms: multiplier bootstrap by {cluster} "
        f"({size}), critical value {critical:.3f}"
    )
    reach = critical * error
    return Band(tuple(names), params, critical, error, params - reach, params + reach, rule)


def _checked(
    estimate: Estimate, cluster: str, terms: Sequence[str] | None, level: float, n_draws: int
) -> list[str]:
    problems = []
    refuse_unknown_cluster(cluster, estimate.influence)
    influence = np.asarray(estimate.influence[cluster])
    size = np.sqrt((influence**2).sum(0))
    has_error = dict(zip(estimate.params.index, size > estimate.error_floor, strict=True))
    names = [name for name, has in has_error.items() if has] if terms is None else list(terms)
    for name in names:
        if name not in has_error:
            problems.append(Problem(f"term {name}", "is not in the estimate", nearest(name, has_error)))
        elif not has_error[name]:
            problems.append(Problem(f"term {name}", "has no standard error", "leave it out of the band"))
    if not names:
        problems.append(
            Problem("terms", "hold none with a standard error", "check the notes of the estimate")
        )
    problems += level_problems(level)
    problems += draws_problems(n_draws, 999)
    refuse(problems)
    return names
