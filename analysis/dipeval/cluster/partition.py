"""A partition: which row is in which cluster, and where the clusters lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.cluster.order import centres_of, relabelled, within_squares
from dipeval.errors import DataError, Problem

FEW = 10_000


@dataclass(frozen=True)
class Components:
    """The normal distributions of a mixture, in the order of the clusters.

    Attributes
    ----------
    means : ndarray, shape (k, p)
    roots : ndarray, shape (k, p, p)
        Factors A of the inverse covariances A A'.
    offsets : ndarray, shape (k,)
        −2 (log weight + log det A): added to the squared length of (x − mean) A it says, the lower the better, how
        likely x comes from the component.
    """

    means: np.ndarray
    roots: np.ndarray
    offsets: np.ndarray


@dataclass(frozen=True)
class Partition:
    """Rows in clusters.

    Attributes
    ----------
    method : str
        As `methods.METHODS` calls it.
    labels : ndarray of int, shape (n,)
        From 0, the largest cluster first; of one size the one with the lower centre.
    centres : ndarray, shape (k, p)
        Means of the rows of each cluster; empty columns where only distances were given.
    within : float
        What the method makes small: squared distances to the centres (K-means, Ward), distances to the medoids,
        mean negative log-likelihood of a row (mixture), mean height (average linkage: NaN).
    medoids : ndarray of int, shape (k,), optional
        Rows that stand for the clusters.
    bic : float
        Of a mixture, the lower the better; NaN for other methods.
    components : Components, optional
        Of a mixture.
    """

    method: str
    labels: np.ndarray
    centres: np.ndarray
    within: float
    medoids: np.ndarray | None = None
    bic: float = float("nan")
    components: Components | None = None

    @property
    def k(self) -> int:
        """Number of clusters."""
        return int(self.labels.max()) + 1

    @property
    def sizes(self) -> np.ndarray:
        """Rows of each cluster, shape (k,)."""
        return np.bincount(self.labels, minlength=self.k)


def finished(method: str, rows: np.ndarray, labels: np.ndarray, order: np.ndarray) -> Partition:
    """Number clusters as `order.relabelled` does, and put the labels of rows in the canonical order back into theirs.

    Parameters
    ----------
    rows : ndarray, shape (n, p)
        ``points[order]``: centres and squares are summed in this order.
    labels : ndarray of int, shape (n,)
        Of these rows.
    order : ndarray of int, shape (n,)
    """
    found = relabelled(rows, labels)
    final = np.empty_like(found)
    final[order] = found
    return Partition(method, final, centres_of(rows, found), within_squares(rows, found))


def refuse_k(points: np.ndarray, k: int, method: str) -> None:
    """Refuse numbers of clusters that cannot be.

    Raises
    ------
    DataError
        With all problems: values that are not finite, k below 1 or not below the number of rows, fewer
        different rows than clusters.
    """
    problems = []
    n = len(points)
    if not np.all(np.isfinite(points)):
        count = int(np.sum(~np.isfinite(points)))
        problems.append(Problem("points", "are not all finite", "prepare the columns first", (), count))
    if not 1 <= k < n:
        problems.append(Problem("k", f"is {k} for {n} rows", f"write a number from 1 to {max(n - 1, 1)}"))
    elif k > 1 and not problems:
        # A part of the rows settles it, nearly always: to look at all of ten million costs half a minute.
        different = len(np.unique(points[:FEW], axis=0))
        if different < k:
            different = len(np.unique(points, axis=0))
        if different < k:
            what = f"is {k}, but only {different} rows differ"
            problems.append(Problem("k", what, f"write {different} or fewer"))
    if problems:
        raise DataError(method, problems)
