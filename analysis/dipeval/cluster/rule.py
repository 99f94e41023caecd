"""How a row that had no part in the fit is given a cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.cluster.partition import Partition
from dipeval.cluster.space import GOWER, PLAIN, Space

CENTRE, MEDOID, LIKELY = "nearest_centre", "nearest_medoid", "most_likely"
BLOCK = 100_000


@dataclass(frozen=True)
class Rule:
    """Every row goes to the cluster from which it is least far.

    Attributes
    ----------
    way : {"nearest_centre", "nearest_medoid", "most_likely"}
        Hierarchical clusters have centres too, though the tree was not cut by them.
    centres : ndarray, shape (k, p)
        Means, medoids, or means of the components.
    space : Space
    roots, offsets : ndarray, optional
        Of a mixture, as `partition.Components` has them.
    """

    way: str
    centres: np.ndarray
    space: Space = PLAIN
    roots: np.ndarray | None = None
    offsets: np.ndarray | None = None

    def far(self, points: np.ndarray) -> np.ndarray:
        """How far each row is from each cluster, shape (n, k): squares, sums of differences, or −2 log likelihood."""
        columns = []
        for c, centre in enumerate(self.centres):
            apart = points - centre
            if self.space.metric == GOWER:
                columns.append(np.abs(apart).sum(axis=1))
            elif self.roots is None:
                columns.append((apart**2).sum(axis=1))
            else:
                columns.append(((apart @ self.roots[c]) ** 2).sum(axis=1) + self.offsets[c])
        return np.column_stack(columns)

    def labels(self, points: np.ndarray) -> np.ndarray:
        """Cluster of each row, from 0, shape (n,); of two that are as near, the first. Cost O(n k p)."""
        parts = [points[i : i + BLOCK] for i in range(0, len(points), BLOCK)]
        return np.concatenate([self.far(part).argmin(axis=1) for part in parts])


def rule_of(made: Partition, points: np.ndarray, space: Space = PLAIN) -> Rule:
    """The rule that goes with a partition of these points."""
    if made.components is not None:
        parts = made.components
        return Rule(LIKELY, parts.means, space, parts.roots, parts.offsets)
    if made.medoids is not None or space.metric == GOWER:
        medoids = made.medoids if made.medoids is not None else _central(made, points, space)
        return Rule(MEDOID, points[medoids], space)
    return Rule(CENTRE, made.centres, space)


def _central(made: Partition, points: np.ndarray, space: Space) -> np.ndarray:
    """The row of each cluster with the smallest sum of distances to the others; of equal rows the first."""
    from dipeval.cluster.order import canonical_order
    from dipeval.cluster.space import distances_of

    found = []
    order = canonical_order(points)
    for c in range(made.k):
        own = order[made.labels[order] == c]
        found.append(own[distances_of(points[own], space).sum(axis=0).argmin()])
    return np.array(found)
