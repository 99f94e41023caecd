"""Hierarchical clustering, and the tree that its clusters are cut from."""

from __future__ import annotations

import numpy as np

from dipeval.cluster.order import canonical_order
from dipeval.cluster.partition import Partition, finished, refuse_k
from dipeval.cluster.space import PLAIN, Space, distances_of

WARD, AVERAGE = "ward", "average_linkage"
WAYS = {WARD: "ward", AVERAGE: "average"}


def ward(points: np.ndarray, k: int) -> Partition:
    """Hierarchical clustering that joins the pair which adds least to the squares within clusters.

    Raises
    ------
    DataError
        See :func:`partition.refuse_k`.

    Notes
    -----
    Ward, JASA 58 (1963), by scipy. Cost O(n² p) time, O(n²) memory. There is no seed: nothing is drawn.
    """
    return _cut(points, k, WARD, PLAIN)


def average_linkage(points: np.ndarray, k: int, space: Space = PLAIN) -> Partition:
    """Hierarchical clustering that joins the pair whose rows are on average nearest. As :func:`ward`."""
    return _cut(points, k, AVERAGE, space)


def _cut(points: np.ndarray, k: int, method: str, space: Space) -> Partition:
    from scipy.cluster.hierarchy import cut_tree

    refuse_k(points, k, method)
    order = canonical_order(points)
    rows = points[order]
    return finished(method, rows, cut_tree(tree(rows, method, space), n_clusters=k).ravel(), order)


def tree(rows: np.ndarray, method: str, space: Space = PLAIN) -> np.ndarray:
    """Which groups join at which height, as scipy writes it, shape (n − 1, 4).

    Parameters
    ----------
    rows : ndarray, shape (n, p)
        In the canonical order.
    method : {"ward", "average_linkage"}
    space : Space
    """
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    if method == WARD:
        return linkage(rows, WAYS[method])
    return linkage(squareform(distances_of(rows, space), checks=False), WAYS[method])
