"""All ways to part points, behind one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from dipeval.cluster.fit import STARTS, gaussian_mixture, k_means, mini_batch_k_means
from dipeval.cluster.hierarchy import average_linkage, ward
from dipeval.cluster.medoids import medoids_of
from dipeval.cluster.partition import Partition
from dipeval.cluster.space import EUCLIDEAN, PLAIN, Space
from dipeval.errors import DataError, Problem

METHODS: Mapping[str, Callable[..., Partition]] = {
    "k_means": k_means,
    "mini_batch_k_means": mini_batch_k_means,
    "k_medoids": lambda points, k, seed, starts=STARTS, space=PLAIN: medoids_of(points, k, space),
    "gaussian_mixture": gaussian_mixture,
    "ward": lambda points, k, seed, starts=STARTS: ward(points, k),
    "average_linkage": lambda points, k, seed, starts=STARTS, space=PLAIN: average_linkage(points, k, space),
}
"""Each is called with points, k, a seed and a number of starts; the last two make no difference to the hierarchical
ones and to K-medoids."""
OF_DISTANCES = ("k_medoids", "average_linkage")
"""Those that need distances alone: they part points of any space."""
OF_PAIRS = ("k_medoids", "ward", "average_linkage")
"""Those that compare all pairs: their cost grows with the square of the rows."""


def parted(
    method: str, points: np.ndarray, k: int, seed: int, starts: int = STARTS, space: Space = PLAIN
) -> Partition:
    """Part points by a method.

    Parameters
    ----------
    method : str
        In `METHODS`.
    points : ndarray, shape (n, p)
    k, seed, starts : int
    space : Space
        What the points are.

    Returns
    -------
    Partition

    Raises
    ------
    DataError
        If the method does not part points of that space, or as the method itself.
    """
    refuse_space(method, space)
    if method in OF_DISTANCES:
        return METHODS[method](points, k, seed, starts, space)
    return METHODS[method](points, k, seed, starts)


def refuse_space(method: str, space: Space) -> None:
    """Refuse unknown methods, and means of words.

    Raises
    ------
    DataError
    """
    if method not in METHODS:
        todo = f"one of: {', '.join(METHODS)}"
        raise DataError("clusters", [Problem("method", f"'{method}' is not known", todo)])
    if space.metric != EUCLIDEAN and method not in OF_DISTANCES:
        what = f"{method} needs means, which Gower's distance has not"
        raise DataError("clusters", [Problem("method", what, f"one of: {', '.join(OF_DISTANCES)}")])
