"""How far rows are apart: by the ruler, or by Gower's distance of numbers and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dipeval.errors import DataError, Problem

EUCLIDEAN, GOWER = "euclidean", "gower"
MOST_ROWS = 5_000
"""Above it a matrix of distances takes more than 200 MB."""


@dataclass(frozen=True)
class Space:
    """What points are.

    Attributes
    ----------
    metric : {"euclidean", "gower"}
        ``gower``: points come from :func:`gower_points`, and their distance is the sum of absolute differences.
    words : tuple of int
        Levels of each word: so many of the last columns of the points are of it.
    """

    metric: str = EUCLIDEAN
    words: tuple[int, ...] = ()


PLAIN = Space()


def gower_points(numbers: np.ndarray, codes: np.ndarray, levels: Sequence[int]) -> np.ndarray:
    """Rows of which the sum of absolute differences is Gower's distance.

    Parameters
    ----------
    numbers : ndarray, shape (n, p)
        Less the lowest and over the range: from 0 to 1.
    codes : ndarray of int, shape (n, q)
        Level of each word, from 0.
    levels : sequence of int, length q

    Returns
    -------
    ndarray, shape (n, p + Σ levels)
        Each number over p + q; for each level of a word a column that is 1 / (2 (p + q)) where the row has it: two
        rows with different levels differ in two columns.

    Notes
    -----
    Gower, Biometrics 27 (1971), equation 2, complete rows and even weights. Cost O(n (p + Σ levels)).
    """
    count = numbers.shape[1] + codes.shape[1]
    parts = [numbers / count]
    for j, many in enumerate(levels):
        parts.append((codes[:, [j]] == np.arange(many)) / (2.0 * count))
    return np.column_stack(parts)


def distances_of(points: np.ndarray, space: Space) -> np.ndarray:
    """All pairs, shape (n, n).

    Raises
    ------
    DataError
        If there are more rows than `MOST_ROWS`.
    """
    from scipy.spatial.distance import pdist, squareform

    if len(points) > MOST_ROWS:
        what = f"{len(points)} are too many for all pairs"
        raise DataError("distances", [Problem("rows", what, f"draw a sample of {MOST_ROWS} or fewer")])
    return squareform(pdist(points, "cityblock" if space.metric == GOWER else "euclidean"))


def squares_within(distances: np.ndarray, labels: np.ndarray, space: Space) -> float:
    """Squares within clusters from all pairs: Σ over clusters of Σ d² over pairs, by the size of the cluster.

    Notes
    -----
    By the ruler these are the squares around the centres. With complete rows the root of Gower's distance is Euclidean
    (Gower and Legendre, Journal of Classification 3, 1986), so there its square, the distance itself, takes the place.
    Cost O(n²).
    """
    square = distances if space.metric == GOWER else distances**2
    total = 0.0
    for c in range(int(labels.max()) + 1):
        own = np.flatnonzero(labels == c)
        total += float(square[np.ix_(own, own)].sum()) / (2 * own.size)
    return total
