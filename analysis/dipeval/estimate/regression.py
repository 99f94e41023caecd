"""From fitted regressions and averages to an estimate: influence, small-sample facts, notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from dipeval.estimate.sample import Sample
from dipeval.estimate.terms import Rows, frame_of, stack
from dipeval.estimate.unit_sums import dot
from dipeval.results import ClusterFacts, Estimate
from dipeval.results.cluster_moments import ClusterMoments
from dipeval.results.period_sums import PeriodSums

Summed = TypeVar("Summed")
NOT_DETERMINED = "not identified: collinear with the hospital and period effects or with another term"
FLOOR = 1e-6


def cr1_factor(n_obs: int, n_parameters: int) -> float:
    """(N-1)/(N-K); NaN when there are not more rows than parameters."""
    return (n_obs - 1) / (n_obs - n_parameters) if n_obs > n_parameters else np.nan


def residual_scale(
    residuals: np.ndarray, outcome: np.ndarray, weights: np.ndarray | None, n_obs: int | None = None
) -> float:
    """Residual scale of `n_obs` rows (all by default) for an error floor, at least the outcome's rounding."""
    spread, size = (
        np.sqrt(dot(values if weights is None else weights * values, values) / (n_obs or len(values)))
        for values in (residuals, outcome)
    )
    return float(max(spread, FLOOR * size))


@dataclass(frozen=True)
class Block:
    """K terms that were made together, with what an estimate needs of each.

    Attributes
    ----------
    terms : Rows
        K of them.
    params : numpy.ndarray, shape (K,)
    influence : dict of str to numpy.ndarray, shape (G, K)
        NaN in the columns of terms without an error.
    factor : numpy.ndarray, shape (K,)
        ``(N-1)/(N-K)`` of the small-sample rule; 1 where it has none.
    floor : numpy.ndarray, shape (K,)
        A standard error below it is rounding.
    n_parameters : int
        K of the small-sample rule; 0 where it has none.
    moments : callable or None
        From clusters by hospital (m,) and their number to the regression summed by cluster.
    by_period : callable or None
        From the same to the regression summed by cluster and period.
    """

    terms: Rows
    params: np.ndarray
    influence: dict[str, np.ndarray]
    factor: np.ndarray
    floor: np.ndarray
    n_parameters: int = 0
    moments: Callable[[np.ndarray, int], ClusterMoments] | None = None
    by_period: Callable[[np.ndarray, int], PeriodSums] | None = None


def join_blocks(
    sample: Sample,
    blocks: Sequence[Block],
    clusters: Mapping[str, ClusterFacts],
    estimand: str,
    distribution: str,
) -> Estimate:
    """Put blocks of terms under each other in one `Estimate`.

    `distribution` is what an unadjusted statistic is compared with. Study, outcome and the
    estimator's name are added by the caller of all estimators.
    """
    terms = frame_of(stack(*(block.terms for block in blocks)))
    factor = np.concatenate([block.factor for block in blocks])
    return Estimate(
        estimator="",
        study="",
        outcome="",
        estimand=estimand,
        terms=terms,
        params=pd.Series(
            np.concatenate([b.params for b in blocks]), index=pd.Index(terms["term"].array), name="estimate"
        ),
        influence={name: np.hstack([block.influence[name] for block in blocks]) for name in clusters},
        clusters=dict(clusters),
        n_obs=sample.n_obs,
        n_hospitals=sample.n_hospitals,
        n_parameters=dict.fromkeys(clusters, max(block.n_parameters for block in blocks)),
        cr1_factor={name: factor.copy() for name in clusters},
        cr0_distribution=distribution,
        error_floor=np.concatenate([block.floor for block in blocks]),
        outcome_mean=sample.outcome_mean,
        warnings=sample.warnings,
        ledger=sample.ledger,
        moments=_by_name(sample, blocks[0].moments) if len(blocks) == 1 else None,
        by_period=_by_name(sample, blocks[0].by_period) if len(blocks) == 1 else None,
    )


def _by_name(
    sample: Sample, summed: Callable[[np.ndarray, int], Summed] | None
) -> Callable[[str], Summed] | None:
    """A sum by cluster as a function of the clustering variable's name."""
    if summed is None:
        return None

    def of_cluster(name: str) -> Summed:
        codes, facts = sample.unit_clusters()
        return summed(codes[name], facts[name].n)

    return of_cluster


def note_undetermined(terms: Rows, determined: np.ndarray, why: str = NOT_DETERMINED) -> Rows:
    """Say in the notes which terms are not identified; a note that is there already stays."""
    if determined.all():
        return terms
    pairs = zip(terms["note"], determined.tolist(), strict=True)
    return {**terms, "note": [note or ("" if known else why) for note, known in pairs]}
