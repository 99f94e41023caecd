"""Whether clusters come again when rows are drawn anew."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.cluster.agreement import adjusted_rand, jaccard_by_cluster
from dipeval.cluster.fit import seed_of
from dipeval.cluster.methods import parted
from dipeval.cluster.order import canonical_order
from dipeval.cluster.partition import Partition
from dipeval.cluster.space import PLAIN, Space
from dipeval.errors import DataError

DRAWS = 100
STARTS = 5
STABLE = 0.75
DISSOLVED = 0.6
STREAM = 2_000_003


@dataclass(frozen=True)
class Stability:
    """How clusters fared over bootstrap draws.

    Attributes
    ----------
    jaccard : ndarray, shape (k,)
        Mean over draws of the agreement with the most alike cluster of the draw.
    adjusted_rand : float
        Mean over draws.
    draws : int
        Those in which k clusters could be formed.
    """

    jaccard: np.ndarray
    adjusted_rand: float
    draws: int

    @property
    def words(self) -> tuple[str, ...]:
        """By cluster: ``stable`` (0.75 or more), ``pattern`` (0.6 or more) or ``not_stable``."""
        return tuple(stability_word(x) for x in self.jaccard)


def stability_word(jaccard: float) -> str:
    """Hennig's reading of a mean Jaccard coefficient."""
    return "stable" if jaccard >= STABLE else "pattern" if jaccard >= DISSOLVED else "not_stable"


def stability(
    points: np.ndarray,
    partition: Partition,
    seed: int,
    draws: int = DRAWS,
    starts: int = STARTS,
    space: Space = PLAIN,
) -> Stability:
    """Cluster bootstrap draws, and find each cluster again among those of the draw.

    Parameters
    ----------
    points : ndarray, shape (n, p)
    partition : Partition
        Of `points`, by a method in `methods.METHODS`.
    seed, draws, starts : int
    space : Space

    Returns
    -------
    Stability

    Notes
    -----
    Hennig, Computational Statistics & Data Analysis 52 (2007), the bootstrap of section 3.1; a row that is drawn twice
    counts once when clusters are compared. Cost: `draws` fits.
    """
    order = canonical_order(points)
    rows, labels, k = points[order], partition.labels[order], partition.k
    found, agreement = [], []
    for b in range(draws):
        drawn = np.sort(np.random.default_rng([seed, STREAM, b]).integers(len(rows), size=len(rows)))
        try:
            again = parted(partition.method, rows[drawn], k, seed_of(seed, STREAM, b), starts, space).labels
        except DataError:  # a draw with fewer different rows than clusters has no answer
            continue
        once = np.unique(drawn, return_index=True)
        first, second = labels[once[0]], again[once[1]]
        found.append(jaccard_by_cluster(first, second, k))
        agreement.append(adjusted_rand(first, second))
    if not found:
        return Stability(np.full(k, np.nan), float("nan"), 0)
    return Stability(_mean_of_known(np.array(found)), float(np.mean(agreement)), len(found))


def _mean_of_known(found: np.ndarray) -> np.ndarray:
    """Column means without NaN; NaN where there is nothing else."""
    known = ~np.isnan(found)
    count = known.sum(axis=0)
    total = np.where(known, found, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
